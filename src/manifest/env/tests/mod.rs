//! Whole manifests through [`load`]: what the environment becomes, what is refused, and in which words.

mod messages;
mod models;
mod properties;
mod written;

use super::{Environment, Manifest, Target, load};
use crate::manifest::tests::editors;
use crate::manifest::{Findings, Source};

/// Loads a text for the environment `test` of the application `shop`.
fn load_text(text: &str, variables: &[(&str, &str)]) -> Result<Manifest, Findings> {
    let lookup =
        |name: &str| variables.iter().find(|(n, _)| *n == name).map(|(_, value)| (*value).to_owned());
    let source = Source { path: "copilot/environments/test/manifest.yml", text };
    let loaded = load(source, Target { app: "shop", env: "test", lookup: &lookup });
    let flawless = loaded.as_ref().is_ok_and(|manifest| manifest.warnings.is_empty());
    editors::agree("env", text, flawless);
    loaded
}

/// Adds name and type to a fragment.
fn complete(fragment: &str) -> String {
    format!("name: test\ntype: Environment\n{fragment}\n")
}

fn valid(fragment: &str) -> Manifest {
    load_text(&complete(fragment), &[]).unwrap_or_else(|findings| panic!("{fragment}\n{findings}"))
}

/// The environment of a fragment that must be valid.
fn environment(fragment: &str) -> Environment {
    valid(fragment).environment
}

/// `FIELD: MESSAGE` of all warnings about a valid fragment.
fn warnings(fragment: &str) -> String {
    let warnings = valid(fragment).warnings;
    warnings.iter().map(|f| format!("{}: {}", f.field, f.message)).collect::<Vec<_>>().join(" | ")
}

/// The rendered findings of a fragment that is refused.
fn refused(fragment: &str) -> String {
    load_text(&complete(fragment), &[]).unwrap_err().to_string()
}

/// `LINE FIELD: MESSAGE` and the help for every mistake, one fragment after the other.
fn mistakes(fragments: &[&str]) -> String {
    let mut shown = String::new();
    for fragment in fragments {
        let findings = load_text(&complete(fragment), &[]).map(|_| ()).expect_err(fragment);
        for finding in findings.errors {
            let help = finding.help.map_or_else(String::new, |help| format!(" ({help})"));
            shown.push_str(&format!("{}: {}{help}\n", finding.field, finding.message));
            assert!(finding.span.line > 0, "{fragment}: no line");
        }
    }
    shown
}
