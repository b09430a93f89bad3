//! The six fields of `cron(…)`: minute, hour, day of month, month, day of week, year.

use super::Fault;
use crate::manifest::schedule::values::{DAYS, HOURS, MINUTES, MONTHS, Values, WEEKDAYS, YEARS, number};

/// A field of a cron expression.
struct Field {
    /// Its place among the six.
    index: usize,
    name: &'static str,
    values: Values,
    step: Step,
    /// What it can be, for help.
    examples: &'static str,
}

/// What EventBridge makes of steps.
#[derive(Clone, Copy)]
enum Step {
    /// They are below the number of values; others are refused.
    Below(u32),
    /// Its documentation gives no limit, so that larger ones than this are doubtful.
    Doubtful(u32),
}

const MINUTE: usize = 0;
const HOUR: usize = 1;
const DAY: usize = 2;
const MONTH: usize = 3;
const WEEKDAY: usize = 4;
const YEAR: usize = 5;

const FIELDS: [Field; 6] = [
    Field {
        index: MINUTE,
        name: "minute",
        values: MINUTES,
        step: Step::Below(60),
        examples: "`0`, `0,30`, `0-29` or `*/15`",
    },
    Field {
        index: HOUR,
        name: "hour",
        values: HOURS,
        step: Step::Below(24),
        examples: "`9`, `9,17`, `9-17` or `*/6`",
    },
    Field {
        index: DAY,
        name: "day of month",
        values: DAYS,
        step: Step::Doubtful(31),
        examples: "`1`, `1,15`, `1-7`, `*/2`, `L` or `15W`",
    },
    Field {
        index: MONTH,
        name: "month",
        values: MONTHS,
        step: Step::Doubtful(12),
        examples: "`1`, `1,7`, `JAN-MAR` or `*/3`",
    },
    Field {
        index: WEEKDAY,
        name: "day of week",
        values: WEEKDAYS,
        // It documents none.
        step: Step::Doubtful(0),
        examples: "`1` for Sunday to `7` for Saturday, `MON-FRI`, `6L` or `6#3`",
    },
    Field {
        index: YEAR,
        name: "year",
        values: YEARS,
        step: Step::Doubtful(229),
        examples: "`*`, `2030` or `2030-2032`",
    },
];

pub(super) fn faults(fields: [&str; 6]) -> Vec<Fault> {
    // EventBridge takes `cron(0/5, 9-18, ?, *, MON-FRI, *)`, although no document says so.
    let full =
        fields.map(|text| text.split(',').filter(|item| !item.is_empty()).collect::<Vec<_>>().join(","));
    let [_, hour, day, month, weekday, year] = full.each_ref().map(String::as_str);
    let all = |fields: &[&str]| fields.iter().all(|text| matches!(*text, "*" | "?"));
    let mut faults = Vec::new();
    for (field, (written, full)) in FIELDS.iter().zip(fields.iter().zip(&full)) {
        if written != full {
            let fault = Fault::unknown(format!("the {} field `{written}` has an empty place", field.name));
            faults.push(if full.is_empty() { fault } else { fault.mend(field.index, full) });
        }
        // An interval knows neither times nor days.
        let is_interval = all(&[day, month, weekday, year]) && (field.index == HOUR || all(&[hour]));
        if let Some(fault) = field.fault(full, is_interval) {
            faults.push(fault);
        }
    }
    // A `?` at a wrong place is told already.
    faults.extend(days(day, weekday));
    faults
}

/// Exactly one of the fields for days is `?`. That two are refused is not documented.
fn days(day: &str, weekday: &str) -> Option<Fault> {
    let both = "it takes a day of month or a day of week, and `?` in the field of the other";
    match (day, weekday) {
        ("?", "?") => Some(Fault::unknown("neither of the fields for days says which days").mend(DAY, "*")),
        ("?", _) | (_, "?") => None,
        (_, "*") => Some(Fault::refused(both).mend(WEEKDAY, "?")),
        ("*", _) => Some(Fault::refused(both).mend(DAY, "?")),
        (day, weekday) => {
            let advice = format!(
                "write `?` for one of them, or make two jobs: one with day of month `{day}`, one with day of week `{weekday}`"
            );
            Some(Fault::refused(both).advice(advice))
        }
    }
}

impl Field {
    /// The fault of a field. `is_interval` tells whether nothing but its step says when the job runs.
    fn fault(&self, text: &str, is_interval: bool) -> Option<Fault> {
        let is_day = self.index == DAY || self.index == WEEKDAY;
        if text.is_empty() || text == "?" && is_day {
            return None;
        }
        let mut faults: Vec<Fault> =
            text.split(',').filter_map(|item| self.item(item, text, is_interval)).collect();
        // The first that is sure, else the first.
        let first = faults.iter().position(|fault| fault.refused).unwrap_or_default();
        if first < faults.len() { Some(faults.swap_remove(first)) } else { None }
    }

    /// The fault of one item of the list `whole`.
    fn item(&self, item: &str, whole: &str, is_interval: bool) -> Option<Fault> {
        let refused = |why: &str| Fault::refused(format!("the {} field has `{item}`: {why}", self.name));
        let unknown = |why: &str| Fault::unknown(format!("the {} field has `{item}`: {why}", self.name));
        let examples = || format!("in the field for the {} write {}", self.name, self.examples);
        let mended = |instead: &str| {
            let mut items: Vec<&str> = Vec::new();
            for other in whole.split(',').map(|other| if other == item { instead } else { other }) {
                if !items.contains(&other) {
                    items.push(other);
                }
            }
            items.join(",")
        };
        if item.contains('?') {
            return Some(match item {
                "?" => unknown("`?` is documented for the fields for days alone, without other values")
                    .mend(self.index, mended("*")),
                _ => refused("`?` stands alone, in one of the fields for days").advice(examples()),
            });
        }
        if let Some(special) = self.special(item, whole) {
            let fault = special.err()?;
            return Some(match fault {
                Special::Wrong(why) => refused(&why).advice(examples()),
                Special::Undocumented => unknown("this form is not documented"),
            });
        }
        let (range, step) = item.split_once('/').map_or((item, None), |(range, step)| (range, Some(step)));
        let (low, high) = range.split_once('-').map_or((range, None), |(low, high)| (low, Some(high)));
        let mut doubt = None;
        if range.is_empty() {
            doubt = Some(unknown("nothing stands before the step"));
        } else if range != "*" {
            let values: Vec<(&str, Result<u32, Value>)> =
                std::iter::once(low).chain(high).map(|text| (text, self.value(text))).collect();
            if values.iter().any(|(_, value)| matches!(value, Err(Value::Wrong))) {
                let fault = refused(&self.told_values());
                return Some(match self.counted_from_one(whole) {
                    Some(from_one) => fault.mend(self.index, from_one),
                    None => fault.advice(examples()),
                });
            }
            let mut short = item.to_owned();
            for (text, value) in &values {
                match value {
                    Err(Value::LongName(name)) => short = short.replace(text, name),
                    Err(Value::OtherYear) => doubt = Some(unknown(&self.told_values())),
                    _ => {}
                }
            }
            if short != item {
                return Some(unknown("names have three letters").mend(self.index, mended(&short)));
            }
            if let [(from, Ok(low)), (to, Ok(high))] = values.as_slice()
                && low > high
            {
                let fault = unknown("it is not documented that a range can begin with its higher end");
                let (first, last) = self.ends();
                doubt = Some(match step {
                    None => fault.mend(self.index, mended(&format!("{from}-{last},{first}-{to}"))),
                    Some(_) => fault,
                });
            }
        }
        if let Some(step) = step {
            let Some(step) = number(step) else {
                return Some(refused("the step behind `/` is a number").advice(examples()));
            };
            let first = if matches!(range, "*" | "") { self.values.min.to_string() } else { low.to_owned() };
            match self.step {
                Step::Below(limit) if step >= limit => {
                    let fault = refused(&format!("a step is below {limit}")).mend(self.index, mended(&first));
                    let interval =
                        if is_interval && whole.starts_with('*') { self.interval(step) } else { None };
                    return Some(match interval {
                        Some(interval) => fault.advice(interval),
                        None => fault,
                    });
                }
                Step::Doubtful(0) => doubt = Some(unknown("steps are not documented for this field")),
                Step::Doubtful(limit) if step > limit => {
                    doubt = Some(unknown("the step leads past all values").mend(self.index, mended(&first)));
                }
                _ if step == 0 => doubt = Some(unknown("the step is 0")),
                _ => {}
            }
        }
        doubt
    }

    /// Days of the week that were counted from 0, counted from 1; `None` for others.
    fn counted_from_one(&self, whole: &str) -> Option<String> {
        let is_digit = |c: char| ('0'..='6').contains(&c);
        let is_list = whole.split([',', '-']).all(|value| value.len() == 1 && value.contains(is_digit));
        if self.index != WEEKDAY || !is_list {
            return None;
        }
        let next = |c: char| {
            if is_digit(c) { c.to_digit(10).and_then(|n| char::from_digit(n + 1, 10)) } else { Some(c) }
        };
        whole.chars().map(next).collect()
    }

    /// An interval that does what the author of such a step had in mind.
    fn interval(&self, step: u32) -> Option<String> {
        let unit = if self.index == MINUTE { "m" } else { "h" };
        let (step, unit) =
            if self.index == MINUTE && step.is_multiple_of(60) { (step / 60, "h") } else { (step, unit) };
        // What is to be written instead means the same.
        let is_meant = self.index == MINUTE && (step, unit) == (1, "h") || self.index == HOUR && step == 24;
        (!is_meant).then(|| format!("for an interval write \"@every {step}{unit}\""))
    }

    fn told_values(&self) -> String {
        let (first, last) = self.ends();
        let names = if self.values.names.is_empty() { String::new() } else { format!(" or {first}-{last}") };
        format!("values are {}-{}{names}", self.values.min, self.values.max)
    }

    /// The lowest and the highest value, by their names if they have any.
    fn ends(&self) -> (String, String) {
        match (self.values.names.first(), self.values.names.last()) {
            (Some(first), Some(last)) => ((*first).to_owned(), (*last).to_owned()),
            _ => (self.values.min.to_string(), self.values.max.to_string()),
        }
    }

    /// A number or a name.
    fn value(&self, text: &str) -> Result<u32, Value> {
        if let Some(number) = number(text) {
            return match self.values.contains(number) {
                true => Ok(number),
                // EventBridge takes others than its documentation names.
                false if self.index == YEAR => Err(Value::OtherYear),
                false => Err(Value::Wrong),
            };
        }
        if let Some(value) = self.values.named(text) {
            return Ok(value);
        }
        let begin = text.get(..3).filter(|_| text.bytes().all(|b| b.is_ascii_alphabetic()));
        let long =
            begin.and_then(|begin| self.values.names.iter().find(|name| name.eq_ignore_ascii_case(begin)));
        Err(long.map_or(Value::Wrong, |name| Value::LongName(name)))
    }

    /// `L`, `W` and `#` of the fields for days; `None` when the item has none of them.
    fn special(&self, item: &str, whole: &str) -> Option<Result<(), Special>> {
        let wrong = |why: &str| Some(Err(Special::Wrong(why.to_owned())));
        let day = |text: &str| {
            Some(if self.value(text).is_ok() { Ok(()) } else { Err(Special::Wrong(self.told_values())) })
        };
        let upper = item.to_ascii_uppercase();
        if let Some((weekday, nth)) = upper.split_once('#') {
            return match number(nth) {
                _ if self.index != WEEKDAY => wrong("`#` is for the day of week"),
                Some(1..=5) if whole.contains(',') => wrong("with `#` there is only one day"),
                Some(1..=5) => day(weekday),
                _ => wrong("a number from 1 to 5 stands behind `#`"),
            };
        }
        match (self.index, upper.as_str()) {
            (DAY | WEEKDAY, "L") => Some(Ok(())),
            (DAY, "LW" | "WL") => Some(Err(Special::Undocumented)),
            (DAY, text) if text.starts_with("L-") => Some(Err(Special::Undocumented)),
            (DAY, text) => day(text.strip_suffix('W')?),
            (WEEKDAY, text) => day(text.strip_suffix('L')?),
            _ => None,
        }
    }
}

/// Why a text is no value of a field.
enum Value {
    Wrong,
    /// It begins like this name.
    LongName(&'static str),
    /// A year that the documentation does not name.
    OtherYear,
}

/// Why `L`, `W` or `#` is not as it should be.
enum Special {
    Wrong(String),
    Undocumented,
}
