//! Ways out of private subnets: without one a task cannot even fetch its image.

use super::unknown::settled;
use crate::manifest::job::Placement;
use crate::ops::doctor::facts::{JobFacts, Known};
use crate::ops::doctor::finding::{About, Check, Finding};
use crate::ops::doctor::port::Account;
use crate::template::cfn::section::RESOURCES;
use crate::template::env::ids::VPC;
use crate::yaml::Node;

pub(crate) async fn network<A: Account>(job: &JobFacts<'_, A>) -> Finding {
    let about = About::job(Check::Network, job.name, job.env.name());
    let Some(manifest) = job.usable_manifest() else {
        return about.skipped("no manifest that can be used says where the job runs");
    };
    match &manifest.job.network.placement {
        Placement::Public => about.ok("public subnets, with public addresses"),
        Placement::Private => settled(&about, private(job, &about).await),
        Placement::Subnets(_) | Placement::SubnetsFromTags(_) => {
            about.skipped("the job runs in subnets of its own; they need a way to Amazon ECR, CloudWatch Logs and its secrets")
        }
    }
}

async fn private<A: Account>(job: &JobFacts<'_, A>, about: &About) -> Known<Finding> {
    let (stack, template, deployed) = tokio::join!(job.env.stack(), job.env.template(), job.deployed());
    let Some(stack) = stack? else {
        return Ok(about.skipped(format!("there is no stack {}", job.env.stack_name)));
    };
    let own = |template: &Node| template.get(RESOURCES).is_some_and(|all| all.get(VPC).is_some());
    if !template?.and_then(|template| template.document.as_ref()).is_some_and(own) {
        return Ok(about.skipped(
            "the environment uses a VPC of yours: its private subnets need a NAT gateway, or endpoints for Amazon ECR, S3, \
             CloudWatch Logs and the secrets",
        ));
    }
    let workloads = stack.parameters.get("NATWorkloads").map(String::as_str).unwrap_or_default();
    let listed = workloads.split(',').any(|name| name == job.name);
    Ok(match (listed, deployed?) {
        (true, _) => about.ok("private subnets, behind the environment's NAT gateways"),
        (false, None) => about.ok("private subnets; the first deployment switches NAT gateways on"),
        (false, Some(_)) => about
            .failure("the job is to run in private subnets, and the environment has no NAT gateways for it")
            .command(job.deploy()),
    })
}
