//! The values that the six fields of EventBridge's cron expressions can have.

/// The values of a field.
pub(super) struct Values {
    pub min: u32,
    pub max: u32,
    /// Names of the values, from the lowest on.
    pub names: &'static [&'static str],
}

pub(super) const MINUTES: Values = Values { min: 0, max: 59, names: &[] };
pub(super) const HOURS: Values = Values { min: 0, max: 23, names: &[] };
pub(super) const DAYS: Values = Values { min: 1, max: 31, names: &[] };
pub(super) const MONTHS: Values = Values {
    min: 1,
    max: 12,
    names: &["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"],
};
pub(super) const WEEKDAYS: Values =
    Values { min: 1, max: 7, names: &["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"] };
pub(super) const YEARS: Values = Values { min: 1970, max: 2199, names: &[] };

impl Values {
    /// The value of a name, whatever the case of its letters.
    pub(super) fn named(&self, text: &str) -> Option<u32> {
        let index = self.names.iter().position(|name| name.eq_ignore_ascii_case(text))?;
        Some(self.min + u32::try_from(index).ok()?)
    }

    pub(super) fn contains(&self, value: u32) -> bool {
        (self.min..=self.max).contains(&value)
    }
}

/// Digits only: `parse` alone would take a sign.
pub(super) fn number(text: &str) -> Option<u32> {
    if text.bytes().all(|b| b.is_ascii_digit()) { text.parse().ok() } else { None }
}
