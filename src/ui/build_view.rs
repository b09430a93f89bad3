//! The image of one container on its way: build steps with the running step's last output, then
//! layers on their way to the registry. Pure: the clock is handed in.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use super::paint::{Paint, SUCCESS};
use super::seconds;
use crate::deploy::events::{BuildEvent, PushEvent};
use crate::text::sanitize;

/// Lines of a running step's output that are shown.
const TAIL: usize = 5;

/// The state of one container's image.
pub struct BuildView {
    container: String,
    phase: Phase,
}

enum Phase {
    Waiting,
    Building { dockerfile: String, started: Instant, steps: Vec<Step>, cached: usize },
    Pushing { reference: String, started: Instant, layers: Vec<Layer> },
}

/// A step that has not ended.
struct Step {
    id: String,
    name: String,
    started: Instant,
    tail: VecDeque<String>,
}

struct Layer {
    id: String,
    status: String,
    progress: Option<(u64, u64)>,
}

impl BuildView {
    /// A container whose image is still to be built.
    pub fn new(container: &str) -> Self {
        Self { container: container.to_owned(), phase: Phase::Waiting }
    }

    /// The container's name.
    pub fn container(&self) -> &str {
        &self.container
    }

    /// Takes a build event; returns a line to keep once the image is built.
    pub fn build(&mut self, event: &BuildEvent, now: Instant, paint: Paint) -> Option<String> {
        if let BuildEvent::Started { dockerfile } = event {
            let dockerfile = sanitize(dockerfile).into_owned();
            self.phase = Phase::Building { dockerfile, started: now, steps: Vec::new(), cached: 0 };
            return None;
        }
        let Phase::Building { dockerfile, steps, cached, .. } = &mut self.phase else { return None };
        match event {
            BuildEvent::Started { .. } => None,
            BuildEvent::StepStarted { id, name } => {
                let name = sanitize(name).into_owned();
                steps.push(Step { id: id.clone(), name, started: now, tail: VecDeque::new() });
                None
            }
            BuildEvent::StepLog { id, line } => {
                let step = steps.iter_mut().find(|step| step.id == *id)?;
                if step.tail.len() == TAIL {
                    step.tail.pop_front();
                }
                step.tail.push_back(sanitize(line).into_owned());
                None
            }
            BuildEvent::StepFinished { id, cached: from_cache, .. } => {
                steps.retain(|step| step.id != *id);
                *cached += usize::from(*from_cache);
                None
            }
            BuildEvent::Warning(text) => Some(super::plain::warning(&sanitize(text), paint)),
            BuildEvent::Finished { elapsed } => {
                let from_cache = match *cached {
                    0 => String::new(),
                    1 => ", 1 step cached".to_owned(),
                    n => format!(", {n} steps cached"),
                };
                let line = format!(
                    "{} Built {} from {dockerfile} {}",
                    paint.green(SUCCESS),
                    self.container,
                    paint.faint(&format!("[{}{from_cache}]", seconds(*elapsed)))
                );
                self.phase = Phase::Waiting;
                Some(line)
            }
        }
    }

    /// Takes a push event; returns a line to keep once a tag is pushed.
    pub fn push(&mut self, event: &PushEvent, now: Instant, paint: Paint) -> Option<String> {
        match event {
            PushEvent::Started { reference } => {
                self.phase =
                    Phase::Pushing { reference: reference.clone(), started: now, layers: Vec::new() };
                None
            }
            PushEvent::Layer { id, status, progress } => {
                let Phase::Pushing { layers, .. } = &mut self.phase else { return None };
                let status = sanitize(status).into_owned();
                match layers.iter_mut().find(|layer| layer.id == *id) {
                    Some(layer) => {
                        layer.status = status;
                        layer.progress = *progress;
                    }
                    None => layers.push(Layer { id: sanitize(id).into_owned(), status, progress: *progress }),
                }
                None
            }
            PushEvent::Present { reference, .. } => {
                self.phase = Phase::Waiting;
                Some(format!("{} In the registry already: {reference}", paint.green(SUCCESS)))
            }
            PushEvent::Finished { reference, .. } => {
                let elapsed = match &self.phase {
                    Phase::Pushing { started, .. } => now.saturating_duration_since(*started),
                    _ => Duration::ZERO,
                };
                self.phase = Phase::Waiting;
                let time = paint.faint(&format!("[{}]", seconds(elapsed)));
                Some(format!("{} Pushed {reference} {time}", paint.green(SUCCESS)))
            }
        }
    }

    /// What is going on, as lines; `spinner` stands before the first.
    pub fn lines(&self, now: Instant, spinner: &str, paint: Paint) -> Vec<String> {
        let since =
            |start: Instant| paint.faint(&format!("[{}]", seconds(now.saturating_duration_since(start))));
        match &self.phase {
            Phase::Waiting => Vec::new(),
            Phase::Building { dockerfile, started, steps, .. } => {
                let mut lines = vec![format!(
                    "{spinner} Building {} from {dockerfile} {}",
                    self.container,
                    since(*started)
                )];
                for step in steps {
                    lines.push(format!("    {} {}", step.name, since(step.started)));
                    lines.extend(
                        step.tail.iter().map(|line| format!("      {}", paint.faint(line.trim_end()))),
                    );
                }
                lines
            }
            Phase::Pushing { reference, started, layers } => {
                let mut lines = vec![format!("{spinner} Pushing {reference} {}", since(*started))];
                for layer in layers {
                    let amount = layer
                        .progress
                        .filter(|(_, total)| *total > 0)
                        .map(|(sent, total)| format!(" {} of {}", bytes(sent.min(total)), bytes(total)));
                    lines.push(format!("    {} {}{}", layer.id, layer.status, amount.unwrap_or_default()));
                }
                lines
            }
        }
    }
}

/// A size for people, in decimal units.
fn bytes(n: u64) -> String {
    #[allow(clippy::cast_precision_loss, reason = "one decimal is shown")]
    let n = n as f64;
    match n {
        _ if n < 1e3 => format!("{n:.0} B"),
        _ if n < 1e6 => format!("{:.1} kB", n / 1e3),
        _ if n < 1e9 => format!("{:.1} MB", n / 1e6),
        _ => format!("{:.2} GB", n / 1e9),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_build_shows_running_steps_with_their_last_lines() {
        let start = Instant::now();
        let mut view = BuildView::new("report-gen");
        let mut build = |event| view.build(&event, start, Paint(false));
        build(BuildEvent::Started { dockerfile: "Dockerfile".into() });
        build(BuildEvent::StepStarted { id: "a".into(), name: "[1/2] COPY . .".into() });
        build(BuildEvent::StepFinished { id: "a".into(), cached: true, error: None });
        build(BuildEvent::StepStarted { id: "b".into(), name: "[2/2] RUN make".into() });
        for n in 1..=7 {
            build(BuildEvent::StepLog { id: "b".into(), line: format!("line {n}\u{1b}[K") });
        }
        insta::assert_snapshot!(view.lines(start + Duration::from_secs(2), "⠋", Paint(false)).join("\n"), @"
        ⠋ Building report-gen from Dockerfile [2.0s]
            [2/2] RUN make [2.0s]
              line 3
              line 4
              line 5
              line 6
              line 7
        ");
        let kept =
            view.build(&BuildEvent::Finished { elapsed: Duration::from_millis(2100) }, start, Paint(false));
        assert_eq!(kept.as_deref(), Some("✔ Built report-gen from Dockerfile [2.1s, 1 step cached]"));
        assert!(view.lines(start, "⠋", Paint(false)).is_empty());
    }

    #[test]
    fn a_push_shows_each_layer() {
        let start = Instant::now();
        let mut view = BuildView::new("report-gen");
        view.push(&PushEvent::Started { reference: "repo:v2".into() }, start, Paint(false));
        for progress in [Some((1, 0)), Some((1_500_000, 3_000_000))] {
            let event = PushEvent::Layer { id: "5f70bf18a086".into(), status: "Pushing".into(), progress };
            view.push(&event, start, Paint(false));
        }
        insta::assert_snapshot!(view.lines(start, "⠋", Paint(false)).join("\n"), @"
        ⠋ Pushing repo:v2 [0.0s]
            5f70bf18a086 Pushing 1.5 MB of 3.0 MB
        ");
    }
}
