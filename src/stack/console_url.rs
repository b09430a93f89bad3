//! Links to pages of the AWS console. Pure.

/// Returns the page that shows a stack's events; `None` when the ARN is not a stack's, or in a partition whose console
/// has no public address.
pub fn stack_events(stack_arn: &str) -> Option<String> {
    let (host, region, resource) = place(stack_arn, "cloudformation")?;
    let stack = encode(stack_arn);
    resource
        .starts_with("stack/")
        .then(|| format!("https://{host}/cloudformation/home?region={region}#/stacks/events?stackId={stack}"))
}

/// Returns the page of an execution of a state machine, given by its ARN.
pub fn execution(arn: &str) -> Option<String> {
    let (host, region, resource) = place(arn, "states")?;
    resource
        .starts_with("execution:")
        .then(|| format!("https://{host}/states/home?region={region}#/v2/executions/details/{arn}"))
}

/// Returns the page of a task of ECS, given by its ARN, which names its cluster.
pub fn task(arn: &str) -> Option<String> {
    let (host, region, resource) = place(arn, "ecs")?;
    let (cluster, id) = resource.strip_prefix("task/")?.split_once('/')?;
    Some(format!("https://{host}/ecs/v2/clusters/{}/tasks/{}?region={region}", encode(cluster), encode(id)))
}

/// The console's host, the region, and what the ARN names.
fn place<'a>(arn: &'a str, service: &str) -> Option<(&'static str, String, &'a str)> {
    let mut parts = arn.splitn(6, ':');
    if parts.next() != Some("arn") {
        return None;
    }
    // https://docs.aws.amazon.com/whitepapers/latest/aws-fault-isolation-boundaries/partitions.html
    let host = match parts.next()? {
        "aws" => "console.aws.amazon.com",
        "aws-cn" => "console.amazonaws.cn",
        "aws-us-gov" => "console.amazonaws-us-gov.com",
        _ => return None,
    };
    let is_of_service = parts.next() == Some(service);
    let region = encode(parts.next()?);
    let resource = parts.nth(1)?;
    is_of_service.then_some((host, region, resource))
}

fn encode(text: &str) -> String {
    form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_partition_has_its_console() {
        let arn = |partition: &str, region: &str| {
            format!(
                "arn:{partition}:cloudformation:{region}:123456789012:stack/demo-test-report/5ef0fbc0-a686"
            )
        };
        let links: Vec<Option<String>> = [
            ("aws", "eu-west-1"),
            ("aws-cn", "cn-north-1"),
            ("aws-us-gov", "us-gov-west-1"),
            ("aws-iso", "us-iso-east-1"),
        ]
        .into_iter()
        .map(|(partition, region)| stack_events(&arn(partition, region)))
        .collect();
        insta::assert_debug_snapshot!(links, @r#"
        [
            Some(
                "https://console.aws.amazon.com/cloudformation/home?region=eu-west-1#/stacks/events?stackId=arn%3Aaws%3Acloudformation%3Aeu-west-1%3A123456789012%3Astack%2Fdemo-test-report%2F5ef0fbc0-a686",
            ),
            Some(
                "https://console.amazonaws.cn/cloudformation/home?region=cn-north-1#/stacks/events?stackId=arn%3Aaws-cn%3Acloudformation%3Acn-north-1%3A123456789012%3Astack%2Fdemo-test-report%2F5ef0fbc0-a686",
            ),
            Some(
                "https://console.amazonaws-us-gov.com/cloudformation/home?region=us-gov-west-1#/stacks/events?stackId=arn%3Aaws-us-gov%3Acloudformation%3Aus-gov-west-1%3A123456789012%3Astack%2Fdemo-test-report%2F5ef0fbc0-a686",
            ),
            None,
        ]
        "#);
    }

    #[test]
    fn runs_and_tasks_have_pages() {
        let run = execution("arn:aws:states:eu-west-1:123456789012:execution:demo-test-report:manual-1");
        let task = task("arn:aws:ecs:eu-west-1:123456789012:task/demo-cluster/0a1b");
        insta::assert_snapshot!(format!("{}\n{}", run.unwrap(), task.unwrap()), @"
        https://console.aws.amazon.com/states/home?region=eu-west-1#/v2/executions/details/arn:aws:states:eu-west-1:123456789012:execution:demo-test-report:manual-1
        https://console.aws.amazon.com/ecs/v2/clusters/demo-cluster/tasks/0a1b?region=eu-west-1
        ");
        assert_eq!(super::task("arn:aws:ecs:eu-west-1:123456789012:task/0a1b"), None);
        assert_eq!(execution("arn:aws:states:eu-west-1:123456789012:stateMachine:demo"), None);
    }

    #[test]
    fn only_stacks_have_a_page() {
        for arn in [
            "",
            "demo-test-report",
            "arn:aws",
            "arn:aws:cloudformation:eu-west-1:123456789012",
            "arn:aws:cloudformation:eu-west-1:123456789012:changeSet/x/y",
            "arn:aws:s3:::bucket",
        ] {
            assert_eq!(stack_events(arn), None, "{arn}");
        }
    }
}
