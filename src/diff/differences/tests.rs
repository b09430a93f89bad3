//! Tests of the report of differences.

use serde_json::{Value, json};

use super::*;

type Values = BTreeMap<String, String>;

fn map(entries: &[(&str, &str)]) -> Values {
    entries.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
}

/// One side of a comparison.
#[derive(Clone, Default)]
struct Side {
    template: String,
    parameters: Values,
    tags: Values,
    addons: String,
}

impl Side {
    fn new(template: &str, parameters: &[(&str, &str)]) -> Self {
        Self { template: template.to_owned(), parameters: map(parameters), ..Self::default() }
    }

    fn contents(&self) -> Contents<'_> {
        let Self { template, parameters, tags, addons } = self;
        Contents { template, parameters, tags, addons }
    }
}

fn compare(old: &Side, new: &Side) -> Differences {
    Differences::new(&old.contents(), &new.contents(), Knowledge::of_tests()).unwrap()
}

fn report(old: &Side, new: &Side) -> Value {
    serde_json::to_value(compare(old, new)).unwrap()
}

const TEMPLATE: &str = "
Parameters: {Schedule: {Type: String}, TaskCPU: {Type: String}, Secret: {Type: String, NoEcho: true}}
Resources: {A: {Type: T}}
";

#[test]
fn nothing_differs() {
    let side = Side {
        tags: map(&[("team", "a")]),
        addons: "Resources: {}".to_owned(),
        ..Side::new(TEMPLATE, &[("Schedule", "none"), ("TaskCPU", "256")])
    };
    let differences = compare(&side, &side);
    assert!(differences.is_empty());
    assert_eq!(
        serde_json::to_value(&differences).unwrap(),
        json!({"template": [], "parameters": [], "tags": [], "images": [], "replacements": []})
    );
}

#[test]
fn values_of_parameters() {
    let schedule = |old: &str, new: &str| {
        (
            Side::new(TEMPLATE, &[("Schedule", old), ("TaskCPU", "256")]),
            Side::new(TEMPLATE, &[("Schedule", new), ("TaskCPU", "256")]),
        )
    };
    let (old, new) = schedule("cron(0 9 * * ? *)", "rate(5 minutes)");
    assert!(!compare(&old, &new).is_empty());
    assert_eq!(
        report(&old, &new)["parameters"],
        json!([{
            "key": "Schedule", "old": "cron(0 9 * * ? *)", "new": "rate(5 minutes)",
            "words": {"old": "every day at 09:00 UTC", "new": "every 5 minutes"}
        }])
    );
    // One side only, and neither.
    let (old, new) = schedule("cron(0 9 L * ? *)", "none");
    assert_eq!(
        report(&old, &new)["parameters"][0]["words"],
        json!({"new": "disabled; the job runs when started by hand"})
    );
    let (old, new) = schedule("cron(0 9 L * ? *)", "cron(0 8 L * ? *)");
    assert_eq!(report(&old, &new)["parameters"][0].get("words"), None);

    for (name, old, new, want) in [
        (
            "changed",
            &[("TaskCPU", "256")][..],
            &[("TaskCPU", "512")][..],
            json!([{"key": "TaskCPU", "old": "256", "new": "512"}]),
        ),
        ("added", &[], &[("New", "1")], json!([{"key": "New", "new": "1"}])),
        ("removed", &[("Old", "1")], &[], json!([{"key": "Old", "old": "1"}])),
        ("added without a value", &[], &[("New", "")], json!([])),
        ("removed without a value", &[("Old", "")], &[], json!([])),
        ("emptied", &[("Url", "u")], &[("Url", "")], json!([{"key": "Url", "old": "u", "new": ""}])),
        (
            "not known yet",
            &[("ContainerImage", "r/j:1")],
            &[("ContainerImage", "r/j@(known after push)")],
            json!([{"key": "ContainerImage", "old": "r/j:1", "new": "r/j@(known after push)", "known_after_push": true}]),
        ),
    ] {
        let (old, new) = (Side::new(TEMPLATE, old), Side::new(TEMPLATE, new));
        assert_eq!(report(&old, &new)["parameters"], want, "{name}");
    }
}

#[test]
fn defaults_stand_for_what_is_not_sent() {
    let template = |default: &str| format!("Parameters: {{P: {{Type: String, Default: {default}}}}}");
    let old = Side::new(&template("a"), &[("P", "a")]);
    assert_eq!(report(&old, &Side::new(&template("a"), &[]))["parameters"], json!([]));
    assert_eq!(
        report(&old, &Side::new(&template("b"), &[]))["parameters"],
        json!([{"key": "P", "old": "a", "new": "b"}])
    );
    assert_eq!(
        report(&old, &Side::new("Resources: {}", &[]))["parameters"],
        json!([{"key": "P", "old": "a"}])
    );
}

#[test]
fn hidden_values_are_never_told() {
    let old = Side::new(TEMPLATE, &[("Secret", "****")]);
    for (old_template, new_template) in
        [(TEMPLATE, TEMPLATE), ("Resources: {}", TEMPLATE), (TEMPLATE, "Resources: {}")]
    {
        let (old, new) = (
            Side::new(old_template, &[("Secret", "before")]),
            Side::new(new_template, &[("Secret", "after")]),
        );
        let differences = compare(&old, &new);
        assert!(!differences.is_empty());
        assert_eq!(
            serde_json::to_value(&differences.parameters).unwrap(),
            json!([{"key": "Secret", "hidden": true}])
        );
    }
    // Not sent: it stays what it is, and of another default the template tells.
    assert!(compare(&old, &Side::new(TEMPLATE, &[])).is_empty());
    let default =
        |text: &str| format!("Parameters: {{S: {{Type: String, NoEcho: 'True', Default: {text}}}}}");
    let (old, new) = (Side::new(&default("a"), &[("S", "****")]), Side::new(&default("b"), &[]));
    assert_eq!(report(&old, &new)["parameters"], json!([]));
    assert!(!compare(&old, &new).is_empty());
}

#[test]
fn tags_addons_and_images_count() {
    let old = Side { tags: map(&[("a", "1"), ("b", "1")]), ..Side::new(TEMPLATE, &[]) };
    let new = Side { tags: map(&[("b", "2"), ("c", "1")]), ..old.clone() };
    let differences = compare(&old, &new);
    assert!(!differences.is_empty() && differences.template.is_empty());
    assert_eq!(
        serde_json::to_value(&differences.tags).unwrap(),
        json!([{"key": "a", "old": "1"}, {"key": "b", "old": "1", "new": "2"}, {"key": "c", "new": "1"}])
    );

    let new = Side { addons: "Resources: {T: {Type: X}}".to_owned(), ..old.clone() };
    assert!(!compare(&old, &new).is_empty());
    assert_eq!(
        report(&old, &new)["addons"],
        json!([{"op": "add", "path": [], "new": {"Resources": {"T": {"Type": "X"}}}}])
    );
    assert_eq!(report(&new, &old)["addons"][0]["op"], "remove");

    let image = ImageChange { container: "job".to_owned(), reference: "r/j:1".to_owned() };
    let differences = compare(&old, &old).with_images(vec![image]);
    assert!(!differences.is_empty());
    assert_eq!(
        serde_json::to_value(&differences).unwrap()["images"],
        json!([{"container": "job", "reference": "r/j:1"}])
    );
}

#[test]
fn what_cannot_be_compared_is_named() {
    let good = Side::new(TEMPLATE, &[]);
    for (old, new, want) in [
        (Side::new("a: [", &[]), good.clone(), "the deployed template"),
        (good.clone(), Side::new("- a", &[]), "the new template"),
        (Side { addons: "a: b: c".to_owned(), ..good.clone() }, good.clone(), "addons"),
    ] {
        let error = Differences::new(&old.contents(), &new.contents(), Knowledge::of_tests()).err().unwrap();
        assert!(error.to_string().contains(want), "{error}");
    }
}

fn resources(text: &str) -> Side {
    Side::new(
        &format!(
            "Parameters: {{P: {{Type: String}}, Q: {{Type: String}}}}\n\
             Conditions: {{HasP: !Not [!Equals [!Ref P, '']], Both: !And [{{Condition: HasP}}, !Equals [a, a]]}}\n\
             Resources: {{{text}}}"
        ),
        &[("P", "1"), ("Q", "1")],
    )
}

#[test]
fn replacements_are_told_from_the_templates() {
    let role = |properties: &str| format!("A: {{Type: AWS::IAM::Role, Properties: {{{properties}}}}}");
    let task =
        |properties: &str| format!("A: {{Type: AWS::ECS::TaskDefinition, Properties: {{{properties}}}}}");
    let told =
        |properties: &[&str], certain: bool, harmless: bool| Some((properties.join(","), certain, harmless));
    for (old, new, changed, want) in [
        (role("RoleName: a"), role("RoleName: b"), "", told(&["RoleName"], true, false)),
        (role("RoleName: a, Path: /"), role("Path: /x/"), "", told(&["Path", "RoleName"], true, false)),
        (role("RoleName: a"), role("RoleName: 'a'"), "", None),
        (role("Policies: []"), role("Policies: [a]"), "", None),
        // A function may give what was written out before.
        (role("RoleName: a"), role("RoleName: !Sub 'a'"), "", told(&["RoleName"], false, false)),
        (role("RoleName: !Ref P"), role("RoleName: {Ref: P}"), "", None),
        (role("RoleName: !Ref P"), role("RoleName: !Ref P"), "P", told(&["RoleName"], true, false)),
        (role("RoleName: !Ref P"), role("RoleName: !Ref P"), "Q", None),
        (
            role("RoleName: !Sub 'a-${P}'"),
            role("RoleName: {'Fn::Sub': ['a-${P}', {}]}"),
            "P",
            told(&["RoleName"], true, false),
        ),
        (role("RoleName: P"), role("RoleName: P"), "P", None),
        (
            role("RoleName: !If [Both, a, b]"),
            role("RoleName: !If [Both, a, b]"),
            "P",
            told(&["RoleName"], false, false),
        ),
        (role("RoleName: !If [Both, a, b]"), role("RoleName: !If [Both, a, b]"), "Q", None),
        (task("Cpu: 1, Tags: [a]"), task("Cpu: 1, Tags: [b]"), "", None),
        (task("Cpu: !Ref P"), task("Cpu: !Ref P"), "P", told(&["Cpu"], true, true)),
        (
            "A: {Type: AWS::SNS::Topic, Properties: {FifoTopic: true}}".to_owned(),
            "A: {Type: AWS::SNS::Topic}".to_owned(),
            "",
            told(&["FifoTopic"], true, false),
        ),
        (
            "A: {Type: AWS::EFS::AccessPoint, Properties: {PosixUser: {Uid: 1}}}".to_owned(),
            "A: {Type: AWS::EFS::AccessPoint, Properties: {PosixUser: {Uid: 2}}}".to_owned(),
            "",
            told(&["PosixUser"], true, false),
        ),
        // New and removed ones are no replacements; the template's differences show them.
        ("B: {Type: AWS::IAM::Role}".to_owned(), role("RoleName: a"), "", None),
    ] {
        let (old_side, mut new_side) = (resources(&old), resources(&new));
        if !changed.is_empty() {
            new_side.parameters.insert(changed.to_owned(), "2".to_owned());
        }
        let differences = compare(&old_side, &new_side);
        let got = differences.replacements.first().map(|r| (r.properties.join(","), r.certain, r.harmless));
        assert_eq!(got, want, "{old} -> {new}");
    }
    // A new stack replaces nothing.
    assert!(compare(&Side::default(), &resources(&role("RoleName: a"))).replacements.is_empty());
}
