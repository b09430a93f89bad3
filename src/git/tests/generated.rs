//! Our answer beside that of plain git, over generated repositories.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use super::generator::{Chance, Generator};
use super::*;

/// How many repositories are made, and the first one's seed.
#[allow(clippy::disallowed_methods, reason = "a longer run on demand")]
fn range() -> (u64, u64) {
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse().ok());
    (number("COPILOT_GIT_REPOSITORIES").unwrap_or(40), number("COPILOT_GIT_SEED").unwrap_or(1))
}

/// What is counted, and what differs.
#[derive(Default)]
struct Tally {
    counts: BTreeMap<String, u64>,
    differences: Vec<String>,
}

/// What one repository gives with the git program, without it, and by plain git.
fn compare(seed: u64, tally: &Mutex<Tally>) {
    let base = tempfile::tempdir().unwrap();
    let generator =
        Generator { base: base.path(), chance: Chance::new(seed), made: Vec::new(), now: 1_600_000_000 };
    let case = generator.generate();
    // First ours: plain git writes into the repository.
    let program = ask_program(&case.dir, &case.variables);
    let library = ask_library(&case.dir, &case.variables);
    let (tag, changes) = plain(&case.dir, &case.variables);
    let expected = match (&tag, changes.as_deref()) {
        (Some(tag), Some("")) => Some(GitState::Clean { tag: tag.clone() }),
        (Some(_), Some(_)) => Some(GitState::Dirty),
        _ => None,
    };
    let kind = |state: &GitState| match state {
        GitState::Clean { .. } => "clean",
        GitState::Dirty => "dirty",
        _ => "no answer",
    };
    let mut tally = tally.lock().unwrap();
    let truth = expected.as_ref().map_or("no answer", kind);
    *tally.counts.entry(format!("git: {truth}")).or_default() += 1;
    *tally.counts.entry(format!("library: {}, git: {truth}", kind(&library))).or_default() += 1;
    let mut differs = |who: &str, state: &GitState| {
        let made = case.made.join("\n  ");
        tally
            .differences
            .push(format!("seed {seed}: {who} says {state:?}, git {tag:?} {changes:?}\n  {made}"));
    };
    if expected.as_ref().map_or(kind(&program) != "no answer", |expected| *expected != program) {
        differs("the program", &program);
    }
    // Without the program there may be no answer, but never another one.
    if kind(&library) != "no answer" && expected.as_ref() != Some(&library) {
        differs("the library", &library);
    }
}

#[test]
fn generated_repositories_are_read_as_git_reads_them() {
    let (count, first) = range();
    let (next, tally) = (AtomicU64::new(first), Mutex::new(Tally::default()));
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= first + count {
                        break;
                    }
                    compare(seed, &tally);
                }
            });
        }
    });
    let tally = tally.into_inner().unwrap();
    let counts: Vec<_> = tally.counts.iter().map(|(kind, count)| format!("{kind}: {count}")).collect();
    eprintln!("{count} repositories\n{}", counts.join("\n"));
    assert!(tally.differences.is_empty(), "{}", tally.differences.join("\n\n"));
}
