//! The record of every call the gateway saw, for tests that assert what was called, how often and how much in parallel.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// In whose name a call was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Caller {
    /// The credentials the program was started with.
    Base,
    /// Credentials got from `AssumeRole`, with the role's ARN.
    Role(String),
    /// A Lambda function run by the emulator.
    Function,
    /// `CloudFormation` itself, on the stacks of a stack set.
    StackSet,
}

/// One finished call.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    pub service: String,
    pub operation: String,
    pub account: String,
    pub region: String,
    pub caller: Caller,
    /// What it was about: stack, parameter, repository, `bucket/key`; empty if the request names nothing of the kind.
    pub resource: String,
    /// Fields of a query call, such as `CloudFormation`'s.
    pub form: Vec<(String, String)>,
    /// HTTP status; 0 when the connection was dropped.
    pub status: u16,
    pub started: Instant,
    pub finished: Instant,
}

impl Call {
    /// A field of a query call.
    pub(crate) fn field(&self, name: &str) -> Option<&str> {
        self.form.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// `service:Operation`, as tests write it.
    pub(crate) fn name(&self) -> String {
        format!("{}:{}", self.service, self.operation)
    }
}

/// All calls of all accounts, in the order in which they finished.
#[derive(Debug, Default)]
pub(super) struct Log {
    calls: Mutex<Vec<Call>>,
}

impl Log {
    /// Adds a finished call.
    pub(super) fn add(&self, call: Call) {
        self.calls.lock().unwrap_or_else(PoisonError::into_inner).push(call);
    }

    /// The calls of one account, ordered by start.
    pub(super) fn all(&self, account: &str) -> Calls {
        let calls = self.calls.lock().unwrap_or_else(PoisonError::into_inner);
        let mut calls: Vec<_> = calls.iter().filter(|call| call.account == account).cloned().collect();
        calls.sort_by_key(|call| call.started);
        Calls(calls)
    }

    /// The calls of one account that started at or after a moment.
    pub(super) fn since(&self, account: &str, moment: Instant) -> Calls {
        self.all(account).filter(|call| call.started >= moment)
    }
}

/// A section of the record, ordered by the calls' start.
#[derive(Clone, Debug, Default)]
pub(crate) struct Calls(pub Vec<Call>);

impl Calls {
    /// Only the calls of the program under test, without those of Lambda functions and stack sets.
    pub(crate) fn of_program(self) -> Self {
        self.filter(|call| !matches!(call.caller, Caller::Function | Caller::StackSet))
    }

    /// Only some of the calls.
    pub(crate) fn filter(self, keep: impl Fn(&Call) -> bool) -> Self {
        Self(self.0.into_iter().filter(|call| keep(call)).collect())
    }

    /// `service:Operation` of each call, in order.
    pub(crate) fn names(&self) -> Vec<String> {
        self.0.iter().map(Call::name).collect()
    }

    /// How often each operation was called, by `service:Operation`.
    pub(crate) fn counts(&self) -> BTreeMap<String, usize> {
        let mut counts = BTreeMap::new();
        for call in &self.0 {
            *counts.entry(call.name()).or_default() += 1;
        }
        counts
    }

    /// How often one operation (`service:Operation`) was called.
    pub(crate) fn count(&self, name: &str) -> usize {
        self.0.iter().filter(|call| call.name() == name).count()
    }

    /// The length of the longest chain in which every call began after the one before it had ended: with `n` calls, `n`
    /// means that nothing ran in parallel, 1 that everything did.
    pub(crate) fn serial_depth(&self) -> usize {
        let mut by_end: Vec<_> = self.0.iter().collect();
        by_end.sort_by_key(|call| call.finished);
        let mut depth = 0;
        let mut free_from = None;
        for call in by_end {
            if free_from.is_none_or(|end| call.started >= end) {
                depth += 1;
                free_from = Some(call.finished);
            }
        }
        depth
    }

    /// The largest number of calls that were under way at one moment.
    pub(crate) fn most_at_once(&self) -> usize {
        let running_at =
            |moment| self.0.iter().filter(|call| call.started <= moment && moment < call.finished).count();
        self.0.iter().map(|call| running_at(call.started)).max().unwrap_or(0)
    }

    /// From the first start to the last end.
    pub(crate) fn duration(&self) -> Duration {
        let first = self.0.iter().map(|call| call.started).min();
        let last = self.0.iter().map(|call| call.finished).max();
        first.zip(last).map_or(Duration::ZERO, |(first, last)| last - first)
    }
}
