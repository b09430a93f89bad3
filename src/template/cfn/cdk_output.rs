//! What a CDK app made of a template, brought back into the form that is deployed.

use super::template::{Template, mark_overridden};
use crate::error::{Error, Result};
use crate::yaml::{self, Kind, Node};

/// Sections that are kept, in this order. `Rules` are not: CDK's only rule checks that the account was
/// prepared for deployments by CDK itself.
const SECTIONS: [&str; 9] = [
    "AWSTemplateFormatVersion",
    "Description",
    "Metadata",
    "Parameters",
    "Mappings",
    "Conditions",
    "Transform",
    "Resources",
    "Outputs",
];

/// A parameter of CDK's own deployments.
const BOOTSTRAP_VERSION: &str = "BootstrapVersion";

/// Lines of an unusable output that are shown.
const SHOWN_LINES: usize = 5;

/// Lines of these that stand before the one that an error names.
const LINES_BEFORE: usize = 2;

/// Makes a template with this comment above it of what `cdk synth` printed.
///
/// # Errors
/// When that is no YAML or no template with resources.
pub fn template(printed: &str, header: &'static str) -> Result<Template> {
    let shown = |what: String, lines: Vec<String>| {
        Error::new(format!("`cdk synth` printed no usable template: {what}")).details(lines).hint(
            "An app must have exactly one stack, and nothing but its template may go to standard output.",
        )
    };
    let unusable = |what: String| {
        let lines = printed.lines().filter(|line| !line.trim().is_empty()).take(SHOWN_LINES);
        shown(what, lines.map(std::borrow::ToOwned::to_owned).collect())
    };
    let body = yaml::load(printed).map_err(|e| shown(e.to_string(), lines_around(printed, e.span.line)))?;
    let Some(Node { kind: Kind::Mapping(mut entries), .. }) = body else {
        return Err(unusable("it printed no map".to_owned()));
    };
    let mut body = Vec::new();
    for section in SECTIONS {
        let Some(at) = entries.iter().position(|(key, _)| key.as_text() == Some(section)) else { continue };
        let (key, mut value) = entries.swap_remove(at);
        if let ("Parameters", Kind::Mapping(parameters)) = (section, &mut value.kind) {
            parameters.retain(|(name, _)| name.as_text() != Some(BOOTSTRAP_VERSION));
            parameters.sort_by(|a, b| a.0.as_text().cmp(&b.0.as_text()));
            if parameters.is_empty() {
                continue;
            }
        }
        body.push((key, value));
    }
    let mut body = Node::new(Kind::Mapping(body));
    match body.get("Resources").map(|resources| &resources.kind) {
        Some(Kind::Mapping(resources)) if !resources.is_empty() => {}
        _ => return Err(unusable("it has no \"Resources\"".to_owned())),
    }
    mark_overridden(&mut body, "and CDK");
    Ok(Template { body, header })
}

/// The line of this number and those around it, each with its number. What an app prints beside its template can
/// stand anywhere in it.
fn lines_around(text: &str, number: usize) -> Vec<String> {
    let first = number.saturating_sub(LINES_BEFORE).max(1);
    let lines = text.lines().enumerate().skip(first - 1).take(SHOWN_LINES);
    lines.map(|(index, line)| format!("{:>6} | {}", index + 1, line)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::template::cfn::values::Values;
    use crate::template::job::check;
    use crate::template::job::testing::minimal_job;

    #[test]
    fn keeps_the_standard_sections_in_order() {
        let printed = "Resources:\n  Job:\n    Type: A::B::C\n    Properties:\n      Name:\n        Ref: B\n\
                       Rules:\n  CheckBootstrapVersion:\n    Assertions: []\n\
                       Parameters:\n  B: {Type: String}\n  BootstrapVersion: {Type: String}\n  A: {Type: String}\n\
                       Hooks: {}\nDescription: A job.\n";
        insta::assert_snapshot!(yaml::emit(&template(printed, "").unwrap().body));
    }

    #[test]
    fn shows_the_line_that_an_error_names() {
        let template: String = (0..40).map(|i| format!("  R{i}:\n    Type: A::B::C\n")).collect();
        let told = |printed: &str| {
            let error = super::template(printed, "").unwrap_err();
            format!("{error}\n{}", error.detail_lines().join("\n"))
        };
        insta::assert_snapshot!(told(&format!("Bundling asset job/Code...\nResources:\n{template}")), @"
        `cdk synth` printed no usable template: line 2, column 10: invalid YAML: mapping values are not allowed in this context
             1 | Bundling asset job/Code...
             2 | Resources:
             3 |   R0:
             4 |     Type: A::B::C
             5 |   R1:
        ");
        insta::assert_snapshot!(told(&format!("Resources:\n{template}Done in \u{1b}[1m3s\u{1b}[0m.\n")), @r"
        `cdk synth` printed no usable template: line 82, column 1: invalid YAML: unexpected character: `\u{1b}'
            80 |   R39:
            81 |     Type: A::B::C
            82 | Done in [1m3s[0m.
        ");
        insta::assert_snapshot!(told(&format!("Resources:\n{template}> deprecated: {{x\n{template}")), @"
        `cdk synth` printed no usable template: line 82, column 1: invalid YAML: while scanning a block scalar, did not find expected comment or line break
            80 |   R39:
            81 |     Type: A::B::C
            82 | > deprecated: {x
            83 |   R0:
            84 |     Type: A::B::C
        ");
        insta::assert_snapshot!(told("npm notice\n{\n  \"Resources\": {\"A\": {\"Type\": \"T\"}}\n}\n"), @r#"
        `cdk synth` printed no usable template: line 3, column 14: invalid YAML: mapping values are not allowed in this context
             1 | npm notice
             2 | {
             3 |   "Resources": {"A": {"Type": "T"}}
             4 | }
        "#);
    }

    #[test]
    fn unknown_keys_and_mappings_are_refused() {
        let printed = "Mappings: {Sizes: {prod: {Size: 1}}}\nParameters: {EnvName: {Type: String}}\n\
                       Resources:\n  Job:\n    Type: A::B::C\n    LaunchType: FARGATE\n    Properties:\n      Size: {Fn::FindInMap: [Sizes, {Ref: EnvName}, Size]}\n";
        let values = Values::default().with("EnvName", "test");
        let error =
            check::check(&template(printed, "").unwrap(), &minimal_job("report"), &values, None).unwrap_err();
        insta::assert_snapshot!(error.detail_lines().join("\n"), @r"
        the resource `Job` has the key `LaunchType`, which no resource has
        the resource `Job`, Properties/Size: the mapping `Sizes` has no key `test` (the value of `EnvName`), only `prod`
        ");
    }

    #[test]
    fn refuses_what_is_no_template() {
        let cases = [
            "",
            "Successfully synthesized to cdk.out\nSupply a stack id (a, b) to display its template.\n",
            "[Warning] look: here: now\nResources: {}\n",
            "Resources: {}\n",
            "- a\n",
        ];
        let told: Vec<String> = cases
            .iter()
            .map(|printed| {
                let error = template(printed, "").unwrap_err();
                format!("{error} {:?}", error.detail_lines())
            })
            .collect();
        insta::assert_snapshot!(told.join("\n"));
    }
}
