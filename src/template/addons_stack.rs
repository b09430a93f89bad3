//! The nested stack with the job's additional resources (`spec/template.md` §2.13).

use super::conditions::HAS_ADDONS;
use super::env_controller;
use super::intrinsic::reference;
use super::map::Map;
use super::parameters::ADDONS_TEMPLATE_URL;
use super::resource::Resource;
use crate::manifest::job::Job;

pub(super) fn addons_stack(job: &Job) -> Resource {
    let parameters = Map::new()
        .with("App", reference("AppName"))
        .with("Env", reference("EnvName"))
        .with("Name", reference("WorkloadName"));
    let properties =
        Map::new().with("Parameters", parameters.build()).with("TemplateURL", reference(ADDONS_TEMPLATE_URL));
    let stack = Resource::new("AddonsStack", "AWS::CloudFormation::Stack", properties)
        .described("An Addons CloudFormation Stack for your additional AWS resources")
        .on_condition(HAS_ADDONS);
    if env_controller::needed_features(job).is_empty() {
        stack
    } else {
        stack.depends_on(env_controller::ACTION)
    }
}
