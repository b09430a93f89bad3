//! Texts that reach the template as YAML. The old tool wrote some values of the manifest into its template without quotes,
//! and people rely on two things that follow from it: a second pair of quotes around a whole value goes away, and a
//! CloudFormation function written as a text is one. Both mean here what they meant there. Every other text stays the text
//! it is, also where YAML would have made a number, a boolean, a list or half of it out of it (`yes`, `012`, `[x]`, `a # b`).

use std::borrow::Cow;

use crate::yaml::{self, Kind, Node, Style};

/// Functions that make a value, by the names of their short forms.
const FUNCTIONS: [&str; 15] = [
    "Base64",
    "Cidr",
    "FindInMap",
    "GetAZs",
    "GetAtt",
    "If",
    "ImportValue",
    "Join",
    "Length",
    "Ref",
    "Select",
    "Split",
    "Sub",
    "ToJsonString",
    "Transform",
];

/// What a text means.
#[derive(Clone, Debug, PartialEq)]
pub enum Meaning {
    /// Itself.
    Text,
    /// What stands within its quotes.
    Quoted(String),
    /// A function.
    Function(Node),
    /// Itself, although it begins like a function; with what keeps it from being one.
    NoFunction(&'static str),
}

/// What a text means where it is written into YAML without quotes.
pub fn meaning(text: &str) -> Meaning {
    let text = text.trim();
    if !text.starts_with(['\'', '"', '{', '!']) && !is_long_call(text) {
        return Meaning::Text;
    }
    if text.starts_with('!') && short_name(text).is_none() {
        return Meaning::Text;
    }
    // As an item of a list, where the old tool wrote most of these values: no line of it can begin another document.
    let node = match yaml::load(&format!("- {}", text.replace('\n', "\n  "))) {
        Ok(Some(Node { kind: Kind::Sequence(items), .. })) if items.len() == 1 => items.into_iter().next(),
        Ok(_) => None,
        Err(_) => return no_function(text, "is no valid YAML"),
    };
    match node {
        Some(node) if is_quoted(&node) => Meaning::Quoted(node.as_text().unwrap_or_default().to_owned()),
        Some(mut node) if is_function(&node) => {
            // Places within the text say nothing about places in the manifest.
            node.forget_places();
            Meaning::Function(node)
        }
        Some(node) if node.tag.is_some() && node.as_text() == Some("") => {
            no_function(text, "has no argument")
        }
        _ => no_function(text, "is not written as `!Name argument` or `Fn::Name: argument`"),
    }
}

/// The value in a template.
pub fn value(text: &str) -> Node {
    match meaning(text) {
        Meaning::Function(function) => function,
        Meaning::Quoted(text) => Node::string(text),
        Meaning::Text | Meaning::NoFunction(_) => Node::string(text),
    }
}

/// The text that a name stands for: without its second pair of quotes.
pub fn name(text: &str) -> Cow<'_, str> {
    match meaning(text) {
        Meaning::Quoted(text) => Cow::Owned(text),
        _ => Cow::Borrowed(text),
    }
}

/// Braces and quotes begin many texts, so only what surely is meant to be a function is worth a word.
fn no_function(text: &str, reason: &'static str) -> Meaning {
    match text.starts_with('!') || is_long_call(text) {
        true => Meaning::NoFunction(reason),
        false => Meaning::Text,
    }
}

/// Whether a text begins with the long form of a function.
fn is_long_call(text: &str) -> bool {
    text.starts_with("Fn::") || text.starts_with("Ref: ")
}

/// The function whose short form begins a text.
fn short_name(text: &str) -> Option<&str> {
    let rest = text.strip_prefix('!')?;
    let end = rest.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(rest.len());
    let (name, rest) = (rest.get(..end)?, rest.get(end..)?);
    (FUNCTIONS.contains(&name) && (rest.is_empty() || rest.starts_with(char::is_whitespace))).then_some(name)
}

fn is_quoted(node: &Node) -> bool {
    match &node.kind {
        Kind::Scalar(scalar) => {
            node.tag.is_none() && matches!(scalar.style, Style::SingleQuoted | Style::DoubleQuoted)
        }
        Kind::Sequence(_) | Kind::Mapping(_) => false,
    }
}

/// Whether a value is a call: a tag before its argument, or a map with the function as its only key.
fn is_function(node: &Node) -> bool {
    if let Some(tag) = &node.tag {
        let is_missing =
            matches!(&node.kind, Kind::Scalar(s) if s.text.is_empty() && s.style == Style::Plain);
        return short_name(tag).is_some() && !is_missing;
    }
    match &node.kind {
        Kind::Mapping(entries) => match entries.as_slice() {
            [(key, argument)] => {
                let is_name = key.as_text().is_some_and(|key| key == "Ref" || key.starts_with("Fn::"));
                key.tag.is_none() && is_name && !argument.is_null()
            }
            _ => false,
        },
        Kind::Scalar(_) | Kind::Sequence(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_pair_of_quotes_goes_away() {
        for (text, meant) in [
            ("'arn:aws:x'", "arn:aws:x"),
            ("\"arn:aws:x\"", "arn:aws:x"),
            ("'it''s'", "it's"),
            (r#""a\tb \u00e9 \"c\"""#, "a\tb é \"c\""),
            ("''", ""),
            ("'yes'", "yes"),
            ("'!Ref X'", "!Ref X"),
            (" 'x' ", "x"),
            ("'x'\n", "x"),
            ("'x' # the live one", "x"),
            ("'\"x\"'", "\"x\""),
        ] {
            assert_eq!(meaning(text), Meaning::Quoted(meant.to_owned()), "{text}");
            assert_eq!(name(text), meant, "{text}");
            assert_eq!(value(text), Node::string(meant), "{text}");
        }
    }

    #[test]
    fn functions_are_functions() {
        let mut shown = String::new();
        for text in [
            "!Ref X",
            "!GetAtt A.B",
            "!ImportValue a-b",
            "!Sub '${AWS::Region}: x'",
            "!Sub ['${V}', {V: !Ref X}]",
            "!Sub |\n  ${A}\n  b\n",
            "!Join ['-', [a, !Ref X]]",
            "!Join\n- ''\n- [012, yes]",
            "!Select [0, !Split [',', !ImportValue x]]",
            "!If [Has, !Ref AWS::NoValue, a]",
            "!FindInMap [M, !Ref X, k]",
            "Fn::ImportValue: 'shared'",
            "Fn::ImportValue: !Sub '${X}-y'",
            "Fn::Made: x",
            "Ref: X",
            "{Ref: X}",
            "{\"Fn::GetAtt\": [\"A\", \"B\"]}",
            "'Fn::Sub': x # note",
            "  !Ref X\n",
        ] {
            let Meaning::Function(function) = meaning(text) else { panic!("{text}: {:?}", meaning(text)) };
            shown.push_str(&yaml::emit(&Node::sequence([function])));
        }
        insta::assert_snapshot!(shown);
    }

    #[test]
    fn every_other_text_is_that_text() {
        for text in [
            "",
            "x",
            "yes",
            "12",
            "0x1f",
            "~",
            "null",
            "a # b",
            "*x",
            "&x",
            "a: b",
            "{a",
            "[x",
            "{a: b}",
            "[a, b]",
            "{\"a\": 1}",
            "{Ref: X, b: c}",
            "{Ref: }",
            "'a' b",
            "'a",
            "\"a",
            "'a': b",
            "'a'\n- b",
            "!",
            "!!str 12",
            "!Foo x",
            "!important",
            "!ref X",
            "!Refs X",
            "!Equals [a, b]",
            "Ref",
            "Reference: x",
            "Condition: x",
            "Fn",
            "- a",
            "? a",
            "|",
            "a\nb",
            "%YAML 1.1",
            "---",
            "'x'\n---\n'y'",
            "'a\n...\n",
            "\u{feff}'x'",
            "\t'x",
            "echo 'x'",
            "$'x'",
            "é",
        ] {
            assert_eq!(meaning(text), Meaning::Text, "{text:?}");
            assert_eq!(value(text), Node::string(text), "{text:?}");
            assert_eq!(name(text), text);
        }
    }

    #[test]
    fn what_begins_like_a_function_is_told_to_be_none() {
        let mut shown = String::new();
        for text in [
            "!Ref",
            "!ImportValue !Sub 'x'",
            "!Sub 'x",
            "!Ref X: y",
            "Fn::ImportValue:x",
            "Fn::Sub:",
            "Fn::Sub: [",
            "Ref: ~",
        ] {
            let Meaning::NoFunction(reason) = meaning(text) else { panic!("{text}: {:?}", meaning(text)) };
            assert_eq!(value(text), Node::string(text));
            shown.push_str(&format!("{text}: {reason}\n"));
        }
        insta::assert_snapshot!(shown);
    }
}
