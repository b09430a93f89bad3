//! EventBridge's cron expressions with six fields, understood as far as their meaning is certain: lists,
//! ranges, steps and names. `L`, `W`, `#`, ranges that wrap around and steps of weekdays are not.

use super::calendar::{Date, MINUTES_OF_DAY};
use super::values::{self, DAYS, HOURS, MINUTES, MONTHS, WEEKDAYS, YEARS, number};

/// The values of one field, in order and without repetition.
pub type Values = Vec<u32>;

/// Which days an expression means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Days {
    /// All of them.
    Every,
    /// Days of the month, from 1.
    OfMonth(Values),
    /// Days of the week, from 1 for Sunday.
    OfWeek(Values),
}

/// An expression that is understood. All times are UTC.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventCron {
    /// Minutes of an hour.
    pub minutes: Values,
    /// Hours of a day.
    pub hours: Values,
    /// Days.
    pub days: Days,
    /// Months, from 1.
    pub months: Values,
    /// Years; `None` for all.
    pub years: Option<Values>,
}

impl EventCron {
    /// Reads what stands between the parentheses of `cron(…)`. `None` when EventBridge would refuse it or
    /// when its meaning is not certain.
    pub fn parse(fields: &str) -> Option<Self> {
        let fields: Vec<&str> = fields.split_whitespace().collect();
        let [minutes, hours, day, month, weekday, year] = fields.as_slice() else { return None };
        let days = match (*day, *weekday) {
            ("*", "?") | ("?", "*") => Days::Every,
            (day, "?") => Days::OfMonth(values(day, &DAYS)?),
            ("?", weekday) if !weekday.contains('/') => Days::OfWeek(values(weekday, &WEEKDAYS)?),
            _ => return None,
        };
        Some(Self {
            minutes: values(minutes, &MINUTES)?,
            hours: values(hours, &HOURS)?,
            days,
            months: values(month, &MONTHS)?,
            years: match *year {
                "*" => None,
                year => Some(values(year, &YEARS)?),
            },
        })
    }

    /// The first `count` runs after an instant, in seconds since 1970; fewer when there are no more.
    pub fn runs_after(&self, instant: i64, count: usize) -> Vec<i64> {
        let mut found = Vec::new();
        // The first whole minute after the instant.
        let first = instant.div_euclid(60) + 1;
        let mut day = first.div_euclid(MINUTES_OF_DAY);
        loop {
            let date = Date::of(day);
            if found.len() >= count || date.year > i64::from(YEARS.max) {
                return found;
            }
            if self.includes(date) {
                let minutes = self
                    .hours
                    .iter()
                    .flat_map(|hour| self.minutes.iter().map(move |minute| i64::from(hour * 60 + minute)));
                let times = minutes.map(|minute| day * MINUTES_OF_DAY + minute).filter(|time| *time >= first);
                found.extend(times.take(count - found.len()).map(|time| time * 60));
            }
            day += 1;
        }
    }

    fn includes(&self, date: Date) -> bool {
        let year = self.years.as_ref().is_none_or(|years| years.iter().any(|y| i64::from(*y) == date.year));
        let day = match &self.days {
            Days::Every => true,
            Days::OfMonth(days) => days.contains(&date.day),
            Days::OfWeek(days) => days.contains(&date.weekday),
        };
        year && self.months.contains(&date.month) && day
    }
}

/// The values of a field's list.
fn values(field: &str, all: &values::Values) -> Option<Values> {
    let mut values = Values::new();
    for item in field.split(',') {
        let (range, step) = match item.split_once('/') {
            Some((range, step)) => (range, Some(number(step)?)),
            None => (item, None),
        };
        // A step beyond the field's values is refused by some readers of such expressions.
        if step.is_some_and(|step| step == 0 || step > all.max) {
            return None;
        }
        let value = |text: &str| {
            let value = all.named(text).or_else(|| number(text))?;
            all.contains(value).then_some(value)
        };
        let (low, high) = match range.split_once('-') {
            _ if range == "*" => (all.min, all.max),
            Some((low, high)) => (value(low)?, value(high)?),
            None if step.is_some() => (value(range)?, all.max),
            None => (value(range)?, value(range)?),
        };
        if low > high {
            return None;
        }
        values.extend((low..=high).step_by(usize::try_from(step.unwrap_or(1)).ok()?));
    }
    values.sort_unstable();
    values.dedup();
    Some(values)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::calendar::tests::unix;
    use super::super::calendar::time;
    use super::super::cron;
    use super::*;
    use crate::manifest::schedule;

    fn next(expression: &str, after: &str, count: usize) -> String {
        let Some(cron) = EventCron::parse(expression) else { return "not understood".to_owned() };
        cron.runs_after(unix(after), count).into_iter().map(time).collect::<Vec<_>>().join(", ")
    }

    #[test]
    fn next_runs() {
        let after = "2026-11-23 13:20";
        for (expression, want) in [
            ("0 0 * * ? *", "2026-11-24 00:00, 2026-11-25 00:00"),
            ("20 13 * * ? *", "2026-11-24 13:20, 2026-11-25 13:20"),
            ("21 13 * * ? *", "2026-11-23 13:21, 2026-11-24 13:21"),
            ("*/20 * * * ? *", "2026-11-23 13:40, 2026-11-23 14:00"),
            ("5/25 8,13 ? * 2-6 *", "2026-11-23 13:30, 2026-11-23 13:55"),
            ("0 9 ? * 1 *", "2026-11-29 09:00, 2026-12-06 09:00"),
            ("0 9 ? * MON,thu *", "2026-11-26 09:00, 2026-11-30 09:00"),
            ("0 9 31 * ? *", "2026-12-31 09:00, 2027-01-31 09:00"),
            ("0 0 29 2 ? *", "2028-02-29 00:00, 2032-02-29 00:00"),
            ("0 0 29 feb-mar ? 2027", "2027-03-29 00:00"),
            ("0 0 1 1 ? 2020-2027", "2027-01-01 00:00"),
            ("0 0 1 1 ? 2020", ""),
            ("0 0 31 2 ? *", ""),
            ("0 9 L * ? *", "not understood"),
            ("0 9 3W * ? *", "not understood"),
            ("0 9 ? * 6#3 *", "not understood"),
            ("0 9 ? * 6L *", "not understood"),
            ("0 9 ? * FRI-MON *", "not understood"),
            ("0 9 ? * 2/2 *", "not understood"),
            ("0 9 * * * *", "not understood"),
            ("0 9 ? * ? *", "not understood"),
            ("0 9 1 * 2 *", "not understood"),
            ("*/90 9 * * ? *", "not understood"),
            ("*/0 9 * * ? *", "not understood"),
            ("60 9 * * ? *", "not understood"),
            ("+1 9 * * ? *", "not understood"),
            (", 9 * * ? *", "not understood"),
            ("0 9 * * ?", "not understood"),
        ] {
            assert_eq!(next(expression, after, 2), want, "{expression}");
        }
    }

    #[test]
    fn leap_years_across_a_century() {
        assert_eq!(next("0 0 29 2 ? *", "2096-03-01 00:00", 1), "2104-02-29 00:00");
    }

    /// A five-field cron schedule as its standard says, minute by minute and by other means than above: a
    /// list of items, each a lowest value, a highest one and a step.
    #[derive(Clone, Debug)]
    struct Standard([Vec<(u32, u32, u32)>; 5]);

    impl Standard {
        fn text(&self) -> String {
            let limits = [(0, 59), (0, 23), (1, 31), (1, 12), (0, 6)];
            let item =
                |(low, high, step): &(u32, u32, u32), (min, max): (u32, u32)| match (*low, *high, *step) {
                    (low, high, 1) if (low, high) == (min, max) => "*".to_owned(),
                    (low, high, step) if (low, high) == (min, max) => format!("*/{step}"),
                    (low, high, 1) if low == high => low.to_string(),
                    (low, high, 1) => format!("{low}-{high}"),
                    (low, high, step) if high == max => format!("{low}/{step}"),
                    (low, high, step) => format!("{low}-{high}/{step}"),
                };
            let field = |(items, limits): (&Vec<_>, (u32, u32))| {
                items.iter().map(|i| item(i, limits)).collect::<Vec<_>>().join(",")
            };
            self.0.iter().zip(limits).map(field).collect::<Vec<_>>().join(" ")
        }

        fn matches(&self, values: [u32; 5]) -> bool {
            self.0.iter().zip(values).all(|(items, value)| {
                items.iter().any(|(low, high, step)| {
                    (*low..=*high).contains(&value) && (value - low).is_multiple_of(*step)
                })
            })
        }
    }

    fn items(min: u32, max: u32) -> impl Strategy<Value = Vec<(u32, u32, u32)>> {
        let every = Just((min, max, 1));
        let single = (min..=max).prop_map(|n| (n, n, 1));
        let step = (1..=max).prop_map(move |step| (min, max, step));
        let range = (min..=max, min..=max, 1..=max).prop_map(|(a, b, step)| (a.min(b), a.max(b), step));
        let item = prop_oneof![2 => every, 3 => single, 1 => step, 2 => range];
        prop::collection::vec(item, 1..4)
    }

    prop_compose! {
        fn standard()(
            minute in items(0, 59), hour in items(0, 23), day in items(1, 31), month in items(1, 12),
            weekday in items(0, 6), free in 0..3_u8,
        ) -> Standard {
            // Of the two fields for days at most one can say anything.
            let day = if free == 0 { day } else { vec![(1, 31, 1)] };
            let weekday = if free == 1 { weekday } else { vec![(0, 6, 1)] };
            Standard([minute, hour, day, month, weekday])
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn translated_schedules_keep_their_meaning(standard in standard(), start in 0..60_000_000_i64) {
            let text = standard.text();
            let translated = cron::translate(&text).map_err(TestCaseError::fail)?;
            // A step of a `*` for days is known to be lost, and said so.
            if translated.step_lost {
                return Ok(());
            }
            let converted = schedule::convert(&text).map_err(|e| TestCaseError::fail(e.message))?;
            let expression = converted.schedule.parameter();
            prop_assert_eq!(expression, format!("cron({})", translated.fields));
            let Some(cron) = EventCron::parse(&translated.fields) else {
                return Err(TestCaseError::fail(format!("{text}: {expression} is not understood")));
            };
            // 40 days, counted by a calendar of another make.
            let zone = jiff::tz::TimeZone::UTC;
            let mut expected = Vec::new();
            for minute in start + 1..=start + 40 * 24 * 60 {
                let at = jiff::Timestamp::from_second(minute * 60).unwrap().to_zoned(zone.clone());
                let values = [
                    i32::from(at.minute()),
                    i32::from(at.hour()),
                    i32::from(at.day()),
                    i32::from(at.month()),
                    i32::from(at.weekday().to_sunday_zero_offset()),
                ];
                if standard.matches(values.map(|value| u32::try_from(value).unwrap())) {
                    expected.push(minute * 60);
                }
                if expected.len() == 50 {
                    break;
                }
            }
            let mut found = cron.runs_after(start * 60, expected.len().max(1));
            found.retain(|time| *time <= (start + 40 * 24 * 60) * 60);
            prop_assert_eq!(found, expected, "{} as {}", text, expression);
        }

        #[test]
        fn any_text_is_read(text in "[0-9*?/,LW#a-z -]{0,24}", after in any::<i32>()) {
            if let Some(cron) = EventCron::parse(&text) {
                prop_assert!(cron.runs_after(i64::from(after), 3).len() <= 3);
            }
        }
    }
}
