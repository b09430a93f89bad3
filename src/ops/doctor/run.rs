//! Checks that run side by side.

use std::future::Future;

use futures_util::future::{Either, LocalBoxFuture, select};
use futures_util::stream::{FuturesUnordered, StreamExt as _};

use super::finding::{About, Check, Finding};
use super::time::Deadline;

/// Checks that are under way.
#[derive(Default)]
pub(super) struct Running<'f>(FuturesUnordered<LocalBoxFuture<'f, Vec<Finding>>>);

impl<'f> Running<'f> {
    /// Adds a check. When it does not end in time, these ones could not be made.
    pub(super) fn add(
        &mut self,
        deadline: &Deadline,
        about: &[About],
        check: impl Future<Output = Vec<Finding>> + 'f,
    ) {
        let (deadline, about) = (*deadline, about.to_vec());
        self.0.push(Box::pin(async move {
            let findings = deadline.limit(check).await;
            findings.unwrap_or_else(|why| about.iter().map(|about| about.skipped(why.clone())).collect())
        }));
    }

    /// Adds a check of the machine or the application.
    pub(super) fn one(
        &mut self,
        deadline: &Deadline,
        check: Check,
        making: impl Future<Output = Finding> + 'f,
    ) {
        self.add(deadline, &[About::all(check)], async move { vec![making.await] });
    }

    /// Adds all checks of others.
    pub(super) fn absorb<'l: 'f>(&mut self, others: Running<'l>) {
        others.0.into_iter().for_each(|check| self.0.push(check));
    }

    /// Waits for something else while the checks go on; those that end are told.
    pub(super) async fn alongside<T>(
        &mut self,
        other: impl Future<Output = T>,
        mut tell: impl FnMut(Finding),
    ) -> T {
        let mut other = std::pin::pin!(other);
        loop {
            match select(other.as_mut(), self.0.next()).await {
                Either::Left((output, _)) => return output,
                Either::Right((Some(findings), _)) => findings.into_iter().for_each(&mut tell),
                // Nothing else goes on.
                Either::Right((None, other)) => return other.await,
            }
        }
    }

    /// Waits for all checks and tells each as it ends.
    pub(super) async fn finish(mut self, mut tell: impl FnMut(Finding)) {
        while let Some(findings) = self.0.next().await {
            findings.into_iter().for_each(&mut tell);
        }
    }
}

/// Checks of the same job or environment.
pub(super) struct Group<'r, 'f> {
    pub running: &'r mut Running<'f>,
    pub deadline: &'r Deadline,
    pub job: Option<&'f str>,
    pub env: &'f str,
}

impl<'f> Group<'_, 'f> {
    pub(super) fn add(&mut self, check: Check, making: impl Future<Output = Vec<Finding>> + 'f) {
        let about = match self.job {
            Some(job) => About::job(check, job, self.env),
            None => About::env(check, self.env),
        };
        self.running.add(self.deadline, &[about], making);
    }
}
