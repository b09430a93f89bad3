//! What differs from run to run, replaced by words, so that a snapshot shows the rest.

use std::sync::{LazyLock, Mutex, PoisonError};

use regex::Regex;

use super::World;

/// Shapes of what is made anew in each run, and the words for them.
static SHAPES: LazyLock<Vec<(Regex, &str)>> = LazyLock::new(|| {
    let shapes = [
        (r"\d{4}-\d\d-\d\d \d\d:\d\d(:\d\d)?", "DATE"),
        (r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}", "UUID"),
        (r"\[[0-9.]+s\]", "[TIME]"),
        (r"\b(manual|direct)-\d{8}-\d{6}-[0-9a-f]{6}\b", "$1-RUN"),
        (r"\b(succeeded|failed|out|stopped|of \d|running) after \d+s\b", "$1 after TIME"),
        (r"\b([A-Z]{5,}) for \d+s\b", "$1 for TIME"),
        (r"sha256:[0-9a-f]{64}", "sha256:DIGEST"),
        (r"\b[0-9a-f]{64}\b", "HASH"),
        (r"-[0-9A-F]{13}\b", "-ID"),
        (r"\b(vpc|subnet|sg|fs|fsap)-[0-9a-f]{8,17}\b", "$1-ID"),
    ];
    shapes.into_iter().map(|(shape, word)| (Regex::new(shape).unwrap(), word)).collect()
});

/// Names that were made up for this run, and the words for them.
static NAMES: Mutex<Vec<(String, &str)>> = Mutex::new(Vec::new());

/// From now on snapshots show the word in place of the name, which must be one that no other text contains by chance.
pub(super) fn hide(name: &str, word: &'static str) {
    let mut names = NAMES.lock().unwrap_or_else(PoisonError::into_inner);
    let entry = (name.to_owned(), word);
    if !names.contains(&entry) {
        names.push(entry);
    }
}

/// The text without made-up names, dates, durations, ids and digests, and without a line end.
pub(super) fn without_variance(text: &str) -> String {
    let mut text = text.trim_end_matches('\n').to_owned();
    for (shape, word) in SHAPES.iter() {
        text = shape.replace_all(&text, *word).into_owned();
    }
    let names = NAMES.lock().unwrap_or_else(PoisonError::into_inner);
    names.iter().fold(text, |text, (name, word)| text.replace(name, word))
}

/// What differs from run to run, replaced: times, dates, ids, digests.
pub(crate) fn stable(text: &str, world: &World) -> String {
    without_variance(&text.replace(world.account.id(), "ACCOUNT"))
}

/// The text without the `2026-11-24T09:00:00Z ` that progress begins its lines with.
pub(crate) fn without_times(text: &str) -> String {
    text.split_inclusive('\n').map(|line| &line[time_length(line)..]).collect()
}

/// How much of the line's beginning is the time.
pub(crate) fn time_length(line: &str) -> usize {
    static TIME: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ ").unwrap());
    TIME.find(line).map_or(0, |time| time.len())
}
