mod generated;
mod generator;
mod hostile;
mod states;
mod words;

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::Duration;

use super::*;

/// Variables that a case sets.
type Variables = [(&'static str, String)];

/// The git program of this machine, with nothing of the developer's own.
fn real_git() -> Command {
    let mut command = Command::new(program());
    command.envs(OWN).env_remove("GIT_DIR").args([
        "-c",
        "protocol.file.allow=always",
        "-c",
        "advice.detachedHead=false",
    ]);
    command
}

const OWN: [(&str, &str); 9] = [
    ("GIT_CONFIG_GLOBAL", "/dev/null"),
    ("GIT_CONFIG_SYSTEM", "/dev/null"),
    ("GIT_AUTHOR_NAME", "t"),
    ("GIT_AUTHOR_EMAIL", "t@example.com"),
    ("GIT_COMMITTER_NAME", "t"),
    ("GIT_COMMITTER_EMAIL", "t@example.com"),
    ("HOME", "/nonexistent"),
    ("XDG_CONFIG_HOME", "/nonexistent"),
    ("GIT_TERMINAL_PROMPT", "0"),
];

#[allow(clippy::disallowed_methods, reason = "a test of the git program on this machine")]
fn program() -> PathBuf {
    Programs::of(std::env::var_os("PATH").as_deref()).find(PROGRAM).unwrap()
}

/// Runs git and returns what it printed.
fn git(dir: &Path, args: &[&str]) -> String {
    let output = real_git().current_dir(dir).args(args).output().unwrap();
    assert!(output.status.success(), "git {args:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

fn write(path: PathBuf, content: impl AsRef<[u8]>) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, content).unwrap();
}

/// A program that the shell runs. Another process writes it: a child of another test's thread could inherit the open
/// file, and what is open for writing cannot be run.
fn script(path: PathBuf, lines: &str) -> PathBuf {
    let text = path.with_extension("text");
    write(text.clone(), format!("#!/bin/sh\n{lines}\n"));
    assert!(Command::new("install").args(["-m", "755"]).args([&text, &path]).status().unwrap().success());
    fs::remove_file(text).unwrap();
    path
}

fn repository() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    git(dir.path(), &["init", "-q"]);
    dir
}

fn commit(dir: &Path, name: &str) {
    write(dir.join(name), name);
    git(dir, &["add", "-A"]);
    git(dir, &["commit", "-q", "-m", name]);
}

fn clean(dir: &Path) -> GitState {
    GitState::Clean { tag: git(dir, &["describe", "--always"]) }
}

/// Asks a program that is called `git` and lies in `bin`.
fn ask_program_in(bin: &Path, dir: &Path, variables: &Variables, limit: Duration) -> GitState {
    // What scripts and filters run is there, as usual.
    let path = OsString::from(format!("{}:/usr/local/bin:/usr/bin:/bin", bin.display()));
    let var = |name: &str| match name {
        "PATH" => Some(path.clone()),
        _ => variables.iter().find(|(known, _)| *known == name).map(|(_, value)| OsString::from(value)),
    };
    let around = Surroundings { dir, var: &var, own_program: None, limit };
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .unwrap()
        .block_on(describe(&around))
}

/// Asks the git program of this machine, with some variables set.
fn ask_program(dir: &Path, variables: &Variables) -> GitState {
    let bin = tempfile::tempdir().unwrap();
    let all = OWN.iter().map(|(name, value)| (*name, (*value).to_owned())).chain(variables.iter().cloned());
    let exports: String = all.map(|(name, value)| format!("export {name}='{value}'\n")).collect();
    script(bin.path().join("git"), &format!("{exports}exec {} \"$@\"", program().display()));
    ask_program_in(bin.path(), dir, variables, LIMIT)
}

/// Reads without a git program.
fn ask_library(dir: &Path, variables: &Variables) -> GitState {
    library::read(dir, &|name| {
        let set = variables.iter().find(|(known, _)| *known == name);
        set.map(|(_, value)| OsString::from(value))
    })
}

/// Both, which must agree.
#[track_caller]
fn ask(dir: &Path) -> GitState {
    let state = ask_program(dir, &[]);
    assert_eq!(ask_library(dir, &[]), state, "the library");
    state
}

/// What plain git says: the tag and the changes; `None` where it fails.
fn plain(dir: &Path, variables: &Variables) -> (Option<String>, Option<String>) {
    let run = |args: &[&str]| {
        let mut command = Command::new(program());
        let output: Output =
            command.envs(OWN).envs(variables.iter().cloned()).current_dir(dir).args(args).output().unwrap();
        output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim_end().to_owned())
    };
    (run(&["describe", "--always"]), run(&["status", "--porcelain"]))
}
