//! BuildKit's progress messages as build events.

use std::collections::HashMap;

use bollard_buildkit_proto::moby::buildkit::v1::{StatusResponse, Vertex, VertexLog};

use crate::docker::step::{FailedStep, Log};
use crate::image::events::BuildEvent;
use crate::image::secrets::Mask;

/// Follows the steps of one BuildKit build. BuildKit repeats a step whenever anything about it
/// changes; every step starts and ends once here.
#[derive(Default)]
pub(crate) struct Trace {
    steps: HashMap<String, Step>,
    failed: Option<FailedStep>,
    mask: Mask,
}

#[derive(Default)]
struct Step {
    name: String,
    started: bool,
    finished: bool,
    /// A line not yet ended, by stream.
    partial: HashMap<i64, Vec<u8>>,
    log: Log,
}

impl Trace {
    /// Hides secrets in everything the build prints.
    pub(crate) fn masked(mask: Mask) -> Self {
        Self { mask, ..Self::default() }
    }

    /// Takes one message and sends what is new in it.
    pub(crate) fn take(&mut self, message: StatusResponse, send: &mut dyn FnMut(BuildEvent)) {
        let (finished, running): (Vec<_>, Vec<_>) =
            message.vertexes.into_iter().partition(|vertex| vertex.completed.is_some());
        // What ended goes first, since what starts in the same message may have waited for it. A
        // step's last lines come in the message that ends it.
        let (last_lines, lines): (Vec<_>, Vec<_>) =
            message.logs.into_iter().partition(|log| finished.iter().any(|v| v.digest == log.vertex));
        for vertex in &finished {
            self.start(vertex, send);
        }
        for log in &last_lines {
            self.log(log, send);
        }
        for vertex in finished {
            self.finish(vertex, send);
        }
        for vertex in &running {
            self.start(vertex, send);
        }
        for log in &lines {
            self.log(log, send);
        }
    }

    /// The step the build failed at, with its log.
    pub(crate) fn failed(self) -> Option<FailedStep> {
        self.failed
    }

    fn start(&mut self, vertex: &Vertex, send: &mut dyn FnMut(BuildEvent)) {
        let step = self.steps.entry(vertex.digest.clone()).or_default();
        step.name = self.mask.apply(vertex.name.clone());
        if !step.started && (vertex.started.is_some() || vertex.completed.is_some()) {
            step.started = true;
            send(BuildEvent::StepStarted { id: vertex.digest.clone(), name: step.name.clone() });
        }
    }

    fn log(&mut self, log: &VertexLog, send: &mut dyn FnMut(BuildEvent)) {
        let Some(step) = self.steps.get_mut(&log.vertex) else { return };
        let partial = step.partial.entry(log.stream).or_default();
        partial.extend_from_slice(&log.msg);
        while let Some(end) = partial.iter().position(|byte| *byte == b'\n') {
            let line: Vec<u8> = partial.drain(..=end).collect();
            step.log.line(&log.vertex, &line, &self.mask, send);
        }
    }

    fn finish(&mut self, vertex: Vertex, send: &mut dyn FnMut(BuildEvent)) {
        let Some(step) = self.steps.get_mut(&vertex.digest) else { return };
        let error = Some(vertex.error).filter(|error| !error.is_empty()).map(|error| self.mask.apply(error));
        // A step may fail after it had been reported as done, when it has to run again.
        if step.finished && error.is_none() {
            return;
        }
        step.finished = true;
        let mut partial: Vec<_> = std::mem::take(&mut step.partial).into_iter().collect();
        partial.sort_unstable();
        for (_, line) in partial {
            if !line.is_empty() {
                step.log.line(&vertex.digest, &line, &self.mask, send);
            }
        }
        // When one step fails, those beside it end as cancelled; they are not the reason.
        if let Some(error) = &error
            && self.failed.is_none()
            && !error.contains("context canceled")
        {
            self.failed = Some(FailedStep::new(&step.name, &step.log));
        }
        step.log = Log::default();
        send(BuildEvent::StepFinished { id: vertex.digest, cached: vertex.cached, error });
    }
}

#[cfg(test)]
#[allow(clippy::default_trait_access, reason = "the type of the times is the protocol's")]
mod tests {
    use super::*;

    fn vertex(id: &str, stage: &str) -> Vertex {
        let mut vertex =
            Vertex { digest: id.to_owned(), name: format!("[1/1] RUN {id}"), ..Vertex::default() };
        if stage != "known" {
            vertex.started = Some(Default::default());
        }
        if !matches!(stage, "known" | "started") {
            vertex.completed = Some(Default::default());
        }
        match stage {
            "cached" => vertex.cached = true,
            "known" | "started" | "done" => {}
            error => vertex.error = error.to_owned(),
        }
        vertex
    }

    fn log(id: &str, stream: i64, text: &str) -> VertexLog {
        VertexLog { vertex: id.to_owned(), stream, msg: text.into(), ..VertexLog::default() }
    }

    fn events(trace: &mut Trace, vertexes: Vec<Vertex>, logs: Vec<VertexLog>) -> Vec<String> {
        let mut events = Vec::new();
        let message = StatusResponse { vertexes, logs, ..StatusResponse::default() };
        trace.take(message, &mut |event| {
            events.push(match event {
                BuildEvent::StepStarted { id, name } => format!("start {id}: {name}"),
                BuildEvent::StepLog { id, line } => format!("log {id}: {line}"),
                BuildEvent::StepFinished { id, cached, error } => format!("end {id}: {cached} {error:?}"),
                other => format!("{other:?}"),
            });
        });
        events
    }

    #[test]
    fn a_step_starts_and_ends_once() {
        let mut trace = Trace::default();
        assert!(events(&mut trace, vec![vertex("a", "known")], vec![]).is_empty());
        assert_eq!(events(&mut trace, vec![vertex("a", "started")], vec![]), ["start a: [1/1] RUN a"]);
        assert!(events(&mut trace, vec![vertex("a", "started")], vec![]).is_empty());
        assert_eq!(events(&mut trace, vec![vertex("a", "done")], vec![]), ["end a: false None"]);
        assert!(events(&mut trace, vec![vertex("a", "done")], vec![]).is_empty());
        assert_eq!(
            events(&mut trace, vec![vertex("b", "cached")], vec![]),
            ["start b: [1/1] RUN b", "end b: true None"]
        );
        assert!(trace.failed().is_none());
    }

    #[test]
    fn lines_are_put_together_by_stream() {
        let mut trace = Trace::default();
        events(&mut trace, vec![vertex("a", "started")], vec![]);
        assert_eq!(
            events(&mut trace, vec![], vec![log("a", 1, "one\ntw"), log("a", 2, "err\r\n")]),
            ["log a: one", "log a: err"]
        );
        assert_eq!(
            events(&mut trace, vec![vertex("a", "done")], vec![log("a", 1, "o\nrest")]),
            ["log a: two", "log a: rest", "end a: false None"]
        );
        assert!(events(&mut trace, vec![], vec![log("unknown", 1, "x\n")]).is_empty());
    }

    #[test]
    fn a_secret_in_pieces_is_hidden() {
        let mut trace = Trace::masked(Mask::default().with(["hunter2".to_owned()]));
        let mut started = vertex("a", "started");
        started.name = "[1/1] RUN hun\u{1b}[0mter2".to_owned();
        assert_eq!(events(&mut trace, vec![started], vec![log("a", 1, "a hun")]), ["start a: [1/1] RUN ***"]);
        let rest =
            vec![log("a", 1, "\u{1b}[1mter"), log("a", 1, "2\n"), log("a", 2, "hunt"), log("a", 2, "er2")];
        let mut failed = vertex("a", "did not run: hun\u{0}ter2");
        failed.name = "[1/1] RUN hunter2".to_owned();
        assert_eq!(
            events(&mut trace, vec![failed], rest),
            ["log a: a ***", "log a: ***", "end a: false Some(\"did not run: ***\")"]
        );
        assert_eq!(trace.failed().unwrap().log, ["a ***", "***"]);
    }

    #[test]
    fn the_step_that_failed_is_not_one_that_was_cancelled() {
        let mut trace = Trace::default();
        let vertexes = vec![vertex("a", "started"), vertex("b", "started")];
        events(&mut trace, vertexes, vec![log("b", 2, "boom\n")]);
        let ends = vec![vertex("a", "context canceled"), vertex("b", "exit code: 1")];
        events(&mut trace, ends, vec![]);
        let failed = trace.failed().unwrap();
        assert_eq!((failed.name.as_str(), failed.log), ("[1/1] RUN b", vec!["boom".to_owned()]));
    }
}
