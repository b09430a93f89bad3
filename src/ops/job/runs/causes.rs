//! What to do about frequent causes of runs that end badly. Pure.

/// What is known of the end.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct End<'a> {
    /// Why, in the words of ECS or Step Functions.
    pub why: &'a str,
    /// The main container's exit code.
    pub exit_code: Option<i64>,
    /// Name of the job.
    pub job: &'a str,
    /// Name of the environment.
    pub env: &'a str,
}

/// What to do next, as a sentence; `None` when the cause is not one of the known ones.
pub(crate) fn advice(end: End<'_>) -> Option<String> {
    let End { why, exit_code, job, env } = end;
    let has = |texts: &[&str]| texts.iter().any(|text| why.contains(text));
    let deploy = format!("copilot job deploy --name {job} --env {env}");
    let unreachable = ["i/o timeout", "context deadline exceeded", "dial tcp", "connection issue"];
    if has(&["CannotPull", "pull image"]) {
        return Some(if has(&["invalid reference format", "invalid reference"]) {
            format!(
                "The task definition names an image without a repository. `copilot doctor --name {job} --env {env}` says why; `{deploy}` \
                 repairs it."
            )
        } else if has(&unreachable) {
            "The registry cannot be reached from the task's subnets: tasks in private subnets need a NAT gateway or VPC endpoints \
             (ECR, S3, CloudWatch Logs)."
                .to_owned()
        } else if has(&["platform", "no matching manifest", "does not contain descriptor matching platform"])
        {
            format!("The image is for another platform: set `platform` in the manifest, then run `{deploy}`.")
        } else if has(&["not found", "manifest unknown", "repository does not exist", "does not exist"]) {
            format!("The image is not in the registry (any more): `{deploy}` builds and pushes it again.")
        } else if has(&["denied", "unauthorized", "AccessDenied", "no basic auth", "pull access"]) {
            "The task's execution role may not pull the image: see `image.credentials` in the manifest for a private registry, or the \
             policy of the repository."
                .to_owned()
        } else {
            format!("The image cannot be pulled: check `image` in the manifest, then run `{deploy}`.")
        });
    }
    if has(&["ResourceInitializationError"]) {
        return Some(if has(&unreachable) {
            "The task cannot reach AWS from its subnets: tasks in private subnets need a NAT gateway or VPC endpoints (ECR, S3, SSM, \
             Secrets Manager, CloudWatch Logs)."
                .to_owned()
        } else if has(&["secret", "ssm", "SSM", "Parameter"]) {
            format!(
                "A secret of the manifest cannot be read: it must exist in the environment's account and region and carry the tags \
                 copilot-application and copilot-environment. `copilot doctor --name {job} --env {env}` names it."
            )
        } else {
            format!(
                "The task could not be prepared. `copilot doctor --name {job} --env {env}` looks for the cause."
            )
        });
    }
    if has(&["exec format error"]) || (exit_code == Some(255) && has(&["format"])) {
        return Some(format!(
            "The program is for another processor: build for linux/amd64, or set `platform: linux/arm64` in the manifest, then run \
             `{deploy}`."
        ));
    }
    if has(&["OutOfMemory"]) {
        return Some(format!(
            "The container ran out of memory: raise `memory` in the manifest, then run `{deploy}`."
        ));
    }
    if has(&["Capacity is unavailable", "RESOURCE:MEMORY", "RESOURCE:CPU"]) {
        return Some("AWS had no capacity in these zones at that time: run the job again later, or set `retries` in the manifest.".to_owned());
    }
    if has(&["RESOURCE:ENI", "no free address", "insufficient free addresses", "InsufficientFreeAddresses"]) {
        return Some(
            "The subnets have no free address left: end what uses them, or place the job in larger subnets."
                .to_owned(),
        );
    }
    if has(&["SpotInterruption", "Spot"]) {
        return Some("AWS took the Spot capacity back: set `retries` in the manifest.".to_owned());
    }
    Some(match exit_code? {
        126 => "126 means that the command cannot be executed: check its permissions, or `command` in the manifest.".to_owned(),
        127 => "127 means that the command was not found in the image: check `command` and `entrypoint` in the manifest.".to_owned(),
        137 => format!(
            "137 means that the container was killed, most often for lack of memory: raise `memory` in the manifest, then run `{deploy}`."
        ),
        139 => "139 means that the program crashed (segmentation fault).".to_owned(),
        143 => "143 means that the container was asked to end (SIGTERM).".to_owned(),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frequent_causes_have_advice() {
        let told = [
            ("CannotPullContainerError: invalid reference format: :latest", None),
            ("CannotPullContainerError: pull image manifest has been retried 1 time(s): docker.io/library/nope:1: not found", None),
            ("CannotPullContainerError: Get \"https://api.ecr\": dial tcp 10.0.0.1:443: i/o timeout", None),
            ("CannotPullContainerError: image Manifest does not contain descriptor matching platform 'linux/amd64'", None),
            ("CannotPullContainerError: pull access denied for x", None),
            ("ResourceInitializationError: unable to pull secrets or registry auth: AccessDeniedException: ssm:GetParameters", None),
            ("ResourceInitializationError: unable to pull secrets or registry auth: i/o timeout", None),
            ("exit code 1: CannotStartContainerError: exec /app: exec format error", Some(1)),
            ("exit code 137: OutOfMemoryError: Container killed due to memory usage", Some(137)),
            ("exit code 137", Some(137)),
            ("Capacity is unavailable at this time", None),
            ("RESOURCE:ENI", None),
            ("exit code 127", Some(127)),
            ("exit code 3", Some(3)),
        ]
        .map(|(why, exit_code)| {
            let end = End { why, exit_code, job: "report", env: "test" };
            advice(end).unwrap_or_else(|| "-".to_owned())
        });
        insta::assert_snapshot!(told.join("\n"), @"
        The task definition names an image without a repository. `copilot doctor --name report --env test` says why; `copilot job deploy --name report --env test` repairs it.
        The image is not in the registry (any more): `copilot job deploy --name report --env test` builds and pushes it again.
        The registry cannot be reached from the task's subnets: tasks in private subnets need a NAT gateway or VPC endpoints (ECR, S3, CloudWatch Logs).
        The image is for another platform: set `platform` in the manifest, then run `copilot job deploy --name report --env test`.
        The task's execution role may not pull the image: see `image.credentials` in the manifest for a private registry, or the policy of the repository.
        A secret of the manifest cannot be read: it must exist in the environment's account and region and carry the tags copilot-application and copilot-environment. `copilot doctor --name report --env test` names it.
        The task cannot reach AWS from its subnets: tasks in private subnets need a NAT gateway or VPC endpoints (ECR, S3, SSM, Secrets Manager, CloudWatch Logs).
        The program is for another processor: build for linux/amd64, or set `platform: linux/arm64` in the manifest, then run `copilot job deploy --name report --env test`.
        The container ran out of memory: raise `memory` in the manifest, then run `copilot job deploy --name report --env test`.
        137 means that the container was killed, most often for lack of memory: raise `memory` in the manifest, then run `copilot job deploy --name report --env test`.
        AWS had no capacity in these zones at that time: run the job again later, or set `retries` in the manifest.
        The subnets have no free address left: end what uses them, or place the job in larger subnets.
        127 means that the command was not found in the image: check `command` and `entrypoint` in the manifest.
        -
        ");
    }
}
