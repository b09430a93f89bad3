//! Something that goes on for minutes without a word is taken for something that hangs.

use std::time::Duration;

use tokio::time::{Instant, interval_at};

use crate::error::Result;
use crate::report::Console;
use crate::report::events::Event;

/// How often a step says that it goes on.
const EVERY: Duration = Duration::from_secs(30);

/// Runs a step that deletes `what`, and reports every half minute that it goes on.
pub(crate) async fn told<T>(
    what: &str,
    console: &Console<'_>,
    step: impl Future<Output = Result<T>>,
) -> Result<T> {
    told_every(EVERY, what, console, step).await
}

async fn told_every<T>(
    every: Duration,
    what: &str,
    console: &Console<'_>,
    step: impl Future<Output = Result<T>>,
) -> Result<T> {
    let started = Instant::now();
    let mut ticks = interval_at(started + every, every);
    let mut step = std::pin::pin!(step);
    loop {
        tokio::select! {
            biased;
            result = &mut step => return result,
            _ = ticks.tick() => {
                let seconds = started.elapsed().as_secs();
                console.report(Event::Waiting { what: what.to_owned(), seconds });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::sync::Mutex;

    use super::*;
    use crate::diff::differences::Differences;
    use crate::report::{Interrupt, Reporter};

    #[derive(Default)]
    struct Told(Mutex<Vec<Event>>);

    impl Reporter for Told {
        fn report(&self, _: &str, event: Event) {
            self.0.lock().unwrap().push(event);
        }

        fn differences(&self, _: &str, _: &Differences) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_step_that_takes_long_says_so() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        let (told, (_sender, interrupt)) = (Told::default(), Interrupt::new());
        let prompter = crate::ui::prompt::Prompter::new(crate::context::Terminal::default());
        let console = Console::new(&prompter, &told, &interrupt);
        let step = async {
            tokio::time::sleep(Duration::from_millis(50)).await;
            Ok(7)
        };
        let every = Duration::from_millis(20);
        assert_eq!(runtime.block_on(told_every(every, "stack demo-test", &console, step)).unwrap(), 7);
        let waiting = Event::Waiting { what: "stack demo-test".to_owned(), seconds: 0 };
        assert_eq!(*told.0.lock().unwrap(), [waiting.clone(), waiting]);
    }
}
