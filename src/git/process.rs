//! One question to another process: its output is bounded, and it never outlives its time limit.

use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::process::{Child, Command};

/// Bytes of standard error that are kept.
const KEPT: u64 = 8 * 1024;
/// How long standard error is waited for after the end: something left running may hold it open.
const LEFT_OPEN: Duration = Duration::from_millis(500);
/// Characters of a line that a message shows.
const LONGEST_LINE: usize = 300;

/// What a process did.
pub(super) enum Answer {
    /// It came to its end.
    Ended(Ended),
    /// It printed more than was asked for, and was ended.
    TooLong,
}

/// A process that came to its end.
pub(super) struct Ended {
    pub status: ExitStatus,
    pub stdout: Vec<u8>,
    pub stderr: String,
}

impl Ended {
    /// Why it failed: the line that git ends with, else the first line, else how it ended.
    pub(super) fn complaint(&self) -> String {
        let lines = || self.stderr.lines().map(str::trim).filter(|line| !line.is_empty());
        let line = lines().find_map(|line| line.strip_prefix("fatal: ")).or_else(|| lines().next());
        match line {
            Some(line) => line.chars().take(LONGEST_LINE).collect(),
            None => self.status.to_string(),
        }
    }
}

/// Runs a command with nothing to read. `most` is how many bytes its answer may have, `name` is for messages.
///
/// # Errors
/// Why there is no answer.
pub(super) async fn ask(
    mut command: Command,
    name: &str,
    limit: Duration,
    most: u64,
) -> Result<Answer, String> {
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    // A group of its own: what it starts in turn ends with it, and nobody in it can ask at the terminal.
    #[cfg(unix)]
    command.process_group(0);
    let mut group = Group(command.spawn().map_err(|e| format!("cannot run {name}: {e}"))?);
    let stderr = group.0.stderr.take();
    let mut said = tokio::spawn(async move {
        match stderr {
            Some(stderr) => beginning(stderr).await,
            None => String::new(),
        }
    });
    let answer = tokio::time::timeout(limit, async {
        let mut stdout = Vec::new();
        if let Some(pipe) = group.0.stdout.take() {
            pipe.take(most + 1).read_to_end(&mut stdout).await?;
        }
        if stdout.len() as u64 > most {
            return Ok(None);
        }
        Ok(Some((group.0.wait().await?, stdout)))
    });
    match answer.await {
        Err(_) => Err(format!("{name} did not answer within {} s", limit.as_secs_f32())),
        Ok(Err(e)) => {
            let e: std::io::Error = e;
            Err(format!("cannot read the answer of {name}: {e}"))
        }
        Ok(Ok(None)) => Ok(Answer::TooLong),
        Ok(Ok(Some((status, stdout)))) => {
            let stderr = match tokio::time::timeout(LEFT_OPEN, &mut said).await {
                Ok(said) => said.unwrap_or_default(),
                Err(_) => {
                    said.abort();
                    String::new()
                }
            };
            Ok(Answer::Ended(Ended { status, stdout, stderr }))
        }
    }
}

/// Reads to the end, so that nobody waits for room in the pipe, and keeps the beginning.
async fn beginning(stream: impl AsyncRead + Unpin) -> String {
    let mut kept = Vec::new();
    let mut stream = stream.take(KEPT);
    // What cannot be read is not shown; the exit status counts.
    let _ = stream.read_to_end(&mut kept).await;
    let _ = tokio::io::copy(&mut stream.into_inner(), &mut tokio::io::sink()).await;
    String::from_utf8_lossy(&kept).into_owned()
}

/// A process with everything it started. All of it ends when this is dropped, such as on Ctrl-C.
struct Group(Child);

impl Drop for Group {
    #[cfg(unix)]
    fn drop(&mut self) {
        use rustix::process::{Pid, Signal, kill_process_group};
        // Once its end was seen the number may belong to somebody else.
        let Some(group) = self.0.id().and_then(|id| Pid::from_raw(i32::try_from(id).ok()?)) else { return };
        // A failure means that it has ended. It was only reading, so there is nothing to tidy up.
        let _ = kill_process_group(group, Signal::KILL);
    }

    #[cfg(not(unix))]
    fn drop(&mut self) {
        // `kill_on_drop` ends the process itself.
    }
}
