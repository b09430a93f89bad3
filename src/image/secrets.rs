//! Values of build secrets, in memory only.

use std::collections::BTreeMap;
use std::fmt;

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
        let mut needles: Vec<String> = Vec::new();
        for value in self.0.values() {
            let text = String::from_utf8_lossy(value);
            let lines = text.lines().map(str::trim).chain([text.trim()]);
            needles.extend(lines.filter(|line| line.len() >= SHORTEST_MASKED).map(str::to_owned));
        }
        // The longest first: it may contain a shorter one.
        needles.sort_by_key(|needle| std::cmp::Reverse(needle.len()));
        needles.dedup();
        Mask(needles)
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
    /// The text with every secret replaced by `***`.
    pub fn apply(&self, text: String) -> String {
        let mut text = text;
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
}
