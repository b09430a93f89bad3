//! What the commands that show something print for people.

use std::fmt::Write as _;

use super::clean;
use super::paint::Paint;
use super::table::{Sections, Table};
use crate::ops::{app, env};
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
