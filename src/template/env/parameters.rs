//! The template's parameters and the values a deployment gives them.

use std::collections::BTreeMap;

use super::ids::{
    ALB_WORKLOADS, ALIASES, APP_NAME, APP_RUNNER_WORKLOADS, CREATE_HTTPS, CREATE_INTERNAL_HTTPS,
    DISCOVERY_ENDPOINT, DNS_ROLE, DOMAIN, EFS_WORKLOADS, ENV_NAME, INTERNAL_ALB_WORKLOADS, NAT_WORKLOADS,
    TOOLS_ACCOUNT,
};
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::template::env::testing::{certificate, inputs, minimal};

    fn sent(env: &Environment, inputs: &Inputs) -> String {
        let values = parameters(env, inputs).unwrap();
        values.into_iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("\n")
    }

    fn deployed(entries: &[(&str, &str)]) -> Inputs {
        let previous =
            entries.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Inputs { previous_parameters: Some(previous), ..inputs() }
    }

    #[test]
    fn values_of_a_first_deployment() {
        insta::assert_snapshot!(sent(&minimal(), &inputs()), @"
        AppName=shop
        EnvironmentName=test
        ToolsAccountPrincipalARN=arn:aws:iam::123456789012:root
        AppDNSDelegationRole=
        AppDNSName=
        ServiceDiscoveryEndpoint=test.shop.local
        CreateHTTPSListener=false
        CreateInternalHTTPSListener=false
        ALBWorkloads=
        InternalALBWorkloads=
        EFSWorkloads=
        NATWorkloads=
        AppRunnerPrivateWorkloads=
        Aliases=
        ");
    }

    #[test]
    fn what_workloads_switched_on_stays_on() {
        let inputs = deployed(&[
            ("AppName", "other"),
            ("ToolsAccountPrincipalARN", "arn:aws:iam::210987654321:root"),
            ("AppDNSName", "old.example.com"),
            ("CreateHTTPSListener", "true"),
            ("ALBWorkloads", "front,api"),
            ("InternalALBWorkloads", "back"),
            ("EFSWorkloads", "report"),
            ("NATWorkloads", "report,nightly"),
            ("AppRunnerPrivateWorkloads", "rd"),
            ("Aliases", r#"{"front":["example.com"]}"#),
            ("ServiceDiscoveryEndpoint", "shop.internal"),
            ("IncludePublicLoadBalancer", "false"),
        ]);
        insta::assert_snapshot!(sent(&minimal(), &inputs), @r#"
        AppName=shop
        EnvironmentName=test
        ToolsAccountPrincipalARN=arn:aws:iam::123456789012:root
        AppDNSDelegationRole=
        AppDNSName=
        ServiceDiscoveryEndpoint=shop.internal
        CreateHTTPSListener=false
        CreateInternalHTTPSListener=false
        ALBWorkloads=front,api
        InternalALBWorkloads=back
        EFSWorkloads=report
        NATWorkloads=report,nightly
        AppRunnerPrivateWorkloads=rd
        Aliases={"front":["example.com"]}
        "#);
    }

    #[test]
    fn stacks_without_an_endpoint_have_the_applications() {
        let endpoint = |inputs: &Inputs| {
            let values = parameters(&minimal(), inputs).unwrap();
            values.into_iter().find(|(name, _)| name == DISCOVERY_ENDPOINT).unwrap().1
        };
        assert_eq!(endpoint(&inputs()), "test.shop.local");
        assert_eq!(endpoint(&deployed(&[("ALBWorkloads", "")])), "shop.local");
    }

    #[test]
    fn stacks_of_the_first_releases_are_refused() {
        let error = parameters(&minimal(), &deployed(&[("IncludePublicLoadBalancer", "true")])).unwrap_err();
        insta::assert_snapshot!(error, @r#"the stack of environment "test" was made by AWS Copilot CLI 0.4 or before, and this program cannot tell which of its services share the load balancer"#);
        insta::assert_snapshot!(error.hints().join("\n"), @"Nothing was changed. Run `copilot env upgrade --app shop --name test` of AWS Copilot CLI 1.19 once, then deploy again.");
    }

    #[test]
    fn listeners_by_certificates_and_domain() {
        let mut lines = Vec::new();
        for (public, private, domain) in [
            (false, false, false),
            (true, false, false),
            (false, true, false),
            (false, false, true),
            (true, true, true),
        ] {
            let (mut env, mut inputs) = (minimal(), inputs());
            env.http.public.certificates = public.then(|| certificate(1)).into_iter().collect();
            env.http.private.certificates = private.then(|| certificate(2)).into_iter().collect();
            inputs.domain = domain.then(|| "example.com".to_owned());
            inputs.basics.region = "us-gov-west-1".to_owned();
            let text = sent(&env, &inputs);
            let shown = text.lines().filter(|line| line.starts_with("Create") || line.starts_with("AppDNS"));
            lines.push(shown.collect::<Vec<_>>().join(" "));
        }
        insta::assert_snapshot!(lines.join("\n"), @"
        AppDNSDelegationRole= AppDNSName= CreateHTTPSListener=false CreateInternalHTTPSListener=false
        AppDNSDelegationRole= AppDNSName= CreateHTTPSListener=true CreateInternalHTTPSListener=false
        AppDNSDelegationRole= AppDNSName= CreateHTTPSListener=false CreateInternalHTTPSListener=true
        AppDNSDelegationRole=arn:aws-us-gov:iam::123456789012:role/shop-DNSDelegationRole AppDNSName=example.com CreateHTTPSListener=true CreateInternalHTTPSListener=false
        AppDNSDelegationRole=arn:aws-us-gov:iam::123456789012:role/shop-DNSDelegationRole AppDNSName=example.com CreateHTTPSListener=true CreateInternalHTTPSListener=true
        ");
    }

    #[test]
    fn overrides_keep_the_parameters() {
        let body = crate::template::env::render(&minimal(), &inputs()).unwrap().body;
        let changed = |change: &str| {
            let patches = crate::template::cfn::patches::Patches::read("cfn.patches.yml", change).unwrap();
            let template = crate::template::cfn::template::Template { body: body.clone(), header: "" };
            check_parameters(&patches.apply(&template).unwrap().body, &minimal(), &inputs())
        };
        let removed = changed("- {op: remove, path: /Parameters/NATWorkloads}").unwrap_err();
        insta::assert_snapshot!(removed, @r#"the overrides remove the parameter "NATWorkloads", which every deployment sets"#);
        let added = changed("- {op: add, path: /Parameters/Size, value: {Type: String}}").unwrap_err();
        insta::assert_snapshot!(added, @r#"the overrides add the parameter "Size" without a value"#);
        assert!(changed("- {op: add, path: /Parameters/Size, value: {Type: String, Default: '1'}}").is_ok());
    }
}
