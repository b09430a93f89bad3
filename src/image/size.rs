//! How large a build context is, and the warning about one that is larger than anyone means it to be.

use std::collections::BTreeMap;

/// What is still ordinary.
const ORDINARY_BYTES: u64 = 250 * 1000 * 1000;
const ORDINARY_FILES: u64 = 50_000;
/// Folders and files that a warning names.
const NAMED: usize = 3;
/// From here on a single file is worth naming.
const NAMED_BYTES: u64 = 10 * 1000 * 1000;

/// Files and bytes of a context.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Size {
    files: u64,
    bytes: u64,
    /// By the first name of the path.
    folders: BTreeMap<String, (u64, u64)>,
    /// The largest files that are in no folder, the largest first.
    loose: Vec<(u64, String)>,
}

impl Size {
    /// Counts an entry that is no directory.
    pub fn count(&mut self, name: &str, bytes: u64) {
        self.files += 1;
        self.bytes = self.bytes.saturating_add(bytes);
        let Some((folder, _)) = name.split_once('/') else {
            let place = self.loose.partition_point(|(other, _)| *other >= bytes);
            if place < NAMED {
                self.loose.insert(place, (bytes, name.to_owned()));
                self.loose.truncate(NAMED);
            }
            return;
        };
        match self.folders.get_mut(folder) {
            Some((count, total)) => (*count, *total) = (*count + 1, total.saturating_add(bytes)),
            None => drop(self.folders.insert(folder.to_owned(), (1, bytes))),
        }
    }

    /// What to tell about a context that is too large; `None` about any other.
    pub fn warning(&self, context: &str) -> Option<String> {
        let many = self.files > ORDINARY_FILES;
        if !many && self.bytes <= ORDINARY_BYTES {
            return None;
        }
        let folders = self.folders.iter().map(|(name, (files, bytes))| {
            let text = format!("{} ({}, {files} files)", name, megabytes(*bytes));
            (*files, *bytes, text)
        });
        let loose = self.loose.iter().filter(|(bytes, _)| *bytes >= NAMED_BYTES);
        let loose = loose.map(|(bytes, name)| (1, *bytes, format!("{} ({})", name, megabytes(*bytes))));
        let kind = if loose.clone().next().is_some() { "folders and files" } else { "folders" };
        let mut parts: Vec<_> = folders.chain(loose).collect();
        parts.sort_by_key(|(files, bytes, _)| {
            std::cmp::Reverse(if many { (*files, *bytes) } else { (*bytes, *files) })
        });
        let named = parts.into_iter().take(NAMED).map(|(_, _, text)| text);
        let largest = match named.collect::<Vec<_>>().join(", ") {
            none if none.is_empty() => String::new(),
            list => format!("; the largest {kind} are {list}"),
        };
        Some(format!(
            "the build context {context} is large: {}, {} files{largest}. List what the image does not need in \
             .dockerignore",
            megabytes(self.bytes),
            self.files,
        ))
    }
}

fn megabytes(bytes: u64) -> String {
    format!("{} MB", bytes.div_ceil(1_000_000))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ordinary_contexts_are_not_mentioned() {
        let mut size = Size::default();
        size.count("a/b", ORDINARY_BYTES);
        assert_eq!(size.warning("/w"), None);
        size.count("c", 1);
        let warning = size.warning("/w").unwrap();
        assert_eq!(
            warning,
            "the build context /w is large: 251 MB, 2 files; the largest folders are a (250 MB, 1 files). List what \
             the image does not need in .dockerignore"
        );
    }

    #[test]
    fn a_large_file_in_no_folder_is_named() {
        let mut size = Size::default();
        for number in 0..1000 {
            size.count(&format!("small-{number}"), 1);
        }
        size.count("a/b", 2_000_000);
        size.count("core\n.1", 3_000_000_000);
        size.count("dump.sql", 20_000_000);
        let warning = size.warning("/w").unwrap();
        assert!(
            warning.contains(
                "; the largest folders and files are core\n.1 (3000 MB), dump.sql (20 MB), a (2 MB, 1 files)."
            ),
            "{warning}"
        );
        assert_eq!(size.loose.len(), NAMED);
    }

    #[test]
    fn many_small_files_are_large_as_well() {
        let mut size = Size::default();
        for number in 0..=ORDINARY_FILES {
            size.count(&format!("node_modules/{number}"), 1);
        }
        for name in ["x/1", "y/1", "y/2", "z/1", "z/2", "z/3"] {
            size.count(name, 50_000_000);
        }
        let warning = size.warning("/w").unwrap();
        assert!(
            warning.contains("folders are node_modules (1 MB, 50001 files), z (150 MB, 3 files), y ("),
            "{warning}"
        );
        assert!(!warning.contains("x ("));
    }
}
