//! One program under way: what it prints is passed on line by line, and it never outlives its deployment.

use std::collections::VecDeque;
use std::path::Path;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, BufReader};
use tokio::process::Child;

use crate::error::{Error, Result};
use crate::report::events::CommandEvent;

/// Last lines that an error shows.
const TAIL: usize = 20;
/// Bytes of a line after which it is cut.
const LONGEST_LINE: u64 = 16 * 1024;
/// Bytes of a result; CloudFormation takes templates of up to one megabyte.
const LARGEST_RESULT: u64 = 16 * 1024 * 1024;
/// How long a program that was asked to end may take for it.
const GRACE: Duration = Duration::from_millis(500);
/// How long its output is waited for after its end: something it left running may hold it open.
const LEFT_OPEN: Duration = Duration::from_secs(2);

/// A program and its surroundings: those of this process, and what is given here.
pub(super) struct Command<'a> {
    pub program: &'a Path,
    /// The command as a user would type it.
    pub shown: &'a str,
    /// Working directory.
    pub app: &'a Path,
    pub variables: &'a [(&'a str, &'a str)],
}

impl Command<'_> {
    /// Runs it to the end and returns what it wrote to standard output. Standard error is passed on, and
    /// standard output as well when it is talk.
    pub(super) async fn run(
        &self,
        arguments: &[&str],
        talks: bool,
        on: &(dyn Fn(CommandEvent) + Sync),
    ) -> Result<Vec<u8>> {
        on(CommandEvent::Started {
            command: self.shown.to_owned(),
            directory: self.app.display().to_string(),
        });
        let mut group = Group(self.spawn(arguments)?);
        let (stdout, stderr) = (group.0.stdout.take(), group.0.stderr.take());
        let (mut tail, mut talk) = (VecDeque::new(), VecDeque::new());
        let mut result = Vec::new();
        let printed = async {
            let stdout = async {
                match stdout {
                    Some(stdout) if talks => lines(stdout, &mut talk, on).await,
                    Some(stdout) => stdout.take(LARGEST_RESULT + 1).read_to_end(&mut result).await.map(drop),
                    None => Ok(()),
                }
            };
            let stderr = async {
                match stderr {
                    Some(stderr) => lines(stderr, &mut tail, on).await,
                    None => Ok(()),
                }
            };
            tokio::try_join!(stdout, stderr).map(drop)
        };
        let status = {
            let mut printed = std::pin::pin!(printed);
            let unreadable = |e| Error::new(format!("cannot read the output of `{}`: {e}", self.shown));
            tokio::select! {
                // All pipes are closed, usually because it ended.
                ended = &mut printed => {
                    ended.map_err(unreadable)?;
                    group.0.wait().await
                }
                status = group.0.wait() => {
                    if let Ok(ended) = tokio::time::timeout(LEFT_OPEN, printed).await {
                        ended.map_err(unreadable)?;
                    }
                    status
                }
            }
        };
        let status = status.map_err(|e| Error::new(format!("cannot wait for `{}`: {e}", self.shown)))?;
        if result.len() as u64 > LARGEST_RESULT {
            let limit = LARGEST_RESULT / 1024 / 1024;
            return Err(Error::new(format!("`{}` printed more than {limit} MB", self.shown)));
        }
        if !status.success() {
            tail.extend(talk);
            return Err(self.failed(status, tail));
        }
        Ok(result)
    }

    fn spawn(&self, arguments: &[&str]) -> Result<Child> {
        let mut command = tokio::process::Command::new(self.program);
        command
            .args(arguments)
            .current_dir(self.app)
            .envs(self.variables.iter().copied())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        // A group of its own, so that what it starts in turn can be ended with it.
        #[cfg(unix)]
        command.process_group(0);
        command.spawn().map_err(|e| Error::new(format!("cannot run {}: {e}", self.program.display())))
    }

    /// The error of a program that ended badly, with the last lines it printed.
    fn failed(&self, status: ExitStatus, last_lines: VecDeque<String>) -> Error {
        let how = match status.code() {
            Some(code) => format!("exit code {code}"),
            None => status.to_string(),
        };
        Error::new(format!("`{}` failed with {how}", self.shown)).details(last_lines)
    }
}

/// Passes lines on and keeps the last ones.
async fn lines(
    stream: impl AsyncRead + Unpin,
    tail: &mut VecDeque<String>,
    on: &(dyn Fn(CommandEvent) + Sync),
) -> std::io::Result<()> {
    let mut stream = BufReader::new(stream);
    let mut line = Vec::new();
    while (&mut stream).take(LONGEST_LINE).read_until(b'\n', &mut line).await? > 0 {
        let text = String::from_utf8_lossy(&line).trim_end().to_owned();
        line.clear();
        if text.is_empty() {
            continue;
        }
        if tail.len() == TAIL {
            tail.pop_front();
        }
        tail.push_back(text.clone());
        on(CommandEvent::Output { line: text });
    }
    Ok(())
}

/// A program with everything it started. All of it ends when this is dropped, such as on Ctrl-C.
struct Group(Child);

impl Drop for Group {
    #[cfg(unix)]
    fn drop(&mut self) {
        use rustix::process::{Pid, Signal, kill_process_group};
        // Once its end was seen the number may belong to somebody else.
        let Some(group) = self.0.id().and_then(|id| Pid::from_raw(i32::try_from(id).ok()?)) else { return };
        // Failures mean that it has ended. Package managers tidy up when they are asked to end.
        let _ = kill_process_group(group, Signal::TERM);
        let patience = std::time::Instant::now() + GRACE;
        while matches!(self.0.try_wait(), Ok(None)) && std::time::Instant::now() < patience {
            std::thread::sleep(Duration::from_millis(10));
        }
        let _ = kill_process_group(group, Signal::KILL);
    }

    #[cfg(not(unix))]
    fn drop(&mut self) {
        // `kill_on_drop` ends the program itself.
    }
}
