//! What one deploy cost, and statistics over several.

use std::time::Duration;

use crate::local_aws::Calls;

const EVENTS: &str = "cloudformation:DescribeStackEvents";
const CHANGE_SET: &str = "cloudformation:DescribeChangeSet";
/// A look at what an upload would replace.
const UPLOAD: &str = "s3:HeadObject";

/// One deploy.
pub(crate) struct Measured {
    pub took: Duration,
    /// Peak resident memory in bytes.
    pub peak: u64,
    /// All calls to AWS; those of the Docker Engine to the registry are no business of the program's.
    pub calls: Calls,
}

impl Measured {
    pub(crate) fn new(took: Duration, peak: u64, calls: Calls) -> Self {
        Self { took, peak, calls: calls.filter(|call| call.service != "registry") }
    }

    /// The calls a deploy makes however long `CloudFormation` takes.
    pub(crate) fn fixed(&self) -> Calls {
        let mut described = false;
        let mut fixed = self.calls.clone();
        fixed.0.retain(|call| match call.name().as_str() {
            EVENTS => false,
            CHANGE_SET => !std::mem::replace(&mut described, true),
            _ => true,
        });
        fixed
    }

    /// The calls that depend on how long `CloudFormation` takes.
    pub(crate) fn polls(&self) -> usize {
        self.calls.0.len() - self.fixed().0.len()
    }

    /// Calls one after the other before the first upload, which comes when everything has been read; `None` without one.
    pub(crate) fn serial_before_upload(&self) -> Option<usize> {
        let upload = self.calls.0.iter().find(|call| call.name() == UPLOAD)?.started;
        Some(self.calls.clone().filter(|call| call.started < upload).serial_depth())
    }
}

/// The middle of several values; of an even number of them the lower one.
pub(crate) fn median<T: PartialOrd + Copy>(values: &[T]) -> Option<T> {
    let mut sorted = values.to_vec();
    sorted.sort_by(|a, b| a.partial_cmp(b).unwrap_or(std::cmp::Ordering::Equal));
    sorted.get(sorted.len().checked_sub(1)? / 2).copied()
}

/// The least of several values.
pub(crate) fn least<T: PartialOrd + Copy>(values: &[T]) -> Option<T> {
    values.iter().copied().reduce(|a, b| if b < a { b } else { a })
}
