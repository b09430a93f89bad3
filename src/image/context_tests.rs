//! Archives of real directories.

use std::collections::BTreeMap;
use std::os::unix::fs::{PermissionsExt, symlink};

use super::*;

fn write_file(root: &Path, name: &str, content: &str) {
    let path = root.join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, content).unwrap();
}

fn archive(root: &Path, dockerfile: &Path) -> Vec<u8> {
    let mut bytes = Vec::new();
    BuildContext::open(root, dockerfile).unwrap().write(&mut bytes).unwrap();
    bytes
}

/// Names in the archive's order.
fn names(bytes: &[u8]) -> Vec<String> {
    let mut archive = tar::Archive::new(bytes);
    archive.entries().unwrap().map(|e| e.unwrap().path().unwrap().display().to_string()).collect()
}

#[test]
fn order_is_fixed_and_ignored_files_stay_out() {
    let dir = tempfile::tempdir().unwrap();
    for name in ["Dockerfile", "b.txt", "a/keep", "a/drop", "node_modules/x/y", "z/deep/only.go", "z/no.rs"] {
        write_file(dir.path(), name, name);
    }
    write_file(
        dir.path(),
        ".dockerignore",
        "node_modules\na/drop\nz\n!z/deep/*.go\nDockerfile\n.dockerignore\n",
    );
    let bytes = archive(dir.path(), &dir.path().join("Dockerfile"));
    assert_eq!(
        names(&bytes),
        [".dockerignore", "Dockerfile", "a", "a/keep", "b.txt", "z", "z/deep", "z/deep/only.go"]
    );
    assert_eq!(bytes, archive(dir.path(), &dir.path().join("Dockerfile")));
}

#[test]
fn parents_of_nothing_are_not_sent() {
    let dir = tempfile::tempdir().unwrap();
    for name in ["Dockerfile", "x/y/no.rs", "x/z/yes.go", "x/zz/no.rs"] {
        write_file(dir.path(), name, "");
    }
    write_file(dir.path(), ".dockerignore", "x\n!x/**/*.go");
    let bytes = archive(dir.path(), &dir.path().join("Dockerfile"));
    assert_eq!(names(&bytes), [".dockerignore", "Dockerfile", "x", "x/z", "x/z/yes.go"]);
}

#[test]
fn the_dockerfiles_own_ignore_file_wins() {
    let dir = tempfile::tempdir().unwrap();
    for name in ["docker/app.Dockerfile", "a", "b"] {
        write_file(dir.path(), name, "");
    }
    write_file(dir.path(), ".dockerignore", "a");
    write_file(dir.path(), "docker/app.Dockerfile.dockerignore", "*\n!b");
    let dockerfile = dir.path().join("docker/app.Dockerfile");
    let bytes = archive(dir.path(), &dockerfile);
    assert_eq!(names(&bytes), [".dockerignore", "b", "docker", "docker/app.Dockerfile"]);
    assert_eq!(BuildContext::open(dir.path(), &dockerfile).unwrap().dockerfile(), "docker/app.Dockerfile");
}

#[test]
fn a_dockerfile_outside_the_context_is_added() {
    let dir = tempfile::tempdir().unwrap();
    write_file(dir.path(), "app/main", "");
    write_file(dir.path(), "docker/Dockerfile", "FROM scratch\n");
    let context = BuildContext::open(&dir.path().join("app"), &dir.path().join("docker/Dockerfile")).unwrap();
    let name = context.dockerfile().to_owned();
    assert!(name.starts_with(".dockerfile."), "{name}");
    let mut bytes = Vec::new();
    context.write(&mut bytes).unwrap();
    let mut archive = tar::Archive::new(bytes.as_slice());
    let mut first = archive.entries().unwrap().next().unwrap().unwrap();
    let mut content = String::new();
    first.read_to_string(&mut content).unwrap();
    assert_eq!((first.path().unwrap().display().to_string(), content), (name, "FROM scratch\n".to_owned()));
}

#[test]
fn attributes_links_and_long_names_survive() {
    let dir = tempfile::tempdir().unwrap();
    let long = format!("{}/{}", "d".repeat(120), "f".repeat(200));
    let target = "t".repeat(150);
    write_file(dir.path(), "Dockerfile", "");
    write_file(dir.path(), "run.sh", "#!");
    write_file(dir.path(), &long, "long");
    fs::set_permissions(dir.path().join("run.sh"), fs::Permissions::from_mode(0o4751)).unwrap();
    symlink(&target, dir.path().join("link")).unwrap();
    let _socket = std::os::unix::net::UnixListener::bind(dir.path().join("socket")).unwrap();
    let bytes = archive(dir.path(), &dir.path().join("Dockerfile"));

    let mut found = BTreeMap::new();
    for entry in tar::Archive::new(bytes.as_slice()).entries().unwrap() {
        let entry = entry.unwrap();
        let header = entry.header();
        assert_eq!((header.uid().unwrap(), header.gid().unwrap()), (0, 0));
        let link = entry.link_name().unwrap().map(|target| target.display().to_string());
        found.insert(
            entry.path().unwrap().display().to_string(),
            (header.entry_type(), header.mode().unwrap(), link),
        );
    }
    assert_eq!(found["run.sh"], (tar::EntryType::Regular, 0o4751, None));
    assert_eq!(found["link"].0, tar::EntryType::Symlink);
    assert_eq!(found["link"].2.as_deref(), Some(target.as_str()));
    assert!(found.contains_key(&long));
    assert!(!found.contains_key("socket"));
}

#[test]
fn a_file_that_shrinks_is_an_error() {
    let dir = tempfile::tempdir().unwrap();
    write_file(dir.path(), "f", "12345");
    let mut reader = Exactly { file: File::open(dir.path().join("f")).unwrap(), left: 9 };
    let error = reader.read_to_end(&mut Vec::new()).unwrap_err();
    assert_eq!(error.to_string(), "the file became shorter while it was read");
    let mut reader = Exactly { file: File::open(dir.path().join("f")).unwrap(), left: 3 };
    let mut content = String::new();
    reader.read_to_string(&mut content).unwrap();
    assert_eq!(content, "123");
}

#[test]
fn malformed_ignore_files_are_named() {
    let dir = tempfile::tempdir().unwrap();
    write_file(dir.path(), "Dockerfile", "");
    write_file(dir.path(), ".dockerignore", "ok\n[");
    let error = BuildContext::open(dir.path(), &dir.path().join("Dockerfile")).unwrap_err().to_string();
    assert!(error.contains(".dockerignore: line 2: pattern `[`"), "{error}");
}

#[tokio::test]
async fn the_stream_carries_the_archive_and_ends_when_dropped() {
    use futures_util::StreamExt;
    let dir = tempfile::tempdir().unwrap();
    write_file(dir.path(), "Dockerfile", "");
    write_file(dir.path(), "big", &"x".repeat(3 * CHUNK * QUEUED_CHUNKS));
    let dockerfile = dir.path().join("Dockerfile");
    let mut upload = BuildContext::open(dir.path(), &dockerfile).unwrap().upload().unwrap();
    let mut received = Vec::new();
    while let Some(chunk) = upload.body.next().await {
        let chunk = chunk.unwrap();
        assert!(chunk.len() <= CHUNK);
        received.extend_from_slice(&chunk);
    }
    assert_eq!(received, archive(dir.path(), &dockerfile));
    assert!(upload.failure.take().is_none());

    let mut upload = BuildContext::open(dir.path(), &dockerfile).unwrap().upload().unwrap();
    upload.body.next().await.unwrap().unwrap();
    drop(upload.body);
}
