//! Rules that make the local AWS misbehave: slow, throttled, refused, cut off or garbled answers.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::call::{Incoming, Protocol};
use super::http::{Reply, reply};
use super::record::Caller;
use super::stack_sets::INSTANCES;
use super::xml::escape;

/// What happens to a call that a rule matches.
#[derive(Clone, Debug)]
pub(crate) enum Action {
    /// The call is answered as usual, but later.
    Delay(Duration),
    /// The service answers with an error.
    Error { status: u16, code: String, message: String },
    /// The connection is closed after so many bytes of the request body have been read, without an answer.
    Drop { after_bytes: usize },
    /// The service carries out the call, then the connection is closed without an answer.
    Lose,
    /// The service carries out the call, then answers with bytes that mean nothing.
    Garble,
    /// The call is answered as usual, with a date that is so many seconds later, or earlier.
    Date(i64),
    /// The call is not carried out and this is the answer.
    Replace { status: u16, content_type: String, body: String },
}

/// Which calls of an account something happens to.
#[derive(Clone, Debug)]
pub(crate) struct Rule {
    service: Option<String>,
    operation: Option<String>,
    resource: Option<String>,
    /// The resource is all of that text.
    whole: bool,
    /// Calls of Lambda functions pass.
    program: bool,
    /// Calls that are not made with a role pass.
    role: bool,
    skip: u32,
    times: Option<u32>,
    /// So many calls pass in each second.
    rate: Option<Rate>,
    action: Action,
}

/// How many calls of a second have passed.
#[derive(Clone, Debug)]
struct Rate {
    limit: u32,
    second: Instant,
    passed: u32,
}

impl Rate {
    /// Whether one more call may pass now.
    fn admits(&mut self) -> bool {
        if self.second.elapsed() >= Duration::from_secs(1) {
            (self.second, self.passed) = (Instant::now(), 0);
        }
        self.passed += 1;
        self.passed <= self.limit
    }
}

impl Rule {
    /// Every call of an operation, given as `service:Operation`; `*` stands for any, as in `ssm:*`.
    pub(crate) fn on(name: &str, action: Action) -> Self {
        let (service, operation) = name.split_once(':').unwrap_or((name, "*"));
        let unless_any = |part: &str| (part != "*").then(|| part.to_owned());
        Self {
            service: unless_any(service),
            operation: unless_any(operation),
            resource: None,
            whole: false,
            program: false,
            role: false,
            skip: 0,
            times: None,
            rate: None,
            action,
        }
    }

    /// Throttling as AWS does it.
    pub(crate) fn throttle(name: &str) -> Self {
        Self::error(name, 400, "ThrottlingException", "Rate exceeded")
    }

    /// Throttling of all but so many calls a second.
    pub(crate) fn limit(name: &str, each_second: u32) -> Self {
        let rate = Rate { limit: each_second, second: Instant::now(), passed: 0 };
        Self { rate: Some(rate), ..Self::throttle(name) }
    }

    /// A refusal by IAM.
    pub(crate) fn deny(name: &str) -> Self {
        Self::error(name, 403, "AccessDenied", &format!("User is not authorized to perform: {name}"))
    }

    /// Credentials that have expired.
    pub(crate) fn expired_token(name: &str) -> Self {
        let message = "The security token included in the request is expired";
        Self::error(name, 403, "ExpiredToken", message)
    }

    /// An error of the service's own.
    pub(crate) fn error(name: &str, status: u16, code: &str, message: &str) -> Self {
        Self::on(name, Action::Error { status, code: code.to_owned(), message: message.to_owned() })
    }

    /// Only calls whose resource contains the text.
    #[must_use]
    pub(crate) fn about(mut self, resource: &str) -> Self {
        self.resource = Some(resource.to_owned());
        self
    }

    /// Only calls whose resource is this text.
    #[must_use]
    pub(crate) fn only(mut self, resource: &str) -> Self {
        self.whole = true;
        self.about(resource)
    }

    /// Only calls of the program under test, not those of Lambda functions.
    #[must_use]
    pub(crate) fn of_program(mut self) -> Self {
        self.program = true;
        self
    }

    /// Only calls made with a role, not those with the credentials the program was started with.
    #[must_use]
    pub(crate) fn of_roles(mut self) -> Self {
        self.role = true;
        self
    }

    /// Only after so many matching calls have passed unharmed.
    #[must_use]
    pub(crate) fn after(mut self, calls: u32) -> Self {
        self.skip = calls;
        self
    }

    /// Only so many times.
    #[must_use]
    pub(crate) fn times(mut self, times: u32) -> Self {
        self.times = Some(times);
        self
    }

    fn matches(&self, (service, operation): (&str, &str), caller: &Caller, resource: &str) -> bool {
        !(self.program && *caller == Caller::Function)
            && (!self.role || matches!(caller, Caller::Role(_)))
            // A rule about any call is not about the stacks of stack sets, which nobody calls.
            && self.service.as_deref().map_or(service != INSTANCES, |wanted| wanted == service)
            && self.operation.as_deref().is_none_or(|wanted| wanted == operation)
            && self.resource.as_deref().is_none_or(|wanted| match self.whole {
                true => resource == wanted,
                false => resource.contains(wanted),
            })
    }
}

/// The rules in force, each for one account.
#[derive(Debug, Default)]
pub(super) struct Faults {
    rules: Mutex<Vec<(String, Rule)>>,
}

impl Faults {
    /// Puts a rule in force.
    pub(super) fn add(&self, account: &str, rule: Rule) {
        self.rules.lock().unwrap_or_else(PoisonError::into_inner).push((account.to_owned(), rule));
    }

    /// Lifts all rules of an account.
    pub(super) fn clear(&self, account: &str) {
        self.rules.lock().unwrap_or_else(PoisonError::into_inner).retain(|(owner, _)| owner != account);
    }

    /// What to do with a call, named by service and operation, in somebody's name: delays add up, the first rule of another kind decides.
    pub(super) fn decide(
        &self,
        account: &str,
        name: (&str, &str),
        caller: &Caller,
        resource: &str,
    ) -> (Duration, Option<Action>) {
        let mut delay = Duration::ZERO;
        let mut rules = self.rules.lock().unwrap_or_else(PoisonError::into_inner);
        for (_, rule) in
            rules.iter_mut().filter(|(owner, rule)| owner == account && rule.matches(name, caller, resource))
        {
            if rule.skip > 0 {
                rule.skip -= 1;
                continue;
            }
            if rule.rate.as_mut().is_some_and(Rate::admits) {
                continue;
            }
            match &mut rule.times {
                Some(0) => continue,
                Some(times) => *times -= 1,
                None => {}
            }
            match &rule.action {
                Action::Delay(more) => delay += *more,
                action => return (delay, Some(action.clone())),
            }
        }
        (delay, None)
    }
}

/// An error in the wire format of the service that was called.
pub(super) fn error_reply(request: &Incoming, status: u16, code: &str, message: &str) -> Reply {
    protocol_error(request.protocol, status, code, message)
}

/// An error in a protocol's wire format.
pub(super) fn protocol_error(protocol: Protocol, status: u16, code: &str, message: &str) -> Reply {
    match protocol {
        Protocol::Query => {
            let kind = if status < 500 { "Sender" } else { "Receiver" };
            let message = escape(message);
            let body = format!(
                "<ErrorResponse><Error><Type>{kind}</Type><Code>{code}</Code><Message>{message}</Message></Error>\
                 <RequestId>00000000-0000-4000-8000-000000000000</RequestId></ErrorResponse>"
            );
            reply(status, "text/xml", body)
        }
        Protocol::S3 => {
            let message = escape(message);
            reply(
                status,
                "application/xml",
                format!("<Error><Code>{code}</Code><Message>{message}</Message></Error>"),
            )
        }
        Protocol::Json | Protocol::Rest => {
            let body = serde_json::json!({ "__type": code, "message": message });
            let mut response = reply(status, "application/x-amz-json-1.1", body.to_string());
            if let Ok(value) = code.parse() {
                response.headers_mut().insert("x-amzn-errortype", value);
            }
            response
        }
        Protocol::Registry => {
            let body = serde_json::json!({ "errors": [{ "code": code, "message": message }] });
            reply(status, "application/json", body.to_string())
        }
    }
}
