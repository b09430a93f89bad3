//! A schedule in plain words, with its next runs: what the author of a cron expression wants to compare
//! with what they meant.

use super::calendar::{clock, date, time};
use super::event_cron::{Days, EventCron};
use crate::manifest::job::Schedule;

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
const WEEKDAYS: [&str; 7] = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];

/// Runs that are listed.
const RUNS: usize = 3;

/// Times of day that are listed one by one.
const TIMES: usize = 4;

/// The schedule as `WORDS (EXPRESSION); next: TIMES`. `now` is in seconds since 1970; `offset` tells how
/// many seconds local time is ahead of UTC at an instant. Times are in UTC, and in local time where it differs.
/// `None` for expressions whose meaning is not certain.
pub fn describe(schedule: &Schedule, now: i64, offset: &dyn Fn(i64) -> i32) -> Option<String> {
    let Schedule::Expression(expression) = schedule else {
        return Some("disabled (none); the job runs when started by hand".to_owned());
    };
    if let Some(rate) = inner(expression, "rate(") {
        return Some(format!("{} ({expression}); first run after the deployment", every(rate)?));
    }
    let cron = EventCron::parse(inner(expression, "cron(")?)?;
    let runs: Vec<String> =
        cron.runs_after(now, RUNS).into_iter().map(|run| shown(run, i64::from(offset(run)))).collect();
    let next = if runs.is_empty() { "never".to_owned() } else { runs.join(", ") };
    Some(format!("{} ({expression}); next: {next}", words(&cron)))
}

/// What a value of the stack's `Schedule` parameter means, in words alone. `None` for expressions whose meaning is
/// not certain.
pub fn meaning(parameter: &str) -> Option<String> {
    if parameter == "none" {
        return Some("disabled; the job runs when started by hand".to_owned());
    }
    match inner(parameter, "rate(") {
        Some(rate) => every(rate),
        None => Some(words(&EventCron::parse(inner(parameter, "cron(")?)?)),
    }
}

/// The next runs of a value of the stack's `Schedule` parameter, in seconds since 1970; none of a rate, which counts from when
/// EventBridge got it, and none of an expression whose meaning is not certain.
pub fn next_runs(parameter: &str, now: i64, count: usize) -> Vec<i64> {
    let cron = inner(parameter, "cron(").and_then(EventCron::parse);
    cron.map(|cron| cron.runs_after(now, count)).unwrap_or_default()
}

/// A time in UTC, and in local time where it differs; `offset` is how many seconds that is ahead.
pub fn in_both_times(instant: i64, offset: i32) -> String {
    shown(instant, i64::from(offset))
}

/// An instant as `2026-11-23T09:00:00Z`.
pub fn timestamp(instant: i64) -> String {
    format!("{}T{}:{:02}Z", date(instant), clock(instant), instant.rem_euclid(60))
}

fn inner<'a>(expression: &'a str, kind: &str) -> Option<&'a str> {
    expression.strip_prefix(kind)?.strip_suffix(')')
}

/// A time in UTC and in local time.
fn shown(run: i64, offset: i64) -> String {
    let local = run + offset;
    match offset {
        0 => format!("{} UTC", time(run)),
        _ if date(local) == date(run) => format!("{} UTC ({} local)", time(run), clock(local)),
        _ => format!("{} UTC ({} local)", time(run), time(local)),
    }
}

/// `90 minutes` as `every 90 minutes`; EventBridge wants the unit in the number that belongs to the value.
fn every(rate: &str) -> Option<String> {
    let (value, unit) = rate.split_once(' ')?;
    let value: u32 = value.parse().ok()?;
    match (value, unit.trim()) {
        (1, unit @ ("minute" | "hour" | "day")) => Some(format!("every {unit}")),
        (2.., unit @ ("minutes" | "hours" | "days")) => Some(format!("every {value} {unit}")),
        _ => None,
    }
}

/// Time, days, months and years of a cron expression.
fn words(cron: &EventCron) -> String {
    let time = times(cron);
    let few = cron.minutes.len() * cron.hours.len() <= TIMES;
    let years = match &cron.years {
        None => String::new(),
        Some(years) => format!(" in {}", list(years, |year| year.to_string())),
    };
    let months = list(&cron.months, |month| name(&MONTHS, month));
    let all_months = cron.months.len() == MONTHS.len();
    let days = match &cron.days {
        // What happens many times a day needs no "every day".
        Days::Every if few => match all_months {
            true => return format!("every day {time}{years}"),
            false => format!(" on every day of {months}"),
        },
        Days::Every if all_months => String::new(),
        Days::Every => format!(" in {months}"),
        Days::OfWeek(days) => {
            let days = list(days, |day| name(&WEEKDAYS, day));
            if all_months { format!(" on {days}") } else { format!(" on {days} in {months}") }
        }
        Days::OfMonth(days) => {
            let word = if days.len() == 1 { "day" } else { "days" };
            let days = list(days, |day| day.to_string());
            if all_months {
                format!(" on {word} {days} of every month")
            } else {
                format!(" on {word} {days} of {months}")
            }
        }
    };
    format!("{time}{days}{years}")
}

/// When on a day: `at 09:00 UTC` or `every 5 minutes`.
fn times(cron: &EventCron) -> String {
    let (minutes, hours) = (&cron.minutes, &cron.hours);
    if minutes.len() * hours.len() <= TIMES {
        let times: Vec<u32> = hours.iter().flat_map(|h| minutes.iter().map(move |m| h * 60 + m)).collect();
        return format!("at {} UTC", list_all(&times, |time| format!("{:02}:{:02}", time / 60, time % 60)));
    }
    let all_hours = hours.len() == 24;
    let often = match (minutes.as_slice(), steps(minutes, 60)) {
        (_, Some(1)) => "every minute".to_owned(),
        (_, Some(step)) => format!("every {step} minutes"),
        ([minute], None) => match steps(hours, 24) {
            Some(1) if *minute == 0 => return "every hour".to_owned(),
            Some(1) => return format!("every hour at minute {minute}"),
            Some(step) => return format!("every {step} hours from 00:{minute:02} UTC"),
            None if consecutive(hours) => "every hour".to_owned(),
            None => format!("at minute {minute}"),
        },
        _ => format!("at minutes {} of every hour", list(minutes, |minute| minute.to_string())),
    };
    match (hours.as_slice(), minutes.as_slice()) {
        _ if all_hours => often,
        ([hour, ..], [minute, ..]) if consecutive(hours) => {
            let last = |values: &[u32]| values.last().copied().unwrap_or_default();
            let (last_hour, last_minute) = (last(hours), last(minutes));
            format!("{often} from {hour:02}:{minute:02} to {last_hour:02}:{last_minute:02} UTC")
        }
        _ => format!("{often} in the hours {} UTC", list(hours, |hour| hour.to_string())),
    }
}

/// The step that leads through all the values, from 0 and around to 0 again.
fn steps(values: &[u32], around: u32) -> Option<u32> {
    let step = around.checked_div(u32::try_from(values.len()).ok()?)?;
    let full = values.iter().copied().eq((0..around).step_by(usize::try_from(step.max(1)).ok()?));
    (full && step > 0 && around.is_multiple_of(step) && values.len() > 1).then_some(step)
}

fn consecutive(values: &[u32]) -> bool {
    values.windows(2).all(|pair| matches!(pair, [a, b] if a + 1 == *b))
}

/// `a, b and d to f`: three and more in a row are a range.
fn list(values: &[u32], word: impl Fn(u32) -> String) -> String {
    let ranges = values.chunk_by(|a, b| a + 1 == *b);
    let parts = ranges.flat_map(|range| match range {
        [first, _, .., last] => vec![format!("{} to {}", word(*first), word(*last))],
        range => range.iter().map(|value| word(*value)).collect(),
    });
    and(&parts.collect::<Vec<_>>())
}

fn list_all(values: &[u32], word: impl Fn(u32) -> String) -> String {
    and(&values.iter().map(|value| word(*value)).collect::<Vec<_>>())
}

fn and(parts: &[String]) -> String {
    match parts {
        [before @ .., last] if !before.is_empty() => format!("{} and {last}", before.join(", ")),
        parts => parts.concat(),
    }
}

/// The name of a value counted from 1.
fn name(names: &[&str], value: u32) -> String {
    let index = usize::try_from(value).ok().and_then(|value| value.checked_sub(1));
    index.and_then(|index| names.get(index)).map_or_else(|| value.to_string(), |name| (*name).to_owned())
}

#[cfg(test)]
mod tests {
    use super::super::calendar::tests::unix;
    use super::*;
    use crate::manifest::schedule;

    fn said(text: &str, offset: i32) -> String {
        let schedule = schedule::convert(text).unwrap().schedule;
        describe(&schedule, unix("2026-11-23 13:20"), &|_| offset).unwrap_or_default()
    }

    #[test]
    fn schedules_in_words() {
        for (text, want) in [
            ("@daily", "every day at 00:00 UTC"),
            ("@hourly", "every hour"),
            ("@weekly", "at 00:00 UTC on Sunday"),
            ("@monthly", "at 00:00 UTC on day 1 of every month"),
            ("@yearly", "at 00:00 UTC on day 1 of January"),
            ("0 9 * * MON-FRI", "at 09:00 UTC on Monday to Friday"),
            ("0 9 * * 1-5/2", "at 09:00 UTC on Monday, Wednesday and Friday"),
            ("0 9,17 * * 6,0", "at 09:00 and 17:00 UTC on Sunday and Saturday"),
            ("0,30 9 1,15 * *", "at 09:00 and 09:30 UTC on days 1 and 15 of every month"),
            ("* * * * *", "every minute"),
            ("*/5 * * * *", "every 5 minutes"),
            ("*/30 * * * *", "every 30 minutes"),
            ("*/7 * * * *", "at minutes 0, 7, 14, 21, 28, 35, 42, 49 and 56 of every hour"),
            ("5/15 * * * *", "at minutes 5, 20, 35 and 50 of every hour"),
            ("5 * * * *", "every hour at minute 5"),
            ("5 */2 * * *", "every 2 hours from 00:05 UTC"),
            ("0 */12 * * *", "every day at 00:00 and 12:00 UTC"),
            ("0 9-17 * * 1-5", "every hour from 09:00 to 17:00 UTC on Monday to Friday"),
            ("*/15 9-17 * * *", "every 15 minutes from 09:00 to 17:45 UTC"),
            ("* 9 * * *", "every minute from 09:00 to 09:59 UTC"),
            (
                "*/10 */2 * 5 *",
                "every 10 minutes in the hours 0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20 and 22 UTC in May",
            ),
            ("7 1,3,5,8-10 * * *", "at minute 7 in the hours 1, 3, 5 and 8 to 10 UTC"),
            ("0 0 * 1-3 *", "at 00:00 UTC on every day of January to March"),
            ("0 0 * 6 3", "at 00:00 UTC on Wednesday in June"),
            ("0 0 2 6,12 *", "at 00:00 UTC on day 2 of June and December"),
            ("cron(0 0 * * ? 2027)", "every day at 00:00 UTC in 2027"),
            ("cron(0 9 ? * 2-6 *)", "at 09:00 UTC on Monday to Friday"),
            ("rate(1 minute)", "every minute"),
            ("rate(7 days)", "every 7 days"),
            ("@every 1h30m", "every 90 minutes"),
            ("none", "disabled"),
            ("cron(0 9 L * ? *)", ""),
        ] {
            assert_eq!(said(text, 0).split(" (").next().unwrap(), want, "{text}");
        }
    }

    #[test]
    fn values_of_the_parameter_in_words() {
        for (value, want) in [
            ("cron(0 9 * * ? *)", Some("every day at 09:00 UTC")),
            ("rate(5 minutes)", Some("every 5 minutes")),
            ("none", Some("disabled; the job runs when started by hand")),
            ("", None),
            ("rate(five minutes)", None),
            ("rate(1 minutes)", None),
            ("rate(0 minutes)", None),
            ("cron(0 9 L * ? *)", None),
            ("at(2026-11-23T09:00:00)", None),
        ] {
            assert_eq!(meaning(value).as_deref(), want, "{value}");
        }
    }

    #[test]
    fn next_runs_of_the_parameter() {
        let now = unix("2026-11-23 13:20");
        let told = |value| next_runs(value, now, 2).into_iter().map(timestamp).collect::<Vec<_>>().join(", ");
        for (value, want) in [
            ("cron(0 9 * * ? *)", "2026-11-24T09:00:00Z, 2026-11-25T09:00:00Z"),
            ("cron(0 0 24 11 ? 2026)", "2026-11-24T00:00:00Z"),
            ("cron(0 9 L * ? *)", ""),
            ("rate(5 minutes)", ""),
            ("none", ""),
            ("", ""),
        ] {
            assert_eq!(told(value), want, "{value}");
        }
        assert_eq!(timestamp(now + 7), "2026-11-23T13:20:07Z");
        assert_eq!(in_both_times(now, 3600), "2026-11-23 13:20 UTC (14:20 local)");
    }

    #[test]
    fn next_runs_in_both_times() {
        for (text, offset, want) in [
            (
                "@daily",
                0,
                "every day at 00:00 UTC (cron(0 0 * * ? *)); next: 2026-11-24 00:00 UTC, 2026-11-25 00:00 UTC, 2026-11-26 00:00 UTC",
            ),
            (
                "cron(0 0 24 11 ? 2026,2027)",
                9 * 3600,
                "at 00:00 UTC on day 24 of November in 2026 and 2027 (cron(0 0 24 11 ? 2026,2027)); next: 2026-11-24 00:00 UTC (09:00 local), 2027-11-24 00:00 UTC (09:00 local)",
            ),
            (
                "cron(0 0 24 11 ? 2026)",
                -5 * 3600,
                "at 00:00 UTC on day 24 of November in 2026 (cron(0 0 24 11 ? 2026)); next: 2026-11-24 00:00 UTC (2026-11-23 19:00 local)",
            ),
            ("0 0 31 2 *", 3600, "at 00:00 UTC on day 31 of February (cron(0 0 31 2 ? *)); next: never"),
            ("@every 90m", 3600, "every 90 minutes (rate(90 minutes)); first run after the deployment"),
            ("none", 3600, "disabled (none); the job runs when started by hand"),
        ] {
            assert_eq!(said(text, offset), want, "{text}");
        }
    }

    #[test]
    fn each_run_has_its_own_offset() {
        let schedule = schedule::convert("0 12 * * *").unwrap().schedule;
        let change = unix("2026-10-25 01:00");
        let offset = |run| if run < change { 7200 } else { 3600 };
        let said = describe(&schedule, change - 86_400, &offset).unwrap();
        assert!(
            said.contains("2026-10-24 12:00 UTC (14:00 local), 2026-10-25 12:00 UTC (13:00 local)"),
            "{said}"
        );
    }
}
