//! Reading the git repository a job is deployed from.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;

use git2::{DescribeFormatOptions, DescribeOptions, ErrorCode, Repository, Status, StatusOptions};

/// Bit of a git index entry's extended flags: a sparse checkout leaves the file out.
const SKIP_WORKTREE: u16 = 1 << 14;
/// git's shortest abbreviation of a commit.
const MIN_ABBREVIATION: u32 = 7;

/// What an image tag can be made from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GitState {
    /// Nothing to describe: no repository, one without commits, or one that cannot be read.
    NotARepository,
    /// The repository belongs to another user, and git's setting `safe.directory` does not allow to read it.
    Untrusted,
    /// There are changes, or untracked files that are not ignored.
    Dirty,
    /// Exactly a commit.
    Clean {
        /// As `git describe --always` prints it: an annotated tag (`v1.2`), the nearest one with
        /// distance and commit (`v1.2-3-gabc1234`), or the abbreviated commit.
        tag: String,
    },
}

/// Describes the repository that contains `dir`, as `git describe --always` and
/// `git status --porcelain` do, without needing git (`spec/deploy.md` §5.5.2).
///
/// A tree whose status cannot be determined counts as dirty: a tag that names a commit must not be
/// given to anything else.
pub fn describe(dir: &Path) -> GitState {
    let repository = match Repository::discover(dir) {
        Ok(repository) => repository,
        Err(error) if error.code() == ErrorCode::Owner => return GitState::Untrusted,
        Err(_) => return GitState::NotARepository,
    };
    let Some(tag) = describe_head(&repository) else {
        return GitState::NotARepository;
    };
    if !repository.is_bare() && is_dirty(&repository).unwrap_or(true) {
        return GitState::Dirty;
    }
    GitState::Clean { tag }
}

fn describe_head(repository: &Repository) -> Option<String> {
    let mut format = DescribeFormatOptions::new();
    format.abbreviated_size(abbreviation(repository));
    let mut options = DescribeOptions::new();
    options.show_commit_oid_as_fallback(true);
    // The commit and not the working tree: that would look for changes, once more and not in bare repositories.
    let head = repository.revparse_single("HEAD").ok()?;
    head.describe(&options).ok()?.format(Some(&format)).ok()
}

fn is_dirty(repository: &Repository) -> Result<bool, git2::Error> {
    let config = repository.config()?;
    let untracked = config.get_string("status.showUntrackedFiles");
    let hide_untracked = untracked.is_ok_and(|value| matches!(value.as_str(), "no" | "false" | "off" | "0"));
    let mut options = StatusOptions::new();
    options.include_untracked(!hide_untracked);
    let index = repository.index()?;
    let statuses = repository.statuses(Some(&mut options))?;
    // libgit2 calls files deleted that a sparse checkout leaves out.
    let is_left_out = |path: &[u8]| {
        std::str::from_utf8(path)
            .ok()
            .and_then(|path| index.get_path(Path::new(path), 0))
            .is_some_and(|entry| entry.flags_extended & SKIP_WORKTREE != 0)
    };
    Ok(statuses.iter().any(|entry| entry.status() != Status::WT_DELETED || !is_left_out(entry.path_bytes())))
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

#[cfg(test)]
mod tests {
    use std::fs;
    use std::process::Command;

    use super::*;

    /// Runs git, with a configuration of its own.
    fn git(dir: &Path, args: &[&str]) -> String {
        let output = Command::new("git")
            .current_dir(dir)
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_CONFIG_SYSTEM", "/dev/null")
            .args(["-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "protocol.file.allow=always"])
            .args(args)
            .output()
            .unwrap();
        assert!(output.status.success(), "git {args:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    fn repository() -> tempfile::TempDir {
        let dir = tempfile::tempdir().unwrap();
        git(dir.path(), &["init", "-q"]);
        dir
    }

    fn commit(dir: &Path, name: &str) {
        fs::write(dir.join(name), name).unwrap();
        git(dir, &["add", "-A"]);
        git(dir, &["commit", "-q", "-m", name]);
    }

    fn clean(dir: &Path) -> GitState {
        GitState::Clean { tag: git(dir, &["describe", "--always"]) }
    }

    #[test]
    fn nothing_to_describe() {
        let dir = tempfile::tempdir().unwrap();
        assert_eq!(describe(dir.path()), GitState::NotARepository);
        assert_eq!(describe(&dir.path().join("missing")), GitState::NotARepository);
        assert_eq!(describe(repository().path()), GitState::NotARepository, "no commits yet");
    }

    #[test]
    fn describes_like_git() {
        let dir = repository();
        commit(dir.path(), "a");
        let state = describe(dir.path());
        assert_eq!(state, clean(dir.path()));
        assert!(matches!(state, GitState::Clean { tag } if tag.len() == 7));
        git(dir.path(), &["tag", "lightweight"]);
        assert_eq!(describe(dir.path()), clean(dir.path()), "lightweight tags do not count");
        git(dir.path(), &["tag", "-a", "release/1.2", "-m", "x"]);
        assert_eq!(describe(dir.path()), GitState::Clean { tag: "release/1.2".to_owned() });
        commit(dir.path(), "b");
        let state = describe(dir.path());
        assert_eq!(state, clean(dir.path()));
        assert!(matches!(&state, GitState::Clean { tag } if tag.starts_with("release/1.2-1-g")), "{state:?}");
        fs::create_dir(dir.path().join("sub")).unwrap();
        assert_eq!(describe(&dir.path().join("sub")), state, "from a directory below");
        git(dir.path(), &["config", "core.abbrev", "12"]);
        assert_eq!(describe(dir.path()), clean(dir.path()));
        git(dir.path(), &["gc", "-q"]);
        git(dir.path(), &["checkout", "-q", "--detach"]);
        assert_eq!(describe(dir.path()), clean(dir.path()), "packed and detached");
    }

    #[test]
    fn dirty_trees() {
        let dir = repository();
        let file = dir.path().join("a");
        commit(dir.path(), "a");
        let state = clean(dir.path());

        fs::write(dir.path().join("untracked"), "").unwrap();
        assert_eq!(describe(dir.path()), GitState::Dirty);
        git(dir.path(), &["config", "status.showUntrackedFiles", "no"]);
        assert_eq!(describe(dir.path()), state);
        git(dir.path(), &["config", "--unset", "status.showUntrackedFiles"]);
        fs::write(dir.path().join(".git/info/exclude"), "untracked").unwrap();
        assert_eq!(describe(dir.path()), state);

        fs::write(&file, "changed").unwrap();
        assert_eq!(describe(dir.path()), GitState::Dirty);
        git(dir.path(), &["add", "a"]);
        assert_eq!(describe(dir.path()), GitState::Dirty, "staged");
        git(dir.path(), &["reset", "-q", "--hard"]);
        assert_eq!(describe(dir.path()), state);
        fs::remove_file(&file).unwrap();
        assert_eq!(describe(dir.path()), GitState::Dirty, "deleted");
    }

    #[test]
    fn worktrees_sparse_checkouts_and_submodules() {
        let dir = repository();
        let main = dir.path().join("main");
        fs::create_dir(&main).unwrap();
        git(&main, &["init", "-q"]);
        commit(&main, "a");
        git(&main, &["tag", "-a", "v1", "-m", "x"]);

        git(&main, &["worktree", "add", "-q", "../tree", "-b", "other"]);
        let tree = dir.path().join("tree");
        assert_eq!(describe(&tree), GitState::Clean { tag: "v1".to_owned() });
        commit(&tree, "b");
        assert_eq!(describe(&tree), clean(&tree));
        assert_eq!(describe(&main), GitState::Clean { tag: "v1".to_owned() });

        git(&tree, &["update-index", "--skip-worktree", "b"]);
        fs::remove_file(tree.join("b")).unwrap();
        assert_eq!(describe(&tree), clean(&tree), "left out by a sparse checkout");

        git(&main, &["submodule", "--quiet", "add", "../tree", "module"]);
        git(&main, &["commit", "-q", "-m", "module"]);
        assert_eq!(describe(&main), clean(&main));
        assert_eq!(describe(&main.join("module")), clean(&main.join("module")));
        fs::write(main.join("module/a"), "changed").unwrap();
        assert_eq!(describe(&main), GitState::Dirty, "changed within the submodule");
    }

    #[test]
    fn repositories_of_other_users_are_told_apart() {
        let dir = repository();
        commit(dir.path(), "a");
        let chown = |path: &Path| std::os::unix::fs::chown(path, Some(12345), None);
        // Only root can give files away.
        if chown(dir.path()).is_ok() {
            chown(&dir.path().join(".git")).unwrap();
            assert_eq!(describe(dir.path()), GitState::Untrusted);
        }
    }

    #[test]
    fn shallow_clones_and_bare_repositories() {
        let dir = repository();
        commit(dir.path(), "a");
        git(dir.path(), &["tag", "-a", "release/1.0", "-m", "x"]);
        commit(dir.path(), "b");
        commit(dir.path(), "c");
        let source = format!("file://{}", dir.path().display());
        let clones = tempfile::tempdir().unwrap();
        let clone = |name: &str, flags: &[&str]| {
            let flags = [&["clone", "-q"], flags, &[&source, name]].concat();
            git(clones.path(), &flags);
            clones.path().join(name)
        };
        // The tag is beyond the clone's history, so the commit it is.
        let shallow = clone("shallow", &["--depth", "1"]);
        assert_eq!(describe(&shallow), clean(&shallow));
        let deeper = clone("deeper", &["--depth", "3"]);
        git(&deeper, &["fetch", "-q", "--tags"]);
        let state = describe(&deeper);
        assert_eq!(state, clean(&deeper));
        assert!(matches!(&state, GitState::Clean { tag } if tag.starts_with("release/1.0-2-g")), "{state:?}");
        let bare = clone("bare", &["--bare"]);
        assert_eq!(describe(&bare), clean(&bare));
    }

    #[test]
    fn broken_repositories_do_not_panic() {
        for (path, content) in [
            ("HEAD", "nonsense"),
            ("HEAD", "ref: refs/heads/gone\n"),
            ("config", "[broken"),
            ("index", "DIRC\0\0\0\x02broken"),
        ] {
            let dir = repository();
            commit(dir.path(), "a");
            fs::write(dir.path().join(".git").join(path), content).unwrap();
            let state = describe(dir.path());
            assert!(!matches!(state, GitState::Clean { .. }), "{path}: {state:?}");
        }
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join(".git"), "gitdir: /nonexistent").unwrap();
        assert_eq!(describe(dir.path()), GitState::NotARepository);
    }
}
