//! Names that a template uses and does not define. CloudFormation refuses them, but only once images are
//! built and pushed. Overrides that remove something, values for addons and addons themselves are how people
//! get there.

use std::collections::HashSet;

use crate::manifest::suggest::nearest;
use crate::template::cfn::call::short_name;
use crate::template::cfn::references::{Named, depends_on, references, references_of_condition};
use crate::template::cfn::section::{CONDITIONS, OUTPUTS, PARAMETERS, RESOURCES, entries};
use crate::text::one_line;
use crate::yaml::{Kind, Node, Span};

/// A use of a name that nothing defines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dangling<'a> {
    /// Section of the entry that uses it.
    pub section: &'static str,
    /// Key of that entry.
    pub key: &'a str,
    /// Where it is used.
    pub span: Span,
    named: Named,
    name: &'a str,
    meant: Option<&'a str>,
}

impl Dangling<'_> {
    /// The use in words.
    pub fn told(&self) -> String {
        let user = match self.section {
            RESOURCES => "resource",
            OUTPUTS => "output",
            _ => "condition",
        };
        one_line(&format!("the {user} `{}` {}", self.key, self.predicate()))
    }

    /// What is wrong with the use, for a sentence about whatever has it.
    pub(crate) fn predicate(&self) -> String {
        let wanted = match self.named {
            Named::Value => "parameter or resource",
            Named::Condition => "condition",
        };
        let meant = self.meant.map(|meant| format!(", did you mean `{meant}`?")).unwrap_or_default();
        format!("refers to `{}`, and there is no such {wanted}{meant}", self.name)
    }

    /// Whether a value uses the same name.
    pub(crate) fn is_in(&self, value: &Node) -> bool {
        references(value).iter().any(|used| used.named == self.named && used.name == self.name)
    }
}

/// Every such use, each name once per entry, in the template's order.
///
/// A template that macros or modules expand is left to CloudFormation: what they define is not known here.
pub fn find(body: &Node) -> Vec<Dangling<'_>> {
    if is_left_to_cloudformation(body) {
        return Vec::new();
    }
    let conditions = entries(body, CONDITIONS).map(|(_, name, _)| name).collect();
    let values = entries(body, PARAMETERS).chain(entries(body, RESOURCES)).map(|(_, name, _)| name).collect();
    let mut search = Search { conditions, values, seen: HashSet::new(), found: Vec::new() };
    for (_, key, condition) in entries(body, CONDITIONS) {
        for reference in references_of_condition(condition) {
            search.used((CONDITIONS, key), reference.named, reference.name, reference.span);
        }
    }
    for (_, key, resource) in entries(body, RESOURCES) {
        let place = (RESOURCES, key);
        search.condition_of(place, resource);
        for (id, span) in depends_on(resource) {
            search.used(place, Named::Value, id, span);
        }
        resource.get("Properties").into_iter().for_each(|properties| search.value(place, properties));
    }
    for (_, key, output) in entries(body, OUTPUTS) {
        search.condition_of((OUTPUTS, key), output);
        output.get("Value").into_iter().for_each(|value| search.value((OUTPUTS, key), value));
    }
    search.found
}

/// Whether macros, loops or modules make parts of the template, which only CloudFormation knows.
pub(crate) fn is_left_to_cloudformation(body: &Node) -> bool {
    body.get("Transform").is_some_and(|transform| !transform.is_null()) || is_expanded(body)
}

pub(crate) fn is_expanded(node: &Node) -> bool {
    if node.tag.as_deref().and_then(short_name) == Some("Transform") {
        return true;
    }
    match &node.kind {
        Kind::Mapping(entries) => entries.iter().any(|(key, value)| {
            let key = key.as_text().unwrap_or_default();
            let is_module =
                || key == "Type" && value.as_text().is_some_and(|kind| kind.ends_with("::MODULE"));
            key == "Fn::Transform" || key.starts_with("Fn::ForEach") || is_module() || is_expanded(value)
        }),
        Kind::Sequence(items) => items.iter().any(is_expanded),
        Kind::Scalar(_) => false,
    }
}

struct Search<'a> {
    conditions: HashSet<&'a str>,
    values: HashSet<&'a str>,
    seen: HashSet<(&'static str, &'a str, Named, &'a str)>,
    found: Vec<Dangling<'a>>,
}

impl<'a> Search<'a> {
    fn value(&mut self, place: (&'static str, &'a str), node: &'a Node) {
        for reference in references(node) {
            self.used(place, reference.named, reference.name, reference.span);
        }
    }

    /// The entry's own `Condition`.
    fn condition_of(&mut self, place: (&'static str, &'a str), entry: &'a Node) {
        if let Some((node, name)) = entry.get("Condition").and_then(|node| Some((node, node.as_text()?))) {
            self.used(place, Named::Condition, name, node.span);
        }
    }

    fn used(&mut self, (section, key): (&'static str, &'a str), named: Named, name: &'a str, span: Span) {
        let known = match named {
            Named::Value => &self.values,
            Named::Condition => &self.conditions,
        };
        // Other names are pseudo parameters (`AWS::Region`), or mistakes of another kind.
        let is_name = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric());
        if is_name && !known.contains(name) && self.seen.insert((section, key, named, name)) {
            // Almost every name of one or two letters is near another.
            let meant = if name.len() > 2 { nearest(name, &sorted(known)) } else { None };
            self.found.push(Dangling { section, key, span, named, name, meant });
        }
    }
}

/// In an order that does not change from run to run.
fn sorted<'a>(names: &HashSet<&'a str>) -> Vec<&'a str> {
    let mut names: Vec<_> = names.iter().copied().collect();
    names.sort_unstable();
    names
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml::load;

    fn told(template: &str) -> Vec<String> {
        let body = load(template).unwrap().unwrap();
        find(&body).iter().map(|dangling| format!("{}: {}", dangling.span.line, dangling.told())).collect()
    }

    #[test]
    fn finds_every_use_of_a_name_that_nothing_defines() {
        let found = told(
            "Parameters: {App: {Type: String}}\n\
             Conditions:\n  C: !Equals [!Ref App, x]\n  D: !And [!Condition C, !Condition Gone1, {Condition: Gone2}]\n  E: !Not [!Equals [!Ref Gone3, '']]\n\
             Resources:\n  A:\n    Condition: Gone4\n    DependsOn: [A2, Gone5]\n    Properties:\n      X: !Ref App2\n      Y: {Ref: Gone6}\n      \
             Z: [!GetAtt Gone7.Arn, {'Fn::GetAtt': [Gone8, Arn]}, !GetAtt [A2, Arn]]\n      \
             S: !Sub '${Gone9.Arn} ${App} ${!Not} ${AWS::Region}'\n      T: !Sub ['${V} ${V.x}${GoneA}', {V: !Ref GoneB}]\n      \
             U: !If [GoneC, !Ref GoneD, {Ref: GoneD}]\n  A2: {Type: X, DependsOn: GoneE}\n\
             Outputs:\n  O: {Condition: GoneF, Value: !Join ['', [!Ref GoneG]]}\n",
        );
        insta::assert_snapshot!(found.join("\n"));
    }

    /// A function may be the whole argument of another one.
    #[test]
    fn finds_uses_in_functions_of_functions() {
        let found = told(
            "Resources:\n  A:\n    Type: T\n    Properties:\n      A: {Fn::Base64: !Sub '${Gone1}'}\n      B: {Fn::ImportValue: {Fn::Sub: '${Gone2}-x'}}\n      \
             C: {Fn::GetAZs: !Ref Gone3}\n      D: !GetAtt [A, !Ref Gone4]\n      E: {Fn::Join: [',', {Fn::Split: [',', !Ref Gone5]}]}\n",
        );
        insta::assert_snapshot!(found.join("\n"), @"
        5: the resource `A` refers to `Gone1`, and there is no such parameter or resource
        6: the resource `A` refers to `Gone2`, and there is no such parameter or resource
        7: the resource `A` refers to `Gone3`, and there is no such parameter or resource
        8: the resource `A` refers to `Gone4`, and there is no such parameter or resource
        9: the resource `A` refers to `Gone5`, and there is no such parameter or resource
        ");
    }

    #[test]
    fn everything_else_is_fine() {
        for template in [
            "Resources: {A: {Properties: {X: !Ref AWS::NoValue, Y: !Sub '${ A } ${a b} ${} ${', Z: !Ref A.B}}}",
            "Resources: {A: {Properties: {Statement: {Condition: Gone}, Ref: {Ref: A}, Y: {Ref: Gone, other: 1}}}}",
            "Metadata: {X: !Ref Gone}\nResources: {A: {Metadata: {X: !Ref Gone}}}",
            "Transform: AWS::LanguageExtensions\nResources: {A: {Properties: {X: !Ref Gone}}}",
            "Resources: {A: {Properties: {X: !Ref Gone, Fn::Transform: {Name: M}}}}",
            "Resources: {A: {Properties: {X: !Ref Gone, Y: !Transform {Name: M}}}}",
            "Resources: {A: {Type: My::Own::Bucket::MODULE}, B: {Properties: {X: !Ref ABucket}}}",
            "Resources: text\nOutputs: [a]",
        ] {
            assert!(told(template).is_empty(), "{template}\n{:?}", told(template));
        }
    }
}
