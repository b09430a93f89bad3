//! What is kept of a step: its name and what it printed.

use std::collections::VecDeque;

use crate::image::events::BuildEvent;
use crate::image::secrets::Mask;

/// How many of a step's last lines are kept, and how many bytes of them in all.
const KEPT_LINES: usize = 10_000;
const KEPT_BYTES: usize = 1 << 20;
/// Bytes of one kept line; build tools may print megabytes without a line break.
const KEPT_LINE: usize = 16 << 10;

/// The step of the Dockerfile a build failed at. Its texts are sanitised.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FailedStep {
    /// The instruction, such as `[2/4] RUN make`.
    pub name: String,
    /// What it printed, oldest first: at most 10,000 lines and 1 MiB, after a line that counts those left out.
    pub log: Vec<String>,
}

impl FailedStep {
    pub(crate) fn new(name: &str, log: &Log) -> Self {
        Self { name: name.to_owned(), log: log.lines() }
    }
}

/// The last lines of a step.
#[derive(Default)]
pub(crate) struct Log {
    kept: VecDeque<String>,
    bytes: usize,
    left_out: usize,
}

impl Log {
    /// Sends a line as an event and remembers it.
    pub(crate) fn line(&mut self, id: &str, line: &[u8], mask: &Mask, send: &mut dyn FnMut(BuildEvent)) {
        let line = line.strip_suffix(b"\n").unwrap_or(line);
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let text = mask.apply(String::from_utf8_lossy(line).into_owned());
        self.keep(text.get(..text.floor_char_boundary(KEPT_LINE)).unwrap_or(&text));
        send(BuildEvent::StepLog { id: id.to_owned(), line: text });
    }

    fn keep(&mut self, line: &str) {
        self.bytes += line.len();
        self.kept.push_back(line.to_owned());
        while self.kept.len() > KEPT_LINES || self.bytes > KEPT_BYTES {
            let Some(first) = self.kept.pop_front() else { return };
            self.bytes -= first.len();
            self.left_out += 1;
        }
    }

    /// The lines, sanitised, oldest first.
    fn lines(&self) -> Vec<String> {
        let left_out = match self.left_out {
            0 => None,
            1 => Some("… 1 line before is left out".to_owned()),
            n => Some(format!("… {n} lines before are left out")),
        };
        let kept = self.kept.iter().map(|line| line.trim_end().to_owned());
        left_out.into_iter().chain(kept).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(log: &Log) -> (usize, String, String) {
        let lines = log.lines();
        (lines.len(), lines.first().cloned().unwrap_or_default(), lines.last().cloned().unwrap_or_default())
    }

    #[test]
    fn logs_are_bounded() {
        let mut log = Log::default();
        let mut sent = 0;
        let mut print =
            |log: &mut Log, line: &[u8]| log.line("x", line, &Mask::default(), &mut |_| sent += 1);
        for number in 0..KEPT_LINES {
            print(&mut log, format!("{number}\r\n").as_bytes());
        }
        assert_eq!(lines(&log), (KEPT_LINES, "0".to_owned(), "9999".to_owned()));
        print(&mut log, b"more");
        assert_eq!(
            lines(&log),
            (KEPT_LINES + 1, "… 1 line before is left out".to_owned(), "more".to_owned())
        );
        // Long lines are cut, and push out many short ones.
        for _ in 0..2 * KEPT_BYTES / KEPT_LINE {
            print(&mut log, "é".repeat(KEPT_LINE).as_bytes());
        }
        let (count, first, last) = lines(&log);
        assert_eq!((count, last.len()), (KEPT_BYTES / KEPT_LINE + 1, KEPT_LINE));
        assert_eq!(first, "… 10065 lines before are left out");
        assert_eq!(sent, KEPT_LINES + 1 + 2 * KEPT_BYTES / KEPT_LINE);
    }
}
