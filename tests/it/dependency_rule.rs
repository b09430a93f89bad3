//! The dependency rule of `src/lib.rs`, checked on the source text: which top-level module may name
//! which other one.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Module and the modules it may use. `error`, `files` and `text` are open to all.
const ALLOWED: [(&str, &[&str]); 23] = [
    ("addons", &["archive", "manifest", "template", "yaml"]),
    ("archive", &[]),
    ("aws", &["deploy", "manifest", "store", "template"]),
    ("cdk", &["deploy", "programs"]),
    ("cli", &["aws", "cdk", "context", "deploy", "docker", "git", "image", "ui", "workspace"]),
    ("context", &[]),
    ("custom_resources", &["archive"]),
    (
        "deploy",
        &[
            "addons",
            "custom_resources",
            "diff",
            "git",
            "image",
            "manifest",
            "store",
            "template",
            "workspace",
            "yaml",
        ],
    ),
    ("diff", &["template", "yaml"]),
    ("docker", &["deploy", "image", "programs"]),
    ("error", &[]),
    ("files", &[]),
    ("git", &["programs"]),
    ("image", &["git", "manifest", "workspace"]),
    ("lib", &[]),
    ("main", &["cli"]),
    ("manifest", &["yaml"]),
    ("programs", &[]),
    ("store", &[]),
    ("template", &["manifest", "yaml"]),
    ("text", &[]),
    ("ui", &["context", "deploy", "diff"]),
    ("workspace", &["manifest", "yaml"]),
];

/// Modules of the pure domain and what they must not contain.
const PURE: [&str; 4] = ["diff", "manifest", "template", "yaml"];
const IMPURE: [&str; 10] = [
    "crate::files",
    "async fn",
    ".await",
    "std::fs",
    "std::io",
    "std::net",
    "std::process",
    "tokio::",
    "aws_sdk",
    "console::",
];

fn sources(dir: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            // Folders of unit tests may look at everything.
            if path.file_name().unwrap() != "tests" {
                sources(&path, found);
            }
        } else if path.extension().is_some_and(|e| e == "rs") && !is_test(&path) {
            found.push(path);
        }
    }
}

/// Files that hold unit tests only.
fn is_test(path: &Path) -> bool {
    let name = path.file_stem().unwrap().to_str().unwrap();
    matches!(name, "tests" | "testing") || name.ends_with("_tests")
}

/// Code without comments and without the unit tests at the end of a file.
fn code(path: &Path) -> String {
    let text = std::fs::read_to_string(path).unwrap();
    let text = text.split("#[cfg(test)]").next().unwrap();
    text.lines().map(|line| line.split("//").next().unwrap()).collect::<Vec<_>>().join("\n")
}

fn top_level(path: &Path, root: &Path) -> String {
    let first = path.strip_prefix(root).unwrap().iter().next().unwrap();
    first.to_str().unwrap().trim_end_matches(".rs").to_owned()
}

/// Top-level modules named after `crate::` or `copilot::`, also inside `use crate::{a, b::c}`.
fn named(code: &str) -> BTreeSet<String> {
    let ident =
        |text: &str| text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect::<String>();
    let mut names = BTreeSet::new();
    for (at, prefix) in code.match_indices("crate::").chain(code.match_indices("copilot::")) {
        let rest = &code[at + prefix.len()..];
        match rest.strip_prefix('{') {
            None => drop(names.insert(ident(rest))),
            Some(group) => {
                let (mut depth, mut start) = (0, true);
                for (i, c) in group.char_indices() {
                    match c {
                        '{' => depth += 1,
                        '}' if depth == 0 => break,
                        '}' => depth -= 1,
                        ',' if depth == 0 => start = true,
                        c if start && !c.is_whitespace() => {
                            names.insert(ident(&group[i..]));
                            start = false;
                        }
                        _ => {}
                    }
                }
            }
        }
    }
    names
}

#[test]
fn modules_use_only_what_lies_below_them() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    sources(&root, &mut files);
    assert!(files.len() > 30, "the source files were not found");
    let mut violations = Vec::new();
    for path in &files {
        let module = top_level(path, &root);
        let shown = path.strip_prefix(&root).unwrap().display().to_string();
        let code = code(path);
        let known: Vec<&str> = ALLOWED.iter().map(|(name, _)| *name).chain(["yaml"]).collect();
        let allowed =
            ALLOWED.iter().find(|(name, _)| *name == module).map_or(&[][..], |(_, allowed)| allowed);
        for used in named(&code) {
            let open = used == module || matches!(used.as_str(), "error" | "files" | "text");
            if known.contains(&used.as_str()) && !open && !allowed.contains(&used.as_str()) {
                violations.push(format!("{shown} uses {used}"));
            }
        }
        if PURE.contains(&module.as_str()) {
            violations
                .extend(IMPURE.iter().filter(|w| code.contains(*w)).map(|w| format!("{shown} contains {w}")));
        }
    }
    assert!(violations.is_empty(), "the dependency rule is broken:\n{}", violations.join("\n"));
}

#[test]
fn grouped_imports_are_seen() {
    let code = "use crate::{aws, deploy::{self, events}, ui};\nuse crate::text::sanitize;";
    let found: Vec<String> = named(code).into_iter().collect();
    assert_eq!(found, ["aws", "deploy", "text", "ui"]);
}
