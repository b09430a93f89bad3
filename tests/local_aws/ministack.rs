//! The emulator process (ministack, from the checkout's `.venv`, with the additions of `stand_ins.py`), which this program starts and takes with it when it ends.

use std::net::TcpListener;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use http_body_util::Full;
use hyper::Request;
use hyper::body::Bytes;

use super::http::send;

const START_LIMIT: Duration = Duration::from_secs(20);
/// Longer than the supervisor takes at most.
const STOP_LIMIT: Duration = Duration::from_secs(8);
const POLL: Duration = Duration::from_millis(20);

/// Runs the emulator in a process group of its own until standard input closes, which it does however this process ends.
/// Then the emulator may remove its tasks' containers, and what is left of the group (Node.js processes) is killed.
const SUPERVISOR: &str = r#"
exec 3<&0
setsid "$@" 3<&- &
emulator=$!
{ read -r _ <&3; kill "$emulator"; sleep 5; kill -KILL "-$emulator"; } 2>/dev/null &
watcher=$!
wait "$emulator"
status=$?
kill "$watcher" 2>/dev/null
kill -KILL "-$emulator" 2>/dev/null
exit "$status"
"#;

/// A running emulator.
pub(super) struct Ministack {
    pub port: u16,
    child: Child,
    /// Function code, pid files and the emulator's own log.
    files: PathBuf,
}

impl Ministack {
    /// Starts the emulator. Lambda functions it runs will call AWS at `functions_port`.
    pub(super) fn spawn(functions_port: u16) -> Result<Self> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let python = root.join(".venv/bin/python");
        ensure!(
            root.join(".venv/requirements.txt").exists(),
            "the local AWS is not set up ({} is missing or incomplete); run tests/local_aws/setup.sh",
            python.display()
        );
        let files = make_directory(root).context("make a directory for ministack")?;
        let port = free_port()?;
        let log = std::fs::File::create(log_file(&files))?;
        let child = Command::new("sh")
            .args(["-c", SUPERVISOR, "ministack"])
            .arg(python)
            .args(["-m", "hypercorn", "stand_ins:app", "--workers", "0", "--keep-alive", "75", "--bind"])
            .arg(format!("127.0.0.1:{port}"))
            // A terminal's Ctrl-C is for the program; the emulator ends after it.
            .process_group(0)
            .env_clear()
            .envs(
                ["PATH", "HOME", "DOCKER_HOST"]
                    .iter()
                    .filter_map(|name| Some((name, std::env::var_os(name)?))),
            )
            .env("GATEWAY_PORT", port.to_string())
            .env("BIND_HOST", "127.0.0.1")
            .env("MINISTACK_HOST", "127.0.0.1")
            .env("MINISTACK_REGION", super::REGION)
            // These two would listen on all interfaces.
            .env("IOT_MTLS_ENABLED", "0")
            .env("SFTP_ENABLED", "0")
            .env("LOG_LEVEL", "INFO")
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .env("PYTHONPATH", root.join("tests/local_aws"))
            .env("TMPDIR", &files)
            .env("NODE_PATH", root.join(".local/node/node_modules"))
            .env("AWS_ENDPOINT_URL", format!("http://127.0.0.1:{functions_port}"))
            .stdin(Stdio::piped())
            .stdout(log.try_clone()?)
            .stderr(log)
            .spawn()
            .context("start ministack")?;
        Ok(Self { port, child, files })
    }

    /// Waits until the emulator answers.
    pub(super) async fn ready(&mut self) -> Result<()> {
        let deadline = Instant::now() + START_LIMIT;
        while !self.answers().await {
            if let Some(status) = self.child.try_wait()? {
                bail!("ministack ended with {status}:\n{}", self.log());
            }
            ensure!(
                Instant::now() < deadline,
                "ministack does not answer after {START_LIMIT:?}:\n{}",
                self.log()
            );
            tokio::time::sleep(POLL).await;
        }
        Ok(())
    }

    async fn answers(&self) -> bool {
        let request =
            Request::get("/_ministack/health").header("host", "127.0.0.1").body(Full::<Bytes>::default());
        match request {
            Ok(request) => {
                send(self.port, request).await.is_ok_and(|response| response.status().is_success())
            }
            Err(_) => false,
        }
    }

    /// What the emulator has written so far.
    fn log(&self) -> String {
        std::fs::read_to_string(log_file(&self.files)).unwrap_or_default()
    }
}

impl Drop for Ministack {
    fn drop(&mut self) {
        self.stop();
        let _ = std::fs::remove_dir_all(&self.files);
    }
}

impl Ministack {
    fn stop(&mut self) {
        drop(self.child.stdin.take());
        let deadline = Instant::now() + STOP_LIMIT;
        while matches!(self.child.try_wait(), Ok(None)) {
            if Instant::now() >= deadline {
                let _ = self.child.kill();
                let _ = self.child.wait();
                return;
            }
            std::thread::sleep(POLL);
        }
    }
}

/// A directory named after this process. An instance that lives as long as its process cannot remove its own, so those of
/// processes that are gone go first.
fn make_directory(root: &Path) -> Result<PathBuf> {
    let all = root.join(".local/run");
    std::fs::create_dir_all(&all)?;
    for entry in std::fs::read_dir(&all)? {
        let entry = entry?;
        let name = entry.file_name();
        let process = name.to_string_lossy().split('-').next().unwrap_or_default().to_owned();
        if !Path::new("/proc").join(process).exists() {
            let _ = std::fs::remove_dir_all(entry.path());
        }
    }
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let directory = all.join(format!("{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed)));
    std::fs::create_dir(&directory)?;
    Ok(directory)
}

fn log_file(directory: &Path) -> PathBuf {
    directory.join("ministack.log")
}

/// A port nobody listens on at the moment.
fn free_port() -> Result<u16> {
    Ok(TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port())
}
