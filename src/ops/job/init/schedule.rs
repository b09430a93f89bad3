//! When the job runs: checked as at a deployment, asked for in steps.

use crate::error::Result;
use crate::manifest::schedule;
use crate::manifest::schedule::words;
use crate::ops::adapters::Adapters;
use crate::report::Console;

use super::NOTHING_CREATED;

const FLAG: &str = "--schedule";
const RATE: &str = "At an interval, such as every 90 minutes";
const FIXED: &str = "At fixed times, such as every day at 9";
const CUSTOM: &str = "Other times, as a cron expression";
/// Presets with what they mean.
const PRESETS: [(&str, &str); 5] = [
    ("@hourly", "Every hour, at minute 0"),
    ("@daily", "Every day at midnight UTC"),
    ("@weekly", "Every week, on Sunday at midnight UTC"),
    ("@monthly", "Every month, on the 1st at midnight UTC"),
    ("@yearly", "Every year, on the 1st of January at midnight UTC"),
];

/// What is wrong with a schedule.
pub(super) fn check(text: &str) -> Result<(), String> {
    schedule::convert(text).map(drop).map_err(|error| format!("{}; {}", error.message, error.help))
}

/// The schedule in words, with the next runs.
pub(super) fn described<W: Adapters>(world: &W, text: &str) -> Option<String> {
    let converted = schedule::convert(text).ok()?;
    let now = i64::try_from(world.unix_time()).unwrap_or_default();
    words::describe(&converted.schedule, now, &|at| world.utc_offset(at))
}

/// Asks for a schedule.
///
/// # Errors
/// When there is nobody to ask.
pub(super) async fn ask<W: Adapters>(world: &W, console: &Console<'_>) -> Result<String> {
    let kinds = [RATE, FIXED].map(str::to_owned);
    if console.select("When does the job run?", FLAG, &kinds)? == 0 {
        let check = |interval: &str| check(&format!("@every {interval}"));
        let interval = console.text("How long from one run to the next?", FLAG, Some("1h30m"), &check)?;
        return Ok(format!("@every {interval}"));
    }
    let mut times: Vec<String> = PRESETS.iter().map(|(_, meaning)| (*meaning).to_owned()).collect();
    times.push(CUSTOM.to_owned());
    let chosen = console.select("At which times?", FLAG, &times)?;
    if let Some((preset, _)) = PRESETS.get(chosen) {
        return Ok((*preset).to_owned());
    }
    loop {
        let text = console.text("Cron expression in UTC", FLAG, Some("0 * * * *"), &|text| check(text))?;
        // What cannot be put into words cannot be judged by a person either.
        let Some(words) = described(world, &text).filter(|_| !text.starts_with('@')) else { return Ok(text) };
        let question = format!("The job runs {words}. Is that right?");
        if console.confirm(NOTHING_CREATED, &question, FLAG).await? {
            return Ok(text);
        }
    }
}
