//! What a program deploys: a workspace with one job, and a fresh account of the local AWS with its application.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, Result};
use git2::{IndexAddOption, Repository, Signature};
use tempfile::TempDir;

use crate::local_aws::{Account, Action, App, LocalAws, Rule};
use crate::measured::Measured;
use crate::program::{Program, Ran};

pub(crate) const APP: &str = "demo";
pub(crate) const JOB: &str = "report-gen";
pub(crate) const ENV: &str = "test";

/// The size of the file in the image that is built: a deploy must not hold it in memory.
pub(crate) const IMAGE_MIB: usize = 32;

/// A job without the line that says where its image comes from.
const MANIFEST: &str = "\
name: report-gen
type: Scheduled Job
cpu: 256
memory: 512
on:
  schedule: '@daily'
timeout: 10m
variables:
  GREETING: hello
";

/// Where the job's image comes from.
#[derive(Clone, Copy)]
pub(crate) enum Image {
    Location,
    Build,
}

/// A workspace and an account for one program.
pub(crate) struct World<'a> {
    account: Account<'a>,
    workspace: TempDir,
    /// For output, which must not make the workspace's git repository dirty.
    aside: TempDir,
}

impl<'a> World<'a> {
    /// One in an account nobody has used.
    pub(crate) fn new(aws: &'a LocalAws, image: Image) -> Result<Self> {
        let account = match image {
            Image::Location => aws.account(),
            Image::Build => aws.registry_account()?,
        };
        account.seed(App::new(APP).env(ENV).job(JOB)).context("seed the application")?;
        let world = Self { account, workspace: tempfile::tempdir()?, aside: tempfile::tempdir()? };
        world.write("copilot/.workspace", format!("application: {APP}\n").as_bytes())?;
        match image {
            Image::Location => world.manifest("image:\n  location: registry.example/report-gen:1\n")?,
            Image::Build => {
                world.manifest("image:\n  build: ./Dockerfile\n")?;
                world.write("Dockerfile", b"FROM scratch\nCOPY content /content\n")?;
                world.write("content", &noise(IMAGE_MIB << 20, world.account.id()))?;
                world.commit()?;
            }
        }
        Ok(world)
    }

    pub(crate) fn account(&self) -> &Account<'a> {
        &self.account
    }

    /// Lets every call of the account take this much longer from now on.
    pub(crate) fn latency(&self, latency: Duration) {
        self.account.clear_faults();
        if !latency.is_zero() {
            self.account.fault(Rule::on("*:*", Action::Delay(latency)));
        }
    }

    /// Adds lines to the job's manifest.
    pub(crate) fn manifest(&self, more: &str) -> Result<()> {
        self.write(&format!("copilot/{JOB}/manifest.yml"), format!("{MANIFEST}{more}").as_bytes())
    }

    /// Deploys the job and measures that.
    pub(crate) fn deploy(&self, program: &Program) -> Result<Measured> {
        let ran = self.run(program, &[])?;
        let calls = self.account.calls_since(ran.started).of_program();
        Ok(Measured::new(ran.took, ran.peak, calls))
    }

    /// Where the workspace is.
    pub(crate) fn path(&self) -> &Path {
        self.workspace.path()
    }

    /// Runs `job deploy` with more environment variables.
    pub(crate) fn run(&self, program: &Program, more: &[(&str, String)]) -> Result<Ran> {
        self.run_with(program, &[], more)
    }

    /// Runs `job deploy` with more flags and environment variables.
    pub(crate) fn run_with(&self, program: &Program, flags: &[&str], more: &[(&str, String)]) -> Result<Ran> {
        let args = [&["job", "deploy", "--name", JOB, "--env", ENV], flags].concat();
        let mut command: Command = program.command(self.workspace.path(), &args);
        let keep = |name: &str| program.route.is_empty() || name != "AWS_ENDPOINT_URL";
        command.envs(self.account.env().into_iter().filter(|(name, _)| keep(name)));
        command.envs(program.route.iter().map(|(name, value)| (name, value)));
        command.envs(more.iter().map(|(name, value)| (name, value)));
        program.measure(command, self.aside.path())
    }

    /// Writes a file of the workspace.
    pub(crate) fn write(&self, path: &str, content: &[u8]) -> Result<()> {
        let path = self.workspace.path().join(path);
        if let Some(directory) = path.parent() {
            fs::create_dir_all(directory)?;
        }
        fs::write(&path, content).with_context(|| format!("write {}", path.display()))
    }

    /// Makes the workspace a git repository with everything committed, which gives the image its tag.
    fn commit(&self) -> Result<()> {
        let repository = Repository::init(self.workspace.path())?;
        let mut index = repository.index()?;
        index.add_all(["*"], IndexAddOption::DEFAULT, None)?;
        index.write()?;
        let tree = repository.find_tree(index.write_tree()?)?;
        let author = Signature::now("Bench", "bench@localhost")?;
        repository.commit(Some("HEAD"), &author, &author, "Report job", &tree, &[])?;
        Ok(())
    }
}

/// Bytes that do not compress, different for each process and account so that no layer is known yet.
fn noise(length: usize, account: &str) -> Vec<u8> {
    let account: u64 = account.parse().unwrap_or(0);
    let mut state = account ^ (u64::from(std::process::id()) << 40) | 1;
    let mut bytes = Vec::with_capacity(length + 8);
    while bytes.len() < length {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        bytes.extend_from_slice(&state.to_le_bytes());
    }
    bytes.truncate(length);
    bytes
}
