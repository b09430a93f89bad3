//! Reading a repository where there is no git program, in a process of its own: libgit2 may crash or hang on a damaged
//! one, and nothing may take the deployment along.

use std::ffi::OsString;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;

use git2::{DescribeFormatOptions, DescribeOptions, ErrorCode, Repository};
use tokio::process::Command;

use super::place::{Found, Place, bare_reason, locate};
use super::process::{Answer, ask};
use super::{GitState, Surroundings};

/// First argument of the process, which nobody types.
pub(super) const ARGUMENT: &str = "--read-git-repository";
/// Bytes of its answer.
const LONGEST_ANSWER: u64 = 64 * 1024;
/// git's shortest abbreviation of a commit.
const MIN_ABBREVIATION: u32 = 7;
/// Variables that decide what git reads.
const VARIABLES: [&str; 21] = [
    "GIT_DIR",
    "GIT_WORK_TREE",
    "GIT_COMMON_DIR",
    "GIT_INDEX_FILE",
    "GIT_OBJECT_DIRECTORY",
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_NAMESPACE",
    "GIT_CEILING_DIRECTORIES",
    "GIT_DISCOVERY_ACROSS_FILESYSTEM",
    "GIT_CONFIG",
    "GIT_CONFIG_GLOBAL",
    "GIT_CONFIG_SYSTEM",
    "GIT_CONFIG_NOSYSTEM",
    "GIT_CONFIG_COUNT",
    "GIT_CONFIG_PARAMETERS",
    "GIT_ATTR_SOURCE",
    "GIT_ATTR_NOSYSTEM",
    "GIT_REPLACE_REF_BASE",
    "GIT_NO_REPLACE_OBJECTS",
    "GIT_GRAFT_FILE",
    "GIT_SHALLOW_FILE",
];

/// Asks a process of its own.
pub(super) async fn describe(around: &Surroundings<'_>) -> GitState {
    // Most often there is nothing to read, and no process to start.
    if locate(around.dir) == Place::Nowhere && (around.var)("GIT_DIR").is_none() {
        return GitState::NotARepository;
    }
    let Some(program) = &around.own_program else {
        return GitState::Unreadable("there is no git program".to_owned());
    };
    let mut command = Command::new(program);
    command.arg(ARGUMENT).current_dir(around.dir);
    match ask(command, "the reader of the git repository", around.limit, LONGEST_ANSWER).await {
        Err(reason) => GitState::Unreadable(reason),
        Ok(Answer::TooLong) => {
            GitState::Unreadable("the reader of the git repository printed too much".to_owned())
        }
        Ok(Answer::Ended(ended)) if !ended.status.success() => GitState::Unreadable(format!(
            "the git repository is damaged: its reader ended with {}",
            ended.status
        )),
        Ok(Answer::Ended(ended)) => parse(&String::from_utf8_lossy(&ended.stdout)),
    }
}

/// What the process prints.
pub(super) fn print(state: &GitState) -> String {
    match state {
        GitState::NotARepository => "none\n".to_owned(),
        GitState::Untrusted => "untrusted\n".to_owned(),
        GitState::Dirty => "dirty\n".to_owned(),
        GitState::Unreadable(reason) => format!("unreadable {reason}\n"),
        GitState::Clean { tag } => format!("clean {tag}\n"),
    }
}

fn parse(answer: &str) -> GitState {
    let answer = answer.strip_suffix('\n').unwrap_or_default();
    match answer.split_once(' ') {
        None if answer == "none" => GitState::NotARepository,
        None if answer == "untrusted" => GitState::Untrusted,
        None if answer == "dirty" => GitState::Dirty,
        Some(("unreadable", reason)) => GitState::Unreadable(reason.to_owned()),
        Some(("clean", tag)) => GitState::Clean { tag: tag.to_owned() },
        _ => GitState::Unreadable("the reader of the git repository gave no answer".to_owned()),
    }
}

/// Reads the repository that contains `dir`. A tag that names a commit is given to nothing else: where it is open
/// what git would say, the reason is given instead.
pub(super) fn read(dir: &Path, var: &dyn Fn(&str) -> Option<OsString>) -> GitState {
    let place = locate(dir);
    if place == Place::Nowhere && var("GIT_DIR").is_none() {
        return GitState::NotARepository;
    }
    if let Some(name) = VARIABLES.iter().find(|name| var(name).is_some()) {
        return untold(&format!("the variable {name} is set"));
    }
    let Found { top, from } = match place {
        Place::Nowhere => return GitState::NotARepository,
        Place::Bare(dir) => return GitState::Unreadable(bare_reason(&dir)),
        Place::Found(found) => found,
    };
    let repository = match Repository::discover(from) {
        Ok(repository) => repository,
        Err(error) if error.code() == ErrorCode::Owner => return GitState::Untrusted,
        Err(error) => return untold(error.message()),
    };
    let read = super::working_tree::check(&repository, &top).and_then(|()| {
        let tag = describe_head(&repository)?;
        Ok(match has_changes(&repository, &top, var)? {
            true => GitState::Dirty,
            false => GitState::Clean { tag },
        })
    });
    read.unwrap_or_else(|reason| {
        if reason == super::NO_COMMIT { GitState::Unreadable(reason) } else { untold(&reason) }
    })
}

/// Without the git program it is open what git would say.
fn untold(reason: &str) -> GitState {
    let is_sha256 = reason.contains("objectformat") || reason.contains("object format");
    let reason = if is_sha256 { "its objects are named by SHA-256" } else { reason };
    let reason = crate::text::one_line(reason);
    GitState::Unreadable(format!("the repository cannot be read without the git program: {reason}"))
}

#[cfg(unix)]
fn has_changes(
    repository: &Repository,
    top: &Path,
    var: &dyn Fn(&str) -> Option<OsString>,
) -> Result<bool, String> {
    super::changes::any(repository, top, var)
}

#[cfg(not(unix))]
fn has_changes(_: &Repository, _: &Path, _: &dyn Fn(&str) -> Option<OsString>) -> Result<bool, String> {
    Err("files are compared on Unix only".to_owned())
}

fn describe_head(repository: &Repository) -> Result<String, String> {
    let mut format = DescribeFormatOptions::new();
    format.abbreviated_size(abbreviation(repository));
    let mut options = DescribeOptions::new();
    options.show_commit_oid_as_fallback(true);
    // The commit and not the working tree: that would look for changes once more.
    let head = repository.revparse_single("HEAD").map_err(|e| match e.code() {
        ErrorCode::NotFound if repository.head().is_err_and(|e| e.code() == ErrorCode::UnbornBranch) => {
            super::NO_COMMIT.to_owned()
        }
        _ => e.message().to_owned(),
    })?;
    let described = head.describe(&options).and_then(|described| described.format(Some(&format)));
    described.map_err(|e| e.message().to_owned())
}

/// How many digits git gives an abbreviated commit: `core.abbrev`, else by the number of packed
/// objects, so that a repository's abbreviations stay unique as it grows. (libgit2 lengthens what
/// is not unique.)
fn abbreviation(repository: &Repository) -> u32 {
    let configured = repository.config().and_then(|config| config.get_string("core.abbrev")).ok();
    match configured.as_deref() {
        Some("no" | "off" | "false") => return 40,
        Some(digits) => {
            if let Ok(digits) = digits.parse::<u32>() {
                return digits.clamp(4, 40);
            }
        }
        None => {}
    }
    let objects = packed_objects(&repository.commondir().join("objects/pack"));
    let bits = u64::BITS - objects.leading_zeros();
    bits.div_ceil(2).max(MIN_ABBREVIATION)
}

/// Counts objects by the pack indexes' totals; a pack that cannot be read counts nothing.
fn packed_objects(packs: &Path) -> u64 {
    let Ok(entries) = std::fs::read_dir(packs) else { return 0 };
    entries
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "idx"))
        .filter_map(|path| objects_of(&path))
        .sum()
}

/// The last of the 256 cumulative counts of a version 2 index, behind magic number and version.
fn objects_of(index: &Path) -> Option<u64> {
    let mut file = File::open(index).ok()?;
    let mut word = [0; 4];
    file.read_exact(&mut word).ok()?;
    if word != [0xff, b't', b'O', b'c'] {
        return None;
    }
    file.seek(SeekFrom::Start(8 + 255 * 4)).ok()?;
    file.read_exact(&mut word).ok()?;
    Some(u64::from(u32::from_be_bytes(word)))
}
