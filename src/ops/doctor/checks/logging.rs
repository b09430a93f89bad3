//! The state machine's own logs, from which past runs are known.

use super::unknown::settled;
use crate::ops::doctor::facts::{JobFacts, Known};
use crate::ops::doctor::finding::{About, Check, Finding};
use crate::ops::doctor::port::Account;

pub(crate) async fn logging<A: Account>(job: &JobFacts<'_, A>) -> Finding {
    let about = About::job(Check::Logging, job.name, job.env.name());
    settled(&about, read(job, &about).await)
}

async fn read<A: Account>(job: &JobFacts<'_, A>, about: &About) -> Known<Finding> {
    let Some(arn) = job.state_machine_arn().await? else { return Ok(about.ok("not deployed yet")) };
    let machine = job.state_machine().await?;
    let record = job.env.record;
    // The log group belongs to the job, which has it in its stack.
    let group = format!("/copilot/{}-{}-{}", job.env.app.name, job.env.name(), job.name);
    let partition = arn.split(':').nth(1).unwrap_or("aws");
    let group_arn =
        format!("arn:{partition}:logs:{}:{}:log-group:{group}:*", record.region, record.account_id);
    Ok(match machine {
        Some(machine) if machine.is_logged => about.ok(format!("in {group}")),
        Some(_) => about
            .warning("executions are not logged any more, so past runs are known from elsewhere only, or not at all")
            .advice("Somebody switched it off: the template has it on.")
            .command(format!(
                "aws stepfunctions update-state-machine --region {} --state-machine-arn {arn} --logging-configuration \
                 'level=ALL,includeExecutionData=true,destinations=[{{cloudWatchLogsLogGroup={{logGroupArn={group_arn}}}}}]'",
                record.region
            )),
        None => about
            .failure(format!("state machine {arn} is gone"))
            .advice("Somebody deleted it. Delete the job's stack and deploy the job again: an update does not bring it back."),
    })
}
