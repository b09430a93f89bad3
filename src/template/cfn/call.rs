//! The one reader of CloudFormation's functions. A call is a value with the tag `!Name`, or a map with the one
//! key `Fn::Name` (`Ref` without `Fn::`).

use crate::yaml::{Kind, Node, Span};

/// A call of a function.
#[derive(Clone, Copy, Debug)]
pub struct Call<'a> {
    /// The function's name without `!` and `Fn::`.
    pub function: &'a str,
    /// In the short form this is the value itself, whose tag names the function.
    argument: &'a Node,
    short: bool,
}

/// The text of `Fn::Sub`, and its own variables.
#[derive(Clone, Copy, Debug)]
pub struct Substitution<'a> {
    /// The text with its `${…}`.
    pub text: &'a str,
    variables: Option<&'a Node>,
}

/// The name of a function whose short form has this tag. `!!str` and the like are YAML's own.
pub fn short_name(tag: &str) -> Option<&str> {
    tag.strip_prefix('!').filter(|name| !name.is_empty() && !name.starts_with('!'))
}

/// The name of a function whose long form has this key.
pub fn long_name(key: &str) -> Option<&str> {
    key.strip_prefix("Fn::").or_else(|| (key == "Ref").then_some(key))
}

/// The text of a value that is no call.
pub fn literal(node: &Node) -> Option<&str> {
    node.as_text().filter(|_| Call::of(node).is_none())
}

/// The values directly inside a value.
pub fn children(node: &Node) -> Vec<&Node> {
    match &node.kind {
        Kind::Scalar(_) => Vec::new(),
        Kind::Sequence(items) => items.iter().collect(),
        Kind::Mapping(entries) => entries.iter().map(|(_, value)| value).collect(),
    }
}

impl<'a> Call<'a> {
    /// The call that a value is.
    pub fn of(node: &'a Node) -> Option<Self> {
        if let Some(function) = node.tag.as_deref().and_then(short_name) {
            return Some(Self { function, argument: node, short: true });
        }
        let (key, argument) = single_entry(node)?;
        Some(Self { function: long_name(key)?, argument, short: false })
    }

    /// The call that a value of the section `Conditions` is: `{Condition: Name}` is one there. Elsewhere, as in
    /// policies, a map with this key is not.
    pub fn of_condition(node: &'a Node) -> Option<Self> {
        Self::of(node).or_else(|| {
            let (key, argument) = single_entry(node)?;
            (key == "Condition" && argument.as_text().is_some()).then_some(Self {
                function: key,
                argument,
                short: false,
            })
        })
    }

    /// Where the argument stands in its file.
    pub fn span(&self) -> Span {
        self.argument.span
    }

    /// An argument that is one text.
    pub fn text(&self) -> Option<&'a str> {
        self.argument.as_text().filter(|_| self.is_literal())
    }

    /// The items of an argument that is a list.
    pub fn items(&self) -> &'a [Node] {
        match &self.argument.kind {
            Kind::Sequence(items) if self.is_literal() => items,
            _ => &[],
        }
    }

    /// The values in the argument that may be or hold calls themselves.
    pub fn values(&self) -> Vec<&'a Node> {
        if self.short { children(self.argument) } else { vec![self.argument] }
    }

    /// The parameter or resource of `Ref`.
    pub fn referenced(&self) -> Option<&'a str> {
        self.text().filter(|_| self.function == "Ref")
    }

    /// The resource of `Fn::GetAtt`, from `Resource.Attribute` as well as from `[Resource, Attribute]`.
    pub fn resource(&self) -> Option<&'a str> {
        if self.function != "GetAtt" {
            return None;
        }
        self.text().map(before_dot).or_else(|| literal(self.items().first()?))
    }

    /// The condition of `Fn::If`, or the one that `Condition` names.
    pub fn condition(&self) -> Option<&'a str> {
        match self.function {
            "If" => literal(self.items().first()?),
            "Condition" => self.text(),
            _ => None,
        }
    }

    /// The text and the variables of `Fn::Sub`.
    pub fn substitution(&self) -> Option<Substitution<'a>> {
        if self.function != "Sub" {
            return None;
        }
        match (self.text(), self.items()) {
            (Some(text), _) => Some(Substitution { text, variables: None }),
            (None, [text, rest @ ..]) => Some(Substitution { text: literal(text)?, variables: rest.first() }),
            (None, []) => None,
        }
    }

    /// Whether the argument is no call itself, as in `Fn::Base64: !Sub text`.
    fn is_literal(&self) -> bool {
        self.short || Self::of(self.argument).is_none()
    }
}

impl<'a> Substitution<'a> {
    /// The call's own variables and their values.
    pub fn variables(&self) -> &'a [(Node, Node)] {
        match self.variables.map(|variables| &variables.kind) {
            Some(Kind::Mapping(entries)) => entries,
            _ => &[],
        }
    }

    /// `A` and `B.C` of each `${A}` and `${B.C}`, without the call's own variables. `${!A}` is a text.
    pub fn names(&self) -> impl Iterator<Item = &'a str> + use<'a> {
        let own = self.variables;
        let is_own = move |name: &str| own.is_some_and(|own| own.get(name).is_some());
        let names = self.text.split("${").skip(1).filter_map(|rest| Some(rest.split_once('}')?.0));
        names
            .filter(|name| !name.starts_with('!'))
            .map(str::trim)
            .filter(move |name| !is_own(name) && !is_own(before_dot(name)))
    }
}

/// What stands before the first dot of `Resource.Attribute`.
pub fn before_dot(name: &str) -> &str {
    name.split_once('.').map_or(name, |(before, _)| before)
}

/// Key and value of a map with one key.
fn single_entry(node: &Node) -> Option<(&str, &Node)> {
    match &node.kind {
        Kind::Mapping(entries) => match entries.as_slice() {
            [(key, value)] => Some((key.as_text()?, value)),
            _ => None,
        },
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml::load;

    fn described(text: &str) -> String {
        let node = load(text).unwrap().unwrap();
        let Some(call) = Call::of_condition(&node) else { return "no call".to_owned() };
        let mut told = call.function.to_owned();
        let mut add = |what: &str, value: Option<&str>| {
            told.extend(value.map(|value| format!(" {what}={value}")));
        };
        add("text", call.text());
        add("ref", call.referenced());
        add("resource", call.resource());
        add("condition", call.condition());
        let names = call.substitution().map(|sub| sub.names().collect::<Vec<_>>().join(","));
        add("names", names.as_deref());
        told.push_str(&format!(" items={} values={}", call.items().len(), call.values().len()));
        told
    }

    #[test]
    fn both_forms_of_a_call() {
        let told: Vec<String> = [
            "!Ref A",
            "{Ref: A}",
            "{Ref: A, Other: B}",
            "!GetAtt A.B.C",
            "{Fn::GetAtt: A.B}",
            "!GetAtt [A, B]",
            "{Fn::GetAtt: [A, !Ref B]}",
            "!Sub '${A} ${ B.C } ${!D} ${E'",
            "{Fn::Sub: ['${A}${B.C}${D}', {A: 1, B: 2}]}",
            "!Sub [!Ref A, {B: 1}]",
            "!If [C, !Ref A, B]",
            "{Fn::If: [C, A, B]}",
            "!Condition C",
            "{Condition: C}",
            "{Condition: {StringEquals: {a: b}}}",
            "{Fn::Base64: !Sub '${A}'}",
            "{Fn::ImportValue: {Fn::Sub: '${A}'}}",
            "!Transform {Name: AWS::Include, Parameters: {Location: x}}",
            "!!str text",
            "! text",
            "{Fn::Foo: 1}",
            "[Ref, A]",
            "text",
        ]
        .iter()
        .map(|text| format!("{text}  →  {}", described(text)))
        .collect();
        insta::assert_snapshot!(told.join("\n"), @"
        !Ref A  →  Ref text=A ref=A items=0 values=0
        {Ref: A}  →  Ref text=A ref=A items=0 values=1
        {Ref: A, Other: B}  →  no call
        !GetAtt A.B.C  →  GetAtt text=A.B.C resource=A items=0 values=0
        {Fn::GetAtt: A.B}  →  GetAtt text=A.B resource=A items=0 values=1
        !GetAtt [A, B]  →  GetAtt resource=A items=2 values=2
        {Fn::GetAtt: [A, !Ref B]}  →  GetAtt resource=A items=2 values=1
        !Sub '${A} ${ B.C } ${!D} ${E'  →  Sub text=${A} ${ B.C } ${!D} ${E names=A,B.C items=0 values=0
        {Fn::Sub: ['${A}${B.C}${D}', {A: 1, B: 2}]}  →  Sub names=D items=2 values=1
        !Sub [!Ref A, {B: 1}]  →  Sub items=2 values=2
        !If [C, !Ref A, B]  →  If condition=C items=3 values=3
        {Fn::If: [C, A, B]}  →  If condition=C items=3 values=1
        !Condition C  →  Condition text=C condition=C items=0 values=0
        {Condition: C}  →  Condition text=C condition=C items=0 values=1
        {Condition: {StringEquals: {a: b}}}  →  no call
        {Fn::Base64: !Sub '${A}'}  →  Base64 items=0 values=1
        {Fn::ImportValue: {Fn::Sub: '${A}'}}  →  ImportValue items=0 values=1
        !Transform {Name: AWS::Include, Parameters: {Location: x}}  →  Transform items=0 values=2
        !!str text  →  no call
        ! text  →  no call
        {Fn::Foo: 1}  →  Foo text=1 items=0 values=1
        [Ref, A]  →  no call
        text  →  no call
        ");
    }
}
