//! The stack set with what an application has in each of its regions: a key, a bucket and repositories of images. Its
//! template keeps the list of workloads and accounts it is made for in its own metadata, which is the only record of them:
//! a change reads the deployed template ([`read`]), changes the list ([`Config::apply`]) and renders it anew ([`render`]).

mod config;
mod read;
mod repositories;
mod storage;

#[cfg(test)]
mod tests;

pub use config::{Change, Config, Workload};
pub use read::read;

use super::ids::{BUCKET, BUCKET_OUTPUT, KEY, KEY_OUTPUT, TEMPLATE_VERSION};
use crate::template::cfn::iam::account_root;
use crate::template::cfn::intrinsic::{get_att, reference};
use crate::template::cfn::mapping::Map;
use crate::template::cfn::output::Output;
use crate::template::cfn::resource::Resource;
use crate::template::cfn::template::Template;
use crate::yaml::Node;

const DESCRIPTION: &str = "Cross-regional resources to support the CodePipeline for a workspace";

/// Renders the stack set's template with its metadata.
pub fn render(app: &str, config: &Config, template_version: &str) -> Template {
    let mut resources = vec![storage::key(config), storage::bucket_policy(config), storage::bucket()];
    resources.extend(repositories::resources(app, config));
    let body = Map::new()
        .with("AWSTemplateFormatVersion", Node::quoted("2010-09-09"))
        .with_text("Description", DESCRIPTION)
        .with("Metadata", config.metadata(template_version))
        .with("Resources", Node::mapping(resources.into_iter().map(Resource::into_entry)))
        .with("Outputs", outputs(app, config, template_version))
        .build();
    Template { body, header: "" }
}

/// The roots of the application's account and of every account with an environment.
fn principals(config: &Config) -> Node {
    let accounts = config.sorted_accounts();
    let all = std::iter::once("${AWS::AccountId}").chain(accounts);
    Node::sequence(all.map(account_root))
}

fn outputs(app: &str, config: &Config, template_version: &str) -> Node {
    let mut outputs = vec![
        Output::new(KEY_OUTPUT, get_att(KEY, "Arn"))
            .described("KMS Key used by CodePipeline for encrypting artifacts.")
            .exported(Node::string(format!("{app}-ArtifactKey"))),
        Output::new(BUCKET_OUTPUT, reference(BUCKET)).described(
            "A bucket used for any Copilot artifacts that must be stored in S3 (pipelines, env files, etc).",
        ),
    ];
    outputs.extend(repositories::outputs(config));
    outputs.push(
        Output::new(TEMPLATE_VERSION, Node::string(template_version))
            .described("Required output to force the stackset to update if mutating version."),
    );
    // Without it an operation that changes no resource of an instance would leave the instance alone, and its progress could
    // not be followed.
    outputs.push(
        Output::new("StackSetOpId", Node::plain(config.version))
            .described("Required output to force stackset instances to update on every operation."),
    );
    Node::mapping(outputs.into_iter().map(Output::into_entry))
}
