//! The `git` program's own answer: `git describe --always` and `git status --porcelain`, side by side.

use std::path::Path;

use tokio::process::Command;

use super::place::{Found, Place, bare_reason, locate};
use super::process::{Answer, Ended, ask};
use super::{GitState, Surroundings};
use crate::programs::Programs;

/// Bytes of what `git describe` prints; names of tags are file names.
const LONGEST_TAG: u64 = 4096;
/// Settings that keep git from running programs nobody asked for. They win over all others, and reach the `git` that
/// looks into submodules. Renames do not decide whether there are changes, and looking for them may fetch objects.
const SETTINGS: [&str; 5] = [
    // Empty and not `false`, which versions before 2.36 would run as a program.
    "core.fsmonitor=",
    "core.hooksPath=/dev/null",
    "safe.bareRepository=explicit",
    "status.renames=false",
    "diff.renames=false",
];
/// The same by environment: nothing is asked, written or fetched.
const VARIABLES: [(&str, &str); 5] = [
    ("GIT_TERMINAL_PROMPT", "0"),
    ("GIT_ASKPASS", ""),
    ("GIT_OPTIONAL_LOCKS", "0"),
    ("GIT_NO_LAZY_FETCH", "1"),
    // Versions before 2.45 do not know the former: no protocol is allowed, so nothing can be fetched.
    ("GIT_ALLOW_PROTOCOL", "none"),
];

/// Asks the program about the repository that contains the working directory.
pub(super) async fn describe(program: &Path, programs: &Programs, around: &Surroundings<'_>) -> GitState {
    let is_set = |name: &str| (around.var)(name).is_some();
    let is_named = is_set("GIT_DIR");
    let place = locate(around.dir);
    let from = match &place {
        _ if is_named => around.dir,
        Place::Found(Found { from, .. }) => from,
        Place::Bare(dir) => return GitState::Unreadable(bare_reason(dir)),
        Place::Nowhere => return GitState::NotARepository,
    };
    let run = |words: [&str; 2], locale: Option<&str>, most: u64| {
        let mut command = Command::new(program);
        command.arg("--no-pager").args(SETTINGS.iter().flat_map(|setting| ["-c", setting])).args(words);
        command.current_dir(from).envs(VARIABLES).envs(locale.map(|locale| ("LC_ALL", locale)));
        // Filters of the repository are looked up there, and the repository is where git stands.
        command.env("PATH", programs.path());
        ask(command, "git", around.limit, most)
    };
    // The locale is for messages alone, which are told apart below. `git status` keeps the user's: filters may need it.
    let described = run(["describe", "--always"], Some("C"), LONGEST_TAG);
    // Of the changes nothing counts but that there are some.
    let status = run(["status", "--porcelain"], None, 0);
    let (described, status) = tokio::join!(described, status);
    let tag = match described {
        Err(reason) => return GitState::Unreadable(reason),
        Ok(Answer::TooLong) => {
            return GitState::Unreadable("`git describe --always` printed more than a tag".to_owned());
        }
        Ok(Answer::Ended(ended)) if ended.status.success() => {
            String::from_utf8_lossy(&ended.stdout).trim().to_owned()
        }
        Ok(Answer::Ended(ended)) => {
            return not_described(&ended, is_set("GIT_CEILING_DIRECTORIES"));
        }
    };
    match status {
        Err(reason) => GitState::Unreadable(reason),
        Ok(Answer::TooLong) => GitState::Dirty,
        Ok(Answer::Ended(ended)) if !ended.status.success() => {
            GitState::Unreadable(format!("`git status` failed: {}", ended.complaint()))
        }
        Ok(Answer::Ended(_)) if tag.is_empty() => {
            GitState::Unreadable("`git describe --always` printed nothing".to_owned())
        }
        Ok(Answer::Ended(_)) => GitState::Clean { tag },
    }
}

/// What it means that `git describe` failed. There is a repository, unless the user hides it.
fn not_described(ended: &Ended, may_be_hidden: bool) -> GitState {
    let says = |text: &str| ended.stderr.contains(text);
    // The second is how versions before 2.35.3 say it.
    if says("detected dubious ownership") || says("unsafe repository (") {
        return GitState::Untrusted;
    }
    if says("not a git repository (or any") && may_be_hidden {
        return GitState::NotARepository;
    }
    if says("Not a valid object name HEAD") {
        return GitState::Unreadable(super::NO_COMMIT.to_owned());
    }
    GitState::Unreadable(format!("`git describe` failed: {}", ended.complaint()))
}
