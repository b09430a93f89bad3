//! `${VAR}` in patches. In a manifest it becomes the variable's value; patches are not interpolated.

use super::{Operation, Patch};
use crate::template::cfn::call::Call;
use crate::yaml::{Kind, Node};

/// Keys below which other programs replace `${VAR}`: shells, CodeBuild, Step Functions, JavaScript.
const READ_BY_OTHERS: [&str; 8] = [
    "BuildSpec",
    "Command",
    "Definition",
    "DefinitionString",
    "EntryPoint",
    "InlineCode",
    "UserData",
    "ZipFile",
];
/// Variables of manifests, with the parameters of the template that have the same values.
const PARAMETERS: [(&str, &str); 2] =
    [("COPILOT_APPLICATION_NAME", "AppName"), ("COPILOT_ENVIRONMENT_NAME", "EnvName")];

/// A warning for each text of a patch with variables that stay as they are written.
pub(super) fn kept(file: &str, patch: &Patch) -> Vec<String> {
    let mut search = Search { texts: Vec::new() };
    search.text(&patch.path, patch.line);
    let is_read_by_others = |step: &String| READ_BY_OTHERS.contains(&step.as_str());
    if let (Operation::Add(value) | Operation::Replace(value), false) =
        (&patch.operation, patch.steps.iter().any(is_read_by_others))
    {
        search.value(value);
    }
    let warnings = search.texts.into_iter().map(|(line, names)| {
        let written: Vec<String> = names.iter().map(|name| format!("`${{{name}}}`")).collect();
        let known = names.iter().find_map(|name| PARAMETERS.iter().find(|(variable, _)| variable == name));
        let advice = match known {
            Some((_, parameter)) => format!("write `!Sub` before the text, and `${{{parameter}}}` in it"),
            None => "`!Sub` before a text puts in parameters and resources of the template".to_owned(),
        };
        let stays = if names.len() == 1 { "stays as it is" } else { "stay as they are" };
        format!(
            "{file}:{line}: {} {stays} written: patches take no values from the environment; {advice}",
            written.join(", ")
        )
    });
    warnings.collect()
}

struct Search<'a> {
    /// Line and variables of each text that has some.
    texts: Vec<(usize, Vec<&'a str>)>,
}

impl<'a> Search<'a> {
    fn text(&mut self, text: &'a str, line: usize) {
        let mut names = Vec::new();
        for name in text.split("${").skip(1).filter_map(|rest| Some(rest.split_once('}')?.0)) {
            if is_variable(name) && !names.contains(&name) {
                names.push(name);
            }
        }
        if !names.is_empty() {
            self.texts.push((line, names));
        }
    }

    fn value(&mut self, node: &'a Node) {
        if let Some(call) = Call::of(node)
            && call.substitution().is_some()
        {
            // The text's names are the template's; the variables' values are values like others.
            return call.items().iter().skip(1).for_each(|variables| self.value(variables));
        }
        match &node.kind {
            Kind::Scalar(scalar) => self.text(&scalar.text, node.span.line),
            Kind::Sequence(items) => items.iter().for_each(|item| self.value(item)),
            Kind::Mapping(entries) => {
                let of_template = entries
                    .iter()
                    .filter(|(key, _)| !key.as_text().is_some_and(|k| READ_BY_OTHERS.contains(&k)));
                of_template.for_each(|(_, value)| self.value(value));
            }
        }
    }
}

/// What the interpolation of manifests takes for the name of a variable.
fn is_variable(name: &str) -> bool {
    let mut bytes = name.bytes();
    bytes.next().is_some_and(|first| first.is_ascii_alphabetic() || first == b'_')
        && bytes.all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}
