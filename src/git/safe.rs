//! Directories of other users that git was told to trust.

/// The entries of git's setting `safe.directory`, which counts only in the user's and the system's configuration. `home` is the
/// home directory.
pub fn safe_directories(home: Option<&str>) -> Vec<String> {
    let Ok(config) = git2::Config::open_default() else { return Vec::new() };
    let Ok(entries) = config.multivar("safe.directory", None) else { return Vec::new() };
    let mut directories = Vec::new();
    // A configuration that cannot be read allows nothing more.
    let _ = entries.for_each(|entry| {
        let value = entry.value().unwrap_or_default();
        directories.push(match (value.strip_prefix("~/"), home) {
            (Some(rest), Some(home)) => format!("{home}/{rest}"),
            _ => value.to_owned(),
        });
    });
    directories
}
