//! Names of stacks, parameters, topics and partitions (`spec/template.md` §3, `spec/deploy.md` §6.1).

use super::intrinsic::reference;
use crate::yaml::Node;

/// Longest stack name that CloudFormation accepts, in bytes.
const LONGEST_STACK_NAME: usize = 128;

/// The job's stack: `<app>-<env>-<job>`, cut to the 128 bytes that CloudFormation allows.
pub fn stack_name(app: &str, env: &str, job: &str) -> String {
    let mut name = format!("{app}-{env}-{job}");
    name.truncate(name.floor_char_boundary(LONGEST_STACK_NAME));
    name
}

/// The environment's stack: `<app>-<env>`.
pub fn env_stack_name(app: &str, env: &str) -> String {
    format!("{app}-{env}")
}

/// The ASCII letters and digits of a name, for use in logical ids and parameter names.
pub fn logical_id_safe(name: &str) -> String {
    name.chars().filter(char::is_ascii_alphanumeric).collect()
}

/// The parameter with the ARN of a sidecar's environment file.
pub fn sidecar_env_file_parameter(sidecar: &str) -> String {
    format!("EnvFileARNFor{}", logical_id_safe(sidecar))
}

/// ARN of one of the job's topics; the name carries `.fifo` where it applies.
pub fn topic_arn(region: &str, account_id: &str, app: &str, env: &str, job: &str, topic: &str) -> String {
    let partition = partition_of_region(region);
    format!("arn:{partition}:sns:{region}:{account_id}:{app}-{env}-{job}-{topic}")
}

/// The partition a region belongs to, as in the second field of ARNs.
pub fn partition_of_region(region: &str) -> &'static str {
    partition(region).0
}

/// The domain of a region's service endpoints.
pub fn dns_suffix(region: &str) -> &'static str {
    partition(region).1
}

/// Region prefix, partition, DNS suffix.
const PARTITIONS: [(&str, &str, &str); 7] = [
    ("cn-", "aws-cn", "amazonaws.com.cn"),
    ("us-gov-", "aws-us-gov", "amazonaws.com"),
    ("us-iso-", "aws-iso", "c2s.ic.gov"),
    ("us-isob-", "aws-iso-b", "sc2s.sgov.gov"),
    ("eu-isoe-", "aws-iso-e", "cloud.adc-e.uk"),
    ("us-isof-", "aws-iso-f", "csp.hci.ic.gov"),
    ("eusc-", "aws-eusc", "amazonaws.eu"),
];

fn partition(region: &str) -> (&'static str, &'static str) {
    PARTITIONS
        .iter()
        .find(|(prefix, ..)| region.starts_with(prefix))
        .map_or(("aws", "amazonaws.com"), |(_, partition, suffix)| (partition, suffix))
}

/// The parts that, joined, make the job's full name inside the template.
pub(super) fn workload_name_parts() -> [Node; 5] {
    [
        reference("AppName"),
        Node::string("-"),
        reference("EnvName"),
        Node::string("-"),
        reference("WorkloadName"),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cuts_long_stack_names_between_characters() {
        assert_eq!(stack_name("my-app", "test", "report-gen"), "my-app-test-report-gen");
        assert_eq!(stack_name("a", "b", &"x".repeat(200)).len(), 128);
        let name = stack_name("a", "b", &"é".repeat(100));
        assert_eq!(name.len(), 128);
        let odd = stack_name("aa", "b", &"é".repeat(100));
        assert_eq!((odd.len(), odd.ends_with('é')), (127, true));
    }

    #[test]
    fn keeps_only_letters_and_digits_in_logical_ids() {
        assert_eq!(logical_id_safe("envoy-proxy_2"), "envoyproxy2");
        assert_eq!(logical_id_safe("é-1"), "1");
        assert_eq!(sidecar_env_file_parameter("a-side"), "EnvFileARNForaside");
    }

    #[test]
    fn knows_partitions() {
        let cases = [
            ("us-west-2", "aws", "amazonaws.com"),
            ("cn-north-1", "aws-cn", "amazonaws.com.cn"),
            ("us-gov-west-1", "aws-us-gov", "amazonaws.com"),
            ("us-iso-east-1", "aws-iso", "c2s.ic.gov"),
            ("us-isob-east-1", "aws-iso-b", "sc2s.sgov.gov"),
            ("eusc-de-east-1", "aws-eusc", "amazonaws.eu"),
        ];
        for (region, partition, suffix) in cases {
            assert_eq!((partition_of_region(region), dns_suffix(region)), (partition, suffix), "{region}");
        }
        assert_eq!(
            topic_arn("cn-north-1", "123456789012", "app", "env", "job", "evt"),
            "arn:aws-cn:sns:cn-north-1:123456789012:app-env-job-evt"
        );
    }
}
