//! What is kept of a step: its name and the last lines it printed.

use std::collections::VecDeque;

use crate::deploy::events::BuildEvent;
use crate::image::secrets::Mask;
use crate::text::sanitize;

/// How many of a failed step's last lines an error keeps.
const KEPT_LINES: usize = 40;
/// Bytes of one kept line; build tools may print megabytes without a line break.
const KEPT_LINE: usize = 2048;

/// The step of the Dockerfile a build failed at. Its texts are sanitised.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FailedStep {
    /// The instruction, such as `[2/4] RUN make`.
    pub name: String,
    /// The last lines it printed, oldest first; at most 40.
    pub log: Vec<String>,
}

impl FailedStep {
    pub(super) fn new(name: &str, log: &Tail) -> Self {
        Self { name: sanitize(name).into_owned(), log: log.lines() }
    }
}

/// The last lines of a step.
#[derive(Default)]
pub(super) struct Tail(VecDeque<String>);

impl Tail {
    /// Sends a line as an event and remembers it.
    pub(super) fn line(&mut self, id: &str, line: &[u8], mask: &Mask, send: &mut dyn FnMut(BuildEvent)) {
        let line = line.strip_suffix(b"\n").unwrap_or(line);
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let text = mask.apply(String::from_utf8_lossy(line).into_owned());
        if self.0.len() == KEPT_LINES {
            self.0.pop_front();
        }
        let kept = text.char_indices().nth(KEPT_LINE).and_then(|(end, _)| text.get(..end)).unwrap_or(&text);
        self.0.push_back(kept.to_owned());
        send(BuildEvent::StepLog { id: id.to_owned(), line: text });
    }

    /// The lines, sanitised, oldest first.
    pub(super) fn lines(&self) -> Vec<String> {
        self.0.iter().map(|line| sanitize(line).into_owned()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tails_are_bounded_and_safe() {
        let mut tail = Tail::default();
        let mut sent = 0;
        for number in 0..100 {
            tail.line("x", format!("\u{1b}[31m{number}\r\n").as_bytes(), &Mask::default(), &mut |_| {
                sent += 1
            });
        }
        tail.line("x", "é".repeat(10_000).as_bytes(), &Mask::default(), &mut |_| sent += 1);
        let lines = tail.lines();
        assert_eq!((sent, lines.len(), lines[0].as_str()), (101, KEPT_LINES, "61"));
        assert_eq!(lines[KEPT_LINES - 1].chars().count(), KEPT_LINE);
    }
}
