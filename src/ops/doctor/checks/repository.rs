//! The job's image repository: the stack set lists it, and its instance in the environment's region has made it. Where the
//! two disagree, deployments of the old tool succeeded with an image that has no name.

use super::unknown::settled;
use crate::ops::doctor::facts::{JobFacts, Known, Main};
use crate::ops::doctor::finding::{About, Check, Finding, Repair};
use crate::ops::doctor::port::Account;
use crate::template::app::ids;

pub(crate) async fn repository<A: Account>(job: &JobFacts<'_, A>) -> Finding {
    let about = About::job(Check::Repository, job.name, job.env.name());
    settled(&about, read(job, &about).await)
}

async fn read<A: Account>(job: &JobFacts<'_, A>, about: &About) -> Known<Finding> {
    let app = job.env.app;
    let (set, stack, main) = tokio::join!(app.set(), job.env.region.stack(), job.main_image());
    let listed = set?.is_some_and(|set| set.has_repository(job.name));
    let repository = stack?.and_then(|stack| stack.outputs.get(&ids::repository(job.name)));
    let found = Found { listed, made: repository.is_some(), main };
    let (set, region) = (app.set_name(), &job.env.record.region);
    Ok(judge(about, &found, &set, region, app.name, job.name))
}

struct Found {
    /// The stack set lists the job with a repository.
    listed: bool,
    /// The stack in the region has it.
    made: bool,
    main: Main,
}

fn judge(about: &About, found: &Found, set: &str, region: &str, app: &str, job: &str) -> Finding {
    let Found { listed, made, main } = *found;
    let evidence = match (listed, made) {
        (true, true) => return about.ok(format!("{app}/{job} in {region}")),
        (false, true) => format!(
            "stack set {set} does not list the job any more, so its next change deletes the repository in {region} with all images"
        ),
        (true, false) => {
            format!("stack set {set} lists the job, but its stack in {region} has no repository for it")
        }
        (false, false) => {
            format!("stack set {set} does not list the job, and {region} has no repository for it")
        }
    };
    if main == Main::Taken && !made {
        return about.ok("none, and none is needed: the image comes from elsewhere");
    }
    let finding = Finding { repair: Some(Repair::Repository(job.to_owned())), ..about.failure(evidence) };
    finding
        .advice("Images cannot be pushed without it. Deploy the job again when it is back.")
        .command(format!("copilot doctor --fix --app {app} --name {job}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repositories_that_are_lost() {
        let about = About::job(Check::Repository, "report-gen", "test");
        let judged = |listed: bool, made: bool, main: Main| {
            let found = Found { listed, made, main };
            let found = judge(&about, &found, "demo-infrastructure", "us-west-2", "demo", "report-gen");
            let repaired = if found.repair.is_some() { ", can be repaired" } else { "" };
            format!("{:?}: {}{repaired}", found.status, found.evidence)
        };
        let told = [
            judged(true, true, Main::Built),
            judged(false, true, Main::Taken),
            judged(true, false, Main::Unclear),
            judged(false, false, Main::Built),
            judged(false, false, Main::Taken),
        ];
        insta::assert_snapshot!(told.join("\n"), @"
        Ok: demo/report-gen in us-west-2
        Failure: stack set demo-infrastructure does not list the job any more, so its next change deletes the repository in us-west-2 with all images, can be repaired
        Failure: stack set demo-infrastructure lists the job, but its stack in us-west-2 has no repository for it, can be repaired
        Failure: stack set demo-infrastructure does not list the job, and us-west-2 has no repository for it, can be repaired
        Ok: none, and none is needed: the image comes from elsewhere
        ");
    }
}
