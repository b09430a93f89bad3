//! Ctrl-C and SIGTERM: the first asks the command to stop and clean up, the second ends the process. So does the
//! first when the command cannot hear it.

use std::time::Duration;

use super::{panics, pulse};
use crate::error::{Error, Result};
use crate::report::Interrupt;

/// Exit code of an interrupted command.
const INTERRUPTED: i32 = 130;

/// Starts listening; needs a running runtime. `at_once` is called with what continues in AWS, or remains there, when the
/// user does not want to wait any longer.
pub(super) fn listen(at_once: impl FnOnce(&str) + Send + 'static) -> Result<Interrupt> {
    let (sender, interrupt) = Interrupt::new();
    let pending = interrupt.pending_work();
    panics::knows(pending.clone());
    let mut signals = Signals::new()?;
    tokio::spawn(async move {
        signals.next().await;
        sender.send_replace(true);
        tokio::select! {
            () = signals.next() => {}
            () = stuck(pulse::step, || pending.under_way().is_none()) => {}
        }
        at_once(&pending.text());
        #[allow(clippy::disallowed_methods, reason = "the user asked twice; nothing may delay the exit")]
        std::process::exit(INTERRUPTED);
    });
    Ok(interrupt)
}

/// How long a command may take to notice that it is asked to stop.
const GRACE: Duration = Duration::from_secs(1);

/// Returns when the command is in the middle of one and the same step for the whole time, such as reading from a file system
/// that does not answer, and ending it leaves nothing behind in AWS.
async fn stuck(step: impl Fn() -> Option<u64>, leaves_nothing: impl Fn() -> bool) {
    loop {
        let before = step();
        tokio::time::sleep(GRACE).await;
        if before.is_some() && before == step() && leaves_nothing() {
            return;
        }
    }
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

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    #[test]
    fn only_a_step_that_does_not_end_is_stuck() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        let patience = GRACE * 5 / 2;
        let stuck = |step: &dyn Fn() -> Option<u64>, leaves_nothing: bool| {
            runtime.block_on(async {
                tokio::time::timeout(patience, stuck(step, || leaves_nothing)).await.is_ok()
            })
        };
        assert!(stuck(&|| Some(1), true));
        assert!(!stuck(&|| Some(1), false), "something continues in AWS");
        assert!(!stuck(&|| None, true), "the command waits and hears the signal");
        let steps = Cell::new(1);
        let goes_on = || {
            steps.set(steps.get() + 2);
            Some(steps.get())
        };
        assert!(!stuck(&goes_on, true), "the command goes on");
    }
}
