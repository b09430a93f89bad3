//! The policies that `copilot help permissions` prints, held against calls that were made with the caller's own credentials.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::Value;

use crate::local_aws::{Call, Caller, Calls};

/// A command's policy: actions, and the resources they are allowed on.
#[derive(Clone, Debug)]
pub(crate) struct Policy(Vec<(BTreeSet<String>, Vec<String>)>);

impl Policy {
    /// The policy of a command; `None` when the program tells none.
    pub(crate) fn of(path: &str) -> Option<Self> {
        let words: Vec<&str> = path.split(' ').collect();
        let mut command = Command::new(env!("CARGO_BIN_EXE_copilot"));
        let output = command.args([&["help", "permissions"], words.as_slice()].concat()).output().unwrap();
        let policy: Value = serde_json::from_slice(&output.stdout).ok()?;
        let texts = |list: &Value| -> Vec<String> {
            list.as_array().unwrap().iter().map(|text| text.as_str().unwrap().to_owned()).collect()
        };
        let statements = policy["Statement"].as_array().unwrap().iter();
        let statements =
            statements.map(|one| (texts(&one["Action"]).into_iter().collect(), texts(&one["Resource"])));
        Some(Self(statements.collect()))
    }

    /// All its actions.
    pub(crate) fn actions(&self) -> BTreeSet<String> {
        self.0.iter().flat_map(|(actions, _)| actions.iter().cloned()).collect()
    }

    fn allows(&self, action: &str, arn: &str) -> bool {
        self.0.iter().any(|(actions, resources)| {
            actions.contains(action)
                && resources.iter().any(|pattern| matches(pattern.as_bytes(), arn.as_bytes()))
        })
    }
}

/// Whether a text is one of those that a pattern with `*` stands for.
fn matches(pattern: &[u8], text: &[u8]) -> bool {
    match pattern.split_first() {
        None => text.is_empty(),
        Some((b'*', rest)) => (0..=text.len()).any(|at| matches(rest, &text[at..])),
        Some((first, rest)) => text.split_first().is_some_and(|(c, text)| c == first && matches(rest, text)),
    }
}

/// The action that a call needs, as IAM calls it; `None` of one that everybody may make.
pub(crate) fn action(call: &Call) -> Option<String> {
    let name = call.name();
    Some(match name.as_str() {
        "sts:GetCallerIdentity" => return None,
        // The Docker Engine speaks to it, with a login.
        name if name.starts_with("registry:") => return None,
        "s3:ListObjectVersions" => "s3:ListBucketVersions".to_owned(),
        "s3:HeadBucket" => "s3:ListBucket".to_owned(),
        "s3:HeadObject" => "s3:GetObject".to_owned(),
        "s3:DeleteObjects" => "s3:DeleteObjectVersion".to_owned(),
        "tagging:GetResources" => "tag:GetResources".to_owned(),
        "route53:GET /2013-04-01/hostedzonesbyname" => "route53:ListHostedZonesByName".to_owned(),
        _ => name,
    })
}

/// What a call is about, as an ARN as far as one can be made of it.
fn arn(call: &Call) -> String {
    let Call { service, account, region, .. } = call;
    let resource = call.resource.trim_end_matches('/');
    let whole = |resource: &str| format!("arn:aws:{service}:{region}:{account}:{resource}");
    match service.as_str() {
        _ if resource.starts_with("arn:") => resource.to_owned(),
        "ssm" => whole(&format!("parameter{}", call.resource)),
        "cloudformation" => match call.field("StackSetName") {
            Some(set) => whole(&format!("stackset/{set}:id")),
            None => whole(&format!("stack/{resource}/id")),
        },
        "iam" => match call.field("AWSServiceName") {
            Some(name) => format!("arn:aws:iam::{account}:role/aws-service-role/{name}/role"),
            None => format!("arn:aws:iam::{account}:role/{resource}"),
        },
        "ecr" => whole(&format!("repository/{resource}")),
        "s3" => format!("arn:aws:s3:::{resource}"),
        "secretsmanager" => whole(&format!("secret:{resource}")),
        "acm" => whole("certificate/id"),
        _ => whole(resource),
    }
}

/// Calls with the caller's own credentials that the command's policy does not allow.
pub(crate) fn refused(path: &str, policy: &Policy, calls: &Calls) -> Vec<String> {
    let own = calls.0.iter().filter(|call| call.caller == Caller::Base);
    let refused = own.filter_map(|call| {
        let (action, arn) = (action(call)?, arn(call));
        (!policy.allows(&action, &arn)).then(|| format!("`copilot {path}` calls {action} on {arn}"))
    });
    refused.collect()
}

/// A command that runs in an account, perhaps beside others.
pub(crate) struct Alone {
    account: String,
    disturbed: Arc<AtomicBool>,
}

/// Commands under way, by account.
static UNDER_WAY: Mutex<Vec<(String, Arc<AtomicBool>)>> = Mutex::new(Vec::new());

impl Alone {
    /// One begins.
    pub(crate) fn begin(account: &str) -> Self {
        let mut all = UNDER_WAY.lock().unwrap_or_else(PoisonError::into_inner);
        let disturbed = Arc::new(AtomicBool::new(false));
        for (_, other) in all.iter().filter(|(other, _)| other == account) {
            other.store(true, Ordering::Relaxed);
            disturbed.store(true, Ordering::Relaxed);
        }
        all.push((account.to_owned(), Arc::clone(&disturbed)));
        Self { account: account.to_owned(), disturbed }
    }

    /// It has ended; whether no other one ran in the account meanwhile.
    pub(crate) fn end(self) -> bool {
        let mut all = UNDER_WAY.lock().unwrap_or_else(PoisonError::into_inner);
        all.retain(|(account, flag)| *account != self.account || !Arc::ptr_eq(flag, &self.disturbed));
        !self.disturbed.load(Ordering::Relaxed)
    }
}

/// Checks the calls of a command that was run.
pub(crate) fn check(arguments: &[&str], calls: &Calls) {
    static KNOWN: Mutex<BTreeMap<String, Option<Policy>>> = Mutex::new(BTreeMap::new());
    let is_word = |word: &&&str| !word.starts_with('-');
    let words: Vec<&str> = arguments.iter().take_while(is_word).take(2).copied().collect();
    for length in (1..=words.len()).rev() {
        let path = words[..length].join(" ");
        let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
        let policy = known.entry(path.clone()).or_insert_with(|| Policy::of(&path)).clone();
        drop(known);
        if let Some(policy) = policy {
            let refused = refused(&path, &policy, calls);
            assert!(
                refused.is_empty(),
                "no policy of `copilot help permissions` allows this:\n{}",
                refused.join("\n")
            );
            return;
        }
    }
}
