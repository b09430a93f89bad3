//! Builds on the Docker Engine of this machine. Nothing is pulled: every image is made from scratch, with a
//! small static program where a step has to run.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;
use std::sync::Mutex;

use copilot::docker::Provided;
use copilot::docker::engine::Builder;
use copilot::image::events::BuildEvent;

use crate::fixture::{Fixture, docker, engine, files};

async fn builds_with_labels_args_target_and_ignore_file(builder: Builder) {
    let mut fixture = Fixture::new(
        "FROM scratch AS base\nARG WHICH=a\nCOPY $WHICH /chosen\nFROM base AS wanted\nCOPY dir /dir\nFROM scratch\nCOPY nothing /\n",
    )
    .file("a", "first")
    .file("b", "second")
    .file("dir/kept", "kept")
    .file("dir/secret", "secret")
    .file(".dockerignore", "dir/secret\n");
    fixture.plan.target = Some("wanted".to_owned());
    fixture.plan.args.insert("WHICH".to_owned(), "b".to_owned());
    fixture.plan.labels.insert("com.example.a \"quoted\"".to_owned(), "value=1".to_owned());

    let id = fixture.build(builder).await.unwrap();
    for reference in fixture.plan.references() {
        let image = docker().inspect_image(&reference).await.unwrap();
        assert_eq!(image.id.as_deref(), Some(id.as_str()), "{reference}");
        assert_eq!(image.architecture.as_deref(), Some("amd64"));
        let labels = image.config.unwrap().labels.unwrap();
        assert_eq!(labels["com.example.a \"quoted\""], "value=1");
    }
    let files = files(&id).await;
    assert_eq!(files["chosen"], "second");
    assert_eq!(files["dir/kept"], "kept");
    assert!(!files.contains_key("dir/secret"), "{files:?}");
    let events = fixture.events.lock().unwrap();
    assert!(matches!(events.first(), Some(BuildEvent::Started { .. })));
    assert!(matches!(events.last(), Some(BuildEvent::Finished { .. })));
}

/// Another build of the same job on this engine, at the same time, moves the tags.
#[tokio::test]
async fn the_image_is_the_one_built_whatever_its_tags_stand_for() {
    let other = Fixture::new("FROM scratch\nCOPY Dockerfile /other\n");
    let others = other.build(Builder::BuildKit).await.unwrap();
    for builder in [Builder::BuildKit, Builder::Classic] {
        let fixture = Fixture::new("FROM scratch\nCOPY Dockerfile /own\n");
        let own = fixture.build(builder).await.unwrap();
        let moving = |event| {
            if matches!(event, BuildEvent::StepFinished { .. }) {
                for reference in fixture.plan.references() {
                    let tagged = Command::new("docker").args(["tag", &others, &reference]).status();
                    assert!(tagged.unwrap().success());
                }
            }
        };
        let built = engine(builder).await.build(&fixture.plan, &Provided::default(), &moving).await;
        assert_eq!(built.unwrap(), own, "{builder:?}");
    }
}

#[tokio::test]
async fn buildkit_builds_with_labels_args_target_and_ignore_file() {
    builds_with_labels_args_target_and_ignore_file(Builder::BuildKit).await;
}

#[tokio::test]
async fn classic_builds_with_labels_args_target_and_ignore_file() {
    builds_with_labels_args_target_and_ignore_file(Builder::Classic).await;
}

#[tokio::test]
async fn buildkit_reports_steps_and_cache() {
    let unique = uuid::Uuid::new_v4();
    let dockerfile = format!("FROM scratch\nCOPY step /step\nRUN [\"/step\", \"ok\", \"{unique}\"]\n");
    let fixture = Fixture::new(&dockerfile).with_program();
    fixture.build(Builder::BuildKit).await.unwrap();
    let steps = fixture.steps().join("\n");
    assert!(
        steps.ends_with(&format!(
            "start [2/2] RUN [\"/step\", \"ok\", \"{unique}\"]\nlog ok {unique}\nend [2/2] RUN [\"/step\", \"ok\", \"{unique}\"]"
        )),
        "{steps}"
    );
    fixture.events.lock().unwrap().clear();
    fixture.build(Builder::BuildKit).await.unwrap();
    let steps = fixture.steps();
    assert!(
        steps.iter().any(|line| line.starts_with("end [2/2] RUN") && line.ends_with("cached")),
        "{steps:?}"
    );
}

#[tokio::test]
async fn classic_reports_steps_and_cache() {
    let unique = uuid::Uuid::new_v4();
    let run = format!("RUN [\"/step\", \"ok\", \"{unique}\"]");
    let mut fixture = Fixture::new(&format!("FROM scratch\nCOPY step /step\n{run}\n")).with_program();
    // The builder adds a step for labels.
    fixture.plan.labels.clear();
    fixture.build(Builder::Classic).await.unwrap();
    let steps = fixture.steps();
    assert_eq!(
        steps[steps.len() - 3..],
        [format!("start [3/3] {run}"), format!("log ok {unique}"), format!("end [3/3] {run}")]
    );
    fixture.events.lock().unwrap().clear();
    fixture.build(Builder::Classic).await.unwrap();
    assert_eq!(fixture.steps().last().unwrap(), &format!("end [3/3] {run} cached"));
}

async fn names_the_failing_step(builder: Builder) {
    let unique = uuid::Uuid::new_v4();
    let dockerfile = format!("FROM scratch\nCOPY step /step\nRUN [\"/step\", \"fail\", \"{unique}\"]\n");
    let fixture = Fixture::new(&dockerfile).with_program();
    let error = fixture.build(builder).await.unwrap_err();
    let step = error.step.clone().unwrap();
    assert!(step.name.ends_with(&format!("RUN [\"/step\", \"fail\", \"{unique}\"]")), "{step:?}");
    assert_eq!(step.log, [format!("fail {unique}")]);
    assert!(error.cause.to_string().contains('3'), "{error}");
    assert!(fixture.steps().iter().any(|line| line.starts_with("end") && line.contains("failed")));
    let reference = fixture.plan.references().next().unwrap();
    assert!(docker().inspect_image(&reference).await.is_err());
}

#[tokio::test]
async fn buildkit_names_the_failing_step() {
    names_the_failing_step(Builder::BuildKit).await;
}

#[tokio::test]
async fn classic_names_the_failing_step() {
    names_the_failing_step(Builder::Classic).await;
}

#[tokio::test]
async fn a_malformed_dockerfile_is_reported_without_a_step() {
    for builder in [Builder::BuildKit, Builder::Classic] {
        let fixture = Fixture::new("FROM scratch\nCOPPY a b\n");
        let error = fixture.build(builder).await.unwrap_err();
        assert_eq!(error.step, None, "{error}");
        assert!(error.to_string().to_lowercase().contains("unknown instruction: coppy"), "{error}");
    }
}

#[tokio::test]
async fn a_missing_file_of_a_copy_is_reported() {
    for builder in [Builder::BuildKit, Builder::Classic] {
        let error = Fixture::new("FROM scratch\nCOPY gone /\n").build(builder).await.unwrap_err();
        assert!(error.to_string().contains("gone"), "{error}");
    }
}

#[tokio::test]
async fn what_cannot_be_read_is_named_whatever_the_engine_says() {
    for builder in [Builder::BuildKit, Builder::Classic] {
        let fixture = Fixture::new("FROM scratch\nCOPY . /\n").file("big", &"x".repeat(4 << 20));
        let bad = fixture.dir.path().join("zz");
        fs::write(&bad, "x").unwrap();
        fs::set_permissions(&bad, fs::Permissions::from_mode(0o000)).unwrap();
        // Root can read everything.
        if fs::File::open(&bad).is_ok() {
            return;
        }
        let error = fixture.build(builder).await.unwrap_err();
        assert_eq!(error.step, None);
        assert!(error.cause.to_string().contains(bad.to_str().unwrap()), "{error}");
        assert!(!error.cause.hints().is_empty());
    }
}

#[test]
fn a_file_that_is_rewritten_while_it_is_sent_is_named_whatever_the_engine_says() {
    use std::os::unix::fs::FileExt;
    use std::sync::atomic::{AtomicBool, Ordering};
    for builder in [Builder::BuildKit, Builder::Classic] {
        let fixture = Fixture::new("FROM scratch\nCOPY . /\n");
        let busy = fixture.dir.path().join("busy");
        let file = fs::File::create(&busy).unwrap();
        file.set_len(64 << 20).unwrap();
        let ended = AtomicBool::new(false);
        let built = std::thread::scope(|scope| {
            scope.spawn(|| {
                while !ended.load(Ordering::Relaxed) {
                    file.write_all_at(b"x", 0).unwrap();
                    std::thread::sleep(std::time::Duration::from_micros(200));
                }
            });
            let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
            let built = runtime.block_on(fixture.build(builder));
            ended.store(true, Ordering::Relaxed);
            built.map_err(Box::new)
        });
        let error = built.unwrap_err();
        assert_eq!(error.step, None);
        let said = format!("send {} of the build context: it changed", busy.display());
        assert!(error.cause.to_string().contains(&said), "{builder:?}: {error}");
        assert!(!error.cause.hints().is_empty());
    }
}

#[tokio::test]
async fn a_dockerfile_outside_the_context_is_used() {
    for builder in [Builder::BuildKit, Builder::Classic] {
        let mut fixture = Fixture::new("FROM scratch\nCOPY main /main\n").file("app/main", "inside");
        fixture.plan.context = fixture.dir.path().join("app");
        let id = fixture.build(builder).await.unwrap();
        assert_eq!(files(&id).await, BTreeMap::from([("main".to_owned(), "inside".to_owned())]));
    }
}

#[tokio::test]
async fn the_engines_own_refusal_is_reported_while_the_context_is_still_on_its_way() {
    for builder in [Builder::BuildKit, Builder::Classic] {
        let mut fixture = Fixture::new("FROM scratch\nCOPY big /\n").file("big", &"x".repeat(32 << 20));
        fixture.plan.platform = "no such platform".to_owned();
        let error = fixture.build(builder).await.unwrap_err();
        assert!(error.to_string().contains("platform"), "{builder:?}: {error}");
    }
}

#[tokio::test]
async fn unreachable_cache_sources_do_not_matter() {
    for builder in [Builder::BuildKit, Builder::Classic] {
        let mut fixture = Fixture::new("FROM scratch\nCOPY a /\n").file("a", "a");
        fixture.plan.cache_from = vec!["127.0.0.1:1/none:latest".to_owned()];
        fixture.build(builder).await.unwrap();
    }
}

#[tokio::test]
async fn buildkit_builds_for_another_platform() {
    let mut fixture = Fixture::new("FROM scratch\nCOPY a /\n").file("a", "a");
    fixture.plan.platform = "linux/arm64".to_owned();
    let id = fixture.build(Builder::BuildKit).await.unwrap();
    assert_eq!(docker().inspect_image(&id).await.unwrap().architecture.as_deref(), Some("arm64"));
}

async fn dropping_cancels(builder: Builder) {
    let unique = uuid::Uuid::new_v4().to_string();
    let dockerfile = format!("FROM scratch\nCOPY step /step\nRUN [\"/step\", \"wait\", \"{unique}\"]\n");
    let fixture = Fixture::new(&dockerfile).with_program();
    let engine = engine(builder).await;
    let (seen, running) = tokio::sync::oneshot::channel();
    let seen = Mutex::new(Some(seen));
    let watch = |event| {
        if let BuildEvent::StepLog { line, .. } = event
            && line.contains(&unique)
            && let Some(seen) = seen.lock().unwrap().take()
        {
            seen.send(()).unwrap();
        }
    };
    let provided = Provided::default();
    tokio::select! {
        result = engine.build(&fixture.plan, &provided, &watch) => panic!("ended: {result:?}"),
        _ = running => {}
    }
    // The build's future is dropped: the engine ends the step's process.
    for _ in 0..600 {
        if !is_running(&unique) {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    panic!("the step still runs");
}

/// Whether a step with this argument runs. The engine is on this machine, so its processes show.
fn is_running(argument: &str) -> bool {
    fs::read_dir("/proc").unwrap().flatten().any(|entry| {
        fs::read(entry.path().join("cmdline")).is_ok_and(|line| {
            let line = String::from_utf8_lossy(&line).into_owned();
            line.starts_with("/step") && line.contains(argument)
        })
    })
}

#[tokio::test]
async fn dropping_a_buildkit_build_cancels_it() {
    dropping_cancels(Builder::BuildKit).await;
}

#[tokio::test]
async fn dropping_a_classic_build_cancels_it() {
    dropping_cancels(Builder::Classic).await;
}
