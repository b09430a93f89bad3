//! Dockerfiles that lie around.

use std::fs;
use std::path::Path;

/// Every file in a directory and right below it that looks like a Dockerfile, sorted: `./Dockerfile`, `sub/Dockerfile`.
/// Directories that cannot be read are passed over.
pub(crate) fn find(dir: &Path) -> Vec<String> {
    let mut found: Vec<String> = named(dir).into_iter().map(|name| format!("./{name}")).collect();
    for entry in fs::read_dir(dir).into_iter().flatten().flatten() {
        let Ok(sub) = entry.file_name().into_string() else { continue };
        if entry.path().is_dir() {
            found.extend(named(&entry.path()).into_iter().map(|name| format!("{sub}/{name}")));
        }
    }
    found.sort();
    found
}

fn named(dir: &Path) -> Vec<String> {
    let looks_like_one = |name: &str| {
        let name = name.to_lowercase();
        name.contains("dockerfile") && !name.ends_with(".dockerignore")
    };
    let entries = fs::read_dir(dir).into_iter().flatten().flatten();
    let files = entries.filter(|entry| entry.path().is_file());
    files
        .filter_map(|entry| entry.file_name().into_string().ok())
        .filter(|name| looks_like_one(name))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn here_and_one_level_below() {
        let dir = tempfile::tempdir().unwrap();
        for path in [
            "Dockerfile",
            "Dockerfile.dockerignore",
            "report/prod.dockerfile",
            "report/deep/Dockerfile",
            "report/README.md",
            "mail/DOCKERFILE",
        ] {
            let path = dir.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "").unwrap();
        }
        fs::create_dir(dir.path().join("dockerfile-templates")).unwrap();
        assert_eq!(find(dir.path()), ["./Dockerfile", "mail/DOCKERFILE", "report/prod.dockerfile"]);
        assert!(find(&dir.path().join("gone")).is_empty());
    }
}
