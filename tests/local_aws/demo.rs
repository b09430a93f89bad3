//! The demo: the whole way from an empty account to a line in a job's log and back to nothing, against a local AWS and the real
//! Docker Engine.

use std::collections::HashMap;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use bollard::Docker;
use bollard::query_parameters::{ListImagesOptions, RemoveImageOptions};
use git2::{IndexAddOption, Repository, Signature};
use tempfile::TempDir;
use tokio::signal::unix::{SignalKind, signal};

use crate::local_aws::{Account, App, LocalAws, Pace, registry_host};

pub(crate) const APP: &str = "demo";
pub(crate) const ENV: &str = "test";
pub(crate) const JOB: &str = "report-gen";

const DOCKERFILE: &str = "FROM scratch\nCOPY report /report\nCMD [\"/report\"]\n";

/// Prints one line, so that the log shows that the container ran in its environment.
const PROGRAM: &str = "\
#include <stdio.h>
#include <stdlib.h>
int main(void) {
    const char *environment = getenv(\"COPILOT_ENVIRONMENT_NAME\");
    printf(\"hello from the report job (environment %s)\\n\", environment ? environment : \"unknown\");
    return 0;
}
";

/// What is there before the deployment.
pub(crate) fn application() -> App {
    App::new(APP).env(ENV).job(JOB)
}

/// Deploys with this program, runs the job once, and removes every trace, also after a failure.
pub(crate) fn run(copilot: &Path) -> Result<()> {
    let copilot =
        copilot.canonicalize().with_context(|| format!("find the program {}", copilot.display()))?;
    let aws = LocalAws::start(0)?;
    // From here on Ctrl-C ends the deployment, but not before the images are gone.
    let _interrupts = aws.block_on(async { signal(SignalKind::interrupt()) })?;
    let account = aws.registry_account()?;
    let outcome = deploy_and_run(&copilot, &account);
    let repository = format!("{}/{APP}/{JOB}", registry_host(account.id()));
    let removed = aws.block_on(remove_images(repository));
    outcome.and(removed)
}

fn deploy_and_run(copilot: &Path, account: &Account<'_>) -> Result<()> {
    // The emulator needs no time for a stack; AWS does, and then there is something to watch.
    for stack in [format!("{APP}-infrastructure-roles"), format!("{APP}-{ENV}"), format!("{APP}-{ENV}-{JOB}")]
    {
        account.pace(&stack, Pace::EventEvery(Duration::from_millis(200)));
    }
    let workspace = make_workspace()?;
    let run = |arguments: &[&str]| run_copilot(copilot, account, workspace.path(), arguments);
    run(&["app", "init", APP])?;
    run(&["env", "init", "--name", ENV, "--default-config"])?;
    account.pace(&format!("{APP}-{ENV}"), Pace::EventEvery(Duration::from_millis(100)));
    run(&["env", "deploy", "--name", ENV])?;
    run(&["job", "init", "--name", JOB, "--dockerfile", "./Dockerfile", "--schedule", "0 9 * * MON-FRI"])?;
    commit(workspace.path())?;
    run(&["job", "deploy", "--name", JOB, "--env", ENV])?;

    println!("\nOne run of the state machine {APP}-{ENV}-{JOB}; its container wrote:");
    let lines = account.run_once(&format!("{APP}-{ENV}-{JOB}"))?;
    ensure!(!lines.is_empty(), "the run succeeded, but its log group has no line from the container");
    for line in lines {
        println!("  {line}");
    }
    run(&["app", "delete", "--name", APP, "--yes"])
}

/// Runs the program as a user would who is asked nothing.
fn run_copilot(copilot: &Path, account: &Account<'_>, workspace: &Path, arguments: &[&str]) -> Result<()> {
    let quoted = |argument: &&str| match argument.contains([' ', '*']) {
        true => format!("\"{argument}\""),
        false => (*argument).to_owned(),
    };
    println!("\n$ copilot {}", arguments.iter().map(quoted).collect::<Vec<_>>().join(" "));
    let mut command = Command::new(copilot);
    command.args(arguments).current_dir(workspace).stdin(Stdio::null());
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("AWS_")) {
        command.env_remove(name);
    }
    let status =
        command.envs(account.env()).status().with_context(|| format!("run {}", copilot.display()))?;
    ensure!(status.success(), "copilot {} ended with {status}", arguments.join(" "));
    Ok(())
}

/// A project that has never been deployed, as a user would have it.
fn make_workspace() -> Result<TempDir> {
    let directory = tempfile::Builder::new().prefix("copilot-demo-").tempdir()?;
    let root = directory.path();
    std::fs::write(root.join("Dockerfile"), DOCKERFILE)?;
    std::fs::write(root.join("report.c"), PROGRAM)?;
    // The linker Rust needs can build this too; static, because the image holds nothing else.
    let compiled =
        Command::new("cc").args(["-static", "-s", "-o", "report", "report.c"]).current_dir(root).status();
    ensure!(
        compiled.context("run cc")?.success(),
        "cc cannot build a static program (is libc6-dev installed?)"
    );
    Ok(directory)
}

/// Commits everything, which gives the image its tag.
fn commit(root: &Path) -> Result<()> {
    let repository = Repository::init(root)?;
    let mut index = repository.index()?;
    index.add_all(["*"], IndexAddOption::DEFAULT, None)?;
    index.write()?;
    let tree = repository.find_tree(index.write_tree()?)?;
    let author = Signature::now("Demo", "demo@localhost")?;
    repository.commit(Some("HEAD"), &author, &author, "Report job", &tree, &[])?;
    Ok(())
}

async fn remove_images(repository: String) -> Result<()> {
    let docker = Docker::connect_with_defaults().context("connect to the Docker Engine")?;
    let filters = HashMap::from([("reference".to_owned(), vec![repository.clone()])]);
    let found = ListImagesOptions { filters: Some(filters), ..Default::default() };
    for image in
        docker.list_images(Some(found)).await.with_context(|| format!("list images of {repository}"))?
    {
        let force = RemoveImageOptions { force: true, ..Default::default() };
        docker
            .remove_image(&image.id, Some(force), None)
            .await
            .with_context(|| format!("remove {}", image.id))?;
    }
    Ok(())
}
