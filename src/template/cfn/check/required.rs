//! What every entry of a template must have, and what it may have: a name that CloudFormation takes, its `Type`
//! or `Value`, and no key that CloudFormation does not know. It refuses other templates, but only once images
//! are built and pushed.

use crate::manifest::suggest::nearest;
use crate::template::cfn::Finding;
use crate::template::cfn::call::{Call, literal};
use crate::template::cfn::check::dangling::is_left_to_cloudformation;
use crate::template::cfn::section::{OUTPUTS, PARAMETERS, RESOURCES, entries};
use crate::yaml::{Kind, Node};

/// The sections of a template.
const SECTIONS: [&str; 11] = [
    "AWSTemplateFormatVersion",
    "Description",
    "Metadata",
    PARAMETERS,
    "Rules",
    "Mappings",
    "Conditions",
    "Transform",
    "Hooks",
    RESOURCES,
    OUTPUTS,
];

/// What the entries of a section are like.
struct Entries {
    section: &'static str,
    /// What an entry is called.
    noun: &'static str,
    /// The key that it must have.
    required: &'static str,
    /// The keys that it may have.
    keys: &'static [&'static str],
}

const ENTRIES: [Entries; 3] = [
    Entries {
        section: PARAMETERS,
        noun: "parameter",
        required: "Type",
        keys: &[
            "Type",
            "Default",
            "Description",
            "AllowedValues",
            "AllowedPattern",
            "ConstraintDescription",
            "MinLength",
            "MaxLength",
            "MinValue",
            "MaxValue",
            "NoEcho",
        ],
    },
    Entries {
        section: RESOURCES,
        noun: "resource",
        required: "Type",
        keys: &[
            "Type",
            PROPERTIES,
            "DependsOn",
            "Condition",
            "Metadata",
            DELETION_POLICY,
            UPDATE_REPLACE_POLICY,
            "CreationPolicy",
            "UpdatePolicy",
            "Description",
        ],
    },
    Entries {
        section: OUTPUTS,
        noun: "output",
        required: "Value",
        keys: &["Value", "Description", "Export", "Condition"],
    },
];

const PROPERTIES: &str = "Properties";
const DELETION_POLICY: &str = "DeletionPolicy";
const UPDATE_REPLACE_POLICY: &str = "UpdateReplacePolicy";
/// What these keys of a resource may be.
const POLICIES: [(&str, &[&str]); 2] = [
    (DELETION_POLICY, &["Delete", "Retain", "RetainExceptOnCreate", "Snapshot"]),
    (UPDATE_REPLACE_POLICY, &["Delete", "Retain", "Snapshot"]),
];
/// Keys that people write, too far from what they mean to look like a misspelling.
const MEANT: [(&str, &str); 4] =
    [("property", PROPERTIES), ("props", PROPERTIES), ("depends", "DependsOn"), ("keep", "Retain")];

/// Every entry that CloudFormation refuses, and every section that it does not know, in the template's order.
///
/// A template that macros or modules expand is left to CloudFormation: they may mend it.
pub fn find(body: &Node) -> Vec<Finding<'_>> {
    if is_left_to_cloudformation(body) {
        return Vec::new();
    }
    let mut found = unknown_sections(body);
    for kind in &ENTRIES {
        for (node, key, entry) in entries(body, kind.section) {
            let noun = kind.noun;
            let mut add = |message: String| found.push(Finding::new(kind.section, key, node.span, &message));
            if key.is_empty() || !key.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
                add(format!(
                    "the name of the {noun} `{key}` may consist of the letters A-Z, a-z and digits only"
                ));
            }
            let required = kind.required;
            match &entry.kind {
                Kind::Mapping(members) => {
                    if entry.get(required).is_none_or(Node::is_null) {
                        add(format!("the {noun} `{key}` has no `{required}`"));
                    }
                    found.extend(unknown_keys(kind, key, entry, members));
                    found.extend(unknown_policies(kind, key, members));
                }
                Kind::Sequence(_) | Kind::Scalar(_) => add(format!("the {noun} `{key}` must be a map")),
            }
        }
    }
    found
}

fn unknown_sections(body: &Node) -> Vec<Finding<'_>> {
    let Kind::Mapping(sections) = &body.kind else { return Vec::new() };
    let names = sections.iter().filter_map(|(key, _)| Some((key, key.as_text()?)));
    names
        .filter(|(_, name)| !SECTIONS.contains(name))
        .map(|(key, name)| {
            let suggestion = suggestion(name, &SECTIONS);
            let message = format!("a template has no section `{name}`{suggestion}");
            let finding = Finding::new("", name, key.span, &message);
            match suggestion.is_empty() {
                true => finding.advice(&format!("Its sections are {}.", SECTIONS.join(", "))),
                false => finding,
            }
        })
        .collect()
}

/// Keys beside `Properties` that no resource has, and the like.
fn unknown_keys<'a>(
    kind: &Entries,
    key: &'a str,
    entry: &'a Node,
    members: &'a [(Node, Node)],
) -> Vec<Finding<'a>> {
    let resource_type = entry.get("Type").and_then(literal).unwrap_or_default();
    let is_custom =
        resource_type == "AWS::CloudFormation::CustomResource" || resource_type.starts_with("Custom::");
    let is_known = |name: &str| kind.keys.contains(&name) || (is_custom && name == "Version");
    let names = members.iter().filter_map(|(node, _)| Some((node, node.as_text()?)));
    names
        .filter(|(_, name)| !is_known(name))
        .map(|(node, name)| {
            let noun = kind.noun;
            let suggestion = suggestion(name, kind.keys);
            let message = format!("the {noun} `{key}` has the key `{name}`, which no {noun} has{suggestion}");
            let known = kind.keys.join(", ");
            let finding = Finding::new(kind.section, key, node.span, &message);
            match (suggestion.is_empty(), kind.section) {
                (false, _) => finding,
                (true, RESOURCES) => finding.advice(&format!(
                    "A property of its type belongs below `Properties`. Other keys of a resource are {known}."
                )),
                (true, _) => finding.advice(&format!("It may have {known}.")),
            }
        })
        .collect()
}

/// Policies of a resource with a value that CloudFormation does not know. What a function makes is its affair.
fn unknown_policies<'a>(kind: &Entries, key: &'a str, members: &'a [(Node, Node)]) -> Vec<Finding<'a>> {
    if kind.section != RESOURCES {
        return Vec::new();
    }
    let mut found = Vec::new();
    for (node, value) in members {
        let policy = node.as_text().unwrap_or_default();
        let Some((_, allowed)) = POLICIES.iter().find(|(name, _)| *name == policy) else { continue };
        if Call::of(value).is_some() {
            continue;
        }
        let message = match value.as_text().filter(|text| !text.is_empty()) {
            Some(text) if allowed.contains(&text) => continue,
            Some(text) => {
                let suggestion = suggestion(text, allowed);
                format!("the `{policy}` of the resource `{key}` cannot be `{text}`{suggestion}")
            }
            None => format!("the `{policy}` of the resource `{key}` must be a text"),
        };
        let advice = format!("It is one of {}.", allowed.join(", "));
        // The key may be the program's own, and the value from a patch.
        let span = if node.span.line > 0 { node.span } else { value.span };
        found.push(Finding::new(kind.section, key, span, &message).advice(&advice));
    }
    found
}

fn suggestion(name: &str, known: &[&'static str]) -> String {
    let meant =
        MEANT.iter().find(|(written, meant)| name.eq_ignore_ascii_case(written) && known.contains(meant));
    let meant = meant.map(|(_, meant)| *meant).or_else(|| nearest(name, known));
    meant.map(|meant| format!(", did you mean `{meant}`?")).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml::load;

    fn told(template: &str) -> Vec<String> {
        let body = load(template).unwrap().unwrap();
        find(&body).into_iter().map(|entry| format!("{}: {}", entry.span.line, entry.message)).collect()
    }

    #[test]
    fn finds_what_cloudformation_refuses() {
        let found = told(
            "Parameters:\n  P: {Default: 1}\n  Q-R: {Type: String}\n  S: {Type: String}\n\
             Resources:\n  A: {}\n  B: {Type: }\n  C_D: {Type: T}\n  'é': {Type: T}\n  E:\n  F: [Type]\n  G: {Type: T}\n  1: {Type: T}\n\
             Outputs:\n  O: {Description: x}\n  O-P: {Value: x}\n  Q: {Value: ''}\n",
        );
        insta::assert_snapshot!(found.join("\n"));
    }

    #[test]
    fn finds_keys_and_values_that_cloudformation_does_not_know() {
        let body = load(
            "Output: {}\nResource: {}\nFormatVersion: x\n\
             Parameters:\n  P: {Type: String, default: x, Defualt: y}\n\
             Resources:\n  A:\n    Type: T\n    LaunchType: FARGATE\n    Property: {}\n    deletionPolicy: Retain\n    Depends_On: B\n    Fn::If: [a, b, c]\n\
             \x20 B: {Type: T, DeletionPolicy: Keep, UpdateReplacePolicy: RetainExceptOnCreate}\n\
             \x20 C: {Type: T, DeletionPolicy: retain, UpdateReplacePolicy: [Retain]}\n\
             \x20 D: {Type: T, Version: '1.0', DeletionPolicy: }\n\
             Outputs:\n  O: {Value: x, Values: y, Name: z}\n",
        );
        let body = body.unwrap().unwrap();
        let lines = find(&body).into_iter().map(|finding| {
            let advice = finding.advice.map(|advice| format!("   {advice}\n")).unwrap_or_default();
            format!("{}: {}\n{advice}", finding.span.line, finding.message)
        });
        insta::assert_snapshot!(lines.collect::<String>(), @"
        1: a template has no section `Output`, did you mean `Outputs`?
        2: a template has no section `Resource`, did you mean `Resources`?
        3: a template has no section `FormatVersion`
           Its sections are AWSTemplateFormatVersion, Description, Metadata, Parameters, Rules, Mappings, Conditions, Transform, Hooks, Resources, Outputs.
        5: the parameter `P` has the key `default`, which no parameter has, did you mean `Default`?
        5: the parameter `P` has the key `Defualt`, which no parameter has, did you mean `Default`?
        9: the resource `A` has the key `LaunchType`, which no resource has
           A property of its type belongs below `Properties`. Other keys of a resource are Type, Properties, DependsOn, Condition, Metadata, DeletionPolicy, UpdateReplacePolicy, CreationPolicy, UpdatePolicy, Description.
        10: the resource `A` has the key `Property`, which no resource has, did you mean `Properties`?
        11: the resource `A` has the key `deletionPolicy`, which no resource has, did you mean `DeletionPolicy`?
        12: the resource `A` has the key `Depends_On`, which no resource has, did you mean `DependsOn`?
        13: the resource `A` has the key `Fn::If`, which no resource has
           A property of its type belongs below `Properties`. Other keys of a resource are Type, Properties, DependsOn, Condition, Metadata, DeletionPolicy, UpdateReplacePolicy, CreationPolicy, UpdatePolicy, Description.
        14: the `DeletionPolicy` of the resource `B` cannot be `Keep`, did you mean `Retain`?
           It is one of Delete, Retain, RetainExceptOnCreate, Snapshot.
        14: the `UpdateReplacePolicy` of the resource `B` cannot be `RetainExceptOnCreate`
           It is one of Delete, Retain, Snapshot.
        15: the `DeletionPolicy` of the resource `C` cannot be `retain`, did you mean `Retain`?
           It is one of Delete, Retain, RetainExceptOnCreate, Snapshot.
        15: the `UpdateReplacePolicy` of the resource `C` must be a text
           It is one of Delete, Retain, Snapshot.
        16: the resource `D` has the key `Version`, which no resource has
           A property of its type belongs below `Properties`. Other keys of a resource are Type, Properties, DependsOn, Condition, Metadata, DeletionPolicy, UpdateReplacePolicy, CreationPolicy, UpdatePolicy, Description.
        16: the `DeletionPolicy` of the resource `D` must be a text
           It is one of Delete, Retain, RetainExceptOnCreate, Snapshot.
        18: the output `O` has the key `Values`, which no output has, did you mean `Value`?
        18: the output `O` has the key `Name`, which no output has
           It may have Value, Description, Export, Condition.
        ");
    }

    #[test]
    fn all_that_cloudformation_knows_is_fine() {
        let template = "AWSTemplateFormatVersion: x\nDescription: x\nMetadata: {}\nRules: {}\nMappings: {}\nConditions: {}\nHooks: {}\n\
            Parameters:\n  P: {Type: String, Default: a, Description: b, AllowedValues: [a], AllowedPattern: a, ConstraintDescription: c, MinLength: 1, MaxLength: 2, NoEcho: true}\n  N: {Type: Number, MinValue: 1, MaxValue: 2}\n\
            Resources:\n  A: {Type: T, Description: x, Properties: {}, DependsOn: B, Condition: C, Metadata: {}, DeletionPolicy: RetainExceptOnCreate, UpdateReplacePolicy: Snapshot, CreationPolicy: {}, UpdatePolicy: {}}\n\
            \x20 B: {Type: Custom::Thing, Version: '1.0', DeletionPolicy: Delete, UpdateReplacePolicy: Delete}\n\
            \x20 C: {Type: AWS::CloudFormation::CustomResource, Version: 1, DeletionPolicy: Snapshot, UpdateReplacePolicy: 'Retain'}\n\
            Outputs:\n  O: {Value: x, Description: y, Export: {Name: z}, Condition: C}\n";
        assert_eq!(told(template), Vec::<String>::new());
    }

    #[test]
    fn what_macros_and_modules_make_is_left_alone() {
        for template in [
            "Transform: M\nResources: {A-B: {}}",
            "Resources: {A: {Fn::Transform: {Name: M}}}",
            "Resources: {A: {Type: My::Own::Thing::MODULE}, B: {}}",
            "Metadata: {a-b: 1}\nConditions: {a-b: 1}",
            "Resources: text",
            "Transform: AWS::Serverless-2016-10-31\nGlobals: {}\nResources: {A: {Type: T, Connectors: {}}}",
            "Resources: {A: {Type: T, DeletionPolicy: !Ref P, UpdateReplacePolicy: !If [a, Retain, Delete]}}",
            "Resources: {A: {Type: T, Fn::Transform: {Name: M}}}",
            "Resources: {'Fn::ForEach::A': [X, [a], {'A${X}': {Type: T, Foo: bar}}]}",
        ] {
            assert!(told(template).is_empty(), "{template}");
        }
    }
}
