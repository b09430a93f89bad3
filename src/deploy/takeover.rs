//! The deployed template beside the one about to be deployed, by meaning: what the first update of a stack
//! that the old tool deployed will change, told before it is proposed. No side effects but the report.

use std::collections::{BTreeMap, BTreeSet};

use super::Target;
use super::events::{Event, Reporter};
use super::state::{Start, State};
use super::version;
use crate::text::sanitize;
use crate::yaml::{Kind, Node, Style};

/// Build metadata that every template of this program carries in its version (`design §2.2`).
const OWN_MARK: &str = "+rs.";
const FUNCTION: &str = "EnvControllerFunction";
/// Longer lists are cut: more says nothing that the number does not.
const LISTED: usize = 12;

/// What differs between two templates.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Comparison {
    /// The deployed template could be read.
    readable: bool,
    /// Paths by resource, such as `Properties.Code.S3Key`; by section for what is outside the resources.
    /// A path that is the whole resource is empty.
    resources: BTreeMap<String, BTreeSet<String>>,
    sections: BTreeMap<String, BTreeSet<String>>,
}

impl Comparison {
    /// Compares the deployed template with the new one. `Metadata` is left out: it differs by intention.
    pub fn new(deployed: Option<&Node>, new: &Node) -> Self {
        let Some(deployed) = deployed else { return Self::default() };
        let mut compared = Self { readable: true, ..Self::default() };
        let (old, new) = (value(deployed), value(new));
        let mut paths = Vec::new();
        differences(&mut Vec::new(), Some(&old), Some(&new), &mut paths);
        for path in paths {
            let rest = |from: usize| path.get(from..).unwrap_or_default().join(".");
            match path.as_slice() {
                [section, ..] if section == "Metadata" => {}
                [section, resource, ..] if section == "Resources" => {
                    compared.resources.entry(resource.clone()).or_default().insert(rest(2));
                }
                [section, ..] => {
                    compared.sections.entry(section.clone()).or_default().insert(rest(1));
                }
                [] => {}
            }
        }
        compared
    }

    /// Whether the text of a resource's property differs; `true` when that is unknown.
    pub fn touches(&self, resource: &str, property: &str) -> bool {
        let touched = |path: &String| {
            let rest = path.strip_prefix("Properties");
            // The resource or its properties as a whole, the property, or something in it.
            path.is_empty()
                || rest == Some("")
                || rest
                    .and_then(|rest| rest.strip_prefix('.')?.strip_prefix(property))
                    .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        };
        !self.readable || self.resources.get(resource).is_some_and(|paths| paths.iter().any(touched))
    }

    /// One line for each resource and section with differences.
    pub fn lines(&self) -> Vec<String> {
        let line = |(name, paths): (&String, &BTreeSet<String>)| {
            let shown = |path: &String| path.strip_prefix("Properties.").unwrap_or(path).to_owned();
            let paths: Vec<String> = paths.iter().filter(|path| !path.is_empty()).map(shown).collect();
            let colon = if paths.is_empty() { "" } else { ": " };
            sanitize(&format!("{name}{colon}{}", paths.join(", "))).into_owned()
        };
        self.resources.iter().chain(&self.sections).map(line).collect()
    }
}

/// Tells what the first update of a stack that the old tool deployed will change, and what to beware of.
pub(super) fn announce<E>(
    target: &Target,
    state: &State<E>,
    template: &Node,
    parameters: &[(String, String)],
    comparison: &Comparison,
    reporter: &dyn Reporter,
) {
    let (Some(deployed), Start::Stack) = (&state.deployed, state.start()) else { return };
    if deployed.version.contains(OWN_MARK) {
        return;
    }
    let old_parameters = state.stack.as_ref().map(|stack| &stack.parameters);
    let parameters: Vec<&str> = parameters
        .iter()
        .filter(|(key, new)| old_parameters.is_some_and(|old| old.get(key) != Some(new)))
        .map(|(key, _)| key.as_str())
        .collect();
    let stack = &target.stack;
    let origin = origin(&deployed.version);
    reporter.report(Event::Note(match comparison.readable {
        true => format!(
            "First update of stack {stack} after AWS Copilot CLI ({origin}). It changes:{}",
            list(comparison, &parameters)
        ),
        false => format!(
            "First update of stack {stack} after another tool. Its template cannot be read, so what changes \
             cannot be told."
        ),
    }));
    if let Some(warning) = runtime_warning(stack, deployed.document.as_ref(), template, comparison) {
        reporter.report(Event::Warning(warning));
    }
}

/// Which template is taken over.
fn origin(version: &str) -> String {
    match version {
        version::UNVERSIONED => "template without a version".to_owned(),
        version => format!("template {}", sanitize(version)),
    }
}

fn list(comparison: &Comparison, parameters: &[&str]) -> String {
    let mut lines = comparison.lines();
    if !parameters.is_empty() {
        lines.push(format!("values of parameters: {}", parameters.join(", ")));
    }
    let more = lines.len().saturating_sub(LISTED);
    lines.truncate(LISTED);
    if more > 0 {
        lines.push(format!("and {more} more"));
    }
    if lines.is_empty() {
        lines.push("nothing but the template's metadata".to_owned());
    }
    lines.iter().map(|line| format!("\n  - {line}")).collect()
}

/// The env-controller's new runtime, and what its rollback would need (`spec/template.md` §10 no. 1b).
fn runtime_warning(
    stack: &str,
    deployed: Option<&Node>,
    new: &Node,
    comparison: &Comparison,
) -> Option<String> {
    let runtime = |template: &Node| {
        let path = ["Resources", FUNCTION, "Properties", "Runtime"];
        let found = path.iter().try_fold(template, |node, key| node.get(key))?;
        found.as_text().map(|text| sanitize(text).into_owned())
    };
    let (old, new) = (runtime(deployed?)?, runtime(new)?);
    if old == new {
        return None;
    }
    let alone = comparison.resources.keys().all(|resource| resource == FUNCTION);
    let advice = if alone { "" } else { " The safest first update is one without other changes." };
    Some(format!(
        "{FUNCTION} moves from {old} to {new}. Should this update fail, CloudFormation has to go back to \
         {old}, which AWS may refuse by then: the stack would end as UPDATE_ROLLBACK_FAILED.{advice} The way \
         out is `aws cloudformation continue-update-rollback --stack-name {stack} --resources-to-skip \
         {FUNCTION}`, then deploying again."
    ))
}

/// A value whose notation no longer matters.
#[derive(Debug, PartialEq, Eq)]
enum Value {
    Null,
    Text(String),
    List(Vec<Value>),
    Map(BTreeMap<String, Value>),
}

/// Intrinsic functions in their long form, scalars as text, keys sorted.
fn value(node: &Node) -> Value {
    let plain = match &node.kind {
        Kind::Scalar(_) if node.is_null() => Value::Null,
        Kind::Scalar(scalar) => Value::Text(match (scalar.style, scalar.text.as_str()) {
            (Style::Plain, "True" | "TRUE") => "true".to_owned(),
            (Style::Plain, "False" | "FALSE") => "false".to_owned(),
            _ => scalar.text.clone(),
        }),
        Kind::Sequence(items) => Value::List(items.iter().map(value).collect()),
        Kind::Mapping(entries) => Value::Map(
            entries
                .iter()
                .map(|(key, inner)| {
                    let key = key.as_text().unwrap_or_default();
                    let inner = value(inner);
                    (key.to_owned(), if key == "Fn::GetAtt" { attribute(inner) } else { inner })
                })
                .collect(),
        ),
    };
    match node.tag.as_deref().and_then(|tag| tag.strip_prefix('!')) {
        Some(name @ ("Ref" | "Condition")) => Value::Map([(name.to_owned(), plain)].into()),
        Some("GetAtt") => Value::Map([("Fn::GetAtt".to_owned(), attribute(plain))].into()),
        // YAML's own tags, such as `!!str`, change nothing here.
        Some(name) if !name.starts_with('!') => Value::Map([(format!("Fn::{name}"), plain)].into()),
        _ => plain,
    }
}

/// `A.B.C` as resource and attribute.
fn attribute(value: Value) -> Value {
    match &value {
        Value::Text(text) => match text.split_once('.') {
            Some((resource, attribute)) => {
                Value::List([resource, attribute].map(|part| Value::Text(part.to_owned())).into())
            }
            None => value,
        },
        _ => value,
    }
}

/// Whether a map is one function call, which is one value.
fn is_function(map: &BTreeMap<String, Value>) -> bool {
    map.len() == 1 && map.keys().all(|key| key == "Ref" || key == "Condition" || key.starts_with("Fn::"))
}

/// Paths of what differs, as deep as both sides are maps.
fn differences(
    path: &mut Vec<String>,
    old: Option<&Value>,
    new: Option<&Value>,
    found: &mut Vec<Vec<String>>,
) {
    match (old, new) {
        (Some(Value::Map(old)), Some(Value::Map(new))) if !is_function(old) && !is_function(new) => {
            for key in old.keys().chain(new.keys()).collect::<BTreeSet<_>>() {
                path.push(key.clone());
                differences(path, old.get(key), new.get(key), found);
                path.pop();
            }
        }
        _ if old == new => {}
        _ => found.push(path.clone()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn compare(deployed: &str, new: &str) -> Comparison {
        let read = |text: &str| crate::yaml::load(text).unwrap().unwrap();
        Comparison::new(Some(&read(deployed)), &read(new))
    }

    #[test]
    fn notation_does_not_matter() {
        for (deployed, new) in [
            ("Resources: {A: {P: !Ref X}}", r#"{"Resources": {"A": {"P": {"Ref": "X"}}}}"#),
            ("Resources: {A: {P: !GetAtt X.Arn}}", "Resources: {A: {P: {Fn::GetAtt: [X, Arn]}}}"),
            ("Resources: {A: {P: !GetAtt X.Outputs.Y}}", "Resources: {A: {P: {Fn::GetAtt: [X, Outputs.Y]}}}"),
            ("Resources: {A: {P: {Fn::GetAtt: X.Arn}}}", "Resources: {A: {P: !GetAtt [X, Arn]}}"),
            ("Resources: {A: {P: !Sub '${X}', Q: 1}}", "Resources: {A: {Q: '1', P: {'Fn::Sub': '${X}'}}}"),
            ("Resources: {A: {P: True, Q: FALSE}}", "Resources: {A: {P: true, Q: false}}"),
            ("Resources: {A: {C: !Condition X}}", "Resources: {A: {C: {Condition: X}}}"),
            ("Metadata: {Version: v1.34.0}", "Metadata: {Version: v1.34.1+rs.1.35.0, Manifest: x}"),
        ] {
            assert_eq!(compare(deployed, new).lines(), [""; 0], "{deployed} and {new}");
        }
    }

    #[test]
    fn differences_are_named_by_resource_and_property() {
        let deployed = "Parameters: {A: {Type: String}}
Resources:
  Function: {Type: L, Properties: {Code: {S3Bucket: b, S3Key: old}, Runtime: nodejs20.x, Role: !GetAtt R.Arn}}
  Gone: {Type: T}
  Task: {Type: T, Properties: {Image: !Ref A, List: [1, 2]}}
";
        let new = "Parameters: {A: {Type: String, Default: x}, B: {Type: String}}
Resources:
  Function: {Type: L, Properties: {Code: {S3Bucket: b, S3Key: new}, Runtime: nodejs24.x, Role: !GetAtt R.Arn}}
  Added: {Type: T}
  Task: {Type: T, Condition: C, Properties: {Image: !Ref B, List: [2, 1]}}
";
        let compared = compare(deployed, new);
        assert_eq!(
            compared.lines(),
            [
                "Added",
                "Function: Code.S3Key, Runtime",
                "Gone",
                "Task: Condition, Image, List",
                "Parameters: A.Default, B"
            ]
        );
        assert!(compared.touches("Function", "Code"));
        assert!(compared.touches("Gone", "Anything"));
        assert!(!compared.touches("Function", "Role"));
        assert!(!compared.touches("Function", "Cod"));
        assert!(!compared.touches("Other", "Role"));
        assert!(Comparison::new(None, &Node::null()).touches("Other", "Role"));
    }

    #[test]
    fn long_lists_are_cut() {
        let resources: String = (0..20).map(|n| format!("R{n:02}: {{}}, ")).collect();
        let compared = compare("Resources: {}", &format!("Resources: {{{resources}}}"));
        let text = list(&compared, &["Schedule"]);
        assert!(text.starts_with("\n  - R00\n  - R01\n"), "{text}");
        assert!(text.ends_with("\n  - R11\n  - and 9 more"), "{text}");
        assert_eq!(list(&compare("A: b", "A: b"), &[]), "\n  - nothing but the template's metadata");
        assert_eq!(origin(version::UNVERSIONED), "template without a version");
        assert_eq!(origin("v1.2\u{1b}[2J"), "template v1.2");
        assert_eq!(list(&compare("A: b", "A: b"), &["TaskCPU"]), "\n  - values of parameters: TaskCPU");
    }

    #[test]
    fn the_runtime_warning_names_both_runtimes_and_the_way_out() {
        let template = |runtime: &str, more: &str| {
            let text = format!(
                "Resources: {{EnvControllerFunction: {{Properties: {{Runtime: {runtime}}}}}, {more}}}"
            );
            crate::yaml::load(&text).unwrap().unwrap()
        };
        let warn = |old: &Node, new: &Node| {
            runtime_warning("a-b-c", Some(old), new, &Comparison::new(Some(old), new))
        };
        let (old, new) = (template("nodejs20.x", ""), template("nodejs24.x", ""));
        let warning = warn(&old, &new).unwrap();
        assert!(
            warning.starts_with("EnvControllerFunction moves from nodejs20.x to nodejs24.x."),
            "{warning}"
        );
        assert!(
            warning.contains("--stack-name a-b-c --resources-to-skip EnvControllerFunction"),
            "{warning}"
        );
        assert!(!warning.contains("safest"), "{warning}");
        let warning = warn(&old, &template("nodejs24.x", "Rule: {}")).unwrap();
        assert!(warning.contains("The safest first update is one without other changes."), "{warning}");
        assert_eq!(warn(&new, &new), None);
    }
}
