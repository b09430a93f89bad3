//! What the application has in the region of an environment: the instance of its stack set, and the artifact bucket.

use std::cmp::Ordering;

use super::unknown::settled;
use crate::ops::doctor::facts::{Known, RegionFacts};
use crate::ops::doctor::finding::{About, Check, Finding};
use crate::ops::doctor::port::Account;
use crate::ops::port::lost_bucket;
use crate::template::app::ids::TEMPLATE_VERSION;
use crate::template::version::{UNVERSIONED, compare};

/// `env` is an environment in this region, for commands.
pub(crate) async fn region<A: Account>(region: &RegionFacts<'_, A>, env: &str) -> Vec<Finding> {
    let about = About { environment: Some(env.to_owned()), ..About::all(Check::Region) };
    vec![settled(&about, read(region, env, &about).await)]
}

async fn read<A: Account>(region: &RegionFacts<'_, A>, env: &str, about: &About) -> Known<Finding> {
    let (app, name, set_name) = (region.app.name, &region.name, region.app.set_name());
    let repair = format!("copilot env init --app {app} --name {env} --region {name}");
    let Some(instance) = region.instance().await? else {
        return Ok(about
            .failure(format!("stack set {set_name} has no instance in {name}"))
            .advice("It has the bucket and the repositories for this region; the command creates them.")
            .command(repair));
    };
    let Some(stack) = region.stack().await? else {
        return Ok(about
            .failure(format!("the instance of stack set {set_name} in {name} has no stack"))
            .advice("Wait for the operation of the stack set that is under way, or see below why it failed.")
            .command(format!("aws cloudformation list-stack-set-operations --stack-set-name {set_name}")));
    };
    if let Some((bucket, false)) = region.bucket().await? {
        let (evidence, advice) = lost_bucket(bucket, &stack.id);
        return Ok(about.failure(evidence).advice(advice.join(" ")));
    }
    let deployed = stack.outputs.get(TEMPLATE_VERSION).map_or(UNVERSIONED, String::as_str);
    let expected = region.app.set().await?.map_or(UNVERSIONED, |set| set.version.as_str());
    if compare(deployed, expected) != Ordering::Equal || instance.status == "OUTDATED" {
        let reason = instance.reason.as_deref().map(|reason| format!(" ({reason})")).unwrap_or_default();
        return Ok(about
            .warning(format!(
                "the stack in {name} is behind its stack set {set_name}: {deployed} instead of {expected}{reason}"
            ))
            .command(format!("copilot app upgrade --name {app}")));
    }
    if instance.status == "INOPERABLE" {
        let reason = instance.reason.as_deref().unwrap_or("CloudFormation does not say why");
        return Ok(
            about.failure(format!("the instance of stack set {set_name} in {name} is INOPERABLE: {reason}"))
        );
    }
    Ok(about.ok(format!("{name} has the stack, {deployed}, with its bucket")))
}
