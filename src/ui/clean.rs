//! Text from outside (engines, registries, AWS, repositories) made harmless for a terminal: once, here, before anything is
//! painted. What logic reports is as it came.

use std::borrow::Cow;

use crate::diff::Segment;
use crate::diff::differences::ValueChange;
use crate::error::{Error, Remark};
use crate::report::events::Event;
use crate::text::sanitize;

/// An event fit for a terminal.
pub(super) fn event(mut event: Event) -> Event {
    for text in event.texts() {
        clean(text);
    }
    event
}

/// Parts of a comparison fit for a terminal.
pub(super) fn segments(segments: Vec<Segment>) -> Vec<Segment> {
    segments.into_iter().map(|part| Segment { text: sanitize(&part.text).into_owned(), ..part }).collect()
}

/// A change of a value fit for a terminal.
pub(super) fn value(change: &ValueChange) -> ValueChange {
    let mut change = change.clone();
    clean(&mut change.key);
    let words = change.words.as_mut().map(|words| [words.old.as_mut(), words.new.as_mut()]);
    let values = [change.old.as_mut(), change.new.as_mut()];
    for text in values.into_iter().chain(words.into_iter().flatten()).flatten() {
        // Where a value has several lines is shown before that is lost.
        *text = text.replace(['\r', '\n'], "⏎");
        clean(text);
    }
    change
}

/// What of an error is shown, fit for a terminal.
pub(super) struct Shown {
    /// The message with its contexts.
    pub message: String,
    /// Lines below it.
    pub details: Vec<String>,
    /// What a failed step printed.
    pub log: Vec<String>,
    /// What to do next.
    pub hints: Vec<String>,
    /// Places in the user's files.
    pub places: Vec<Remark>,
}

/// An error fit for a terminal.
pub(super) fn error(error: &Error) -> Shown {
    let all = |texts: &[String]| texts.iter().map(|text| sanitize(text).into_owned()).collect();
    let places = error.places().iter().map(|place| Remark {
        file: sanitize(&place.file).into_owned(),
        message: sanitize(&place.message).into_owned(),
        ..place.clone()
    });
    Shown {
        message: sanitize(&error.to_string()).into_owned(),
        details: all(error.detail_lines()),
        log: all(error.log_lines()),
        hints: all(error.hints()),
        places: places.collect(),
    }
}

/// Any other text fit for a terminal.
pub(super) fn text(text: &str) -> Cow<'_, str> {
    sanitize(text)
}

fn clean(text: &mut String) {
    if let Cow::Owned(harmless) = sanitize(text) {
        *text = harmless;
    }
}
