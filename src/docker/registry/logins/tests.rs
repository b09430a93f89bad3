//! Docker's configuration files and credential helpers.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::Instant;

use super::*;

/// `user:secret` in base64.
const AUTH: &str = "dXNlcjpzZWNyZXQ=";

async fn find(config: &str, host: &str) -> Result<Option<(String, String)>, String> {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("config.json");
    std::fs::write(&file, config).unwrap();
    let logins = Logins::new(Some(dir.path().to_owned()), Programs::default());
    let found = logins.find(host).await;
    assert_eq!(std::fs::read_to_string(&file).unwrap(), config, "nothing is written");
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1);
    Ok(found?.map(|login| (login.username, login.password)))
}

#[allow(clippy::unnecessary_wraps, reason = "what is compared is an option")]
fn login(username: &str, password: &str) -> Option<(String, String)> {
    Some((username.to_owned(), password.to_owned()))
}

#[tokio::test]
async fn logins_in_the_file() {
    let config = format!(
        r#"{{"auths": {{"ghcr.io": {{"auth": "{AUTH}"}}, "https://index.docker.io/v1/": {{"auth": "{AUTH}"}},
            "https://quay.io/v2/": {{"username": "u", "password": "p"}}, "token.io": {{"identitytoken": "t"}},
            "empty.io": {{}}, "odd.io": {{"auth": "!"}}}}}}"#
    );
    for (host, expected) in [
        ("ghcr.io", login("user", "secret")),
        ("docker.io", login("user", "secret")),
        ("registry-1.docker.io", login("user", "secret")),
        ("quay.io", login("u", "p")),
        ("token.io", login("", "t")),
        ("empty.io", None),
        ("odd.io", None),
        ("other.io", None),
    ] {
        assert_eq!(find(&config, host).await.unwrap(), expected, "{host}");
    }
    for directory in [None, Some("/nonexistent".into())] {
        assert!(Logins::new(directory, Programs::default()).find("ghcr.io").await.unwrap().is_none());
    }
}

#[tokio::test]
async fn the_file_is_read_as_docker_reads_it() {
    let auth = format!(r#"{{"auth": "{AUTH}"}}"#);
    let found = Ok(login("user", "secret"));
    for (config, expected) in [
        (format!(r#"{{"Auths": {{"a.io": {auth}}}}}"#), found.clone()),
        (format!(r#"{{"auths": {{"b.io": null}}, "AUTHS": {{"a.io": {auth}}}}}"#), found.clone()),
        (format!(r#"{{"auths": {{"a.io": {{"AUTH": "{AUTH}"}}}}, "credsstore": null}}"#), found.clone()),
        (
            format!(r#"{{"auths": {{"a.io": {auth}}}, "CredHelpers": {{"a.io": null}}, "credsStore": "x"}}"#),
            found,
        ),
        (r#"{"auths": null, "credHelpers": null}"#.to_owned(), Ok(None)),
        (r#"{"auths": {"a.io": null}}"#.to_owned(), Ok(None)),
        (r#"{"auths": {"a.io": {"auth": null, "password": null}}}"#.to_owned(), Ok(None)),
        (String::new(), Ok(None)),
        (r#"{"CREDSSTORE": "not-there"}"#.to_owned(), Err("docker-credential-not-there is not installed")),
        (
            r#"{"auths": {"a.io": {"auth": 7}}}"#.to_owned(),
            Err("is not valid: `auths`, a.io: `auth` is not a text"),
        ),
        (r#"{"auths": ["hunter2"]}"#.to_owned(), Err("is not valid: `auths` is not an object")),
    ] {
        match (find(&config, "a.io").await, expected) {
            (Err(why), Err(expected)) => assert!(why.contains(expected), "{why}"),
            (found, expected) => assert_eq!(found, expected.map_err(str::to_owned), "{config}"),
        }
    }
}

#[tokio::test]
async fn a_malformed_file_is_told_without_its_content() {
    for (text, why) in [
        ("{\n\"auths\": {\"a\": hunter2}}", "config.json is not valid, line 2"),
        ("{\n\"auths\": {\"a\": \"hunter2\"}}", "config.json is not valid: `auths`, a: it is not an object"),
    ] {
        let error = find(text, "a").await.unwrap_err();
        assert!(error.contains(why) && !error.contains("hunter2"), "{error}");
    }
}

/// A helper in a directory of its own.
fn helper(dir: &Path, script: &str) -> Command {
    let path = dir.join("docker-credential-x");
    std::fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
    Command::new(path)
}

#[tokio::test]
async fn a_helper_reads_the_registry_from_its_input() {
    let dir = tempfile::tempdir().unwrap();
    let program = helper(dir.path(), r#"read host; printf '%s %s' "$*" "$host"; echo noise >&2"#);
    let (success, output) = run(program, "ghcr.io").await.unwrap();
    assert_eq!((success, String::from_utf8(output).unwrap().as_str()), (true, "get ghcr.io"));
    let (success, _) = run(helper(dir.path(), "exit 1"), "ghcr.io").await.unwrap();
    assert!(!success);
}

#[tokio::test]
async fn a_helper_that_hangs_is_given_up() {
    let dir = tempfile::tempdir().unwrap();
    let program = helper(dir.path(), "exec sleep 60");
    let start = Instant::now();
    let error = limited(program, "ghcr.io", Duration::from_millis(200)).await.unwrap_err();
    assert!(
        error.ends_with("did not answer within 0 s") && start.elapsed() < Duration::from_secs(10),
        "{error}"
    );
}

#[tokio::test]
async fn missing_and_odd_helpers_are_told() {
    for (config, host, expected) in [
        (r#"{"credsStore": "not-there"}"#, "a.io", "docker-credential-not-there is not installed"),
        (r#"{"credHelpers": {"a.io": "not-there"}}"#, "a.io", "is not installed"),
        (r#"{"credsStore": "../x"}"#, "a.io", "is not the name of a credential helper"),
    ] {
        let error = find(config, host).await.unwrap_err();
        assert!(error.contains(expected), "{error}");
    }
    assert_eq!(find(r#"{"credHelpers": {"a.io": "not-there"}}"#, "b.io").await.unwrap(), None);
    let both = format!(r#"{{"credsStore": "not-there", "auths": {{"a.io": {{"auth": "{AUTH}"}}}}}}"#);
    assert_eq!(find(&both, "a.io").await.unwrap(), login("user", "secret"), "what the file has is used");
}

#[tokio::test]
async fn a_registry_is_looked_up_once_and_problems_are_kept() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("config.json"), r#"{"credsStore": "not-there"}"#).unwrap();
    let given = RegistryCredentials { username: "AWS".to_owned(), password: "p".to_owned() };
    let given = HashMap::from([("own.io".to_owned(), given)]);
    let keyring = Keyring::new(Logins::new(Some(dir.path().to_owned()), Programs::default()), given);
    let start = Instant::now();
    assert!(keyring.login("a.io").await.is_none() && keyring.login("a.io").await.is_none());
    assert_eq!(keyring.login("own.io").await.unwrap().username, "AWS");
    assert!(start.elapsed() < Duration::from_secs(5));
    let problems = keyring.new_problems();
    assert_eq!(problems.len(), 1, "{problems:?}");
    assert!(keyring.new_problems().is_empty() && keyring.all_problems() == problems);
    assert!(problems[0].starts_with("no login for the registry a.io could be read: "), "{problems:?}");
}

#[tokio::test]
async fn the_users_own_login_comes_before_the_given_one() {
    let dir = tempfile::tempdir().unwrap();
    let config = format!(r#"{{"auths": {{"own.io": {{"auth": "{AUTH}"}}, "out.io": {{}}}}}}"#);
    std::fs::write(dir.path().join("config.json"), config).unwrap();
    let given = RegistryCredentials { username: "AWS".to_owned(), password: "p".to_owned() };
    let given = HashMap::from(["own.io", "out.io"].map(|host| (host.to_owned(), given.clone())));
    let keyring = Keyring::new(Logins::new(Some(dir.path().to_owned()), Programs::default()), given);
    for (host, expected) in [("own.io", Some("user")), ("out.io", Some("AWS")), ("other.io", None)] {
        let found = keyring.login(host).await.map(|login| login.username);
        assert_eq!(found.as_deref(), expected, "{host}");
    }
}

#[tokio::test]
async fn helpers_come_from_absolute_directories_alone() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("config.json"), r#"{"credsStore": "x"}"#).unwrap();
    helper(dir.path(), r#"printf '{"Username": "%s", "Secret": "s"}' "$PATH""#);
    let find = async |path: &str| {
        let logins = Logins::new(Some(dir.path().to_owned()), Programs::of(Some(path)));
        logins.find("a.io").await.map(|login| login.unwrap().username)
    };
    let absolute = dir.path().to_str().unwrap();
    // What a helper's interpreter is looked up in has no other directories either.
    let path = format!("{absolute}:/usr/bin:/bin");
    assert_eq!(find(&format!(":{path}:.")).await.unwrap(), path);
    for path in ["", ".:", &absolute[1..]] {
        assert_eq!(find(path).await.unwrap_err(), "docker-credential-x is not installed", "{path}");
    }
}
