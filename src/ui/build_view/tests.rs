//! How builds and pushes are drawn.

use super::*;

/// A build with four steps done and two running, of which one prints.
fn building(start: Instant) -> BuildView {
    let mut view = BuildView::new("report-gen");
    let mut build = |event| view.build(&event, start, Paint(false));
    build(BuildEvent::Started { dockerfile: "docker/Dockerfile".into() });
    for (id, name, cached) in [
        ("i", "[internal] load build definition from Dockerfile", false),
        ("a", "[build 1/4] FROM docker.io/library/rust:1", false),
        ("b", "[build 2/4] COPY . .", true),
        ("c", "[stage-1 1/2] WORKDIR /app", true),
    ] {
        build(BuildEvent::StepStarted { id: id.into(), name: name.into() });
        build(BuildEvent::StepFinished { id: id.into(), cached, error: None });
    }
    build(BuildEvent::StepStarted { id: "d".into(), name: "[build 3/4] RUN cargo build --release".into() });
    build(BuildEvent::StepStarted { id: "e".into(), name: "[other 1/1] RUN\n sleep".into() });
    for n in 1..=7 {
        let line = format!("   Compiling crate-number-{n} v1.0.0 (/src/crates/{n})");
        build(BuildEvent::StepLog { id: "d".into(), line });
    }
    view
}

fn drawn(view: &BuildView, now: Instant, size: (usize, usize)) -> String {
    let lines = view.lines(now, "⠋", size, Paint(false));
    assert!(lines.len() <= size.1 && lines.iter().all(|line| measure_text_width(line) <= size.0));
    lines.join("\n")
}

#[test]
fn a_build_shows_running_steps_with_their_last_lines() {
    let start = Instant::now();
    let mut view = building(start);
    let later = start + Duration::from_secs(72);
    assert_eq!(view.height(), 8);
    insta::assert_snapshot!(drawn(&view, later, (80, 24)), @"
    ⠋ Building report-gen from docker/Dockerfile [72.0s, 3 steps done, 2 cached]
        [build 3/4] RUN cargo build --release [72.0s]
             Compiling crate-number-3 v1.0.0 (/src/crates/3)
             Compiling crate-number-4 v1.0.0 (/src/crates/4)
             Compiling crate-number-5 v1.0.0 (/src/crates/5)
             Compiling crate-number-6 v1.0.0 (/src/crates/6)
             Compiling crate-number-7 v1.0.0 (/src/crates/7)
        [other 1/1] RUN  sleep [72.0s]
    ");
    insta::assert_snapshot!(drawn(&view, later, (40, 5)), @"
    ⠋ Building report-gen [72.0s]
        [build 3/4] RUN cargo build… [72.0s]
             Compiling crate-number-7 v1.0.…
        [other 1/1] RUN  sleep [72.0s]
    ");
    insta::assert_snapshot!(drawn(&view, later, (24, 2)), @"
    ⠋ Building repo… [72.0s]
        … 2 steps running
    ");
    let finished = BuildEvent::Finished { elapsed: Duration::from_millis(72_100) };
    let kept = view.build(&finished, start, Paint(false));
    assert_eq!(kept.as_deref(), Some("✔ Built report-gen from docker/Dockerfile [72.1s, 3 steps, 2 cached]"));
    assert_eq!((view.height(), drawn(&view, start, (80, 24))), (0, String::new()));
}

#[test]
fn a_push_shows_the_layers_on_their_way() {
    let start = Instant::now();
    let mut view = BuildView::new("report-gen");
    let reference = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/demo/report-gen:v2".to_owned();
    view.push(&PushEvent::Started { reference }, start, Paint(false));
    for (id, status, progress) in [
        ("5f70bf18a086", "Preparing", None),
        ("5f70bf18a086", "Pushing", Some((1, 0))),
        ("5f70bf18a086", "Pushing", Some((1_500_000, 3_000_000))),
        ("a3ed95caeb02", "Layer already exists", None),
        ("0123456789ab", "Pushing", Some((9, 8))),
        ("0123456789ab", "Pushed", Some((9, 8))),
        ("c3ed95caeb02", "Waiting", None),
    ] {
        view.push(&PushEvent::Layer { id: id.into(), status: status.into(), progress }, start, Paint(false));
    }
    assert_eq!(view.height(), 2);
    insta::assert_snapshot!(drawn(&view, start, (120, 9)), @"
    ⠋ Pushing 123456789012.dkr.ecr.eu-west-1.amazonaws.com/demo/report-gen:v2 [0.0s, 2 of 4 layers done]
        5f70bf18a086 Pushing 1.5 MB of 3.0 MB
    ");
    insta::assert_snapshot!(drawn(&view, start, (40, 9)), @"
    ⠋ Pushing report-gen:v2 [0.0s]
        5f70bf18a086 Pushing 1.5 MB of 3.0 …
    ");
}

#[test]
fn lines_are_shared_fairly() {
    for (wanted, room, expected) in [
        (vec![], 5, vec![]),
        (vec![2, 7], 24, vec![2, 7]),
        (vec![9, 1, 9], 9, vec![4, 1, 4]),
        (vec![9, 9, 9], 10, vec![4, 3, 3]),
        (vec![3, 3], 1, vec![1, 0]),
    ] {
        assert_eq!(shares(&wanted, room), expected, "{wanted:?} in {room}");
    }
}

#[test]
fn only_instructions_are_counted() {
    for (name, expected) in [
        ("[2/4] RUN make", true),
        ("[build 10/12] RUN [x]", true),
        ("[internal] load metadata for docker.io/library/rust:1", false),
        ("[auth] library/rust:pull token for registry-1.docker.io", false),
        ("exporting to image", false),
        ("[/] x", false),
    ] {
        assert_eq!(is_instruction(name), expected, "{name}");
    }
}
