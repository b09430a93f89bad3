use proptest::prelude::*;

use super::*;
use crate::template::job::HEADER;
use crate::template::job::testing::{inputs, minimal_job};
use crate::template::job::{check, limits, render};
use crate::yaml::{emit, load};

const SOURCE: &str = "Description: A job.
Resources:
  Rule:
    Type: AWS::Events::Rule
    Properties:
      ScheduleExpression: !Ref Schedule
      Targets:
        - Arn: !Ref StateMachine
          Id: statemachine
      \"a/b~c\": 1
  Role:
    Type: AWS::IAM::Role
";

fn template(source: &str) -> Template {
    Template { body: load(source).unwrap().unwrap(), header: HEADER }
}

fn patched(patches: &str) -> Result<Template> {
    Patches::read("copilot/job/overrides/cfn.patches.yml", patches)?.apply(&template(SOURCE))
}

fn told(error: &Error) -> String {
    let details = error.detail_lines().iter().map(|line| format!("\n  | {line}"));
    let hints = error.hints().iter().map(|line| format!("\n  {line}"));
    format!("{error}{}", details.chain(hints).collect::<String>())
}

#[test]
fn adds_removes_and_replaces() {
    let template = patched(
        "- {op: add, path: /Resources/Rule/Properties/State, value: ENABLED}
- {op: add, path: /Resources/Rule/Properties/ScheduleExpression, value: !Sub 'rate(${Minutes} minutes)'}
- {op: add, path: /Resources/Rule/Properties/Targets/0, value: {Id: first}}
- {op: add, path: /Resources/Rule/Properties/Targets/-, value: {Id: last}}
- {op: add, path: /Resources/Rule/Properties/Targets/3, value: {Id: very last}}
- {op: replace, path: /Resources/Rule/Properties/Targets/1/Id, value: second}
- {op: remove, path: /Resources/Rule/Properties/Targets/2}
- {op: replace, path: /Resources/Rule/Properties/a~1b~0c, value: !If [Has, '2', null]}
- op: add
  path: /Resources/Queue
  value: &queue
    Type: AWS::SQS::Queue
- op: add
  path: /Resources/Queue2
  value: *queue
- {op: remove, path: /Resources/Role}
- {op: add, path: /Resources/Queue/Properties, value: null}
- {op: add, path: /, value: 'the empty key'}
",
    );
    insta::assert_snapshot!(emit(&template.unwrap().body));
}

#[test]
fn a_file_without_patches_changes_the_description_only() {
    for text in ["", "# - op: add\n", "[]", "null\n"] {
        let template = patched(text).unwrap();
        assert_eq!(
            emit(&template.body),
            SOURCE.replace("A job.", "A job using AWS Copilot with YAML patches.").replace('"', "")
        );
    }
}

#[test]
fn the_whole_template_can_be_replaced() {
    let template =
        patched("- {op: replace, path: '', value: {Description: Mine, Resources: {A: {Type: T}}}}").unwrap();
    insta::assert_snapshot!(emit(&template.body));
}

#[test]
fn variables_that_stay_as_they_are() {
    let text = "- {op: replace, path: /Resources/Role, value: 'role-${STAGE}-${COPILOT_ENVIRONMENT_NAME}'}
- op: add
  path: /Resources/Queue
  value:
    Type: AWS::SQS::Queue
    Properties:
      QueueName: !Sub '${AppName}-q'
      Tags:
        - {Key: stage, Value: '${TAG}'}
        - {Key: more, Value: !Sub ['${A}', {A: '${B}'}]}
        - {Key: long, Value: {Fn::Sub: '${C}'}}
        - {Key: policy, Value: 'a ${aws:username} ${!D} $E ${} ${F'}
- {op: add, path: '/Resources/Rule/${NAME}', value: 1}
- {op: add, path: /Resources/Job/Command/-, value: 'echo ${HOME}'}
- {op: add, path: /Resources/Job, value: {Type: T, Properties: {EntryPoint: ['${HOME}/run'], DefinitionString: '{\"a\": \"${b}\"}'}}}
- {op: remove, path: /Resources/Role}
";
    let warnings = Patches::read("cfn.patches.yml", text).unwrap().warnings();
    insta::assert_snapshot!(warnings.join("\n"), @r"
    cfn.patches.yml:1: `${STAGE}`, `${COPILOT_ENVIRONMENT_NAME}` stay as they are written: patches take no values from the environment; write `!Sub` before the text, and `${EnvName}` in it
    cfn.patches.yml:9: `${TAG}` stays as it is written: patches take no values from the environment; `!Sub` before a text puts in parameters and resources of the template
    cfn.patches.yml:10: `${B}` stays as it is written: patches take no values from the environment; `!Sub` before a text puts in parameters and resources of the template
    cfn.patches.yml:13: `${NAME}` stays as it is written: patches take no values from the environment; `!Sub` before a text puts in parameters and resources of the template
    ");
}

#[test]
fn only_what_patches_bring_has_a_place() {
    let patches = "- {op: add, path: /Resources/Queue, value: {Type: T}}\n\n- {op: add, path: /Resources/Rule/Foo, value: 1}\n";
    let body = patched(patches).unwrap().body;
    let resources = body.get("Resources").unwrap();
    let Kind::Mapping(entries) = &resources.kind else { panic!() };
    let lines: Vec<_> = entries.iter().map(|(key, value)| (key.span.line, value.span.line)).collect();
    assert_eq!(lines, [(0, 0), (0, 0), (1, 1)]);
    let Kind::Mapping(rule) = &resources.get("Rule").unwrap().kind else { panic!() };
    let lines: Vec<_> = rule.iter().map(|(key, value)| (key.span.line, value.span.line)).collect();
    assert_eq!(lines, [(0, 0), (0, 0), (3, 3)]);
}

#[test]
fn files_that_are_no_patches() {
    let cases = [
        "op: add\npath: /Resources\n",
        "just text\n",
        "- [\n",
        "- add\n- {op: add, path: /A}\n- {op: remove}\n- {path: /A, value: 1}\n",
        "- {op: Replace, path: /A, value: 1}\n- {op: move, path: /A, from: /B}\n",
        "- {op: replace, path: /A, values: 1}\n- {op: remove, paht: /A}\n",
        "- {op: remove, path: [A]}\n- {op: {a: b}, path: /A}\n- {op: remove, path: null}\n",
        "- {op: remove, path: Resources/Rule}\n",
        "- {op: \"\\e[31mred\", path: /A}\n",
    ];
    let told: Vec<String> = cases.iter().map(|case| told(&patched(case).unwrap_err())).collect();
    insta::assert_snapshot!(told.join("\n"));
}

fn deep_path(steps: usize) -> String {
    "/A".repeat(steps)
}

#[test]
fn paths_lead_only_so_deep() {
    let patch = |steps: usize| format!("\n- {{op: remove, path: {}}}\n", deep_path(steps));
    assert!(Patches::read("f", &patch(128)).is_ok());
    insta::assert_snapshot!(told(&patched(&patch(129)).unwrap_err()), @"
    copilot/job/overrides/cfn.patches.yml:2: the patch at index 0 is not usable: its path has 129 steps: up to 128 are taken
      Shorten the path: a template does not nest as deep as that.
    ");
    assert!(Patches::read("f", &patch(100_000)).is_err());
}

/// The deepest template that overrides can make does not exhaust the stack of what walks through it.
#[test]
fn the_deepest_template_is_handled() {
    let nested = |levels: usize| format!("{}x{}", "{A: ".repeat(levels), "}".repeat(levels));
    let mut job = minimal_job("report-gen");
    job.taskdef_overrides = vec![crate::manifest::job::TaskDefOverride {
        path: vec!["A[-]"; 64].join("."),
        line: 0,
        value: load(&nested(128)).unwrap().unwrap(),
    }];
    let inputs = inputs("report-gen");
    let rendered = render(&job, &inputs).unwrap();
    let steps = (1..=128)
        .map(|steps| format!("- {{op: add, path: '/Metadata{}', value: {{}}}}\n", deep_path(steps - 1)));
    let deepest = format!("- {{op: add, path: /Metadata{}, value: {}}}\n", deep_path(127), nested(126));
    let patches = Patches::read("f", &(steps.collect::<String>() + &deepest)).unwrap();
    assert!(patches.warnings().is_empty());
    let template = patches.apply(&rendered).unwrap();
    let values = check::provisional_values(&job, &inputs);
    check::check(&template, &job, &values, None).unwrap();
    limits::check(&template, &job, &inputs).unwrap();
    assert!(template.to_yaml().len() > rendered.to_yaml().len());
}

#[test]
fn paths_that_lead_nowhere() {
    let cases = [
        ("remove", "/Resources/Rull/Properties"),
        ("replace", "/Resources/Rule/Properties/Stat"),
        ("replace", "/Resources/Rule/Properties/Stat/X"),
        ("add", "/resources/Rule/Properties"),
        ("add", "/Parameters/X/Y"),
        ("remove", "/Resources/Rule/Properties/Targets/1"),
        ("replace", "/Resources/Rule/Properties/Targets/-"),
        ("remove", "/Resources/Rule/Properties/Targets/-/Id"),
        ("add", "/Resources/Rule/Properties/Targets/2"),
        ("add", "/Resources/Rule/Properties/Targets/2/Id"),
        ("add", "/Resources/Rule/Properties/Targets/+1"),
        ("add", "/Resources/Rule/Properties/Targets/99999999999999999999999"),
        ("add", "/Resources/Rule/Properties/Targets/first"),
        ("add", "/Resources/Rule/Type/X"),
        ("add", "/Resources/Rule/Type/X/Y"),
        ("remove", "/"),
        ("remove", "/Resources/"),
        ("remove", ""),
        ("remove", "/Resources"),
        ("replace", "/Resources/Rule/Properties/a~1b~0d/x"),
    ];
    let told: Vec<String> = cases
        .iter()
        .map(|(op, path)| {
            let patch = format!("\n- {{op: {op}, path: '{path}', value: 1}}\n");
            told(&patched(&patch).expect_err(path))
        })
        .collect();
    insta::assert_snapshot!(told.join("\n"));
}

#[test]
fn patches_follow_the_overrides_of_the_task_definition() {
    let mut job = minimal_job("report-gen");
    job.taskdef_overrides = vec![crate::manifest::job::TaskDefOverride {
        path: "EphemeralStorage.SizeInGiB".to_owned(),
        line: 0,
        value: Node::plain(50),
    }];
    let rendered = render(&job, &inputs("report-gen")).unwrap();
    let patches = "- op: replace\n  path: /Resources/TaskDefinition/Properties/EphemeralStorage/SizeInGiB\n  \
                   value: 60\n";
    let template = Patches::read("f", patches).unwrap().apply(&rendered).unwrap();
    let before = rendered.to_yaml();
    let expected = before
        .replace("SizeInGiB: 50", "SizeInGiB: 60")
        .replace("on Amazon ECS.", "on Amazon ECS using AWS Copilot with YAML patches.");
    assert_eq!(template.to_yaml(), expected);
    assert!(expected.starts_with(HEADER));
}

fn step() -> impl Strategy<Value = String> {
    prop_oneof![
        "(Resources|Rule|Role|Properties|Targets|Type|0|1|2|-|a~1b~0c|Id|Arn)",
        "[A-Za-z0-9~-]{0,4}",
        "\\PC{0,4}",
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, ..ProptestConfig::default() })]
    /// An applied patch changes nothing but what its path names; a refused one nothing at all.
    #[test]
    fn only_the_named_place_changes(
        steps in proptest::collection::vec(step(), 0..7),
        operation in 0..3_usize,
    ) {
        let path: String = steps.iter().map(|step| format!("/{}", step.replace('/', ""))).collect();
        let value = Node::string("new");
        let operation = [Operation::Add(value.clone()), Operation::Remove, Operation::Replace(value)]
            .into_iter().nth(operation).unwrap();
        let unescaped = path.split('/').skip(1).map(|s| s.replace("~1", "/").replace("~0", "~")).collect();
        let patch = Patch { index: 0, line: 1, path, steps: unescaped, operation };
        let before = template(SOURCE).body;
        let mut after = before.clone();
        match patch.apply(&mut after) {
            Err(_) => prop_assert_eq!(&after, &before),
            Ok(()) => {
                // Putting the old value of the parent back restores everything.
                let Some((_, parents)) = patch.steps.split_last() else { return Ok(()) };
                let old = parents.iter().fold(&before, |node, step| child(node, step).unwrap());
                let restore = Patch {
                    steps: parents.to_vec(),
                    operation: Operation::Replace(old.clone()),
                    ..patch.clone()
                };
                prop_assert!(restore.apply(&mut after).is_ok());
                prop_assert_eq!(&after, &before);
            }
        }
    }

    #[test]
    fn any_text_is_read_or_refused(text in "(- )?(\\{op: (add|x), path: \\PC{0,6}\\}|\\PC{0,20}|\n){0,3}") {
        if let Ok(patches) = Patches::read("f", &text) {
            let _ = patches.apply(&template(SOURCE));
        }
    }
}

fn child<'a>(node: &'a Node, step: &str) -> Option<&'a Node> {
    match &node.kind {
        Kind::Sequence(items) => items.get(step.parse::<usize>().ok()?),
        _ => node.get(step),
    }
}
