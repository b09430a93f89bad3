//! From the bytes of a file that people write to its text.

use crate::error::{Error, Remark, Severity};

/// Why bytes are no text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotText {
    /// Line of the first byte that is wrong, from 1.
    pub line: usize,
    /// Its character in the line, from 1.
    pub column: usize,
    /// What is wrong, as a sentence fragment.
    pub what: String,
    /// What to do about it, as a whole sentence.
    pub advice: &'static str,
}

const TO_UTF8: &str =
    "Save the file as UTF-8. From Latin-1 it is converted with `iconv -f ISO-8859-1 -t UTF-8 OLD > NEW`.";
const FROM_UTF16: &str = "Save the file as UTF-8, or as UTF-16 with a byte order mark.";
const DAMAGED: &str = "The file is damaged: restore it, or save it as UTF-8.";

impl NotText {
    /// The error about a file, as people write its path.
    pub fn error(&self, file: &str) -> Error {
        let Self { line, column, what, advice } = self;
        let message = format!("{file}:{line}:{column}: {what}");
        let remark = Remark {
            severity: Severity::Error,
            file: file.to_owned(),
            line: *line,
            column: *column,
            message: message.clone(),
        };
        Error::new(message).hint(*advice).remarks([remark])
    }
}

/// The text of a file: UTF-8, or UTF-16 with a byte order mark.
///
/// # Errors
/// Other encodings, with the place of the first byte that shows it.
pub fn decode(bytes: Vec<u8>) -> Result<String, NotText> {
    let unreadable = |what: &str, advice| NotText { line: 1, column: 1, what: what.to_owned(), advice };
    match bytes.as_slice() {
        // UTF-16 begins alike, but no text begins with NUL.
        [0xff, 0xfe, 0, 0, ..] | [0, 0, 0xfe, 0xff, ..] => {
            return Err(unreadable("the file is UTF-32", TO_UTF8));
        }
        [0xff, 0xfe, rest @ ..] => return utf16(rest, u16::from_le_bytes),
        [0xfe, 0xff, rest @ ..] => return utf16(rest, u16::from_be_bytes),
        [0, _, ..] | [_, 0, ..] => {
            return Err(unreadable("the file looks like UTF-16 without a byte order mark", FROM_UTF16));
        }
        _ => {}
    }
    String::from_utf8(bytes).map_err(|error| {
        let valid = error.utf8_error().valid_up_to();
        let (text, rest) = error.as_bytes().split_at_checked(valid).unwrap_or_default();
        let text = std::str::from_utf8(text).unwrap_or_default();
        let byte = rest.first().copied().unwrap_or_default();
        at_end_of(text, format!("the byte 0x{byte:02X} is not UTF-8"), TO_UTF8)
    })
}

/// What is wrong right behind a text.
fn at_end_of(text: &str, what: String, advice: &'static str) -> NotText {
    let last_line = text.rsplit('\n').next().unwrap_or_default();
    let line = 1 + text.bytes().filter(|byte| *byte == b'\n').count();
    NotText { line, column: 1 + last_line.chars().count(), what, advice }
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Result<String, NotText> {
    let (pairs, rest) = bytes.as_chunks::<2>();
    let mut text = String::with_capacity(bytes.len() / 2);
    for character in char::decode_utf16(pairs.iter().map(|pair| unit(*pair))) {
        match character {
            Ok(character) => text.push(character),
            Err(error) => {
                let what = format!("0x{:04X} is half a character in UTF-16", error.unpaired_surrogate());
                return Err(at_end_of(&text, what, DAMAGED));
            }
        }
    }
    if !rest.is_empty() {
        return Err(at_end_of(&text, "the UTF-16 file ends within a character".to_owned(), DAMAGED));
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(bytes: &[u8]) -> String {
        match decode(bytes.to_vec()) {
            Ok(text) => format!("{text:?}"),
            Err(NotText { line, column, what, .. }) => format!("{line}:{column}: {what}"),
        }
    }

    fn utf16(text: &str, bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
        text.encode_utf16().flat_map(bytes).collect()
    }

    #[test]
    fn encodings() {
        let little = |text: &str| utf16(text, u16::to_le_bytes);
        let big = |text: &str| utf16(text, u16::to_be_bytes);
        for (bytes, want) in [
            (b"".to_vec(), r#""""#),
            (b"x".to_vec(), r#""x""#),
            ("name: caf\u{e9}\n".as_bytes().to_vec(), r#""name: café\n""#),
            ("\u{feff}name: x\n".as_bytes().to_vec(), r#""\u{feff}name: x\n""#),
            (little("\u{feff}name: café 日本 🎉\r\n"), r#""name: café 日本 🎉\r\n""#),
            (big("\u{feff}name: café 日本 🎉\r\n"), r#""name: café 日本 🎉\r\n""#),
            (little("\u{feff}"), r#""""#),
            (b"name: caf\xe9\n".to_vec(), "1:10: the byte 0xE9 is not UTF-8"),
            (
                "a: é\nb: 日".as_bytes().iter().copied().chain(*b"\xfc\n").collect(),
                "2:5: the byte 0xFC is not UTF-8",
            ),
            (b"\xe9".to_vec(), "1:1: the byte 0xE9 is not UTF-8"),
            (b"a: \xe2\x82".to_vec(), "1:4: the byte 0xE2 is not UTF-8"),
            (b"\xff\xfea".to_vec(), "1:1: the UTF-16 file ends within a character"),
            (
                little("\u{feff}a\nbc").into_iter().chain(*b"\x00\xd8x\x00").collect(),
                "2:3: 0xD800 is half a character in UTF-16",
            ),
            (little("name"), "1:1: the file looks like UTF-16 without a byte order mark"),
            (big("name"), "1:1: the file looks like UTF-16 without a byte order mark"),
            (b"\xff\xfe\0\0n\0\0\0".to_vec(), "1:1: the file is UTF-32"),
            (b"\0\0\xfe\xff\0\0\0n".to_vec(), "1:1: the file is UTF-32"),
        ] {
            assert_eq!(told(&bytes), want, "{bytes:?}");
        }
    }

    #[test]
    fn the_error_has_the_place_and_what_to_do() {
        let error = decode(b"a: b\nname: caf\xe9\n".to_vec()).unwrap_err().error("copilot/a/manifest.yml");
        assert_eq!(error.to_string(), "copilot/a/manifest.yml:2:10: the byte 0xE9 is not UTF-8");
        assert_eq!(error.hints(), [TO_UTF8]);
        assert_eq!((error.places()[0].line, error.places()[0].column), (2, 10));
    }

    proptest::proptest! {
        #[test]
        fn any_text_comes_back(text in "\\PC*[\\n\\PC]*") {
            // Two NULs would be taken for another encoding.
            let marked = format!("\u{feff}{text}");
            for bytes in [utf16(&marked, u16::to_le_bytes), utf16(&marked, u16::to_be_bytes)] {
                proptest::prop_assert_eq!(decode(bytes), Ok(text.clone()));
            }
            proptest::prop_assert_eq!(decode(text.clone().into_bytes()), Ok(text));
        }

        #[test]
        fn any_bytes_are_read(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..40)) {
            if let Err(error) = decode(bytes) {
                proptest::prop_assert!(error.line > 0 && error.column > 0);
            }
        }
    }
}
