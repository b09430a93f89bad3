//! Engines behind TLS and SSH, engines of docker contexts, and Podman.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use copilot::docker::Provided;
use copilot::docker::engine::{Builder, Engine};
use copilot::ops::port::Tagged;
use rustls::pki_types::PrivateKeyDer;
use sha2::{Digest, Sha256};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, UnixStream};

use crate::fixture::{Fixture, files, program};
use crate::local_aws::LocalAws;
use crate::push::{Login, PASSWORD, Registry};
use crate::support::{BUILD, Workspace, World, stable};

/// The engine's own socket, to be reached by other ways.
pub(crate) const SOCKET: &str = "/var/run/docker.sock";

pub(crate) async fn connect(vars: &[(&str, &str)]) -> copilot::error::Result<Engine> {
    let env = |name: &str| vars.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned());
    Engine::connect(&env).await
}

/// Certificates of an authority, of a server on 127.0.0.1 and of a client, as Docker names them.
struct Certificates {
    dir: tempfile::TempDir,
    server: (String, String),
    /// Connections that were let in.
    accepted: Arc<AtomicUsize>,
}

impl Certificates {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let key = rcgen::KeyPair::generate().unwrap();
        let mut authority = rcgen::CertificateParams::new(Vec::new()).unwrap();
        authority.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
        let ca = authority.self_signed(&key).unwrap();
        let issuer = rcgen::Issuer::new(authority, key);
        let issue = |name: &str| {
            let key = rcgen::KeyPair::generate().unwrap();
            let params = rcgen::CertificateParams::new(vec![name.to_owned()]).unwrap();
            (params.signed_by(&key, &issuer).unwrap().pem(), key.serialize_pem())
        };
        let (certificate, key) = issue("client");
        for (name, content) in [("ca.pem", &ca.pem()), ("cert.pem", &certificate), ("key.pem", &key)] {
            fs::write(dir.path().join(name), content).unwrap();
        }
        Self { dir, server: issue("127.0.0.1"), accepted: Arc::default() }
    }

    fn path(&self) -> &str {
        self.dir.path().to_str().unwrap()
    }

    /// A Docker configuration whose current context, of this name, is an engine there with these certificates.
    fn context(&self, name: &str, address: &str) -> tempfile::TempDir {
        let config = tempfile::tempdir().unwrap();
        let id: String = Sha256::digest(name).iter().map(|byte| format!("{byte:02x}")).collect();
        let meta = config.path().join("contexts/meta").join(&id);
        let tls = config.path().join("contexts/tls").join(&id).join("docker");
        fs::create_dir_all(&meta).unwrap();
        fs::create_dir_all(&tls).unwrap();
        for file in ["ca.pem", "cert.pem", "key.pem"] {
            fs::copy(self.dir.path().join(file), tls.join(file)).unwrap();
        }
        let text = format!(r#"{{"Name":"{name}","Endpoints":{{"docker":{{"Host":"tcp://{address}"}}}}}}"#);
        fs::write(meta.join("meta.json"), text).unwrap();
        fs::write(config.path().join("config.json"), format!(r#"{{"currentContext":"{name}"}}"#)).unwrap();
        config
    }

    /// A TLS server in front of the engine that lets only clients with a certificate in; gives its address.
    async fn serve(&self) -> String {
        use rustls::pki_types::CertificateDer;
        use rustls::pki_types::pem::PemObject;
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let mut roots = rustls::RootCertStore::empty();
        roots.add(CertificateDer::from_pem_file(self.dir.path().join("ca.pem")).unwrap()).unwrap();
        let verifier =
            rustls::server::WebPkiClientVerifier::builder_with_provider(roots.into(), Arc::clone(&provider));
        let certificate = CertificateDer::from_pem_slice(self.server.0.as_bytes()).unwrap();
        let key = PrivateKeyDer::from_pem_slice(self.server.1.as_bytes()).unwrap();
        let config = rustls::ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_client_cert_verifier(verifier.build().unwrap())
            .with_single_cert(vec![certificate], key)
            .unwrap();
        let acceptor = tokio_rustls::TlsAcceptor::from(Arc::new(config));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let accepted = Arc::clone(&self.accepted);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (acceptor, accepted) = (acceptor.clone(), Arc::clone(&accepted));
                tokio::spawn(async move {
                    let Ok(mut client) = acceptor.accept(stream).await else { return };
                    accepted.fetch_add(1, Ordering::Relaxed);
                    let mut engine = UnixStream::connect(SOCKET).await.unwrap();
                    let _ = tokio::io::copy_bidirectional(&mut client, &mut engine).await;
                });
            }
        });
        address
    }
}

#[tokio::test]
async fn an_engine_behind_tls_builds() {
    let certificates = Certificates::new();
    let address = format!("tcp://{}", certificates.serve().await);
    let vars = [
        ("DOCKER_HOST", address.as_str()),
        ("DOCKER_TLS_VERIFY", "1"),
        ("DOCKER_CERT_PATH", certificates.path()),
    ];
    for builder in [Builder::BuildKit, Builder::Classic] {
        let engine = connect(&vars).await.unwrap().with_builder(builder);
        let fixture = Fixture::new("FROM scratch\nCOPY a /a\n").file("a", "through TLS");
        let id = fixture.build_with(&engine, Provided::default()).await.unwrap();
        assert_eq!(files(&id).await["a"], "through TLS");
    }
    // Without the client's certificate the server ends the connection.
    let other = tempfile::tempdir().unwrap();
    fs::copy(certificates.dir.path().join("ca.pem"), other.path().join("ca.pem")).unwrap();
    let stranger = [vars[0], vars[1], ("DOCKER_CERT_PATH", other.path().to_str().unwrap())];
    let error = connect(&stranger).await.unwrap_err().to_string();
    assert!(error.to_lowercase().contains("certificate"), "{error}");
    // Another authority's certificate is not accepted.
    let foreign = Certificates::new();
    let error =
        connect(&[vars[0], vars[1], ("DOCKER_CERT_PATH", foreign.path())]).await.unwrap_err().to_string();
    assert!(error.to_lowercase().contains("certificate"), "{error}");
    // A broken key is named, not shown.
    fs::write(foreign.dir.path().join("key.pem"), "not-a-key-hunter2").unwrap();
    let error = connect(&[vars[0], vars[1], ("DOCKER_CERT_PATH", foreign.path())]).await.unwrap_err();
    assert!(error.to_string().contains("key.pem") && !error.to_string().contains("hunter2"), "{error}");
}

#[tokio::test]
async fn a_docker_context_brings_its_certificates() {
    let certificates = Certificates::new();
    let address = certificates.serve().await;
    let config = certificates.context("remote", &address);
    let engine = connect(&[("DOCKER_CONFIG", config.path().to_str().unwrap())]).await.unwrap();
    assert_eq!(engine.endpoint().to_string(), format!("tcp://{address} (TLS)"));
}

/// A server process that is stopped in the end.
struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn wait_for(what: &str, ready: impl Fn() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(30);
    while !ready() {
        assert!(Instant::now() < deadline, "{what} does not start");
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn key(path: &Path) {
    let made =
        Command::new("ssh-keygen").args(["-q", "-t", "ed25519", "-N", "", "-f"]).arg(path).status().unwrap();
    assert!(made.success());
}

/// An SSH server of its own, and a directory whose `ssh` knows it as `builder`.
fn ssh_server(dir: &Path) -> (Server, PathBuf) {
    key(&dir.join("host"));
    key(&dir.join("user"));
    fs::copy(dir.join("user.pub"), dir.join("authorized")).unwrap();
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let at = |name: &str| dir.join(name).display().to_string();
    let config = format!(
        "Port {port}\nListenAddress 127.0.0.1\nHostKey {}\nAuthorizedKeysFile {}\nPidFile none\nStrictModes no\n\
         PermitRootLogin prohibit-password\nUsePAM no\nPasswordAuthentication no\n",
        at("host"),
        at("authorized")
    );
    fs::write(dir.join("sshd_config"), config).unwrap();
    // Where the server, started by root, leaves its privileges.
    let _ = fs::create_dir_all("/run/sshd");
    let process = Command::new("/usr/sbin/sshd")
        .args(["-D", "-e", "-f", &at("sshd_config")])
        .stderr(Stdio::null())
        .spawn()
        .expect("these tests need Debian's package openssh-server");
    let server = Server(process);
    wait_for("sshd", || std::net::TcpStream::connect(("127.0.0.1", port)).is_ok());
    let known = format!("[127.0.0.1]:{port} {}", fs::read_to_string(dir.join("host.pub")).unwrap());
    fs::write(dir.join("known"), known).unwrap();
    let client = format!(
        "Host builder\n HostName 127.0.0.1\n Port {port}\n IdentityFile {}\n IdentitiesOnly yes\n UserKnownHostsFile {}\n BatchMode yes\n",
        at("user"),
        at("known")
    );
    fs::write(dir.join("ssh_config"), client).unwrap();
    let bin = dir.join("bin");
    fs::create_dir(&bin).unwrap();
    let script = format!("#!/bin/sh\nexec /usr/bin/ssh -F {} \"$@\"\n", at("ssh_config"));
    fs::write(bin.join("ssh"), script).unwrap();
    fs::set_permissions(bin.join("ssh"), fs::Permissions::from_mode(0o755)).unwrap();
    (server, bin)
}

const SECRET: &str = "hunter2-over-the-wire";

/// Deploys a job whose build prints how long its secret is, with an engine that these variables lead to.
fn deploys_with_secrets(vars: &[(&str, &str)]) {
    let manifest = BUILD.replace(
        "build: ./Dockerfile",
        "build: {dockerfile: Dockerfile, secrets: {token: {env: BUILD_TOKEN}}}",
    );
    let world = World::with_registry(Workspace::new(&manifest));
    let unique = uuid::Uuid::new_v4();
    let mount = "RUN --mount=type=secret,id=token";
    world.workspace.file(
        "Dockerfile",
        &format!("FROM scratch\nCOPY step /step\n{mount} [\"/step\", \"size\", \"/run/secrets/token\", \"{unique}\"]\n"),
    );
    fs::copy(program(), world.workspace.path().join("step")).unwrap();
    let mut command = world.deploying(&[]);
    command.env("BUILD_TOKEN", SECRET).envs(vars.iter().copied());
    let said = crate::support::Run::of(command).succeeds();
    assert!(said.contains(&format!("| {} bytes", SECRET.len())), "{said}");
    assert!(said.contains("pushed ") && said.contains("Deployed report-gen"), "{said}");
    assert!(!said.contains(SECRET), "{said}");
    let image = world.parameter("ContainerImage").unwrap();
    assert!(image.contains("@sha256:"), "{image}");
}

#[test]
fn a_job_is_deployed_with_an_engine_behind_tls() {
    let certificates = Arc::new(Certificates::new());
    let server = Arc::clone(&certificates);
    let address = LocalAws::shared().block_on(async move { server.serve().await });
    let host = format!("tcp://{address}");
    deploys_with_secrets(&[
        ("DOCKER_HOST", &host),
        ("DOCKER_TLS_VERIFY", "1"),
        ("DOCKER_CERT_PATH", certificates.path()),
    ]);
}

#[test]
fn a_job_is_deployed_with_the_engine_of_a_docker_context() {
    let certificates = Arc::new(Certificates::new());
    let server = Arc::clone(&certificates);
    let address = LocalAws::shared().block_on(async move { server.serve().await });
    let config = certificates.context("remote", &address);
    let config = config.path().to_str().unwrap();
    deploys_with_secrets(&[("DOCKER_CONFIG", config)]);
    let current = certificates.accepted.load(Ordering::Relaxed);
    fs::write(Path::new(config).join("config.json"), "{}").unwrap();
    deploys_with_secrets(&[("DOCKER_CONFIG", config), ("DOCKER_CONTEXT", "remote")]);
    assert!(current > 0 && certificates.accepted.load(Ordering::Relaxed) > current);
}

#[test]
fn a_job_is_deployed_with_the_engine_of_another_machine() {
    let dir = tempfile::tempdir().unwrap();
    let (_server, bin) = ssh_server(dir.path());
    let path = format!("{}:{}", bin.display(), std::env::var("PATH").unwrap());
    deploys_with_secrets(&[("DOCKER_HOST", "ssh://builder"), ("PATH", &path)]);

    let world = World::with_registry(Workspace::with_image());
    let mut command = world.deploying(&[]);
    command.env("DOCKER_HOST", "ssh://no-such-user@builder").env("PATH", &path);
    let said = crate::support::Run::of(command).ends_with(1);
    assert!(
        said.contains("ssh://no-such-user@builder (DOCKER_HOST): ") && said.contains("Permission denied"),
        "{said}"
    );
}

#[tokio::test]
async fn podman_builds_and_pushes_what_needs_no_buildkit() {
    let dir = tempfile::tempdir().unwrap();
    let at = |name: &str| dir.path().join(name).display().to_string();
    let registry = Registry::start();
    let plain = format!("[[registry]]\nlocation = \"{}\"\ninsecure = true\n", registry.address);
    fs::write(at("registries.conf"), plain).unwrap();
    let socket = at("podman.sock");
    let service = Command::new("podman")
        .args(["--root", &at("root"), "--runroot", &at("run"), "--storage-driver", "vfs"])
        .args(["system", "service", "--time=0", &format!("unix://{socket}")])
        .env("CONTAINERS_REGISTRIES_CONF", at("registries.conf"))
        .stderr(Stdio::null())
        .spawn()
        .expect("these tests need Debian's package podman");
    let _service = Server(service);
    wait_for("podman", || Path::new(&socket).exists());
    let engine = connect(&[("DOCKER_HOST", &format!("unix://{socket}"))]).await.unwrap();
    assert_eq!(engine.builder(), Builder::Classic);
    assert!(engine.name().starts_with("Podman "), "{}", engine.name());
    let mut fixture = Fixture::new("FROM scratch\nARG A\nLABEL a=$A\nCOPY . /\n")
        .file("a", "a")
        .file(".dockerignore", "Dockerfile\n");
    fixture.plan.args.insert("A".to_owned(), "value".to_owned());
    fixture.plan.labels.insert("b".to_owned(), "c".to_owned());
    let id = fixture.build_with(&engine, Provided::default()).await.unwrap();
    let inspect = |format: &str| {
        let output = Command::new("podman")
            .args(["--root", &at("root"), "--runroot", &at("run"), "--storage-driver", "vfs"])
            .args(["image", "inspect", "--format", format, &id])
            .output()
            .unwrap();
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    };
    assert_eq!(inspect("{{index .Labels \"a\"}} {{index .Labels \"b\"}}"), "value c");
    assert!(inspect("{{.RepoTags}}").contains(&fixture.plan.repository), "{}", inspect("{{.RepoTags}}"));

    fixture.plan.repository = format!("{}/app/job", registry.address);
    let id = fixture.build_with(&engine, Provided::default()).await.unwrap();
    let image = Tagged { id: &id, repository: &fixture.plan.repository, tags: &fixture.plan.tags };
    let engine = engine.with_push_pauses(Vec::new());
    engine.push(&image, &Login::new("wrong"), &|_| {}).await.unwrap_err();
    let pushed = engine.push(&image, &Login::new(PASSWORD), &|_| {}).await.unwrap();
    assert!(pushed.sent && pushed.digest.starts_with("sha256:"), "{pushed:?}");

    fixture.plan.ssh = vec!["default".to_owned()];
    let error = fixture.build_with(&engine, Provided::default()).await.unwrap_err().to_string();
    assert!(
        error.contains("`image.build.ssh` needs BuildKit, and the builder of this engine (Podman "),
        "{error}"
    );
}

#[test]
fn an_engine_that_does_not_answer_is_named() {
    let world = World::new(Workspace::new(BUILD));
    world.workspace.file("Dockerfile", "FROM scratch\n");
    let home = tempfile::tempdir().unwrap();
    let mut command = world.deploying(&[]);
    // The machine's own engine would answer, but it is not the one that was chosen.
    command.env("DOCKER_HOST", "unix:///nonexistent.sock").env("HOME", home.path());
    let said = crate::support::Run::of(command).ends_with(1);
    assert!(said.contains("tried unix:///nonexistent.sock (DOCKER_HOST): there is no such socket"), "{said}");
}

#[tokio::test]
async fn an_address_means_what_it_means_to_docker() {
    let config = tempfile::tempdir().unwrap();
    let (mut shown, mut different) = (0, Vec::new());
    for host in [
        "localhost:1",
        ":1",
        ":1/path",
        "127.0.0.1",
        "127.0.0.1:",
        "127.0.0.1:1/",
        "tcp://",
        "tcp://127.0.0.1",
        "tcp://127.0.0.1:",
        " tcp://127.0.0.1:1/path\t",
        "tcp://me:hunter2@127.0.0.1:1?x=y#z",
        "tcp://[::1]:",
        "tcp://[::1]:1",
        "[::1]:1/path",
        "tcp://::1",
        "tcp://tcp://127.0.0.1:1",
        "unix://",
        "unix:///nonexistent/docker.sock",
        "unix://nonexistent.sock",
        "unix://@nonexistent",
        "unix://unix:///nonexistent",
        "\nunix:///nonexistent\n",
        " ",
        "tcp://127.0.0.1:port",
        "tcp:// 127.0.0.1",
        "tcp:127.0.0.1",
        "tcp://unix:///x",
        "unix://tcp://x",
        "tcp://%41:1",
        "tcp://[::1",
        "two words",
        "TCP://127.0.0.1",
        "udp://127.0.0.1",
        "://127.0.0.1",
    ] {
        let inspected = Command::new("docker")
            .args(["context", "inspect", "--format", "{{.Endpoints.docker.Host}}", "default"])
            .env("DOCKER_HOST", host)
            .env("DOCKER_CONFIG", config.path())
            .output()
            .unwrap();
        let dockers = match inspected.status.success() {
            true => String::from_utf8(inspected.stdout).unwrap().trim().to_owned(),
            false => "refused".to_owned(),
        };
        let ours = match connect(&[("DOCKER_HOST", host)]).await {
            Ok(engine) => engine.endpoint().to_string(),
            Err(error) => {
                let error = error.to_string();
                assert!(!error.contains("hunter2"), "{error}");
                let tried =
                    error.split_once("tried ").and_then(|(_, rest)| rest.split_once(" (DOCKER_HOST)"));
                tried.map_or("refused", |(tried, _)| tried).to_owned()
            }
        };
        shown += 1;
        if dockers != ours {
            different.push(format!("{host:?}: docker {dockers}, here {ours}"));
        }
    }
    assert!(different.is_empty() && shown > 30, "{different:#?}");
}

#[tokio::test]
async fn an_engine_below_a_path_or_at_a_name_of_linux_builds() {
    use std::os::linux::net::SocketAddrExt;
    // A server that passes on what is below its path, as a reverse proxy does.
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("tcp://{}/engines/one/", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((mut client, _)) = listener.accept().await {
            tokio::spawn(async move {
                let mut head = vec![0; 4096];
                let count = client.read(&mut head).await.unwrap();
                let text = String::from_utf8_lossy(&head[..count]).into_owned();
                let Some((method, rest)) = text.split_once(" /engines/one/") else {
                    let _ = client.write_all(b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n").await;
                    return;
                };
                let mut engine = UnixStream::connect(SOCKET).await.unwrap();
                engine.write_all(format!("{method} /{rest}").as_bytes()).await.unwrap();
                let _ = tokio::io::copy_bidirectional(&mut client, &mut engine).await;
            });
        }
    });
    let name = format!("copilot-test-{}", uuid::Uuid::new_v4());
    let at = std::os::unix::net::SocketAddr::from_abstract_name(&name).unwrap();
    let listener = std::os::unix::net::UnixListener::bind_addr(&at).unwrap();
    listener.set_nonblocking(true).unwrap();
    let listener = tokio::net::UnixListener::from_std(listener).unwrap();
    tokio::spawn(async move {
        while let Ok((mut client, _)) = listener.accept().await {
            tokio::spawn(async move {
                let mut engine = UnixStream::connect(SOCKET).await.unwrap();
                let _ = tokio::io::copy_bidirectional(&mut client, &mut engine).await;
            });
        }
    });
    for host in [address, format!("unix://@{name}")] {
        for builder in [Builder::BuildKit, Builder::Classic] {
            let engine = connect(&[("DOCKER_HOST", &host)]).await.unwrap().with_builder(builder);
            let fixture = Fixture::new("FROM scratch\nCOPY a /a\n").file("a", &host);
            let id = fixture.build_with(&engine, Provided::default()).await.unwrap();
            assert_eq!(files(&id).await["a"], host, "{host}");
        }
    }
}

#[test]
fn a_program_of_the_workspace_is_not_run() {
    let world = World::new(Workspace::new(BUILD));
    world.workspace.file("Dockerfile", "FROM scratch\n");
    let ran = world.workspace.path().join("ran");
    world.workspace.file("ssh", &format!("#!/bin/sh\ntouch {}\n", ran.display()));
    let program = world.workspace.path().join("ssh");
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    for path in [".", ":/nonexistent:"] {
        let mut command = world.deploying(&[]);
        command.env("DOCKER_HOST", "ssh://builder").env("PATH", path);
        let said = stable(&crate::support::Run::of(command).ends_with(1), &world);
        insta::allow_duplicates! { insta::assert_snapshot!(said, @"
        Schedule: every 60 minutes (rate(60 minutes)); first run after the deployment
        ✘ no Docker Engine answers; tried ssh://builder (DOCKER_HOST): there is no `ssh` in the PATH
          `ssh builder docker version` must work without questions: the engine is reached through the `docker` program on that machine.
        "); }
        assert!(!ran.exists(), "{path:?}");
    }
}
