//! `job logs --follow`

use std::io::Read as _;
use std::process::Stdio;
use std::time::{Duration, Instant};

use super::{Following, GROUP, ago, command, now, put, stream, world};
use crate::local_aws::{Action, Rule};
use crate::support::JOB;

#[test]
fn lines_that_come_between_two_looks_are_all_shown() {
    let world = world();
    put(&world, &stream(JOB, 'a'), &[(ago(60), "old")]);
    let following = Following::start(&world, &["--raw"]);
    let lines: Vec<String> = (0..1000).map(|n| format!("line {n}")).collect();
    let time = now();
    let events = lines.iter().zip(0..).map(|(line, n)| (time + n / 100, line.clone()));
    world.account.put_log_events(GROUP, &stream(JOB, 'a'), events).unwrap();
    let shown = following.texts(1000);
    assert!(shown == lines, "from {:?} to {:?}", shown.first(), shown.last());
    let (code, rest, talk) = following.ends();
    assert_eq!((code, rest, talk), (Some(130), vec![], vec![]));
}

#[test]
fn old_streams_cost_no_calls() {
    let world = world();
    for n in 0..200 {
        put(&world, &format!("copilot/report-gen/{n:032x}"), &[(ago(90_000) + n, "old")]);
    }
    put(&world, &stream(JOB, 'a'), &[(ago(10), "old")]);
    let following = Following::start(&world, &["--raw"]);
    let before = Instant::now();
    std::thread::sleep(Duration::from_secs(4));
    let calls = world.account.calls_since(before).of_program();
    assert!(calls.0.len() <= 4 * 3, "{:?}", calls.counts());
    let logged = Instant::now();
    put(&world, &stream(JOB, 'a'), &[(now(), "new")]);
    let (shown, text) = following.next(1).remove(0);
    assert_eq!(text, "new");
    assert!(shown - logged < Duration::from_secs(5), "{:?}", shown - logged);
    following.ends();
}

#[test]
fn the_next_run_is_followed_too() {
    let world = world();
    put(&world, &stream(JOB, 'a'), &[(ago(10), "before")]);
    let following = Following::start(&world, &[]);
    put(&world, &stream(JOB, 'a'), &[(now(), "run 1")]);
    assert_eq!(following.texts(1), ["copilot/report-gen/aaaaaa run 1"]);
    let began = Instant::now();
    put(&world, &stream(JOB, 'b'), &[(now() - 400, "run 2"), (now(), "goes on")]);
    put(&world, &stream(JOB, 'a'), &[(now(), "run 1 ends")]);
    let next = following.next(3);
    assert!(next[2].0 - began < Duration::from_secs(5));
    let mut texts: Vec<&str> = next.iter().map(|(_, text)| text.as_str()).collect();
    texts.sort_unstable();
    assert_eq!(
        texts,
        [
            "copilot/report-gen/aaaaaa run 1 ends",
            "copilot/report-gen/bbbbbb goes on",
            "copilot/report-gen/bbbbbb run 2"
        ]
    );
    following.is_silent(Duration::from_secs(3));
    // All talk is on stderr, so a file has log lines only.
    let (code, rest, _) = following.ends();
    assert_eq!((code, rest), (Some(130), vec![]));
}

#[test]
fn a_rate_limit_ends_nothing() {
    let world = world();
    put(&world, &stream(JOB, 'a'), &[(ago(10), "before")]);
    let mut following = Following::start(&world, &["--raw"]);
    put(&world, &stream(JOB, 'a'), &[(now(), "one")]);
    assert_eq!(following.texts(1), ["one"]);
    world.account.fault(Rule::throttle("logs:*").times(20));
    put(&world, &stream(JOB, 'a'), &[(now(), "two")]);
    following.hears("The logs cannot be read at present");
    assert_eq!(following.texts(1), ["two"]);
    let missing = "The specified log stream does not exist.";
    world.account.fault(Rule::error("logs:GetLogEvents", 400, "ResourceNotFoundException", missing).times(1));
    put(&world, &stream(JOB, 'a'), &[(now(), "three")]);
    assert_eq!(following.texts(1), ["three"]);
    following.is_silent(Duration::from_secs(3));
    let (code, rest, talk) = following.ends();
    assert_eq!((code, rest, talk), (Some(130), vec![], vec![]));
}

#[test]
fn each_line_reaches_a_pipe_at_once() {
    let world = world();
    put(&world, &stream(JOB, 'a'), &[(ago(10), "before")]);
    let following = Following::start(&world, &["--json"]);
    for n in 0..3 {
        let logged = Instant::now();
        put(&world, &stream(JOB, 'a'), &[(now(), &format!("line {n}"))]);
        let (shown, text) = following.next(1).remove(0);
        assert!(text.contains(&format!("\"message\":\"line {n}\"")), "{text}");
        // A look each second, and its calls.
        assert!(shown - logged < Duration::from_secs(3), "{:?}", shown - logged);
    }
    following.ends();
}

#[test]
fn what_is_chosen_comes_first() {
    for flags in [
        &["--since", "1h"][..],
        &["--limit", "2"],
        &["--run", "latest", "--since", "1h"],
        &["--tasks", "aaaa", "--since", "1h"],
    ] {
        let world = world();
        put(&world, &stream(JOB, 'a'), &[(ago(7000), "a"), (ago(600), "b"), (ago(500), "c")]);
        let following = Following::start(&world, &[&["--raw"], flags].concat());
        put(&world, &stream(JOB, 'a'), &[(now(), "d")]);
        assert_eq!(following.texts(3), ["b", "c", "d"], "{flags:?}");
        following.ends();
    }
}

#[test]
fn a_reader_that_has_seen_enough() {
    let world = world();
    let events = (0..20_000).map(|n| (ago(600) + n, format!("line {n}")));
    world.account.put_log_events(GROUP, &stream(JOB, 'a'), events).unwrap();
    for flags in [&["--since", "24h"][..], &["--since", "24h", "--follow"]] {
        let mut child = command(&world, flags).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut first = [0; 40];
        child.stdout.take().unwrap().read_exact(&mut first).unwrap();
        // The reader has closed the pipe; the next line that comes ends a command that follows.
        std::thread::sleep(Duration::from_millis(500));
        put(&world, &stream(JOB, 'a'), &[(now(), "one more")]);
        let ended = child.wait_with_output().unwrap();
        assert_eq!(ended.status.code(), Some(0));
        let said = String::from_utf8(ended.stderr).unwrap();
        assert!(said.is_empty() || said.lines().all(|line| line.contains("Waiting for lines")), "{said}");
    }
}

/// AWS's clock counts: lines are not waited for in a future that it never sees.
#[test]
fn a_clock_that_is_wrong() {
    let world = world();
    put(&world, &stream(JOB, 'a'), &[(now() - 700_000, "old")]);
    world.account.fault(Rule::on("logs:*", Action::Date(-600)));
    let following = Following::start(&world, &["--raw"]);
    put(&world, &stream(JOB, 'a'), &[(now() - 599_000, "new")]);
    assert_eq!(following.texts(1), ["new"]);
    following.ends();
}
