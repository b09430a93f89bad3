//! Commands of the old tool that this program does not have, or that have nothing to do.

use crate::support::{Run, World, program};

#[test]
fn services_and_pipelines_are_not_supported() {
    let world = World::empty();
    let mut told = String::new();
    for line in [
        "svc",
        "svc deploy -n front --env test",
        "svc --help",
        "pipeline",
        "pipeline deploy --yes",
        "pipeline help",
    ] {
        let args: Vec<&str> = line.split(' ').collect();
        let said = Run::of(program(world.workspace.path(), &args)).ends_with(2);
        told.push_str(&format!("copilot {line}:\n{said}"));
    }
    insta::assert_snapshot!(told, @"
    copilot svc:
    ✘ services are not supported: this program deploys scheduled jobs (`copilot job`); go on using AWS Copilot CLI for services, both work on the same applications and environments
    copilot svc deploy -n front --env test:
    ✘ services are not supported: this program deploys scheduled jobs (`copilot job`); go on using AWS Copilot CLI for services, both work on the same applications and environments
    copilot svc --help:
    ✘ services are not supported: this program deploys scheduled jobs (`copilot job`); go on using AWS Copilot CLI for services, both work on the same applications and environments
    copilot pipeline:
    ✘ pipelines are not supported: run `copilot job deploy` in a step of your own CI service; AWS Copilot CLI still manages the pipelines that it set up
    copilot pipeline deploy --yes:
    ✘ pipelines are not supported: run `copilot job deploy` in a step of your own CI service; AWS Copilot CLI still manages the pipelines that it set up
    copilot pipeline help:
    ✘ pipelines are not supported: run `copilot job deploy` in a step of your own CI service; AWS Copilot CLI still manages the pipelines that it set up
    ");
}

#[test]
fn help_does_not_name_them() {
    let world = World::empty();
    let help = |args: &[&str]| Run::of(program(world.workspace.path(), args)).stdout;
    let text = help(&["--help"]) + &help(&["env", "--help"]);
    for hidden in ["svc", "pipeline", "upgrade"] {
        assert!(!text.contains(&format!("  {hidden}")), "{text}");
    }
    insta::assert_snapshot!(help(&["env", "delete", "--help"]) + "\n" + &help(&["app", "delete", "--help"]), @"
    Delete an environment: its stack with network and cluster, its roles and its record, and with the
    last environment of a region the artifacts and images that the application has there. It is refused
    while jobs, services or pipelines still use the environment. Secrets, and files in the workspace,
    stay

    Usage: copilot env delete [OPTIONS]

    Options:
      -a, --app <NAME>      Name of the application [default: the workspace's]
      -n, --name <NAME>     Name of the environment
          --profile <NAME>  Profile with credentials of the environment's account, for an environment
                            whose manager role is gone
          --yes             Delete without asking
      -h, --help            Print help

    Examples:
      Delete the environment test of the workspace's application:
        copilot env delete --name test

      Delete it in a script:
        copilot env delete --name test --yes

      Delete what is left of an environment in another account whose roles are gone already:
        copilot env delete --name prod --profile prod-admin

    Delete an application: its jobs, its environments, what it has in its regions (artifacts, images,
    keys), its roles and its record. It is refused while services or pipelines are still there. Secrets,
    and files in the workspace, stay

    Usage: copilot app delete [OPTIONS]

    Options:
      -n, --name <NAME>  Name of the application [default: the workspace's]
          --yes          Delete without asking
      -h, --help         Print help

    Examples:
      Delete the application of the workspace, after a question:
        copilot app delete

      Delete the application my-app in a script:
        copilot app delete --name my-app --yes
    ");
}

#[test]
fn upgrading_an_environment_is_nothing_to_do() {
    let world = World::empty();
    for line in ["env upgrade", "env upgrade -n test -a demo", "env upgrade --all --app demo"] {
        let args: Vec<&str> = line.split(' ').collect();
        let run = Run::of(program(world.workspace.path(), &args));
        insta::allow_duplicates! {
            insta::assert_snapshot!(run, @"
            exit code: 0
            ----- stderr -----
            Nothing to do: `copilot env deploy` brings an environment up to date.
            ");
        }
    }
}
