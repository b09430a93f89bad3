//! `job logs`, against the local AWS.

mod following;
mod missing;
mod reading;
mod runs;
mod showing;

use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use crate::support::{ENV, JOB, LOCATION, Run, Started, Workspace, World};

const GROUP: &str = "/copilot/demo-test-report-gen";

/// The time in milliseconds since 1970.
fn now() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis().try_into().unwrap()
}

/// Seconds ago, in milliseconds since 1970.
fn ago(seconds: i64) -> i64 {
    now() - seconds * 1000
}

/// A task's id, made of one digit.
fn task(digit: char) -> String {
    digit.to_string().repeat(32)
}

fn stream(container: &str, task_digit: char) -> String {
    format!("copilot/{container}/{}", task(task_digit))
}

/// The application with its job, which has logged nothing.
fn world() -> World {
    World::new(Workspace::new(LOCATION))
}

/// Logs lines.
fn put(world: &World, stream: &str, events: &[(i64, &str)]) {
    let events = events.iter().map(|(time, message)| (*time, (*message).to_owned()));
    world.account.put_log_events(GROUP, stream, events).unwrap();
}

/// `job logs --name report-gen --env test` and more flags.
fn command(world: &World, flags: &[&str]) -> Command {
    world.command(&[&["job", "logs", "--name", JOB, "--env", ENV], flags].concat())
}

fn logs(world: &World, flags: &[&str]) -> Run {
    Run::of(command(world, flags))
}

/// The messages that are shown, bare.
fn messages(world: &World, flags: &[&str]) -> Vec<String> {
    let run = logs(world, &[&["--raw"], flags].concat());
    assert_eq!(run.code, Some(0), "{run}");
    run.stdout.lines().map(str::to_owned).collect()
}

/// A command that follows.
struct Following {
    started: Started,
    lines: Receiver<(Instant, String)>,
    talk: Receiver<(Instant, String)>,
}

impl Following {
    /// Starts it, and waits until it has looked for the first time.
    fn start(world: &World, flags: &[&str]) -> Self {
        let mut command = command(world, &[&["--follow"], flags].concat());
        let mut child =
            command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let lines = listen(child.stdout.take().unwrap());
        let talk = listen(child.stderr.take().unwrap());
        let mut following = Self { started: Started(child), lines, talk };
        following.hears("Waiting for lines");
        let before = world.account.calls().count("logs:DescribeLogStreams");
        let patience = Instant::now() + Duration::from_secs(30);
        while world.account.calls().count("logs:DescribeLogStreams") < before + 2 {
            assert!(Instant::now() < patience, "it does not look");
            std::thread::sleep(Duration::from_millis(20));
        }
        following
    }

    /// Waits until this was said.
    fn hears(&mut self, text: &str) {
        while !self.talk.recv_timeout(Duration::from_secs(60)).unwrap().1.contains(text) {}
    }

    /// The next lines, as many as are asked for.
    fn next(&self, count: usize) -> Vec<(Instant, String)> {
        let next = |_| self.lines.recv_timeout(Duration::from_secs(60)).unwrap();
        (0..count).map(next).collect()
    }

    /// The texts of the next lines.
    fn texts(&self, count: usize) -> Vec<String> {
        self.next(count).into_iter().map(|(_, text)| text).collect()
    }

    /// Nothing comes for some time.
    fn is_silent(&self, time: Duration) {
        assert_eq!(self.lines.recv_timeout(time), Err(RecvTimeoutError::Timeout));
    }

    /// Ends it with Ctrl-C; returns what else it has shown and said.
    fn ends(self) -> (Option<i32>, Vec<String>, Vec<String>) {
        self.started.signal("INT");
        let code = self.started.finish().code;
        let all = |lines: Receiver<(Instant, String)>| lines.iter().map(|(_, text)| text).collect();
        (code, all(self.lines), all(self.talk))
    }
}

fn listen(stream: impl std::io::Read + Send + 'static) -> Receiver<(Instant, String)> {
    let (send, lines) = channel();
    std::thread::spawn(move || {
        for line in BufReader::new(stream).lines() {
            if send.send((Instant::now(), line.unwrap())).is_err() {
                break;
            }
        }
    });
    lines
}
