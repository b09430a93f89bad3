//! `job override`, and what `job package` makes of what it writes.

use std::fs;

use crate::support::environments::{ENV_MANIFEST, workspace};
use crate::support::terminal::{exit_code, in_terminal, plain};
use crate::support::{ENV, JOB, LOCATION, Workspace, World};

const DIR: &str = "copilot/report-gen/overrides";

/// The job's template, without its description, which says that there are patches.
fn template(world: &World) -> String {
    let run = world.run(&["job", "package", "--name", JOB, "--env", ENV]);
    assert_eq!(run.code, Some(0), "{run}");
    let lines = run.stdout.lines().filter(|line| !line.starts_with("Description: "));
    lines.map(|line| format!("{line}\n")).collect()
}

#[test]
fn yaml_patches() {
    let world = World::new(Workspace::new(LOCATION));
    let before = template(&world);
    let calls = world.account.calls().names().len();
    insta::assert_snapshot!(world.run(&["job", "override", "--iac-tool", "yamlpatch"]), @"
    exit code: 0
    ----- stderr -----
    Found only one job, defaulting to: report-gen
    Wrote copilot/report-gen/overrides/README.md, copilot/report-gen/overrides/cfn.patches.yml
    Write the changes into cfn.patches.yml; README.md says how. They apply to the job in all environments: see them with `copilot job package --name report-gen --diff`.
    ");
    // Nothing is asked of AWS.
    assert_eq!(world.account.calls().names().len(), calls);
    let patches = world.workspace.path().join(DIR).join("cfn.patches.yml");
    let samples = fs::read_to_string(&patches).unwrap();
    insta::assert_snapshot!(samples, @"
    # Remove the `#` of what you need. `package` prints the template that the patches are applied to.

    # Put something new into the template.
    # - op: add
    #   path: /Resources/Topic
    #   value:
    #     Type: AWS::SNS::Topic

    # Change what is there.
    # - op: replace
    #   path: /Resources/StateMachine/Properties/LoggingConfiguration/Level
    #   value: ERROR

    # Take something out.
    # - op: remove
    #   path: /Resources/StateMachine/Properties/LoggingConfiguration/IncludeExecutionData
    ");
    let readme = fs::read_to_string(world.workspace.path().join(DIR).join("README.md")).unwrap();
    assert!(readme.contains("`/Resources/StateMachine/Properties/LoggingConfiguration/Level`"), "{readme}");
    // They are comments, so that nothing changes yet; without their signs they all apply.
    assert!(template(&world) == before);
    let used: String = samples
        .lines()
        .filter_map(|line| line.strip_prefix("# "))
        .filter(|line| line.starts_with(['-', ' ']))
        .map(|line| format!("{line}\n"))
        .collect();
    fs::write(&patches, used).unwrap();
    let after = template(&world);
    assert!(
        after.contains("Level: ERROR")
            && after.contains("AWS::SNS::Topic")
            && !after.contains("IncludeExecutionData"),
        "{after}"
    );
    insta::assert_snapshot!(world.run(&["job", "override", "--name", JOB, "--tool", "cdk", "--skip-resources"]), @"
    exit code: 1
    ----- stderr -----
    ✘ the directory copilot/report-gen/overrides is not empty
      Change the overrides that are there, or move them away first.
    ");
}

#[test]
fn a_cdk_app() {
    let world = World::new(Workspace::new(&format!(
        "{LOCATION}environments:\n  prod:\n    publish:\n      topics: [{{name: done}}]\n"
    )));
    insta::assert_snapshot!(world.run(&["job", "override", "--name", JOB, "--tool", "cdk"]), @"
    exit code: 2
    ----- stderr -----
    ✘ --env is missing, and no environment has its manifest in the workspace
      What the job is made of may depend on the environment. Pass --env, or --skip-resources to begin without resources.
    ");
    insta::assert_snapshot!(world.run(&["job", "override", "--name", JOB, "--env", ENV, "--tool", "cdk"]), @"
    exit code: 2
    ----- stderr -----
    ✘ --resources is missing and there is no terminal to ask on
      Pass --resources with some of: AddonsStack (AWS::CloudFormation::Stack), TaskDefinition (AWS::ECS::TaskDefinition), Rule (AWS::Events::Rule), EnvControllerRole (AWS::IAM::Role), ExecutionRole (AWS::IAM::Role), RuleRole (AWS::IAM::Role), StateMachineRole (AWS::IAM::Role), TaskRole (AWS::IAM::Role), LogGroup (AWS::Logs::LogGroup), StateMachine (AWS::StepFunctions::StateMachine).
    ");
    insta::assert_snapshot!(world.run(&["job", "override", "--name", JOB, "--env", "prod", "--tool", "cdk", "--resources", "Topic"]), @"
    exit code: 2
    ----- stderr -----
    ✘ --resources: the template has no resource `Topic` that a CDK app can change
    ");
    assert!(!world.workspace.path().join(DIR).exists());
    insta::assert_snapshot!(world.run(&["job", "override", "--name", JOB, "--env", "prod", "--tool", "cdk", "--resources", "StateMachine,doneSNSTopic"]), @"
    exit code: 0
    ----- stderr -----
    Wrote copilot/report-gen/overrides/.gitignore, copilot/report-gen/overrides/README.md, copilot/report-gen/overrides/bin/override.ts, copilot/report-gen/overrides/cdk.json, copilot/report-gen/overrides/package.json, copilot/report-gen/overrides/stack.ts, copilot/report-gen/overrides/tsconfig.json
    Each function of stack.ts must be written before the next deployment; README.md says how. They apply to the job in all environments: see them with `copilot job package --name report-gen --diff`.
    ");
    let stack = fs::read_to_string(world.workspace.path().join(DIR).join("stack.ts")).unwrap();
    insta::assert_snapshot!(stack.lines().filter(|line| line.contains("import") || line.contains("as s")).collect::<Vec<_>>().join("\n"), @"
    import * as cdk from 'aws-cdk-lib';
    import * as path from 'path';
    import { CfnInclude } from 'aws-cdk-lib/cloudformation-include';
    import { aws_sns as sns } from 'aws-cdk-lib';
    import { aws_stepfunctions as sfn } from 'aws-cdk-lib';
        const resource = this.template.getResource('doneSNSTopic') as sns.CfnTopic;
        const resource = this.template.getResource('StateMachine') as sfn.CfnStateMachine;
    ");
    assert!(world.account.calls().names().is_empty());
    // From now on the CDK app makes the template.
    let run = world.run(&["job", "package", "--name", JOB, "--env", ENV, "--no-cdk"]);
    insta::assert_snapshot!(run, @"
    exit code: 1
    ----- stderr -----
    ✘ WORKSPACE/copilot/report-gen/overrides is a CDK app, and running one is forbidden
      --no-cdk or COPILOT_NO_CDK forbids it: a CDK app is a program, which gets your credentials. Turn it into YAML patches (cfn.patches.yml), or allow it with --no-cdk=false if you trust it.
    ");
    fs::remove_dir_all(world.workspace.path().join(DIR)).unwrap();
    insta::assert_snapshot!(world.run(&["job", "override", "--name", JOB, "--tool", "cdk", "--skip-resources"]), @"
    exit code: 0
    ----- stderr -----
    Wrote copilot/report-gen/overrides/.gitignore, copilot/report-gen/overrides/README.md, copilot/report-gen/overrides/bin/override.ts, copilot/report-gen/overrides/cdk.json, copilot/report-gen/overrides/package.json, copilot/report-gen/overrides/stack.ts, copilot/report-gen/overrides/tsconfig.json
    Write the changes into stack.ts; README.md says how. They apply to the job in all environments: see them with `copilot job package --name report-gen --diff`.
    ");
}

#[test]
fn what_is_wrong() {
    let world = World::new(workspace(ENV_MANIFEST));
    let mut told = crate::support::Told::default();
    for (case, args) in [
        ("no tool", &["--name", JOB][..]),
        ("an unknown tool", &["--name", JOB, "--tool", "pulumi"]),
        ("an unknown language", &["--name", JOB, "--tool", "cdk", "--cdk-language", "go"]),
        ("no such job", &["--name", "gone", "--tool", "cdk"]),
        ("resources and none", &["--name", JOB, "--tool", "cdk", "--resources", "Rule", "--skip-resources"]),
    ] {
        let run = world.run(&[&["job", "override"], args].concat());
        told.note(case, &world, run.code.unwrap(), &run.stderr);
    }
    world.workspace.manifest("name: report-gen\ntype: Scheduled Job\non: {}\n");
    let run = world.run(&["job", "override", "--name", JOB, "--tool", "cdk", "--resources", "Rule"]);
    told.note("a manifest that cannot be rendered", &world, run.code.unwrap(), &run.stderr);
    insta::assert_snapshot!(told.all(), @r#"
    no tool (2):
    ✘ --tool is missing and there is no terminal to ask on
      Pass --tool with one of: cdk, yamlpatch.

    an unknown tool (2):
    error: invalid value 'pulumi' for '--tool <TOOL>'
      [possible values: cdk, yamlpatch]

    For more information, try '--help'.

    an unknown language (2):
    error: invalid value 'go' for '--cdk-language <LANGUAGE>'
      [possible values: typescript]

    For more information, try '--help'.

    no such job (1):
    ✘ job gone not found in the workspace: there is no copilot/gone/manifest.yml
      Jobs in this workspace: report-gen.

    resources and none (2):
    error: the argument '--resources <ID,…>' cannot be used with '--skip-resources'

    Usage: copilot job override --name <NAME> --tool <TOOL> --resources <ID,…>

    For more information, try '--help'.

    a manifest that cannot be rendered (1):
    ✘ copilot/report-gen/manifest.yml:1:1: image: no image: neither `build` nor `location` is given
      |
    1 | name: report-gen
      | ^
    help: add `build:` with the path of a Dockerfile, or `location:` with an image

    copilot/report-gen/manifest.yml:3:1: on.schedule: a scheduled job needs a schedule
      |
    3 | on: {}
      | ^^
    help: add `on:` with `schedule: "@daily"`, a cron schedule, or "none" to run the job by hand only
    "#);
    let nothing = Workspace::empty();
    nothing.file("copilot/.workspace", "application: demo\n");
    let nothing = World { workspace: nothing, ..World::empty() };
    insta::assert_snapshot!(nothing.run(&["job", "override", "--tool", "yamlpatch"]), @"
    exit code: 1
    ----- stderr -----
    ✘ no job found in the workspace
      No directory of `copilot/` holds a manifest.yml of type `Scheduled Job`. Create one with `copilot job init`.
    ");
}

#[test]
fn the_tool_is_chosen_in_a_terminal() {
    let world = World::new(workspace(ENV_MANIFEST));
    let mut terminal = in_terminal(&world, &["job", "override", "--name", JOB], 100);
    terminal.exp_string("What are the overrides written with?").unwrap();
    terminal.send("\u{1b}[B\r").unwrap();
    terminal.flush().unwrap();
    let said = plain(&terminal.exp_eof().unwrap());
    assert_eq!(exit_code(&terminal), 0, "{said}");
    assert!(world.workspace.path().join(DIR).join("cfn.patches.yml").exists(), "{said}");
}
