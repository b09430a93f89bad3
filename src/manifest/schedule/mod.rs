//! From `on.schedule` to an EventBridge expression.

mod aws;
mod calendar;
pub mod cron;
pub mod event_cron;
mod values;
pub mod words;

use super::duration;
use super::job::Schedule;
use aws::Fault;

/// A schedule that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScheduleError {
    /// What is wrong, as a sentence fragment.
    pub message: String,
    /// What to write instead.
    pub help: String,
}

/// A converted schedule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Converted {
    /// What EventBridge gets.
    pub schedule: Schedule,
    /// What it may not do with it as the author thinks.
    pub doubts: Vec<Doubt>,
}

/// Something to look at in a schedule that is used as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Doubt {
    /// What it is, as a sentence fragment.
    pub message: String,
    /// What to do about it.
    pub help: String,
}

const FORMS: &str = "write a cron schedule (\"0 9 * * MON-FRI\"), a preset (\"@daily\"), an interval (\"@every 1h30m\"), \
                     an AWS expression (\"rate(5 minutes)\", \"cron(0 9 ? * 2-6 *)\"), or \"none\" to run it by hand only";

const UNDOCUMENTED: &str = "write it in a form that the EventBridge User Guide describes; whether it is taken shows only when the stack is changed";

/// Converts the text of a schedule. All times are UTC.
///
/// `rate(…)` and `cron(…)` as a whole, and exactly `none`, are handed on; the old tool handed on every
/// text that contained one of them somewhere.
///
/// # Errors
///
/// Texts that are no schedule and schedules that EventBridge cannot express.
pub fn convert(text: &str) -> Result<Converted, ScheduleError> {
    let plain =
        |expression: String| Converted { schedule: Schedule::Expression(expression), doubts: Vec::new() };
    if text.trim().is_empty() {
        return Err(error("the schedule is empty", FORMS));
    }
    if text == "none" {
        return Ok(Converted { schedule: Schedule::Disabled, doubts: Vec::new() });
    }
    if let Some(inner) = text.strip_suffix(')').and_then(|text| text.strip_prefix("rate(")) {
        let doubts = judged(&format!("`{text}`"), aws::rate(inner), |_| None)?;
        return Ok(Converted { doubts, ..plain(text.to_owned()) });
    }
    if let Some(inner) = text.strip_suffix(')').and_then(|text| text.strip_prefix("cron(")) {
        let fields: Vec<&str> = inner.split_whitespace().collect();
        let Ok(six) = <[&str; 6]>::try_from(fields.as_slice()) else {
            return Err(not_six_fields(text, inner));
        };
        let mended = |mends: &[Mend]| Some(format!("cron({})", with(&fields, mends)));
        let doubts = judged(&format!("`{text}`"), aws::cron(six), mended)?;
        return Ok(Converted { doubts, ..plain(text.to_owned()) });
    }
    if let Some(interval) = text.strip_prefix("@every ") {
        return rate(interval).map(plain);
    }
    if text.starts_with('@') {
        return preset(text).map(|expression| plain(expression.to_owned()));
    }
    let trimmed = text.trim();
    if trimmed.starts_with("TZ=") || trimmed.starts_with("CRON_TZ=") {
        let help = "remove the time zone and give the time in UTC: EventBridge rules know no other";
        return Err(error(format!("`{text}` names a time zone"), help));
    }
    match cron::translate(text) {
        Ok(translated) => unix(text, &translated),
        Err(_) if trimmed.split_whitespace().count() == 1 || looks_like_words(trimmed) => {
            let help = if trimmed.eq_ignore_ascii_case("none") {
                "write \"none\", in lower case and without blanks".to_owned()
            } else {
                FORMS.to_owned()
            };
            Err(ScheduleError { message: format!("`{text}` is not a schedule"), help })
        }
        Err(why) => Err(error(format!("`{text}` is not a schedule: {why}"), FORMS)),
    }
}

fn error(message: impl Into<String>, help: impl Into<String>) -> ScheduleError {
    ScheduleError { message: message.into(), help: help.into() }
}

/// `every 2 hours` and the like, for which a complaint about cron fields would not help.
fn looks_like_words(text: &str) -> bool {
    text.starts_with("every")
        || text.starts_with("RATE")
        || text.starts_with("CRON")
        || text.starts_with("at(")
}

/// A five-field schedule in EventBridge's form, if that is taken.
fn unix(text: &str, translated: &cron::Translated) -> Result<Converted, ScheduleError> {
    let expression = format!("cron({})", translated.fields);
    let mut doubts = Vec::new();
    if translated.step_lost {
        let message = format!(
            "the step of a day field in `{text}` has no effect; the schedule becomes `{expression}`, as the old tool made it"
        );
        let help = "write the days one by one (\"1,3,5\") to run on some days only".to_owned();
        doubts.push(Doubt { message, help });
    }
    let six: Vec<&str> = translated.fields.split(' ').collect();
    if let Ok(six) = <[&str; 6]>::try_from(six.as_slice()) {
        let five: Vec<&str> = text.split_whitespace().collect();
        // Days of the week are counted from another number there.
        let mended = |mends: &[Mend]| mends.iter().all(|(field, _)| *field < 4).then(|| with(&five, mends));
        let shown = format!("`{text}`, which becomes `{expression}`,");
        doubts.extend(judged(&shown, aws::cron(six), mended)?);
    }
    Ok(Converted { schedule: Schedule::Expression(expression), doubts })
}

/// The number of a field and what to write there instead.
type Mend = (usize, String);

/// What is doubtful in an expression, or the error with all that is wrong in it. `mended` writes the schedule with
/// some fields replaced.
fn judged(
    shown: &str,
    faults: Vec<Fault>,
    mended: impl Fn(&[Mend]) -> Option<String>,
) -> Result<Vec<Doubt>, ScheduleError> {
    // `others` are mended with the faults, so that what is to be written instead raises no doubts.
    let help = |faults: &[Fault], others: &[Fault]| {
        let mends: Vec<Mend> = others.iter().chain(faults).filter_map(|fault| fault.mend.clone()).collect();
        // What mends only some of the faults is no schedule yet.
        let whole = if faults.iter().all(|fault| fault.mend.is_some()) { mended(&mends) } else { None };
        let whole = whole.map(|schedule| format!("write \"{schedule}\""));
        let parts: Vec<String> =
            whole.into_iter().chain(faults.iter().filter_map(|fault| fault.advice.clone())).collect();
        if parts.is_empty() { None } else { Some(parts.join("; ")) }
    };
    let told =
        |faults: &[Fault]| faults.iter().map(|fault| fault.message.as_str()).collect::<Vec<_>>().join("; ");
    let (refused, unknown): (Vec<Fault>, Vec<Fault>) = faults.into_iter().partition(|fault| fault.refused);
    if !refused.is_empty() {
        let message = format!("EventBridge refuses {}: {}", shown.trim_end_matches(','), told(&refused));
        return Err(ScheduleError {
            message,
            help: help(&refused, &unknown).unwrap_or_else(|| FORMS.to_owned()),
        });
    }
    let doubt = |unknown: &[Fault]| Doubt {
        message: format!("EventBridge may refuse {shown} or take it in another sense: {}", told(unknown)),
        help: help(unknown, &[]).unwrap_or_else(|| UNDOCUMENTED.to_owned()),
    };
    Ok(if unknown.is_empty() { Vec::new() } else { vec![doubt(&unknown)] })
}

/// The fields, some of them replaced.
fn with(fields: &[&str], mends: &[Mend]) -> String {
    let mut fields = fields.to_vec();
    for (field, instead) in mends {
        if let Some(text) = fields.get_mut(*field) {
            *text = instead;
        }
    }
    fields.join(" ")
}

fn not_six_fields(text: &str, inner: &str) -> ScheduleError {
    let words = inner.split_whitespace().count();
    let mut help =
        "AWS cron expressions have six fields: minute, hour, day of month, month, day of week, year"
            .to_owned();
    if let Ok(translated) = cron::translate(inner) {
        help = format!("{help}; write \"{}\" or \"cron({})\"", inner.trim(), translated.fields);
    }
    error(format!("`{text}` has {words} fields"), help)
}

fn rate(interval: &str) -> Result<String, ScheduleError> {
    let Some(nanoseconds) = duration::parse(interval) else {
        let help = "write hours and minutes without blanks: \"@every 1h30m\"";
        return Err(error(format!("`{interval}` is not a duration"), help));
    };
    if nanoseconds % duration::MINUTE != 0 {
        return Err(error(
            format!("`{interval}` is not a whole number of minutes"),
            "EventBridge rates count minutes",
        ));
    }
    match nanoseconds / duration::MINUTE {
        ..=0 => Err(error(
            format!("`{interval}` is shorter than a minute"),
            "EventBridge rates start at one minute",
        )),
        1 => Ok("rate(1 minute)".to_owned()),
        minutes => Ok(format!("rate({minutes} minutes)")),
    }
}

fn preset(text: &str) -> Result<&'static str, ScheduleError> {
    Ok(match text {
        "@hourly" => "cron(0 * * * ? *)",
        "@daily" | "@midnight" => "cron(0 0 * * ? *)",
        "@weekly" => "cron(0 0 ? * 1 *)",
        "@monthly" => "cron(0 0 1 * ? *)",
        "@yearly" | "@annually" => "cron(0 0 1 1 ? *)",
        _ => {
            let help = "the presets are @hourly, @daily, @midnight, @weekly, @monthly, @yearly, @annually and \
                        \"@every 1h30m\"; for a job that only runs by hand write \"none\"";
            return Err(error(format!("`{text}` is not a preset"), help));
        }
    })
}

#[cfg(test)]
mod refusals;

#[cfg(test)]
mod tests {
    use super::*;

    fn expression(text: &str) -> String {
        match convert(text) {
            Ok(Converted { schedule, doubts }) if doubts.is_empty() => schedule.parameter().to_owned(),
            Ok(Converted { schedule, doubts: _ }) => format!("{} with a warning", schedule.parameter()),
            Err(e) => format!("error: {}", e.message),
        }
    }

    #[test]
    fn conversions() {
        for (text, want) in [
            ("none", "none"),
            ("rate(5 minutes)", "rate(5 minutes)"),
            ("cron(0 * * * ? *)", "cron(0 * * * ? *)"),
            ("cron(0 9 3W * ? *)", "cron(0 9 3W * ? *)"),
            ("@every 1h30m", "rate(90 minutes)"),
            ("@every 60s", "rate(1 minute)"),
            ("@every 24h0m", "rate(1440 minutes)"),
            ("@hourly", "cron(0 * * * ? *)"),
            ("@daily", "cron(0 0 * * ? *)"),
            ("@midnight", "cron(0 0 * * ? *)"),
            ("@weekly", "cron(0 0 ? * 1 *)"),
            ("@monthly", "cron(0 0 1 * ? *)"),
            ("@yearly", "cron(0 0 1 1 ? *)"),
            ("@annually", "cron(0 0 1 1 ? *)"),
            ("0 9 * * 1-5", "cron(0 9 ? * 2-6 *)"),
            ("0 9 */2 * *", "cron(0 9 * * ? *) with a warning"),
            ("", "error: the schedule is empty"),
            ("@every 90s", "error: `90s` is not a whole number of minutes"),
            ("@every -5m", "error: `-5m` is shorter than a minute"),
            ("@every 0", "error: `0` is shorter than a minute"),
            ("@every 1d", "error: `1d` is not a duration"),
            ("@every", "error: `@every` is not a preset"),
            ("@Daily", "error: `@Daily` is not a preset"),
            ("@on-demand", "error: `@on-demand` is not a preset"),
            ("@daily ", "error: `@daily ` is not a preset"),
            ("every 2 hours", "error: `every 2 hours` is not a schedule"),
            ("None", "error: `None` is not a schedule"),
            (" none ", "error: ` none ` is not a schedule"),
            ("nonexistent", "error: `nonexistent` is not a schedule"),
            (
                "xrate(5 minutes)",
                "error: `xrate(5 minutes)` is not a schedule: a cron schedule has five fields (minute, hour, day of month, month, day of week), not 2",
            ),
            ("rate()", "error: EventBridge refuses `rate()`: a rate is a number and a unit"),
            ("cron(0 9 * * 1)", "error: `cron(0 9 * * 1)` has 5 fields"),
            (
                "rate(5 minutes",
                "error: `rate(5 minutes` is not a schedule: a cron schedule has five fields (minute, hour, day of month, month, day of week), not 2",
            ),
            ("at(2024-01-01T00:00:00)", "error: `at(2024-01-01T00:00:00)` is not a schedule"),
            ("TZ=UTC 0 9 * * 1", "error: `TZ=UTC 0 9 * * 1` names a time zone"),
            ("TZ=", "error: `TZ=` names a time zone"),
            (
                "0 9 1 * 1",
                "error: `0 9 1 * 1` is not a schedule: EventBridge takes a day of month or a day of week, not both",
            ),
        ] {
            assert_eq!(expression(text), want, "{text}");
        }
    }
}
