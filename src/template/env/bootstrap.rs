//! The first template of an environment's stack: the two roles with which everything else is made.

use super::deployed::Deployed;
use super::ids::{APP_NAME, ENV_NAME, TOOLS_ACCOUNT};
use super::inputs::Basics;
use super::{execution_role, manager_role, outputs};
use crate::template::cfn::mapping::Map;
use crate::template::cfn::output::Output;
use crate::template::cfn::resource::Resource;
use crate::template::cfn::section::{OUTPUTS, PARAMETERS, RESOURCES};
use crate::template::cfn::template::Template;
use crate::yaml::Node;

const DESCRIPTION: &str =
    "CloudFormation environment bootstrap template with the necessary roles to create envs and workloads.";

/// `Metadata.Version` of the template; the whole template has a version of the program there.
pub const VERSION: &str = "bootstrap";

/// Renders the template.
pub fn render(basics: &Basics) -> Template {
    let parameter = Node::mapping([("Type", Node::string("String"))]);
    let resources = [execution_role::role(basics, &Deployed::default()), manager_role::bootstrap(basics)];
    let body = Map::new()
        .with_text("Description", DESCRIPTION)
        .with("Metadata", Node::mapping([("Version", Node::string(VERSION))]))
        .with(
            PARAMETERS,
            Node::mapping([APP_NAME, ENV_NAME, TOOLS_ACCOUNT].map(|name| (name, parameter.clone()))),
        )
        .with(RESOURCES, Node::mapping(resources.map(Resource::into_entry)))
        .with(OUTPUTS, Node::mapping(outputs::roles().map(Output::into_entry)))
        .build();
    Template { body, header: "" }
}

/// The value of every parameter, in the order of a request.
pub fn parameters(basics: &Basics) -> Vec<(String, String)> {
    let values = [
        (APP_NAME, basics.app.clone()),
        (ENV_NAME, basics.env.clone()),
        (TOOLS_ACCOUNT, basics.tools_account()),
    ];
    values.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}
