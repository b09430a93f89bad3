//! How a scalar's text may be written: what allows plain text, quotes and text
//! blocks, and which texts read as something else than a string.

use crate::yaml::Style;

/// What a text allows.
#[derive(Clone, Copy, Debug)]
pub(super) struct Analysis {
    /// It has line breaks.
    pub multiline: bool,
    plain_in_flow: bool,
    plain_in_block: bool,
    single_quoted: bool,
    block: bool,
}

/// Where a scalar stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Context {
    /// Inside brackets or braces.
    pub in_flow: bool,
    /// Before a colon on the same line.
    pub simple_key: bool,
}

/// Looks at a text once.
pub(super) fn analyse(text: &str) -> Analysis {
    let is_blank = |c: char| c == ' ' || c == '\t';
    let marker = text.starts_with("---") || text.starts_with("...");
    let (mut in_flow, mut in_block) = (marker, marker);
    let (mut line_breaks, mut special, mut tab) = (false, false, false);
    let (mut space_break, mut break_space) = (false, false);
    let (mut after_space, mut after_break, mut after_white) = (false, false, true);
    let mut rest = text.chars().peekable();
    let mut first = true;
    while let Some(c) = rest.next() {
        let before_blank = rest.peek().is_none_or(|c| is_blank(*c));
        match c {
            '#' | ',' | '[' | ']' | '{' | '}' | '&' | '*' | '!' | '|' | '>' | '\'' | '"' | '%' | '@'
            | '`'
                if first =>
            {
                (in_flow, in_block) = (true, true);
            }
            '?' | ':' if first => (in_flow, in_block) = (true, in_block || before_blank),
            '-' if first && before_blank => (in_flow, in_block) = (true, true),
            ',' | '?' | '[' | ']' | '{' | '}' => in_flow = true,
            ':' => (in_flow, in_block) = (true, in_block || before_blank),
            '#' if after_white => (in_flow, in_block) = (true, true),
            '\t' => tab = true,
            _ => {}
        }
        special |= c != '\t' && !is_printable(c);
        break_space |= c == ' ' && after_break;
        space_break |= is_break(c) && after_space;
        line_breaks |= is_break(c);
        after_space = c == ' ';
        after_break = is_break(c);
        after_white = is_blank(c) || is_break(c) || c == '\0';
        first = false;
    }
    let edge = |c: Option<char>| c.is_some_and(|c| c == ' ' || is_break(c));
    let edges = edge(text.chars().next()) || edge(text.chars().next_back());
    let odd = edges || break_space || space_break || tab || special || line_breaks;
    Analysis {
        multiline: line_breaks,
        plain_in_flow: !text.is_empty() && !odd && !in_flow,
        plain_in_block: text.is_empty() || !odd && !in_block,
        single_quoted: !break_space && !space_break && !tab && !special,
        block: !text.is_empty() && !text.ends_with(' ') && !space_break && !special,
    }
}

impl Analysis {
    /// The notation nearest to the wished one that shows the text rightly at this place.
    pub(super) fn style(self, text: &str, wished: Style, context: Context) -> Style {
        let mut style = wished;
        if context.simple_key && self.multiline {
            style = Style::DoubleQuoted;
        }
        if style == Style::Plain {
            let allowed = if context.in_flow { self.plain_in_flow } else { self.plain_in_block };
            let missing = text.is_empty() && (context.in_flow || context.simple_key);
            if !allowed || missing {
                style = Style::SingleQuoted;
            }
        }
        let no_block = !self.block || context.in_flow || context.simple_key;
        match style {
            Style::SingleQuoted if !self.single_quoted => Style::DoubleQuoted,
            Style::Literal | Style::Folded if no_block => Style::DoubleQuoted,
            style => style,
        }
    }
}

/// Line breaks of YAML 1.1.
pub(super) fn is_break(c: char) -> bool {
    matches!(c, '\n' | '\r' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

/// Characters that are written as they are; those beyond U+FFFF are escaped.
pub(super) fn is_printable(c: char) -> bool {
    matches!(c, '\n' | ' '..='~' | '\u{a0}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}') && c != '\u{feff}'
}

/// A double-quoted text with its quotes, on one line.
pub(super) fn double_quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        let escape = match c {
            '\0' => "\\0",
            '\u{7}' => "\\a",
            '\u{8}' => "\\b",
            '\t' => "\\t",
            '\n' => "\\n",
            '\u{b}' => "\\v",
            '\u{c}' => "\\f",
            '\r' => "\\r",
            '\u{1b}' => "\\e",
            '"' => "\\\"",
            '\\' => "\\\\",
            '\u{85}' => "\\N",
            '\u{2028}' => "\\L",
            '\u{2029}' => "\\P",
            c if is_printable(c) => {
                out.push(c);
                continue;
            }
            c => {
                let code = u32::from(c);
                out.push_str(&match code {
                    0..=0xff => format!("\\x{code:02X}"),
                    0x100..=0xffff => format!("\\u{code:04X}"),
                    _ => format!("\\U{code:08X}"),
                });
                continue;
            }
        };
        out.push_str(escape);
    }
    out.push('"');
    out
}

/// Whether an unquoted text reads as a string, not as null, a boolean, a number, a date or a merge key.
pub(super) fn reads_as_string(text: &str) -> bool {
    let word = matches!(
        text,
        "" | "~" | "null" | "Null" | "NULL" | "true" | "True" | "TRUE" | "false" | "False" | "FALSE" | "<<"
    );
    !word && !is_number(text) && !is_date(text)
}

fn is_number(text: &str) -> bool {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    if matches!(unsigned, ".inf" | ".Inf" | ".INF") || matches!(text, ".nan" | ".NaN" | ".NAN") {
        return true;
    }
    if !unsigned.starts_with(|c: char| c.is_ascii_digit() || c == '.') {
        return false;
    }
    let digits = unsigned.replace('_', "");
    let radix = |prefix: [&str; 2], radix: u32| {
        prefix.iter().any(|prefix| {
            digits
                .strip_prefix(prefix)
                .is_some_and(|d| u64::from_str_radix(d, radix).is_ok() && !d.starts_with('+'))
        })
    };
    is_decimal(&digits) || radix(["0x", "0X"], 16) || radix(["0o", "0O"], 8) || radix(["0b", "0B"], 2)
}

/// Digits with an optional fraction and exponent.
fn is_decimal(text: &str) -> bool {
    let all_digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (text, None),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    (!whole.is_empty() || !fraction.is_empty())
        && all_digits(whole)
        && all_digits(fraction)
        && exponent.is_none_or(|exponent| {
            let digits = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
            !digits.is_empty() && all_digits(digits)
        })
}

/// `2024-1-2`, with a time after it or not.
fn is_date(text: &str) -> bool {
    let (date, time) = match text.split_once(['T', 't', ' ']) {
        Some((date, time)) => (date, Some(time)),
        None => (text, None),
    };
    let mut parts = date.split('-');
    let mut number = |lengths: std::ops::RangeInclusive<usize>, values: std::ops::RangeInclusive<u32>| {
        parts.next().is_some_and(|part| {
            lengths.contains(&part.len())
                && part.bytes().all(|b| b.is_ascii_digit())
                && part.parse().is_ok_and(|n| values.contains(&n))
        })
    };
    number(4..=4, 0..=9999)
        && number(1..=2, 1..=12)
        && number(1..=2, 1..=31)
        && parts.next().is_none()
        && time.is_none_or(|time| {
            time.starts_with(|c: char| c.is_ascii_digit()) && time.matches(':').count() >= 2
        })
}
