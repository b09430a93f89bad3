//! `proxies` of Docker's configuration, compared with what the `docker` program makes of them.

use std::fs;
use std::process::Command;

use copilot::docker::Provided;
use copilot::docker::engine::{Builder, Engine};

use crate::fixture::Fixture;

const STEPS: &str = "FROM scratch\nCOPY step /step\nRUN [\"/step\", \"proxies\"]\n";

async fn engine(config: &str, builder: Builder) -> Engine {
    let env = |name: &str| match name {
        "DOCKER_CONFIG" => Some(config.to_owned()),
        name => std::env::var(name).ok(),
    };
    Engine::connect(&env).await.unwrap().with_builder(builder)
}

/// The proxies that the step printed.
fn proxies<'a>(lines: impl Iterator<Item = &'a str>) -> Vec<String> {
    lines.filter(|line| line.to_lowercase().contains("_proxy=")).map(str::to_owned).collect()
}

#[tokio::test]
async fn a_step_sees_the_proxies_that_docker_gives_it() {
    let config = tempfile::tempdir().unwrap();
    let directory = config.path().to_str().unwrap();
    let all = r#"{"httpProxy": "http://p:1", "httpsProxy": "http://p:2", "ftpProxy": "http://p:3", "noProxy": "a,b", "allProxy": "http://p:4"}"#;
    let mut seen = Vec::new();
    for (settings, arguments) in [
        (format!(r#"{{"proxies": {{"default": {all}}}}}"#), &[][..]),
        (
            format!(
                r#"{{"PROXIES": {{"default": {all}, "unix:///var/run/docker.sock": {{"httpproxy": "http://own:1"}}}}}}"#
            ),
            &[],
        ),
        (
            format!(
                r#"{{"proxies": {{"default": {all}, "tcp://other:2375": {{"httpProxy": "http://own:1"}}}}}}"#
            ),
            &[],
        ),
        (format!(r#"{{"proxies": {{"default": {all}, "unix:///var/run/docker.sock": null}}}}"#), &[]),
        (
            format!(r#"{{"proxies": {{"default": {all}}}}}"#),
            &["HTTP_PROXY=http://mine:1", "http_proxy=http://mine:1", "no_proxy=", "NO_PROXY="],
        ),
        (r#"{"proxies": null}"#.to_owned(), &["https_proxy=http://mine:2"]),
    ] {
        fs::write(config.path().join("config.json"), &settings).unwrap();
        let mut fixture = Fixture::new(STEPS).with_program();
        fixture.plan.no_cache = true;
        let mut docker = Command::new("docker");
        docker.args([
            "--host",
            "unix:///var/run/docker.sock",
            "build",
            "--no-cache",
            "--platform",
            "linux/amd64",
        ]);
        for argument in arguments {
            docker.args(["--build-arg", argument]);
            let (name, value) = argument.split_once('=').unwrap();
            fixture.plan.args.insert(name.to_owned(), value.to_owned());
        }
        let output = docker
            .arg(fixture.dir.path())
            .env("DOCKER_CONFIG", directory)
            .env("DOCKER_BUILDKIT", "0")
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let dockers = proxies(String::from_utf8(output.stdout).unwrap().lines());
        for builder in [Builder::Classic, Builder::BuildKit] {
            fixture.events.lock().unwrap().clear();
            fixture.build_with(&engine(directory, builder).await, Provided::default()).await.unwrap();
            let steps = fixture.steps();
            let ours = proxies(steps.iter().filter_map(|line| line.strip_prefix("log ")));
            // BuildKit gives a step both spellings of what it got under one, and nothing for an empty value.
            let given = |line: &String| dockers.contains(line) || builder == Builder::BuildKit;
            let taken = |line: &String| ours.contains(line) || line.ends_with('=');
            assert!(dockers.iter().all(taken), "{builder:?} {settings}: {ours:?}, {dockers:?}");
            assert!(ours.iter().all(given), "{builder:?} {settings}: {ours:?}, {dockers:?}");
            assert_eq!(fixture.warnings(), [""; 0]);
        }
        // Newer engines know `allProxy`.
        let known = dockers.into_iter().filter(|line| !line.to_lowercase().starts_with("all_"));
        seen.push(known.collect::<Vec<_>>().join(" "));
    }
    insta::assert_snapshot!(seen.join("\n"), @r"
    FTP_PROXY=http://p:3 HTTPS_PROXY=http://p:2 HTTP_PROXY=http://p:1 NO_PROXY=a,b ftp_proxy=http://p:3 http_proxy=http://p:1 https_proxy=http://p:2 no_proxy=a,b
    HTTP_PROXY=http://own:1 http_proxy=http://own:1
    FTP_PROXY=http://p:3 HTTPS_PROXY=http://p:2 HTTP_PROXY=http://p:1 NO_PROXY=a,b ftp_proxy=http://p:3 http_proxy=http://p:1 https_proxy=http://p:2 no_proxy=a,b

    FTP_PROXY=http://p:3 HTTPS_PROXY=http://p:2 HTTP_PROXY=http://mine:1 NO_PROXY= ftp_proxy=http://p:3 http_proxy=http://mine:1 https_proxy=http://p:2 no_proxy=
    https_proxy=http://mine:2
    ");
}

#[tokio::test]
async fn passwords_of_proxies_are_not_shown() {
    let config = tempfile::tempdir().unwrap();
    let directory = config.path().to_str().unwrap();
    let proxy = "http://me:hunter%402@proxy:3128";
    let settings = format!(r#"{{"proxies": {{"default": {{"httpProxy": "{proxy}"}}}}}}"#);
    fs::write(config.path().join("config.json"), settings).unwrap();
    for builder in [Builder::Classic, Builder::BuildKit] {
        let steps = STEPS.replace("\"proxies\"", "\"proxies\", \"3\"");
        let mut fixture = Fixture::new(&steps).with_program();
        fixture.plan.no_cache = true;
        let engine = engine(directory, builder).await;
        let error = fixture.build_with(&engine, Provided::default()).await.unwrap_err();
        let events = format!("{:?}", fixture.events.lock().unwrap());
        let shown = format!("{events} {error} {error:?} {engine:?}");
        assert!(shown.contains("HTTP_PROXY=http://***@proxy:3128"), "{shown}");
        assert!(!shown.contains("hunter"), "{shown}");
    }
}

#[tokio::test]
async fn a_configuration_that_cannot_be_read_is_told_and_does_not_stop_a_build() {
    let config = tempfile::tempdir().unwrap();
    fs::write(config.path().join("config.json"), r#"{"proxies": {"default": {"httpProxy": 1}}}"#).unwrap();
    let fixture = Fixture::new("FROM scratch\nCOPY a /a\n").file("a", "a");
    let engine = engine(config.path().to_str().unwrap(), Builder::BuildKit).await;
    fixture.build_with(&engine, Provided::default()).await.unwrap();
    let warnings = fixture.warnings().join("\n").replace(config.path().to_str().unwrap(), "CONFIG");
    insta::assert_snapshot!(warnings, @"the proxies of Docker's configuration are not used: CONFIG/config.json is not valid: `proxies`: `httpProxy` is not a text");
}
