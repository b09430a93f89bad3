//! Connections through the `ssh` program, as the `docker` program makes them: `docker system dial-stdio`
//! on the other side joins its standard streams to the engine's socket.

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::process::Stdio;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, ReadBuf};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::task::JoinHandle;

use crate::programs::Programs;

/// Bytes of what `ssh` says that are kept for an error.
const KEPT: u64 = 4096;

/// Whom to reach.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SshTarget {
    /// User, when it is not the one that `ssh` would choose.
    pub user: Option<String>,
    /// Host name or an alias of `ssh`'s configuration.
    pub host: String,
    /// Port, when it is not the one that `ssh` would choose.
    pub port: Option<String>,
    /// The engine's socket on that host, when it is not the usual one.
    pub socket: Option<String>,
}

impl SshTarget {
    fn arguments(&self) -> Vec<&str> {
        let mut words = vec!["-o", "ConnectTimeout=15", "-T"];
        if let Some(user) = &self.user {
            words.extend(["-l", user]);
        }
        if let Some(port) = &self.port {
            words.extend(["-p", port]);
        }
        words.extend(["--", self.host.as_str(), "docker"]);
        words
    }

    fn command(&self, programs: &Programs) -> io::Result<Command> {
        let program =
            programs.find("ssh").ok_or_else(|| io::Error::other("there is no `ssh` in the PATH"))?;
        let mut command = Command::new(program);
        command.args(self.arguments()).env("PATH", programs.path());
        if let Some(socket) = &self.socket {
            // The words are joined and read by a shell on the other side.
            command.args(["--host", &format!("'unix://{socket}'")]);
        }
        command.args(["system", "dial-stdio"]);
        Ok(command)
    }
}

/// A running `ssh`. It ends when this is dropped.
pub(crate) struct SshStream {
    _child: Child,
    input: ChildStdin,
    output: ChildStdout,
    /// What it writes to standard error; taken once it ends without having sent anything.
    complaint: Option<JoinHandle<String>>,
}

/// Starts `ssh`. Whether it gets there shows with the first bytes.
pub(crate) fn connect(target: &SshTarget, programs: &Programs) -> io::Result<SshStream> {
    let mut child = target
        .command(programs)?
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .map_err(|error| io::Error::other(format!("cannot start ssh: {error}")))?;
    let missing = || io::Error::other("ssh has no standard streams");
    let input = child.stdin.take().ok_or_else(missing)?;
    let output = child.stdout.take().ok_or_else(missing)?;
    let errors = child.stderr.take().ok_or_else(missing)?;
    let complaint = tokio::spawn(async move {
        let mut text = Vec::new();
        let mut errors = errors.take(KEPT);
        let _ = errors.read_to_end(&mut text).await;
        let _ = tokio::io::copy(&mut errors.into_inner(), &mut tokio::io::sink()).await;
        String::from_utf8_lossy(&text).trim().to_owned()
    });
    Ok(SshStream { _child: child, input, output, complaint: Some(complaint) })
}

impl AsyncRead for SshStream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        ready!(Pin::new(&mut self.output).poll_read(cx, buffer))?;
        if buffer.filled().len() > before {
            self.complaint = None;
            return Poll::Ready(Ok(()));
        }
        let Some(complaint) = &mut self.complaint else { return Poll::Ready(Ok(())) };
        let text = ready!(Pin::new(complaint).poll(cx)).unwrap_or_default();
        self.complaint = None;
        let text = text.lines().map(str::trim).collect::<Vec<_>>().join(" ");
        Poll::Ready(Err(io::Error::other(match text.as_str() {
            "" => "ssh ended without a word".to_owned(),
            text => format!("ssh ended: {text}"),
        })))
    }
}

impl AsyncWrite for SshStream {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        match ready!(Pin::new(&mut self.input).poll_write(cx, bytes)) {
            // Why it ended is told by what can be read.
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe && self.complaint.is_some() => {
                Poll::Ready(Ok(bytes.len()))
            }
            written => Poll::Ready(written),
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.input).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.input).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_is_never_an_option() {
        let target = SshTarget { user: None, host: "-oProxyCommand=x".to_owned(), port: None, socket: None };
        assert_eq!(target.arguments(), ["-o", "ConnectTimeout=15", "-T", "--", "-oProxyCommand=x", "docker"]);
    }
}
