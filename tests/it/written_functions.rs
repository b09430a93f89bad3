//! Texts of a manifest that reach the template as YAML: a second pair of quotes, and `CloudFormation` functions.

use copilot::yaml::{self, Kind, Node};
use serde_json::json;

use crate::local_aws::LocalAws;
use crate::support::packaging::{deployed_template, packaging};
use crate::support::{LOCATION, Run, STACK, Told, Workspace, World, without_times};
use crate::takeover::identities;

/// Every field that takes such texts.
const EVERYWHERE: &str = r#"name: report-gen
type: Scheduled Job
image:
  location: registry.example/report-gen:1
  credentials: "'arn:aws:secretsmanager:us-west-2:123456789012:secret:registry-a1B2c3'"
  depends_on: {"'proxy'": start}
cpu: 256
memory: 512
on:
  schedule: "@daily"
entrypoint: "run '!Ref EnvName' \"'two words'\""
command: ["'--since today'", "!Sub '${AWS::Region}-\\${AppName}'", "Fn::ImportValue: 'shared-Bucket'", "yes", "a # b", "a: b", "[x"]
secrets:
  DOUBLE: '"arn:aws:secretsmanager:us-west-2:123456789012:secret:reports/db-a1B2c3"'
  FUNCTION: "!Sub 'arn:${AWS::Partition}:ssm:${AWS::Region}:${AWS::AccountId}:parameter/token'"
  PLAIN: /reports/key
  SINGLE: "'arn:aws:secretsmanager:us-west-2:123456789012:secret:reports/db-a1B2c3'"
logging:
  image: "!Sub '${AWS::AccountId}.dkr.ecr.${AWS::Region}.amazonaws.com/router:1'"
  configFilePath: "'/extra.conf'"
  secretOptions: {apikey: "'arn:aws:ssm:us-west-2:123456789012:parameter/key'"}
  secrets: {TOKEN: "!ImportValue shared-Token"}
sidecars:
  proxy:
    image: '"registry.example/proxy:1"'
    credentialsParameter: "Fn::ImportValue: !Sub '${AWS::StackName}-Registry'"
    command: "'!GetAtt LogGroup.Arn'"
    secrets: {CERTIFICATE: "'/proxy/certificate'"}
    mount_points:
      - {source_volume: "'data'", path: /data}
network:
  vpc:
    placement:
      subnets: ["'subnet-1'", "!Select [0, !Split [',', !ImportValue shared-Subnets]]"]
    security_groups:
      - "Fn::ImportValue: 'shared-DbSecurityGroup'"
      - "!ImportValue shared-Cache"
      - from_cfn: "!Sub '${AWS::Region}-Queue'"
      - from_cfn: "'shared-Files'"
storage:
  volumes:
    data:
      path: /data
      efs:
        id: "!ImportValue shared-FileSystem"
        auth: {iam: true, access_point_id: "'fsap-1'"}
"#;

/// A part of a template.
fn part(template: &str, path: &[&str]) -> Node {
    let template = yaml::load(template).unwrap().unwrap();
    path.iter().fold(&template, |node, key| node.get(key).unwrap_or_else(|| panic!("no {key}"))).clone()
}

/// A map without these keys.
fn without(node: &Node, keys: &[&str]) -> Node {
    let Kind::Mapping(entries) = &node.kind else { panic!("{node:?}") };
    let kept = entries.iter().filter(|(key, _)| !key.as_text().is_some_and(|key| keys.contains(&key)));
    Node::new(Kind::Mapping(kept.cloned().collect()))
}

#[test]
fn every_field_that_the_old_tool_wrote_without_quotes() {
    let world = World::new(Workspace::new(EVERYWHERE));
    let run = Run::of(packaging(&world, &[]));
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    assert!(!run.stderr.contains("warning"), "{}", run.stderr);

    let Kind::Sequence(containers) =
        part(&run.stdout, &["Resources", "TaskDefinition", "Properties", "ContainerDefinitions"]).kind
    else {
        panic!("no containers")
    };
    let told = containers
        .iter()
        .map(|container| without(container, &["Environment", "EnvironmentFiles"]))
        .map(|container| match container.get("Secrets") {
            Some(_)
                if container.get("FirelensConfiguration").is_none()
                    && container.get("EntryPoint").is_none() =>
            {
                without(&container, &["LogConfiguration"])
            }
            _ => container,
        });
    insta::assert_snapshot!("containers", yaml::emit(&Node::sequence(told)));
    insta::assert_snapshot!(
        "volumes",
        yaml::emit(&part(&run.stdout, &["Resources", "TaskDefinition", "Properties", "Volumes"]))
    );
    insta::assert_snapshot!(
        "policies",
        yaml::emit(&part(&run.stdout, &["Resources", "TaskRole", "Properties", "Policies"]))
    );
    let substitutions =
        part(&run.stdout, &["Resources", "StateMachine", "Properties", "DefinitionSubstitutions"]);
    insta::assert_snapshot!("substitutions", yaml::emit(&substitutions));
}

#[test]
fn a_deployed_stack_has_what_the_texts_mean() {
    let world = World::new(Workspace::new(&format!(
        "{LOCATION}secrets:\n  ARN: \"'arn:aws:secretsmanager:us-west-2:123456789012:secret:reports/db-a1B2c3'\"\n  \
         NAME: \"!Sub 'arn:aws:ssm:us-west-2:123456789012:parameter/\\\\${{EnvName}}'\"\n\
         network:\n  vpc:\n    security_groups: [\"Fn::ImportValue: 'demo-test-EnvironmentSecurityGroup'\", \"'sg-1'\"]\n"
    )));
    world.deploy(&[]).succeeds();
    let groups = part(
        &deployed_template(&world),
        &["Resources", "StateMachine", "Properties", "DefinitionSubstitutions", "SecurityGroups"],
    );
    insta::assert_snapshot!(yaml::emit(&groups));

    // What the stack's resources were made with.
    let ids = identities(&world, STACK);
    let (emulator, task, machine) =
        (world.account.emulator(), ids["TaskDefinition"].clone(), ids["StateMachine"].clone());
    let (task, machine) = LocalAws::shared().block_on(async move {
        let task = json!({ "taskDefinition": task });
        let task = emulator
            .json("ecs", "AmazonEC2ContainerServiceV20141113.DescribeTaskDefinition", &task)
            .await
            .unwrap();
        let machine = json!({ "stateMachineArn": machine });
        let machine =
            emulator.json("states", "AWSStepFunctions.DescribeStateMachine", &machine).await.unwrap();
        (task, machine)
    });
    assert_eq!(
        task["taskDefinition"]["containerDefinitions"][0]["secrets"],
        json!([
            { "name": "ARN", "valueFrom": "arn:aws:secretsmanager:us-west-2:123456789012:secret:reports/db-a1B2c3" },
            { "name": "NAME", "valueFrom": "arn:aws:ssm:us-west-2:123456789012:parameter/test" },
        ])
    );
    let definition: serde_json::Value =
        serde_json::from_str(machine["definition"].as_str().unwrap()).unwrap();
    let groups = &definition["States"]["Run Fargate Task"]["Parameters"]["NetworkConfiguration"]["AwsvpcConfiguration"]
        ["SecurityGroups"];
    let groups = groups.as_array().unwrap();
    assert_eq!((groups.len(), &groups[0], &groups[2]), (3, &groups[1], &json!("sg-1")), "{groups:?}");

    // The next deployment reads the same texts.
    insta::assert_snapshot!(world.deploy(&[]), @"
    exit code: 0
    ----- stderr -----
    Schedule: every day at 00:00 UTC (cron(0 0 * * ? *)); next: DATE UTC, DATE UTC, DATE UTC
    Warning: The task may not start. Secret ARN: `arn:aws:secretsmanager:us-west-2:123456789012:secret:reports/db-a1B2c3` is in account 123456789012. The role that starts the task may read secrets of account ACCOUNT, us-west-2 only.
    Proposing infrastructure changes for stack demo-test-report-gen
    - No new infrastructure changes for stack demo-test-report-gen
    No infrastructure changes: stack demo-test-report-gen is up to date.
    ");
}

#[test]
fn functions_that_cannot_be_are_told_with_their_fields() {
    let mut told = Told::default();
    let world = World::new(Workspace::new(LOCATION));
    for (case, more) in [
        (
            "names that nothing defines",
            "secrets:\n  DB: \"!Ref DbSecret\"\n  KEY: \"!Sub 'arn:${AWS::Partition}:x:\\\\${EnvNam}'\"\n\
             storage:\n  volumes: {v: {path: /v, efs: {id: \"!Ref Files\"}}}\ncommand: [\"!If [HasAddon, a, b]\"]\n",
        ),
        ("a circle", "secrets:\n  DB: \"!GetAtt StateMachine.Arn\"\n"),
        ("an override", "environments:\n  test:\n    secrets: {DB: \"!Ref Gone\"}\n"),
        ("a variable that is meant for the function", "secrets:\n  DB: \"!Sub 'x-${AppName}'\"\n"),
    ] {
        world.workspace.manifest(&format!("{LOCATION}{more}"));
        told.runs(case, &world, packaging(&world, &[]), 1);
    }
    insta::assert_snapshot!(told.all());
}

#[test]
fn texts_that_only_begin_like_functions_are_warned_about() {
    let world = World::new(Workspace::new(&format!(
        "{LOCATION}secrets:\n  DB: \"!ImportValue !Sub 'x'\"\ncommand: \"report !Ref EnvName\"\n"
    )));
    let run = Run::of(packaging(&world, &[]));
    let said = without_times(&run.stderr);
    let (warnings, _) = said.split_once("Schedule:").unwrap();
    insta::assert_snapshot!(warnings);
    assert!(run.stdout.contains("ValueFrom: \"!ImportValue !Sub 'x'\"\n"), "{}", run.stdout);
}
