//! Which part of a directory BuildKit wants: the sources of the Dockerfile's `COPY` lines, as paths with
//! wildcards. More than that may be sent, less may not; so whatever would need to match wildcards in the middle
//! makes everything wanted.

use std::path::{Path, PathBuf};

use crate::image::tree::resolve;

/// The wanted paths.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Wanted(Option<Vec<String>>);

impl Wanted {
    /// Reads the patterns; none at all means everything.
    pub(crate) fn new(root: &Path, patterns: &[String]) -> Self {
        if patterns.is_empty() {
            return Self(None);
        }
        let covers: Option<Vec<_>> = patterns.iter().map(|pattern| covers(root, pattern)).collect();
        Self(covers.map(|covers| covers.into_iter().flatten().collect()))
    }

    /// Whether something at, above or below the path is wanted.
    pub(crate) fn has(&self, path: &str) -> bool {
        let Some(wanted) = &self.0 else { return true };
        let below = |inner: &str, outer: &str| {
            inner.strip_prefix(outer).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        wanted.iter().any(|one| below(path, one) || below(one, path))
    }
}

/// The paths that cover all matches of a pattern, with the links on the way to them; `None` when that is
/// everything.
fn covers(root: &Path, pattern: &str) -> Option<Vec<String>> {
    let cleaned = crate::image::ignore::clean(pattern);
    let cleaned = cleaned.trim_start_matches('/');
    if cleaned.is_empty() || cleaned.starts_with(['!', '.']) && !is_name(cleaned) {
        return None;
    }
    let names: Vec<&str> = cleaned.split('/').collect();
    let plain = names.iter().take_while(|name| !name.contains(['*', '?', '[', '\\'])).count();
    let (links, covered) = resolve(root, &names.iter().take(plain).collect::<PathBuf>())?;
    // A match that is a link leads somewhere else.
    let is_whole = plain == names.len();
    if covered.as_os_str().is_empty()
        || !is_whole && (plain + 1 != names.len() || holds_links(&root.join(&covered)))
    {
        return None;
    }
    let paths = links.into_iter().chain([covered]);
    paths.map(|path| path.to_str().map(str::to_owned)).collect()
}

/// Whether a path that starts with a dot is a name such as `.npmrc`, not `.` or `..`.
fn is_name(path: &str) -> bool {
    !path.starts_with('!') && path.split('/').next().is_some_and(|first| first != "." && first != "..")
}

fn holds_links(directory: &Path) -> bool {
    let Ok(entries) = std::fs::read_dir(directory) else { return false };
    entries.flatten().any(|entry| entry.file_type().is_ok_and(|kind| kind.is_symlink()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_surely_covers_a_pattern_is_left() {
        let dir = tempfile::tempdir().unwrap();
        for name in ["src", "linked"] {
            std::fs::create_dir(dir.path().join(name)).unwrap();
        }
        for (target, name) in [
            ("../src", "linked/x"),
            ("src", "link"),
            ("/linked/x", "absolute"),
            ("../../../src/a", "outside"),
            ("loop", "loop"),
            (".", "here"),
        ] {
            std::os::unix::fs::symlink(target, dir.path().join(name)).unwrap();
        }
        for (pattern, covered) in [
            ("src", "src"),
            ("/src/", "src"),
            ("src/a/b.rs", "src/a/b.rs"),
            ("src/*.rs", "src"),
            (".npmrc", ".npmrc"),
            ("*.rs", "everything"),
            ("src/*/b", "everything"),
            ("link", "link src"),
            ("link/a", "link src/a"),
            ("link/*.rs", "link src"),
            ("linked/*", "everything"),
            ("linked/x/y", "linked/x src/y"),
            ("linked", "linked"),
            ("absolute/y", "absolute linked/x src/y"),
            ("outside", "outside src/a"),
            ("loop", "everything"),
            ("here", "everything"),
            (".", "everything"),
            ("/", "everything"),
            ("../x", "everything"),
            ("!x", "everything"),
        ] {
            let got = covers(dir.path(), pattern).map_or("everything".to_owned(), |paths| paths.join(" "));
            assert_eq!(got, covered, "{pattern}");
        }
        let wanted = Wanted::new(dir.path(), &["src/a".to_owned(), "b".to_owned()]);
        for (path, expected) in [
            ("src", true),
            ("src/a", true),
            ("src/a/x", true),
            ("src/ab", false),
            ("b/c", true),
            ("c", false),
        ] {
            assert_eq!(wanted.has(path), expected, "{path}");
        }
        assert!(Wanted::new(dir.path(), &[]).has("x"));
    }
}
