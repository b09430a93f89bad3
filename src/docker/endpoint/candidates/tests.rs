//! Where engines are looked for.

use std::fs;

use sha2::{Digest, Sha256};

use super::*;

fn find(vars: &[(&str, &str)]) -> Result<Vec<String>> {
    let env = |name: &str| vars.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned());
    Ok(candidates(&env)?.into_iter().map(|c| format!("{} ({})", c.endpoint, c.origin)).collect())
}

fn write_context(config: &Path, name: &str, host: &str, tls: bool) {
    let id: String = Sha256::digest(name).iter().map(|byte| format!("{byte:02x}")).collect();
    let meta = config.join("contexts/meta").join(&id);
    fs::create_dir_all(&meta).unwrap();
    let text = format!(r#"{{"Name":"{name}","Endpoints":{{"docker":{{"Host":"{host}"}}}}}}"#);
    fs::write(meta.join("meta.json"), text).unwrap();
    if tls {
        fs::create_dir_all(config.join("contexts/tls").join(&id).join("docker")).unwrap();
    }
}

#[test]
fn docker_host_is_the_only_candidate() {
    for (host, found) in [
        ("unix:///x/docker.sock", "unix:///x/docker.sock (DOCKER_HOST)"),
        ("tcp://localhost:2376", "tcp://localhost:2376 (DOCKER_HOST)"),
        ("tcp://build.internal", "tcp://build.internal:2375 (DOCKER_HOST)"),
        ("tcp://[::1]", "tcp://[::1]:2375 (DOCKER_HOST)"),
        ("http://127.0.0.1:80/", "tcp://127.0.0.1:80/ (DOCKER_HOST)"),
        ("localhost:2375", "tcp://localhost:2375 (DOCKER_HOST)"),
        (" unix:// ", "unix:///var/run/docker.sock (DOCKER_HOST)"),
        ("  ", "unix:///var/run/docker.sock (DOCKER_HOST)"),
        ("tcp://user:hunter2@host:1/engine", "tcp://host:1/engine (DOCKER_HOST)"),
    ] {
        assert_eq!(find(&[("DOCKER_HOST", host), ("DOCKER_CONTEXT", "x")]).unwrap(), [found]);
    }
}

#[test]
fn tls_and_ssh_addresses() {
    let dir = tempfile::tempdir().unwrap();
    let certificates = dir.path().to_str().unwrap();
    fs::write(dir.path().join("ca.pem"), "").unwrap();
    for (vars, found) in [
        (
            &[("DOCKER_HOST", "tcp://host"), ("DOCKER_TLS_VERIFY", "1")][..],
            "tcp://host:2375 (TLS) (DOCKER_HOST)",
        ),
        (&[("DOCKER_HOST", " "), ("DOCKER_TLS_VERIFY", "1")], "tcp://localhost:2376 (TLS) (DOCKER_HOST)"),
        (&[("DOCKER_HOST", "https://host")], "tcp://host:2376 (TLS) (DOCKER_HOST)"),
        (&[("DOCKER_HOST", "https://host:1")], "tcp://host:1 (TLS) (DOCKER_HOST)"),
        (&[("DOCKER_HOST", "unix:///x"), ("DOCKER_TLS", "1")][..], "unix:///x (DOCKER_HOST)"),
        (&[("DOCKER_HOST", "ssh://me@host")][..], "ssh://me@host (DOCKER_HOST)"),
        (&[("DOCKER_HOST", "ssh://host:2222/run/d.sock")][..], "ssh://host:2222/run/d.sock (DOCKER_HOST)"),
    ] {
        let vars = [vars, &[("DOCKER_CERT_PATH", certificates)]].concat();
        assert_eq!(find(&vars).unwrap(), [found]);
    }
    let unused =
        [("DOCKER_HOST", "unix:///x"), ("DOCKER_TLS_VERIFY", "1"), ("DOCKER_CERT_PATH", "/not/there")];
    assert_eq!(find(&unused).unwrap(), ["unix:///x (DOCKER_HOST)"]);
    let vars = [("DOCKER_HOST", "tcp://h"), ("DOCKER_TLS_VERIFY", "1"), ("DOCKER_CERT_PATH", certificates)];
    let env = |name: &str| vars.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned());
    for name in ["ca.pem", "cert.pem", "key.pem"] {
        fs::write(dir.path().join(name), "").unwrap();
    }
    let Endpoint::Tls { files, .. } = candidates(&env).unwrap().remove(0).endpoint else { panic!() };
    assert_eq!(files.ca, Some(dir.path().join("ca.pem")));
    assert_eq!(files.identity, Some((dir.path().join("cert.pem"), dir.path().join("key.pem"))));
}

#[test]
fn unsupported_addresses_are_refused() {
    let empty = tempfile::tempdir().unwrap();
    let empty = empty.path().to_str().unwrap();
    for (vars, message) in [
        (&[("DOCKER_HOST", "ssh://me:secret@host")][..], "user@host"),
        (&[("DOCKER_HOST", "ssh://host/a b;rm")][..], "user@host"),
        (&[("DOCKER_HOST", "ssh://")][..], "user@host"),
        (&[("DOCKER_HOST", "tcp://host:2376"), ("DOCKER_TLS", "1")][..], "without a check"),
        (
            &[("DOCKER_HOST", "tcp://h"), ("DOCKER_TLS_VERIFY", "1"), ("DOCKER_CERT_PATH", "/not/there")][..],
            "DOCKER_CERT_PATH names a directory that is not there",
        ),
        (
            &[("DOCKER_HOST", "h:1"), ("DOCKER_TLS_VERIFY", "1"), ("DOCKER_CERT_PATH", empty)],
            "DOCKER_TLS_VERIFY is set, and there is no ca.pem in the directory that DOCKER_CERT_PATH names",
        ),
        (
            &[("DOCKER_HOST", "h:1"), ("DOCKER_TLS_VERIFY", "1"), ("DOCKER_CONFIG", empty)],
            "DOCKER_TLS_VERIFY is set, and there is no ca.pem in /",
        ),
        (&[("DOCKER_HOST", "h:1"), ("DOCKER_TLS_VERIFY", "1")], "there is no directory with certificates"),
        (&[("DOCKER_HOST", "npipe:////./pipe/docker")][..], "Windows"),
        (&[("DOCKER_HOST", "/var/run/docker.sock")][..], "a socket is written unix:///path"),
        (&[("DOCKER_HOST", "tcp://host:port")][..], "not a host"),
    ] {
        let error = find(vars).unwrap_err();
        assert!(error.to_string().contains(message), "{error}");
        assert!(!error.hints().is_empty());
    }
    // A variable may hold what was meant for another one: its name is told, not its value.
    for name in ["DOCKER_HOST", "DOCKER_CONTEXT", "DOCKER_CERT_PATH"] {
        let mut vars = vec![(name, "sk_live://hunter2"), ("HOME", empty)];
        if name == "DOCKER_CERT_PATH" {
            vars.extend([("DOCKER_HOST", "h:1"), ("DOCKER_TLS_VERIFY", "1")]);
        }
        let error = find(&vars).unwrap_err();
        assert!(error.to_string().contains(name) && !format!("{error:?}").contains("hunter2"), "{error:?}");
    }
}

#[test]
fn a_context_is_read_as_docker_reads_it() {
    let dir = tempfile::tempdir().unwrap();
    let config = dir.path().to_str().unwrap();
    write_context(dir.path(), "ci", "tcp://ci:1/x", false);
    let id: String = Sha256::digest("ci").iter().map(|byte| format!("{byte:02x}")).collect();
    let meta = dir.path().join("contexts/meta").join(id).join("meta.json");
    for (settings, context, found) in [
        (r#"{"CURRENTCONTEXT": "ci"}"#, None, Ok("tcp://ci:1/x")),
        (r#"{"currentContext": "x", "currentcontext": "ci"} more"#, None, Ok("tcp://ci:1/x")),
        (r#"{"currentContext": null}"#, None, Ok("unix:///var/run/docker.sock")),
        ("", None, Ok("unix:///var/run/docker.sock")),
        (
            r#"{"currentContext": "ci"}"#,
            Some(r#"{"name": "ci", "ENDPOINTS": {"docker": {"host": "ssh://b", "SkipTLSVerify": null}}}"#),
            Ok("ssh://b"),
        ),
        (r#"{"currentContext": "ci"}"#, Some(r#"{"Endpoints": {"docker": null}}"#), Err("has no address")),
        (r#"{"currentContext": "ci"}"#, Some(r#"{"Endpoints": null}"#), Err("has no address")),
        (r#"{"currentContext": "ci"}"#, Some("{\n"), Err("meta.json: it is not valid, line 2")),
        (r#"{"currentContext": 1}"#, None, Err("config.json is not valid: `currentContext` is not a text")),
    ] {
        fs::write(dir.path().join("config.json"), settings).unwrap();
        if let Some(context) = context {
            fs::write(&meta, context).unwrap();
        }
        let env = |name: &str| (name == "DOCKER_CONFIG").then(|| config.to_owned());
        match (candidates(&env), found) {
            (Ok(candidates), Ok(found)) => {
                assert_eq!(candidates[0].endpoint.to_string(), found, "{settings}");
            }
            (Err(error), Err(why)) => assert!(error.to_string().contains(why), "{error}"),
            (found, _) => panic!("{settings}: {found:?}"),
        }
    }
}

#[test]
fn settings_go_by_the_address_that_docker_knows() {
    let dir = tempfile::tempdir().unwrap();
    let config = dir.path().to_str().unwrap();
    write_context(dir.path(), "plain", "tcp://ci", false);
    write_context(dir.path(), "remote", "ssh://ci", false);
    for (name, value, settings) in [
        ("DOCKER_HOST", "ci", "tcp://ci:2375"),
        ("DOCKER_HOST", "ssh://me@ci", "http://docker.example.com"),
        ("DOCKER_HOST", " ", "unix:///var/run/docker.sock"),
        ("DOCKER_CONTEXT", "plain", "tcp://ci"),
        ("DOCKER_CONTEXT", "remote", "http://docker.example.com"),
        ("DOCKER_CONTEXT", "default", "unix:///var/run/docker.sock"),
    ] {
        let vars = [(name, value), ("DOCKER_CONFIG", config)];
        let env =
            |name: &str| vars.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned());
        assert_eq!(candidates(&env).unwrap()[0].settings, settings, "{value}");
    }
}

#[test]
fn contexts_are_followed() {
    let dir = tempfile::tempdir().unwrap();
    let config = dir.path().to_str().unwrap();
    write_context(dir.path(), "ci", "unix:///ci.sock", false);
    write_context(dir.path(), "remote", "ssh://host", false);
    write_context(dir.path(), "secure", "tcp://host:2376", true);
    fs::write(dir.path().join("config.json"), r#"{"currentContext":"ci","auths":{}}"#).unwrap();

    let ci = ["unix:///ci.sock (the docker context \"ci\")"];
    assert_eq!(find(&[("DOCKER_CONFIG", config)]).unwrap(), ci);
    assert_eq!(find(&[("DOCKER_CONFIG", config), ("DOCKER_CONTEXT", "ci")]).unwrap(), ci);
    let fallback = find(&[("DOCKER_CONFIG", config), ("DOCKER_CONTEXT", "default")]).unwrap();
    assert_eq!(fallback[0], "unix:///var/run/docker.sock (default socket)");
    for (name, found) in [("remote", "ssh://host"), ("secure", "tcp://host:2376 (TLS)")] {
        let found = [format!("{found} (the docker context \"{name}\")")];
        assert_eq!(find(&[("DOCKER_CONFIG", config), ("DOCKER_CONTEXT", name)]).unwrap(), found);
    }
    let error = find(&[("DOCKER_CONFIG", config), ("DOCKER_CONTEXT", "gone")]).unwrap_err();
    assert!(error.to_string().contains("does not exist"), "{error}");
    let unverified = r#"{"Endpoints":{"docker":{"Host":"tcp://h","SkipTLSVerify":true}}}"#;
    let id: String = Sha256::digest("ci").iter().map(|byte| format!("{byte:02x}")).collect();
    let meta = dir.path().join("contexts/meta").join(id).join("meta.json");
    let ordinary = fs::read(&meta).unwrap();
    fs::write(&meta, unverified).unwrap();
    let error = find(&[("DOCKER_CONFIG", config)]).unwrap_err();
    assert!(error.to_string().contains("without a check"), "{error}");
    fs::write(&meta, ordinary).unwrap();
    fs::write(dir.path().join("config.json"), "{").unwrap();
    assert!(find(&[("DOCKER_CONFIG", config)]).unwrap_err().to_string().contains("config.json"));
}

#[test]
fn usual_sockets_without_a_choice() {
    let found = find(&[("HOME", "/h"), ("XDG_RUNTIME_DIR", "/run/user/7")]).unwrap();
    assert_eq!(
        found,
        [
            "unix:///var/run/docker.sock (default socket)",
            "unix:///run/user/7/docker.sock (rootless engine)",
            "unix:///h/.docker/run/docker.sock (Docker Desktop)",
            "unix:///h/.docker/desktop/docker.sock (Docker Desktop)",
            "unix:///h/.orbstack/run/docker.sock (OrbStack)",
            "unix:///h/.rd/docker.sock (Rancher Desktop)",
            "unix:///h/.colima/default/docker.sock (Colima)",
            "unix:///h/.config/colima/default/docker.sock (Colima)",
            "unix:///h/.lima/docker/sock/docker.sock (Lima)",
            "unix:///h/.local/share/containers/podman/machine/podman.sock (Podman machine)",
            "unix:///run/user/7/podman/podman.sock (rootless Podman)",
            "unix:///run/podman/podman.sock (Podman)",
            "unix:///var/run/finch.sock (Finch)",
            "unix:///Applications/Finch/lima/data/finch/sock/finch.sock (Finch)",
        ]
    );
}
