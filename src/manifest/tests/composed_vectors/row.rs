//! One row of a table: a manifest, what must come of it, and why if the old tool decided differently.

use super::facts::facts;
use crate::manifest::Finding;
use crate::manifest::tests::{complete, load_text};

/// What must come of a manifest.
pub(super) enum Want {
    /// It is accepted; the facts of the job that a manifest with nothing but the required fields lacks.
    Gives(&'static [&'static str]),
    /// It is refused, with these mistakes: field, source text that is pointed at, part of the message.
    Refused(&'static [(&'static str, &'static str, &'static str)]),
}

/// A row.
pub(super) struct Row {
    /// Number of the row in the list of observed behaviour.
    pub id: &'static str,
    /// Fields of the manifest; required ones are added.
    base: &'static str,
    /// The block of the environment that is deployed to.
    block: Option<&'static str>,
    variables: &'static [(&'static str, &'static str)],
    want: Want,
    /// Field and part of the message of every warning.
    warnings: &'static [(&'static str, &'static str)],
    /// Why the old tool is not followed.
    why: Option<&'static str>,
}

/// A row about a manifest without a block for the environment; accepted without any effect so far.
pub(super) const fn row(id: &'static str, base: &'static str) -> Row {
    Row { id, base, block: None, variables: &[], want: Want::Gives(&[]), warnings: &[], why: None }
}

/// A row about a manifest with a block for the environment.
pub(super) const fn over(id: &'static str, base: &'static str, block: &'static str) -> Row {
    Row { block: Some(block), ..row(id, base) }
}

impl Row {
    /// The manifest is accepted with these facts.
    pub(super) const fn gives(self, facts: &'static [&'static str]) -> Self {
        Self { want: Want::Gives(facts), ..self }
    }

    /// The manifest is refused for these reasons.
    pub(super) const fn refused(
        self,
        mistakes: &'static [(&'static str, &'static str, &'static str)],
    ) -> Self {
        Self { want: Want::Refused(mistakes), ..self }
    }

    /// There are warnings.
    pub(super) const fn warned(self, warnings: &'static [(&'static str, &'static str)]) -> Self {
        Self { warnings, ..self }
    }

    /// The process has these environment variables.
    pub(super) const fn with(self, variables: &'static [(&'static str, &'static str)]) -> Self {
        Self { variables, ..self }
    }

    /// The old tool decided differently; the reason for not following it.
    pub(super) const fn differs(self, why: &'static str) -> Self {
        Self { why: Some(why), ..self }
    }

    /// The manifest's text.
    pub(super) fn manifest(&self) -> String {
        let block =
            self.block.map(|block| format!("environments:\n  test:\n    {}", block.replace('\n', "\n    ")));
        complete(&format!("{}\n{}", self.base, block.unwrap_or_default()))
    }

    /// What is different from what must be; `None` when all is well.
    pub(super) fn mistake(&self) -> Option<String> {
        let text = self.manifest();
        let loaded = load_text(&text, self.variables);
        let warnings = match &loaded {
            Ok(manifest) => manifest.warnings.as_slice(),
            Err(findings) => findings.warnings.as_slice(),
        };
        let warned = warnings.len() == self.warnings.len()
            && warnings
                .iter()
                .zip(self.warnings)
                .all(|(got, (field, part))| got.field == *field && got.message.contains(part));
        let as_wanted = match (&loaded, &self.want) {
            (Ok(manifest), Want::Gives(want)) => facts(&manifest.job) == *want,
            (Err(findings), Want::Refused(want)) => {
                let same = |(got, (field, at, part)): (&Finding, &(&str, &str, &str))| {
                    got.field == *field && pointed_at(&text, got) == *at && got.message.contains(part)
                };
                findings.errors.len() == want.len() && findings.errors.iter().zip(*want).all(same)
            }
            _ => false,
        };
        if as_wanted && warned {
            return None;
        }
        let outcome = match &loaded {
            Ok(manifest) => format!("gives {:?}", facts(&manifest.job)),
            Err(findings) => format!("refused {:?}", shown(&text, &findings.errors)),
        };
        let why = self.why.map(|why| format!(" (other than the old tool: {why})")).unwrap_or_default();
        Some(format!("{}{why}: {outcome}; warned {:?}\n{text}", self.id, shown(&text, warnings)))
    }
}

/// The source text a finding underlines, or the line it stands in when that is a single place.
fn pointed_at<'a>(text: &'a str, finding: &'a Finding) -> &'a str {
    let span = finding.span;
    if span.start == span.end { &finding.source_line } else { &text[span.start..span.end] }
}

fn shown<'a>(text: &'a str, findings: &'a [Finding]) -> Vec<(&'a str, &'a str, &'a str)> {
    findings.iter().map(|f| (f.field.as_str(), pointed_at(text, f), f.message.as_str())).collect()
}

/// Checks all rows of a table, which must be numbered without gaps from 1 to `count`.
pub(super) fn check(table: &str, count: usize, rows: &[&[Row]]) {
    let rows: Vec<&Row> = rows.iter().copied().flatten().collect();
    let numbered: Vec<String> = (1..=count).map(|n| format!("{table}{n:02}")).collect();
    let mut ids: Vec<&str> = rows.iter().map(|row| row.id).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids, numbered);
    let mistakes: Vec<String> = rows.iter().filter_map(|row| row.mistake()).collect();
    assert!(mistakes.is_empty(), "{}", mistakes.join("\n"));
}
