//! Repositories of strangers and programs that misbehave: nothing runs, nothing hangs, nothing is believed.

use std::os::unix::fs::PermissionsExt;
use std::time::Instant;

use super::*;

/// Long enough for git on a busy machine.
const SHORT: Duration = Duration::from_secs(3);

fn refused(state: &GitState) -> bool {
    matches!(state, GitState::Unreadable(_))
}

#[test]
fn a_bare_repository_in_the_tree_is_not_the_repository() {
    let dir = repository();
    commit(dir.path(), "a");
    let bare = dir.path().join("bare");
    git(dir.path(), &["clone", "-q", "--bare", ".", "bare"]);
    let marker = dir.path().join("ran");
    git(&bare, &["config", "core.fsmonitor", &format!("touch {}; false", marker.display())]);
    git(&bare, &["config", "core.bare", "false"]);
    git(&bare, &["config", "core.worktree", "."]);
    commit(dir.path(), "b");
    fs::create_dir(bare.join("below")).unwrap();
    for from in [&bare, &bare.join("below")] {
        assert_eq!(ask(from), clean(dir.path()), "that of the tree");
    }
    assert!(!marker.exists());

    let alone = tempfile::tempdir().unwrap();
    git(alone.path(), &["clone", "-q", "--bare", dir.path().to_str().unwrap(), "bare"]);
    let bare = alone.path().join("bare");
    let reason = format!(
        "{} is a bare git repository, which counts only where the variable GIT_DIR names it",
        bare.display()
    );
    assert_eq!(ask(&bare), GitState::Unreadable(reason));
}

#[test]
fn repositories_of_other_users_are_told_apart() {
    let dir = repository();
    commit(dir.path(), "a");
    let chown = |path: &Path| std::os::unix::fs::chown(path, Some(12345), None);
    // Only root can give files away.
    if chown(dir.path()).is_ok() {
        chown(&dir.path().join(".git")).unwrap();
        assert_eq!(ask(dir.path()), GitState::Untrusted);
    }
}

/// What git does for speed or for its owner's convenience is not done for a deployment.
#[test]
fn hooks_and_monitors_do_not_run() {
    let dir = repository();
    commit(dir.path(), "a");
    let ran = tempfile::tempdir().unwrap();
    let marks = |name: &str| format!("touch {}/{name}", ran.path().display());
    let hooks = dir.path().join(".git/hooks");
    for hook in ["post-index-change", "fsmonitor-watchman", "reference-transaction", "post-checkout"] {
        script(hooks.join(hook), &marks(hook));
    }
    let monitor = script(dir.path().join(".git/monitor"), &marks("monitor"));
    git(dir.path(), &["config", "core.fsmonitor", monitor.to_str().unwrap()]);
    git(dir.path(), &["config", "core.pager", &marks("pager")]);
    git(dir.path(), &["config", "pager.status", "true"]);
    git(dir.path(), &["config", "pager.describe", &marks("pager")]);
    git(dir.path(), &["config", "alias.status", &format!("!{}", marks("alias"))]);
    git(dir.path(), &["config", "core.askPass", &marks("askpass")]);
    git(dir.path(), &["config", "diff.external", &marks("diff")]);
    // The same content at another time: git would write the index to remember it.
    let index = fs::read(dir.path().join(".git/index")).unwrap();
    write(dir.path().join("a"), "a");
    for entry in fs::read_dir(ran.path()).unwrap() {
        fs::remove_file(entry.unwrap().path()).unwrap();
    }
    let GitState::Clean { tag } = ask(dir.path()) else { panic!("not clean") };
    assert_eq!(fs::read_dir(ran.path()).unwrap().count(), 0, "nothing ran");
    assert_eq!(fs::read(dir.path().join(".git/index")).unwrap(), index, "nothing was written");
    // They would run: plain git runs the monitor and the hook.
    git(dir.path(), &["status"]);
    assert!(ran.path().join("monitor").exists() && ran.path().join("post-index-change").exists());
    assert_eq!(tag, git(dir.path(), &["describe", "--always"]));
}

/// Nothing is fetched: a partial clone whose remote is asked would start the remote's helper.
#[test]
fn partial_clones_fetch_nothing() {
    let dir = repository();
    let main = dir.path().join("main");
    fs::create_dir(&main).unwrap();
    git(&main, &["init", "-q"]);
    git(&main, &["config", "uploadpack.allowFilter", "true"]);
    write(main.join("old"), "content ".repeat(100));
    commit(&main, "a");
    let source = format!("file://{}", main.display());
    git(dir.path(), &["clone", "-q", "--filter=tree:0", "--no-checkout", &source, "partial"]);
    let partial = dir.path().join("partial");
    let ran = dir.path().join("ran");
    let helper = script(dir.path().join("helper"), &format!("touch {}; exit 1", ran.display()));
    git(&partial, &["config", "remote.origin.url", &format!("ext::{}", helper.display())]);
    git(&partial, &["config", "protocol.ext.allow", "always"]);
    let state = ask_program(&partial, &[]);
    assert!(refused(&state), "{state:?}");
    assert!(!ran.exists());
    let _ = plain(&partial, &[]);
    assert!(ran.exists(), "plain git would have");
}

#[test]
fn damaged_repositories_give_a_reason() {
    for (path, content) in [
        ("HEAD", "nonsense"),
        ("HEAD", "ref: refs/heads/gone\n"),
        ("HEAD", "1234567890123456789012345678901234567890\n"),
        ("config", "[broken"),
        ("index", "DIRC\0\0\0\x02broken"),
        ("index", ""),
    ] {
        let dir = repository();
        commit(dir.path(), "a");
        write(dir.path().join(".git").join(path), content);
        for state in [ask_program(dir.path(), &[]), ask_library(dir.path(), &[])] {
            // With an empty index everything is deleted.
            assert!(refused(&state) || (content.is_empty() && state == GitState::Dirty), "{path}: {state:?}");
        }
    }
    for content in ["gitdir: /nonexistent", ""] {
        let dir = tempfile::tempdir().unwrap();
        write(dir.path().join(".git"), content);
        assert!(refused(&ask_program(dir.path(), &[])), "{content}");
        assert!(refused(&ask_library(dir.path(), &[])), "{content}");
    }
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir(dir.path().join(".git")).unwrap();
    assert!(refused(&ask_program(dir.path(), &[])) && refused(&ask_library(dir.path(), &[])));
}

/// Every object and every pack, cut or overwritten.
#[test]
fn damaged_objects_give_a_reason() {
    for packed in [false, true] {
        for length in [0, 1, 5, 40] {
            let dir = repository();
            for name in ["a", "b", "c"] {
                commit(dir.path(), name);
            }
            git(dir.path(), &["tag", "-a", "v1", "-m", "x"]);
            if packed {
                git(dir.path(), &["gc", "-q"]);
            }
            damage(&dir.path().join(".git/objects"), length);
            let state = ask_program(dir.path(), &[]);
            assert!(refused(&state), "{packed} {length}: {state:?}");
        }
    }
}

/// Cuts all objects, packs and indexes of packs.
fn damage(dir: &Path, length: u64) {
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            damage(&path, length);
        } else {
            fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
            let file = fs::OpenOptions::new().write(true).open(&path).unwrap();
            file.set_len(length.min(file.metadata().unwrap().len())).unwrap();
        }
    }
}

/// An index whose one path is empty.
fn index_with_an_empty_path(dir: &Path) {
    let id = git(dir, &["rev-parse", "HEAD:a"]);
    let bytes = (0..20).map(|at| u8::from_str_radix(&id[2 * at..2 * at + 2], 16).unwrap());
    let mut entry = vec![0; 24];
    entry.extend(0o100_644u32.to_be_bytes());
    entry.extend([0; 12]);
    entry.extend(bytes);
    entry.extend([0; 2]);
    entry.resize(72, 0);
    let mut index = b"DIRC\0\0\0\x02\0\0\0\x01".to_vec();
    index.extend(entry);
    // Git calculates the checksum of this file's content, as `index.skipHash` allows zeros.
    index.extend([0; 20]);
    write(dir.join(".git/index"), index);
}

#[test]
fn an_empty_path_in_the_index_gives_a_reason() {
    let dir = repository();
    commit(dir.path(), "a");
    index_with_an_empty_path(dir.path());
    for state in [ask_program(dir.path(), &[]), ask_library(dir.path(), &[])] {
        assert!(!matches!(state, GitState::Clean { .. }), "{state:?}");
    }
}

#[test]
fn pipes_in_place_of_files_end_with_the_time_limit() {
    for path in ["HEAD", "config", "index", "packed-refs", "info/exclude"] {
        let dir = repository();
        commit(dir.path(), "a");
        let file = dir.path().join(".git").join(path);
        let _ = fs::remove_file(&file);
        assert!(Command::new("mkfifo").arg(&file).status().unwrap().success());
        let bin = program();
        let start = Instant::now();
        let state = ask_program_in(bin.parent().unwrap(), dir.path(), &[], SHORT);
        assert!(start.elapsed() < 3 * SHORT, "{path}");
        assert!(refused(&state) || state == GitState::NotARepository, "{path}: {state:?}");
    }
}

#[test]
fn programs_that_misbehave() {
    let dir = repository();
    commit(dir.path(), "a");
    let real = program();
    let real = real.display();
    let left = dir.path().join(".git/left");
    let hangs = format!("sleep 1000 & echo $! > {}; wait", left.display());
    let on_status =
        |lines: &str| format!("case \"$*\" in *--porcelain*) {lines};; *) exec {real} \"$@\";; esac");
    let limit = format!("git did not answer within {} s", SHORT.as_secs());
    for (lines, reason) in [
        (hangs.as_str(), limit.as_str()),
        (&on_status(&hangs), &limit),
        ("while :; do echo 1234567890; done", "`git describe --always` printed more than a tag"),
        ("while :; do echo 1234567890 >&2; done", &limit),
        ("exit 0", "`git describe --always` printed nothing"),
        ("exit 3", "`git describe` failed: exit status: 3"),
        ("kill -SEGV $$", "`git describe` failed: signal: 11 (SIGSEGV)"),
        ("echo first >&2; printf 'fatal: red\\n' >&2; exit 128", "`git describe` failed: red"),
        (&on_status("echo fatal: no >&2; exit 128"), "`git status` failed: no"),
    ] {
        let bin = tempfile::tempdir().unwrap();
        script(bin.path().join("git"), lines);
        let start = Instant::now();
        let state = ask_program_in(bin.path(), dir.path(), &[], SHORT);
        assert_eq!(state, GitState::Unreadable(reason.to_owned()), "{lines}");
        assert!(start.elapsed() < 3 * SHORT, "{lines}");
        if lines.contains("sleep") {
            let child = fs::read_to_string(&left).unwrap();
            let about = format!("/proc/{}/stat", child.trim());
            let ended = (0..50).any(|_| {
                std::thread::sleep(Duration::from_millis(20));
                fs::read_to_string(&about).map_or(true, |about| about.contains(") Z "))
            });
            assert!(ended, "what it started was left running: {lines}");
        }
    }
    // One line of changes is enough, however many follow.
    let bin = tempfile::tempdir().unwrap();
    script(bin.path().join("git"), &on_status("while :; do echo '?? a'; done"));
    assert_eq!(ask_program_in(bin.path(), dir.path(), &[], SHORT), GitState::Dirty);
}

/// The process that reads without git: what it prints comes back, and its end is no surprise.
#[test]
fn the_reading_process() {
    let dir = repository();
    commit(dir.path(), "a");
    for (lines, state) in [
        ("echo clean v1", GitState::Clean { tag: "v1".to_owned() }),
        ("echo dirty", GitState::Dirty),
        ("echo untrusted", GitState::Untrusted),
        ("echo none", GitState::NotARepository),
        ("echo unreadable a b", GitState::Unreadable("a b".to_owned())),
        (
            "printf 'clean v1'",
            GitState::Unreadable("the reader of the git repository gave no answer".to_owned()),
        ),
        (
            "kill -SEGV $$",
            GitState::Unreadable(
                "the git repository is damaged: its reader ended with signal: 11 (SIGSEGV)".to_owned(),
            ),
        ),
        (
            "sleep 1000",
            GitState::Unreadable("the reader of the git repository did not answer within 3 s".to_owned()),
        ),
    ] {
        let reader = script(dir.path().join(".git/reader"), lines);
        let no_git = |name: &str| (name == "PATH").then(|| "/nonexistent".into());
        let around = Surroundings { dir: dir.path(), var: &no_git, own_program: Some(reader), limit: SHORT };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        assert_eq!(runtime.block_on(describe(&around)), state, "{lines}");
    }
}
