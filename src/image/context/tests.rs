//! Archives of real directories.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::Read;
use std::os::unix::fs::{PermissionsExt, symlink};

use super::*;

fn write_file(root: &Path, name: &str, content: &str) {
    let path = root.join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, content).unwrap();
}

fn archive(root: &Path, dockerfile: &Path) -> Vec<u8> {
    let mut bytes = Vec::new();
    BuildContext::open(root, dockerfile).unwrap().write(&mut bytes, &Warnings::default()).unwrap();
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
    context.write(&mut bytes, &Warnings::default()).unwrap();
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

/// Entries with their types, link targets and sizes.
fn entries(bytes: &[u8]) -> String {
    let mut archive = tar::Archive::new(bytes);
    let entries = archive.entries().unwrap().map(|entry| {
        let entry = entry.unwrap();
        let header = entry.header();
        let link =
            entry.link_name().unwrap().map(|link| format!(" -> {}", link.display())).unwrap_or_default();
        let device = match header.entry_type() {
            tar::EntryType::Char | tar::EntryType::Block => {
                format!(
                    " {}:{}",
                    header.device_major().unwrap().unwrap(),
                    header.device_minor().unwrap().unwrap()
                )
            }
            _ => String::new(),
        };
        let path = entry.path().unwrap().display().to_string();
        format!("{:?} {path}{link}{device} {}\n", header.entry_type(), header.size().unwrap())
    });
    entries.collect()
}

#[test]
fn a_file_with_several_names_is_sent_once() {
    let dir = tempfile::tempdir().unwrap();
    write_file(dir.path(), "Dockerfile", "");
    write_file(dir.path(), ".dockerignore", "a/first\n");
    write_file(dir.path(), "a/first", "content");
    write_file(dir.path(), "b/other", "content");
    for name in ["a/second", "b/third", "fourth"] {
        fs::hard_link(dir.path().join("a/first"), dir.path().join(name)).unwrap();
    }
    symlink("first", dir.path().join("a/link")).unwrap();
    fs::hard_link(dir.path().join("a/link"), dir.path().join("b/link")).unwrap();
    let dockerfile = dir.path().join("Dockerfile");
    insta::assert_snapshot!(entries(&archive(dir.path(), &dockerfile)), @"
    Regular .dockerignore 8
    Regular Dockerfile 0
    Directory a 0
    Symlink a/link -> first 0
    Regular a/second 7
    Directory b 0
    Link b/link -> a/link 0
    Regular b/other 7
    Link b/third -> a/second 0
    Link fourth -> a/second 0
    ");
    // More than 250 MB would be worth a warning.
    File::options().write(true).open(dir.path().join("fourth")).unwrap().set_len(200_000_000).unwrap();
    let context = BuildContext::open(dir.path(), &dockerfile).unwrap();
    let size = context.write(io::sink(), &Warnings::default()).unwrap();
    assert_eq!(size.warning("/w"), None);
}

#[test]
fn pipes_and_devices_are_sent_unopened_and_sockets_are_not() {
    let dir = tempfile::tempdir().unwrap();
    write_file(dir.path(), "Dockerfile", "");
    let _socket = std::os::unix::net::UnixListener::bind(dir.path().join("socket")).unwrap();
    let make = |args: &[&str]| {
        let made = std::process::Command::new(args[0]).args(&args[1..]).current_dir(dir.path()).status();
        made.unwrap().success()
    };
    assert!(make(&["mkfifo", "pipe"]));
    // Only root makes devices.
    let devices = make(&["mknod", "null", "c", "1", "3"]) && make(&["mknod", "disk", "b", "259", "70000"]);
    let found = entries(&archive(dir.path(), &dir.path().join("Dockerfile")));
    match devices {
        true => insta::assert_snapshot!(found, @"
        Regular Dockerfile 0
        Block disk 259:70000 0
        Char null 1:3 0
        Fifo pipe 0
        "),
        false => assert_eq!(found, "Regular Dockerfile 0\nFifo pipe 0\n"),
    }
}

/// Does something once the first bytes of an archive are written.
struct Meddler<F: FnMut()>(Option<F>);

impl<F: FnMut()> Write for Meddler<F> {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        if let Some(mut act) = self.0.take() {
            act();
        }
        Ok(buffer.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// What comes of a context with the large file `m` and the file `z/z` when something happens while `m` is sent.
fn meddle(act: impl Fn(&Path)) -> String {
    let dir = tempfile::tempdir().unwrap();
    write_file(dir.path(), "Dockerfile", "");
    write_file(dir.path(), "m", &"m".repeat(4 * CHUNK));
    write_file(dir.path(), "z/z", "z");
    let context = BuildContext::open(dir.path(), &dir.path().join("Dockerfile")).unwrap();
    let warnings = Warnings::default();
    let written = context.write(Meddler(Some(|| act(dir.path()))), &warnings);
    let said = match written {
        Ok(_) => warnings.take().join("\n"),
        Err(error) => format!("error: {error}\n    {}", error.hints().join(" ")),
    };
    said.replace(&dir.path().display().to_string(), "")
}

#[test]
fn what_happens_to_files_meanwhile_is_told_by_name() {
    let append = |root: &Path| {
        let mut file = File::options().append(true).open(root.join("m")).unwrap();
        file.write_all(b"more").unwrap();
    };
    let rewrite = |root: &Path| {
        use std::os::unix::fs::FileExt;
        let file = File::options().write(true).open(root.join("m")).unwrap();
        file.write_at(b"x", 0).unwrap();
        file.set_modified(std::time::SystemTime::UNIX_EPOCH).unwrap();
    };
    let shrink = |root: &Path| File::options().write(true).open(root.join("m")).unwrap().set_len(1).unwrap();
    let vanish = |root: &Path| {
        fs::remove_file(root.join("m")).unwrap();
        fs::remove_dir_all(root.join("z")).unwrap();
    };
    insta::assert_snapshot!(meddle(append), @"/m grew while the build context was read; the image has it as it was when it was opened. List it in .dockerignore if the image does not need it");
    insta::assert_snapshot!(meddle(rewrite), @"
    error: send /m of the build context: it changed while the build context was read: its content was written anew
        Deploy again when nothing writes to it any more, or list it in .dockerignore if the image does not need it.
    ");
    insta::assert_snapshot!(meddle(shrink), @"
    error: send /m of the build context: it changed while the build context was read: it became shorter
        Deploy again when nothing writes to it any more, or list it in .dockerignore if the image does not need it.
    ");
    assert_eq!(meddle(vanish), "");
}

#[test]
fn a_dockerfile_that_is_a_link_is_sent_where_it_is_and_has_the_ignore_file_of_its_name() {
    let dir = tempfile::tempdir().unwrap();
    for name in ["a", "b", "c", "docker/real"] {
        write_file(dir.path(), name, "");
    }
    symlink("docker/real", dir.path().join("link")).unwrap();
    for (name, content) in
        [(".dockerignore", "a"), ("docker/real.dockerignore", "b"), ("link.dockerignore", "c")]
    {
        write_file(dir.path(), name, content);
    }
    let context = BuildContext::open(dir.path(), &dir.path().join("link")).unwrap();
    assert_eq!(context.dockerfile(), "docker/real");
    let sent = names(&archive(dir.path(), &dir.path().join("link")));
    insta::assert_snapshot!(sent.join(" "), @".dockerignore a b docker docker/real docker/real.dockerignore link link.dockerignore");
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
