//! The build of the image beside the steps that wait for CloudFormation.

use std::future::Future;
use std::pin::Pin;

use crate::error::{Kind, Result};
use crate::report::Console;

/// A build that goes on while steps are run.
pub(super) struct Build<'a> {
    under_way: Option<Pin<Box<dyn Future<Output = Result<()>> + 'a>>>,
    ended: Result<()>,
    console: &'a Console<'a>,
}

impl<'a> Build<'a> {
    pub(super) fn new(build: impl Future<Output = Result<()>> + 'a, console: &'a Console<'a>) -> Self {
        Self { under_way: Some(Box::pin(build)), ended: Ok(()), console }
    }

    /// Runs a step to its end; the build goes on meanwhile.
    pub(super) async fn beside<T>(&mut self, step: impl Future<Output = T>) -> T {
        let mut step = Box::pin(step);
        if let Some(build) = &mut self.under_way {
            let ended = tokio::select! {
                biased;
                ended = build => ended,
                done = &mut step => return done,
            };
            self.under_way = None;
            if ended.as_ref().is_err_and(|error| error.kind() != Kind::Interrupted) {
                self.console.warn("the image cannot be built; the command ends when this step has ended");
            }
            self.ended = ended;
        }
        step.await
    }

    /// Tells once that the build has failed, if it has.
    pub(super) fn failure(&mut self) -> Result<()> {
        std::mem::replace(&mut self.ended, Ok(()))
    }

    /// Waits for the end of the build.
    pub(super) async fn end(&mut self) -> Result<()> {
        match self.under_way.take() {
            Some(build) => build.await,
            None => self.failure(),
        }
    }
}
