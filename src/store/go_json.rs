//! JSON as Go's `encoding/json` writes it: compact, with `<`, `>`, `&` and the line separators of JavaScript escaped. The old
//! tool's records and its `--json` are read by programs that may compare them as text.

use std::io;

use serde::Serialize;
use serde_json::Serializer;
use serde_json::ser::Formatter;

/// A value as one line of JSON. The values of this program have text keys and are written to memory, which cannot fail.
pub fn encode(value: &impl Serialize) -> String {
    let mut bytes = Vec::new();
    match value.serialize(&mut Serializer::with_formatter(&mut bytes, GoFormatter)) {
        Ok(()) => String::from_utf8(bytes).unwrap_or_default(),
        Err(_) => String::new(),
    }
}

struct GoFormatter;

impl Formatter for GoFormatter {
    fn write_string_fragment<W: ?Sized + io::Write>(
        &mut self,
        writer: &mut W,
        fragment: &str,
    ) -> io::Result<()> {
        let mut written = 0;
        for (at, c) in fragment.char_indices() {
            if matches!(c, '<' | '>' | '&' | '\u{2028}' | '\u{2029}') {
                writer.write_all(fragment.get(written..at).unwrap_or_default().as_bytes())?;
                write!(writer, "\\u{:04x}", u32::from(c))?;
                written = at + c.len_utf8();
            }
        }
        writer.write_all(fragment.get(written..).unwrap_or_default().as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn text_is_escaped_as_go_does() {
        for (text, written) in [
            ("plain é", "\"plain é\""),
            ("a<b>&c", "\"a\\u003cb\\u003e\\u0026c\""),
            ("\u{2028}x\u{2029}", "\"\\u2028x\\u2029\""),
            ("\"\\\n\t\u{1}", "\"\\\"\\\\\\n\\t\\u0001\""),
        ] {
            assert_eq!(encode(&text), written, "{text:?}");
        }
        assert_eq!(encode(&BTreeMap::from([("<", "&")])), "{\"\\u003c\":\"\\u0026\"}");
    }
}
