use super::super::inputs::AddonOutput;
use super::super::render;
use super::super::testing::{inputs, location, map, minimal_job, sidecar, volume};
use super::*;
use crate::manifest::job::{HealthCheck, Imported, Secret, TaskDefOverride, VolumeKind};
use crate::template::cfn::patches::Patches;
use crate::yaml;

/// What is wrong with the template of a job, changed by patches.
fn told(job: &Job, patches: &str) -> String {
    told_with(job, &inputs(&job.name), patches)
}

fn told_with(job: &Job, inputs: &Inputs, patches: &str) -> String {
    let rendered = render(job, inputs).unwrap();
    let patched = Patches::read("cfn.patches.yml", patches).unwrap().apply(&rendered).unwrap();
    match check(&patched, job, inputs) {
        Ok(()) => "fine".to_owned(),
        Err(error) => {
            let lines = std::iter::once(error.to_string()).chain(error.detail_lines().iter().cloned());
            let hints = error.hints().iter().map(|hint| format!("-> {hint}"));
            lines.chain(hints).collect::<Vec<_>>().join("\n")
        }
    }
}

fn overridden(path: &str, value: &str) -> Job {
    let mut job = minimal_job("report-gen");
    let value = yaml::load(value).unwrap().unwrap();
    job.taskdef_overrides = vec![TaskDefOverride { path: path.to_owned(), line: 9, value }];
    job
}

/// A job of which this name and `shop-test-` are as long as this.
fn named(length: usize) -> Job {
    minimal_job(&"j".repeat(length - "shop-test-".len()))
}

#[test]
fn names_put_together_from_long_names() {
    assert_eq!(told(&named(80), ""), "fine");
    insta::assert_snapshot!(told(&named(81), ""), @"
    the `StateMachineName` of the resource `StateMachine` is too long: AWS takes 80 characters, `shop-test-jjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjj` has 81
    -> It is made of the names of application, environment and job: choose a shorter name for the job, or give the property another value in the job's overrides.
    ");
    // Another name helps.
    let patch = "- {op: replace, path: /Resources/StateMachine/Properties/StateMachineName, value: !Sub '${EnvName}-job'}";
    assert_eq!(told(&named(200), patch), "fine");
}

#[test]
fn access_points_have_a_shorter_token() {
    let managed = |length| {
        let mut job = named(length);
        job.storage.volumes = map([("data", volume("/data", VolumeKind::ManagedEfs { owner: None }))]);
        job
    };
    assert_eq!(told(&managed(64), ""), "fine");
    assert_eq!(told(&named(65), ""), "fine");
    insta::assert_snapshot!(told(&managed(65), ""), @"
    the `ClientToken` of the resource `AccessPoint` is too long: AWS takes 64 characters, `shop-test-jjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjj` has 65
    -> It is made of the names of application, environment and job: choose a shorter name for the job, or give the property another value in the job's overrides.
    ");
    insta::assert_snapshot!(told(&managed(81), ""), @"
    2 limits of AWS are broken
    the `StateMachineName` of the resource `StateMachine` is too long: AWS takes 80 characters, `shop-test-jjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjj` has 81
    the `ClientToken` of the resource `AccessPoint` is too long: AWS takes 64 characters, `shop-test-jjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjj` has 81
    -> It is made of the names of application, environment and job: choose a shorter name for the job, or give the property another value in the job's overrides.
    ");
}

#[test]
fn names_that_overrides_give() {
    let job = minimal_job("report-gen");
    let patch =
        |value: &str| format!("- {{op: add, path: /Resources/RuleRole/Properties/RoleName, value: {value}}}");
    let long = "x".repeat(60);
    for (value, want) in [
        (format!("'{long}'"), true),
        (format!("!Sub '${{AppName}}{long}'"), true),
        (format!("!Sub '${{AWS::StackName}}{long}'"), false),
        (format!("{{'Fn::Sub': '${{AWS::StackName}}{long}'}}"), false),
        (format!("!Join ['-', [!Ref EnvName, {long}]]"), false),
        (format!("{{'Fn::Join': ['-', [{{Ref: EnvName}}, {long}]]}}"), false),
        (format!("!Sub '${{!EnvName}}{long}'"), false),
        // These look like functions, and are none.
        (format!("{{Sub: '${{AWS::StackName}}{long}'}}"), true),
        (format!("{{Join: ['-', [{{Ref: EnvName}}, {long}]]}}"), true),
        // Only CloudFormation knows these.
        (format!("!Sub '${{AWS::Region}}{long}'"), true),
        (format!("!Join ['-', [!GetAtt TaskRole.Arn, {long}]]"), true),
        ("!ImportValue name".to_owned(), true),
    ] {
        assert_eq!(told(&job, &patch(&value)) == "fine", want, "{value}");
    }
    insta::assert_snapshot!(told(&job, &patch(&format!("!Sub '{long}-${{EnvName}}'"))), @"
    the `RoleName` of the resource `RuleRole` is too long: AWS takes 64 characters, `xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx-test` has 65
    -> Choose a shorter name for what it is made of, or give the property another value in the job's overrides.
    ");
}

#[test]
fn waiting_for_the_health_of_a_container_without_a_check() {
    let mut job = minimal_job("report-gen");
    job.image.depends_on = map([("proxy", "HEALTHY".to_owned())]);
    job.sidecars = map([("proxy", sidecar(location("proxy")))]);
    insta::assert_snapshot!(told(&job, ""), @"
    the container `report-gen` waits until `proxy` is healthy, and `proxy` has no health check
    -> Write `healthcheck:` for that container, or wait for `start`. Amazon ECS does not look at a HEALTHCHECK of the image.
    ");
    let check = "- {op: add, path: /Resources/TaskDefinition/Properties/ContainerDefinitions/1/HealthCheck, value: {Command: [CMD, x]}}";
    assert_eq!(told(&job, check), "fine");
    let gone = "- {op: remove, path: /Resources/TaskDefinition/Properties/ContainerDefinitions/0/DependsOn}";
    assert_eq!(told(&job, gone), "fine");
    let macros = "- {op: add, path: /Transform, value: Macro}";
    assert_eq!(told(&job, macros), "fine");
    let proxy = job.sidecars.get_mut("proxy").unwrap();
    proxy.image.healthcheck = Some(HealthCheck {
        command: vec!["CMD".to_owned()],
        interval: 10,
        retries: 2,
        start_period: 0,
        timeout: 5,
    });
    assert_eq!(told(&job, ""), "fine");
    // The other way round: the main container's name is a parameter.
    let mut job = minimal_job("report-gen");
    let mut proxy = sidecar(location("proxy"));
    proxy.image.depends_on = map([("report-gen", "HEALTHY".to_owned())]);
    job.sidecars = map([("proxy", proxy)]);
    assert!(told(&job, "").starts_with("the container `proxy` waits until `report-gen` is healthy"));
}

#[test]
fn containers_that_amazon_ecs_refuses() {
    let cases = [
        ("ContainerDefinitions[0].StopTimeout", "300"),
        ("ContainerDefinitions[0].StopTimeout", "'121'"),
        ("ContainerDefinitions[0].StartTimeout", "1"),
        (
            "ContainerDefinitions[0].HealthCheck",
            "{Command: [CMD, x], Interval: 4, Timeout: 61, Retries: 11, StartPeriod: 301}",
        ),
        (
            "ContainerDefinitions[0].Secrets",
            "[{Name: COPILOT_SERVICE_NAME, ValueFrom: a}, {Name: A, ValueFrom: b}, {Name: A, ValueFrom: c}]",
        ),
    ];
    let told: Vec<String> = cases.iter().map(|(path, value)| told(&overridden(path, value), "")).collect();
    insta::assert_snapshot!(told.join("\n\n"), @"
    the container `report-gen` has `StopTimeout: 300`
    -> On Fargate it is 2 to 120 seconds. Look for what `taskdef_overrides` and the job's overrides put in or replace.

    the container `report-gen` has `StopTimeout: 121`
    -> On Fargate it is 2 to 120 seconds. Look for what `taskdef_overrides` and the job's overrides put in or replace.

    the container `report-gen` has `StartTimeout: 1`
    -> On Fargate it is 2 to 120 seconds. Look for what `taskdef_overrides` and the job's overrides put in or replace.

    4 limits of AWS are broken
    the container `report-gen` has a health check with `Interval: 4`
    the container `report-gen` has a health check with `Timeout: 61`
    the container `report-gen` has a health check with `Retries: 11`
    the container `report-gen` has a health check with `StartPeriod: 301`
    -> Amazon ECS takes 5 to 300. Look for what `taskdef_overrides` and the job's overrides put in or replace.
    -> Amazon ECS takes 2 to 60. Look for what `taskdef_overrides` and the job's overrides put in or replace.
    -> Amazon ECS takes 1 to 10. Look for what `taskdef_overrides` and the job's overrides put in or replace.
    -> Amazon ECS takes 0 to 300. Look for what `taskdef_overrides` and the job's overrides put in or replace.

    2 limits of AWS are broken
    the container `report-gen` has a secret `COPILOT_SERVICE_NAME` and something else of this name
    the container `report-gen` has a secret `A` and something else of this name
    -> Amazon ECS wants different names for all secrets and variables of a container. Look for what `taskdef_overrides` and the job's overrides put in or replace.
    ");
}

#[test]
fn containers_that_it_takes() {
    for (path, value) in [
        ("ContainerDefinitions[0].StopTimeout", "120"),
        ("ContainerDefinitions[0].StopTimeout", "2"),
        ("ContainerDefinitions[0].StopTimeout", "!Ref TaskCPU"),
        (
            "ContainerDefinitions[0].HealthCheck",
            "{Command: [CMD, x], Interval: 300, Timeout: 60, Retries: 10, StartPeriod: 300}",
        ),
        (
            "ContainerDefinitions[0].HealthCheck",
            "{Command: [CMD, x], Interval: 5, Timeout: 2, Retries: 1, StartPeriod: 0}",
        ),
        ("ContainerDefinitions[0].Secrets[-]", "{Name: COPILOT_SNS_TOPIC_ARNS, ValueFrom: a}"),
    ] {
        assert_eq!(told(&overridden(path, value), ""), "fine", "{path}: {value}");
    }
    // Tasks on EC2 instances may take their time.
    let patch =
        "- {op: replace, path: /Resources/TaskDefinition/Properties/RequiresCompatibilities, value: [EC2]}";
    assert_eq!(told(&overridden("ContainerDefinitions[0].StopTimeout", "300"), patch), "fine");
}

#[test]
fn security_groups_of_job_and_addons() {
    let outcome = |own: usize, addons: usize, patches: &str| {
        let mut job = minimal_job("report-gen");
        job.network.security_groups = vec![Imported::Plain("sg-1".to_owned()); own];
        job.secrets = map([("A", Secret::Plain("a".to_owned()))]);
        let mut inputs = inputs("report-gen");
        let output = |kind| AddonOutput { name: "Output".to_owned(), kind };
        inputs.addons.outputs = vec![output(AddonOutputKind::SecurityGroup); addons];
        inputs.addons.outputs.push(output(AddonOutputKind::Variable));
        told_with(&job, &inputs, patches)
    };
    let list = "/Resources/StateMachine/Properties/DefinitionSubstitutions/SecurityGroups";
    let without_the_first = format!("- {{op: remove, path: {list}/1/0}}");
    let another_first = format!("- {{op: replace, path: {list}/1/0, value: sg-9}}");
    let one_more = |item: &str| format!("- {{op: add, path: {list}/1/-, value: {item}}}");
    for (own, addons, patches) in [
        (0, 0, ""),
        (4, 0, ""),
        (0, 4, ""),
        (2, 2, ""),
        (3, 0, &one_more("sg-9")),
        // The environment's is gone.
        (5, 0, &without_the_first),
        (0, 5, &without_the_first),
        // What may be no group, or what is not known.
        (4, 0, &one_more("!Ref AWS::NoValue")),
        (4, 0, &one_more("!If [HasAddons, sg-9, !Ref AWS::NoValue]")),
        (5, 0, &format!("- {{op: replace, path: {list}, value: sg-9}}")),
        (5, 0, &format!("- {{op: replace, path: {list}, value: !Join [',', !Split ['-', !Ref EnvName]]}}")),
        (5, 0, &format!("- {{op: remove, path: {list}}}")),
    ] {
        assert_eq!(outcome(own, addons, patches), "fine", "{own} {addons} {patches}");
    }
    let cases = [(4, 1, ""), (5, 0, ""), (0, 5, ""), (4, 0, &one_more("sg-9")), (5, 0, &another_first)];
    let told: Vec<String> =
        cases.iter().map(|(own, addons, patches)| outcome(*own, *addons, patches)).collect();
    insta::assert_snapshot!(told.join("\n\n"), @"
    6 security groups are too many: the environment's own, 4 of `network.vpc.security_groups` and 1 of the addons
    -> A task has up to 5: put the rules of several groups into one.

    6 security groups are too many: the environment's own, 5 of `network.vpc.security_groups` and 0 of the addons
    -> A task has up to 5: put the rules of several groups into one.

    6 security groups are too many: the environment's own, 0 of `network.vpc.security_groups` and 5 of the addons
    -> A task has up to 5: put the rules of several groups into one.

    6 security groups are too many
    -> A task has up to 5: put the rules of several groups into one. Look for what `taskdef_overrides` and the job's overrides put in or replace.

    6 security groups are too many
    -> A task has up to 5: put the rules of several groups into one. Look for what `taskdef_overrides` and the job's overrides put in or replace.
    ");
}
