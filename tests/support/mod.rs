//! Arranging and running the program: a workspace, an account of the local AWS, one call of the binary.

pub(crate) mod cdk_app;
pub(crate) mod diffing;
pub(crate) mod environments;
mod filters;
pub(crate) mod inventory;
pub(crate) mod json_records;
pub(crate) mod outside_text;
pub(crate) mod packaging;
mod parallel;
pub(crate) mod permissions;
mod run;
pub(crate) mod terminal;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant, SystemTime};

use tempfile::TempDir;

use crate::local_aws::{Account, App, LocalAws, SeededApp};

#[allow(unused_imports, reason = "some tests use the rest")]
pub(crate) use filters::{stable, time_length, without_times};
pub(crate) use parallel::in_parallel;
pub(crate) use run::{Run, Started};

pub(crate) const APP: &str = "demo";
pub(crate) const ENV: &str = "test";
pub(crate) const JOB: &str = "report-gen";
pub(crate) const STACK: &str = "demo-test-report-gen";

/// A job whose image needs no build.
pub(crate) const LOCATION: &str = "name: report-gen
type: Scheduled Job
image:
  location: registry.example/report-gen:1
cpu: 256
memory: 512
on:
  schedule: \"@daily\"
";

/// A job whose image is built from a Dockerfile.
pub(crate) const BUILD: &str = "name: report-gen
type: Scheduled Job
image:
  build: ./Dockerfile
cpu: 256
memory: 512
on:
  schedule: \"@every 1h\"
";

/// A directory with a `copilot` directory in it.
pub(crate) struct Workspace {
    dir: TempDir,
}

impl Workspace {
    /// A workspace of the application `demo` with one job.
    pub(crate) fn new(manifest: &str) -> Self {
        let workspace = Self { dir: tempfile::tempdir().unwrap() };
        filters::hide(workspace.path().to_str().unwrap(), "WORKSPACE");
        workspace.file("copilot/.workspace", &format!("application: {APP}\n"));
        workspace.file(&format!("copilot/{JOB}/manifest.yml"), manifest);
        workspace
    }

    /// A directory with nothing in it.
    pub(crate) fn empty() -> Self {
        let workspace = Self { dir: tempfile::tempdir().unwrap() };
        filters::hide(workspace.path().to_str().unwrap(), "WORKSPACE");
        workspace
    }

    /// One with an image that can be built without pulling anything.
    pub(crate) fn with_image() -> Self {
        let workspace = Self::new(BUILD);
        workspace.file("Dockerfile", "FROM scratch\nCOPY content /content\n");
        // A content of its own, so that builds of different tests do not share layers.
        workspace.file("content", &workspace.path().display().to_string());
        workspace
    }

    pub(crate) fn path(&self) -> &Path {
        self.dir.path()
    }

    pub(crate) fn file(&self, path: &str, content: &str) -> PathBuf {
        let path = self.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, content).unwrap();
        path
    }

    pub(crate) fn manifest(&self, text: &str) {
        self.file(&format!("copilot/{JOB}/manifest.yml"), text);
    }

    /// Makes the workspace a git repository with everything committed; returns the short commit.
    pub(crate) fn commit(&self) -> String {
        self.git(&["init", "--quiet"]);
        self.git(&["add", "--all"]);
        self.git(&["-c", "user.name=t", "-c", "user.email=t@example.com", "commit", "--quiet", "-m", "x"]);
        let commit = self.git(&["describe", "--always"]);
        filters::hide(&commit, "COMMIT");
        commit
    }

    fn git(&self, args: &[&str]) -> String {
        let output = Command::new("git").current_dir(self.path()).args(args).output().unwrap();
        assert!(output.status.success(), "git {args:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }
}

/// A workspace and the account it deploys to.
pub(crate) struct World {
    pub account: Account<'static>,
    pub app: SeededApp,
    pub workspace: Workspace,
}

impl World {
    /// The application `demo` with the environment `test` and the registered job `report-gen`.
    pub(crate) fn new(workspace: Workspace) -> Self {
        Self::in_account(LocalAws::shared().account(), App::new(APP).env(ENV).job(JOB), workspace)
    }

    /// One whose images the Docker Engine can push. There are few such accounts.
    pub(crate) fn with_registry(workspace: Workspace) -> Self {
        let account = LocalAws::shared().registry_account().unwrap();
        Self::in_account(account, App::new(APP).env(ENV).job(JOB), workspace)
    }

    /// An account as AWS hands it out and a directory with nothing in it.
    pub(crate) fn empty() -> Self {
        let account = LocalAws::shared().account();
        filters::hide(account.id(), "ACCOUNT");
        filters::hide(&account.env()[0].1, "ENDPOINT");
        Self { account, app: SeededApp::default(), workspace: Workspace::empty() }
    }

    /// The same with a registry that the Docker Engine can push to. There are few such accounts.
    pub(crate) fn empty_with_registry() -> Self {
        let account = LocalAws::shared().registry_account().unwrap();
        filters::hide(account.id(), "ACCOUNT");
        Self { account, ..Self::empty() }
    }

    /// Any application.
    pub(crate) fn seeded(app: App, workspace: Workspace) -> Self {
        Self::in_account(LocalAws::shared().account(), app, workspace)
    }

    fn in_account(account: Account<'static>, app: App, workspace: Workspace) -> Self {
        let app = account.seed(app).unwrap();
        filters::hide(account.id(), "ACCOUNT");
        filters::hide(&account.env()[0].1, "ENDPOINT");
        app.regions.values().for_each(|region| filters::hide(&region.bucket, "BUCKET"));
        Self { account, app, workspace }
    }

    /// The program, with this world's surroundings and nothing of the developer's own.
    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let mut command = program(self.workspace.path(), args);
        command.envs(self.account.env());
        command
    }

    /// Runs the program, and looks whether `copilot help permissions` tells of what it calls.
    pub(crate) fn run(&self, args: &[&str]) -> Run {
        let before = Instant::now();
        let alone = permissions::Alone::begin(self.account.id());
        let run = Run::of(self.command(args));
        // Whose calls they are cannot be told of commands that run side by side.
        if alone.end() {
            permissions::check(args, &self.account.calls_since(before));
        }
        run
    }

    /// Writes an AWS configuration file with these accounts as profiles, for `AWS_CONFIG_FILE`.
    pub(crate) fn profiles(&self, profiles: &[(&str, &Account<'_>)]) -> PathBuf {
        let text: String = profiles.iter().map(|(name, account)| account.profile(name)).collect();
        self.workspace.file(".aws/config", &text)
    }

    /// The command `job deploy --name report-gen --env test` with more flags.
    pub(crate) fn deploying(&self, flags: &[&str]) -> Command {
        self.command(&[&["job", "deploy", "--name", JOB, "--env", ENV], flags].concat())
    }

    /// `job deploy --name report-gen --env test` and more flags.
    pub(crate) fn deploy(&self, flags: &[&str]) -> Run {
        self.run(&[&["job", "deploy", "--name", JOB, "--env", ENV], flags].concat())
    }

    /// The same in the background.
    pub(crate) fn start_deploy(&self, flags: &[&str]) -> Started {
        let mut command = self.command(&[&["job", "deploy", "--name", JOB, "--env", ENV], flags].concat());
        Started::spawn(command.stdin(Stdio::null()))
    }

    /// Answer of the emulator's `CloudFormation`, as XML; `None` when it refuses.
    pub(crate) fn cloudformation(&self, action: &str, fields: &[(&str, &str)]) -> Option<String> {
        let emulator = self.account.emulator();
        let action = action.to_owned();
        let fields: Vec<(String, String)> =
            fields.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        LocalAws::shared().block_on(async move {
            let fields: Vec<(&str, &str)> = fields.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
            emulator.query("cloudformation", &action, &fields).await.ok()
        })
    }

    /// The job's stack as XML; `None` when there is none.
    pub(crate) fn stack(&self) -> Option<String> {
        self.cloudformation("DescribeStacks", &[("StackName", STACK)])
    }

    /// A parameter of the job's stack.
    pub(crate) fn parameter(&self, key: &str) -> Option<String> {
        let stack = self.stack()?;
        let (_, rest) = stack.split_once(&format!("<ParameterKey>{key}</ParameterKey>"))?;
        let (_, rest) = rest.split_once("<ParameterValue>")?;
        Some(rest.split_once("</ParameterValue>")?.0.to_owned())
    }

    /// A tag of the job's stack.
    pub(crate) fn tag(&self, key: &str) -> Option<String> {
        let stack = self.stack()?;
        let (_, rest) = stack.split_once(&format!("<Key>{key}</Key>"))?;
        let (_, rest) = rest.split_once("<Value>")?;
        Some(rest.split_once("</Value>")?.0.to_owned())
    }

    /// Deploys the job and changes its manifest, so that the next deployment is an update.
    pub(crate) fn with_an_update_to_do(self) -> Self {
        self.deploy(&[]).succeeds();
        self.workspace.manifest(&format!("{LOCATION}variables:\n  LOG_LEVEL: debug\n"));
        self
    }

    /// Deletes the job's stack as another tool would, with the stories that are told about it.
    pub(crate) fn delete_through_the_gateway(&self) {
        let (account, endpoint) = (self.account.id().to_owned(), self.account.env()[0].1.clone());
        LocalAws::shared().block_on(async move {
            let credentials = aws_credential_types::Credentials::new(account, "local", None, None, "test");
            let config = aws_config::defaults(aws_config::BehaviorVersion::latest())
                .endpoint_url(endpoint)
                .credentials_provider(credentials)
                .region(aws_types::region::Region::new(crate::local_aws::REGION))
                .load()
                .await;
            let client = aws_sdk_cloudformation::Client::new(&config);
            client.delete_stack().stack_name(STACK).send().await.unwrap();
        });
    }

    /// Waits until a call of this name was answered.
    pub(crate) fn wait_for_call(&self, name: &str) {
        let patience = Instant::now() + Duration::from_secs(60);
        while self.account.calls().count(name) == 0 {
            assert!(Instant::now() < patience, "{name} was not called: {:?}", self.account.calls().names());
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}

/// The program in a directory, without an account.
pub(crate) fn program(dir: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_copilot"));
    let path = std::env::var_os("PATH").unwrap_or_default();
    command
        .current_dir(dir)
        .args(args)
        .env_clear()
        .env("PATH", path)
        .env("HOME", dir)
        .env("TZ", "UTC")
        .env("AWS_EC2_METADATA_DISABLED", "true");
    if let Some(host) = std::env::var_os("DOCKER_HOST") {
        command.env("DOCKER_HOST", host);
    }
    command
}

/// Everything below a directory: what files hold or links point to, and when it was last changed.
pub(crate) type Tree = BTreeMap<PathBuf, (SystemTime, Vec<u8>)>;

/// Looks at everything below a directory.
pub(crate) fn tree(dir: &Path) -> Tree {
    fn add(dir: &Path, found: &mut Tree) {
        for entry in fs::read_dir(dir).unwrap() {
            let path = entry.unwrap().path();
            let about = fs::symlink_metadata(&path).unwrap();
            let content = match about.file_type() {
                kind if kind.is_dir() => Vec::new(),
                kind if kind.is_symlink() => {
                    fs::read_link(&path).unwrap().into_os_string().into_encoded_bytes()
                }
                _ => fs::read(&path).unwrap(),
            };
            if about.is_dir() {
                add(&path, found);
            }
            found.insert(path, (about.modified().unwrap(), content));
        }
    }
    let mut found = Tree::new();
    add(dir, &mut found);
    found
}

/// What the program said in several cases, for one snapshot.
#[derive(Default)]
pub(crate) struct Told(String);

impl Told {
    /// Runs a command that must end with this code and leave every file as it is: workspace, home and the place for
    /// temporary files are one directory. Notes and returns what it said.
    pub(crate) fn runs(&mut self, case: &str, world: &World, mut command: Command, code: i32) -> String {
        let dir = world.workspace.path();
        let before = tree(dir);
        let said = Run::of_command(command.env("TMPDIR", dir)).ends_with(code);
        assert_eq!(before, tree(dir), "{case}: files were changed");
        self.note(case, world, code, &said);
        said
    }

    /// Notes what was said.
    pub(crate) fn note(&mut self, case: &str, world: &World, code: i32, said: &str) {
        let said = stable(said, world);
        self.0.push_str(&format!("{case} ({code}):\n{said}\n\n"));
    }

    /// All of it.
    pub(crate) fn all(&self) -> &str {
        self.0.trim_end()
    }
}
