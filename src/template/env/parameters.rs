//! The template's parameters and the values a deployment gives them.

use std::collections::BTreeMap;

use super::ids::*;
use super::inputs::Inputs;
use crate::error::{Error, Result};
use crate::manifest::env::Environment;
use crate::template::cfn::mapping::Map;
use crate::template::cfn::parameters::check_sent;
use crate::yaml::Node;

/// Parameters that the stacks of workloads change. A deployment of the environment sends what the stack has: an empty
/// value deletes NAT gateways, load balancers, and the file system with its data.
pub const FEATURES: [&str; 6] =
    [ALB_WORKLOADS, INTERNAL_ALB_WORKLOADS, EFS_WORKLOADS, NAT_WORKLOADS, APP_RUNNER_WORKLOADS, ALIASES];

/// Stacks that the old tool made before version 0.5 have this one in the place of [`ALB_WORKLOADS`].
const INCLUDE_BALANCER: &str = "IncludePublicLoadBalancer";

/// The template's `Parameters` section.
pub(super) fn section() -> Node {
    let names = [
        APP_NAME,
        ENV_NAME,
        ALB_WORKLOADS,
        INTERNAL_ALB_WORKLOADS,
        EFS_WORKLOADS,
        NAT_WORKLOADS,
        APP_RUNNER_WORKLOADS,
        TOOLS_ACCOUNT,
        DOMAIN,
        DNS_ROLE,
        ALIASES,
        CREATE_HTTPS,
        CREATE_INTERNAL_HTTPS,
        DISCOVERY_ENDPOINT,
    ];
    Node::mapping(names.map(|name| {
        let parameter = Map::new().with_text("Type", "String");
        let parameter = match name {
            CREATE_HTTPS | CREATE_INTERNAL_HTTPS => {
                parameter.with("AllowedValues", Node::sequence([Node::plain(true), Node::plain(false)]))
            }
            _ => parameter,
        };
        (name, parameter.build())
    }))
}

/// The value of every parameter, in the order of a deployment's request.
///
/// # Errors
/// When the deployed stack is so old that what it has cannot be told by parameters.
pub fn parameters(env: &Environment, inputs: &Inputs) -> Result<Vec<(String, String)>> {
    let previous = inputs.previous_parameters.as_ref();
    if let Some(previous) = previous {
        check_age(previous, inputs)?;
    }
    let basics = &inputs.basics;
    let deployed = |name: &str| previous.and_then(|previous| previous.get(name)).cloned();
    let domain = inputs.domain.clone().unwrap_or_default();
    let endpoint = match previous {
        None => format!("{}.{}.local", basics.env, basics.app),
        Some(_) => deployed(DISCOVERY_ENDPOINT).unwrap_or_else(|| format!("{}.local", basics.app)),
    };
    let public_https = !env.http.public.certificates.is_empty() || inputs.domain.is_some();
    let internal_https = !env.http.private.certificates.is_empty();
    let computed = [
        (APP_NAME, basics.app.clone()),
        (ENV_NAME, basics.env.clone()),
        (TOOLS_ACCOUNT, basics.tools_account()),
        (DNS_ROLE, inputs.domain.as_ref().map(|_| basics.dns_role()).unwrap_or_default()),
        (DOMAIN, domain),
        (DISCOVERY_ENDPOINT, endpoint),
        (CREATE_HTTPS, public_https.to_string()),
        (CREATE_INTERNAL_HTTPS, internal_https.to_string()),
    ];
    let kept = FEATURES.map(|name| (name, deployed(name).unwrap_or_default()));
    Ok(computed.into_iter().chain(kept).map(|(name, value)| (name.to_owned(), value)).collect())
}

fn check_age(previous: &BTreeMap<String, String>, inputs: &Inputs) -> Result<()> {
    if !previous.contains_key(INCLUDE_BALANCER) || previous.contains_key(ALB_WORKLOADS) {
        return Ok(());
    }
    let (app, env) = (&inputs.basics.app, &inputs.basics.env);
    Err(Error::new(format!(
        "the stack of environment \"{env}\" was made by AWS Copilot CLI 0.4 or before, and this program cannot tell which of its services share the load balancer"
    ))
    .hint(format!("Nothing was changed. Run `copilot env upgrade --app {app} --name {env}` of AWS Copilot CLI 1.19 once, then deploy again.")))
}

/// Checks that an overridden template still takes the parameters that are sent with it.
///
/// # Errors
/// When one of them is gone, or when there is a new one without a default.
pub fn check_parameters(body: &Node, env: &Environment, inputs: &Inputs) -> Result<()> {
    check_sent(body, &parameters(env, inputs)?)
}
