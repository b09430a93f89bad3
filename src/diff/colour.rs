//! Colours the text of a diff for a terminal.

use super::format::{Meaning, Segment};

const RED: &str = "\u{1b}[91m";
const GREEN: &str = "\u{1b}[92m";
const YELLOW: &str = "\u{1b}[93m";
const RESET: &str = "\u{1b}[0m";
const FAINT: &str = "\u{1b}[2m";
const NOT_FAINT: &str = "\u{1b}[22m";

/// Codes before and after a segment; nothing for paths.
fn codes(meaning: Meaning) -> (&'static str, &'static str) {
    match meaning {
        Meaning::Path => ("", ""),
        Meaning::Insertion => (GREEN, RESET),
        Meaning::Deletion => (RED, RESET),
        Meaning::Change => (YELLOW, RESET),
        Meaning::Aside => (FAINT, NOT_FAINT),
    }
}

/// The segments' text with escape codes.
pub fn ansi(segments: &[Segment]) -> String {
    let mut out = String::new();
    for segment in segments {
        let (start, end) = codes(segment.meaning);
        out.extend([start, &segment.text, end]);
    }
    out
}
