//! The workflows under `.github/`: what a foreign action or a dependency's build script could do there.

use std::path::Path;

use copilot::yaml::{Kind, Node, load};

fn workflows() -> Vec<(String, Node)> {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join(".github/workflows");
    let mut found: Vec<(String, Node)> = std::fs::read_dir(dir)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .map(|path| {
            let text = std::fs::read_to_string(&path).unwrap();
            (path.file_name().unwrap().to_string_lossy().into_owned(), load(&text).unwrap().unwrap())
        })
        .collect();
    found.sort_by(|a, b| a.0.cmp(&b.0));
    assert_eq!(found.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(), ["ci.yml", "release.yml"]);
    found
}

fn entries(node: &Node) -> Vec<(&str, &Node)> {
    match &node.kind {
        Kind::Mapping(entries) => {
            entries.iter().map(|(key, value)| (key.as_text().unwrap(), value)).collect()
        }
        _ => panic!("no mapping: {node:?}"),
    }
}

fn steps(job: &Node) -> &[Node] {
    match &job.get("steps").unwrap().kind {
        Kind::Sequence(steps) => steps,
        _ => panic!("no steps: {job:?}"),
    }
}

fn writes(permissions: Option<&Node>) -> bool {
    permissions.is_some_and(|node| entries(node).iter().any(|(_, value)| value.as_text() == Some("write")))
}

/// A tag of an action can be moved to other code; a commit cannot.
#[test]
fn actions_are_pinned_to_commits() {
    for (file, workflow) in workflows() {
        for (name, job) in entries(workflow.get("jobs").unwrap()) {
            for action in steps(job).iter().filter_map(|step| step.get("uses")?.as_text()) {
                let commit = action.split_once('@').unwrap().1;
                let pinned = commit.len() == 40 && commit.bytes().all(|byte| byte.is_ascii_hexdigit());
                assert!(pinned, "{file}, job {name}: {action}");
            }
        }
    }
}

/// Whoever smuggles code into a dependency must not get a token that can replace releases.
#[test]
fn jobs_that_run_code_of_dependencies_cannot_write() {
    let mut publishing = Vec::new();
    for (file, workflow) in workflows() {
        assert!(!writes(workflow.get("permissions")), "{file}: the default is to read");
        for (name, job) in entries(workflow.get("jobs").unwrap()) {
            if !writes(job.get("permissions")) {
                continue;
            }
            publishing.push(format!("{file}: {name}"));
            for command in steps(job).iter().filter_map(|step| step.get("run")?.as_text()) {
                assert!(command.starts_with("gh release create "), "{file}, job {name}: {command}");
            }
        }
    }
    assert_eq!(publishing, ["release.yml: publish"]);
}

/// libgit2 of the machine would be another one than the one that was tested.
#[test]
fn libgit2_is_part_of_the_program() {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml");
    let text = std::fs::read_to_string(manifest).unwrap();
    let git2 = text.lines().find(|line| line.starts_with("git2 = ")).unwrap();
    assert!(git2.contains(r#""vendored-libgit2""#), "{git2}");
}
