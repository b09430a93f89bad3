//! What an environment has for the workloads on its lists, the job among them. The job's stack takes the job off the lists when
//! it is deleted, and with its last workload a list's resources go.

use bytes::Bytes;

use crate::diff::meaning::Comparison;
use crate::error::Result;
use crate::ops::artifact;
use crate::ops::removal::port::Place;
use crate::report::Console;
use crate::stack::change_set::hazards::Hazards;
use crate::stack::port::{Stack, TemplateSource};
use crate::stack::{self, ManagedStack, Options, Update};
use crate::store::Environment;
use crate::template::cfn::artifacts::{S3Object, object_url, template_key};
use crate::template::cfn::names::env_stack_name;
use crate::template::env::ids::{EFS_WORKLOADS, FILE_SYSTEM_OUTPUT, NAT_WORKLOADS, PRIVATE_ROUTES_OUTPUT};
use crate::yaml;

/// The longest template that CloudFormation takes with a call, in bytes.
const LONGEST_INLINE: usize = 51_200;

/// A list that the job is on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Shared {
    /// The environment stack's parameter.
    parameter: &'static str,
    /// The other workloads on it.
    others: Vec<String>,
    /// What there is for them; an environment in an imported VPC has no NAT gateways of its own.
    what: Option<String>,
}

/// The lists of an environment that the job is on.
pub(super) fn of(environment: &Stack, name: &str, job: &str) -> Vec<Shared> {
    let output = |key: &str| environment.outputs.get(key).filter(|value| !value.is_empty());
    let nat = output(PRIVATE_ROUTES_OUTPUT).map(|_| format!("the NAT gateways of environment {name}"));
    let files = output(FILE_SYSTEM_OUTPUT).map(|id| format!("file system {id} of environment {name}"));
    let lists = [(NAT_WORKLOADS, nat), (EFS_WORKLOADS, files)].into_iter();
    lists
        .filter_map(|(parameter, what)| {
            let workloads = workloads(environment, parameter);
            workloads.iter().any(|one| one == job).then(|| Shared {
                parameter,
                others: workloads.into_iter().filter(|one| one != job).collect(),
                what,
            })
        })
        .collect()
}

fn workloads(environment: &Stack, parameter: &str) -> Vec<String> {
    let list = environment.parameters.get(parameter).map(String::as_str).unwrap_or_default();
    list.split(',').map(str::trim).filter(|one| !one.is_empty()).map(str::to_owned).collect()
}

impl Shared {
    /// What goes because no other workload needs it.
    pub(super) fn released(&self) -> Option<String> {
        let what = self.what.as_ref().filter(|_| self.others.is_empty())?;
        Some(match self.parameter {
            NAT_WORKLOADS => format!("{what}, with their IP addresses: no other workload uses them"),
            _ => format!("{what}, with all files in it: no other workload uses it"),
        })
    }

    /// What stays because others need it.
    pub(super) fn kept(&self) -> Option<String> {
        let what = self.what.as_ref().filter(|_| !self.others.is_empty())?;
        let others = self.others.join(", ");
        Some(match self.parameter {
            NAT_WORKLOADS => format!("{what}, for {others}"),
            _ => format!("{what}, for {others}, and with it the files that the job wrote there"),
        })
    }
}

/// Takes the job off the lists that it is still on: its stack was removed without the function that does that, or the function
/// failed. What comes of it is told; the job can be deleted all the same.
pub(super) async fn release<P: Place>(
    place: &P,
    environment: &Environment,
    job: &str,
    bucket: Option<&str>,
    again: &str,
    console: &Console<'_>,
) {
    let name = env_stack_name(&environment.app, &environment.name);
    let released = async {
        let Some(stack) = place.stack(&name).await? else { return Ok(()) };
        let left = of(&stack, &environment.name, job);
        if left.is_empty() {
            return Ok(());
        }
        let Some(template) = place.template(&stack.id).await? else { return Ok(()) };
        let mut parameters = stack.parameters.clone();
        for Shared { parameter, others, .. } in left {
            parameters.insert(parameter.to_owned(), others.join(","));
        }
        let source = match bucket {
            Some(bucket) if template.len() > LONGEST_INLINE => {
                let object = S3Object { bucket: bucket.to_owned(), key: template_key(&name, &template) };
                artifact::store(place, &object, Bytes::from(template.clone()), console).await?;
                TemplateSource::Url(object_url(&environment.region, &object))
            }
            _ => TemplateSource::Inline(template.clone()),
        };
        update(
            place,
            environment,
            &stack,
            (&template, &source),
            parameters.into_iter().collect(),
            again,
            console,
        )
        .await
    };
    if let Err(error) = released.await {
        let name = &environment.name;
        console.warn(format!(
            "Environment {name} still has job {job} on its lists, and so keeps what it has for it: {error}. Take it off with \
             `copilot job delete --app {} --name {job} --env {name}` once the environment's stack can be updated.",
            environment.app
        ));
    }
}

async fn update<P: Place>(
    place: &P,
    environment: &Environment,
    stack: &Stack,
    (template, source): (&str, &TemplateSource),
    parameters: Vec<(String, String)>,
    again: &str,
    console: &Console<'_>,
) -> Result<()> {
    let body = yaml::load(template).ok().flatten();
    let comparison = body.as_ref().map(|body| Comparison::new(Some(body), body)).unwrap_or_default();
    let name = env_stack_name(&environment.app, &environment.name);
    let options = Options { wait: true, allow_replacement: true, ..Options::default() };
    let managed = ManagedStack {
        cloudformation: place,
        name: &name,
        options: &options,
        linked: &[],
        resume_with: again,
    };
    let update = Update {
        existing: Some(stack),
        role_arn: &environment.execution_role_arn,
        template: source,
        parameters: &parameters,
        tags: &stack.tags,
        comparison: &comparison,
        kept_parameters: &[],
        hazards: Hazards::default(),
        descriptions: &[],
    };
    stack::apply(&managed, &update, again, console).await.map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_goes_and_what_stays() {
        let environment = |nat: &str, efs: &str, outputs: &[(&str, &str)]| {
            let pair = |(key, value): &(&str, &str)| ((*key).to_owned(), (*value).to_owned());
            Stack {
                parameters: [(NAT_WORKLOADS, nat), (EFS_WORKLOADS, efs)].iter().map(pair).collect(),
                outputs: outputs.iter().map(pair).collect(),
                ..Stack::default()
            }
        };
        let both = [(PRIVATE_ROUTES_OUTPUT, "rtb-1"), (FILE_SYSTEM_OUTPUT, "fs-1")];
        let told: Vec<String> = [
            environment("report", "report", &both),
            environment("mailer, report", "api,report,web", &both),
            environment("report-2", "", &both),
            environment("report", "report", &[]),
        ]
        .iter()
        .map(|stack| {
            let found = of(stack, "test", "report");
            let gone: Vec<String> = found.iter().filter_map(Shared::released).collect();
            let kept: Vec<String> = found.iter().filter_map(Shared::kept).collect();
            format!("{} lists; gone: [{}]; kept: [{}]", found.len(), gone.join(" / "), kept.join(" / "))
        })
        .collect();
        insta::assert_snapshot!(told.join("\n"), @"
        2 lists; gone: [the NAT gateways of environment test, with their IP addresses: no other workload uses them / file system fs-1 of environment test, with all files in it: no other workload uses it]; kept: []
        2 lists; gone: []; kept: [the NAT gateways of environment test, for mailer / file system fs-1 of environment test, for api, web, and with it the files that the job wrote there]
        0 lists; gone: []; kept: []
        2 lists; gone: []; kept: []
        ");
    }
}
