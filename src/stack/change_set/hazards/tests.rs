//! Tests of what a change set is stopped for.

use super::*;
use crate::yaml;

const ACCESS_POINT: &str = "AccessPoint";

const KNOWN: Hazards<'_> = Hazards {
    harmless: &[
        "AWS::ECS::TaskDefinition",
        "AWS::Events::Rule",
        "AWS::SNS::TopicPolicy",
        "AWS::Lambda::Function",
    ],
    keeps_id: &["EnvControllerAction"],
    known: &[],
    only: None,
    special: &|_| None,
};

fn change(id: &str, kind: &str, action: Action) -> Change {
    Change { logical_id: id.into(), resource_type: kind.into(), action, ..Change::default() }
}

fn modified(id: &str, kind: &str, replacement: Replacement, details: &[Detail]) -> Change {
    Change { replacement, details: details.to_vec(), ..change(id, kind, Action::Modify) }
}

/// A property that the template changes.
fn direct(property: &str, recreation: Recreation) -> Detail {
    Detail {
        attribute: "Properties".into(),
        property: Some(property.into()),
        recreation,
        ..Detail::default()
    }
}

/// A property that refers to something that changes.
fn passed_on(property: &str, recreation: Recreation, cause: &str) -> Detail {
    Detail { dynamic: true, cause: Some(cause.into()), ..direct(property, recreation) }
}

fn hazards(changes: &[Change]) -> Vec<String> {
    let template = yaml::load("Resources: {}").unwrap().unwrap();
    let comparison = &Comparison::new(Some(&template), &template);
    Review { changes, comparison, hazards: KNOWN }.hazards()
}

const ROLE: &str = "AWS::IAM::Role";
const TOPIC: &str = "AWS::SNS::Topic";
const ACCESS: &str = "AWS::EFS::AccessPoint";
const CUSTOM: &str = "Custom::EnvControllerFunction";
use Recreation::{Always, Conditionally, Never};
use Replacement::{Conditional, No, Yes};

#[test]
fn every_kind_of_change_is_judged() {
    for (change, told) in [
        (change("New", TOPIC, Action::Add), None),
        (change("Known", TOPIC, Action::Import), None),
        (change("Old", TOPIC, Action::Remove), Some("Old (AWS::SNS::Topic) will be deleted")),
        (Change { retained: true, ..change("Old", TOPIC, Action::Remove) }, None),
        (change("Odd", TOPIC, Action::Undecided), Some("Odd (AWS::SNS::Topic) may be replaced or deleted")),
        (
            change("AddonsStack", NESTED_STACK, Action::Remove),
            Some("AddonsStack (AWS::CloudFormation::Stack) will be deleted with everything in it"),
        ),
        (
            change(ACCESS_POINT, ACCESS, Action::Remove),
            Some("AccessPoint (AWS::EFS::AccessPoint) will be deleted"),
        ),
        (modified("TaskRole", ROLE, No, &[direct("Policies", Never)]), None),
        (
            modified("TaskRole", ROLE, Yes, &[direct("Policies", Never), direct("RoleName", Always)]),
            Some("TaskRole (AWS::IAM::Role) will be replaced, as RoleName changes"),
        ),
        (
            Change { retained: true, ..modified("T", TOPIC, Yes, &[direct("TopicName", Always)]) },
            Some(
                "T (AWS::SNS::Topic) will be replaced (the old one stays in the account), as TopicName changes",
            ),
        ),
        (
            modified("Table", "AWS::DynamoDB::Table", Conditional, &[direct("KeySchema", Conditionally)]),
            Some("Table (AWS::DynamoDB::Table) may be replaced, as KeySchema changes"),
        ),
        (modified("T", TOPIC, Conditional, &[]), Some("T (AWS::SNS::Topic) may be replaced")),
        // Always replaced, never missed.
        (modified("TaskDefinition", "AWS::ECS::TaskDefinition", Yes, &[direct("Volumes", Always)]), None),
        (change("Rule", "AWS::Events::Rule", Action::Remove), None),
        (change("aSNSTopicPolicy", "AWS::SNS::TopicPolicy", Action::Remove), None),
        // No property of a nested stack replaces it.
        (modified("AddonsStack", NESTED_STACK, Conditional, &[direct("TemplateURL", Conditionally)]), None),
        (
            modified("AddonsStack", NESTED_STACK, Yes, &[]),
            Some("AddonsStack (AWS::CloudFormation::Stack) will be replaced"),
        ),
    ] {
        assert_eq!(
            hazards(std::slice::from_ref(&change)),
            told.into_iter().collect::<Vec<_>>(),
            "{change:?}"
        );
    }
}

#[test]
fn what_is_in_a_nested_stack_is_protected_whatever_it_is() {
    let within = vec!["AddonsStack".to_owned(), "Inner".to_owned()];
    let task = Change {
        within: within.clone(),
        ..modified("T", "AWS::ECS::TaskDefinition", Yes, &[direct("Cpu", Always)])
    };
    let table = Change { within, ..change("Table", "AWS::DynamoDB::Table", Action::Remove) };
    assert_eq!(
        hazards(&[task, table]),
        [
            "AddonsStack/Inner/T (AWS::ECS::TaskDefinition) will be replaced, as Cpu changes",
            "AddonsStack/Inner/Table (AWS::DynamoDB::Table) will be deleted"
        ]
    );
}

#[test]
fn a_deletion_with_consequences_names_them() {
    let changes = [
        change(ACCESS_POINT, ACCESS, Action::Remove),
        Change { within: vec!["Nested".to_owned()], ..change(ACCESS_POINT, ACCESS, Action::Remove) },
    ];
    let special =
        |change: &Change| (change.logical_id == ACCESS_POINT).then(|| "all files go with it".to_owned());
    let hazards = Hazards { special: &special, ..KNOWN };
    let review = Review { changes: &changes, comparison: &Comparison::default(), hazards };
    assert_eq!(
        review.hazards(),
        [
            "AccessPoint (AWS::EFS::AccessPoint) will be deleted; all files go with it",
            "Nested/AccessPoint (AWS::EFS::AccessPoint) will be deleted",
        ]
    );
}

/// What a takeover with a managed file system looks like: everything that hangs on the function's ARN is
/// listed.
fn takeover() -> Vec<Change> {
    vec![
        modified("EnvControllerFunction", "AWS::Lambda::Function", No, &[direct("Runtime", Never)]),
        modified(
            "EnvControllerAction",
            CUSTOM,
            Conditional,
            &[
                passed_on("ServiceToken", Always, "EnvControllerFunction.Arn"),
                Detail { dynamic: true, ..direct("ServiceToken", Always) },
            ],
        ),
        modified(
            "AccessPoint",
            ACCESS,
            Conditional,
            &[passed_on("FileSystemId", Always, "EnvControllerAction.ManagedFileSystemID")],
        ),
        modified("Reader", "X::Y::Z", Conditional, &[passed_on("Point", Always, "AccessPoint")]),
    ]
}

#[test]
fn references_to_what_keeps_its_id_replace_nothing() {
    assert_eq!(hazards(&takeover()), [""; 0]);
    // Nor does a new wish for features: the function keeps the id, and the file system stays.
    let mut changes = takeover();
    changes[1].details.push(direct("Parameters", Conditionally));
    changes[1].details.push(direct("EnvVersion", Conditionally));
    assert_eq!(hazards(&changes), [""; 0]);
}

#[test]
fn a_replacement_is_passed_on() {
    let mut changes = takeover();
    changes[0].replacement = Yes;
    assert_eq!(
        hazards(&changes),
        [
            "EnvControllerAction (Custom::EnvControllerFunction) may be replaced, as ServiceToken changes",
            "AccessPoint (AWS::EFS::AccessPoint) may be replaced, as FileSystemId changes",
            "Reader (X::Y::Z) may be replaced, as Point changes",
        ]
    );
}

#[test]
fn attributes_of_other_resources_may_change_without_a_replacement() {
    let table = modified("Table", "AWS::DynamoDB::Table", No, &[direct("StreamSpecification", Never)]);
    let user = modified("User", "X::Y::Z", Conditional, &[passed_on("Stream", Always, "Table.StreamArn")]);
    let told = "User (X::Y::Z) may be replaced, as Stream changes";
    assert_eq!(hazards(&[table, user.clone()]), [told]);
    // A cause that is not in the list, or that is there twice in a circle, is not trusted.
    assert_eq!(hazards(std::slice::from_ref(&user)), [told]);
    let circle = modified("Table", "X::Y::Z", Conditional, &[passed_on("P", Always, "User.Q")]);
    let user = modified("User", "X::Y::Z", Conditional, &[passed_on("Stream", Always, "Table.R")]);
    assert_eq!(hazards(&[user, circle]).len(), 2);
}

#[test]
fn a_changed_text_beside_a_reference_counts() {
    let read = |text: &str| yaml::load(text).unwrap().unwrap();
    let template = |path: &str| read(&format!("Resources: {{A: {{Properties: {{Path: {path}}}}}}}"));
    let changes = [
        modified("B", ROLE, No, &[direct("Policies", Never)]),
        modified(
            "A",
            ACCESS,
            Conditional,
            &[passed_on("Path", Always, "B.Arn"), Detail { dynamic: true, ..direct("Path", Always) }],
        ),
    ];
    for (new, count) in [("!Sub 'a${B.Arn}'", 0), ("!Sub 'b${B.Arn}'", 1)] {
        let comparison = &Comparison::new(Some(&template("!Sub 'a${B.Arn}'")), &template(new));
        let review = Review { changes: &changes, comparison, hazards: KNOWN };
        assert_eq!(review.hazards().len(), count, "{new}");
    }
    // Without the deployed template the worst is assumed.
    let review = Review { changes: &changes, comparison: &Comparison::default(), hazards: KNOWN };
    assert_eq!(review.hazards(), ["A (AWS::EFS::AccessPoint) may be replaced, as Path changes"]);
}

#[test]
fn changes_that_a_command_is_not_about() {
    let inner = |change: Change| Change { within: vec!["Addons".into()], ..change };
    let opaque = Detail { dynamic: true, attribute: "Properties".into(), ..Detail::default() };
    let changes = [
        modified("Rule", "AWS::Events::Rule", No, &[direct("State", Never)]),
        modified("Addons", NESTED_STACK, Conditional, &[opaque]),
        modified("Other", NESTED_STACK, No, &[passed_on("Parameters", Never, "TaskRole")]),
        modified("TaskRole", ROLE, No, &[direct("Policies", Never)]),
        change("Gone", NESTED_STACK, Action::Remove),
        inner(modified("Rule", "AWS::Events::Rule", No, &[])),
    ];
    let template = yaml::load("Resources: {}").unwrap().unwrap();
    let comparison = &Comparison::new(Some(&template), &template);
    let told = |only| {
        Review { changes: &changes, comparison, hazards: Hazards { only, ..KNOWN } }.unexpected().join("\n")
    };
    assert_eq!(told(None), "");
    insta::assert_snapshot!(told(Some(&["Rule"])), @"
    Other (AWS::CloudFormation::Stack)
    TaskRole (AWS::IAM::Role)
    Gone (AWS::CloudFormation::Stack)
    Addons/Rule (AWS::Events::Rule)
    ");
    let removed = [change("Rule", "AWS::Events::Rule", Action::Remove)];
    let only = Hazards { only: Some(&["Rule"]), ..KNOWN };
    assert_eq!(Review { changes: &removed, comparison, hazards: only }.unexpected().len(), 1);
}
