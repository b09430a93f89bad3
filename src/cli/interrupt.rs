//! Ctrl-C and SIGTERM: the first asks the command to stop and clean up, the second ends the process.

use crate::deploy::interrupt::Interrupt;
use crate::error::{Error, Result};

/// Exit code of an interrupted command.
const INTERRUPTED: i32 = 130;

/// Starts listening; needs a running runtime.
pub fn listen() -> Result<Interrupt> {
    let (sender, interrupt) = Interrupt::new();
    let mut signals = Signals::new()?;
    tokio::spawn(async move {
        signals.next().await;
        sender.send_replace(true);
        signals.next().await;
        #[allow(clippy::disallowed_methods, reason = "the user asked twice; nothing may delay the exit")]
        std::process::exit(INTERRUPTED);
    });
    Ok(interrupt)
}

#[cfg(unix)]
struct Signals {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    fn new() -> Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        let listen = |kind| signal(kind).map_err(|e| Error::new(format!("cannot listen for signals: {e}")));
        Ok(Self { interrupt: listen(SignalKind::interrupt())?, terminate: listen(SignalKind::terminate())? })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}

#[cfg(not(unix))]
struct Signals;

#[cfg(not(unix))]
impl Signals {
    fn new() -> Result<Self> {
        Ok(Self)
    }

    async fn next(&mut self) {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}
