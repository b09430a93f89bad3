//! `build.secrets`, `ssh`, `contexts`, `cache_to`, `no_cache` and `network` on the Docker Engine of this machine,
//! and what a failing build tells.

use std::collections::BTreeMap;
use std::fs;
use std::process::Command;
use std::sync::Arc;

use copilot::docker::Provided;
use copilot::docker::engine::{Builder, Engine};
use copilot::image::events::BuildEvent;
use copilot::image::plan::{BuildNetwork, BuildSecret, CacheTarget, NamedContext};
use copilot::image::secrets::SecretValues;
use copilot::ops::port::RegistryCredentials;

use crate::fixture::{Fixture, docker, engine, files};
use crate::push::{PASSWORD, Registry};

const SECRET: &str = "correct-horse-battery";

fn unique() -> String {
    uuid::Uuid::new_v4().to_string()
}

fn secrets(values: &[(&str, &str)]) -> Provided {
    let values = values.iter().map(|(id, value)| ((*id).to_owned(), value.as_bytes().to_vec()));
    Provided { secrets: Arc::new(values.collect::<SecretValues>()), ..Provided::default() }
}

/// A program as a step that prints the secret, with what the step is given.
fn with_secret(run: &str) -> Fixture {
    let mut fixture = Fixture::new(&format!("FROM scratch\nCOPY step /step\n{run}\n")).with_program();
    fixture.plan.secrets.insert("token".to_owned(), BuildSecret::Env("TOKEN".to_owned()));
    fixture
}

#[tokio::test]
async fn a_secret_reaches_its_step_and_nothing_else() {
    let id = unique();
    let fixture = with_secret(&format!(
        "RUN --mount=type=secret,id=token [\"/step\", \"cat\", \"/run/secrets/token\", \"{id}\"]\n\
         RUN --mount=type=secret,id=token [\"/step\", \"size\", \"/run/secrets/token\", \"{id}\"]"
    ));
    let engine = engine(Builder::BuildKit).await;
    let built = fixture.build_with(&engine, secrets(&[("token", SECRET)])).await.unwrap();
    let steps = fixture.steps().join("\n");
    assert!(steps.contains("log ***\n") && steps.contains(&format!("log {} bytes", SECRET.len())), "{steps}");
    assert!(!format!("{:?}", fixture.events).contains(SECRET));

    let history = Command::new("docker").args(["history", "--no-trunc", &built]).output().unwrap();
    let image = Command::new("docker").args(["image", "inspect", &built]).output().unwrap();
    for output in [history, image] {
        assert!(output.status.success());
        assert!(!String::from_utf8_lossy(&output.stdout).contains(SECRET));
    }
    let files = files(&built).await;
    assert!(files.values().all(|content| !content.contains(SECRET)), "{:?}", files.keys());
}

#[tokio::test]
async fn a_secret_stays_out_of_a_failing_builds_error() {
    let fixture = with_secret(&format!(
        "RUN --mount=type=secret,id=token [\"/step\", \"cat\", \"/run/secrets/token\"]\nRUN [\"/step\", \"fail\", \
         \"{SECRET}\", \"{}\"]",
        unique()
    ));
    let engine = engine(Builder::BuildKit).await;
    let error = fixture.build_with(&engine, secrets(&[("token", SECRET)])).await.unwrap_err();
    let step = error.step.clone().unwrap();
    assert!(step.log[0].starts_with("fail ***"), "{step:?}");
    // Not every engine tells the line, and the masked name of the step is none of the Dockerfile's.
    assert!(error.line.as_ref().is_none_or(|line| line.number == 4), "{error:?}");
    let shown = format!("{error} {error:?} {:?}", fixture.events);
    assert!(!shown.contains(SECRET), "{shown}");
    let plain = error.without_container();
    assert!(!format!("{plain:?} {:?}", plain.detail_lines()).contains(SECRET));
}

#[tokio::test]
async fn a_secret_that_the_manifest_lacks_is_named() {
    let fixture = with_secret(&format!(
        "RUN --mount=type=secret,id=other,required=true [\"/step\", \"cat\", \"/run/secrets/other\", \"{}\"]",
        unique()
    ));
    let engine = engine(Builder::BuildKit).await;
    let error = fixture.build_with(&engine, secrets(&[("token", SECRET)])).await.unwrap_err();
    assert!(error.to_string().contains("other"), "{error}");
}

/// An SSH agent with one key, for as long as this lives.
struct Agent {
    dir: tempfile::TempDir,
    process: std::process::Child,
}

impl Agent {
    fn start() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let socket = dir.path().join("agent");
        let mut agent = Command::new("ssh-agent");
        agent.arg("-D").arg("-a").arg(&socket).stdout(std::process::Stdio::null());
        let process = agent.spawn().unwrap();
        let deadline = std::time::Instant::now() + std::time::Duration::from_secs(10);
        while !socket.exists() {
            assert!(std::time::Instant::now() < deadline, "ssh-agent does not start");
            std::thread::sleep(std::time::Duration::from_millis(10));
        }
        let key = dir.path().join("key");
        let made = Command::new("ssh-keygen")
            .args(["-q", "-t", "ed25519", "-N", "", "-f"])
            .arg(&key)
            .status()
            .unwrap();
        let added =
            Command::new("ssh-add").arg("-q").arg(&key).env("SSH_AUTH_SOCK", &socket).status().unwrap();
        assert!(made.success() && added.success());
        Self { dir, process }
    }

    fn socket(&self) -> String {
        self.dir.path().join("agent").to_str().unwrap().to_owned()
    }
}

impl Drop for Agent {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

#[tokio::test]
async fn the_ssh_agent_is_lent_to_the_steps_that_ask_for_it() {
    let agent = Agent::start();
    let socket = agent.socket();
    let env = move |name: &str| match name {
        "SSH_AUTH_SOCK" => Some(socket.clone()),
        _ => std::env::var(name).ok(),
    };
    let engine = Engine::connect(&env).await.unwrap().with_builder(Builder::BuildKit);
    let run = format!("RUN --mount=type=ssh [\"/step\", \"keys\", \"{}\"]", unique());
    let mut fixture = Fixture::new(&format!("FROM scratch\nCOPY step /step\n{run}\n")).with_program();
    fixture.plan.ssh = vec!["default".to_owned()];
    fixture.build_with(&engine, Provided::default()).await.unwrap();
    let steps = fixture.steps().join("\n");
    // Kind 12 is the list of keys; an ed25519 key takes more than 60 bytes.
    let answer =
        steps.lines().find(|line| line.starts_with("log kind 12 with ")).unwrap_or_else(|| panic!("{steps}"));
    let bytes: u32 = answer.split_whitespace().nth(4).unwrap().parse().unwrap();
    assert!(bytes > 60, "{answer}");

    let without = |name: &str| std::env::var(name).ok().filter(|_| name != "SSH_AUTH_SOCK");
    let error = fixture
        .build_with(
            &Engine::connect(&without).await.unwrap().with_builder(Builder::BuildKit),
            Provided::default(),
        )
        .await
        .unwrap_err();
    assert!(error.to_string().contains("`image.build.ssh` needs an SSH agent"), "{error}");
}

#[tokio::test]
async fn steps_run_again_without_the_cache() {
    for builder in [Builder::BuildKit, Builder::Classic] {
        let run = format!("RUN [\"/step\", \"ok\", \"{}\"]", unique());
        let mut fixture = Fixture::new(&format!("FROM scratch\nCOPY step /step\n{run}\n")).with_program();
        fixture.build(builder).await.unwrap();
        fixture.events.lock().unwrap().clear();
        fixture.plan.no_cache = true;
        fixture.build(builder).await.unwrap();
        let steps = fixture.steps();
        assert!(!steps.iter().any(|line| line.ends_with("cached")), "{builder:?} {steps:?}");
    }
}

#[tokio::test]
async fn steps_get_the_network_of_the_manifest() {
    for builder in [Builder::BuildKit, Builder::Classic] {
        for (network, expected) in [(BuildNetwork::None, 1), (BuildNetwork::Host, 2)] {
            let run = format!("RUN [\"/step\", \"links\", \"{}\"]", unique());
            let mut fixture = Fixture::new(&format!("FROM scratch\nCOPY step /step\n{run}\n")).with_program();
            fixture.plan.network = network;
            fixture.build(builder).await.unwrap();
            let steps = fixture.steps();
            let mut links = steps.iter().filter_map(|line| line.strip_prefix("log links "));
            let count = links.next_back().unwrap_or_else(|| panic!("{steps:?}")).split(',').count();
            let fits = if expected == 1 { count == 1 } else { count >= expected };
            assert!(fits, "{builder:?} {network:?}: {steps:?}");
        }
    }
}

#[tokio::test]
async fn an_inline_cache_is_a_cache_source_afterwards() {
    let mut fixture = Fixture::new("FROM scratch\nCOPY a /a\n").file("a", &unique());
    fixture.plan.cache_to = vec![CacheTarget::Inline];
    let id = fixture.build(Builder::BuildKit).await.unwrap();
    assert!(docker().inspect_image(&id).await.is_ok());
}

#[tokio::test]
async fn what_an_engine_cannot_do_is_refused_before_the_build() {
    let classic = engine(Builder::Classic).await;
    let mut fixture = with_secret("RUN [\"/step\", \"ok\"]");
    fixture.plan.ssh = vec!["default".to_owned()];
    fixture.plan.cache_to = vec![CacheTarget::Inline];
    fixture.plan.contexts =
        BTreeMap::from([("x".to_owned(), NamedContext::Reference("docker-image://a".to_owned()))]);
    let error = fixture.build_with(&classic, secrets(&[("token", SECRET)])).await.unwrap_err();
    let text = error.to_string();
    assert!(
        text.contains("`image.build.secrets`, `image.build.ssh`, `image.build.cache_to`, `image.build.contexts` needs BuildKit"),
        "{text}"
    );
    assert!(fixture.events.lock().unwrap().is_empty());
    assert!(error.cause.hints()[0].contains("DOCKER_BUILDKIT"));
}

#[tokio::test]
async fn named_contexts_and_registry_caches_work_or_are_refused() {
    let engine = engine(Builder::BuildKit).await;
    let version: u32 =
        engine.name().trim_start_matches("Docker ").split('.').next().unwrap().parse().unwrap();
    let mut fixture = Fixture::new("FROM scratch\nCOPY --from=shared kept /kept\n").file("a", "a");
    let other = tempfile::tempdir().unwrap();
    fs::write(other.path().join("kept"), "from elsewhere").unwrap();
    let directory = NamedContext::Directory(other.path().to_str().unwrap().to_owned());
    fixture.plan.contexts.insert("shared".to_owned(), directory);
    let built = fixture.build_with(&engine, Provided::default()).await;
    if version >= 23 {
        assert_eq!(files(&built.unwrap()).await["kept"], "from elsewhere");
    } else {
        let error = built.unwrap_err().to_string();
        assert!(
            error.contains("`image.build.contexts` needs Docker Engine 23 or newer; this one is Docker"),
            "{error}"
        );
    }
    fixture.plan.contexts.clear();
    let registry = Registry::start();
    let target = BTreeMap::from([("ref".to_owned(), format!("{}/cache:v1", registry.address))]);
    fixture.plan.cache_to = vec![CacheTarget::Registry(target)];
    fs::write(&fixture.plan.dockerfile, "FROM scratch\nCOPY a /a\n").unwrap();
    let login = RegistryCredentials { username: "AWS".to_owned(), password: PASSWORD.to_owned() };
    let logins = |password: &str| {
        let login = RegistryCredentials { password: password.to_owned(), ..login.clone() };
        let registries = [(registry.address.clone(), login)].into_iter().collect();
        Provided { registries, ..Provided::default() }
    };
    match fixture.build_with(&engine, logins(PASSWORD)).await {
        // Written, as it is refused without the login.
        Ok(_) => {
            fixture.plan.no_cache = true;
            let error = fixture.build_with(&engine, logins("wrong")).await.unwrap_err().to_string();
            assert!(error.contains("401") || error.contains("authorization failed"), "{error}");
        }
        Err(error) => {
            assert!(error.to_string().contains("can write its cache into the image only"), "{error}");
        }
    }
}

#[tokio::test]
async fn a_failing_step_shows_its_line_of_the_dockerfile() {
    let id = unique();
    let dockerfile = format!(
        "# a comment\nFROM scratch\nCOPY step /step\n\nRUN [\"/step\", \\\n    \"fail\", \"{id}\"]\n"
    );
    let fixture = Fixture::new(&dockerfile).with_program();
    let error = fixture.build(Builder::BuildKit).await.unwrap_err();
    let line = error.line.clone().unwrap();
    assert_eq!(line.number, 5, "{error:?}");
    assert!(line.text[0].starts_with("RUN [\"/step\""), "{line:?}");
    assert!(error.to_string().contains("Dockerfile:5: step "), "{error}");
    let error = error.without_container();
    assert!(error.detail_lines()[0].starts_with("   5 | RUN "), "{:?}", error.detail_lines());

    for builder in [Builder::BuildKit, Builder::Classic] {
        let error = Fixture::new("FROM scratch\nCOPPY a b\n").build(builder).await.unwrap_err();
        assert_eq!(error.line.map(|line| (line.number, line.text)), Some((2, vec!["COPPY a b".to_owned()])));
    }
}

#[tokio::test]
async fn programs_of_another_platform_lead_to_advice() {
    for builder in [Builder::BuildKit, Builder::Classic] {
        let mut fixture = Fixture::new(&format!(
            "FROM scratch\nCOPY foreign /foreign\nRUN [\"/foreign\", \"{}\"]\n",
            unique()
        ));
        // The head of an ELF program for a machine that nothing runs: 64 bits, little-endian, AArch64.
        let mut program = vec![0x7f, b'E', b'L', b'F', 2, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0, 183, 0];
        program.resize(4096, 0);
        let path = fixture.dir.path().join("foreign");
        fs::write(&path, program).unwrap();
        fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
        fixture.plan.platform = "linux/arm64".to_owned();
        let error = fixture.build(builder).await.unwrap_err();
        let hints = error.cause.hints().join(" ");
        // The classic builder of some engines refuses the platform before any step.
        assert!(hints.contains("emulation") && hints.contains("linux/arm64"), "{builder:?}: {error:?}");
    }
}

#[tokio::test]
async fn a_large_context_is_warned_about() {
    for builder in [Builder::BuildKit, Builder::Classic] {
        let fixture =
            Fixture::new("FROM scratch\nCOPY . /\n").file(".dockerignore", "big/b\n").file("small/a", "a");
        for name in ["big/a", "big/b"] {
            let path = fixture.dir.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            // A file without blocks on disk.
            fs::File::create(path).unwrap().set_len(251_000_000).unwrap();
        }
        // Nothing is transferred into an image: the build ends at the missing stage.
        fs::write(&fixture.plan.dockerfile, "FROM scratch\nCOPY . /\nCOPY gone /\n").unwrap();
        let _ = fixture.build(builder).await.unwrap_err();
        let warnings = fixture.warnings();
        assert_eq!(warnings.len(), 1, "{builder:?} {warnings:?}");
        assert!(
            warnings[0].contains("is large: 252 MB") || warnings[0].contains("is large: 251 MB"),
            "{warnings:?}"
        );
        assert!(warnings[0].contains("the largest folders are big (251 MB, 1 files)"), "{warnings:?}");
        assert!(matches!(fixture.events.lock().unwrap().first(), Some(BuildEvent::Started { .. })));
    }
}
