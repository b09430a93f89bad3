//! Making text from outside (engines, registries, AWS, repositories) safe to print on a terminal, and text of the
//! bytes of files.

mod decode;

use std::borrow::Cow;

pub use decode::{NotText, decode};

const ESC: char = '\u{1b}';
const BEL: char = '\u{7}';
const CSI: char = '\u{9b}';
const ST: char = '\u{9c}';
/// Ends what sequences for colours have set.
const RESET: &str = "\u{1b}[0m";

/// Removes what could make a terminal do something other than show text: escape sequences as a
/// whole, the other C0 and C1 control characters except tab and newline, and the marks that
/// reorder text (bidirectional overrides, embeddings and isolates). Everything else stays.
///
/// A carriage return goes too: text after it would overwrite what stands before it.
pub fn sanitize(text: &str) -> Cow<'_, str> {
    match text.chars().any(is_unsafe) {
        true => Cow::Owned(cleaned(text, false)),
        false => Cow::Borrowed(text),
    }
}

/// The same, but for sequences that set colours and the like: they stay, and each line that has any ends with a reset.
pub fn sanitize_but_colors(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_unsafe) {
        return Cow::Borrowed(text);
    }
    let line = |line: &str| {
        let mut clean = cleaned(line, true);
        if clean.contains(ESC) {
            clean.insert_str(clean.trim_end_matches('\n').len(), RESET);
        }
        clean
    };
    Cow::Owned(text.split_inclusive('\n').map(line).collect())
}

fn cleaned(text: &str, keeps_colors: bool) -> String {
    let mut clean = String::with_capacity(text.len());
    let mut rest = text.chars();
    while let Some(c) = rest.next() {
        match c {
            ESC if keeps_colors && color(rest.as_str()).is_some() => {
                let sequence = color(rest.as_str()).unwrap_or_default();
                clean.push(ESC);
                clean.push_str(sequence);
                rest = rest.as_str()[sequence.len()..].chars();
            }
            ESC => skip_escape(&mut rest),
            CSI => skip_control_sequence(&mut rest),
            '\u{90}' | '\u{98}' | '\u{9d}' | '\u{9e}' | '\u{9f}' => skip_string(&mut rest),
            c if is_unsafe(c) => {}
            c => clean.push(c),
        }
    }
    clean
}

/// The sequence that sets a colour or the like at the beginning of this text, which follows ESC: `[1;93m`.
fn color(text: &str) -> Option<&str> {
    let parameters = text.strip_prefix('[')?;
    let length = parameters.find(|c: char| !(c.is_ascii_digit() || c == ';' || c == ':'))?;
    parameters[length..].starts_with('m').then(|| &text[..length + 2])
}

/// The text with its line breaks and tabs as blanks: a name or a value from outside, within a sentence.
pub fn one_line(text: &str) -> String {
    text.replace(['\n', '\r', '\t'], " ")
}

fn is_unsafe(c: char) -> bool {
    (c.is_control() && c != '\t' && c != '\n')
        || matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Skips what follows ESC: a control sequence, a control string or a short escape.
fn skip_escape(rest: &mut std::str::Chars<'_>) {
    match peek(rest) {
        Some('[') => {
            rest.next();
            skip_control_sequence(rest);
        }
        Some(']' | 'P' | 'X' | '^' | '_') => {
            rest.next();
            skip_string(rest);
        }
        Some(' '..='/') => {
            while matches!(peek(rest), Some(' '..='/')) {
                rest.next();
            }
            if matches!(peek(rest), Some('0'..='~')) {
                rest.next();
            }
        }
        Some('0'..='~') => {
            rest.next();
        }
        _ => {}
    }
}

/// Skips parameters and the final byte; stops before anything that cannot belong to the sequence,
/// so that a cut-off sequence does not swallow the text behind it.
fn skip_control_sequence(rest: &mut std::str::Chars<'_>) {
    while matches!(peek(rest), Some(' '..='?')) {
        rest.next();
    }
    if matches!(peek(rest), Some('@'..='~')) {
        rest.next();
    }
}

/// Skips a control string (window title, hyperlink, device control) up to its terminator. A string
/// that is never terminated ends with its line.
fn skip_string(rest: &mut std::str::Chars<'_>) {
    while let Some(c) = peek(rest) {
        match c {
            '\n' => return,
            BEL | ST => {
                rest.next();
                return;
            }
            ESC => {
                rest.next();
                if peek(rest) == Some('\\') {
                    rest.next();
                }
                return;
            }
            _ => {
                rest.next();
            }
        }
    }
}

fn peek(rest: &std::str::Chars<'_>) -> Option<char> {
    rest.clone().next()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn removes_what_drives_a_terminal() {
        for (dirty, clean) in [
            ("plain", "plain"),
            ("tab\tand\nline", "tab\tand\nline"),
            ("\u{1b}[31mred\u{1b}[0m", "red"),
            ("\u{1b}[38;5;196mx\u{1b}[K", "x"),
            ("\u{1b}]0;title\u{7}after", "after"),
            ("\u{1b}]8;;https://evil.example\u{1b}\\link\u{1b}]8;;\u{1b}\\", "link"),
            ("\u{9b}2Jcleared", "cleared"),
            ("\u{9d}0;title\u{9c}after", "after"),
            ("\u{1b}Pdevice\u{1b}\\after", "after"),
            ("\u{1b}cafter reset", "after reset"),
            ("\u{1b}(Bcharset", "charset"),
            ("over\rwrite\u{8}\u{0}", "overwrite"),
            ("\u{85}\u{7f}gone", "gone"),
            ("a\u{202e}b\u{2066}c\u{200f}d", "abcd"),
            ("cut \u{1b}[31", "cut "),
            ("cut \u{1b}", "cut "),
            ("\u{1b}]open title\nnext line", "\nnext line"),
            ("\u{1b}[1\u{e9}stays", "\u{e9}stays"),
            ("日本語 é ✔", "日本語 é ✔"),
        ] {
            assert_eq!(sanitize(dirty), clean, "{dirty:?}");
        }
    }

    #[test]
    fn colors_can_stay() {
        for (dirty, clean) in [
            ("plain", "plain"),
            ("\u{1b}[1;93mWARN \u{1b}[0m disk", "\u{1b}[1;93mWARN \u{1b}[0m disk\u{1b}[0m"),
            ("\u{1b}[38:5:196mred\nnext\n", "\u{1b}[38:5:196mred\u{1b}[0m\nnext\n"),
            ("\u{1b}[2J\u{1b}[?1049h\u{1b}]52;c;eA==\u{7}\u{1b}]0;x\u{7}text", "text"),
            ("\u{9b}31mtext", "text"),
            ("\u{1b}[31", ""),
            ("\u{1b}[>4mtext", "text"),
        ] {
            assert_eq!(sanitize_but_colors(dirty), clean, "{dirty:?}");
        }
    }

    #[test]
    fn clean_text_is_not_copied() {
        assert!(matches!(sanitize("clean"), Cow::Borrowed("clean")));
    }

    proptest::proptest! {
        #[test]
        fn result_is_safe_and_stable(text in ".*") {
            let once = sanitize(&text).into_owned();
            proptest::prop_assert!(!once.chars().any(is_unsafe));
            proptest::prop_assert_eq!(sanitize(&once), once.as_str());
            let colored = sanitize_but_colors(&text).into_owned();
            proptest::prop_assert_eq!(sanitize(&colored), once.as_str());
        }
    }
}
