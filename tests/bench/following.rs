//! What it costs to follow a large stack in a terminal: events come for as long as a minute as they would in an hour.

use std::fs;
use std::process::Command;
use std::sync::mpsc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, anyhow, ensure};
use rexpect::session::spawn_command;

use crate::local_aws::{Event, LocalAws, Script};
use crate::program::Program;
use crate::table::{Table, Targets, megabytes};
use crate::world::{APP, Image, JOB, World};

const RESOURCES: usize = 200;
const EVENTS: usize = 2_000;

/// How often the process is looked at.
const LOOK: Duration = Duration::from_secs(1);

/// Clock ticks in a second, as Linux reports processor time to programs on every platform.
const TICKS: f64 = 100.0;

/// What the process has cost so far.
struct Sample {
    at: Duration,
    /// Processor time in seconds.
    used: f64,
    /// Resident memory in bytes.
    resident: u64,
}

/// Measures and prints.
pub(crate) fn measure(aws: &LocalAws, program: &Program, targets: &mut Targets) -> Result<()> {
    let length = Duration::from_secs(60);
    let world = World::new(aws, Image::Location)?;
    let every = length / u32::try_from(EVENTS)?;
    world.account().script(&format!("{APP}-test-{JOB}"), Script { events: story(), every });
    let arguments = ["job", "deploy", "--name", JOB, "--env", "test"];
    let aside = tempfile::tempdir()?;
    let pid = aside.path().join("pid");
    let mut command = Command::new("sh");
    command
        .args(["-c", "stty rows 50 cols 120; echo $$ >\"$0\"; exec \"$@\""])
        .arg(&pid)
        .arg(&program.path)
        .args(arguments);
    let plain = program.command(world.path(), &[]);
    command.env_clear().envs(plain.get_envs().filter_map(|(name, value)| Some((name, value?))));
    command.envs(world.account().env()).env("TERM", "xterm-256color").current_dir(world.path());
    let started = Instant::now();
    let mut terminal = spawn_command(command, Some(120_000)).context("start the program in a terminal")?;
    let (ended, end) = mpsc::channel::<()>();
    let sampler = std::thread::spawn(move || {
        let mut samples = Vec::new();
        while end.recv_timeout(LOOK) == Err(mpsc::RecvTimeoutError::Timeout) {
            // Of the shell at first, which becomes the program.
            let process = fs::read_to_string(&pid).unwrap_or_default();
            samples.extend(sample(process.trim(), started.elapsed()));
        }
        samples
    });
    let drawn = terminal.exp_eof().context("follow the stack to its end")?;
    drop(ended);
    let samples = sampler.join().map_err(|_| anyhow!("the process could not be looked at"))?;
    ensure!(drawn.contains("Deployed"), "the deploy did not succeed: {drawn:?}");

    // From the first ten seconds on only following goes on.
    let following: Vec<&Sample> =
        samples.iter().filter(|sample| sample.at > Duration::from_secs(10)).collect();
    let (first, last) = following.first().zip(following.last()).context("the deploy was over at once")?;
    let share = (last.used - first.used) / last.at.saturating_sub(first.at).as_secs_f64() * 100.0;
    let grown = megabytes(last.resident.saturating_sub(first.resident));
    let head = [
        "following a stack",
        "s",
        "processor s",
        "% of one core",
        "MB after 10 s",
        "MB at the end",
        "MB drawn",
    ];
    let mut table = Table::new(1, &head);
    table.row([
        format!("{RESOURCES} resources, {EVENTS} events"),
        format!("{:.0}", last.at.as_secs_f64()),
        format!("{:.2}", last.used),
        format!("{share:.1}"),
        format!("{:.1}", megabytes(first.resident)),
        format!("{:.1}", megabytes(last.resident)),
        format!("{:.1}", megabytes(drawn.len() as u64)),
    ]);
    println!("{table}");
    targets.at_most("processor time while following", share, 5.0, "% of a core");
    targets.at_most("memory gained while following", grown, 2.0, "MB");
    Ok(())
}

/// Every resource is begun, reported on again and again, and completed.
fn story() -> Vec<Event> {
    let mut events = vec![Event::stack("CREATE_IN_PROGRESS", "User Initiated")];
    let rounds = EVENTS / RESOURCES;
    for round in 0..rounds {
        for number in 0..RESOURCES {
            let status = if round + 1 == rounds { "CREATE_COMPLETE" } else { "CREATE_IN_PROGRESS" };
            let reason = format!("Round {round}: eventual consistency check initiated");
            events.push(Event::resource(&format!("Queue{number:03}"), "AWS::SQS::Queue", status, &reason));
        }
    }
    events.push(Event::stack("CREATE_COMPLETE", ""));
    events
}

/// `None` when the process is gone.
fn sample(process: &str, at: Duration) -> Option<Sample> {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    // The name before it may hold spaces. Then: state and 10 more fields, user time, system time.
    let mut fields = stat.rsplit_once(") ")?.1.split(' ').skip(11);
    let ticks: f64 = fields.next()?.parse::<f64>().ok()? + fields.next()?.parse::<f64>().ok()?;
    let status = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kibibytes: u64 = line.split_whitespace().next()?.parse().ok()?;
    Some(Sample { at, used: ticks / TICKS, resident: kibibytes * 1024 })
}
