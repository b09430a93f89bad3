//! The user's credentials, and the clock that signatures depend on.

use super::unknown::NO_CREDENTIALS;
use crate::error::Error;
use crate::ops::doctor::facts::AppFacts;
use crate::ops::doctor::finding::{About, Check, Finding, Status};
use crate::ops::doctor::port::Account;

/// Whose credentials they are.
pub(crate) async fn credentials<A: Account>(app: &AppFacts<'_, A>) -> Finding {
    let about = About::all(Check::Credentials);
    match app.identity().await {
        Ok(identity) => about.ok(format!("{} in {}", identity.arn, app.region())),
        Err(unknown) if unknown.credentials => {
            let finding = about.failure(unknown.why);
            if unknown.hints.is_empty() { finding } else { finding.advice(unknown.hints) }
        }
        Err(unknown) => super::unknown::unknown(&about, &unknown),
    }
}

/// What is told when there are no credentials at all: that, and every check that needs them.
pub(crate) fn no_credentials(error: &Error) -> Vec<Finding> {
    const NEED_THEM: [Check; 18] = [
        Check::Clock,
        Check::Application,
        Check::Version,
        Check::Boundary,
        Check::StackSet,
        Check::Region,
        Check::Role,
        Check::Environment,
        Check::Stack,
        Check::Runtime,
        Check::Registration,
        Check::Repository,
        Check::Image,
        Check::Secrets,
        Check::Network,
        Check::Sidecars,
        Check::Logging,
        Check::LastRun,
    ];
    let failure = About::all(Check::Credentials).failure(error.to_string()).hints(error);
    let others = NEED_THEM.into_iter().map(|check| About::all(check).skipped(NO_CREDENTIALS));
    std::iter::once(failure).chain(others).collect()
}

/// Whether this machine's clock is right. `credentials` is what came of them: AWS has answered then.
pub(crate) fn clock(difference: Option<String>, credentials: &Finding) -> Finding {
    let about = About::all(Check::Clock);
    let Some(difference) = difference else {
        return match credentials.status {
            Status::Skipped => about.skipped("AWS has not answered"),
            _ => about.ok("as AWS's, within some minutes"),
        };
    };
    let evidence = format!("This machine's clock is {difference}");
    let finding = match credentials.status {
        Status::Ok => about.warning(format!("{evidence}; what is sent to AWS gets AWS's time")),
        _ => about.failure(format!("{evidence}, which refuses requests that are signed with a wrong time")),
    };
    finding
        .advice("In WSL set the clock with `sudo hwclock --hctosys`.")
        .command("sudo timedatectl set-ntp true")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_clock_is_a_failure_when_aws_refuses_its_signatures() {
        let credentials = About::all(Check::Credentials);
        let judged = |difference: Option<&str>, credentials: Finding| {
            let found = clock(difference.map(str::to_owned), &credentials);
            format!("{:?}: {}", found.status, found.evidence)
        };
        let told = [
            judged(None, credentials.ok("")),
            judged(None, credentials.failure("")),
            judged(None, credentials.skipped("")),
            judged(Some("10 min behind AWS"), credentials.ok("")),
            judged(Some("51 min behind AWS"), credentials.failure("")),
        ];
        insta::assert_snapshot!(told.join("\n"), @"
        Ok: as AWS's, within some minutes
        Ok: as AWS's, within some minutes
        Skipped: AWS has not answered
        Warning: This machine's clock is 10 min behind AWS; what is sent to AWS gets AWS's time
        Failure: This machine's clock is 51 min behind AWS, which refuses requests that are signed with a wrong time
        ");
    }
}
