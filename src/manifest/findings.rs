//! What is wrong, or suspicious, in a manifest: every finding with its place in the file the user wrote.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::fmt;

use super::suggest::Hints;
use crate::error::{Error, Remark, Severity};
use crate::yaml::Span;

/// One mistake or warning.
///
/// `Display` writes `FILE:LINE:COLUMN: FIELD: MESSAGE`, the source line with a caret below it, and the
/// help, if any, without a final line break.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The manifest's path, as the program shows it.
    pub file: String,
    /// Where the offending value (or its key) stands; line 0 when the whole file is meant.
    pub span: Span,
    /// Path of the field (`environments.prod.sidecars.nginx.port`); empty for the whole file.
    pub field: String,
    /// What is wrong.
    pub message: String,
    /// What to do about it.
    pub help: Option<String>,
    /// The line of the file that `span` starts in; of a long one the part around that place.
    pub source_line: String,
    /// Characters of `source_line` before that place.
    pub indent: usize,
}

/// The most characters of a source line that are shown.
const WIDEST: usize = 160;

/// The most characters of a message that are shown: values in it can be as long as the file.
const LONGEST_MESSAGE: usize = 2000;

/// A text from the manifest, or one with such texts in it, fit for a terminal.
fn shown(text: &str) -> String {
    let safe = |c: char| if c.is_control() && c != '\n' { char::REPLACEMENT_CHARACTER } else { c };
    let mut shown: String = text.chars().take(LONGEST_MESSAGE).map(safe).collect();
    if text.chars().nth(LONGEST_MESSAGE).is_some() {
        shown.push('…');
    }
    shown
}

/// The most mistakes, and the most warnings, that are listed.
const LISTED: usize = 100;

/// The part of a line around a place, fit for a terminal, and how many characters of it are before that place.
/// Only so much of the text is looked at: lines can be as long as the file.
fn excerpt(text: &str, at: Span) -> (String, usize) {
    let column = at.column.saturating_sub(1);
    let cut = column >= WIDEST;
    let wanted = if cut { WIDEST / 2 } else { column };
    let in_line = |c: &char| *c != '\n';
    let before = text.get(..at.start).unwrap_or_default();
    let mut shown: Vec<char> = before.chars().rev().take_while(in_line).take(wanted).collect();
    shown.reverse();
    let room = WIDEST.saturating_sub(shown.len());
    let mut after = text.get(at.start..).unwrap_or_default().chars().take_while(in_line);
    shown.extend(after.by_ref().take(room));
    let more = after.next().is_some_and(|c| c != '\r');
    let shown = shown.strip_suffix(&['\r']).unwrap_or(&shown);
    let safe = |c: &char| if c.is_control() && *c != '\t' { char::REPLACEMENT_CHARACTER } else { *c };
    let line: String = shown.iter().map(safe).collect();
    let line = line.trim_start_matches('\u{feff}');
    let (head, tail) = (if cut { "…" } else { "" }, if more { "…" } else { "" });
    (format!("{head}{line}{tail}"), wanted + usize::from(cut))
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.file)?;
        if self.span.line > 0 {
            write!(f, ":{}:{}", self.span.line, self.span.column)?;
        }
        if !self.field.is_empty() {
            write!(f, ": {}", self.field)?;
        }
        write!(f, ": {}", self.message)?;
        if self.span.line > 0 {
            let number = self.span.line.to_string();
            let gap = " ".repeat(number.len());
            let line = &self.source_line;
            // Tabs are kept so that the caret stays below its character.
            let before: String =
                line.chars().take(self.indent).map(|c| if c == '\t' { '\t' } else { ' ' }).collect();
            let room = line.chars().count().saturating_sub(before.chars().count()).max(1);
            let carets = "^".repeat((self.span.end - self.span.start).clamp(1, room));
            write!(f, "\n{gap} |\n{number} | {line}\n{gap} | {before}{carets}")?;
        }
        match &self.help {
            Some(help) => write!(f, "\nhelp: {help}"),
            None => Ok(()),
        }
    }
}

/// Why a manifest cannot be used.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Findings {
    /// All mistakes, in the order of the file; never empty when loading failed.
    pub errors: Vec<Finding>,
    /// What was suspicious besides, such as the misspelt name of a field that is then missing.
    pub warnings: Vec<Finding>,
}

/// Writes the mistakes, then the warnings marked as such, separated by empty lines.
impl fmt::Display for Findings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let errors = self.errors.iter().map(|finding| ("", finding));
        let warnings = self.warnings.iter().map(|finding| ("warning: ", finding));
        for (i, (mark, finding)) in errors.chain(warnings).enumerate() {
            let gap = if i > 0 { "\n\n" } else { "" };
            write!(f, "{gap}{mark}{finding}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Findings {}

impl Finding {
    /// The finding as a remark about its place.
    pub fn remark(&self, severity: Severity) -> Remark {
        let Span { line, column, .. } = self.span;
        Remark { severity, file: self.file.clone(), line, column, message: self.to_string() }
    }
}

impl From<Findings> for Error {
    fn from(findings: Findings) -> Self {
        let errors = findings.errors.iter().map(|finding| finding.remark(Severity::Error));
        let warnings = findings.warnings.iter().map(|finding| finding.remark(Severity::Warning));
        let remarks: Vec<Remark> = errors.chain(warnings).collect();
        Self::from(anyhow::Error::new(findings)).remarks(remarks)
    }
}

/// Characters of a key that a field's path takes.
const LONGEST_KEY: usize = 255;

/// Bytes after which a field's path grows no more.
const LONGEST_FIELD: usize = 1024;

/// A value's place: where it stands and what it is called.
#[derive(Clone, Debug, Default)]
pub(super) struct Place {
    /// Position of the value, or of its key when the value is empty.
    pub span: Span,
    /// The field's path.
    pub field: String,
}

impl Place {
    /// The place of the field `key` below this one.
    pub(super) fn child(&self, key: &str, span: Span) -> Self {
        // Names are that short; a longer key must not be repeated in the place of everything below it.
        let key = key.char_indices().nth(LONGEST_KEY).map_or(key, |(end, _)| key.get(..end).unwrap_or(key));
        let field = if self.field.is_empty() {
            key.to_owned()
        } else if self.field.len() < LONGEST_FIELD {
            format!("{}.{key}", self.field)
        } else {
            self.field.clone()
        };
        Self { span, field }
    }

    /// The place of a list's element.
    pub(super) fn item(&self, index: usize, span: Span) -> Self {
        Self { span, field: format!("{}[{index}]", self.field) }
    }
}

/// A value and its place.
#[derive(Clone, Debug)]
pub(super) struct Located<T> {
    /// The value.
    pub value: T,
    /// Where it comes from.
    pub place: Place,
}

/// A finding before it is put into words for the user.
#[derive(Clone, Debug)]
struct Note {
    place: Place,
    message: String,
    help: Option<String>,
}

/// Collects findings while a manifest is read.
#[derive(Default)]
pub(super) struct Diagnostics {
    errors: Vec<Note>,
    warnings: Vec<Note>,
    /// What to say about fields that this kind of manifest does not have.
    pub hints: Hints,
}

impl Diagnostics {
    /// Nothing found yet in a manifest of the kind that these hints are about.
    pub(super) fn with_hints(hints: Hints) -> Self {
        Self { hints, ..Self::default() }
    }

    /// Records a mistake.
    pub(super) fn error(&mut self, place: &Place, message: impl Into<String>) {
        self.errors.push(Note { place: place.clone(), message: message.into(), help: None });
    }

    /// Records a mistake and how to mend it.
    pub(super) fn error_help(&mut self, place: &Place, message: impl Into<String>, help: impl Into<String>) {
        self.errors.push(Note { place: place.clone(), message: message.into(), help: Some(help.into()) });
    }

    /// Records something that works, but maybe not as its author thinks.
    pub(super) fn warn(&mut self, place: &Place, message: impl Into<String>, help: Option<String>) {
        self.warnings.push(Note { place: place.clone(), message: message.into(), help });
    }

    /// Whether any mistake was recorded.
    pub(super) fn failed(&self) -> bool {
        !self.errors.is_empty()
    }

    /// Whether there are so many findings already that more of them need no explanation.
    pub(super) fn crowded(&self) -> bool {
        self.errors.len() + self.warnings.len() > 10 * LISTED
    }

    /// Number of mistakes so far.
    pub(super) fn mistakes(&self) -> usize {
        self.errors.len()
    }

    /// Forgets mistakes recorded after the first `count` that only follow from one of these: they concern
    /// the same field, one around it or one below it, in whatever environment.
    pub(super) fn drop_consequences(&mut self, count: usize) {
        let later = self.errors.split_off(count.min(self.errors.len()));
        let causes: BTreeSet<&str> = self.errors.iter().map(|cause| base_field(&cause.place.field)).collect();
        let kept: Vec<Note> =
            later.into_iter().filter(|note| !is_related(&causes, base_field(&note.place.field))).collect();
        self.errors.extend(kept);
    }

    /// Everything recorded, in the order of the file. `variables` names the variables that scalars were made
    /// from, by the scalars' positions.
    pub(super) fn finish(self, file: &str, text: &str, variables: &[(Span, Vec<String>)]) -> Findings {
        let variables: HashMap<(usize, usize), &[String]> =
            variables.iter().map(|(at, names)| ((at.start, at.end), names.as_slice())).collect();
        let finding = |note: Note| {
            let span = note.place.span;
            let mut message = note.message;
            if let Some(names) = variables.get(&(span.start, span.end)).filter(|_| span.line > 0) {
                let names: Vec<String> = names.iter().map(|n| format!("${{{n}}}")).collect();
                message = format!("{message} (the value comes from {})", names.join(", "));
            }
            let (source_line, indent) = if span.line > 0 { excerpt(text, span) } else { (String::new(), 0) };
            Finding {
                file: file.to_owned(),
                span,
                field: shown(&note.place.field),
                message: shown(&message),
                help: note.help.as_deref().map(shown),
                source_line,
                indent,
            }
        };
        let all = |mut diagnostics: Vec<Note>| {
            diagnostics.sort_by_key(|note| note.place.span.start);
            // A value reached by several aliases is reported once.
            let mut reported: HashSet<(usize, usize, String)> = HashSet::new();
            diagnostics
                .retain(|n| reported.insert((n.place.span.start, n.place.span.end, n.message.clone())));
            let more = diagnostics.len().saturating_sub(LISTED);
            diagnostics.truncate(LISTED);
            if more > 0 {
                let message = format!("and {more} more");
                diagnostics.push(Note { place: Place::default(), message, help: None });
            }
            diagnostics.into_iter().map(&finding).collect()
        };
        Findings { errors: all(self.errors), warnings: all(self.warnings) }
    }
}

/// Whether a field is one of these, around one of them or below one.
fn is_related(fields: &BTreeSet<&str>, field: &str) -> bool {
    let around = field.match_indices(['.', '[']).filter_map(|(end, _)| field.get(..end));
    let below = |mark: char| {
        let start = format!("{field}{mark}");
        fields.range(start.as_str()..).next().is_some_and(|next| next.starts_with(&start))
    };
    // The whole document is around everything.
    fields.contains(field)
        || fields.contains("") && field.starts_with(['.', '['])
        || around.into_iter().any(|outer| fields.contains(outer))
        || below('.')
        || below('[')
}

/// A field's path without the environment it is overridden in.
fn base_field(field: &str) -> &str {
    field
        .strip_prefix("environments.")
        .and_then(|rest| rest.split_once('.'))
        .map_or(field, |(_, field)| field)
}
