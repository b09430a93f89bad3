//! Runs of jobs with real containers: one image whose program does what the manifest's command says.

mod followed;
mod life;

use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

use crate::local_aws::Account;
use crate::support::{STACK, Workspace, World};

/// Does the steps that its arguments are, one after the other.
const ACT: &str = r#"
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int code_of_end;
static void end(int signal) { (void)signal; _exit(code_of_end); }

int main(int count, char **step) {
    setvbuf(stdout, NULL, _IOLBF, 0);
    for (int at = 1; at < count; at++) {
        const char *word = step[at], *value = at + 1 < count ? step[at + 1] : "";
        if (!strcmp(word, "attempts")) {
            FILE *file = fopen("/state/attempts", "a+");
            if (!file) { perror("/state/attempts"); return 99; }
            fseek(file, 0, SEEK_END);
            long before = ftell(file);
            fputc('x', file);
            fclose(file);
            at += before + 1;
            return at < count ? atoi(step[at]) : 0;
        }
        at++;
        if (!strcmp(word, "print")) puts(value);
        else if (!strcmp(word, "warn")) fprintf(stderr, "%s\n", value);
        else if (!strcmp(word, "env")) printf("%s=%s\n", value, getenv(value) ? getenv(value) : "");
        else if (!strcmp(word, "lines")) for (int n = 1; n <= atoi(value); n++) printf("line %d\n", n);
        else if (!strcmp(word, "sleep")) usleep((useconds_t)(atof(value) * 1e6));
        else if (!strcmp(word, "wait")) { while (access(value, F_OK)) usleep(10000); }
        else if (!strcmp(word, "term")) { code_of_end = atoi(value); signal(SIGTERM, end); }
        else if (!strcmp(word, "eat")) for (int n = 0; n < atoi(value); n++) memset(malloc(1 << 20), 1, 1 << 20);
        else if (!strcmp(word, "exit")) return atoi(value);
        else { fprintf(stderr, "unknown step %s\n", word); return 98; }
    }
    return 0;
}
"#;

/// The name of the image of [`ACT`], which is only on this machine's engine. Built once per process.
///
/// The steps: `print TEXT`, `warn TEXT` (on standard error), `env NAME`, `lines COUNT`, `sleep SECONDS`, `wait FILE` (until it
/// exists; `/state` is [`Runs::state`]), `term CODE` (how it ends when it is told to; otherwise SIGTERM has no effect),
/// `eat MEGABYTES`, `exit CODE`, and as the last one `attempts CODE…`: the exit codes of the first attempt, the second and so on,
/// then 0.
pub(crate) fn act() -> &'static str {
    static NAME: OnceLock<String> = OnceLock::new();
    NAME.get_or_init(|| {
        let dir = tempfile::tempdir().unwrap();
        let name = format!("copilot-test/act-{}", uuid::Uuid::new_v4());
        fs::write(dir.path().join("act.c"), ACT).unwrap();
        fs::write(dir.path().join("Dockerfile"), "FROM scratch\nCOPY act /act\nENTRYPOINT [\"/act\"]\n")
            .unwrap();
        run(dir.path(), "cc", &["-static", "-s", "-o", "act", "act.c"]);
        run(dir.path(), "docker", &["build", "--quiet", "--label", "copilot-test", "--tag", &name, "."]);
        name
    })
}

fn run(dir: &Path, program: &str, args: &[&str]) {
    let output = Command::new(program).args(args).current_dir(dir).output().unwrap();
    assert!(output.status.success(), "{program} {args:?}: {}", String::from_utf8_lossy(&output.stderr));
}

/// A deployed job whose container does these steps.
pub(crate) struct Runs {
    pub world: World,
    /// `/state` of the main container.
    pub state: TempDir,
}

impl std::ops::Deref for Runs {
    type Target = World;

    fn deref(&self) -> &World {
        &self.world
    }
}

impl Runs {
    /// Deploys it, with more lines in its manifest.
    pub(crate) fn of(steps: &[&str], more: &str) -> Self {
        let runs = Self::undeployed(steps, more);
        runs.deploy(&[]).succeeds();
        runs
    }

    /// The same without a deployment.
    pub(crate) fn undeployed(steps: &[&str], more: &str) -> Self {
        let state = tempfile::tempdir().unwrap();
        let world = World::new(Workspace::new(&manifest(steps, state.path(), more)));
        Self { world, state }
    }

    /// Lets steps go on that wait for `/state/<name>`.
    pub(crate) fn let_go(&self, name: &str) {
        fs::write(self.state.path().join(name), "").unwrap();
    }

    /// Waits until the newest task fits; returns it.
    pub(crate) fn task_that(&self, fits: impl Fn(&Value) -> bool) -> Value {
        task_that(&self.account, fits)
    }
}

/// A manifest with this command, and with `/state` in a directory of this machine.
pub(crate) fn manifest(steps: &[&str], state: &Path, more: &str) -> String {
    format!(
        "name: report-gen
type: Scheduled Job
image:
  location: {}
command: {}
cpu: 256
memory: 512
on:
  schedule: \"@daily\"
taskdef_overrides:
  - path: Volumes[-]
    value: {{Name: state, Host: {{SourcePath: {}}}}}
  - path: ContainerDefinitions[0].MountPoints[-]
    value: {{SourceVolume: state, ContainerPath: /state}}
{more}",
        act(),
        serde_json::to_string(steps).unwrap(),
        state.display()
    )
}

/// A sidecar that is not essential and does these steps, for a manifest.
pub(crate) fn helper(steps: &[&str]) -> String {
    format!(
        "sidecars:\n  helper:\n    image: {}\n    essential: false\n    command: {}\n",
        act(),
        serde_json::to_string(steps).unwrap()
    )
}

/// Waits until the newest task of the job fits; returns it.
pub(crate) fn task_that(account: &Account<'_>, fits: impl Fn(&Value) -> bool) -> Value {
    let patience = Instant::now() + Duration::from_secs(60);
    loop {
        let tasks = account.tasks(STACK).unwrap();
        if let Some(task) = tasks.last().filter(|task| fits(task)) {
            return task.clone();
        }
        assert!(Instant::now() < patience, "no task fits: {tasks:?}");
        std::thread::sleep(Duration::from_millis(20));
    }
}
