//! Splits `entrypoint` and `command` texts into words, the way the old tool does:
//! quotes, backslashes and comments as in a shell; no expansion, globbing or operators.

/// Why a text cannot be split.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SplitError {
    /// A quote of this kind is not closed.
    OpenQuote(char),
    /// The text ends after a backslash.
    TrailingBackslash,
}

/// The words of a text. Blanks separate words; `\c` is `c`; `'…'` is literal; within `"…"` a backslash
/// before any character drops out; `#` at the start of a word begins a comment up to the end of the line.
///
/// # Errors
///
/// An open quote or a backslash at the very end.
pub fn split(text: &str) -> Result<Vec<String>, SplitError> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match c {
            ' ' | '\t' | '\r' | '\n' => words.extend(word.take()),
            '#' if word.is_none() => {
                let _ = chars.by_ref().find(|c| *c == '\n');
            }
            '\'' | '"' => quoted(&mut chars, c, word.get_or_insert_default())?,
            '\\' => {
                let next = chars.next().ok_or(SplitError::TrailingBackslash)?;
                word.get_or_insert_default().push(next);
            }
            other => word.get_or_insert_default().push(other),
        }
    }
    words.extend(word);
    Ok(words)
}

/// Reads up to the closing quote.
fn quoted(chars: &mut std::str::Chars<'_>, quote: char, word: &mut String) -> Result<(), SplitError> {
    loop {
        match chars.next().ok_or(SplitError::OpenQuote(quote))? {
            c if c == quote => return Ok(()),
            '\\' if quote == '"' => word.push(chars.next().ok_or(SplitError::OpenQuote(quote))?),
            c => word.push(c),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Further cases are in `tests/vectors/command_lines.rs`.
    #[test]
    fn words() {
        assert_eq!(split("a\tb\r\nc\r\n").unwrap(), ["a", "b", "c"]);
        assert_eq!(split("日本 'ü'").unwrap(), ["日本", "ü"]);
    }

    #[test]
    fn unfinished() {
        assert_eq!(split("it's"), Err(SplitError::OpenQuote('\'')));
        assert_eq!(split("say \"x"), Err(SplitError::OpenQuote('"')));
        assert_eq!(split("say \"x\\"), Err(SplitError::OpenQuote('"')));
        assert_eq!(split("trailing \\"), Err(SplitError::TrailingBackslash));
    }
}
