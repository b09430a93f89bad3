//! Directories that change between two looks at them.

use std::fs;
use std::os::unix::fs::symlink;
use std::time::{Duration, SystemTime};

use super::*;

/// What happens to a file of ten bytes, and what is said about it afterwards.
fn change(act: impl FnOnce(&Path)) -> Change {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("file");
    fs::write(&path, "0123456789").unwrap();
    touch(&path, 1000);
    let directory = Directory::open(dir.path()).unwrap();
    let before = directory.entry(OsStr::new("file")).unwrap();
    act(&path);
    before.until(&directory.entry(OsStr::new("file")).unwrap())
}

fn touch(path: &Path, seconds: u64) {
    let file = File::options().write(true).open(path).unwrap();
    file.set_modified(SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)).unwrap();
}

#[test]
fn changes_of_a_file_are_noticed() {
    assert_eq!(change(|_| {}), Change::None);
    assert_eq!(change(|path| fs::hard_link(path, path.with_extension("x")).unwrap()), Change::None);
    assert_eq!(change(|path| fs::write(path, "0123456789a").unwrap()), Change::Grown);
    for (expected, act) in [
        ("it became shorter", (|path| fs::write(path, "").unwrap()) as fn(&Path)),
        ("its content was written anew", |path| fs::write(path, "9876543210").unwrap()),
        ("another file has taken its place", |path| {
            let other = path.with_extension("x");
            fs::write(&other, "9876543210").unwrap();
            touch(&other, 1000);
            fs::rename(&other, path).unwrap();
        }),
        ("it is no longer the same kind of file", |path| {
            fs::remove_file(path).unwrap();
            symlink("/etc/passwd", path).unwrap();
        }),
    ] {
        assert_eq!(change(act), Change::Other(expected));
    }
}

#[test]
fn nothing_is_reached_through_a_link() {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir_all(dir.path().join("a/b")).unwrap();
    fs::write(dir.path().join("a/b/file"), "content").unwrap();
    symlink("a", dir.path().join("link")).unwrap();
    symlink("file", dir.path().join("a/b/link")).unwrap();
    let root = Directory::open(dir.path()).unwrap();
    let below = root.below(Path::new("a/b")).unwrap();
    assert_eq!(below.names().unwrap(), ["file", "link"]);
    assert!(below.file(OsStr::new("file")).is_ok());
    assert!(below.file(OsStr::new("link")).is_err());
    assert_eq!(below.target(OsStr::new("link")).unwrap(), Path::new("file"));
    for path in ["link", "link/b", "a/b/file", "..", "a/../a", "/"] {
        assert!(root.below(Path::new(path)).is_err(), "{path}");
    }
}

#[test]
fn a_pipe_without_a_writer_is_not_waited_for() {
    let dir = tempfile::tempdir().unwrap();
    let made = std::process::Command::new("mkfifo").arg(dir.path().join("pipe")).status().unwrap();
    assert!(made.success());
    let (_, entry) = Directory::open(dir.path()).unwrap().file(OsStr::new("pipe")).unwrap();
    assert_eq!(entry.kind, Kind::Fifo);
}

#[test]
fn links_are_resolved_as_below_a_root_of_their_own() {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir_all(dir.path().join("a/b")).unwrap();
    for (target, name) in [("../x", "a/up"), ("/a/b", "absolute"), ("../../../a", "out"), ("loop", "loop")] {
        symlink(target, dir.path().join(name)).unwrap();
    }
    for (path, expected) in [
        ("a/b/c", Some("a/b/c")),
        ("a/up", Some("x")),
        ("absolute/c", Some("a/b/c")),
        ("out/up/y", Some("x/y")),
        ("../../a", Some("a")),
        ("/a", Some("a")),
        ("loop", None),
    ] {
        let resolved = resolve(dir.path(), Path::new(path)).map(|(_, path)| path);
        assert_eq!(resolved.as_deref(), expected.map(Path::new), "{path}");
    }
}
