//! What BuildKit gets of a directory, and what it does not.

use std::fs;
use std::os::unix::fs::{FileExt, symlink};
use std::time::{Duration, SystemTime};

use super::*;

/// A transfer and what it answers.
struct Asking {
    transfer: Transfer,
    answers: mpsc::Receiver<Answer>,
}

impl Asking {
    fn of(root: &Path, followed: Option<(String, PathBuf)>) -> Self {
        let (sender, answers) = mpsc::channel(1000);
        let transfer = Transfer {
            served: Served { root: root.to_owned(), followed },
            files: Mutex::default(),
            answers: sender,
            failure: Failure::default(),
            warnings: Warnings::default(),
        };
        Self { transfer, answers }
    }

    /// The entries as lines, after the position by which BuildKit asks for them.
    fn list(&mut self, excluded: &[&str], wanted: &[&str]) -> String {
        let texts = |list: &[&str]| list.iter().map(|text| (*text).to_owned()).collect();
        let asked =
            Asked { directory: "context".to_owned(), excluded: texts(excluded), wanted: texts(wanted) };
        self.transfer.list(&asked).unwrap();
        let mut lines = String::new();
        while let Some(stat) = self.answers.try_recv().unwrap().unwrap().stat {
            let Stat { path, mode, size, linkname, devmajor, devminor, .. } = stat;
            let kind = match mode & !0o777 {
                0 => "file".to_owned(),
                other => (0..32).filter(|bit| other & 1 << bit != 0).map(|bit| format!("+{bit}")).collect(),
            };
            let size = if mode >> 31 == 1 { String::new() } else { format!(" {size} bytes") };
            let link = if linkname.is_empty() { linkname } else { format!(" -> {linkname}") };
            let device = if devmajor == 0 { String::new() } else { format!(" device {devmajor}:{devminor}") };
            lines += &format!("{} {path} {kind}{size}{link}{device}\n", lines.lines().count());
        }
        lines
    }

    /// The content at a position, or why there is none; then the warnings.
    fn ask(&mut self, id: u32) -> String {
        let asked = self.transfer.content(id);
        let mut content = Vec::new();
        while let Ok(answer) = self.answers.try_recv() {
            content.extend(answer.unwrap().data);
        }
        let said = match asked {
            Ok(()) => format!("{:?}", String::from_utf8(content).unwrap()),
            Err(error) => format!("error: {error}"),
        };
        let warnings = self.transfer.warnings.take().join(" ");
        let said = if warnings.is_empty() { said } else { format!("{said} warning: {warnings}") };
        said.replace(&self.transfer.served.root.display().to_string(), "")
    }
}

fn make(root: &Path, args: &[&str]) -> bool {
    std::process::Command::new(args[0]).args(&args[1..]).current_dir(root).status().unwrap().success()
}

#[test]
fn entries_are_listed_as_dockers_clients_do_and_only_files_have_content() {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path();
    fs::create_dir_all(root.join("b")).unwrap();
    for (name, content) in [("a", "content"), ("left-out", "left out")] {
        fs::write(root.join(name), content).unwrap();
    }
    fs::hard_link(root.join("a"), root.join("b/again")).unwrap();
    fs::hard_link(root.join("a"), root.join("b/once-more")).unwrap();
    fs::hard_link(root.join("left-out"), root.join("m")).unwrap();
    fs::hard_link(root.join("left-out"), root.join("n")).unwrap();
    symlink("/etc/passwd", root.join("link")).unwrap();
    fs::hard_link(root.join("link"), root.join("link2")).unwrap();
    let _socket = std::os::unix::net::UnixListener::bind(root.join("socket")).unwrap();
    assert!(make(root, &["mkfifo", "pipe"]));
    fs::hard_link(root.join("pipe"), root.join("pipe2")).unwrap();
    for name in ["socket", "pipe", "a", "left-out"] {
        assert!(make(root, &["chmod", "644", name]));
    }
    // Only root makes devices.
    let devices =
        make(root, &["mknod", "zb", "b", "259", "70000"]) && make(root, &["mknod", "zc", "c", "1", "3"]);
    let mut asking = Asking::of(root, None);
    let listed = asking.list(&["left-out"], &[]);
    let (others, special) = listed.split_at(listed.find("11 zb").unwrap_or(listed.len()));
    insta::assert_snapshot!(others, @"
    0 a file 7 bytes
    1 b +31
    2 b/again file 0 bytes -> a
    3 b/once-more file 0 bytes -> a
    4 link +27 11 bytes -> /etc/passwd
    5 link2 +27 11 bytes -> /etc/passwd
    6 m file 8 bytes
    7 n file 0 bytes -> m
    8 pipe +25 0 bytes
    9 pipe2 +25 0 bytes -> pipe
    10 socket file 0 bytes
    ");
    if devices {
        insta::assert_snapshot!(special, @"
        11 zb +26 0 bytes device 259:70000
        12 zc +21+26 0 bytes device 1:3
        ");
    }
    let answers: Vec<_> =
        [0, 0, 1, 4, 6, 8, 10, 11, 99].map(|id| format!("{id}: {}", asking.ask(id))).to_vec();
    insta::assert_snapshot!(answers.join("\n"), @r#"
    0: "content"
    0: error: the engine asked for file 0, which is no file that was listed
    1: error: the engine asked for file 1, which is no file that was listed
    4: error: the engine asked for file 4, which is no file that was listed
    6: "left out"
    8: error: the engine asked for file 8, which is no file that was listed
    10: ""
    11: error: the engine asked for file 11, which is no file that was listed
    99: error: the engine asked for file 99, which is no file that was listed
    "#);
}

/// What BuildKit gets for a file of ten bytes, `d/file`, when something happens after it was listed.
fn after(act: impl FnOnce(&Path)) -> String {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path().join("ws");
    fs::create_dir_all(root.join("d")).unwrap();
    fs::write(root.join("d/file"), "0123456789").unwrap();
    let file = fs::File::options().write(true).open(root.join("d/file")).unwrap();
    file.set_modified(SystemTime::UNIX_EPOCH + Duration::from_secs(1000)).unwrap();
    fs::create_dir(dir.path().join("outside")).unwrap();
    fs::write(dir.path().join("outside/file"), "the secret").unwrap();
    let mut asking = Asking::of(&root, None);
    assert_eq!(asking.list(&[], &[]).lines().count(), 2);
    act(&root);
    asking.ask(1)
}

#[test]
fn content_is_that_of_the_file_that_was_listed() {
    let file = |root: &Path| fs::File::options().write(true).open(root.join("d/file")).unwrap();
    let mut table = String::new();
    for (what, act) in [
        ("nothing", (|_| {}) as fn(&Path)),
        ("a link outside", |root| {
            fs::remove_file(root.join("d/file")).unwrap();
            symlink("../../outside/file", root.join("d/file")).unwrap();
        }),
        ("its directory a link outside", |root| {
            fs::rename(root.join("d"), root.join("e")).unwrap();
            symlink("../outside", root.join("d")).unwrap();
        }),
        ("another file", |root| {
            fs::rename(root.join("../outside/file"), root.join("d/file")).unwrap();
        }),
        ("a pipe", |root| {
            fs::remove_file(root.join("d/file")).unwrap();
            assert!(make(root, &["mkfifo", "d/file"]));
        }),
        ("a socket", |root| {
            fs::remove_file(root.join("d/file")).unwrap();
            drop(std::os::unix::net::UnixListener::bind(root.join("d/file")).unwrap());
        }),
        ("a directory", |root| {
            fs::remove_file(root.join("d/file")).unwrap();
            fs::create_dir(root.join("d/file")).unwrap();
        }),
        ("gone", |root| fs::remove_file(root.join("d/file")).unwrap()),
        ("gone with its directory", |root| fs::remove_dir_all(root.join("d")).unwrap()),
    ] {
        table += &format!("{what}: {}\n", after(act));
    }
    table += &format!("shorter: {}\n", after(|root| file(root).set_len(3).unwrap()));
    table += &format!("rewritten: {}\n", after(|root| file(root).write_all_at(b"x", 0).unwrap()));
    table += &format!("longer: {}\n", after(|root| file(root).write_all_at(b"abc", 10).unwrap()));
    insta::assert_snapshot!(table, @r#"
    nothing: "0123456789"
    a link outside: error: send /d/file of the build context: it changed while the build context was read: it is no longer the same kind of file
    its directory a link outside: error: send /d/file of the build context: it changed while the build context was read: it is no longer the same kind of file
    another file: error: send /d/file of the build context: it changed while the build context was read: another file has taken its place
    a pipe: error: send /d/file of the build context: it changed while the build context was read: it is no longer the same kind of file
    a socket: error: send /d/file of the build context: it changed while the build context was read: it is no longer the same kind of file
    a directory: error: send /d/file of the build context: it changed while the build context was read: it is no longer the same kind of file
    gone: "" warning: /d/file vanished while the build context was read; an empty file is in its place. List it in .dockerignore if the image does not need it
    gone with its directory: "" warning: /d/file vanished while the build context was read; an empty file is in its place. List it in .dockerignore if the image does not need it
    shorter: error: send /d/file of the build context: it changed while the build context was read: it became shorter
    rewritten: error: send /d/file of the build context: it changed while the build context was read: its content was written anew
    longer: "0123456789abc" warning: /d/file grew while the build context was read; the image has it as it was when it was opened. List it in .dockerignore if the image does not need it
    "#);
}

#[test]
fn a_dockerfile_that_is_a_link_is_served_as_the_file_it_leads_to() {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path().join("ws");
    fs::create_dir_all(root.join("big")).unwrap();
    fs::write(dir.path().join("real"), "FROM scratch").unwrap();
    fs::write(root.join("big/file"), "").unwrap();
    fs::write(root.join("Dockerfile.dockerignore"), "x").unwrap();
    symlink("../real", root.join("Dockerfile")).unwrap();
    let mut asking = Asking::of(&root, Some(("Dockerfile".to_owned(), dir.path().join("real"))));
    let listed = asking.list(&[], &["Dockerfile", "Dockerfile.dockerignore", "dockerfile"]);
    assert_eq!(listed, "0 Dockerfile file 12 bytes\n1 Dockerfile.dockerignore file 1 bytes\n");
    assert_eq!(asking.ask(0), "\"FROM scratch\"");
    let mut asking = Asking::of(&root, Some(("Dockerfile".to_owned(), dir.path().join("real"))));
    assert_eq!(asking.list(&[], &["Dockerfile"]).lines().count(), 1);
}

#[test]
fn modes_are_gos() {
    assert_eq!(mode(0o100_755), 0o755);
    assert_eq!(mode(0o4755), 0o755 | 1 << 23);
    assert_eq!(mode(0o1777), 0o777 | 1 << 20);
}

#[test]
fn escaped_metadata_is_read() {
    let mut metadata = MetadataMap::new();
    metadata.insert("dir-name", "context".parse().unwrap());
    metadata.insert("exclude-patterns-encoded", "1".parse().unwrap());
    metadata.append("exclude-patterns", "caf%C3%A9+x%2Fy".parse().unwrap());
    metadata.append("followpaths", "a+b".parse().unwrap());
    let asked = Asked::read(&metadata);
    assert_eq!(asked.excluded, ["café x/y"]);
    assert_eq!((asked.directory.as_str(), asked.wanted), ("context", vec!["a+b".to_owned()]));
}
