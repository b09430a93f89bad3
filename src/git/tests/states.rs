//! What is read of repositories of every kind, with the git program and without.

use super::*;

#[test]
fn nothing_to_describe() {
    let dir = tempfile::tempdir().unwrap();
    assert_eq!(ask(dir.path()), GitState::NotARepository);
    assert_eq!(ask(&dir.path().join("missing")), GitState::NotARepository);
    let no_commit = GitState::Unreadable("HEAD of the git repository names no commit".to_owned());
    assert_eq!(ask(repository().path()), no_commit);
}

#[test]
fn describes_like_git() {
    let dir = repository();
    commit(dir.path(), "a");
    let state = ask(dir.path());
    assert_eq!(state, clean(dir.path()));
    assert!(matches!(state, GitState::Clean { tag } if tag.len() == 7));
    git(dir.path(), &["tag", "lightweight"]);
    assert_eq!(ask(dir.path()), clean(dir.path()), "lightweight tags do not count");
    git(dir.path(), &["tag", "-a", "release/1.2", "-m", "x"]);
    assert_eq!(ask(dir.path()), GitState::Clean { tag: "release/1.2".to_owned() });
    commit(dir.path(), "b");
    let state = ask(dir.path());
    assert_eq!(state, clean(dir.path()));
    assert!(matches!(&state, GitState::Clean { tag } if tag.starts_with("release/1.2-1-g")), "{state:?}");
    fs::create_dir(dir.path().join("sub")).unwrap();
    assert_eq!(ask(&dir.path().join("sub")), state, "from a directory below");
    git(dir.path(), &["config", "core.abbrev", "12"]);
    assert_eq!(ask(dir.path()), clean(dir.path()));
    git(dir.path(), &["gc", "-q"]);
    git(dir.path(), &["checkout", "-q", "--detach"]);
    assert_eq!(ask(dir.path()), clean(dir.path()), "packed and detached");
}

#[test]
fn dirty_trees() {
    let dir = repository();
    let file = dir.path().join("a");
    commit(dir.path(), "a");
    let state = clean(dir.path());

    fs::write(dir.path().join("untracked"), "").unwrap();
    assert_eq!(ask(dir.path()), GitState::Dirty);
    git(dir.path(), &["config", "status.showUntrackedFiles", "no"]);
    assert_eq!(ask(dir.path()), state);
    git(dir.path(), &["config", "--unset", "status.showUntrackedFiles"]);
    fs::write(dir.path().join(".git/info/exclude"), "untracked").unwrap();
    assert_eq!(ask(dir.path()), state);

    fs::write(&file, "changed").unwrap();
    assert_eq!(ask(dir.path()), GitState::Dirty);
    git(dir.path(), &["add", "a"]);
    assert_eq!(ask(dir.path()), GitState::Dirty, "staged");
    git(dir.path(), &["reset", "-q", "--hard"]);
    assert_eq!(ask(dir.path()), state);
    fs::write(&file, "b").unwrap();
    assert_eq!(ask(dir.path()), GitState::Dirty, "of the same length, in the same second");
    fs::remove_file(&file).unwrap();
    assert_eq!(ask(dir.path()), GitState::Dirty, "deleted");
}

/// libgit2 takes files for ignored that git does not.
#[test]
fn patterns_for_directories_do_not_hide_files() {
    for pattern in ["/*/", "*/", "**/"] {
        let dir = repository();
        write(dir.path().join(".gitignore"), format!("{pattern}\n"));
        commit(dir.path(), "a");
        assert_eq!(ask(dir.path()), clean(dir.path()), "{pattern}");
        write(dir.path().join("sub/ignored"), "");
        assert_eq!(ask(dir.path()), clean(dir.path()), "{pattern}");
        write(dir.path().join("untracked"), "");
        assert_eq!(ask(dir.path()), GitState::Dirty, "{pattern}");
    }
}

#[test]
fn worktrees_sparse_checkouts_and_submodules() {
    let dir = repository();
    let main = dir.path().join("main");
    fs::create_dir(&main).unwrap();
    git(&main, &["init", "-q"]);
    commit(&main, "a");
    git(&main, &["tag", "-a", "v1", "-m", "x"]);

    git(&main, &["worktree", "add", "-q", "../tree", "-b", "other"]);
    let tree = dir.path().join("tree");
    assert_eq!(ask(&tree), GitState::Clean { tag: "v1".to_owned() });
    commit(&tree, "b");
    assert_eq!(ask(&tree), clean(&tree));
    assert_eq!(ask(&main), GitState::Clean { tag: "v1".to_owned() });

    git(&tree, &["update-index", "--skip-worktree", "b"]);
    fs::remove_file(tree.join("b")).unwrap();
    assert_eq!(ask(&tree), clean(&tree), "left out by a sparse checkout");

    git(&main, &["submodule", "--quiet", "add", "../tree", "module"]);
    git(&main, &["commit", "-q", "-m", "module"]);
    assert_eq!(ask(&main), clean(&main));
    assert_eq!(ask(&main.join("module")), clean(&main.join("module")));
    fs::write(main.join("module/a"), "changed").unwrap();
    assert_eq!(ask(&main), GitState::Dirty, "changed within the submodule");
}

/// A link to another checkout: libgit2 would look at the other one's files.
#[test]
fn a_repository_that_lies_elsewhere() {
    let dir = tempfile::tempdir().unwrap();
    let (one, two) = (dir.path().join("one"), dir.path().join("two"));
    fs::create_dir_all(&one).unwrap();
    fs::create_dir_all(&two).unwrap();
    git(&one, &["init", "-q", "--separate-git-dir", "../elsewhere"]);
    commit(&one, "a");
    assert_eq!(ask(&one), clean(&one));
    std::os::unix::fs::symlink("../elsewhere", two.join(".git")).unwrap();
    assert_eq!(ask(&two), GitState::Dirty);
    fs::remove_file(two.join(".git")).unwrap();
    write(two.join(".git"), "gitdir: ../elsewhere\n");
    assert_eq!(ask(&two), GitState::Dirty);
    write(two.join("a"), "a");
    assert_eq!(ask(&two), clean(&two));
}

#[test]
fn shallow_clones() {
    let dir = repository();
    commit(dir.path(), "a");
    git(dir.path(), &["tag", "-a", "release/1.0", "-m", "x"]);
    commit(dir.path(), "b");
    commit(dir.path(), "c");
    let source = format!("file://{}", dir.path().display());
    let clones = tempfile::tempdir().unwrap();
    let clone = |name: &str, flags: &[&str]| {
        git(clones.path(), &[&["clone", "-q"], flags, &[&source, name]].concat());
        clones.path().join(name)
    };
    // The tag is beyond the clone's history, so the commit it is.
    let shallow = clone("shallow", &["--depth", "1"]);
    assert_eq!(ask(&shallow), clean(&shallow));
    let deeper = clone("deeper", &["--depth", "3"]);
    git(&deeper, &["fetch", "-q", "--tags"]);
    let state = ask(&deeper);
    assert_eq!(state, clean(&deeper));
    assert!(matches!(&state, GitState::Clean { tag } if tag.starts_with("release/1.0-2-g")), "{state:?}");
}

/// Filters are git's own business: what is stored differs from what lies in the tree, and nothing has changed.
#[test]
fn fresh_clones_with_filters() {
    let dir = repository();
    let clean_filter = script(dir.path().join("filters/clean"), "sed s/CONTENT/POINTER/");
    let smudge = script(dir.path().join("filters/smudge"), "sed s/POINTER/CONTENT/");
    let config = [
        ("filter.large.clean", clean_filter.display().to_string()),
        ("filter.large.smudge", smudge.display().to_string()),
    ];
    let flags: Vec<String> = config.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let main = dir.path().join("main");
    fs::create_dir(&main).unwrap();
    git(&main, &["init", "-q"]);
    for (name, value) in &config {
        git(&main, &["config", name, value]);
    }
    write(main.join(".gitattributes"), "*.bin filter=large\n");
    write(main.join("a.bin"), "CONTENT\n");
    commit(&main, "a");
    assert_eq!(git(&main, &["show", "HEAD:a.bin"]), "POINTER");
    git(dir.path(), &["clone", "-q", "-c", &flags[0], "-c", &flags[1], "main", "fresh"]);
    let fresh = dir.path().join("fresh");
    assert_eq!(fs::read_to_string(fresh.join("a.bin")).unwrap(), "CONTENT\n");
    assert_eq!(ask_program(&fresh, &[]), clean(&fresh));
    // The file is as young as the index, so that only the filter could tell.
    let filtered = "the repository cannot be read without the git program: git converts files, so that only the git \
                    program can tell whether .gitattributes has changed";
    assert_eq!(ask_library(&fresh, &[]), GitState::Unreadable(filtered.to_owned()));
}

#[test]
fn repositories_that_libgit2_cannot_read() {
    let dir = tempfile::tempdir().unwrap();
    git(dir.path(), &["init", "-q", "--object-format=sha256"]);
    commit(dir.path(), "a");
    assert_eq!(ask_program(dir.path(), &[]), clean(dir.path()));
    let sha256 = "the repository cannot be read without the git program: its objects are named by SHA-256";
    assert_eq!(ask_library(dir.path(), &[]), GitState::Unreadable(sha256.to_owned()));

    let dir = repository();
    commit(dir.path(), "a");
    let variables = [("GIT_DIR", dir.path().join(".git").display().to_string())];
    assert_eq!(ask_program(dir.path(), &variables), clean(dir.path()));
    let named = "the repository cannot be read without the git program: the variable GIT_DIR is set";
    assert_eq!(ask_library(dir.path(), &variables), GitState::Unreadable(named.to_owned()));

    git(dir.path(), &["update-index", "--split-index"]);
    assert_eq!(ask_program(dir.path(), &[]), clean(dir.path()));
    let split =
        "the repository cannot be read without the git program: unsupported mandatory extension: 'link'";
    assert_eq!(ask_library(dir.path(), &[]), GitState::Unreadable(split.to_owned()));
}

#[test]
fn the_program_is_not_taken_from_here() {
    let dir = tempfile::tempdir().unwrap();
    let there = script(dir.path().join("bin/git"), "echo planted");
    let bin = there.parent().unwrap();
    fs::create_dir_all(dir.path().join("none/git")).unwrap();
    write(dir.path().join("plain/git"), "not executable");
    let find = |path: &str| Programs::of(Some(path)).find(PROGRAM);
    for path in ["", ":", ".", "bin", "./bin", ":bin:"] {
        assert_eq!(find(path), None, "{path}");
    }
    let others = format!(":bin:{0}/none:{0}/plain:{0}/bin", dir.path().display());
    assert_eq!(find(&others).as_deref(), Some(bin.join("git").as_path()));
}
