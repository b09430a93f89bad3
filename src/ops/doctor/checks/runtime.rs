//! Functions whose runtime AWS does not support any more: they cannot be changed, and one day not be run.

use super::unknown::settled;
use crate::ops::deployed::Deployed;
use crate::ops::doctor::facts::{EnvFacts, JobFacts, Known};
use crate::ops::doctor::finding::{About, Check, Finding};
use crate::ops::doctor::port::Account;
use crate::template::cfn::section::{RESOURCES, entries};
use crate::yaml::Node;

/// The oldest Node.js with which AWS creates functions.
const OLDEST: u32 = 22;

pub(crate) async fn of_environment<A: Account>(env: &EnvFacts<'_, A>) -> Finding {
    let about = About::env(Check::Runtime, env.name());
    let deploy = format!("copilot env deploy --app {} --name {}", env.app.name, env.name());
    settled(&about, of(&about, env.template().await, &deploy))
}

pub(crate) async fn of_job<A: Account>(job: &JobFacts<'_, A>) -> Finding {
    let about = About::job(Check::Runtime, job.name, job.env.name());
    settled(&about, of(&about, job.template().await, &job.deploy()))
}

fn of(about: &About, template: Known<Option<&Deployed>>, deploy: &str) -> Known<Finding> {
    Ok(match template?.and_then(|template| template.document.as_ref()) {
        Some(template) => judge(about, template, deploy),
        None => about.ok("not deployed yet"),
    })
}

fn judge(about: &About, template: &Node, deploy: &str) -> Finding {
    let runtime = |resource: &Node| resource.get("Properties")?.get("Runtime")?.as_text().map(str::to_owned);
    let functions: Vec<(&str, String)> = entries(template, RESOURCES)
        .filter(|(_, _, resource)| {
            resource.get("Type").and_then(Node::as_text) == Some("AWS::Lambda::Function")
        })
        .filter_map(|(_, id, resource)| Some((id, runtime(resource)?)))
        .collect();
    let old: Vec<String> = functions
        .iter()
        .filter(|(_, runtime)| is_old(runtime))
        .map(|(id, runtime)| format!("{id} ({runtime})"))
        .collect();
    if old.is_empty() {
        return match functions.len() {
            0 => about.ok("no functions"),
            _ => about.ok("all supported"),
        };
    }
    about
        .warning(format!("AWS does not support any more what these functions run with: {}", old.join(", ")))
        .advice("The next deployment gives them a runtime that it supports.")
        .command(deploy)
}

fn is_old(runtime: &str) -> bool {
    let version = runtime.strip_prefix("nodejs").and_then(|rest| rest.split('.').next());
    // `nodejs` alone is older than all others.
    version.is_some_and(|version| version.is_empty() || version.parse::<u32>().is_ok_and(|v| v < OLDEST))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml;

    #[test]
    fn old_runtimes_are_told() {
        let about = About::env(Check::Runtime, "test");
        let judged = |runtimes: &[&str]| {
            let mut text = "Resources:\n  Other: {Type: AWS::SNS::Topic}\n".to_owned();
            for (index, runtime) in runtimes.iter().enumerate() {
                text += &format!(
                    "  F{index}: {{Type: AWS::Lambda::Function, Properties: {{Runtime: {runtime}}}}}\n"
                );
            }
            let found = judge(&about, &yaml::load(&text).unwrap().unwrap(), "deploy");
            format!("{:?}: {}", found.status, found.evidence)
        };
        let told = [
            judged(&[]),
            judged(&["nodejs24.x", "python3.12"]),
            judged(&["nodejs12.x", "nodejs22.x", "nodejs16.x", "nodejs"]),
        ];
        insta::assert_snapshot!(told.join("\n"), @"
        Ok: no functions
        Ok: all supported
        Warning: AWS does not support any more what these functions run with: F0 (nodejs12.x), F2 (nodejs16.x), F3 (nodejs)
        ");
    }
}
