//! Names of stacks, parameters, topics and partitions.

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

/// The environment variable of an addons template's output: its words in capitals, joined by `_`. A word starts at
/// a capital behind a small letter or digit, and at the last of several capitals before a small letter. Both rules
/// read from left to right and never read a character twice, so `AAAaBbb` becomes `AA_AA_BBB` and `myTable2nd`
/// stays `MY_TABLE2ND`.
pub fn variable_name(output: &str) -> String {
    let lower = |c: &char| c.is_ascii_lowercase();
    let upper = |c: &char| c.is_ascii_uppercase();
    let digit = |c: &char| c.is_ascii_digit();
    let small = |c: &char| lower(c) || digit(c);
    let words = separated(output, |a, b, _| small(a) && b.is_some_and(|b| upper(&b)), 1);
    let words = separated(
        &words,
        |a, b, c| (upper(a) || digit(a)) && b.is_some_and(|b| upper(&b)) && c.is_some_and(|c| lower(&c)),
        2,
    );
    words.to_ascii_uppercase()
}

/// Puts `_` behind each character that, with the next two, starts a match; the `more` characters behind it
/// belong to the match and start none.
fn separated(text: &str, matches: impl Fn(&char, Option<char>, Option<char>) -> bool, more: usize) -> String {
    let mut separated = String::with_capacity(text.len() + 4);
    let mut rest = text.chars();
    while let Some(first) = rest.next() {
        separated.push(first);
        let mut ahead = rest.clone();
        if matches(&first, ahead.next(), ahead.next()) {
            separated.push('_');
            separated.extend(rest.by_ref().take(more));
        }
    }
    separated
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
pub(crate) fn workload_name_parts() -> [Node; 5] {
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
    fn splits_names_of_outputs_into_words() {
        for (output, variable) in [
            ("myDDBTableName", "MY_DDB_TABLE_NAME"),
            ("MySecretArn", "MY_SECRET_ARN"),
            ("MyS3Bucket", "MY_S3_BUCKET"),
            ("HTTPServer", "HTTP_SERVER"),
            ("DDB2Table", "DDB2_TABLE"),
            ("myTable2nd", "MY_TABLE2ND"),
            ("My2ndTable", "MY2ND_TABLE"),
            ("SQSQueueURL", "SQS_QUEUE_URL"),
            ("x509CertARN", "X509_CERT_ARN"),
            ("RDSEndpointURLForDB", "RDS_ENDPOINT_URL_FOR_DB"),
            ("IPv4Addr", "I_PV4_ADDR"),
            ("EFSAPId", "EFSAP_ID"),
            ("ABCd", "AB_CD"),
            ("AAAaBbb", "AA_AA_BBB"),
            ("A1B2C3", "A1_B2_C3"),
            ("My-Dash", "MY-DASH"),
            ("", ""),
            ("é", "é"),
        ] {
            assert_eq!(variable_name(output), variable, "{output}");
        }
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
