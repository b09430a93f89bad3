//! What is known of a template's parameters before it is deployed.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::call::{Call, Substitution, literal};
use crate::yaml::scalar::needs_quotes;
use crate::yaml::{Kind, Node, Style};

/// Bytes of the longest text that is put together. A few functions in each other make any length, and no text that
/// is compared with anything is nearly as long.
const LONGEST: usize = 64 * 1024;

/// Values of parameters and pseudo parameters, by name. A parameter that is not here has its default.
#[derive(Clone, Debug, Default)]
pub struct Values {
    /// `None`: it is set, to a value that is not known.
    given: BTreeMap<String, Option<String>>,
}

impl Values {
    /// Adds a parameter with this value.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.given.insert(name.to_owned(), Some(value.into()));
        self
    }

    /// Adds a parameter whose value only the deployment decides.
    #[must_use]
    pub fn with_unknown(mut self, name: &str) -> Self {
        self.given.insert(name.to_owned(), None);
        self
    }

    /// The value that `Ref` gives for a name, when it is a text and known.
    pub fn of<'a>(&'a self, body: &'a Node, name: &str) -> Option<&'a str> {
        let declared = || body.get("Parameters")?.get(name);
        // Other types turn a value into something else: a list, or what a parameter of Systems Manager holds.
        let is_text = || declared().and_then(|about| literal(about.get("Type")?)) == Some("String");
        match self.given.get(name) {
            Some(value) if name.contains("::") => value.as_deref(),
            Some(value) => value.as_deref().filter(|_| is_text()),
            None => declared()?.get("Default").and_then(certain_text).filter(|_| is_text()),
        }
    }

    /// The text that a value becomes, when that is certain.
    pub fn text<'a>(&'a self, body: &'a Node, node: &'a Node) -> Option<Cow<'a, str>> {
        let Some(call) = Call::of(node) else { return certain_text(node).map(Cow::Borrowed) };
        match call.function {
            "Ref" => self.of(body, call.referenced()?).map(Cow::Borrowed),
            "Sub" => self.substituted(body, call.substitution()?).map(Cow::Owned),
            "Join" => self.joined(body, call.items()).map(Cow::Owned),
            _ => None,
        }
    }

    /// The text of `Fn::Join`.
    fn joined<'a>(&'a self, body: &'a Node, arguments: &'a [Node]) -> Option<String> {
        let [separator, list] = arguments else { return None };
        let Kind::Sequence(items) = &list.kind else { return None };
        if Call::of(list).is_some() {
            return None;
        }
        let separator = self.text(body, separator)?;
        let mut whole = String::new();
        for (index, item) in items.iter().enumerate() {
            extend(&mut whole, if index > 0 { &separator } else { "" })?;
            extend(&mut whole, &self.text(body, item)?)?;
        }
        Some(whole)
    }

    /// A text of `Fn::Sub` with its variables replaced, once: what stands in their values is no variable.
    fn substituted<'a>(&'a self, body: &'a Node, substitution: Substitution<'a>) -> Option<String> {
        // Each is worked out once, however often the text has it.
        let own: BTreeMap<&str, Option<Cow<'_, str>>> = substitution
            .variables()
            .iter()
            .filter_map(|(name, value)| Some((name.as_text()?, self.text(body, value))))
            .collect();
        let mut parts = substitution.text.split("${");
        let mut whole = parts.next()?.to_owned();
        for part in parts {
            let (name, rest) = part.split_once('}')?;
            if let Some(literal) = name.strip_prefix('!') {
                extend(&mut whole, &format!("${{{literal}}}"))?;
            } else {
                let name = name.trim();
                let value = own.get(name).map_or_else(|| self.of(body, name), Option::as_deref);
                extend(&mut whole, value?)?;
            }
            extend(&mut whole, rest)?;
        }
        Some(whole)
    }
}

/// Adds to a text that is put together, unless that becomes too long.
fn extend(whole: &mut String, text: &str) -> Option<()> {
    whole.push_str(text);
    (whole.len() <= LONGEST).then_some(())
}

/// A scalar's text, unless a reader of YAML may take it for something else, as `010` for eight.
pub fn certain_text(node: &Node) -> Option<&str> {
    let Kind::Scalar(scalar) = &node.kind else { return None };
    let text = scalar.text.as_str();
    let is_decimal = text == "0"
        || (!text.starts_with('0') && !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit()));
    let is_certain = scalar.style != Style::Plain || is_decimal || !needs_quotes(text);
    literal(node).filter(|_| is_certain && node.tag.as_deref().is_none_or(|tag| tag == "!!str"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml::load;

    fn body() -> Node {
        load("Parameters: {A: {Type: String}, B: {Type: String}, D: {Type: String, Default: '${A}'}, L: {Type: CommaDelimitedList}, U: {Type: String}}")
            .unwrap()
            .unwrap()
    }

    fn text(node: &str) -> Option<String> {
        let values = Values::default()
            .with("A", "${B}${B}")
            .with("B", "b")
            .with("L", "x,y")
            .with_unknown("U")
            .with("AWS::Region", "eu-west-1");
        let (body, node) = (body(), load(node).unwrap().unwrap());
        values.text(&body, &node).map(Cow::into_owned)
    }

    #[test]
    fn texts_of_functions() {
        for (node, want) in [
            ("!Ref B", Some("b")),
            ("!Ref L", None),
            ("!Ref U", None),
            ("!Ref Gone", None),
            ("!Sub '${B}-${AWS::Region}-${ B }'", Some("b-eu-west-1-b")),
            ("!Sub '${U}'", None),
            ("!Sub '${B.Arn}'", None),
            ("!Sub '${B'", None),
            ("{Fn::Sub: '${!B}-${B}'}", Some("${B}-b")),
            // Values are put in once: what they hold stands for itself.
            ("!Sub '${A}-${B}'", Some("${B}${B}-b")),
            ("!Sub '${D}'", Some("${A}")),
            // The call's own variables, which go before parameters.
            ("!Sub ['${V}-${B}', {V: x}]", Some("x-b")),
            ("!Sub ['${B}', {B: !Sub '${B}c'}]", Some("bc")),
            ("!Sub ['${B}', {B: !Ref U}]", None),
            ("!Sub ['${B}', {B: !GetAtt R.Arn}]", None),
            ("!Sub ['${A}', {B: !Ref U}]", Some("${B}${B}")),
            ("!Sub ['${B.Arn}', {B: x}]", None),
            ("!Join ['-', [a, !Ref B, !Sub '${B}c']]", Some("a-b-bc")),
            ("{Fn::Join: ['', [a, {Fn::Join: ['+', [b, c]]}]]}", Some("ab+c")),
            ("!Join ['-', []]", Some("")),
            ("!Join ['-', [a, !Ref U]]", None),
            ("!Join ['-', !Split [',', 'a,b']]", None),
            ("!Join [!Ref U, [a]]", None),
            ("!Join ['-', [a], b]", None),
            ("!Join ['-', [a, [b]]]", None),
            ("{Join: ['-', [a]]}", None),
            ("{Sub: '${B}'}", None),
        ] {
            assert_eq!(text(node).as_deref(), want, "{node}");
        }
    }

    #[test]
    fn texts_do_not_grow_without_end() {
        // A value that names the next parameter twice, for each of many parameters.
        let names: Vec<String> = (0..64).map(|index| format!("P{index}")).collect();
        let declared = names.iter().map(|name| format!("{name}: {{Type: String}}")).collect::<Vec<_>>();
        let body = load(&format!("Parameters: {{{}}}", declared.join(", "))).unwrap().unwrap();
        let pairs = names.iter().zip(names.iter().skip(1));
        let values = pairs.fold(Values::default().with("P63", ""), |values, (name, next)| {
            values.with(name, format!("${{{next}}}${{{next}}}"))
        });
        let all = names.iter().map(|name| format!("${{{name}}}")).collect::<String>();
        let all = Node::string(all).tagged("!Sub");
        assert_eq!(values.text(&body, &all).map(|text| text.len()), Some(9 * 2 * 5 + 54 * 2 * 6));
        let long = Node::string("${P0}".repeat(64 * 1024)).tagged("!Sub");
        assert_eq!(values.text(&body, &long), None);
        // Each level takes the one below it twice, as a variable of its own.
        let nested = (0..40).fold(Node::string("x"), |value, _| {
            Node::sequence([Node::string("${V}${V}"), Node::mapping([("V", value)])]).tagged("!Sub")
        });
        assert_eq!(values.text(&body, &nested), None);
        let empty = (0..40).fold(Node::string(""), |value, _| {
            Node::sequence([Node::string("${V}${V}"), Node::mapping([("V", value)])]).tagged("!Sub")
        });
        assert_eq!(values.text(&body, &empty).as_deref(), Some(""));
        let joined = Node::sequence([Node::string("x"), Node::sequence(vec![Node::string("y"); 40_000])]);
        assert_eq!(values.text(&body, &joined.tagged("!Join")), None);
    }
}
