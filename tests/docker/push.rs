//! Pushes from the Docker Engine of this machine to registries on loopback: Debian's
//! `docker-registry` with a password, and one that drops every connection.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use copilot::docker::Provided;
use copilot::docker::engine::{Builder, Engine};
use copilot::error::Result;
use copilot::image::events::PushEvent;
use copilot::image::plan::BuildPlan;
use copilot::image::secrets::SecretValues;
use copilot::ops::port::{ImageEngine, Logins, Pushed, RegistryCredentials, Tagged};

/// bcrypt of `pass???~~~`, whose encoded form needs base64's two special characters.
const LOGIN: &str = "AWS:$2b$05$abcdefghijklmnopqrstuuH5ll6mqQ5eXtx1gMV6BwbjDVFbLNbUG\n";
pub(crate) const PASSWORD: &str = "pass???~~~";

pub(crate) struct Registry {
    process: Child,
    pub address: String,
    dir: tempfile::TempDir,
}

impl Registry {
    pub(crate) fn start() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| dir.path().join(name).display().to_string();
        fs::write(at("users"), LOGIN).unwrap();
        let config = format!(
            "version: 0.1\nlog: {{level: info}}\nstorage: {{filesystem: {{rootdirectory: {}}}}}\n\
             http: {{addr: \"127.0.0.1:0\"}}\nauth: {{htpasswd: {{realm: test, path: {}}}}}\n",
            at("data"),
            at("users")
        );
        fs::write(at("config.yml"), config).unwrap();
        let mut process = Command::new("docker-registry")
            .args(["serve", &at("config.yml")])
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("these tests need Debian's package docker-registry");
        let mut lines = BufReader::new(process.stderr.take().unwrap()).lines();
        let address = lines
            .by_ref()
            .find_map(|line| {
                let line = line.unwrap();
                let at = line.find("listening on ")? + "listening on ".len();
                Some(line[at..].chars().take_while(|c| c.is_ascii_digit() || ".:".contains(*c)).collect())
            })
            .expect("the registry starts");
        std::thread::spawn(move || lines.for_each(drop));
        Self { process, address, dir }
    }
}

impl Registry {
    /// An image in the registry that the engine does not have, by name.
    pub(crate) fn push_base(&self) -> String {
        let name = format!("{}/base:v{}", self.address, std::process::id());
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("Dockerfile"), "FROM scratch\nCOPY Dockerfile /base\n").unwrap();
        let config = dir.path().join("config");
        let docker = |args: &[&str], input: &[u8]| {
            let mut docker = Command::new("docker")
                .env("DOCKER_BUILDKIT", "0")
                .args(["--config", config.to_str().unwrap()])
                .args(args)
                .stdin(Stdio::piped())
                .stdout(Stdio::null())
                .spawn()
                .unwrap();
            std::io::Write::write_all(&mut docker.stdin.take().unwrap(), input).unwrap();
            assert!(docker.wait().unwrap().success(), "{args:?}");
        };
        docker(&["login", "-u", "AWS", "--password-stdin", &self.address], PASSWORD.as_bytes());
        docker(&["build", "--quiet", "--tag", &name, dir.path().to_str().unwrap()], b"");
        docker(&["push", "--quiet", &name], b"");
        docker(&["image", "rm", "--no-prune", "--force", &name], b"");
        name
    }
}

impl Drop for Registry {
    fn drop(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}

/// A server that drops every connection, and the number of connections it has seen.
fn dropping_registry() -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let count = Arc::new(AtomicUsize::new(0));
    let seen = Arc::clone(&count);
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            seen.fetch_add(1, Ordering::SeqCst);
            drop(stream);
        }
    });
    (address, count)
}

async fn engine() -> Engine {
    let env = |name: &str| std::env::var(name).ok();
    Engine::connect(&env).await.expect("these tests need a Docker Engine: start one, or set DOCKER_HOST")
}

/// A login that cannot be renewed.
pub(crate) struct Login(RegistryCredentials);

impl Login {
    pub(crate) fn new(password: &str) -> Self {
        Self(RegistryCredentials { username: "AWS".to_owned(), password: password.to_owned() })
    }
}

impl Logins for Login {
    async fn login(&self) -> RegistryCredentials {
        self.0.clone()
    }

    async fn renew(&self) -> Result<RegistryCredentials> {
        Err(copilot::error::Error::new("this login cannot be renewed"))
    }
}

/// A built image in a repository, removed in the end.
struct Image {
    plan: BuildPlan,
    id: String,
    events: Mutex<Vec<PushEvent>>,
    _dir: tempfile::TempDir,
}

impl Image {
    async fn build(registry: &str) -> Self {
        Self::build_in(format!("{registry}/app/{}", uuid::Uuid::new_v4())).await
    }

    async fn build_in(repository: String) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let unique = uuid::Uuid::new_v4();
        fs::write(dir.path().join("Dockerfile"), "FROM scratch\nCOPY one /\nCOPY two /\n").unwrap();
        fs::write(dir.path().join("one"), format!("1 {unique}")).unwrap();
        fs::write(dir.path().join("two"), format!("2 {unique}")).unwrap();
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
        let id = engine().await.build(&plan, &Provided::default(), &|_| {}).await.unwrap();
        Self { plan, id, events: Mutex::default(), _dir: dir }
    }

    async fn push(&self, tag: &str, password: &str) -> Result<String> {
        Ok(self.push_tags(&[tag], password).await?.digest)
    }

    async fn push_tags(&self, tags: &[&str], password: &str) -> Result<Pushed> {
        let engine = engine().await.with_push_pauses(vec![Duration::ZERO; 2]);
        let tags: Vec<_> = tags.iter().map(|tag| (*tag).to_owned()).collect();
        let image = Tagged { id: &self.id, repository: &self.plan.repository, tags: &tags };
        self.events.lock().unwrap().clear();
        engine.push(&image, &Login::new(password), &|event| self.events.lock().unwrap().push(event)).await
    }

    /// What the last push did: tags sent through the engine, tags only set, tags found.
    fn told(&self) -> Vec<String> {
        let events = self.events.lock().unwrap();
        let tag = |reference: &str| reference.rsplit_once(':').unwrap().1.to_owned();
        let mut started = Vec::new();
        let mut told = Vec::new();
        for event in events.iter() {
            match event {
                PushEvent::Started { reference } => started.push(tag(reference)),
                PushEvent::Finished { reference, .. } => {
                    let tag = tag(reference);
                    told.push(if started.contains(&tag) {
                        format!("sent {tag}")
                    } else {
                        format!("set {tag}")
                    });
                }
                PushEvent::Present { reference, .. } => told.push(format!("found {}", tag(reference))),
                PushEvent::Layer { .. } => {}
            }
        }
        told
    }

    /// Gives the image another tag in the engine.
    fn tag(&self, tag: &str) {
        let name = format!("{}:{tag}", self.plan.repository);
        assert!(Command::new("docker").args(["tag", &self.id, &name]).status().unwrap().success());
    }
}

impl Drop for Image {
    fn drop(&mut self) {
        for reference in self.plan.references() {
            let _ = Command::new("docker").args(["image", "rm", "--no-prune", "-f", &reference]).output();
        }
    }
}

/// What the registry itself says the tag's digest is.
fn digest_in(registry: &Registry, image: &Image, tag: &str) -> String {
    let name = image.plan.repository.split_once('/').unwrap().1;
    let mut stream = std::net::TcpStream::connect(&registry.address).unwrap();
    let login = {
        use base64::Engine as _;
        base64::engine::general_purpose::STANDARD.encode(format!("AWS:{PASSWORD}"))
    };
    write!(
        stream,
        "HEAD /v2/{name}/manifests/{tag} HTTP/1.1\r\nHost: registry\r\nAuthorization: Basic {login}\r\n\
         Accept: application/vnd.docker.distribution.manifest.v2+json\r\nConnection: close\r\n\r\n"
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer.lines().find_map(|line| line.strip_prefix("Docker-Content-Digest: ")).expect(&answer).to_owned()
}

/// Two deployments of one job on one engine: `latest` of the engine stands for the image built last.
#[tokio::test]
async fn an_image_is_pushed_whatever_its_tags_stand_for_meanwhile() {
    let registry = Registry::start();
    let image = Image::build(&registry.address).await;
    let other = Image::build_in(image.plan.repository.clone()).await;
    let pushed = image.push_tags(&["latest", "v1"], PASSWORD).await.unwrap();
    let others = other.push_tags(&["latest", "v1"], PASSWORD).await.unwrap();
    assert_ne!(pushed.digest, others.digest);
    for (image, pushed) in [(&image, &pushed), (&other, &others)] {
        let inspected = Command::new("docker").args(["image", "inspect", &image.id]).output().unwrap();
        let inspected = String::from_utf8(inspected.stdout).unwrap();
        assert!(inspected.contains(&pushed.digest), "{} is not of {inspected}", pushed.digest);
    }
}

#[tokio::test]
async fn an_image_is_sent_once_whatever_its_tags() {
    let registry = Registry::start();
    let image = Image::build(&registry.address).await;
    let pushed = image.push_tags(&["latest", "v1"], PASSWORD).await.unwrap();
    assert!(pushed.sent);
    for tag in ["latest", "v1"] {
        assert_eq!(pushed.digest, digest_in(&registry, &image, tag));
    }
    assert_eq!(image.told(), ["sent latest", "set v1"]);
    let events = image.events.lock().unwrap();
    let reference = format!("{}:latest", image.plan.repository);
    assert_eq!(events.first(), Some(&PushEvent::Started { reference }));
    let mut layers: Vec<_> = events
        .iter()
        .filter_map(|event| match event {
            PushEvent::Layer { id, status, .. } if status == "Pushed" => Some(id.as_str()),
            _ => None,
        })
        .collect();
    layers.sort_unstable();
    layers.dedup();
    assert_eq!(layers.len(), 2, "{events:?}");
}

#[tokio::test]
async fn what_the_registry_has_is_not_sent_again() {
    let registry = Registry::start();
    let image = Image::build(&registry.address).await;
    let first = image.push_tags(&["latest", "v1"], PASSWORD).await.unwrap();
    let again = image.push_tags(&["latest", "v1"], PASSWORD).await.unwrap();
    assert_eq!(again, Pushed { sent: false, ..first.clone() });
    assert_eq!(image.told(), ["found latest", "found v1"]);

    image.tag("v2");
    let moved = image.push_tags(&["latest", "v2"], PASSWORD).await.unwrap();
    assert_eq!(moved, first);
    assert_eq!(image.told(), ["set v2", "found latest"]);
    assert_eq!(digest_in(&registry, &image, "v2"), first.digest);
}

#[tokio::test]
async fn an_image_that_the_registry_lost_is_sent() {
    let registry = Registry::start();
    let image = Image::build(&registry.address).await;
    image.push("v1", PASSWORD).await.unwrap();
    fs::remove_dir_all(registry.dir.path().join("data")).unwrap();
    let pushed = image.push_tags(&["latest", "v1"], PASSWORD).await.unwrap();
    assert!(pushed.sent);
    assert_eq!(image.told(), ["sent latest", "set v1"]);
    assert_eq!(pushed.digest, digest_in(&registry, &image, "v1"));
}

#[tokio::test]
async fn the_digest_is_that_of_the_repository_pushed_to() {
    let (first, second) = (Registry::start(), Registry::start());
    let image = Image::build(&first.address).await;
    let digest = image.push("v1", PASSWORD).await.unwrap();
    let mut other = Image::build(&second.address).await;
    let name = other.plan.repository.clone();
    let tagged = Command::new("docker").args(["tag", &image.id, &format!("{name}:v2")]).status().unwrap();
    assert!(tagged.success());
    other.plan.tags.push("v2".to_owned());
    other.id.clone_from(&image.id);
    assert_eq!(other.push("v2", PASSWORD).await.unwrap(), digest);
    assert_eq!(digest, digest_in(&second, &other, "v2"));
}

#[tokio::test]
async fn base_images_are_pulled_with_the_login_for_the_own_registry() {
    let registry = Registry::start();
    for builder in [Builder::BuildKit, Builder::Classic] {
        let base = Image::build(&registry.address).await;
        base.push("v1", PASSWORD).await.unwrap();
        let mut plan = base.plan.clone();
        for reference in base.plan.references() {
            assert!(
                Command::new("docker")
                    .args(["image", "rm", "--no-prune", "-f", &reference])
                    .output()
                    .unwrap()
                    .status
                    .success()
            );
        }
        fs::write(&plan.dockerfile, format!("FROM {}:v1\nCOPY one /again\n", plan.repository)).unwrap();
        plan.tags = vec!["latest".to_owned()];
        let engine = engine().await.with_builder(builder);
        engine.build(&plan, &Provided::default(), &|_| {}).await.unwrap_err();
        let login = Login::new(PASSWORD);
        ImageEngine::build(&engine, &plan, SecretValues::default(), &login, &|_| {}).await.unwrap();
    }
}

#[tokio::test]
async fn a_refused_login_says_so_and_leaks_nothing() {
    let registry = Registry::start();
    let image = Image::build(&registry.address).await;
    let error = image.push("v1", "wrong-secret").await.unwrap_err();
    let text = format!("{error} {:?}", error.hints());
    assert!(
        error.to_string().contains(&format!("the registry {} refused the login", registry.address)),
        "{text}"
    );
    assert!(text.contains("ecr:GetAuthorizationToken"), "{text}");
    assert!(!text.contains("wrong-secret"), "{text}");
}

#[tokio::test]
async fn broken_connections_are_retried_then_explained() {
    let (address, connections) = dropping_registry();
    let image = Image::build(&address).await;
    let error = image.push("v1", PASSWORD).await.unwrap_err();
    assert!(error.to_string().contains("the push was interrupted"), "{error}");
    assert!(error.hints()[0].contains("deploy again"));
    let connections = connections.load(Ordering::SeqCst);
    assert!(connections >= 3, "one push and two repetitions, but {connections} connections");
}

#[tokio::test]
async fn a_missing_image_is_not_retried() {
    let registry = Registry::start();
    let image = Image::build(&registry.address).await;
    let removed =
        Command::new("docker").args(["image", "rm", "--no-prune", "-f", &image.id]).output().unwrap();
    assert!(removed.status.success(), "{removed:?}");
    let error = image.push("v1", PASSWORD).await.unwrap_err().to_string();
    assert!(error.contains(":v1: No such image") && error.contains(&image.id), "{error}");
    assert_eq!(image.events.lock().unwrap().len(), 1, "nothing but the start");
}
