//! A program under way, listened to.

use std::process::{Command, Stdio};
use std::time::Duration;

use crate::support::{Run, Started};

/// A program under way whose words are read as they come.
pub(crate) struct Talking {
    started: Started,
    lines: std::sync::mpsc::Receiver<String>,
    said: String,
}

impl Talking {
    /// Starts the program.
    pub(crate) fn start(mut command: Command) -> Self {
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let stderr = child.stderr.take().unwrap();
        let (send, lines) = std::sync::mpsc::channel();
        std::thread::spawn(move || {
            for line in std::io::BufRead::lines(std::io::BufReader::new(stderr)) {
                send.send(line.unwrap()).unwrap();
            }
        });
        Self { started: Started(child), lines, said: String::new() }
    }

    /// Waits until a line with this text was said.
    pub(crate) fn wait_for(&mut self, text: &str) -> &mut Self {
        while !self.said.contains(text) {
            let line = self.lines.recv_timeout(Duration::from_secs(60));
            let line = line.unwrap_or_else(|_| panic!("{text:?} was not said: {}", self.said));
            self.said.push_str(&line);
            self.said.push('\n');
        }
        self
    }

    /// Its process id.
    pub(crate) fn id(&self) -> u32 {
        self.started.0.id()
    }

    /// Sends a signal: `INT`, `TERM`.
    pub(crate) fn signal(&mut self, name: &str) -> &mut Self {
        self.started.signal(name);
        self
    }

    /// Waits for the end.
    pub(crate) fn ends(mut self) -> Run {
        let mut run = self.started.finish();
        self.said.extend(self.lines.iter().map(|line| line + "\n"));
        run.stderr = self.said;
        run
    }

    /// Waits for the end, which must have this exit code; returns all that was said.
    pub(crate) fn ends_with(self, code: i32) -> String {
        self.ends().ends_with(code)
    }
}
