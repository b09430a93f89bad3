//! Builds and pushes on the Docker Engine of this machine. Nothing is pulled: every image is made
//! from scratch, with a small static program where a step has to run.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, OnceLock};

use bollard::Docker;
use copilot::deploy::events::BuildEvent;
use copilot::docker::Provided;
use copilot::docker::build::BuildError;
use copilot::docker::engine::{Builder, Engine};
use copilot::image::plan::BuildPlan;

pub async fn engine(builder: Builder) -> Engine {
    let env = |name: &str| std::env::var(name).ok();
    Engine::connect(&env)
        .await
        .expect("these tests need a Docker Engine: start one, or set DOCKER_HOST")
        .with_builder(builder)
}

pub fn docker() -> Docker {
    Docker::connect_with_defaults().unwrap()
}

/// A static program for `RUN`: writes its arguments to standard output, then acts on the first:
/// `fail` ends with status 3, `many` prints so many lines and ends like that, `wait` never ends, `cat` prints a file, `size` prints how many bytes a file
/// has, `keys` asks the SSH agent for its keys and prints how many bytes it answered, `links` prints the
/// names of the network interfaces, anything else ends well.
pub fn program() -> &'static Path {
    static PROGRAM: OnceLock<(tempfile::TempDir, PathBuf)> = OnceLock::new();
    let (_, path) = PROGRAM.get_or_init(|| {
        let dir = tempfile::tempdir().unwrap();
        let source = dir.path().join("step.rs");
        fs::write(
            &source,
            r#"use std::io::{Read, Write};

            fn main() {
                let args: Vec<String> = std::env::args().skip(1).collect();
                println!("{}", args.join(" "));
                match args.first().map(String::as_str) {
                    Some("fail") => std::process::exit(3),
                    Some("many") => {
                        (1..=args[1].parse::<u32>().unwrap()).for_each(|n| println!("number {n}"));
                        std::process::exit(3);
                    }
                    Some("wait") => loop { std::thread::park() },
                    Some("cat") => print!("{}", std::fs::read_to_string(&args[1]).unwrap()),
                    Some("size") => println!("{} bytes", std::fs::read(&args[1]).unwrap().len()),
                    Some("keys") => {
                        let path = std::env::var("SSH_AUTH_SOCK").unwrap();
                        let mut agent = std::os::unix::net::UnixStream::connect(path).unwrap();
                        agent.write_all(&[0, 0, 0, 1, 11]).unwrap();
                        let mut head = [0; 4];
                        agent.read_exact(&mut head).unwrap();
                        let mut answer = vec![0; u32::from_be_bytes(head) as usize];
                        agent.read_exact(&mut answer).unwrap();
                        println!("kind {} with {} bytes", answer[0], answer.len());
                    }
                    Some("links") => {
                        let links = std::fs::read_to_string("/proc/net/dev").unwrap();
                        let names = links.lines().skip(2).filter_map(|line| line.split(':').next());
                        println!("links {}", names.map(str::trim).collect::<Vec<_>>().join(","));
                    }
                    _ => {}
                }
            }"#,
        )
        .unwrap();
        let path = dir.path().join("step");
        let status = Command::new(std::env::var("RUSTC").unwrap_or_else(|_| "rustc".to_owned()))
            .args(["--edition=2024", "-O", "-C", "target-feature=+crt-static", "-C", "strip=symbols", "-o"])
            .args([&path, &source])
            .status()
            .unwrap();
        assert!(status.success());
        (dir, path)
    });
    path
}

/// A context directory, the plan to build it, and the events of its builds. Its images are removed
/// in the end.
pub struct Fixture {
    pub dir: tempfile::TempDir,
    pub plan: BuildPlan,
    pub events: Mutex<Vec<BuildEvent>>,
}

impl Fixture {
    pub fn new(dockerfile: &str) -> Self {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("Dockerfile"), dockerfile).unwrap();
        let repository = format!("copilot-test/{}", uuid::Uuid::new_v4());
        let plan = BuildPlan {
            container: "report".to_owned(),
            field: "image.build".to_owned(),
            dockerfile: dir.path().join("Dockerfile"),
            context: dir.path().to_owned(),
            target: None,
            args: BTreeMap::new(),
            cache_from: Vec::new(),
            platform: "linux/amd64".to_owned(),
            labels: BTreeMap::new(),
            repository,
            tags: vec!["latest".to_owned(), "v1".to_owned()],
            ..BuildPlan::default()
        };
        Self { dir, plan, events: Mutex::default() }
    }

    pub fn file(self, name: &str, content: &str) -> Self {
        let path = self.dir.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
        self
    }

    /// Adds the program as `step`.
    pub fn with_program(self) -> Self {
        fs::copy(program(), self.dir.path().join("step")).unwrap();
        self
    }

    pub async fn build(&self, builder: Builder) -> Result<String, BuildError> {
        self.build_with(&engine(builder).await, Provided::default()).await
    }

    pub async fn build_with(&self, engine: &Engine, provided: Provided) -> Result<String, BuildError> {
        let record = |event| self.events.lock().unwrap().push(event);
        engine.build(&self.plan, &provided, &record).await
    }

    pub fn warnings(&self) -> Vec<String> {
        let events = self.events.lock().unwrap();
        let text = |event: &BuildEvent| match event {
            BuildEvent::Warning(text) => Some(text.clone()),
            _ => None,
        };
        events.iter().filter_map(text).collect()
    }

    /// Step events as lines, those of the builder's internal steps left out.
    pub fn steps(&self) -> Vec<String> {
        let mut names = HashMap::new();
        let mut lines = Vec::new();
        for event in self.events.lock().unwrap().iter() {
            match event {
                BuildEvent::StepStarted { id, name } if is_instruction(name) => {
                    names.insert(id.clone(), name.clone());
                    lines.push(format!("start {name}"));
                }
                BuildEvent::StepLog { id, line } if names.contains_key(id) => {
                    lines.push(format!("log {line}"))
                }
                BuildEvent::StepFinished { id, cached, error } if names.contains_key(id) => {
                    let failed = if error.is_some() { " failed" } else { "" };
                    lines.push(format!("end {}{failed}{}", names[id], if *cached { " cached" } else { "" }));
                }
                _ => {}
            }
        }
        lines
    }
}

/// `[1/2] COPY …` and `[stage 1/2] COPY …`, but not `[internal] load …` or `exporting to image`.
fn is_instruction(name: &str) -> bool {
    name.split_once(']').is_some_and(|(head, _)| head.contains('/'))
}

impl Drop for Fixture {
    fn drop(&mut self) {
        for reference in self.plan.references() {
            let _ = Command::new("docker").args(["image", "rm", "-f", &reference]).output();
        }
    }
}

/// The files of an image, by path, with their contents.
pub async fn files(id: &str) -> BTreeMap<String, String> {
    entries(id).await.into_iter().map(|(name, (_, content))| (name, content)).collect()
}

/// The modes of an image's files, by path.
pub async fn headers(id: &str) -> BTreeMap<String, u32> {
    entries(id).await.into_iter().map(|(name, (mode, _))| (name, mode)).collect()
}

async fn entries(id: &str) -> BTreeMap<String, (u32, String)> {
    use futures_util::TryStreamExt;
    use std::io::Read;
    let chunks: Vec<_> = match docker().export_image(id).try_collect().await {
        Ok(chunks) => chunks,
        // An image without files.
        Err(error) if error.to_string().contains("empty export") => return BTreeMap::new(),
        Err(error) => panic!("{error}"),
    };
    let mut blobs = BTreeMap::new();
    for entry in tar::Archive::new(chunks.concat().as_slice()).entries().unwrap() {
        let mut entry = entry.unwrap();
        let mut blob = Vec::new();
        entry.read_to_end(&mut blob).unwrap();
        blobs.insert(entry.path().unwrap().display().to_string(), blob);
    }
    let manifest: serde_json::Value = serde_json::from_slice(&blobs["manifest.json"]).unwrap();
    let mut found = BTreeMap::new();
    for layer in manifest[0]["Layers"].as_array().into_iter().flatten() {
        let blob = &blobs[layer.as_str().unwrap()];
        // Some image stores export layers as they push them.
        let mut layer = Vec::new();
        match blob.starts_with(&[0x1f, 0x8b]) {
            true => drop(gunzip(blob).read_to_end(&mut layer).unwrap()),
            false => layer.clone_from(blob),
        }
        for file in tar::Archive::new(layer.as_slice()).entries().unwrap() {
            let mut file = file.unwrap();
            let name = file.path().unwrap().display().to_string();
            let mode = file.header().mode().unwrap() & 0o7777;
            let mut content = Vec::new();
            file.read_to_end(&mut content).unwrap();
            found.insert(name, (mode, String::from_utf8_lossy(&content).into_owned()));
        }
    }
    found
}

fn gunzip(bytes: &[u8]) -> std::io::Cursor<Vec<u8>> {
    use std::io::Write as _;
    let mut gzip = Command::new("gzip")
        .arg("-dc")
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = gzip.stdin.take().unwrap();
    let bytes = bytes.to_vec();
    let writer = std::thread::spawn(move || input.write_all(&bytes).unwrap());
    let output = gzip.wait_with_output().unwrap();
    writer.join().unwrap();
    std::io::Cursor::new(output.stdout)
}

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
    let fixture = Fixture::new(&format!("FROM scratch\nCOPY step /step\n{run}\n")).with_program();
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

/// The tests may run as root, who can read everything: a dangling link to a device that cannot be
/// opened is out of reach for both, a directory without permission only for ordinary users.
#[tokio::test]
async fn what_cannot_be_read_is_named_whatever_the_engine_says() {
    for builder in [Builder::BuildKit, Builder::Classic] {
        let fixture = Fixture::new("FROM scratch\nCOPY . /\n").file("big", &"x".repeat(4 << 20));
        let bad = fixture.dir.path().join("zz");
        make_unreadable(&bad);
        let error = fixture.build(builder).await.unwrap_err();
        assert_eq!(error.step, None);
        assert!(error.cause.to_string().contains(bad.to_str().unwrap()), "{error}");
        assert!(!error.cause.hints().is_empty());
        fs::set_permissions(&bad, fs::Permissions::from_mode(0o600)).unwrap();
    }
}

/// Makes a file that cannot be sent: without permission for ordinary users, a device for root.
fn make_unreadable(path: &Path) {
    fs::write(path, "x").unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o000)).unwrap();
    if fs::File::open(path).is_ok() {
        fs::remove_file(path).unwrap();
        let made = Command::new("mknod").arg(path).args(["c", "1", "3"]).status().unwrap();
        assert!(made.success());
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
