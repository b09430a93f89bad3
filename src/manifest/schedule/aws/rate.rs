//! Rates: a whole number from 1 on, and minutes, hours or days in the number that belongs to it.

use super::Fault;

/// Minutes of each unit, by its singular.
const UNITS: [(&str, u64); 3] = [("minute", 1), ("hour", 60), ("day", 24 * 60)];

/// What people write for units that exist.
const SHORT: [(&str, &str); 10] = [
    ("m", "minute"),
    ("min", "minute"),
    ("mins", "minute"),
    ("minutely", "minute"),
    ("h", "hour"),
    ("hr", "hour"),
    ("hrs", "hour"),
    ("hourly", "hour"),
    ("d", "day"),
    ("daily", "day"),
];

/// The longest number that is surely taken.
const DIGITS: usize = 9;

pub(super) fn faults(inner: &str) -> Vec<Fault> {
    fault(inner).into_iter().collect()
}

fn fault(inner: &str) -> Option<Fault> {
    let words: Vec<&str> = inner.split_whitespace().collect();
    let [value, unit] = words.as_slice() else {
        let advice = match words.as_slice() {
            [word] => apart(word).map_or(EXAMPLE.to_owned(), |rate| write(&rate)),
            _ => EXAMPLE.to_owned(),
        };
        return Some(Fault::refused("a rate is a number and a unit").advice(advice));
    };
    let is_number = value.bytes().all(|b| b.is_ascii_digit());
    let Some(amount) = amount(value) else {
        return Some(Fault::refused(format!("`{value}` is not a number")).advice(EXAMPLE));
    };
    let lower = unit.to_lowercase();
    let singular = lower.strip_suffix('s').unwrap_or(&lower);
    let Some((name, minutes)) = UNITS.into_iter().find(|(name, _)| *name == singular) else {
        return Some(other_unit(value, unit, singular, amount));
    };
    if amount <= 0.0 {
        let advice = format!("{}, or \"none\" to run the job by hand only", write(&rate(1, name)));
        return Some(Fault::refused("the number is at least 1").advice(advice));
    }
    if !is_number {
        return Some(Fault::refused("the number is not whole").advice(in_minutes(amount, minutes)));
    }
    if value.trim_start_matches('0').len() > DIGITS {
        return Some(Fault::unknown("the number is very large"));
    }
    let number: u64 = value.parse().unwrap_or_default();
    let right = rate(number, name);
    if (number == 1) == lower.ends_with('s') {
        let wanted = if number == 1 { "singular" } else { "plural" };
        return Some(
            Fault::refused(format!("behind {number} the unit is in the {wanted}")).advice(write(&right)),
        );
    }
    if *unit != lower || inner.trim() != inner || inner.split(' ').count() != 2 {
        let fault =
            Fault::unknown("only small letters and a single blank, between number and unit, are documented");
        return Some(fault.advice(write(&right)));
    }
    (format!("rate({inner})") != right)
        .then(|| Fault::unknown("the number has leading zeros").advice(write(&right)))
}

const EXAMPLE: &str = "a rate is a number and a unit: \"rate(5 minutes)\"";

/// The number, which may be a fraction.
fn amount(value: &str) -> Option<f64> {
    let digits = value.strip_prefix(['+', '-']).unwrap_or(value);
    let is_decimal = digits.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    // Without this, `inf` and `1e3` would be numbers too.
    if is_decimal { value.parse().ok() } else { None }
}

/// `5minutes` as `rate(5 minutes)`.
fn apart(word: &str) -> Option<String> {
    let (value, unit) = word.split_at(word.find(|c: char| !c.is_ascii_digit())?);
    let singular = named(&unit.to_lowercase())?;
    Some(rate(value.parse().ok().filter(|value| *value > 0)?, singular))
}

/// The singular of a unit that EventBridge has.
fn named(lower: &str) -> Option<&'static str> {
    let singular = lower.strip_suffix('s').unwrap_or(lower);
    let known = UNITS.iter().map(|(name, _)| *name).find(|name| *name == singular);
    known.or_else(|| SHORT.iter().find(|(short, _)| *short == lower).map(|(_, name)| *name))
}

fn rate(value: u64, singular: &str) -> String {
    let plural = if value == 1 { "" } else { "s" };
    format!("rate({value} {singular}{plural})")
}

fn write(rate: &str) -> String {
    format!("write \"{rate}\"")
}

/// A fraction of a unit in minutes, if these are whole.
fn in_minutes(amount: f64, minutes: u64) -> String {
    #[allow(clippy::cast_precision_loss, reason = "a day has few minutes")]
    let exact = amount * minutes as f64;
    let whole = exact.round();
    // Nothing that anybody means is longer.
    if (exact - whole).abs() > 1e-6 || !(1.0..1e9).contains(&whole) {
        return "count whole minutes, hours or days: \"rate(90 minutes)\"".to_owned();
    }
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is in this range")]
    let whole = whole as u64;
    write(&rate(whole, "minute"))
}

fn other_unit(value: &str, unit: &str, singular: &str, amount: f64) -> Fault {
    let whole = value.parse::<u64>().ok().filter(|whole| *whole > 0);
    let advice = match (singular, whole) {
        ("second" | "sec", _) => {
            let minutes = if amount >= 60.0 { in_minutes(amount / 60.0, 1) } else { write("rate(1 minute)") };
            return Fault::refused("the shortest rate is one minute").advice(minutes);
        }
        ("week", Some(weeks)) => write(&rate(weeks.saturating_mul(7), "day")),
        ("month", Some(1)) => "write \"@monthly\"".to_owned(),
        ("month", Some(months)) if 12_u64.is_multiple_of(months) => {
            format!("write \"cron(0 0 1 1/{months} ? *)\"")
        }
        ("year", Some(1)) => "write \"@yearly\"".to_owned(),
        (_, Some(whole)) => match named(&unit.to_lowercase()) {
            Some(known) => write(&rate(whole, known)),
            None => EXAMPLE.to_owned(),
        },
        (_, None) => EXAMPLE.to_owned(),
    };
    Fault::refused(format!("`{unit}` is not a unit: rates count minutes, hours and days")).advice(advice)
}
