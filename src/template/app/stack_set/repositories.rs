//! The repositories of images.

use super::super::ids::repository;
use super::{Config, Workload, principals};
use crate::template::cfn::iam::{Statement, document};
use crate::template::cfn::intrinsic::get_att;
use crate::template::cfn::mapping::{Map, tag};
use crate::template::cfn::output::Output;
use crate::template::cfn::resource::Resource;
use crate::template::tags::WORKLOAD;
use crate::yaml::Node;

pub(super) fn resources(app: &str, config: &Config) -> Vec<Resource> {
    with_images(config).map(|workload| resource(app, &workload.name, config)).collect()
}

pub(super) fn outputs(config: &Config) -> Vec<Output> {
    let output = |workload: &Workload| {
        let id = repository(&workload.name);
        let text = format!("ECR Repo used to store images of the {} workload.", workload.name);
        Output::new(&id, get_att(&id, "Arn")).described(text)
    };
    with_images(config).map(output).collect()
}

fn with_images(config: &Config) -> impl Iterator<Item = &Workload> {
    config.sorted_workloads().into_iter().filter(|workload| workload.with_ecr)
}

fn resource(app: &str, workload: &str, config: &Config) -> Resource {
    let push_and_pull =
        Statement::allow().sid("AllowPushPull").principal("AWS", principals(config)).actions(&[
            "ecr:GetDownloadUrlForLayer",
            "ecr:BatchGetImage",
            "ecr:BatchCheckLayerAvailability",
            "ecr:PutImage",
            "ecr:InitiateLayerUpload",
            "ecr:UploadLayerPart",
            "ecr:CompleteLayerUpload",
        ]);
    let properties = Map::new()
        .with_text("RepositoryName", format!("{app}/{workload}"))
        .with("Tags", Node::sequence([tag(WORKLOAD, Node::string(workload))]))
        .with("RepositoryPolicyText", document([push_and_pull]));
    Resource::new(repository(workload), "AWS::ECR::Repository", properties)
        .described(format!("ECR container image repository for \"{workload}\""))
}
