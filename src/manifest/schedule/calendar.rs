//! Days and dates in UTC: as much of a calendar as schedules need.

/// Minutes of a day.
pub(super) const MINUTES_OF_DAY: i64 = 24 * 60;

/// A day of the Gregorian calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Date {
    /// Year.
    pub year: i64,
    /// Month, from 1.
    pub month: u32,
    /// Day of the month, from 1.
    pub day: u32,
    /// Day of the week, from 1 for Sunday.
    pub weekday: u32,
}

impl Date {
    /// The date so many days after 1 January 1970.
    pub(super) fn of(days: i64) -> Self {
        // Counted in years that begin in March, a leap day is the last day of its year, and 400 years
        // always have the same number of days.
        let shifted = days + 719_468;
        let (era, day) = (shifted.div_euclid(146_097), shifted.rem_euclid(146_097));
        let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
        let day_of_year = day - (365 * year + year / 4 - year / 100);
        let month = (5 * day_of_year + 2) / 153;
        let small = |number: i64| u32::try_from(number).unwrap_or_default();
        Self {
            year: era * 400 + year + i64::from(month >= 10),
            month: small(if month < 10 { month + 3 } else { month - 9 }),
            day: small(day_of_year - (153 * month + 2) / 5 + 1),
            // 1 January 1970 was a Thursday.
            weekday: small((days + 4).rem_euclid(7) + 1),
        }
    }
}

/// An instant, in seconds since 1970, as `2026-11-24 09:00`.
pub(super) fn time(instant: i64) -> String {
    format!("{} {}", date(instant), clock(instant))
}

/// Its date alone.
pub(super) fn date(instant: i64) -> String {
    let Date { year, month, day, .. } = Date::of(instant.div_euclid(86_400));
    format!("{year:04}-{month:02}-{day:02}")
}

/// Its time of day alone.
pub(super) fn clock(instant: i64) -> String {
    let minutes = instant.div_euclid(60).rem_euclid(MINUTES_OF_DAY);
    format!("{:02}:{:02}", minutes / 60, minutes % 60)
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// The instant of `2026-11-24 09:00`.
    pub(crate) fn unix(text: &str) -> i64 {
        let time: jiff::civil::DateTime = text.parse().unwrap();
        time.to_zoned(jiff::tz::TimeZone::UTC).unwrap().timestamp().as_second()
    }

    #[test]
    fn dates_are_those_of_another_calendar() {
        let mut other = jiff::civil::date(1899, 12, 31);
        let first = unix("1899-12-31 00:00") / 86_400;
        for day in first..first + 150_000 {
            let date = Date::of(day);
            let of_week = i64::from(other.weekday().to_sunday_one_offset());
            let want = (i64::from(other.year()), i64::from(other.month()), i64::from(other.day()), of_week);
            let found = (date.year, i64::from(date.month), i64::from(date.day), i64::from(date.weekday));
            assert_eq!(found, want);
            other = other.tomorrow().unwrap();
        }
    }

    #[test]
    fn instants() {
        for text in ["1969-12-31 23:59", "1970-01-01 00:00", "2000-02-29 12:30", "2199-12-31 23:59"] {
            assert_eq!(time(unix(text)), text);
        }
    }
}
