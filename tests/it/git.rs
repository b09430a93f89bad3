//! The tag that git gives images: who is asked for it, and what is told where there is none.

use std::fs;
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::Path;

use crate::support::packaging::packaging;
use crate::support::{BUILD, LOCATION, Run, Workspace, World, program, stable, without_times};

/// A job that ran another image until now, in a git repository; and its commit.
fn world() -> (World, String) {
    let world = World::new(Workspace::new(LOCATION));
    world.deploy(&[]).succeeds();
    world.workspace.manifest(BUILD);
    world.workspace.file("Dockerfile", "FROM scratch\n");
    let commit = world.workspace.commit();
    (world, commit)
}

/// What `job package --diff` tells about the image, with a value for `PATH`.
fn told(world: &World, commit: &str, path: Option<&Path>, flags: &[&str]) -> String {
    let mut command = packaging(world, &[&["--diff"], flags].concat());
    command.env("DOCKER_HOST", "unix:///nowhere.sock");
    if let Some(path) = path {
        command.env("PATH", path);
    }
    let run = Run::of(command);
    assert_eq!(run.code, Some(1), "{}", run.stderr);
    let stderr = stable(&without_times(&run.stderr), world);
    let about =
        |line: &&str| ["no tag", "amazonaws.com/demo", "known after"].iter().any(|word| line.contains(word));
    let lines: Vec<_> = stderr.lines().filter(about).map(str::trim).collect();
    lines.join("\n").replace(commit, "COMMIT")
}

#[test]
fn the_commit_is_told_with_git_and_without() {
    let (world, commit) = world();
    let nothing = tempfile::tempdir().unwrap();
    for path in [None, Some(nothing.path())] {
        insta::allow_duplicates! {
            insta::assert_snapshot!(told(&world, &commit, path, &[]), @"-> ACCOUNT.dkr.ecr.us-west-2.amazonaws.com/demo/report-gen:COMMIT");
        }
    }
    // An untracked file that libgit2 would take for ignored.
    world.workspace.file(".git/info/exclude", "/*/\n");
    world.workspace.file("untracked", "");
    for path in [None, Some(nothing.path())] {
        insta::allow_duplicates! {
            insta::assert_snapshot!(told(&world, &commit, path, &[]), @"-> ACCOUNT.dkr.ecr.us-west-2.amazonaws.com/demo/report-gen@(known after push)");
        }
    }
}

#[test]
fn a_tag_that_is_lost_is_told_once_and_why() {
    let (world, commit) = world();
    let git = world.workspace.path().join(".git");
    let nothing = tempfile::tempdir().unwrap();
    if chown(&git, Some(12345), None).is_ok() {
        insta::assert_snapshot!(told(&world, &commit, None, &[]), @r"
    Warning: no tag: the git repository belongs to another user; images get none from git. Allow it to be read with `git config --global --add safe.directory <path of the repository>`
    -> ACCOUNT.dkr.ecr.us-west-2.amazonaws.com/demo/report-gen@(known after push)
    ");
        insta::assert_snapshot!(told(&world, &commit, Some(nothing.path()), &[]), @r"
    Warning: no tag: the git repository belongs to another user; images get none from git. Allow it to be read with `git config --global --add safe.directory <path of the repository>`
    -> ACCOUNT.dkr.ecr.us-west-2.amazonaws.com/demo/report-gen@(known after push)
    ");
        chown(&git, Some(0), None).unwrap();
    }
    let head = fs::read(git.join("HEAD")).unwrap();
    fs::write(git.join("HEAD"), "1234567890123456789012345678901234567890\n").unwrap();
    insta::assert_snapshot!(told(&world, &commit, None, &[]), @r"
    Warning: no tag: `git describe` failed: HEAD is neither a commit nor blob; images get none from git
    -> ACCOUNT.dkr.ecr.us-west-2.amazonaws.com/demo/report-gen@(known after push)
    ");
    insta::assert_snapshot!(told(&world, &commit, Some(nothing.path()), &[]), @r"
    Warning: no tag: the repository cannot be read without the git program: object not found - no match for id (1234567890123456789012345678901234567890); images get none from git
    -> ACCOUNT.dkr.ecr.us-west-2.amazonaws.com/demo/report-gen@(known after push)
    ");
    // With a tag of the user's own nothing is lost.
    insta::assert_snapshot!(told(&world, &commit, None, &["--tag", "mine"]), @"-> ACCOUNT.dkr.ecr.us-west-2.amazonaws.com/demo/report-gen:mine");
    fs::write(git.join("HEAD"), head).unwrap();

    // A damaged index ends the process that reads it, not this one.
    let index = fs::read(git.join("index")).unwrap();
    fs::write(git.join("index"), &index[..20]).unwrap();
    insta::assert_snapshot!(told(&world, &commit, None, &[]), @r"
    Warning: no tag: `git status` failed: .git/index: index file smaller than expected; images get none from git
    -> ACCOUNT.dkr.ecr.us-west-2.amazonaws.com/demo/report-gen@(known after push)
    ");
    insta::assert_snapshot!(told(&world, &commit, Some(nothing.path()), &[]), @r"
    Warning: no tag: the repository cannot be read without the git program: invalid data in index - insufficient buffer space; images get none from git
    -> ACCOUNT.dkr.ecr.us-west-2.amazonaws.com/demo/report-gen@(known after push)
    ");
}

#[test]
fn git_is_asked_only_for_images_that_get_its_tag() {
    let (world, _) = world();
    let bin = tempfile::tempdir().unwrap();
    let git = bin.path().join("git");
    let marker = bin.path().join("asked");
    fs::write(&git, format!("#!/bin/sh\necho >> {}\nexit 1\n", marker.display())).unwrap();
    fs::set_permissions(&git, fs::Permissions::from_mode(0o755)).unwrap();
    let asked = |flags: &[&str]| {
        let _ = fs::remove_file(&marker);
        let mut command = packaging(&world, flags);
        command.env("PATH", bin.path()).env("DOCKER_HOST", "unix:///nowhere.sock");
        let run = Run::of(command);
        assert!(!run.stderr.contains("panicked"), "{}", run.stderr);
        fs::read_to_string(&marker).map_or(0, |text| text.lines().count())
    };
    assert_eq!(asked(&["--diff"]), 2, "describe and status");
    assert_eq!(asked(&[]), 0, "nothing is built");
    assert_eq!(asked(&["--diff", "--tag", "mine"]), 0);
    world.workspace.manifest(LOCATION);
    assert_eq!(asked(&["--diff"]), 0);
}

#[test]
fn the_reading_process_has_no_other_use() {
    let workspace = Workspace::new(LOCATION);
    let run = Run::of(program(workspace.path(), &["--read-git-repository"]));
    assert_eq!((run.code, run.stdout.as_str()), (Some(0), "none\n"));
    let commit = workspace.commit();
    let run = Run::of(program(workspace.path(), &["--read-git-repository"]));
    assert_eq!((run.code, run.stdout), (Some(0), format!("clean {commit}\n")));
    // Only as the first argument.
    let run = Run::of(program(workspace.path(), &["version", "--read-git-repository"]));
    assert_eq!(run.code, Some(2));
}

/// Git runs filters where it stands, which is in the repository.
#[test]
fn filters_are_not_taken_from_the_tree() {
    let (world, _) = world();
    let root = world.workspace.path();
    let elsewhere = tempfile::tempdir().unwrap();
    let mark = elsewhere.path().join("ran");
    let filter = world.workspace.file("own-filter", &format!("#!/bin/sh\ntouch {}\ncat\n", mark.display()));
    fs::set_permissions(&filter, fs::Permissions::from_mode(0o755)).unwrap();
    world.workspace.file(".gitattributes", "Dockerfile filter=own\n");
    let path = format!(".:{}", std::env::var("PATH").unwrap());
    let git = |args: &[&str]| {
        let ended =
            std::process::Command::new("git").current_dir(root).env("PATH", &path).args(args).output();
        assert!(ended.unwrap().status.success(), "{args:?}");
    };
    git(&["config", "filter.own.clean", "own-filter"]);
    world.workspace.file("Dockerfile", "FROM scratch\n");
    let mut command = packaging(&world, &["--diff"]);
    command.env("DOCKER_HOST", "unix:///nowhere.sock").env("PATH", &path);
    Run::of(command);
    assert!(!mark.exists());
    git(&["status", "--porcelain"]);
    assert!(mark.exists(), "plain git runs it");
}
