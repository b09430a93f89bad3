//! The classic builder's output as build events.

use crate::docker::step::{FailedStep, Log};
use crate::image::events::BuildEvent;
use crate::image::secrets::Mask;

/// A line that is longer, in bytes, is taken apart.
const LONGEST_LINE: usize = 1 << 20;

/// Follows the steps of one build by the lines the classic builder prints: `Step 1/4 : FROM x`,
/// then the step's output between lines of the builder's own.
#[derive(Default)]
pub(crate) struct Transcript {
    mask: Mask,
    /// A line not yet ended.
    partial: String,
    step: Option<Step>,
}

struct Step {
    id: String,
    name: String,
    cached: bool,
    log: Log,
}

impl Transcript {
    /// Hides secrets in everything the build prints.
    pub(crate) fn masked(mask: Mask) -> Self {
        Self { mask, ..Self::default() }
    }

    /// Takes a piece of output.
    pub(crate) fn take(&mut self, text: &str, send: &mut dyn FnMut(BuildEvent)) {
        let mut rest = text;
        while let Some((end, next)) = rest.split_once('\n') {
            self.partial.push_str(end);
            let line = std::mem::take(&mut self.partial);
            self.line(&line, send);
            rest = next;
        }
        self.partial.push_str(rest);
        if self.partial.len() > LONGEST_LINE {
            let line = std::mem::take(&mut self.partial);
            self.line(&line, send);
        }
    }

    /// Ends the build: with the error it failed with, or well. Gives the step it failed at.
    pub(crate) fn end(mut self, error: Option<&str>, send: &mut dyn FnMut(BuildEvent)) -> Option<FailedStep> {
        let rest = std::mem::take(&mut self.partial);
        if !rest.is_empty() {
            self.line(&rest, send);
        }
        let step = self.step.take()?;
        let failed = error.map(|_| FailedStep::new(&step.name, &step.log));
        finish(step, error.map(str::to_owned), send);
        failed
    }

    fn line(&mut self, line: &str, send: &mut dyn FnMut(BuildEvent)) {
        if let Some((id, name)) = heading(line.trim_end()) {
            let name = self.mask.apply(name);
            if let Some(step) = self.step.take() {
                finish(step, None, send);
            }
            send(BuildEvent::StepStarted { id: id.clone(), name: name.clone() });
            self.step = Some(Step { id, name, cached: false, log: Log::default() });
            return;
        }
        let Some(step) = &mut self.step else { return };
        let text = line.trim_end();
        if text == " ---> Using cache" {
            step.cached = true;
        } else if !is_builders_own(text) {
            step.log.line(&step.id, line.as_bytes(), &self.mask, send);
        }
    }
}

fn finish(step: Step, error: Option<String>, send: &mut dyn FnMut(BuildEvent)) {
    send(BuildEvent::StepFinished { id: step.id, cached: step.cached, error });
}

/// Id and name of a step from `Step 1/4 : RUN make` (podman writes `STEP 1/4: RUN make`).
fn heading(line: &str) -> Option<(String, String)> {
    let rest = line.strip_prefix("Step ").or_else(|| line.strip_prefix("STEP "))?;
    let (number, instruction) = rest.split_once(':')?;
    let (index, count) = number.trim().split_once('/')?;
    let numeric = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if !numeric(index) || !numeric(count) {
        return None;
    }
    Some((index.to_owned(), format!("[{index}/{count}] {}", instruction.trim())))
}

/// Lines in which the builder names intermediate containers and images.
fn is_builders_own(line: &str) -> bool {
    line.is_empty()
        || line.starts_with(" --->")
        || line.starts_with("Removing intermediate container ")
        || line.starts_with("Successfully built ")
        || line.starts_with("Successfully tagged ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(pieces: &[&str], error: Option<&str>) -> (Vec<String>, Option<FailedStep>) {
        let mut events = Vec::new();
        let mut send = |event| {
            events.push(match event {
                BuildEvent::StepStarted { id, name } => format!("start {id}: {name}"),
                BuildEvent::StepLog { id, line } => format!("log {id}: {line}"),
                BuildEvent::StepFinished { id, cached, error } => format!("end {id}: {cached} {error:?}"),
                other => format!("{other:?}"),
            });
        };
        let mut transcript = Transcript::default();
        for piece in pieces {
            transcript.take(piece, &mut send);
        }
        let failed = transcript.end(error, &mut send);
        (events, failed)
    }

    #[test]
    fn steps_logs_and_cache() {
        let (events, failed) = run(
            &[
                "Step 1/3 : FROM scratch",
                "\n",
                " ---> \nStep 2/3 : COPY a b\n",
                " ---> Using cache\n",
                " ---> 0123456789ab\n",
                "Step 3/3 : RUN [\"/x\"]\n",
                " ---> Running in 0123456789ab\n",
                "hel",
                "lo\nStep back: not a heading\n",
                "Removing intermediate container 0123456789ab\n",
                "Successfully built abc\n",
            ],
            None,
        );
        assert_eq!(
            events,
            [
                "start 1: [1/3] FROM scratch",
                "end 1: false None",
                "start 2: [2/3] COPY a b",
                "end 2: true None",
                "start 3: [3/3] RUN [\"/x\"]",
                "log 3: hello",
                "log 3: Step back: not a heading",
                "end 3: false None",
            ]
        );
        assert!(failed.is_none());
    }

    #[test]
    fn a_line_without_an_end_is_not_kept_for_ever() {
        let piece = "x".repeat(LONGEST_LINE / 2);
        let mut transcript = Transcript::default();
        let mut lines = Vec::new();
        let mut send = |event| {
            if let BuildEvent::StepLog { line, .. } = event {
                lines.push(line.len());
            }
        };
        transcript.take("Step 1/1 : RUN x\n", &mut send);
        for _ in 0..5 {
            transcript.take(&piece, &mut send);
            assert!(transcript.partial.len() <= LONGEST_LINE);
        }
        transcript.end(None, &mut send);
        assert_eq!(lines.len(), 2, "{lines:?}");
    }

    #[test]
    fn the_step_at_the_end_failed() {
        let (events, failed) = run(&["Step 1/1 : RUN x\n", "no"], Some("exit 1"));
        assert_eq!(events[1..], ["log 1: no", "end 1: false Some(\"exit 1\")"]);
        let failed = failed.unwrap();
        assert_eq!((failed.name.as_str(), failed.log), ("[1/1] RUN x", vec!["no".to_owned()]));
        assert!(run(&[], Some("bad Dockerfile")).1.is_none());
    }
}
