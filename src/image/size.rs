//! How large a build context is, and the warning about one that is larger than anyone means it to be.

use std::collections::BTreeMap;
use std::fs::Metadata;

/// What is still ordinary.
const ORDINARY_BYTES: u64 = 250 * 1000 * 1000;
const ORDINARY_FILES: u64 = 50_000;
/// Folders that a warning names.
const NAMED: usize = 3;

/// Files and bytes of a context.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Size {
    files: u64,
    bytes: u64,
    /// By the first name of the path.
    folders: BTreeMap<String, (u64, u64)>,
}

impl Size {
    /// Counts one entry.
    pub fn add(&mut self, name: &str, metadata: &Metadata) {
        if metadata.is_dir() {
            return;
        }
        self.count(name, if metadata.is_file() { metadata.len() } else { 0 });
    }

    fn count(&mut self, name: &str, bytes: u64) {
        self.files += 1;
        self.bytes += bytes;
        let Some((folder, _)) = name.split_once('/') else { return };
        match self.folders.get_mut(folder) {
            Some((count, total)) => (*count, *total) = (*count + 1, *total + bytes),
            None => drop(self.folders.insert(folder.to_owned(), (1, bytes))),
        }
    }

    /// What to tell about a context that is too large; `None` about any other.
    pub fn warning(&self, context: &str) -> Option<String> {
        let many = self.files > ORDINARY_FILES;
        if !many && self.bytes <= ORDINARY_BYTES {
            return None;
        }
        let mut folders: Vec<_> = self.folders.iter().collect();
        folders.sort_by_key(|(_, (files, bytes))| {
            std::cmp::Reverse(if many { (*files, *bytes) } else { (*bytes, *files) })
        });
        let named = folders
            .iter()
            .take(NAMED)
            .map(|(name, (files, bytes))| format!("{name} ({}, {files} files)", megabytes(*bytes)));
        let largest = match named.collect::<Vec<_>>().join(", ") {
            none if none.is_empty() => String::new(),
            list => format!("; the largest folders are {list}"),
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
