//! Values for the parameters of the merged template, from `addons.parameters.yml`.

use super::document::{Document, name};
use super::merge::Merged;
use super::{Owner, Target};
use crate::error::Error;
use crate::manifest::suggest::nearest;
use crate::template::cfn::call::Call;
use crate::template::cfn::values::{Values, certain_text};
use crate::yaml::{Kind, Node};

const PARAMETERS: &str = "Parameters";

/// Functions that give a value, as they are misspelt.
const FUNCTIONS: [&str; 9] = [
    "Ref",
    "Fn::GetAtt",
    "Fn::Sub",
    "Fn::Join",
    "Fn::Select",
    "Fn::FindInMap",
    "Fn::ImportValue",
    "Fn::If",
    "Fn::Base64",
];

/// The values beside the reserved ones, as written, in the file's order.
pub(super) fn values(
    file: Option<&Document>,
    merged: &Merged,
    directory: &str,
    owner: Owner<'_>,
) -> Result<Vec<(String, Node)>, Vec<Error>> {
    let (noun, reserved) = (owner.noun(), reserved(owner));
    let list = listed(reserved);
    let declared = match merged.body.get(PARAMETERS) {
        Some(Node { kind: Kind::Mapping(entries), .. }) => entries.as_slice(),
        _ => &[],
    };
    let is_declared = |name: &str| declared.iter().any(|(key, _)| key.as_text() == Some(name));
    let mut errors = Vec::new();
    let missing: Vec<&str> = reserved.iter().copied().filter(|name| !is_declared(name)).collect();
    if !missing.is_empty() {
        let s = if missing.len() == 1 { "" } else { "s" };
        errors.push(
            Error::new(format!("{directory}: no template declares the parameter{s} {}", missing.join(", ")))
                .hint(format!("Every {noun}'s addons get {list}: add them below Parameters of one template, each as `{{Type: String}}`.")),
        );
    }
    let given = match file.map(section) {
        None => &[],
        Some(Ok(entries)) => entries,
        Some(Err(error)) => {
            errors.push(error);
            return Err(errors);
        }
    };
    let mut values = Vec::new();
    for (key, value) in given {
        let Some(file) = file else { continue };
        let place = file.place(key);
        let Some(text) = key.as_text() else {
            errors.push(Error::new(format!("{place}: a key must be a text")));
            continue;
        };
        let shown = name(text);
        if reserved.contains(&text) {
            errors.push(
                Error::new(format!("{place}: the parameter {text} always gets its value from the {noun}"))
                    .hint(format!("Remove it from the file: {list} cannot be set.")),
            );
        } else if !is_declared(text) {
            errors.push(
                Error::new(format!("{place}: no template declares the parameter `{shown}`"))
                    .hint("Declare it below Parameters of a template, or remove its value."),
            );
        } else if value.is_null() {
            errors.push(Error::new(format!("{place}: the parameter `{shown}` has no value")));
        } else if let Some((problem, hint)) = no_single_value(value) {
            let value = file.place(value);
            errors.push(
                Error::new(format!("{value}: the value of the parameter `{shown}` is {problem}")).hint(
                    format!(
                        "CloudFormation takes single values for the parameters of a nested stack. {hint}"
                    ),
                ),
            );
        }
        values.push((text.to_owned(), value.clone()));
    }
    for (key, definition) in declared {
        let text = key.as_text().unwrap_or_default();
        let given = values.iter().any(|(name, _)| name == text) || reserved.contains(&text);
        if !given && definition.get("Default").is_none() && !text.starts_with("Fn::") {
            let origin = merged.origins.get(&(PARAMETERS.to_owned(), text.to_owned()));
            let origin = origin.map_or(directory, String::as_str);
            let (line, column) = (key.span.line, key.span.column);
            let shown = name(text);
            errors.push(
                Error::new(format!("{origin}:{line}:{column}: the parameter `{shown}` has neither a default nor a value"))
                    .hint(format!("Give it a `Default`, or a value below `Parameters:` of {directory}/addons.parameters.yml.")),
            );
        }
    }
    if errors.is_empty() { Ok(values) } else { Err(errors) }
}

/// Why a value is none that CloudFormation takes, and what to write.
fn no_single_value(value: &Node) -> Option<(String, String)> {
    let list = "Write the items as one text with commas between them; for a parameter of a list type \
                CloudFormation splits it.";
    if let Some(call) = Call::of(value) {
        let makes_list = matches!(call.function, "Split" | "GetAZs" | "Cidr");
        let hint = format!("{list} `!Join [',', …]` makes one of this list.");
        return makes_list.then(|| (format!("the list that `{}` makes", call.function), hint));
    }
    match &value.kind {
        Kind::Scalar(_) => None,
        Kind::Sequence(_) => Some(("a list".to_owned(), list.to_owned())),
        Kind::Mapping(entries) => {
            let keys: Vec<&str> = entries.iter().filter_map(|(key, _)| key.as_text()).collect();
            let meant = match keys.as_slice() {
                [key] => nearest(key, &FUNCTIONS).or_else(|| nearest(&format!("Fn::{key}"), &FUNCTIONS)),
                _ => None,
            };
            let meant = meant.map(|meant| format!(", did you mean `{meant}`?")).unwrap_or_default();
            Some((
                format!("a map{meant}"),
                "A value is a text, a number or a function such as `!Ref` and `!GetAtt`.".to_owned(),
            ))
        }
    }
}

/// What is known of the merged template's parameters before anything is deployed.
pub(super) fn known(given: &[(String, Node)], target: &Target<'_>, owner: Owner<'_>) -> Values {
    let reserved = Values::default().with("App", target.app).with("Env", target.env);
    let reserved = match owner {
        Owner::Job(job) => reserved.with("Name", &job.name),
        Owner::Environment => reserved,
    };
    given.iter().fold(reserved, |values, (name, value)| {
        // The template that nests this one has the same values under other names.
        let text = match (Call::of(value).map(|call| call.referenced()), owner) {
            (None, _) => certain_text(value),
            (Some(Some("AppName")), _) => Some(target.app),
            (Some(Some("EnvName")), Owner::Job(_)) | (Some(Some("EnvironmentName")), Owner::Environment) => {
                Some(target.env)
            }
            (Some(Some("WorkloadName")), Owner::Job(job)) => Some(job.name.as_str()),
            (Some(_), _) => None,
        };
        match text {
            Some(text) => values.with(name, text),
            None => values.with_unknown(name),
        }
    })
}

/// Parameters that every template must declare and that only the template which nests it fills in.
fn reserved(owner: Owner<'_>) -> &'static [&'static str] {
    match owner {
        Owner::Job(_) => &["App", "Env", "Name"],
        Owner::Environment => &["App", "Env"],
    }
}

/// `App, Env and Name`
fn listed(names: &[&str]) -> String {
    match names.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} and {last}", rest.join(", ")),
        _ => names.concat(),
    }
}

/// The entries of the file's one section.
fn section(file: &Document) -> Result<&[(Node, Node)], Error> {
    if file.sections.iter().any(|(key, _)| key.as_text() == Some(PARAMETERS)) {
        return file.entries(PARAMETERS);
    }
    let example = "It holds one map: `Parameters:` with a value for each name, or `Parameters: {}`.";
    Err(Error::new(format!("{}: there is no `{PARAMETERS}` in this file", file.file)).hint(example))
}

/// A warning for everything else in the file.
pub(super) fn unknown_sections(file: &Document) -> Vec<String> {
    let unknown = file.sections.iter().filter(|(key, _)| key.as_text() != Some(PARAMETERS));
    unknown
        .map(|(key, _)| {
            let shown = name(key.as_text().unwrap_or("this key"));
            format!(
                "{}: `{shown}` has no effect: only `{PARAMETERS}` is read from this file",
                file.place(key)
            )
        })
        .collect()
}
