//! One call of the program, from its start to how it ended.

use std::fmt;
use std::io::Write as _;
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

use super::filters::{without_times, without_variance};
use super::{STACK, json_records};

/// A program under way.
pub(crate) struct Started(pub Child);

impl Started {
    /// Starts the program; what it says is kept.
    pub(crate) fn spawn(command: &mut Command) -> Self {
        Self(command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap())
    }

    /// Sends a signal: `INT`, `TERM`.
    pub(crate) fn signal(&self, name: &str) {
        let pid = self.0.id().to_string();
        assert!(Command::new("kill").args([&format!("-{name}"), &pid]).status().unwrap().success());
    }

    /// Waits for the end. A program that does not end is killed, so that what it said is seen.
    pub(crate) fn finish(self) -> Run {
        let pid = self.0.id().to_string();
        let (send, ended) = std::sync::mpsc::channel();
        std::thread::spawn(move || send.send(self.0.wait_with_output()));
        let output = ended.recv_timeout(Duration::from_secs(120)).unwrap_or_else(|_| {
            Command::new("kill").args(["-KILL", &pid]).status().unwrap();
            ended.recv().unwrap()
        });
        Run::from(output.unwrap())
    }
}

/// How a call of the program ended. Its text is for snapshots: without what differs from run to run.
#[derive(Debug)]
pub(crate) struct Run {
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

impl fmt::Display for Run {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let code = self.code.map_or_else(|| "none".to_owned(), |code| code.to_string());
        writeln!(f, "exit code: {code}")?;
        for (name, text) in [("stdout", &self.stdout), ("stderr", &self.stderr)] {
            if !text.is_empty() {
                let text = without_variance(&without_times(text)).replace('\u{1b}', "<ESC>");
                writeln!(f, "----- {name} -----\n{text}")?;
            }
        }
        Ok(())
    }
}

impl From<Output> for Run {
    fn from(output: Output) -> Self {
        let stdout = String::from_utf8(output.stdout).unwrap();
        if stdout.starts_with("{\"type\":") {
            json_records::check(&stdout);
        }
        let stderr = String::from_utf8(output.stderr).unwrap();
        Self { code: output.status.code(), stdout, stderr }
    }
}

impl Run {
    /// Its text without the lines about single resources that went well, which every deployment has.
    pub(crate) fn outline(&self) -> String {
        let text = self.to_string();
        let about_resource = |line: &&str| {
            let well =
                ["in progress]", "complete]", "complete] [TIME]"].iter().any(|end| line.ends_with(end));
            well && line.starts_with("- ") && !line.contains(STACK)
        };
        text.lines().filter(|line| !about_resource(line)).map(|line| format!("{line}\n")).collect()
    }

    pub(crate) fn of(mut command: Command) -> Self {
        Self::of_command(&mut command)
    }

    pub(crate) fn of_command(command: &mut Command) -> Self {
        Started::spawn(command.stdin(Stdio::null())).finish()
    }

    /// The same with something on its standard input.
    pub(crate) fn answering(mut command: Command, answer: &str) -> Self {
        let mut started = Started::spawn(command.stdin(Stdio::piped()));
        started.0.stdin.take().unwrap().write_all(answer.as_bytes()).unwrap();
        started.finish()
    }

    /// Checks that it succeeded without a word on stdout; returns what it said.
    pub(crate) fn succeeds(self) -> String {
        self.ends_with(0)
    }

    /// Checks the exit code, that stdout is empty, and that there are no escape codes and no panic. Returns what
    /// it said, without the times before the lines.
    pub(crate) fn ends_with(self, code: i32) -> String {
        assert_eq!(self.code, Some(code), "{}", self.stderr);
        assert_eq!(self.stdout, "");
        assert!(!self.stderr.contains('\u{1b}'), "{}", self.stderr);
        assert!(!self.stderr.contains("panicked"), "{}", self.stderr);
        without_times(&self.stderr)
    }
}
