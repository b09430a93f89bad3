//! The process's surroundings: environment variables, working directory, terminal, clock.
//!
//! This is the only place that reads them, so every other module can be run with other ones.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io::IsTerminal;
use std::path::PathBuf;
use std::sync::OnceLock;
use std::time::{SystemTime, UNIX_EPOCH};

use jiff::tz::TimeZone;

use crate::error::{Error, Result};
use crate::local_time;

/// What a command may know of the world around it.
#[derive(Clone, Debug)]
pub struct Context {
    /// Absolute working directory.
    pub cwd: PathBuf,
    /// Which streams are terminals and how to write to them.
    pub terminal: Terminal,
}

/// How the process is connected to its user.
#[derive(Clone, Copy, Debug, Default)]
pub struct Terminal {
    /// Standard input can answer questions.
    pub stdin: bool,
    /// Standard error is a terminal with a movable cursor.
    pub stderr: bool,
    /// Standard output is a terminal, whatever it can do.
    pub stdout: bool,
    /// Colours on standard error.
    pub colors: bool,
    /// Colours on standard output.
    pub stdout_colors: bool,
    /// How progress is shown on standard error.
    pub progress: Progress,
    /// Standard output goes straight into a log of GitHub Actions, which looks for workflow commands in it.
    pub stdout_is_log: bool,
}

/// How progress is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Progress {
    /// A block of lines that is redrawn.
    Live,
    /// One line per change: no terminal, one that cannot be redrawn, or `CI=true`.
    #[default]
    Lines,
    /// The same with the workflow commands of GitHub Actions: `GITHUB_ACTIONS=true`.
    GitHub,
}

impl Context {
    /// Reads the surroundings of this process.
    ///
    /// # Errors
    /// When the working directory is gone or unreadable.
    #[allow(clippy::disallowed_methods, reason = "the one reader of the working directory")]
    pub fn from_process() -> Result<Self> {
        let cwd = std::env::current_dir().map_err(|e| {
            Error::new(format!("cannot tell the working directory: {e}"))
                .hint("Change into a directory that exists and run the command again.")
        })?;
        Ok(Self { cwd, terminal: Terminal::detect() })
    }

    /// An environment variable that sets something; `None` when it is unset, empty or not Unicode. Empty means unset
    /// because a pipeline that has no value for a variable often sets it nevertheless.
    pub fn var(&self, name: &str) -> Option<String> {
        self.given(name).filter(|value| !value.is_empty())
    }

    /// An environment variable as it is, for those that the user's own files name; `None` when it is unset or not Unicode.
    #[allow(clippy::disallowed_methods, reason = "the one reader of the environment")]
    pub fn given(&self, name: &str) -> Option<String> {
        std::env::var(name).ok()
    }

    /// The same, Unicode or not.
    #[allow(clippy::disallowed_methods, reason = "the one reader of the environment")]
    pub fn var_os(&self, name: &str) -> Option<OsString> {
        std::env::var_os(name)
    }

    /// The file of this program.
    pub fn program(&self) -> Option<PathBuf> {
        std::env::current_exe().ok()
    }

    /// All environment variables with names in Unicode. What is no Unicode in a value becomes U+FFFD.
    #[allow(clippy::disallowed_methods, reason = "the one reader of the environment")]
    pub fn vars(&self) -> BTreeMap<String, String> {
        std::env::vars_os()
            .filter_map(|(name, value)| {
                Some((name.into_string().ok()?, value.to_string_lossy().into_owned()))
            })
            .collect()
    }

    /// Seconds since 1970.
    pub fn unix_time(&self) -> u64 {
        unix_time()
    }

    /// Milliseconds since 1970.
    #[allow(clippy::disallowed_methods, reason = "the one reader of the clock")]
    pub fn unix_time_ms(&self) -> i64 {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
    }

    /// How many seconds local time is ahead of UTC at an instant, which is in seconds since 1970. `TZ` and the
    /// system's settings decide; 0 when they name no zone that is known here.
    pub fn utc_offset(&self, instant: i64) -> i32 {
        // Read once: a schedule's next runs ask several times.
        static ZONE: OnceLock<Option<TimeZone>> = OnceLock::new();
        let Ok(time) = jiff::Timestamp::from_second(instant) else { return 0 };
        let zone = ZONE.get_or_init(|| {
            let (tz, directory) = (self.var("TZ"), self.var("TZDIR"));
            local_time::zone(tz.as_deref(), directory.as_deref())
        });
        zone.as_ref().map_or(0, |zone| zone.to_offset(time).seconds())
    }
}

/// Seconds since 1970.
#[allow(clippy::disallowed_methods, reason = "the one reader of the clock")]
pub fn unix_time() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| d.as_secs())
}

impl Terminal {
    /// Looks at the streams, `NO_COLOR`, `COLOR`, `TERM`, `CI` and `GITHUB_ACTIONS`.
    #[allow(clippy::disallowed_methods, reason = "the one reader of the environment")]
    pub fn detect() -> Self {
        let var = |name: &str| std::env::var(name).ok();
        let dumb = var("TERM").is_some_and(|term| term == "dumb");
        let set = |name: &str| var(name).is_some_and(|value| value == "true");
        let stderr = std::io::stderr().is_terminal();
        let no_color = var("NO_COLOR").is_some_and(|v| !v.is_empty());
        let wish = var("COLOR").map(|v| v.to_ascii_lowercase());
        let colors_on = |is_terminal: bool| match wish.as_deref() {
            _ if no_color => false,
            Some("true") => true,
            Some("false") => false,
            _ => is_terminal && !dumb,
        };
        let (colors, stdout_colors) = (colors_on(stderr), colors_on(std::io::stdout().is_terminal()));
        let progress = match stderr && !dumb && !set("CI") {
            _ if set("GITHUB_ACTIONS") => Progress::GitHub,
            true => Progress::Live,
            false => Progress::Lines,
        };
        Self {
            stdin: std::io::stdin().is_terminal(),
            stderr: stderr && !dumb,
            stdout: std::io::stdout().is_terminal(),
            colors,
            stdout_colors,
            progress,
            stdout_is_log: progress == Progress::GitHub && !is_file_or_pipe(&std::io::stdout()),
        }
    }
}

/// Whether somebody reads, or keeps, exactly what is written.
#[cfg(unix)]
fn is_file_or_pipe(stream: &impl std::os::fd::AsFd) -> bool {
    use std::os::unix::fs::FileTypeExt as _;
    let stream = stream.as_fd().try_clone_to_owned();
    let kind =
        stream.and_then(|stream| std::fs::File::from(stream).metadata()).map(|about| about.file_type());
    kind.is_ok_and(|kind| kind.is_file() || kind.is_fifo())
}

#[cfg(not(unix))]
fn is_file_or_pipe(stream: &impl IsTerminal) -> bool {
    !stream.is_terminal()
}
