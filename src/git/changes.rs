//! Whether a working tree differs from its commit, told without the git program.
//!
//! libgit2 reads the index, the commit and the objects; the comparison is made here, because its own answers differ from
//! git's where files are ignored or converted. What only git can tell is refused.

use std::collections::{BTreeMap, HashSet};
use std::ffi::OsStr;
use std::fs::{self, Metadata};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use git2::{Config, ErrorCode, Index, IndexEntry, ObjectType, Oid, Repository, TreeWalkMode, TreeWalkResult};

use super::files::{has_carriage_return, is_as_recorded, look, read, read_linked};
use super::ignore::Patterns;

/// Bits of an index entry.
const ASSUME_UNCHANGED: u16 = 1 << 15;
const STAGE: u16 = 0b11 << 12;
const SKIP_WORKTREE: u16 = 1 << 14;
const INTENT_TO_ADD: u16 = 1 << 13;
/// Kinds of entries.
const KIND: u32 = 0o170_000;
const FILE: u32 = 0o100_000;
const LINK: u32 = 0o120_000;
const SUBMODULE: u32 = 0o160_000;

/// Whether there are changes, or why that cannot be told.
type Answer = Result<bool, String>;

/// Where the user's own files are looked for: the values of variables.
pub(super) type Variables<'a> = &'a dyn Fn(&str) -> Option<std::ffi::OsString>;

/// Whether `git status` would print anything of the files in `top`.
pub(super) fn any(repository: &Repository, top: &Path, variables: Variables<'_>) -> Answer {
    let config = repository.config().and_then(|mut config| config.snapshot()).map_err(unreadable)?;
    if config.get_bool("core.ignorecase").unwrap_or(false) {
        return Err("core.ignoreCase is set, which only the git program follows".to_owned());
    }
    let index = repository.index().map_err(unreadable)?;
    if is_staged(repository, &index)? {
        return Ok(true);
    }
    let tree = Tree { repository, top, config: &config, index: &index, variables };
    Ok(tree.has_changed_file()? || tree.has_untracked_file()?)
}

#[allow(clippy::needless_pass_by_value, reason = "`map_err` has the error itself")]
fn unreadable(error: git2::Error) -> String {
    error.message().to_owned()
}

/// Whether the index differs from the commit.
fn is_staged(repository: &Repository, index: &Index) -> Answer {
    let mut committed = BTreeMap::new();
    let tree = repository.head().and_then(|head| head.peel_to_tree()).map_err(unreadable)?;
    let walked = tree.walk(TreeWalkMode::PreOrder, |directory, entry| {
        if entry.kind() != Some(ObjectType::Tree) {
            let path = [directory.as_bytes(), entry.name_bytes()].concat();
            committed.insert(path, (u32::from_ne_bytes(entry.filemode().to_ne_bytes()), entry.id()));
        }
        TreeWalkResult::Ok
    });
    walked.map_err(unreadable)?;
    let mut entries = 0;
    for entry in index.iter() {
        if entry.path.is_empty() {
            return Err("the index is damaged".to_owned());
        }
        entries += 1;
        let same =
            committed.get(&entry.path).is_some_and(|(mode, id)| *mode == entry.mode && *id == entry.id);
        if !same || entry.flags & STAGE != 0 || entry.flags_extended & INTENT_TO_ADD != 0 {
            return Ok(true);
        }
    }
    Ok(entries != committed.len())
}

/// What git changes in a file's content before it compares it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Conversion {
    Nothing,
    /// CRLF becomes LF, in some files.
    LineEnds,
    /// Anything: filters, encodings, keywords.
    Anything,
}

struct Tree<'a> {
    repository: &'a Repository,
    top: &'a Path,
    config: &'a Config,
    index: &'a Index,
    variables: Variables<'a>,
}

impl Tree<'_> {
    fn path(&self, path: &[u8]) -> PathBuf {
        self.top.join(OsStr::from_bytes(path))
    }

    fn has_changed_file(&self) -> Answer {
        let conversion = self.conversion()?;
        let read = fs::metadata(self.repository.path().join("index")).and_then(|about| about.modified());
        let written = read.map_err(|e| format!("the index cannot be read: {e}"))?;
        let written = written.duration_since(std::time::UNIX_EPOCH).map_or(0, |since| since.as_secs());
        let mut directories = HashSet::new();
        for entry in self.index.iter() {
            if entry.flags & ASSUME_UNCHANGED != 0 {
                continue;
            }
            let path = self.path(&entry.path);
            let about = match self.is_below_links(&entry.path, &mut directories) {
                true => None,
                false => look(&path)?,
            };
            let is_left_out = entry.flags_extended & SKIP_WORKTREE != 0;
            let is_changed = match about {
                None if is_left_out => false,
                None => true,
                Some(about) => match entry.mode & KIND {
                    SUBMODULE => self.is_submodule_changed(&entry, &path, &about)?,
                    FILE => self.is_file_changed(&entry, &path, &about, conversion, written)?,
                    LINK => self.is_link_changed(&entry, &path, &about)?,
                    _ => return Err(format!("{} is of an unknown kind", shown(&entry.path))),
                },
            };
            if is_changed && is_left_out {
                return Err(format!(
                    "only the git program can tell whether {}, which a sparse checkout leaves out, counts",
                    shown(&entry.path)
                ));
            }
            if is_changed {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Whether a directory of a path is none or is a link: then the files below it are gone for git.
    fn is_below_links(&self, path: &[u8], directories: &mut HashSet<Vec<u8>>) -> bool {
        let ends = path.iter().enumerate().filter(|(_, byte)| **byte == b'/').map(|(end, _)| end);
        for directory in ends.filter_map(|end| path.get(..end)) {
            if directories.contains(directory) {
                continue;
            }
            if !fs::symlink_metadata(self.path(directory)).is_ok_and(|about| about.is_dir()) {
                return true;
            }
            directories.insert(directory.to_owned());
        }
        false
    }

    fn is_file_changed(
        &self,
        entry: &IndexEntry,
        path: &Path,
        about: &Metadata,
        conversion: Conversion,
        written: u64,
    ) -> Answer {
        if !about.is_file() {
            return self.is_of_another_kind();
        }
        let counts = self.config.get_bool("core.filemode").unwrap_or(true);
        if counts && (entry.mode & 0o100 != 0) != (about.permissions().mode() & 0o100 != 0) {
            return Ok(true);
        }
        if is_as_recorded(entry, about, written) {
            return Ok(false);
        }
        let untold = || {
            Err(format!(
                "git converts files, so that only the git program can tell whether {} has changed",
                shown(&entry.path)
            ))
        };
        if conversion == Conversion::Anything {
            return untold();
        }
        let cannot = |e: &dyn std::fmt::Display| format!("{} cannot be read: {e}", shown(&entry.path));
        if conversion == Conversion::LineEnds && has_carriage_return(path).map_err(|e| cannot(&e))? {
            return untold();
        }
        let id = Oid::hash_file(ObjectType::Blob, path).map_err(|e| cannot(&e.message()))?;
        Ok(id != entry.id)
    }

    fn is_link_changed(&self, entry: &IndexEntry, path: &Path, about: &Metadata) -> Answer {
        if !about.is_symlink() {
            return self.is_of_another_kind();
        }
        let target =
            fs::read_link(path).map_err(|e| format!("{} cannot be read: {e}", shown(&entry.path)))?;
        let id =
            Oid::hash_object(ObjectType::Blob, &target.into_os_string().into_vec()).map_err(unreadable)?;
        Ok(id != entry.id)
    }

    fn is_of_another_kind(&self) -> Answer {
        match self.config.get_bool("core.symlinks").unwrap_or(true) {
            true => Ok(true),
            false => Err("core.symlinks is off, which only the git program follows".to_owned()),
        }
    }

    fn is_submodule_changed(&self, entry: &IndexEntry, path: &Path, about: &Metadata) -> Answer {
        if !about.is_dir() {
            return self.is_of_another_kind();
        }
        let cannot = |why: &str| format!("submodule {}: {why}", shown(&entry.path));
        if look(&path.join(".git"))?.is_none() {
            return Ok(false);
        }
        let is_set = |config: &Config| {
            let mut found = config.entries(Some("submodule\\..*\\.ignore|diff\\.ignoresubmodules"))?;
            Ok::<_, git2::Error>(found.next().is_some())
        };
        let modules = self.top.join(".gitmodules");
        let modules = look(&modules)?.map(|_| Config::open(&modules)).transpose().map_err(unreadable)?;
        if is_set(self.config).map_err(unreadable)?
            || modules.as_ref().map(is_set).transpose().map_err(unreadable)?.unwrap_or(false)
        {
            return Err(cannot("changes are ignored by settings that only the git program follows"));
        }
        let module = Repository::open(path).map_err(|e| cannot(e.message()))?;
        super::working_tree::check(&module, path).map_err(|why| cannot(&why))?;
        let head = module.head().and_then(|head| head.peel_to_commit()).map_err(|e| cannot(e.message()))?;
        Ok(head.id() != entry.id || any(&module, path, self.variables).map_err(|why| cannot(&why))?)
    }

    /// What git may change in the content of this tree's files, by any file of attributes and any setting.
    fn conversion(&self) -> Result<Conversion, String> {
        // Besides yes and no there is `input`.
        let configured = match self.config.get_bool("core.autocrlf") {
            Ok(false) => Conversion::Nothing,
            Err(e) if e.code() == ErrorCode::NotFound => Conversion::Nothing,
            _ => Conversion::LineEnds,
        };
        let mut files = HashSet::from([
            self.top.join(".gitattributes"),
            self.repository.commondir().join("info/attributes"),
            PathBuf::from("/etc/gitattributes"),
        ]);
        files.extend(self.user_file("core.attributesfile", "attributes"));
        for entry in self.index.iter() {
            let ends = entry.path.iter().enumerate().filter(|(_, byte)| **byte == b'/').map(|(end, _)| end);
            for directory in ends.filter_map(|end| entry.path.get(..end)) {
                files.insert(self.path(directory).join(".gitattributes"));
            }
        }
        let mut conversion = configured;
        for file in files {
            if let Some(content) = read(&file)? {
                let words = content.split(u8::is_ascii_whitespace);
                conversion = words.map(attribute).fold(conversion, Conversion::max);
            } else if self.is_left_out(&file) {
                conversion = Conversion::Anything;
            }
        }
        Ok(conversion)
    }

    /// Whether git would read a file from the index because a sparse checkout leaves it out.
    fn is_left_out(&self, file: &Path) -> bool {
        let entry = file.strip_prefix(self.top).ok().and_then(|path| self.index.get_path(path, 0));
        entry.is_some_and(|entry| entry.flags_extended & SKIP_WORKTREE != 0)
    }

    /// A file that a setting names, or the one below `~/.config/git`.
    fn user_file(&self, setting: &str, name: &str) -> Option<PathBuf> {
        if let Ok(path) = self.config.get_path(setting) {
            return Some(self.top.join(path));
        }
        let given = |name: &str| (self.variables)(name).filter(|value| !value.is_empty()).map(PathBuf::from);
        let home = given("XDG_CONFIG_HOME").or_else(|| given("HOME").map(|home| home.join(".config")))?;
        Some(home.join("git").join(name))
    }

    fn has_untracked_file(&self) -> Answer {
        match self.config.get_string("status.showuntrackedfiles").ok().as_deref() {
            None | Some("normal" | "all" | "true") => {}
            Some("no" | "false") => return Ok(false),
            Some(_) => {
                return Err(
                    "status.showUntrackedFiles has a value that only the git program knows".to_owned()
                );
            }
        }
        let mut stack = Vec::new();
        // The last that fits decides; those of the tree are looked at before these.
        let own = self.user_file("core.excludesfile", "ignore");
        let repositorys = self.repository.commondir().join("info/exclude");
        for file in own.into_iter().chain([repositorys]) {
            stack.push(Patterns::parse(b"", &read_linked(&file)?.unwrap_or_default()));
        }
        let tracked = self.index.iter().map(|entry| (entry.path, entry.mode & KIND == SUBMODULE)).collect();
        self.has_untracked_file_in(b"", &tracked, &mut stack)
    }

    /// Looks through a directory, whose path is empty or ends in `/`.
    fn has_untracked_file_in(
        &self,
        directory: &[u8],
        tracked: &BTreeMap<Vec<u8>, bool>,
        stack: &mut Vec<Patterns>,
    ) -> Answer {
        let path = self.path(directory);
        let file = path.join(".gitignore");
        let content = read(&file)?;
        if content.is_none() && self.is_left_out(&file) {
            return Err(format!(
                "only the git program reads {} from the index",
                shown(file.as_os_str().as_bytes())
            ));
        }
        stack.push(Patterns::parse(directory, &content.unwrap_or_default()));
        let cannot = |e| format!("{} cannot be read: {e}", path.display());
        for entry in fs::read_dir(&path).map_err(cannot)? {
            let entry = entry.map_err(cannot)?;
            let name = entry.file_name();
            if name == ".git" {
                // Of an untracked repository nothing is told but that it is there.
                if directory.is_empty() {
                    continue;
                }
                return Ok(true);
            }
            let kind = entry.file_type().map_err(cannot)?;
            let mut path = [directory, name.as_bytes()].concat();
            let known = tracked.get(&path);
            // Git passes over everything else, such as sockets.
            let counts = kind.is_dir() || kind.is_file() || kind.is_symlink();
            if !counts || known.is_some_and(|is_submodule| *is_submodule || !kind.is_dir()) {
                continue;
            }
            if stack.iter().rev().find_map(|patterns| patterns.ignores(&path, kind.is_dir())) == Some(true) {
                continue;
            }
            if !kind.is_dir() {
                return Ok(true);
            }
            path.push(b'/');
            if self.has_untracked_file_in(&path, tracked, stack)? {
                return Ok(true);
            }
        }
        stack.pop();
        Ok(false)
    }
}

/// What an attribute means for a file's content.
fn attribute(word: &[u8]) -> Conversion {
    let word = word.strip_prefix(b"-").or_else(|| word.strip_prefix(b"!")).unwrap_or(word);
    match word.split(|byte| *byte == b'=').next() {
        Some(b"filter" | b"ident" | b"working-tree-encoding") => Conversion::Anything,
        Some(b"text" | b"eol" | b"crlf") => Conversion::LineEnds,
        _ => Conversion::Nothing,
    }
}

fn shown(path: &[u8]) -> String {
    String::from_utf8_lossy(path).into_owned()
}
