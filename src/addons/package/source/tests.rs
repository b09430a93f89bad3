use std::collections::BTreeMap;
use std::fs::File;
use std::io::Cursor;
use std::os::unix::ffi::OsStringExt;
use std::os::unix::fs::symlink;
use std::os::unix::net::UnixListener;
use std::time::{Duration, SystemTime};

use proptest::prelude::*;
use tempfile::TempDir;
use zip::ZipArchive;

use super::*;

/// A directory with these files: path, mode, content.
fn tree(files: &[(&str, u32, &str)]) -> TempDir {
    let dir = TempDir::new().unwrap();
    for (path, mode, content) in files {
        write(dir.path(), path, *mode, content);
    }
    dir
}

fn write(root: &Path, path: &str, mode: u32, content: &str) {
    let path = root.join(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(&path, content).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
}

/// Name, mode and content of an archive's entries, in their order.
fn entries(zip: &[u8]) -> Vec<(String, u32, String)> {
    let mut archive = ZipArchive::new(Cursor::new(zip)).unwrap();
    let mut entries = Vec::new();
    for index in 0..archive.len() {
        let mut entry = archive.by_index(index).unwrap();
        let mut content = String::new();
        entry.read_to_string(&mut content).unwrap();
        entries.push((entry.name().unwrap().into_owned(), entry.unix_mode().unwrap(), content));
    }
    entries
}

/// What stands in the way of packing `path`, told as `code`.
fn problems(path: &Path, accepts: Accepts) -> Vec<String> {
    read(path, accepts).unwrap_err().iter().map(|problem| problem.told("code")).collect()
}

#[test]
fn hashes_are_those_of_the_predecessor() {
    let dir = tree(&[
        ("a-b", 0o644, "y"),
        ("a/z.js", 0o644, "x"),
        ("run", 0o755, "#!/bin/sh\n"),
        ("sp ace.txt", 0o644, "ü"),
        ("suid", 0o6755, "s"),
    ]);
    fs::create_dir(dir.path().join("empty")).unwrap();
    for (path, hash) in [
        ("", "24eaf597a07aadc4e03feeb5f286b1584614f31ee1769003bc781e2693436ee6"),
        ("run", "8e6f38e87901805588bd2e26099bfae7fa46569fc25f9cdfc0de152bd5336076"),
    ] {
        assert_eq!(read(&dir.path().join(path), Accepts::Archive).unwrap().hash, hash, "{path}");
    }
    // The content alone: `printf x | sha256sum`.
    let file = read(&dir.path().join("a/z.js"), Accepts::File).unwrap();
    assert_eq!(file.hash, "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881");
    assert_eq!(file.content, b"x");
}

#[test]
fn archives_hold_files_in_order_with_modes_that_the_service_can_use() {
    let dir = tree(&[("b", 0o600, "1"), ("a-b", 0o664, "2"), ("a/c", 0o700, "3"), ("a/d/e", 0o644, "")]);
    let source = read(dir.path(), Accepts::FileOrDirectory).unwrap();
    let entry =
        |name: &str, mode: u32, content: &str| (name.to_owned(), 0o100_000 | mode, content.to_owned());
    let expected = [
        entry("a/c", 0o755, "3"),
        entry("a/d/e", 0o644, ""),
        entry("a-b", 0o644, "2"),
        entry("b", 0o644, "1"),
    ];
    assert_eq!(entries(&source.content), expected);

    let single = read(&dir.path().join("a/c"), Accepts::Archive).unwrap();
    assert_eq!(entries(&single.content), [entry("c", 0o755, "3")]);
}

#[test]
fn a_zip_archive_stays_as_it_is() {
    let dir = tree(&[("index.js", 0o644, "x")]);
    let zip = read(dir.path(), Accepts::Archive).unwrap().content;
    let path = dir.path().join("function.zip");
    fs::write(&path, &zip).unwrap();
    for accepts in [Accepts::Archive, Accepts::FileOrDirectory, Accepts::File] {
        let source = read(&path, accepts).unwrap();
        assert_eq!(source.content, zip, "{accepts:?}");
        assert_eq!(source.hash, format!("{:x}", Sha256::digest(&zip)));
    }
}

#[test]
fn links_stand_for_what_they_point_to() {
    let outside = tree(&[("lib/x.js", 0o644, "x")]);
    let dir = tree(&[("real", 0o755, "run")]);
    symlink("real", dir.path().join("link")).unwrap();
    symlink(outside.path().join("lib"), dir.path().join("lib")).unwrap();
    let plain = tree(&[("real", 0o755, "run"), ("link", 0o755, "run"), ("lib/x.js", 0o644, "x")]);
    let source = read(dir.path(), Accepts::Archive).unwrap();
    assert_eq!(source.links, [dir.path().join("lib"), dir.path().join("link")]);
    let unlinked = Source { links: Vec::new(), ..read(dir.path(), Accepts::Archive).unwrap() };
    assert_eq!(unlinked, read(plain.path(), Accepts::Archive).unwrap());

    // The path itself may be a link as well.
    let links = TempDir::new().unwrap();
    symlink(dir.path(), links.path().join("code")).unwrap();
    symlink(dir.path().join("real"), links.path().join("bootstrap")).unwrap();
    assert_eq!(read(&links.path().join("code"), Accepts::Archive).unwrap().content, source.content);
    let single = read(&links.path().join("bootstrap"), Accepts::Archive).unwrap();
    assert_eq!(entries(&single.content), [("bootstrap".to_owned(), 0o100_755, "run".to_owned())]);
}

#[test]
fn the_same_directory_twice_side_by_side_is_no_loop() {
    let dir = tree(&[("shared/x", 0o644, "x")]);
    symlink("shared", dir.path().join("again")).unwrap();
    assert_eq!(entries(&read(dir.path(), Accepts::Archive).unwrap().content).len(), 2);
}

#[test]
fn everything_that_stands_in_the_way_is_told() {
    let dir = tree(&[("ok", 0o644, ""), ("deep/ok", 0o644, "")]);
    symlink("missing", dir.path().join("dangling")).unwrap();
    symlink("..", dir.path().join("deep/up")).unwrap();
    symlink("self", dir.path().join("self")).unwrap();
    let _socket = UnixListener::bind(dir.path().join("socket")).unwrap();
    fs::write(dir.path().join(OsString::from_vec(b"caf\xe9".to_vec())), "").unwrap();
    insta::assert_snapshot!(problems(dir.path(), Accepts::Archive).join("\n"), @r"
    code/caf� cannot be packed: its name is not UTF-8
    code/dangling is a symbolic link to missing, which does not exist
    code/deep/up is a symbolic link to a directory that holds the link itself
    code/self cannot be read: Too many levels of symbolic links (os error 40)
    code/socket cannot be packed: it is neither a file nor a directory
    ");
}

#[test]
fn a_path_that_means_nothing_usable_is_refused() {
    let dir = tree(&[("file", 0o644, "")]);
    fs::create_dir_all(dir.path().join("empty/also/empty")).unwrap();
    symlink("nowhere", dir.path().join("dangling")).unwrap();
    let _socket = UnixListener::bind(dir.path().join("socket")).unwrap();
    for (path, accepts, expected) in [
        ("none", Accepts::File, "code does not exist"),
        ("none", Accepts::Archive, "code does not exist"),
        ("dangling", Accepts::File, "code is a symbolic link to nowhere, which does not exist"),
        ("file/below", Accepts::Archive, "code cannot be read: Not a directory (os error 20)"),
        ("", Accepts::File, "code is a directory, and the property needs one file"),
        ("empty", Accepts::Archive, "code is a directory without files"),
        ("empty", Accepts::FileOrDirectory, "code is a directory without files"),
        ("socket", Accepts::File, "code is neither a file nor a directory"),
        ("a\0b", Accepts::File, "code cannot be read: file name contained an unexpected NUL byte"),
    ] {
        assert_eq!(problems(&dir.path().join(path), accepts), [expected], "{path:?} {accepts:?}");
    }
}

#[test]
fn a_long_list_of_problems_is_cut() {
    let dir = TempDir::new().unwrap();
    for number in 0..25 {
        symlink("missing", dir.path().join(format!("link{number:02}"))).unwrap();
    }
    let told = problems(dir.path(), Accepts::Archive);
    assert_eq!(told.len(), MAX_PROBLEMS + 1);
    assert_eq!(told[MAX_PROBLEMS], "code has 15 more files that cannot be packed");
}

#[test]
fn links_that_multiply_directories_end_in_an_error() {
    let dir = TempDir::new().unwrap();
    for level in 0..40 {
        fs::create_dir(dir.path().join(level.to_string())).unwrap();
        for name in ["a", "b"] {
            symlink(dir.path().join((level + 1).to_string()), dir.path().join(format!("{level}/{name}")))
                .unwrap();
        }
    }
    write(dir.path(), "40/file", 0o644, "");
    let root = dir.path().join("0");
    let mut walk = Walk { max_entries: 500, ..Walk::new(&root) };
    walk.run(&fs::metadata(&root).unwrap());
    let told: Vec<String> = walk.problems.iter().map(|problem| problem.told("code")).collect();
    assert_eq!(told, ["code holds more than 500 files and directories, links followed"]);
}

#[test]
fn deep_directories_do_not_exhaust_the_stack() {
    let dir = TempDir::new().unwrap();
    let deep = "d/".repeat(400);
    fs::create_dir_all(dir.path().join(&deep)).unwrap();
    fs::write(dir.path().join(&deep).join("file"), "x").unwrap();
    let path = dir.path().to_owned();
    let small = std::thread::Builder::new().stack_size(384 * 1024);
    let source = small.spawn(move || read(&path, Accepts::Archive).unwrap()).unwrap().join().unwrap();
    assert_eq!(entries(&source.content), [(format!("{deep}file"), 0o100_644, "x".to_owned())]);
}

#[test]
fn paths_start_at_the_root_and_are_tidied_by_their_text() {
    for (root, path, expected) in [
        ("/w", "a/b", "/w/a/b"),
        ("/w", "./a//b/", "/w/a/b"),
        ("/w", ".", "/w"),
        ("/w", "a/../b", "/w/b"),
        ("/w", "../b", "/b"),
        ("/w", "../../../b", "/b"),
        ("/w", "/abs/x", "/abs/x"),
        ("w", "../x", "x"),
        ("w", "..", "."),
        ("..", "../x", "../../x"),
    ] {
        assert_eq!(resolve(Path::new(root), path), Path::new(expected), "{root} {path}");
    }
}

#[test]
fn modes_read_like_the_predecessors() {
    for (mode, expected) in [
        (0o100_644, "-rw-r--r--"),
        (0o100_755, "-rwxr-xr-x"),
        (0o100_000, "----------"),
        (0o104_755, "urwxr-xr-x"),
        (0o107_777, "ugtrwxrwxrwx"),
    ] {
        assert_eq!(mode_text(mode), expected);
    }
}

/// Names that lie side by side in the order of bytes, files in directories.
fn any_tree() -> impl Strategy<Value = BTreeMap<String, (bool, Vec<u8>)>> {
    let file = (any::<bool>(), prop::collection::vec(any::<u8>(), 0..300));
    prop::collection::btree_map("(a|a-|b |ü)(/(x|x\\.y|-){1,2}\\.f){0,1}/[a-c]{1,3}", file, 1..8)
}

/// Writes the files one after the other, each with a time of its own.
fn build<'a>(files: impl Iterator<Item = (&'a String, &'a (bool, Vec<u8>))>, first_time: u64) -> TempDir {
    let dir = TempDir::new().unwrap();
    for (position, (path, (executable, content))) in files.enumerate() {
        let path = dir.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, content).unwrap();
        let mode = if *executable { 0o755 } else { 0o644 };
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        let time = SystemTime::UNIX_EPOCH + Duration::from_secs(first_time + position as u64 * 1000);
        File::options().write(true).open(&path).unwrap().set_modified(time).unwrap();
    }
    dir
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn times_and_order_of_creation_do_not_count(files in any_tree(), time in 0..2_000_000_000_u64) {
        let (one, other) = (build(files.iter(), time), build(files.iter().rev(), 1_700_000_000));
        let source = read(one.path(), Accepts::Archive).unwrap();
        prop_assert_eq!(&source, &read(other.path(), Accepts::Archive).unwrap());
        let mut archive = ZipArchive::new(Cursor::new(&source.content)).unwrap();
        prop_assert_eq!(archive.len(), files.len());
        for (name, (executable, content)) in &files {
            let mut entry = archive.by_name(name).unwrap();
            prop_assert_eq!(entry.unix_mode().unwrap() & 0o111 != 0, *executable);
            let mut unpacked = Vec::new();
            entry.read_to_end(&mut unpacked).unwrap();
            prop_assert_eq!(&unpacked, content);
        }
    }

    #[test]
    fn names_modes_and_contents_count(files in any_tree(), change in 0..3) {
        let before = read(build(files.iter(), 0).path(), Accepts::Archive).unwrap();
        let mut changed = files.clone();
        let (name, (executable, mut content)) = changed.pop_first().unwrap();
        let file = match change {
            0 => (format!("{name}-"), (executable, content)),
            1 => (name, (!executable, content)),
            _ => {
                content.push(0);
                (name, (executable, content))
            }
        };
        changed.extend([file]);
        prop_assert_ne!(before.hash, read(build(changed.iter(), 0).path(), Accepts::Archive).unwrap().hash);
    }
}
