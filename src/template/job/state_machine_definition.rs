//! The state machine's definition, to the byte: CloudFormation compares it as text, so another layout
//! would change every deployed job.

use std::fmt::Write;

/// What varies in a definition.
#[derive(Clone, Copy, Debug)]
pub(super) struct Definition {
    /// Fargate platform version.
    pub(super) platform_version: &'static str,
    /// Time limit of an execution in seconds.
    pub(super) timeout_seconds: Option<u64>,
    /// Repetitions of a failed run; 0 for none.
    pub(super) retries: u64,
}

const STATE: &str = r#"      "Type": "Task",
      "Resource": "arn:${Partition}:states:::ecs:runTask.sync",
      "Parameters": {
        "LaunchType": "FARGATE",
        "PlatformVersion": "#;

const PARAMETERS: &str = r#"
        "Cluster": "${Cluster}",
        "TaskDefinition": "${TaskDefinition}",
        "PropagateTags": "TASK_DEFINITION",
        "Group.$": "$$.Execution.Name",
        "NetworkConfiguration": {
          "AwsvpcConfiguration": {
            "Subnets": ["${Subnets}"],
            "AssignPublicIp": "${AssignPublicIp}",
            "SecurityGroups": ["${SecurityGroups}"]
          }
        }
      },
"#;

/// Six blanks follow the last brace: part of every deployed value.
const END: &str = "      \"End\": true\n    }\n  }\n}      ";

impl Definition {
    pub(super) fn text(&self) -> String {
        let mut text = String::from("{\n  \"Version\": \"1.0\",\n  \"Comment\": \"Run AWS Fargate task\",\n");
        if let Some(seconds) = self.timeout_seconds {
            let _ = writeln!(text, "  \"TimeoutSeconds\": {seconds},");
        }
        text.push_str("  \"StartAt\": \"Run Fargate Task\",\n  \"States\": {\n    \"Run Fargate Task\": {\n");
        text.push_str(STATE);
        let _ = write!(text, "\"{}\",", self.platform_version);
        text.push_str(PARAMETERS);
        if self.retries > 0 {
            text.push_str("      \"Retry\": [\n        {\n          \"ErrorEquals\": [\n            \"States.ALL\"\n          ],\n");
            text.push_str("          \"IntervalSeconds\": 10,\n");
            let _ = writeln!(text, "          \"MaxAttempts\": {},", self.retries);
            text.push_str("          \"BackoffRate\": 1.5\n        }\n      ],\n");
        }
        text.push_str(END);
        text
    }
}

#[cfg(test)]
mod tests {
    use sha2::{Digest, Sha256};

    use super::*;

    /// Hashes of what the old tool deployed.
    #[test]
    fn has_the_bytes_of_deployed_definitions() {
        let cases = [
            ("LATEST", None, 0, 751, "72e02723aae86345804e2bd7cbb214c20378464698e2485164d9d6123f237b46"),
            ("1.0.0", None, 0, 750, "da60717b0a27de915262a129c56b4a12cb5384334f6ebf8764475fdc93e4ad11"),
            ("LATEST", None, 3, 952, "aa54817c86853be2a237648a98eb7034b4ab1041092acdaaba820347a060a4b4"),
            (
                "LATEST",
                Some(3600),
                0,
                777,
                "00c76c23b2895a3977cf7b1d91f0f82d20eb39a3adffc029c316e2b1dae893e1",
            ),
            (
                "LATEST",
                Some(5400),
                3,
                978,
                "c2d585aa019869a1c7769e3389bdd3b78009f6f9cd71a0f0ebcb4a726895861f",
            ),
        ];
        for (platform_version, timeout_seconds, retries, length, hash) in cases {
            let text = Definition { platform_version, timeout_seconds, retries }.text();
            assert_eq!(text.len(), length);
            assert_eq!(format!("{:x}", Sha256::digest(&text)), hash);
        }
    }
}
