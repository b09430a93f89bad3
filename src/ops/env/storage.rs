//! The artifact bucket with the manager role, or with the user's own credentials where that role may not write. Roles of
//! environments from before version 1.8 of the old tool's template cannot, and those that somebody narrowed: the deployment
//! that uploads is the one that restores the role.

use std::sync::atomic::{AtomicBool, Ordering};

use bytes::Bytes;

use crate::error::{Error, Result};
use crate::ops::port::{Artifacts, Stored};
use crate::report::Console;
use crate::template::cfn::artifacts::S3Object;

/// Where a deployment's files go.
pub(crate) struct Storage<'a, S> {
    manager: &'a S,
    own: &'a S,
    console: &'a Console<'a>,
    told: AtomicBool,
}

impl<'a, S: Artifacts> Storage<'a, S> {
    pub(crate) fn new(manager: &'a S, own: &'a S, console: &'a Console<'a>) -> Self {
        Self { manager, own, console, told: AtomicBool::new(false) }
    }
}

impl<S: Artifacts> Artifacts for Storage<'_, S> {
    async fn put_artifact(&self, object: &S3Object, body: impl Into<Bytes>) -> Result<Stored> {
        let body = body.into();
        let denied = match self.manager.put_artifact(object, body.clone()).await {
            Err(error) if error.is_denied() => error,
            result => return result,
        };
        if !self.told.swap(true, Ordering::Relaxed) {
            self.console.note(
                "The environment's manager role may not write to the artifact bucket, so your own credentials are used; this \
                 deployment gives the role what it lacks.",
            );
        }
        self.own.put_artifact(object, body).await.map_err(|own| refused(denied, &own))
    }

    async fn artifact(&self, object: &S3Object) -> Result<Option<Vec<u8>>> {
        self.manager.artifact(object).await
    }
}

/// Neither may write.
fn refused(manager: Error, own: &Error) -> Error {
    manager
        .details([format!("With your own credentials: {own}")])
        .hint("The manager role differs from what this environment's template gives it, and only a deployment restores it.")
        .hint(
            "Run the command with credentials that may write to the artifact bucket: those of the application's account, with \
             s3:PutObject and kms:GenerateDataKey.",
        )
}
