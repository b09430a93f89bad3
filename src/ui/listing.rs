//! What the commands that show something print for people.

use std::fmt::Write as _;

use super::clean;
use super::paint::Paint;
use super::table::{Sections, Table};
use crate::ops::{app, env, job, secret};
use crate::text::one_line;

/// Names, one a line.
pub fn names<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    names.into_iter().fold(String::new(), |mut text, name| {
        let _ = writeln!(text, "{}", clean::text(&one_line(name)));
        text
    })
}

/// An application.
pub fn application(description: &app::show::Description, colors: bool) -> String {
    let known = |text: &str| if text.is_empty() { "N/A".to_owned() } else { text.to_owned() };
    let mut about = Table::default();
    about.row(["Name", &description.name]);
    about.row(["Version", &description.version]);
    about.row(["URI", &known(&description.uri)]);
    about.row(["Permissions Boundary", &known(&description.permissions_boundary)]);

    let mut environments = Table::headed(&["Name", "AccountID", "Region"]);
    for env in &description.environments {
        environments.row([env.name.as_str(), &env.account_id, &env.region]);
    }

    let mut workloads = Table::headed(&["Name", "Type", "Environments"]);
    for workload in description.workloads.all() {
        let deployed = description.deployed.get(&workload.name).map(|names| names.join(", "));
        workloads.row([workload.name.as_str(), &workload.kind, deployed.as_deref().unwrap_or("-")]);
    }

    let mut pipelines = Table::headed(&["Name"]);
    for pipeline in &description.pipelines {
        pipelines.row([pipeline.name.as_str()]);
    }

    let mut sections = Sections::new(Paint(colors));
    sections.table("About", &about);
    sections.table("Environments", &environments);
    sections.table("Workloads", &workloads);
    sections.table("Pipelines", &pipelines);
    sections.text()
}

/// An environment.
pub fn environment(description: &env::show::Description, colors: bool) -> String {
    let environment = &description.environment;
    let mut about = Table::default();
    about.row(["Name", &environment.name]);
    about.row(["Region", &environment.region]);
    about.row(["Account ID", &environment.account_id]);

    let mut workloads = Table::headed(&["Name", "Type"]);
    for workload in description.workloads.all() {
        workloads.row([workload.name.as_str(), &workload.kind]);
    }

    let mut sections = Sections::new(Paint(colors));
    sections.table("About", &about);
    sections.table("Workloads", &workloads);
    if !description.tags.is_empty() {
        let mut tags = Table::headed(&["Key", "Value"]);
        for (key, value) in &description.tags {
            tags.row([key.as_str(), value]);
        }
        sections.table("Tags", &tags);
    }
    if !description.resources.is_empty() {
        let mut resources = Table::default();
        for resource in &description.resources {
            resources.row([resource.kind.as_str(), &resource.physical_id]);
        }
        sections.table("Resources", &resources);
    }
    sections.text()
}

/// Scheduled jobs.
pub fn jobs(found: &job::list::Jobs) -> String {
    let mut table = Table::headed(&["Name", "Type"]);
    for workload in &found.jobs {
        table.row([workload.name.as_str(), &workload.kind]);
    }
    table.list()
}

/// A job.
pub fn job(description: &job::show::Description, colors: bool) -> String {
    let names = |deployed: Option<bool>| {
        let named = description.environments.iter().filter(|env| env.deployed == deployed);
        named.map(|env| env.name.as_str()).collect::<Vec<_>>().join(", ")
    };
    let mut about = Table::default();
    about.row(["Name", &description.name]);
    about.row(["Type", &description.kind]);
    about.row(["Application", &description.app]);
    about.row(["Manifest", description.manifest.as_deref().unwrap_or("not in this workspace")]);
    for (label, deployed) in [("Not deployed to", Some(false)), ("Unknown for", None)] {
        let names = names(deployed);
        if !names.is_empty() {
            about.row([label, &names]);
        }
    }
    let mut sections = Sections::new(Paint(colors));
    sections.table("About", &about);
    for env in &description.environments {
        let Some(deployment) = &env.deployment else { continue };
        let mut table = Table::default();
        table.row(["Account", &env.account_id]);
        table.row(["Region", &env.region]);
        table.row(["Image", deployment.image.as_deref().unwrap_or("unknown")]);
        let schedule = &deployment.schedule;
        let expression = if schedule.expression.is_empty() { "unknown" } else { &schedule.expression };
        let words = schedule.words.as_ref().map(|words| format!("{words} ({expression})"));
        let words = words.as_deref().unwrap_or(expression);
        let paused = if schedule.paused == Some(true) { "paused: " } else { "" };
        table.row(["Schedule", &format!("{paused}{words}")]);
        for (index, run) in schedule.next_runs_shown.iter().enumerate() {
            let label = if index == 0 { "Next runs" } else { "" };
            table.row([label, run]);
        }
        table.row(["Last deployed", deployment.last_deployed_shown.as_deref().unwrap_or("unknown")]);
        table.row(["Stack", &format!("{} ({})", deployment.stack, deployment.status)]);
        table.row(["Version", deployment.version.as_deref().unwrap_or("unknown")]);
        sections.table(&format!("Environment {}", env.name), &table);
    }
    sections.text()
}

/// Secrets, without their values.
pub fn secrets(found: &secret::list::Secrets) -> String {
    let mut table = Table::headed(&["Name", "Environment", "Tags", "Version", "Last changed"]);
    for secret in &found.secrets {
        let tags = match secret.tagged {
            Some(true) => "ok",
            Some(false) => "missing",
            None => "unknown",
        };
        let changed = secret.last_changed_shown.as_deref().unwrap_or("unknown");
        table.row([secret.name.as_str(), &secret.environment, tags, &secret.version.to_string(), changed]);
    }
    table.compact()
}
