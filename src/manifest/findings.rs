//! What is wrong, or suspicious, in a manifest: every finding with its place in the file the user wrote.

use std::collections::{HashMap, HashSet};
use std::fmt;

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
    /// The line of the file that `span` starts in.
    pub source_line: String,
}

/// The most characters of a source line that are shown.
const WIDEST: usize = 160;

/// The part of a line around a column (from 0), fit for a terminal, and the space below it up to that column.
fn excerpt(line: &str, column: usize) -> (String, String) {
    let skipped = if column < WIDEST { 0 } else { column - WIDEST / 2 };
    let safe = |c: char| if c.is_control() && c != '\t' { char::REPLACEMENT_CHARACTER } else { c };
    let mut shown: Vec<char> = line.chars().skip(skipped).take(WIDEST).map(safe).collect();
    let mut column = column - skipped;
    if skipped > 0 {
        shown.insert(0, '…');
        column += 1;
    }
    if line.chars().count() > skipped + WIDEST {
        shown.push('…');
    }
    // Tabs are kept so that the caret stays below its character.
    let before = shown.iter().take(column).map(|c| if *c == '\t' { '\t' } else { ' ' }).collect();
    (shown.into_iter().collect(), before)
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
            let (line, before) = excerpt(&self.source_line, self.span.column.saturating_sub(1));
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

impl From<Findings> for crate::error::Error {
    fn from(findings: Findings) -> Self {
        Self::from(anyhow::Error::new(findings))
    }
}

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
    pub fn child(&self, key: &str, span: Span) -> Self {
        let field = if self.field.is_empty() { key.to_owned() } else { format!("{}.{key}", self.field) };
        Self { span, field }
    }

    /// The place of a list's element.
    pub fn item(&self, index: usize, span: Span) -> Self {
        Self { span, field: format!("{}[{index}]", self.field) }
    }
}

/// A value and its place.
#[derive(Clone, Debug)]
pub(super) struct At<T> {
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
pub(super) struct Notes {
    errors: Vec<Note>,
    warnings: Vec<Note>,
}

impl Notes {
    /// Records a mistake.
    pub fn error(&mut self, place: &Place, message: impl Into<String>) {
        self.errors.push(Note { place: place.clone(), message: message.into(), help: None });
    }

    /// Records a mistake and how to mend it.
    pub fn error_help(&mut self, place: &Place, message: impl Into<String>, help: impl Into<String>) {
        self.errors.push(Note { place: place.clone(), message: message.into(), help: Some(help.into()) });
    }

    /// Records something that works, but maybe not as its author thinks.
    pub fn warn(&mut self, place: &Place, message: impl Into<String>, help: Option<String>) {
        self.warnings.push(Note { place: place.clone(), message: message.into(), help });
    }

    /// Whether any mistake was recorded.
    pub fn failed(&self) -> bool {
        !self.errors.is_empty()
    }

    /// Number of mistakes so far.
    pub fn mistakes(&self) -> usize {
        self.errors.len()
    }

    /// Forgets mistakes recorded after the first `count` that only follow from one of these: they concern
    /// the same field, one around it or one below it, in whatever environment.
    pub fn drop_consequences(&mut self, count: usize) {
        let later = self.errors.split_off(count.min(self.errors.len()));
        let related = |a: &str, b: &str| {
            let (a, b) = (base_field(a), base_field(b));
            a.strip_prefix(b)
                .or_else(|| b.strip_prefix(a))
                .is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
        };
        let (causes, rest): (&[Note], _) = (&self.errors, later);
        let kept: Vec<Note> = rest
            .into_iter()
            .filter(|note| !causes.iter().any(|c| related(&c.place.field, &note.place.field)))
            .collect();
        self.errors.extend(kept);
    }

    /// Everything recorded, in the order of the file. `variables` names the variables that scalars were made
    /// from, by the scalars' positions.
    pub fn finish(self, file: &str, text: &str, variables: &[(Span, Vec<String>)]) -> Findings {
        let lines: Vec<&str> = text.lines().collect();
        let variables: HashMap<(usize, usize), &[String]> =
            variables.iter().map(|(at, names)| ((at.start, at.end), names.as_slice())).collect();
        let finding = |note: Note| {
            let span = note.place.span;
            let mut message = note.message;
            if let Some(names) = variables.get(&(span.start, span.end)).filter(|_| span.line > 0) {
                let names: Vec<String> = names.iter().map(|n| format!("${{{n}}}")).collect();
                message = format!("{message} (the value comes from {})", names.join(", "));
            }
            let line = lines.get(span.line.wrapping_sub(1)).copied().unwrap_or_default();
            Finding {
                file: file.to_owned(),
                span,
                field: note.place.field,
                message,
                help: note.help,
                source_line: line.trim_start_matches('\u{feff}').to_owned(),
            }
        };
        let all = |notes: Vec<Note>| {
            let mut findings: Vec<Finding> = notes.into_iter().map(&finding).collect();
            findings.sort_by_key(|f| f.span.start);
            // A value reached by several aliases is reported once.
            let mut reported: HashSet<(usize, usize, String)> = HashSet::new();
            findings.retain(|f| reported.insert((f.span.start, f.span.end, f.message.clone())));
            findings
        };
        Findings { errors: all(self.errors), warnings: all(self.warnings) }
    }
}

/// A field's path without the environment it is overridden in.
fn base_field(field: &str) -> &str {
    field
        .strip_prefix("environments.")
        .and_then(|rest| rest.split_once('.'))
        .map_or(field, |(_, field)| field)
}
