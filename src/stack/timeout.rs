//! How long to wait for AWS.

use std::time::Duration;

use crate::manifest::duration;

/// The longest wait for an operation unless the user says otherwise.
pub const DEFAULT: Duration = Duration::from_secs(90 * 60);

/// Parses a limit in Go's notation: `45m`, `1h30m`.
///
/// # Errors
/// When it is no duration or not positive, as text for the command line.
pub fn parse(text: &str) -> Result<Duration, String> {
    let nanoseconds = duration::parse(text).ok_or("expected a duration such as 45m or 1h30m")?;
    match u64::try_from(nanoseconds) {
        Ok(nanoseconds) if nanoseconds > 0 => Ok(Duration::from_nanos(nanoseconds)),
        _ => Err("must be longer than zero".to_owned()),
    }
}

/// A limit as people write it: `45m`, `1h30m`, `500ms`.
pub fn words(limit: Duration) -> String {
    let seconds = limit.as_secs();
    if seconds == 0 || limit.subsec_millis() > 0 {
        return format!("{}ms", limit.as_millis());
    }
    let parts = [(seconds / 3600, "h"), (seconds / 60 % 60, "m"), (seconds % 60, "s")];
    parts.iter().filter(|(n, _)| *n > 0).map(|(n, unit)| format!("{n}{unit}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits() {
        for (text, expected) in [
            ("45m", Some("45m")),
            ("1h30m", Some("1h30m")),
            ("90m", Some("1h30m")),
            ("3601s", Some("1h1s")),
            ("1500ms", Some("1500ms")),
            ("0", None),
            ("-5m", None),
            ("", None),
            ("45", None),
            ("5 minutes", None),
        ] {
            assert_eq!(parse(text).ok().map(words).as_deref(), expected, "{text}");
        }
        assert_eq!(words(DEFAULT), "1h30m");
    }
}
