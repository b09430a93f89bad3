//! `Fn::FindInMap` of a mapping or a key that is not there. CloudFormation notices when it creates the stack,
//! a nested one last of all. Which key is looked up mostly depends on the environment's name, so a new
//! environment is how people get there.

use std::borrow::Cow;
use std::collections::HashSet;

use super::Finding;
use super::call::{Call, children};
use super::values::{Values, certain_text};
use crate::manifest::suggest::nearest;
use crate::template::cfn::check::dangling::is_expanded;
use crate::template::cfn::section::{CONDITIONS, MAPPINGS, OUTPUTS, RESOURCES, entries};
use crate::yaml::{Kind, Node};

/// Lets `FindInMap` have a default, and other functions as arguments.
const LANGUAGE_EXTENSIONS: &str = "AWS::LanguageExtensions";
/// Transforms that bring no mappings. Others may bring anything.
const WITHOUT_MAPPINGS: [&str; 2] = [LANGUAGE_EXTENSIONS, "AWS::Serverless-2016-10-31"];
/// Keys of a mapping that a message lists.
const LISTED: usize = 12;

/// Every call that fails whatever else happens, each fault once per entry, in the template's order.
///
/// Left alone are arguments whose value is not known, calls with a default, and keys that are looked up only
/// if a condition holds: within `Fn::If`, `Fn::And` and `Fn::Or`, and in entries with a condition.
pub fn find<'a>(body: &'a Node, values: &'a Values) -> Vec<Finding<'a>> {
    let transforms = transforms(body);
    if is_expanded(body) || !transforms.iter().all(|name| name.is_some_and(|n| WITHOUT_MAPPINGS.contains(&n)))
    {
        return Vec::new();
    }
    let mappings = entries(body, MAPPINGS).map(|(_, name, mapping)| (name, mapping)).collect();
    let is_plain = transforms.is_empty();
    let (found, seen) = (Vec::new(), HashSet::new());
    let mut search = Search { body, values, mappings, is_plain, found, seen };
    for (_, key, condition) in entries(body, CONDITIONS) {
        search.entry(Place { section: CONDITIONS, key, certain: true, path: Vec::new() }, condition);
    }
    for (section, member) in [(RESOURCES, "Properties"), (OUTPUTS, "Value")] {
        for (_, key, entry) in entries(body, section) {
            let certain = entry.get("Condition").is_none();
            if let Some(value) = entry.get(member) {
                search.entry(Place { section, key, certain, path: vec![member.to_owned()] }, value);
            }
        }
    }
    search.found
}

/// The names of the template's transforms; `None` for one that is given in another way.
fn transforms(body: &Node) -> Vec<Option<&str>> {
    match body.get("Transform") {
        None => Vec::new(),
        Some(Node { kind: Kind::Sequence(items), .. }) => items.iter().map(Node::as_text).collect(),
        Some(one) if one.is_null() => Vec::new(),
        Some(one) => vec![one.as_text()],
    }
}

/// Where the search is.
struct Place<'a> {
    section: &'static str,
    key: &'a str,
    /// CloudFormation surely gets here.
    certain: bool,
    /// The way from the entry, as far as it leads through no function.
    path: Vec<String>,
}

impl Place<'_> {
    fn user(&self) -> String {
        let path = self.path.join("/");
        match self.section {
            RESOURCES => format!("the resource `{}`, {path}", self.key),
            OUTPUTS => format!("the output `{}`", self.key),
            _ => format!("the condition `{}`", self.key),
        }
    }
}

/// An argument of a call.
struct Argument<'a> {
    /// Its text, when that is known.
    text: Option<Cow<'a, str>>,
    /// The parameter that gives it.
    parameter: Option<&'a str>,
}

impl Argument<'_> {
    /// The text and where it comes from.
    fn told(&self, text: &str) -> String {
        match self.parameter {
            Some(parameter) => format!("`{text}` (the value of `{parameter}`)"),
            None => format!("`{text}`"),
        }
    }
}

struct Search<'a> {
    body: &'a Node,
    values: &'a Values,
    mappings: Vec<(&'a str, &'a Node)>,
    /// The template has no transform.
    is_plain: bool,
    found: Vec<Finding<'a>>,
    /// Keys of entries and messages of what was found.
    seen: HashSet<(&'a str, String)>,
}

impl<'a> Search<'a> {
    fn entry(&mut self, mut place: Place<'a>, value: &'a Node) {
        self.value(&mut place, value);
    }

    fn value(&mut self, place: &mut Place<'a>, node: &'a Node) {
        if let Some(call) = Call::of(node) {
            return self.call(place, &call);
        }
        match &node.kind {
            Kind::Mapping(entries) => {
                for (key, value) in entries {
                    place.path.push(key.as_text().unwrap_or_default().to_owned());
                    self.value(place, value);
                    place.path.pop();
                }
            }
            Kind::Sequence(items) => {
                for (index, item) in items.iter().enumerate() {
                    place.path.push(index.to_string());
                    self.value(place, item);
                    place.path.pop();
                }
            }
            Kind::Scalar(_) => {}
        }
    }

    fn call(&mut self, place: &mut Place<'a>, call: &Call<'a>) {
        if call.function == "FindInMap" {
            self.find_in_map(place, call);
        }
        let is_lazy = matches!(call.function, "If" | "And" | "Or");
        let certain = place.certain;
        let arguments = match call.items() {
            [] => call.values(),
            items => items.iter().collect(),
        };
        for (index, argument) in arguments.into_iter().enumerate() {
            place.certain = certain && !(is_lazy && index > 0);
            self.argument(place, argument);
        }
        place.certain = certain;
    }

    /// Looks for calls in an argument; the path does not lead into it.
    fn argument(&mut self, place: &mut Place<'a>, node: &'a Node) {
        match Call::of(node) {
            Some(call) => self.call(place, &call),
            None => children(node).into_iter().for_each(|child| self.argument(place, child)),
        }
    }

    fn find_in_map(&mut self, place: &Place<'a>, call: &Call<'a>) {
        if self.is_plain && !self.has_plain_arguments(place, call) {
            return;
        }
        // A fourth argument is the default.
        let [name, top, second] = call.items() else { return };
        let [name, top, second] = [name, top, second].map(|node| self.read(node));
        let Some(mapping_name) = name.text else { return };
        let Some((_, mapping)) = self.mappings.iter().find(|(known, _)| *known == mapping_name) else {
            let names: Vec<&str> = self.mappings.iter().map(|(name, _)| *name).collect();
            let meant = nearest(&mapping_name, &names).map(|near| format!(", did you mean `{near}`?"));
            let message = format!("there is no mapping `{mapping_name}`{}", meant.unwrap_or_default());
            let advice = "Define it below `Mappings`, or write the value itself.";
            return self.add(place, call, &message, advice);
        };
        if !place.certain {
            return;
        }
        let tops = keys(mapping);
        let (Some(tops), Some(top_key)) = (tops, &top.text) else {
            return self.second_key_alone(place, call, &mapping_name, mapping, &second);
        };
        let Some((_, below)) = tops.iter().find(|(key, _)| *key == top_key) else {
            let told = top.told(top_key);
            let message = format!("the mapping `{mapping_name}` has no key {told}{}", listed(top_key, &tops));
            let advice = format!("Add `{top_key}` to the mapping `{mapping_name}`.");
            return self.add(place, call, &message, &advice);
        };
        let (Some(seconds), Some(second_key)) = (keys(below), &second.text) else { return };
        if seconds.iter().all(|(key, _)| key != second_key) {
            let told = second.told(second_key);
            let message = format!(
                "the mapping `{mapping_name}` has no key {told} below {}{}",
                top.told(top_key),
                listed(second_key, &seconds)
            );
            let advice = format!("Add `{second_key}` below `{top_key}` of the mapping `{mapping_name}`.");
            self.add(place, call, &message, &advice);
        }
    }

    /// The first key is not known: any may be meant, so the second must be below one of them at least.
    fn second_key_alone(
        &mut self,
        place: &Place<'a>,
        call: &Call<'a>,
        mapping_name: &str,
        mapping: &'a Node,
        second: &Argument<'a>,
    ) {
        let below: Option<Vec<_>> = children(mapping).into_iter().map(keys).collect();
        let (Some(below), Some(second_key)) = (below, &second.text) else { return };
        let all: Vec<_> = below.into_iter().flatten().collect();
        if all.iter().all(|(key, _)| key != second_key) {
            let told = second.told(second_key);
            let message = format!(
                "the mapping `{mapping_name}` has no key {told} below any of its keys{}",
                listed(second_key, &all)
            );
            let advice = format!("Add `{second_key}` to the entries of the mapping `{mapping_name}`.");
            self.add(place, call, &message, &advice);
        }
    }

    /// What CloudFormation wants without the transform: three arguments, each a text, a `Ref` or another
    /// `FindInMap`.
    fn has_plain_arguments(&mut self, place: &Place<'a>, call: &Call<'a>) -> bool {
        let items = call.items();
        let is_plain = |node: &Node| match Call::of(node) {
            Some(call) => matches!(call.function, "Ref" | "FindInMap"),
            None => node.as_text().is_some(),
        };
        let message = if items.len() != 3 {
            "FindInMap takes three arguments: a mapping, a key, and a key below it"
        } else if !items.iter().all(is_plain) {
            "an argument of FindInMap must be a text, a Ref or another FindInMap"
        } else {
            return true;
        };
        let advice = format!(
            "A default and other functions as arguments need `Transform: {LANGUAGE_EXTENSIONS}` in the template."
        );
        self.add(place, call, message, &advice);
        false
    }

    fn read(&self, node: &'a Node) -> Argument<'a> {
        match Call::of(node) {
            Some(call) if call.function == "FindInMap" => {
                let text = self.value_of(&call).and_then(certain_text).map(Cow::Borrowed);
                Argument { text, parameter: None }
            }
            call => Argument {
                text: self.values.text(self.body, node),
                parameter: call.and_then(|call| call.referenced()),
            },
        }
    }

    /// The value that a call finds.
    fn value_of(&self, call: &Call<'a>) -> Option<&'a Node> {
        let [name, top, second] = call.items() else { return None };
        let [name, top, second] = [name, top, second].map(|node| self.read(node).text);
        let (_, mapping) = self.mappings.iter().find(|(known, _)| Some(*known) == name.as_deref())?;
        mapping.get(&top?)?.get(&second?)
    }

    fn add(&mut self, place: &Place<'a>, call: &Call<'a>, message: &str, advice: &str) {
        let message = format!("{}: {message}", place.user());
        let finding = Finding::new(place.section, place.key, call.span(), &message).advice(advice);
        if self.seen.insert((place.key, finding.message.clone())) {
            self.found.push(finding);
        }
    }
}

/// Keys and values of a map. `None` when this is no map, or when a key may be read as another text.
fn keys(node: &Node) -> Option<Vec<(&str, &Node)>> {
    let Kind::Mapping(entries) = &node.kind else { return None };
    entries.iter().map(|(key, value)| Some((certain_text(key)?, value))).collect()
}

/// What could be meant instead of a key.
fn listed(wanted: &str, keys: &[(&str, &Node)]) -> String {
    let mut seen = HashSet::new();
    let names: Vec<&str> = keys.iter().map(|(key, _)| *key).filter(|key| seen.insert(*key)).collect();
    if let Some(near) = nearest(wanted, &names) {
        return format!(", did you mean `{near}`?");
    }
    let more = names.len().saturating_sub(LISTED);
    let shown: Vec<String> = names.iter().take(LISTED).map(|name| format!("`{name}`")).collect();
    match (shown.as_slice(), more) {
        ([], _) => String::new(),
        (shown, 0) => format!(", only {}", shown.join(", ")),
        (shown, more) => format!(", only {} and {more} more", shown.join(", ")),
    }
}

#[cfg(test)]
mod tests;
