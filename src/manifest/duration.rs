//! Durations in Go's notation (`1h30m`, `500ms`), which manifests use.

/// Nanoseconds of a second.
pub const SECOND: i64 = 1_000_000_000;
/// Nanoseconds of a minute.
pub const MINUTE: i64 = 60 * SECOND;

/// The duration in nanoseconds: an optional sign, then numbers with units `ns us µs ms s m h`, or a bare
/// `0`. `None` for anything else and for durations beyond 64 bits.
pub fn parse(text: &str) -> Option<i64> {
    let (negative, mut rest) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    if rest == "0" {
        return Some(0);
    }
    if rest.is_empty() {
        return None;
    }
    let mut total: i128 = 0;
    while !rest.is_empty() {
        let number_end = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
        let (number, after) = rest.split_at(number_end);
        let unit_end = after.find(|c: char| c.is_ascii_digit() || c == '.').unwrap_or(after.len());
        let (unit, after) = after.split_at(unit_end);
        let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
        if (whole.is_empty() && fraction.is_empty()) || fraction.contains('.') {
            return None;
        }
        let unit = nanoseconds(unit)?;
        total = total.checked_add(digits(whole)?.checked_mul(unit)?)?.checked_add(part(fraction, unit)?)?;
        if total > i128::from(i64::MAX) + i128::from(negative) {
            return None;
        }
        rest = after;
    }
    i64::try_from(if negative { -total } else { total }).ok()
}

fn nanoseconds(unit: &str) -> Option<i128> {
    Some(match unit {
        "ns" => 1,
        // The micro sign and the Greek letter mu look alike; Go takes both.
        "us" | "\u{b5}s" | "\u{3bc}s" => 1_000,
        "ms" => 1_000_000,
        "s" => i128::from(SECOND),
        "m" => i128::from(MINUTE),
        "h" => 60 * i128::from(MINUTE),
        _ => return None,
    })
}

fn digits(text: &str) -> Option<i128> {
    if text.is_empty() { Some(0) } else { text.parse().ok() }
}

/// `unit` times the decimal fraction with these digits; digits beyond the 15th do not count.
fn part(fraction: &str, unit: i128) -> Option<i128> {
    let kept = fraction.get(..fraction.len().min(15))?;
    let scale = 10_i128.checked_pow(u32::try_from(kept.len()).ok()?)?;
    Some(digits(kept)? * unit / scale)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations() {
        for (text, want) in [
            ("1h30m", Some(90 * MINUTE)),
            ("1.5h", Some(90 * MINUTE)),
            ("500ms", Some(SECOND / 2)),
            ("60000ms", Some(MINUTE)),
            (".5s", Some(SECOND / 2)),
            ("1.s", Some(SECOND)),
            ("+5m", Some(5 * MINUTE)),
            ("-1h", Some(-60 * MINUTE)),
            ("3us", Some(3000)),
            ("3µs", Some(3000)),
            ("0", Some(0)),
            ("-0", Some(0)),
            ("0s", Some(0)),
            ("1m1ns", Some(MINUTE + 1)),
            ("100000h", Some(100_000 * 60 * MINUTE)),
            ("9223372036854775807ns", Some(i64::MAX)),
            ("-9223372036854775808ns", Some(i64::MIN)),
            ("9223372036854775808ns", None),
            ("99999999999999999999999999999999999999999999h", None),
            ("", None),
            ("-", None),
            ("90", None),
            ("1d", None),
            ("1H", None),
            ("5 hours", None),
            ("1h 30m", None),
            (" 1h", None),
            (".s", None),
            ("1.2.3s", None),
            ("s", None),
            ("1h30", None),
        ] {
            assert_eq!(parse(text), want, "{text}");
        }
    }
}
