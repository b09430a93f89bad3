//! Five-field cron schedules with the grammar of the old tool's cron library
//! and their translation to the six fields of EventBridge.

use std::fmt::Write as _;

/// A schedule in EventBridge's form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Translated {
    /// The six fields, separated by single blanks.
    pub fields: String,
    /// Whether a step of a day field (`*/2`) had no effect.
    pub step_lost: bool,
}

const MONTHS: [&str; 12] =
    ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const DAYS: [&str; 7] = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

/// One of the five fields: what it is called, its limits, and names for its numbers.
struct Unit {
    name: &'static str,
    min: u32,
    max: u32,
    names: &'static [&'static str],
}

const MINUTE: Unit = Unit { name: "minute", min: 0, max: 59, names: &[] };
const HOUR: Unit = Unit { name: "hour", min: 0, max: 23, names: &[] };
const DAY_OF_MONTH: Unit = Unit { name: "day of month", min: 1, max: 31, names: &[] };
const MONTH: Unit = Unit { name: "month", min: 1, max: 12, names: &MONTHS };
const DAY_OF_WEEK: Unit = Unit { name: "day of week", min: 0, max: 6, names: &DAYS };

/// One item of a field's comma-separated list.
struct Item<'a> {
    /// `*` or `?`.
    any: bool,
    /// First and last value as written, without plus signs; the same for a single value.
    from: &'a str,
    to: &'a str,
    low: u32,
    high: u32,
    step: Option<u32>,
    /// A range was written.
    range: bool,
}

/// Translates minute, hour, day of month, month and day of week.
///
/// # Errors
///
/// What is wrong with which field, as a sentence fragment.
pub fn translate(text: &str) -> Result<Translated, String> {
    let fields: Vec<&str> = text.split_whitespace().collect();
    let [minute, hour, day, month, weekday] = fields.as_slice() else {
        return Err(format!(
            "a cron schedule has five fields (minute, hour, day of month, month, day of week), not {}",
            fields.len()
        ));
    };
    let minute = verbatim(&items(minute, &MINUTE)?);
    let hour = verbatim(&items(hour, &HOUR)?);
    let day = items(day, &DAY_OF_MONTH)?;
    let month = verbatim(&items(month, &MONTH)?);
    let weekday = items(weekday, &DAY_OF_WEEK)?;

    let any_day = day.iter().any(|item| item.any);
    let any_weekday = weekday.iter().any(|item| item.any);
    let (days, weekdays) = match (any_day, any_weekday) {
        (true, true) => ("*".to_owned(), "?".to_owned()),
        (true, false) => ("?".to_owned(), numbered_from_one(&weekday)),
        (false, true) => (verbatim(&day), "?".to_owned()),
        (false, false) => {
            return Err("EventBridge takes a day of month or a day of week, not both".to_owned());
        }
    };
    let step_lost = (any_day && loses_step(&day)) || (any_weekday && loses_step(&weekday));
    Ok(Translated { fields: format!("{minute} {hour} {days} {month} {weekdays} *"), step_lost })
}

/// Whether the field means less than every day by itself: a `*` with a step and none without.
fn loses_step(items: &[Item<'_>]) -> bool {
    items.iter().all(|item| !item.any || item.step.is_some_and(|step| step > 1))
}

/// Reads a field's list; the library skips empty items, but one must remain.
fn items<'a>(field: &'a str, unit: &Unit) -> Result<Vec<Item<'a>>, String> {
    let items: Vec<Item<'a>> = field
        .split(',')
        .filter(|item| !item.is_empty())
        .map(|text| item(text, unit))
        .collect::<Result<_, _>>()?;
    if items.is_empty() { Err(format!("the {} field `{field}` has no value", unit.name)) } else { Ok(items) }
}

fn item<'a>(text: &'a str, unit: &Unit) -> Result<Item<'a>, String> {
    let wrong = |why: &str| format!("the {} field has `{text}`: {why}", unit.name);
    let (range, step) = match text.split_once('/') {
        Some((range, step)) => (range, Some(step)),
        None => (text, None),
    };
    let step = match step {
        None => None,
        Some(step) => match number(step, &[]) {
            Some(0) => return Err(wrong("a step is at least 1")),
            Some(step) => Some(step),
            None => return Err(wrong("the step after `/` is a number")),
        },
    };
    let (from, to) = range.split_once('-').map_or((range, None), |(from, to)| (from, Some(to)));
    if matches!(from, "*" | "?") {
        return Ok(Item { any: true, from, to: from, low: unit.min, high: unit.max, step, range: false });
    }
    let value = |part: &str| {
        number(part, unit.names).filter(|n| (unit.min..=unit.max).contains(n)).ok_or_else(|| {
            let names = match (unit.names.first(), unit.names.last()) {
                (Some(first), Some(last)) => format!(" or {first}-{last}"),
                _ => String::new(),
            };
            wrong(&format!("values are {}-{}{names}", unit.min, unit.max))
        })
    };
    let low = value(from)?;
    let high = match to {
        Some(to) => value(to)?,
        None if step.is_some() => unit.max,
        None => low,
    };
    if low > high {
        return Err(wrong("a range starts with its lower end"));
    }
    let plain = |part: &'a str| part.strip_prefix('+').unwrap_or(part);
    Ok(Item {
        any: false,
        from: plain(from),
        to: plain(to.unwrap_or(from)),
        low,
        high,
        step,
        range: to.is_some(),
    })
}

/// A name of the field, or digits with an optional plus sign.
fn number(text: &str, names: &[&str]) -> Option<u32> {
    if let Some(index) = names.iter().position(|name| name.eq_ignore_ascii_case(text)) {
        // Months count from 1, days of the week from 0.
        return u32::try_from(index + usize::from(names.len() == MONTHS.len())).ok();
    }
    let digits = text.strip_prefix('+').unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    digits.parse().ok()
}

/// The field as written, without what only the library understands (`?`, `+1`, empty items).
fn verbatim(items: &[Item<'_>]) -> String {
    join(items.iter().map(|item| {
        let mut text = if item.any { "*".to_owned() } else { item.from.to_owned() };
        if item.range {
            let _ = write!(text, "-{}", item.to);
        }
        if let Some(step) = item.step {
            let _ = write!(text, "/{step}");
        }
        text
    }))
}

/// Days of the week counted from 1 (Sunday), as EventBridge does. It has no steps there, so they are
/// spelled out; the old tool incremented them like days.
fn numbered_from_one(items: &[Item<'_>]) -> String {
    let day = |written: &str, number: u32| {
        if written.starts_with(|c: char| c.is_ascii_digit()) {
            (number + 1).to_string()
        } else {
            written.to_owned()
        }
    };
    join(items.iter().map(|item| match item.step {
        Some(step) if step > 1 => {
            let steps = (item.low..=item.high).step_by(usize::try_from(step).unwrap_or(usize::MAX));
            join(steps.map(|number| (number + 1).to_string()))
        }
        Some(_) => format!("{}-{}", item.low + 1, item.high + 1),
        None if item.range => format!("{}-{}", day(item.from, item.low), day(item.to, item.high)),
        None => day(item.from, item.low),
    }))
}

fn join(parts: impl Iterator<Item = String>) -> String {
    parts.collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(text: &str) -> String {
        translate(text).map_or_else(|e| format!("error: {e}"), |t| t.fields)
    }

    /// Further cases are in `tests/vectors/schedules.rs`.
    #[test]
    fn translations() {
        for (text, want) in
            [("0 9 1/5 * *", "0 9 1/5 * ? *"), ("? 9 * * *", "* 9 * * ? *"), ("*-5 +9 * * *", "* 9 * * ? *")]
        {
            let translated = translate(text).unwrap_or_else(|e| panic!("{text}: {e}"));
            assert_eq!(translated, Translated { fields: want.to_owned(), step_lost: false }, "{text}");
        }
    }

    #[test]
    fn steps_of_day_fields_are_lost() {
        assert_eq!(translate("0 9 */2 * *").map(|t| t.step_lost), Ok(true));
        assert_eq!(translate("0 9 1 * ?/2").map(|t| t.step_lost), Ok(true));
        assert_eq!(translate("0 9 */1 * *").map(|t| t.step_lost), Ok(false));
    }

    #[test]
    fn refused() {
        for text in ["0 9 * * -1", "99999999999 * * * *", ""] {
            assert!(translate(text).is_err(), "{text}: {}", fields(text));
        }
        assert_eq!(fields("0 9 * * 7"), "error: the day of week field has `7`: values are 0-6 or sun-sat");
        assert_eq!(fields("0 25 * * 1"), "error: the hour field has `25`: values are 0-23");
    }
}
