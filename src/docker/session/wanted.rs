//! Which part of a directory BuildKit wants: the sources of the Dockerfile's `COPY` lines, as paths with
//! wildcards. More than that may be sent, less may not; so whatever would need to follow symbolic links or
//! match wildcards in the middle makes everything wanted.

use std::path::Path;

/// The wanted paths.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Wanted(Option<Vec<String>>);

impl Wanted {
    /// Reads the patterns; none at all means everything.
    pub(super) fn new(root: &Path, patterns: &[String]) -> Self {
        if patterns.is_empty() {
            return Self(None);
        }
        Self(patterns.iter().map(|pattern| literal(root, pattern)).collect())
    }

    /// Whether something at, above or below the path is wanted.
    pub(super) fn has(&self, path: &str) -> bool {
        let Some(wanted) = &self.0 else { return true };
        let below = |inner: &str, outer: &str| {
            inner.strip_prefix(outer).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        wanted.iter().any(|one| below(path, one) || below(one, path))
    }
}

/// The path that covers all matches of a pattern; `None` when that is everything.
fn literal(root: &Path, pattern: &str) -> Option<String> {
    let cleaned = crate::image::ignore::clean(pattern);
    let cleaned = cleaned.trim_start_matches('/');
    if cleaned.is_empty() || cleaned.starts_with(['!', '.']) && !is_name(cleaned) {
        return None;
    }
    let mut path = root.to_owned();
    let mut covered: Vec<&str> = Vec::new();
    let names: Vec<&str> = cleaned.split('/').collect();
    for (index, name) in names.iter().enumerate() {
        if name.contains(['*', '?', '[', '\\']) {
            let is_last = index + 1 == names.len();
            // A match that is a link leads somewhere else.
            if covered.is_empty() || !is_last || holds_links(&path) {
                return None;
            }
            break;
        }
        path.push(name);
        covered.push(name);
        if path.symlink_metadata().is_ok_and(|metadata| metadata.is_symlink()) {
            return None;
        }
    }
    Some(covered.join("/"))
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
        std::os::unix::fs::symlink("../src", dir.path().join("linked/x")).unwrap();
        std::os::unix::fs::symlink("src", dir.path().join("link")).unwrap();
        for (pattern, covered) in [
            ("src", Some("src")),
            ("/src/", Some("src")),
            ("src/a/b.rs", Some("src/a/b.rs")),
            ("src/*.rs", Some("src")),
            (".npmrc", Some(".npmrc")),
            ("*.rs", None),
            ("src/*/b", None),
            ("link", None),
            ("link/a", None),
            ("linked/*", None),
            ("linked/x/y", None),
            ("linked", Some("linked")),
            (".", None),
            ("/", None),
            ("../x", None),
            ("!x", None),
        ] {
            assert_eq!(literal(dir.path(), pattern).as_deref(), covered, "{pattern}");
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
