//! The image that a deployed task has: a stack can be deployed with one that has no name, and nothing runs then.

use crate::error::{Error, Result};
use crate::ops::job::image_name::{has_no_repository, nameless};
use crate::ops::job::target::Target;
use crate::ops::port::EnvironmentAccount;
use crate::template::cfn::call::{Call, literal};
use crate::template::job::ids::TASK_DEFINITION;
use crate::yaml::{Kind, Node};

/// Refuses to call a deployment a success whose task cannot start.
///
/// # Errors
/// When the main container's image names no repository.
pub(crate) async fn check<E: EnvironmentAccount>(
    manager: &E,
    target: &Target,
    template: &Node,
    parameters: &[(String, String)],
) -> Result<()> {
    let image = match of_template(template, parameters, &target.job) {
        Some(image) => Some(image.to_owned()),
        // Overrides may have written a function that only CloudFormation can work out.
        None => deployed(manager, target).await,
    };
    let Some(image) = image.filter(|image| has_no_repository(image)) else { return Ok(()) };
    let Target { app, env, job, stack, .. } = target;
    Err(Error::new(format!(
        "stack {stack} is deployed, but {}",
        nameless(job, &image)
    ))
    .hint(format!("See whether the job has lost its repository: `copilot doctor --app {app} --env {env} --name {job}`."))
    .hint(format!(
        "Bring it back with `copilot doctor --fix`, then deploy again: `copilot job deploy --app {app} --env {env} --name {job}`. If \
         overrides of the job write the image, mend them first."
    )))
}

/// The main container's image, as far as the template says it.
fn of_template<'t>(template: &'t Node, parameters: &'t [(String, String)], job: &str) -> Option<&'t str> {
    let definition = template.get("Resources")?.get(TASK_DEFINITION)?.get("Properties")?;
    let Kind::Sequence(containers) = &definition.get("ContainerDefinitions")?.kind else { return None };
    let named = |container: &&Node| {
        let name = container.get("Name")?;
        let is_parameter = Call::of(name).is_some_and(|call| call.text() == Some("WorkloadName"));
        (is_parameter || literal(name) == Some(job)).then_some(())
    };
    let image = containers.iter().find(|container| named(container).is_some())?.get("Image")?;
    match Call::of(image) {
        None => literal(image),
        Some(call) if call.function == "Ref" => {
            let name = call.text()?;
            parameters.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
        }
        Some(_) => None,
    }
}

/// The same of the task definition that the stack has, as far as it can be looked at.
async fn deployed<E: EnvironmentAccount>(manager: &E, target: &Target) -> Option<String> {
    let resources = manager.resources(&target.stack).await.ok()?;
    let definition = resources.into_iter().find(|resource| resource.logical_id == TASK_DEFINITION)?;
    manager.container_image(&definition.physical_id, &target.job).await.ok()?
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml;

    #[test]
    fn the_image_in_a_template() {
        let image = |written: &str| {
            let text = format!(
                "Resources:\n  TaskDefinition:\n    Properties:\n      ContainerDefinitions:\n        - {{Name: side, Image: x}}\n        \
                 - {{Name: !Ref WorkloadName, Image: {written}}}\n"
            );
            let parameters = [("ContainerImage".to_owned(), ":abc".to_owned())];
            let template = yaml::load(&text).unwrap().unwrap();
            of_template(&template, &parameters, "report-gen").map(str::to_owned)
        };
        assert_eq!(image("!Ref ContainerImage").as_deref(), Some(":abc"));
        assert_eq!(image("{Ref: ContainerImage}").as_deref(), Some(":abc"));
        assert_eq!(image("nginx").as_deref(), Some("nginx"));
        assert_eq!(image("!Sub '${Nothing}:latest'"), None);
        assert_eq!(of_template(&yaml::load("a: b").unwrap().unwrap(), &[], "report-gen"), None);
    }
}
