//! The environment's template, and what it is rendered from.

use std::collections::BTreeMap;

use uuid::Uuid;

use super::environment_plan::EnvironmentPlan;
use super::surroundings::Surroundings;
use crate::error::Result;
use crate::manifest::env::{Environment, FlowLogs};
use crate::ops::desired::{DesiredStack, check_size};
use crate::ops::env::request::Request;
use crate::ops::env::target::Target;
use crate::ops::overrides::Overridable;
use crate::ops::port::CdkRunner;
use crate::report::Console;
use crate::template::cfn::template::Template;
use crate::template::env::deployed::Deployed;
use crate::template::env::ids::{DISCOVERY_ENDPOINT, FORCE_DEPLOY_OUTPUT};
use crate::template::env::inputs::{Addons, Basics, Functions, Inputs};
use crate::template::env::{FEATURES, check, check_parameters, parameters, render};
use crate::template::tags::environment_tags;
use crate::template::version::TEMPLATE_VERSION;
use crate::yaml::Node;

/// An environment with what its template is rendered from.
pub(crate) struct EnvironmentTemplate<'a> {
    environment: &'a Environment,
    inputs: Inputs,
}

impl<'a> EnvironmentTemplate<'a> {
    /// The template with everything known; `addons_template_url` is where the addons' lies.
    pub(crate) fn new<E>(
        plan: &'a EnvironmentPlan,
        request: &Request,
        target: &Target,
        state: &Surroundings<E>,
        addons_template_url: &str,
    ) -> Result<Self> {
        let bucket = &state.regional.bucket;
        let known = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
        let force_deploy_id = match request.force {
            true => Uuid::new_v4().to_string(),
            false => state.stack.outputs.get(FORCE_DEPLOY_OUTPUT).cloned().unwrap_or_default(),
        };
        let basics = Basics {
            region: state.environment.region.clone(),
            // The application's, whoever deploys: another one would lose its people's access.
            app_account_id: state.application.account.clone(),
            artifact_bucket: bucket.clone(),
            artifact_key_arn: state.regional.kms_key_arn.clone(),
            permissions_boundary: state.application.permissions_boundary.as_deref().and_then(known),
            ..basics(target)
        };
        let inputs = Inputs {
            domain: known(&state.application.domain),
            cdn_prefix_lists: state.cdn_prefix_lists.clone(),
            force_deploy_id,
            previous_parameters: (!state.is_bootstrap()).then(|| state.stack.parameters.clone()),
            deployed: state.deployed.document.as_ref().map(Deployed::of).unwrap_or_default(),
            ..inputs(plan, basics, addons_template_url)?
        };
        Ok(Self { environment: &plan.environment, inputs })
    }

    /// Templates with placeholders for what only AWS tells: whether the application has a permissions boundary and a domain,
    /// and whether the deployed stack has flow logs.
    pub(crate) fn provisional(plan: &'a EnvironmentPlan, target: &Target) -> Result<Vec<Self>> {
        let kept = plan.environment.network.flow_logs == FlowLogs::Disabled;
        let mut variants = Vec::new();
        for flow_logs in [None, kept.then_some(14)] {
            for domain in [None, Some("example.com")] {
                for boundary in [None, Some("boundary")] {
                    let permissions_boundary = boundary.map(str::to_owned);
                    let basics = Basics { permissions_boundary, ..basics(target) };
                    let inputs = Inputs {
                        domain: domain.map(str::to_owned),
                        cdn_prefix_lists: vec!["pl-0".to_owned()],
                        deployed: Deployed { flow_logs, ..Deployed::default() },
                        ..inputs(plan, basics, "https://addons")?
                    };
                    variants.push(Self { environment: &plan.environment, inputs });
                }
            }
        }
        Ok(variants)
    }

    /// What the stack shall become; a CDK app runs for it.
    pub(crate) async fn desired<E>(
        &self,
        plan: &EnvironmentPlan,
        state: &Surroundings<E>,
        cdk: &impl CdkRunner,
        console: &Console<'_>,
    ) -> Result<DesiredStack> {
        let basics = &self.inputs.basics;
        let app_tags = state.application.tags.clone().unwrap_or_default();
        Ok(DesiredStack {
            parameters: parameters(self.environment, &self.inputs)?,
            tags: environment_tags(&app_tags, &basics.app, &basics.env),
            template: plan.overrides.template(cdk, self, console).await?,
        })
    }
}

/// Parameters of the deployed stack that stacks of workloads change at any time, so that they keep whatever they have by the
/// time of the change set.
pub(crate) fn kept_parameters(deployed: &BTreeMap<String, String>) -> Vec<&'static str> {
    FEATURES.into_iter().chain([DISCOVERY_ENDPOINT]).filter(|name| deployed.contains_key(*name)).collect()
}

fn basics(target: &Target) -> Basics {
    Basics {
        app: target.app.clone(),
        env: target.env.clone(),
        region: "us-east-1".to_owned(),
        app_account_id: "000000000000".to_owned(),
        artifact_bucket: "bucket".to_owned(),
        artifact_key_arn: "arn:aws:kms:us-east-1:000000000000:key/0".to_owned(),
        permissions_boundary: None,
    }
}

/// What the workspace alone decides.
fn inputs(plan: &EnvironmentPlan, basics: Basics, addons_template_url: &str) -> Result<Inputs> {
    let bucket = basics.artifact_bucket.clone();
    let functions = Functions::new(|name| {
        let function = plan.functions.iter().find(|function| function.name == name);
        let function = function.map(|function| function.object(&bucket));
        function.ok_or_else(|| crate::error::Error::new(format!("there is no code for {name}")))
    });
    Ok(Inputs {
        functions: functions?,
        domain: None,
        template_version: TEMPLATE_VERSION.to_owned(),
        manifest_text: plan.manifest_text.clone(),
        cdn_prefix_lists: Vec::new(),
        addons: plan.addons.as_ref().map(|addons| Addons {
            template_url: addons_template_url.to_owned(),
            parameters: addons.inputs.parameters.clone(),
        }),
        force_deploy_id: String::new(),
        previous_parameters: None,
        deployed: Deployed::default(),
        basics,
    })
}

impl Overridable for EnvironmentTemplate<'_> {
    fn app(&self) -> &str {
        &self.inputs.basics.app
    }

    fn env(&self) -> &str {
        &self.inputs.basics.env
    }

    fn render(&self) -> Result<Template> {
        render(self.environment, &self.inputs)
    }

    fn takes_parameters(&self, body: &Node) -> Result<()> {
        check_parameters(body, self.environment, &self.inputs)
    }

    fn check(&self, template: &Template, file: Option<&str>) -> Result<()> {
        check::check(template, self.environment, &self.inputs, file)?;
        check_size(template)
    }
}
