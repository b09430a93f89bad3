//! Links to a stack's page in the AWS console. Pure.

/// Returns the page that shows a stack's events; `None` when the ARN is not a stack's, or in a partition whose console
/// has no public address.
pub fn stack_events(stack_arn: &str) -> Option<String> {
    let mut parts = stack_arn.split(':');
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
    let is_cloudformation = parts.next() == Some("cloudformation");
    let region = parts.next()?;
    let is_stack = is_cloudformation && parts.nth(1)?.starts_with("stack/");
    let encode = |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
    is_stack.then(|| {
        let (region, stack) = (encode(region), encode(stack_arn));
        format!("https://{host}/cloudformation/home?region={region}#/stacks/events?stackId={stack}")
    })
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
