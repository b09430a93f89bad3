//! Values of build secrets, in memory only.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use crate::text::sanitize;

/// The shortest text that is masked: shorter ones would blank out ordinary output.
const SHORTEST_MASKED: usize = 4;
/// What stands in a secret's place.
const MASK: &str = "***";

/// The secrets of one build, by id. Never shown.
#[derive(Clone, Default)]
pub struct SecretValues(BTreeMap<String, Vec<u8>>);

impl fmt::Debug for SecretValues {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

impl FromIterator<(String, Vec<u8>)> for SecretValues {
    fn from_iter<I: IntoIterator<Item = (String, Vec<u8>)>>(values: I) -> Self {
        Self(values.into_iter().collect())
    }
}

impl SecretValues {
    /// A secret's value.
    pub fn get(&self, id: &str) -> Option<&[u8]> {
        self.0.get(id).map(Vec::as_slice)
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What hides the values in text: whole ones and, of those with several lines, each line.
    pub fn mask(&self) -> Mask {
        Mask::default().with(self.0.values().map(|value| String::from_utf8_lossy(value).into_owned()))
    }
}

/// Hides secrets in text.
#[derive(Clone, Default)]
pub struct Mask(Vec<String>);

impl fmt::Debug for Mask {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Mask").field(&self.0.len()).finish()
    }
}

impl Mask {
    /// Hides these as well: whole ones and, of those with several lines, each line.
    #[must_use]
    pub fn with(mut self, values: impl IntoIterator<Item = String>) -> Self {
        for text in values {
            // What is shown has no control sequences, so those of a secret do not count either.
            for text in [text.as_str(), &sanitize(&text)] {
                let lines = text.lines().map(str::trim).chain([text.trim()]);
                self.0.extend(lines.filter(|line| line.len() >= SHORTEST_MASKED).map(str::to_owned));
            }
        }
        // The longest first: it may contain a shorter one.
        self.0.sort_by(|one, other| other.len().cmp(&one.len()).then_with(|| one.cmp(other)));
        self.0.dedup();
        self
    }

    /// The text with every secret replaced by `***`. Control sequences do not hide one: where its characters
    /// stand side by side once they are gone, they are taken out. Text without a secret stays as it is.
    pub fn apply(&self, text: String) -> String {
        if self.0.is_empty() {
            return text;
        }
        let shown = sanitize(&text);
        if self.finds(&shown) {
            return self.replace(shown.into_owned());
        }
        if matches!(shown, Cow::Borrowed(_)) {
            return text;
        }
        // A view may show only what follows a carriage return.
        if text.split('\r').any(|part| self.finds(&sanitize(part))) {
            let parts: Vec<_> =
                text.split('\r').map(|part| self.replace(sanitize(part).into_owned())).collect();
            return parts.join("\r");
        }
        self.replace(text)
    }

    fn finds(&self, text: &str) -> bool {
        self.0.iter().any(|needle| text.contains(needle.as_str()))
    }

    fn replace(&self, mut text: String) -> String {
        for needle in &self.0 {
            if text.contains(needle.as_str()) {
                text = text.replace(needle.as_str(), MASK);
            }
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_hidden_wherever_they_stand() {
        let values: SecretValues = [
            ("key".to_owned(), b"-----BEGIN\nabcd\nxy\n-----END\n".to_vec()),
            ("token".to_owned(), b"hunter2\n".to_vec()),
            ("longer".to_owned(), b"hunter2hunter2".to_vec()),
            ("short".to_owned(), b"no".to_vec()),
        ]
        .into_iter()
        .collect();
        let mask = values.mask();
        for (text, expected) in [
            ("token=hunter2;", "token=***;"),
            ("hunter2hunter2", "***"),
            ("line abcd of the key", "line *** of the key"),
            ("-----BEGIN and xy", "*** and xy"),
            ("no harm", "no harm"),
        ] {
            assert_eq!(mask.apply(text.to_owned()), expected);
        }
        assert!(!format!("{values:?} {mask:?}").contains("hunter2"));
    }

    #[test]
    fn control_sequences_do_not_hide_a_value() {
        let odd = b"odd\x1b[1mpass\r\nnext line\r\n".to_vec();
        let values: SecretValues =
            [("token".to_owned(), b"hunter2".to_vec()), ("odd".to_owned(), odd)].into_iter().collect();
        let mask = values.mask();
        for (text, expected) in [
            ("a \u{1b}[31mhun\u{1b}[0mter2 b", "a *** b"),
            ("h\u{8}u\u{0}n\u{200f}ter2", "***"),
            ("hun\rter2", "***"),
            ("hun\u{1b}]0;title\u{7}ter2", "***"),
            ("hun\u{1b}]8;;x\u{1b}\\ter\u{1b}(B2", "***"),
            ("\u{1b}]0;never ends\rhun\u{1b}[0mter2", "\r***"),
            ("\u{1b}]0;hunter2\u{7}", "\u{1b}]0;***\u{7}"),
            ("oddpass", "***"),
            ("odd\u{1b}[1mpass", "***"),
            ("the next line", "the ***"),
            ("\u{1b}[31m10 %\r20 %", "\u{1b}[31m10 %\r20 %"),
        ] {
            assert_eq!(mask.apply(text.to_owned()), expected, "{text:?}");
        }
    }
}
