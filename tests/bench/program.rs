//! Running a program while its time and memory are measured.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};

/// How often the memory is looked at; the error of a measured time.
const LOOK: Duration = Duration::from_millis(2);

/// A `copilot` to be measured.
pub(crate) struct Program {
    /// What it is called in the tables.
    pub name: &'static str,
    pub path: PathBuf,
    /// How it reaches the local AWS instead of what [`crate::local_aws::Account::env`] says; empty for just that.
    pub route: Vec<(&'static str, String)>,
}

/// One finished run.
pub(crate) struct Ran {
    pub started: Instant,
    pub took: Duration,
    /// Peak resident memory in bytes.
    pub peak: u64,
}

impl Program {
    /// The program in a directory, with nothing of the developer's own surroundings but `PATH`.
    pub(crate) fn command(&self, directory: &Path, args: &[&str]) -> Command {
        let mut command = Command::new(&self.path);
        command.args(args).current_dir(directory).env_clear().env("HOME", directory).env("PATH", path());
        command.stdin(Stdio::null());
        command
    }

    /// The time of one run that ends with this code, to the microsecond.
    pub(crate) fn time(&self, directory: &Path, args: &[&str], code: i32) -> Result<Duration> {
        let mut command = self.command(directory, args);
        command.stdout(Stdio::null()).stderr(Stdio::null());
        let started = Instant::now();
        let status = command.status().with_context(|| format!("run {}", self.path.display()))?;
        let took = started.elapsed();
        ensure!(status.code() == Some(code), "{} {} ended with {status}", self.name, args.join(" "));
        Ok(took)
    }

    /// Runs a command of [`Program::command`], which must succeed, and measures it.
    pub(crate) fn measure(&self, command: Command, directory: &Path) -> Result<Ran> {
        let (ran, status, said) = self.observe(command, directory)?;
        ensure!(status.success(), "{} ended with {status}:\n{said}", self.name);
        Ok(ran)
    }

    /// Runs a command to its end, whatever that is, and measures it; also what it said.
    pub(crate) fn observe(
        &self,
        mut command: Command,
        directory: &Path,
    ) -> Result<(Ran, ExitStatus, String)> {
        let output = directory.join("output");
        let file = fs::File::create(&output)?;
        command.stdout(file.try_clone()?).stderr(file);
        let started = Instant::now();
        let mut child = command.spawn().with_context(|| format!("run {}", self.path.display()))?;
        let mut peak = 0;
        let status = loop {
            peak = resident_peak(&child).unwrap_or(peak);
            if let Some(status) = child.try_wait()? {
                break status;
            }
            std::thread::sleep(LOOK);
        };
        let took = started.elapsed();
        let said = String::from_utf8_lossy(&fs::read(&output)?).into_owned();
        Ok((Ran { started, took, peak }, status, said))
    }
}

#[allow(clippy::disallowed_methods, reason = "git and docker are found by it")]
fn path() -> OsString {
    std::env::var_os("PATH").unwrap_or_default()
}

/// The kernel's high-water mark, which a process that has ended no longer shows.
fn resident_peak(child: &Child) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{}/status", child.id())).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kibibytes: u64 = line.split_whitespace().next()?.parse().ok()?;
    Some(kibibytes * 1024)
}
