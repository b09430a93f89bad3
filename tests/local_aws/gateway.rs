//! The endpoint AWS clients talk to: it understands each call, applies the faults in force, fills in what the emulator lacks,
//! forwards the rest and records everything.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use anyhow::{Result, anyhow};
use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming as Body};
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;

use super::call::{Incoming, Protocol};
use super::change_sets::ChangeSets;
use super::clock::Clocks;
use super::cloudformation::{self, Executions};
use super::emulator::Emulator;
use super::faults::{Action, Faults, error_reply};
use super::http::{Reply, reply, send};
use super::record::{Call, Caller, Log};
use super::stack_sets::{self, StackSets};
use super::stack_view::Views;
use super::turns::Turns;
use super::{roles, xml};

/// Everything the servers and the test-facing interface share.
pub(super) struct State {
    /// Where the emulator listens.
    pub emulator_port: u16,
    pub log: Log,
    pub faults: Faults,
    pub views: Arc<Views>,
    pub stack_sets: StackSets,
    pub change_sets: ChangeSets,
    pub executions: Executions,
    pub turns: Arc<Turns>,
    /// Temporary access keys seen in `AssumeRole` answers.
    sessions: Mutex<HashMap<String, Session>>,
    /// Answers to requests that carry an idempotency token.
    answered: Mutex<HashMap<String, Reply>>,
    pub clocks: Clocks,
}

/// What the credentials in an `AssumeRole` answer stand for.
#[derive(Clone, Debug)]
struct Session {
    /// The account that assumed the role. The calls count as its own, so that a test finds all its calls in one place.
    owner: String,
    /// The role's account, which the calls work in.
    home: String,
    role: String,
}

impl State {
    /// Nothing recorded, no faults.
    pub(super) fn new(emulator_port: u16) -> Self {
        Self {
            emulator_port,
            log: Log::default(),
            faults: Faults::default(),
            views: Arc::default(),
            stack_sets: StackSets::default(),
            change_sets: ChangeSets::default(),
            executions: Executions::default(),
            turns: Arc::default(),
            sessions: Mutex::default(),
            answered: Mutex::default(),
            clocks: Clocks::default(),
        }
    }

    /// The emulator as one account sees it.
    pub(super) fn emulator(&self, account: &str, region: &str) -> Emulator {
        Emulator { port: self.emulator_port, account: account.to_owned(), region: region.to_owned() }
    }

    /// The account whose record and faults apply, the account the call works in, and in whose name it is made.
    fn caller(&self, request: &Incoming) -> (String, String, Caller) {
        let sessions = self.sessions.lock().unwrap_or_else(PoisonError::into_inner);
        let key = || request.access_key.clone();
        match sessions.get(&request.access_key).cloned() {
            Some(Session { owner, home, role }) => (owner, home, Caller::Role(role)),
            None if request.is_function() => (key(), key(), Caller::Function),
            None => (key(), key(), Caller::Base),
        }
    }

    /// Remembers whose the credentials in an `AssumeRole` answer are.
    fn learn_session(&self, owner: &str, request: &Incoming, response: &Reply) {
        let body = String::from_utf8_lossy(response.body());
        if let (Some(key), Some(role)) = (xml::text(&body, "AccessKeyId"), request.field("RoleArn")) {
            let home = role.split(':').nth(4).unwrap_or(owner).to_owned();
            let session = Session { owner: owner.to_owned(), home, role: role.to_owned() };
            self.sessions.lock().unwrap_or_else(PoisonError::into_inner).insert(key, session);
        }
    }
}

/// Accepts connections until the runtime ends.
pub(super) async fn serve(listener: TcpListener, state: Arc<State>) {
    while let Ok((stream, _)) = listener.accept().await {
        let state = Arc::clone(&state);
        tokio::spawn(async move {
            let service = service_fn(|request| handle(Arc::clone(&state), request));
            // An error here is a client that went away, or a connection dropped on purpose.
            let _ = hyper::server::conn::http1::Builder::new()
                .serve_connection(TokioIo::new(stream), service)
                .await;
        });
    }
}

/// Answers one call. An error closes the connection.
async fn handle(state: Arc<State>, request: Request<Body>) -> Result<Response<Full<Bytes>>> {
    let started = Instant::now();
    let (head, body) = request.into_parts();
    let request = Incoming::parse(head, body.collect().await?.to_bytes());
    let (account, home, caller) = state.caller(&request);
    let resource = request.resource();
    let name = (request.service.as_str(), request.operation.as_str());
    let (delay, fault) = state.faults.decide(&account, name, &caller, &resource);
    if !delay.is_zero() {
        tokio::time::sleep(delay).await;
    }
    let refused = match fault {
        None => state.clocks.refuse(&account, &request),
        Some(_) => None,
    };
    let answer = match fault {
        _ if refused.is_some() => Ok(refused.unwrap_or_default()),
        Some(Action::Drop { .. }) => Err(anyhow!("dropped on request")),
        Some(Action::Lose) => match carry_out(&state, (&account, &home), &request).await {
            Ok(_) => Err(anyhow!("lost on request")),
            Err(error) => Err(error),
        },
        Some(Action::Error { status, code, message }) => Ok(error_reply(&request, status, &code, &message)),
        Some(Action::Replace { status, content_type, body }) => Ok(reply(status, &content_type, body)),
        Some(Action::Garble) => carry_out(&state, (&account, &home), &request)
            .await
            .map(|response| super::http::with_body(response, "\u{0}<%{")),
        Some(Action::Date(shift)) => {
            carry_out(&state, (&account, &home), &request).await.map(|response| dated(response, shift))
        }
        Some(Action::Delay(_)) | None => carry_out(&state, (&account, &home), &request).await,
    };
    state.log.add(Call {
        service: request.service,
        operation: request.operation,
        account: account.clone(),
        region: request.region,
        caller,
        resource,
        form: request.form,
        status: answer.as_ref().map_or(0, |response| response.status().as_u16()),
        started,
        finished: Instant::now(),
    });
    answer.map(|mut response| {
        state.clocks.date(&account, &mut response);
        response.map(Full::new)
    })
}

/// The same answer, given by a clock that is so many seconds ahead.
fn dated(mut response: Reply, shift: i64) -> Reply {
    let now = jiff::Timestamp::now();
    let date = now.checked_add(jiff::SignedDuration::from_secs(shift)).unwrap_or(now);
    let date = date.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string();
    if let Ok(date) = date.parse() {
        response.headers_mut().insert(hyper::header::DATE, date);
    }
    response
}

async fn carry_out(state: &Arc<State>, (owner, home): (&str, &str), request: &Incoming) -> Result<Reply> {
    if request.protocol == Protocol::Query && request.service == "cloudformation" {
        return once(state, home, request).await;
    }
    if let Some(refusal) = roles::refuse(state, home, request).await {
        return Ok(refusal);
    }
    let response = forward(state, request, request.body.clone()).await?;
    if request.operation == "AssumeRole" && response.status().is_success() {
        state.learn_session(owner, request, &response);
    }
    Ok(response)
}

/// `CloudFormation`, with a repetition of a request known by its token: it gets the first one's answer.
async fn once(state: &Arc<State>, account: &str, request: &Incoming) -> Result<Reply> {
    if let Some(answer) = stack_sets::answer(state, account, request).await {
        return Ok(answer);
    }
    let token = request.field("ClientToken").or(request.field("ClientRequestToken"));
    let Some(token) = token else { return cloudformation::answer(state, account, request).await };
    let key = format!("{account} {} {token}", request.operation);
    let known = state.answered.lock().unwrap_or_else(PoisonError::into_inner).get(&key).cloned();
    if let Some(answer) = known {
        return Ok(answer);
    }
    let answer = cloudformation::answer(state, account, request).await?;
    if answer.status().is_success() {
        state.answered.lock().unwrap_or_else(PoisonError::into_inner).insert(key, answer.clone());
    }
    Ok(answer)
}

/// Sends a call on to the emulator as it came, but with this body.
pub(super) async fn forward(state: &State, request: &Incoming, body: Bytes) -> Result<Reply> {
    let mut onward = Request::new(Full::new(body.clone()));
    *onward.method_mut() = request.head.method.clone();
    *onward.uri_mut() = request.head.uri.clone();
    *onward.headers_mut() = request.head.headers.clone();
    let headers = onward.headers_mut();
    headers.remove(hyper::header::TRANSFER_ENCODING);
    headers.insert(hyper::header::CONTENT_LENGTH, body.len().into());
    let mut response = send(state.emulator_port, onward).await?;
    response.headers_mut().remove(hyper::header::TRANSFER_ENCODING);
    if request.head.method != hyper::Method::HEAD {
        response.headers_mut().remove(hyper::header::CONTENT_LENGTH);
    }
    Ok(response)
}
