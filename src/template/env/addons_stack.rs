//! The nested stack with the environment's additional resources.

use super::ids::{ADDONS_STACK, APP_NAME, ENV_NAME};
use super::inputs::Addons;
use crate::template::cfn::intrinsic::reference;
use crate::template::cfn::mapping::Map;
use crate::template::cfn::resource::Resource;

pub(super) fn addons_stack(addons: &Addons) -> Resource {
    let mut parameters = Map::new().with("App", reference(APP_NAME)).with("Env", reference(ENV_NAME));
    for (name, value) in &addons.parameters {
        parameters = parameters.with(name, value.clone());
    }
    let properties =
        Map::new().with("Parameters", parameters.build()).with_text("TemplateURL", &addons.template_url);
    Resource::new(ADDONS_STACK, "AWS::CloudFormation::Stack", properties)
        .described("A CloudFormation nested stack for your additional AWS resources")
}
