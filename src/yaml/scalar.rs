//! Typed readings of scalars, as the old tool's YAML library makes them: a
//! mix of YAML 1.1 and 1.2 that depends on what the reader asks for.

use std::borrow::Cow;

use base64::Engine;

use super::node::{Kind, Node, Style};

/// The node's text: any scalar as written, `!!binary` decoded. `None` for lists, maps and binary values
/// that are no base64 or no UTF-8.
pub fn string(node: &Node) -> Option<Cow<'_, str>> {
    let text = node.as_text()?;
    if node.tag.as_deref() != Some("!!binary") {
        return Some(Cow::Borrowed(text));
    }
    let packed: String = text.chars().filter(|c| !c.is_ascii_whitespace()).collect();
    let bytes = base64::engine::general_purpose::STANDARD.decode(packed).ok()?;
    String::from_utf8(bytes).ok().map(Cow::Owned)
}

/// The node's integer: decimal, `0x`, `0o`, `0b`, octal by a leading zero, `_` between digits, and
/// floats, which lose their fraction. `None` for quoted text, other types and what does not fit 64 bits.
pub fn integer(node: &Node) -> Option<i64> {
    let text = typed_text(node, "!!int", "!!float")?;
    let digits = text.replace('_', "");
    whole(&digits).or_else(|| truncated(&digits))
}

/// The node's boolean: `true` and `false` without quotes, `yes`, `on`, `y` and their opposites with or
/// without.
pub fn boolean(node: &Node) -> Option<bool> {
    let Kind::Scalar(scalar) = &node.kind else { return None };
    match scalar.text.as_str() {
        "true" | "True" | "TRUE" => typed_text(node, "!!bool", "!!bool").map(|_| true),
        "false" | "False" | "FALSE" => typed_text(node, "!!bool", "!!bool").map(|_| false),
        "y" | "Y" | "yes" | "Yes" | "YES" | "on" | "On" | "ON" => Some(true),
        "n" | "N" | "no" | "No" | "NO" | "off" | "Off" | "OFF" => Some(false),
        _ => None,
    }
}

/// Whether a scalar with this text must be quoted to be read as this very string in block context: some
/// YAML 1.1 or 1.2 reader would take the unquoted text for another type, or for YAML syntax.
pub fn needs_quotes(text: &str) -> bool {
    reads_as_other_type(text) || is_not_plain(text)
}

/// The text of a scalar that may have another type than string: unquoted without a tag, or with one of
/// these tags.
fn typed_text<'a>(node: &'a Node, tag: &str, other: &str) -> Option<&'a str> {
    let Kind::Scalar(scalar) = &node.kind else { return None };
    let typed = match node.tag.as_deref() {
        None => scalar.style == Style::Plain,
        Some(given) => given == tag || given == other,
    };
    typed.then_some(scalar.text.as_str())
}

fn whole(text: &str) -> Option<i64> {
    let (negative, digits) = split_sign(text);
    let (radix, digits) = match digits.get(..2) {
        Some("0x" | "0X") => (16, digits.get(2..)?),
        Some("0o" | "0O") => (8, digits.get(2..)?),
        Some("0b" | "0B") => (2, digits.get(2..)?),
        Some(two) if two.starts_with('0') => (8, digits.get(1..)?),
        _ => (10, digits),
    };
    if digits.is_empty() || !digits.chars().all(|c| c.is_digit(radix)) {
        return None;
    }
    let value = i128::from_str_radix(digits, radix).ok()?;
    i64::try_from(if negative { -value } else { value }).ok()
}

/// `1e3`, `256.9`: the integer part of a decimal float within the range of 64 bits.
fn truncated(text: &str) -> Option<i64> {
    let (_, digits) = split_sign(text);
    if !is_float(digits) {
        return None;
    }
    let value: f64 = text.parse().ok()?;
    // 2^63 is exact as a float; everything below it fits.
    let limit = 9_223_372_036_854_775_808_f64;
    #[expect(
        clippy::cast_possible_truncation,
        reason = "dropping the fraction is the rule, the range is checked"
    )]
    (value < limit && value >= -limit).then_some(value as i64)
}

fn split_sign(text: &str) -> (bool, &str) {
    match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    }
}

/// A decimal number with optional fraction and exponent, without its sign.
fn is_float(text: &str) -> bool {
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (text, None),
    };
    let (before, after) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    (!before.is_empty() || !after.is_empty())
        && all_digits(before)
        && all_digits(after)
        && exponent.is_none_or(|e| {
            let (_, e) = split_sign(e);
            !e.is_empty() && all_digits(e)
        })
}

fn all_digits(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_digit())
}

fn reads_as_other_type(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    if matches!(
        lower.as_str(),
        "" | "~" | "null" | "true" | "false" | "y" | "n" | "yes" | "no" | "on" | "off" | "<<" | "="
    ) {
        return true;
    }
    let digits = lower.replace('_', "");
    let (_, unsigned) = split_sign(&digits);
    // Some readers find numbers where digits are lacking: `.` and `e5`.
    let lone_exponent = unsigned.strip_prefix('e').map(|exponent| split_sign(exponent).1);
    if matches!(unsigned, ".inf" | ".nan" | ".")
        || lone_exponent.is_some_and(|e| !e.is_empty() && all_digits(e))
    {
        return true;
    }
    if !unsigned.starts_with(|c: char| c.is_ascii_digit() || c == '.') {
        return false;
    }
    is_float(unsigned) || is_radix(unsigned) || is_sexagesimal(unsigned) || starts_like_date(&lower)
}

fn is_radix(text: &str) -> bool {
    let radix = match text.get(..2) {
        Some("0x") => 16,
        Some("0o") => 8,
        Some("0b") => 2,
        _ => return false,
    };
    // Some readers take `0x_` for a number, so digits may lack here as well.
    text.get(2..).is_some_and(|digits| digits.chars().all(|c| c.is_digit(radix)))
}

/// `1:30` and `1:30:15.5` are numbers to base 60 in YAML 1.1.
fn is_sexagesimal(text: &str) -> bool {
    text.contains(':') && text.bytes().all(|b| b.is_ascii_digit() || b == b':' || b == b'.')
}

/// `2024-01-02`, with whatever time may follow.
fn starts_like_date(text: &str) -> bool {
    let mut parts = text.splitn(3, '-');
    let (Some(year), Some(month), Some(rest)) = (parts.next(), parts.next(), parts.next()) else {
        return false;
    };
    year.len() == 4
        && all_digits(year)
        && matches!(month.len(), 1 | 2)
        && all_digits(month)
        && rest.starts_with(|c: char| c.is_ascii_digit())
}

/// Whether YAML syntax forbids writing the text without quotes in block context.
pub(super) fn is_not_plain(text: &str) -> bool {
    let mut chars = text.chars();
    let Some(first) = chars.next() else { return true };
    let starts_badly = match first {
        '-' | '?' | ':' => chars.next().is_none_or(char::is_whitespace),
        ',' | '[' | ']' | '{' | '}' | '#' | '&' | '*' | '!' | '|' | '>' | '\'' | '"' | '%' | '@' | '`' => {
            true
        }
        _ => false,
    };
    starts_badly
        || text.starts_with("---")
        || text.starts_with("...")
        || text.trim() != text
        || text.ends_with(':')
        || text.contains(": ")
        || text.contains(" #")
        || text.chars().any(|c| c.is_control() || matches!(c, '\u{feff}' | '\u{2028}' | '\u{2029}'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml::Scalar;

    fn scalar(text: &str, style: Style) -> Node {
        Node::new(Kind::Scalar(Scalar { text: text.to_owned(), style }))
    }

    #[test]
    fn integers() {
        for (text, want) in [
            ("256", Some(256)),
            ("0400", Some(256)),
            ("0o400", Some(256)),
            ("0x100", Some(256)),
            ("0b100000000", Some(256)),
            ("1_024", Some(1024)),
            ("+256", Some(256)),
            ("-5", Some(-5)),
            ("1e3", Some(1000)),
            ("256.9", Some(256)),
            ("-1.9", Some(-1)),
            ("08", Some(8)),
            ("9223372036854775807", Some(i64::MAX)),
            ("-9223372036854775808", Some(i64::MIN)),
            ("99999999999999999999", None),
            ("512MB", None),
            ("true", None),
            (".inf", None),
            ("", None),
            ("-", None),
            ("0x", None),
            (".", None),
            ("1e", None),
            ("2024-01-01", None),
        ] {
            assert_eq!(integer(&scalar(text, Style::Plain)), want, "{text}");
        }
        assert_eq!(integer(&scalar("256", Style::SingleQuoted)), None);
        assert_eq!(integer(&scalar("512", Style::SingleQuoted).tagged("!!int")), Some(512));
        assert_eq!(integer(&scalar("512", Style::Plain).tagged("!!str")), None);
        assert_eq!(integer(&Node::sequence([])), None);
    }

    #[test]
    fn strings() {
        for (text, tag, want) in [
            ("1.50", None, Some("1.50")),
            ("0x10", Some("!!str"), Some("0x10")),
            ("Foo", Some("!Ref"), Some("Foo")),
            ("aGVs\n bG8=", Some("!!binary"), Some("hello")),
            ("%", Some("!!binary"), None),
        ] {
            let mut node = scalar(text, Style::Plain);
            node.tag = tag.map(str::to_owned);
            assert_eq!(string(&node).as_deref(), want, "{text}");
        }
        assert_eq!(string(&Node::sequence([])), None);
    }

    #[test]
    fn booleans() {
        for (text, style, want) in [
            ("true", Style::Plain, Some(true)),
            ("FALSE", Style::Plain, Some(false)),
            ("true", Style::DoubleQuoted, None),
            ("yes", Style::Plain, Some(true)),
            ("off", Style::SingleQuoted, Some(false)),
            ("1", Style::Plain, None),
            ("tRue", Style::Plain, None),
        ] {
            assert_eq!(boolean(&scalar(text, style)), want, "{text}");
        }
    }

    #[test]
    fn text_that_must_be_quoted() {
        for text in [
            "",
            "~",
            "null",
            "True",
            "yes",
            "ON",
            "n",
            "12",
            "0x1F",
            "0o7",
            "1_000",
            "1.5",
            ".5",
            "1e3",
            "-.inf",
            ".NaN",
            "012",
            "1:30",
            ".",
            "+._",
            "0x_",
            "-0b",
            "E5",
            "2024-01-02",
            "2024-1-2T03:04:05Z",
            "<<",
            "=",
            "- a",
            "-",
            "*x",
            "a: b",
            "a #b",
            "a:",
            " a",
            "a ",
            "a\nb",
            "@x",
            "%x",
            "[",
            "{a",
            "!x",
            "'",
            "\"",
            "---",
            "`",
            "| x",
            "\u{7}",
        ] {
            assert!(needs_quotes(text), "{text:?}");
        }
        for text in [
            "hello",
            "a:b",
            "arn:aws:sns:us-east-1:1:x",
            "-x",
            "a#b",
            "2010-09-09x",
            "v1.2",
            "1.2.3",
            "10s",
            "cron(0 * * * ? *)",
            "a, b",
            "x[1]",
            "日本",
            "Yess",
            "./Dockerfile",
        ] {
            // A version-like date is quoted to be safe.
            assert_eq!(needs_quotes(text), text == "2010-09-09x", "{text:?}");
        }
    }
}
