//! What tests of the Docker adapter build with: the engine of this machine, contexts of their own, a small
//! static program for steps, and a look into finished images.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, OnceLock};

use bollard::Docker;
use copilot::docker::Provided;
use copilot::docker::build::BuildError;
use copilot::docker::engine::{Builder, Engine};
use copilot::image::events::BuildEvent;
use copilot::image::plan::BuildPlan;

pub(crate) async fn engine(builder: Builder) -> Engine {
    let env = |name: &str| std::env::var(name).ok();
    Engine::connect(&env)
        .await
        .expect("these tests need a Docker Engine: start one, or set DOCKER_HOST")
        .with_builder(builder)
}

pub(crate) fn docker() -> Docker {
    Docker::connect_with_defaults().unwrap()
}

/// A static program for `RUN`: writes its arguments to standard output, then acts on the first:
/// `fail` ends with status 3, `many` prints so many lines and ends like that, `wait` never ends, `cat` prints a file, `size` prints how many bytes a file
/// has, `keys` asks the SSH agent for its keys and prints how many bytes it answered, `links` prints the
/// names of the network interfaces, `proxies` prints the environment's proxies, `dress` prints a file with
/// escape sequences among its characters, anything else ends well.
pub(crate) fn program() -> &'static Path {
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
                    Some("proxies") => {
                        let mut found: Vec<_> = std::env::vars()
                            .filter(|(name, _)| name.to_lowercase().ends_with("_proxy"))
                            .map(|(name, value)| format!("{name}={value}"))
                            .collect();
                        found.sort();
                        found.iter().for_each(|line| println!("{line}"));
                        std::process::exit(args.get(1).map_or(0, |status| status.parse().unwrap()));
                    }
                    Some("dress") => {
                        let text = std::fs::read_to_string(&args[1]).unwrap();
                        let dressed: Vec<_> = text.trim().chars().map(String::from).collect();
                        println!("{}", dressed.join("\u{1b}[1m"));
                        println!("{}", text.trim());
                        std::process::exit(3);
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

/// A context directory, the plan to build it, and the events of its builds. Its images stay, because the classic builder
/// of another test may be looking through all of them; `make setup` removes them by their label.
pub(crate) struct Fixture {
    pub dir: tempfile::TempDir,
    pub plan: BuildPlan,
    pub events: Mutex<Vec<BuildEvent>>,
}

impl Fixture {
    pub(crate) fn new(dockerfile: &str) -> Self {
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
            // The value keeps equal builds from sharing an image.
            labels: BTreeMap::from([("copilot-test".to_owned(), repository.clone())]),
            repository,
            tags: vec!["latest".to_owned(), "v1".to_owned()],
            ..BuildPlan::default()
        };
        Self { dir, plan, events: Mutex::default() }
    }

    pub(crate) fn file(self, name: &str, content: &str) -> Self {
        let path = self.dir.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
        self
    }

    /// Adds the program as `step`.
    pub(crate) fn with_program(self) -> Self {
        fs::copy(program(), self.dir.path().join("step")).unwrap();
        self
    }

    pub(crate) async fn build(&self, builder: Builder) -> Result<String, BuildError> {
        self.build_with(&engine(builder).await, Provided::default()).await
    }

    pub(crate) async fn build_with(&self, engine: &Engine, provided: Provided) -> Result<String, BuildError> {
        let record = |event| self.events.lock().unwrap().push(event);
        engine.build(&self.plan, &provided, &record).await
    }

    pub(crate) fn warnings(&self) -> Vec<String> {
        let events = self.events.lock().unwrap();
        let text = |event: &BuildEvent| match event {
            BuildEvent::Warning(text) => Some(text.clone()),
            _ => None,
        };
        events.iter().filter_map(text).collect()
    }

    /// Step events as lines, those of the builder's internal steps left out.
    pub(crate) fn steps(&self) -> Vec<String> {
        let mut names = HashMap::new();
        let mut lines = Vec::new();
        for event in self.events.lock().unwrap().iter() {
            match event {
                BuildEvent::StepStarted { id, name } if is_instruction(name) => {
                    names.insert(id.clone(), name.clone());
                    lines.push(format!("start {name}"));
                }
                BuildEvent::StepLog { id, line } if names.contains_key(id) => {
                    lines.push(format!("log {line}"));
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

/// The files of an image, by path, with their contents.
pub(crate) async fn files(id: &str) -> BTreeMap<String, String> {
    entries(id).await.into_iter().map(|(name, file)| (name, file.content)).collect()
}

/// The modes of an image's files, by path.
pub(crate) async fn headers(id: &str) -> BTreeMap<String, u32> {
    entries(id).await.into_iter().map(|(name, file)| (name, file.mode)).collect()
}

/// All there is to know about an image's files, by path.
pub(crate) async fn listing(id: &str) -> BTreeMap<String, String> {
    entries(id).await.into_iter().map(|(name, file)| (name, format!("{file:?}"))).collect()
}

/// A file of an image.
#[derive(Debug)]
#[allow(dead_code, reason = "its fields are printed")]
struct ImageFile {
    kind: tar::EntryType,
    mode: u32,
    owner: (u64, u64),
    mtime: u64,
    link: Option<PathBuf>,
    device: Option<(u32, u32)>,
    content: String,
}

async fn entries(id: &str) -> BTreeMap<String, ImageFile> {
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
            let mut content = Vec::new();
            file.read_to_end(&mut content).unwrap();
            let header = file.header();
            let major = header.device_major().unwrap();
            let image_file = ImageFile {
                kind: header.entry_type(),
                mode: header.mode().unwrap() & 0o7777,
                owner: (header.uid().unwrap(), header.gid().unwrap()),
                mtime: header.mtime().unwrap(),
                link: file.link_name().unwrap().map(std::borrow::Cow::into_owned),
                device: major.zip(header.device_minor().unwrap()),
                content: String::from_utf8_lossy(&content).into_owned(),
            };
            found.insert(name, image_file);
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
