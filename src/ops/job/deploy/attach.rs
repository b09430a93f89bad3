//! Following the operation in a job's stack without deploying: `--attach`.

use super::DEPLOY;
use crate::error::Result;
use crate::ops::adapters::Adapters;
use crate::ops::attach::{self, Attachment, NOTHING_CHANGED};
use crate::ops::job::request::Request;
use crate::ops::job::target::Target;
use crate::ops::outcome::Outcome;
use crate::ops::select;
use crate::report::Console;

/// Follows the operation under way to its end; without one tells how the last one ended. Changes nothing.
pub(crate) async fn attach<W: Adapters>(
    world: &W,
    request: &Request,
    console: &Console<'_>,
) -> Result<Outcome> {
    let account = console.guard(NOTHING_CHANGED, world.account()).await?;
    let (env, job) = match (&request.env, &request.job) {
        (Some(env), Some(job)) => (env.clone(), job.clone()),
        _ => {
            let names = select::names(&account, request, console);
            let chosen = console.guard(NOTHING_CHANGED, names).await?;
            (chosen.env, chosen.job)
        }
    };
    let target = Target::new(request, env, job);
    let attachment = Attachment {
        app: &target.app,
        env: &target.env,
        stack: &target.stack,
        subject: &target.subject(),
        options: &request.stack,
        linked: &target.linked(),
        attach: &target.attach_command(),
        command: DEPLOY,
    };
    attach::run(&account, &attachment, console).await
}
