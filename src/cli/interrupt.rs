//! Ctrl-C and SIGTERM: the first asks the command to stop and clean up, the second ends the process.

use crate::deploy::interrupt::Interrupt;
use crate::error::{Error, Result};

/// Exit code of an interrupted command.
const INTERRUPTED: i32 = 130;

/// Starts listening; needs a running runtime. `at_once` is called with what goes on in AWS, or is left there, when the user
/// does not want to wait any longer.
pub fn listen(at_once: impl FnOnce(&str) + Send + 'static) -> Result<Interrupt> {
    let (sender, interrupt) = Interrupt::new();
    let farewell = interrupt.farewell();
    let mut signals = Signals::new()?;
    tokio::spawn(async move {
        signals.next().await;
        sender.send_replace(true);
        signals.next().await;
        at_once(&farewell.text());
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
