//! Environment files: each container's parameter, the condition that it is set, the container's
//! property and the execution role's policy. All of them are rendered always and switched by the
//! condition.

use super::ids::{ENV_FILE, LOGGING_ENV_FILE};
use crate::manifest::job::Job;
use crate::template::cfn::iam::{Statement, policy};
use crate::template::cfn::intrinsic::{join, only_when, reference, select, split};
use crate::template::cfn::mapping::Map;
use crate::template::cfn::names::{logical_id_safe, sidecar_env_file_parameter, workload_name_parts};
use crate::yaml::Node;

/// What a template says of one container's environment file.
pub(super) struct EnvFile {
    /// Parameter with the file's ARN.
    pub(super) parameter: String,
    /// Condition that the parameter is not empty.
    pub(super) condition: String,
    /// End of the policy's name.
    policy_suffix: String,
}

impl EnvFile {
    pub(super) fn of_main() -> Self {
        Self::new(ENV_FILE, "HasEnvFile", "GetEnvFilePolicy")
    }

    pub(super) fn of_router() -> Self {
        Self::new(LOGGING_ENV_FILE, "HasLoggingEnvFile", "GetLoggingEnvFilePolicy")
    }

    pub(super) fn of_sidecar(name: &str) -> Self {
        let id = logical_id_safe(name);
        Self {
            parameter: sidecar_env_file_parameter(name),
            condition: format!("HasEnvFileFor{id}"),
            policy_suffix: format!("GetEnvFilePolicyFor{id}"),
        }
    }

    fn new(parameter: &str, condition: &str, policy_suffix: &str) -> Self {
        Self {
            parameter: parameter.to_owned(),
            condition: condition.to_owned(),
            policy_suffix: policy_suffix.to_owned(),
        }
    }

    /// Those of all containers: main, log router, sidecars by name.
    pub(super) fn all(job: &Job) -> Vec<Self> {
        let router = job.logging.router.as_ref().map(|_| Self::of_router());
        let sidecars = job.sidecars.keys().map(|name| Self::of_sidecar(name));
        std::iter::once(Self::of_main()).chain(router).chain(sidecars).collect()
    }

    /// The container's `EnvironmentFiles`.
    pub(super) fn container_property(&self) -> Node {
        let file = Map::new().with_text("Type", "s3").with("Value", reference(&self.parameter)).build();
        Node::sequence([only_when(&self.condition, file)])
    }

    /// The permission to read the file.
    pub(super) fn read_policy(&self) -> Node {
        // The bucket is what stands between `:::` and the first slash of the ARN.
        let arn_rest = select(5, split(":", reference(&self.parameter)));
        let bucket_arn = join(
            "",
            [
                Node::string("arn:"),
                reference("AWS::Partition"),
                Node::string(":s3:::"),
                select(0, split("/", arn_rest)),
            ],
        );
        let name = join("", workload_name_parts().into_iter().chain([Node::string(&self.policy_suffix)]));
        let statements = [
            Statement::allow().actions(&["s3:GetObject"]).on_each([reference(&self.parameter)]),
            Statement::allow().actions(&["s3:GetBucketLocation"]).on_each([bucket_arn]),
        ];
        only_when(&self.condition, policy(name, statements))
    }
}
