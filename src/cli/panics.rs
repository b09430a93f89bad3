//! The last line of defence: a panic anywhere is told as an error of this program and ends it with exit code 1.

use std::panic::PanicHookInfo;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crate::error::Error;
use crate::report::interrupt::PendingWork;
use crate::ui;

/// How long telling may take. A thread that waits for a full pipe may hold what telling needs.
const PATIENCE: Duration = Duration::from_secs(5);

/// What the process is about.
struct Surroundings {
    output: ui::Output,
    /// Exit code 1 means something else.
    compares: bool,
    pending: Option<PendingWork>,
}

static SURROUNDINGS: Mutex<Surroundings> =
    Mutex::new(Surroundings { output: ui::Output::Progress, compares: false, pending: None });

/// Installs it. In release builds the process would be aborted right after the hook, so the hook ends it in order.
#[allow(clippy::disallowed_methods, reason = "nothing may run on after a panic")]
pub(super) fn install() {
    static TOLD: AtomicBool = AtomicBool::new(false);
    std::panic::set_hook(Box::new(|panic| {
        if TOLD.swap(true, Ordering::SeqCst) {
            // One is enough, and the first knows best. Another thread waits for the first to end the process; a panic
            // while telling ends here.
            std::thread::sleep(PATIENCE);
            std::process::exit(FAILURE);
        }
        let _ = std::thread::Builder::new().spawn(|| {
            std::thread::sleep(PATIENCE);
            std::process::exit(FAILURE);
        });
        std::process::exit(tell(panic));
    }));
}

const FAILURE: i32 = 1;

/// Notes how the command tells errors.
pub(super) fn expect(output: ui::Output, compares: bool) {
    if let Ok(mut surroundings) = SURROUNDINGS.lock() {
        (surroundings.output, surroundings.compares) = (output, compares);
    }
}

/// Notes who knows what continues in AWS.
pub(super) fn knows(pending: PendingWork) {
    if let Ok(mut surroundings) = SURROUNDINGS.lock() {
        surroundings.pending = Some(pending);
    }
}

fn tell(panic: &PanicHookInfo<'_>) -> i32 {
    let (output, compares, goes_on) = match SURROUNDINGS.try_lock() {
        Ok(s) => (s.output, s.compares, s.pending.as_ref().and_then(PendingWork::under_way)),
        Err(_) => (ui::Output::Progress, false, None),
    };
    let place = panic.location().map(|place| (place.file(), place.line()));
    let error = describe(place, panic.payload_as_str(), goes_on);
    let error = if compares { error.as_failed_comparison() } else { error };
    super::tell(&error, output);
    i32::from(error.exit_code())
}

/// The error. What a panic of a library says is left out, as it may hold anything, such as a password.
fn describe(place: Option<(&str, u32)>, words: Option<&str>, goes_on: Option<String>) -> Error {
    let (file, line) = place.unwrap_or(("an unknown place", 0));
    let (crates, own) = (file.split_once("/registry/src/"), file.starts_with("src/"));
    let file = crates.and_then(|(_, rest)| rest.split_once('/')).map_or(file, |(_, file)| file);
    let words = words.filter(|_| own).map(|words| format!(": {}", words.lines().next().unwrap_or_default()));
    let error = Error::new(format!("internal error in {file}, line {line}{}", words.unwrap_or_default()));
    let error = match goes_on {
        Some(goes_on) => error.hint(format!("What is under way in AWS is not affected: {goes_on}.")),
        None => error,
    };
    error
        .hint("This is a defect of the program, not of your files. Running the command again may help where something else was the cause.")
        .hint(format!(
            "Please report it on the project's issue page with this message, the command line and the version (v{}).",
            env!("CARGO_PKG_VERSION")
        ))
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    fn told(error: &Error) -> String {
        std::iter::once(error.to_string()).chain(error.hints().iter().cloned()).collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn what_a_library_says_is_left_out() {
        let own = describe(
            Some(("src/ops/mod.rs", 7)),
            Some("index out of bounds\nmore"),
            Some("the update of stack demo continues in AWS".to_owned()),
        );
        let file =
            "/home/me/.cargo/registry/src/index.crates.io-1949cf8c6b5b557f/aws-sigv4-1.6.4/src/sign.rs";
        let library = describe(Some((file, 8)), Some("no header: secret"), None);
        insta::assert_snapshot!(told(&own) + "\n\n" + &told(&library), @"
        internal error in src/ops/mod.rs, line 7: index out of bounds
        What is under way in AWS is not affected: the update of stack demo continues in AWS.
        This is a defect of the program, not of your files. Running the command again may help where something else was the cause.
        Please report it on the project's issue page with this message, the command line and the version (v1.35.0).

        internal error in aws-sigv4-1.6.4/src/sign.rs, line 8
        This is a defect of the program, not of your files. Running the command again may help where something else was the cause.
        Please report it on the project's issue page with this message, the command line and the version (v1.35.0).
        ");
    }

    /// Not a test by itself: panics in a task, as the program might.
    #[test]
    #[ignore = "ends the process; run by the tests below"]
    fn panicking_task() {
        install();
        let args = std::env::args().any(|arg| arg == "--nocapture");
        expect(if args { ui::Output::Json } else { ui::Output::Progress }, false);
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).build().unwrap();
        let _ = runtime.block_on(runtime.spawn(async { panic!("in a task") }));
        unreachable!("the hook ends the process");
    }

    fn run(flags: &[&str]) -> (Option<i32>, String, String) {
        let itself = std::env::current_exe().unwrap();
        let name = "cli::panics::tests::panicking_task";
        let output = Command::new(itself)
            .args(["--exact", name, "--ignored", "--test-threads=1"])
            .args(flags)
            .output()
            .unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        (output.status.code(), text(output.stdout), text(output.stderr))
    }

    #[test]
    fn a_panic_of_a_task_ends_the_process() {
        let (code, _, stderr) = run(&[]);
        assert_eq!(code, Some(1), "{stderr}");
        let (place, rest) = stderr.split_once(", line ").unwrap();
        let rest = rest.trim_start_matches(|c: char| c.is_ascii_digit());
        insta::assert_snapshot!(format!("{place}, line N{rest}").replace(env!("CARGO_PKG_VERSION"), "VERSION"), @"
        ✘ internal error in src/cli/panics.rs, line N: in a task
          This is a defect of the program, not of your files. Running the command again may help where something else was the cause.
          Please report it on the project's issue page with this message, the command line and the version (vVERSION).
        ");
    }

    #[test]
    fn a_panic_is_an_error_record() {
        let (code, stdout, stderr) = run(&["--nocapture"]);
        assert_eq!(code, Some(1), "{stderr}");
        let record = stdout.lines().find_map(|line| line.find('{').map(|at| &line[at..])).unwrap();
        let record: serde_json::Value = serde_json::from_str(record).unwrap();
        assert_eq!((&record["type"], &record["exit_code"]), (&"error".into(), &1.into()));
        assert!(record["message"].as_str().unwrap().ends_with(": in a task"), "{record}");
    }
}
