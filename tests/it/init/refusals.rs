//! What is refused, before anything is created.

use super::{changing, init, joined};
use crate::local_aws::Rule;
use crate::support::{Told, World, program, tree, without_times};

/// Everything that can be told wrong without AWS ends without a call and without a file.
#[test]
fn what_can_be_told_without_aws() {
    let world = World::empty();
    world.workspace.file("Dockerfile", "FROM scratch\n");
    world.workspace.file("broken/Dockerfile", "COPY a b\n");
    world.workspace.file("other/copilot/.workspace", "application: shop\n");
    let image = ["--image", "a"];
    let mut told = Told::default();
    for (case, args) in [
        ("type of a service", &["--type", "Backend Service"][..]),
        ("unknown type", &["-t", "Cron Job"]),
        ("port", &["--port", "80"]),
        ("deploy", &["--deploy=perhaps"]),
        ("nothing", &["--app", "demo"]),
        ("without consent", &[&image[..], &["--app", "demo", "--schedule", "@daily"]].concat()),
        ("consent alone", &["--app", "demo", "--yes"]),
        ("application", &["--app", "My_App", "--yes"]),
        ("job", &["--name", "environments", "--yes"]),
        ("environment", &["--env", "Test", "--yes"]),
        ("schedule", &["--schedule", "every day", "--yes"]),
        ("timeout", &["--timeout", "soon", "--yes"]),
        ("retries", &["--retries", "-1"]),
        ("tag", &["--tag", "a b", "--yes"]),
        ("no Dockerfile", &["--dockerfile", "gone/Dockerfile", "--yes"]),
        ("broken Dockerfile", &["--dockerfile", "broken/Dockerfile", "--yes"]),
        ("both", &["--dockerfile", "Dockerfile", "--image", "a"]),
        ("image that is a file", &["--image", "./Dockerfile", "--yes"]),
        ("boundless retries", &["--retries", "99999999999"]),
    ] {
        told.runs(case, &world, world.command(&[&["init"], args].concat()), 2);
    }
    let mut other = world.command(&["init", "--app", "demo", "--yes"]);
    other.current_dir(world.workspace.path().join("other"));
    told.runs("workspace of another application", &world, other, 1);
    insta::assert_snapshot!(told.all(), @r#"
    type of a service (2):
    ✘ services are not supported: this program deploys scheduled jobs (`copilot job`); go on using AWS Copilot CLI for services, both work on the same applications and environments

    unknown type (2):
    ✘ --type `Cron Job`: the one type is `Scheduled Job`

    port (2):
    ✘ services are not supported: this program deploys scheduled jobs (`copilot job`); go on using AWS Copilot CLI for services, both work on the same applications and environments

    deploy (2):
    error: invalid value 'perhaps' for '--deploy[=<true|false>]': expected true or false

    For more information, try '--help'.

    nothing (2):
    ✘ --dockerfile or --image, --name, --schedule and --yes are missing and there is no terminal to ask on
      The full command: `copilot init --app demo --dockerfile ./Dockerfile --name report --schedule '0 9 * * *' --env test --yes`.
      --yes accepts the plan unseen, and every default: nothing is created without it.

    without consent (2):
    ✘ --name and --yes are missing and there is no terminal to ask on
      The full command: `copilot init --app demo --image a --name report --schedule @daily --env test --yes`.
      --yes accepts the plan unseen, and every default: nothing is created without it.

    consent alone (2):
    ✘ --dockerfile or --image, --name and --schedule are missing and there is no terminal to ask on
      The full command: `copilot init --app demo --dockerfile ./Dockerfile --name report --schedule '0 9 * * *' --env test --yes`.
      --yes accepts the plan unseen, and every default: nothing is created without it.

    application (2):
    ✘ `My_App` is no application name: it holds `M`, and only lower-case letters, digits and `-` are allowed; `my-app` would do

    job (2):
    ✘ `environments` is no job name: the directory copilot/environments belongs to something else

    environment (2):
    ✘ --env Test: it holds `T`, and only lower-case letters, digits and `-` are allowed; `test` would do

    schedule (2):
    ✘ --schedule `every day`: `every day` is not a schedule; write a cron schedule ("0 9 * * MON-FRI"), a preset ("@daily"), an interval ("@every 1h30m"), an AWS expression ("rate(5 minutes)", "cron(0 9 ? * 2-6 *)"), or "none" to run it by hand only

    timeout (2):
    ✘ --timeout `soon`: it is not a duration such as 1h30m or 90s

    retries (2):
    error: unexpected argument '-1' found

    Usage: copilot init [OPTIONS]

    For more information, try '--help'.

    tag (2):
    ✘ `a b` is not a valid image tag
      A tag has at most 128 characters: ASCII letters, digits, `_`, `.` and `-`, the first of them neither `.` nor `-`.

    no Dockerfile (2):
    ✘ --dockerfile `gone/Dockerfile`: WORKSPACE/gone/Dockerfile cannot be read: No such file or directory (os error 2)
      Dockerfiles here: ./Dockerfile, broken/Dockerfile.

    broken Dockerfile (2):
    ✘ --dockerfile `broken/Dockerfile`: line 1 has COPY where its FROM should be, and no FROM at all
      A Dockerfile starts with `FROM <image>`; only comments and ARG may come before it.

    both (2):
    error: the argument '--dockerfile <PATH>' cannot be used with '--image <IMAGE>'

    Usage: copilot init --dockerfile <PATH>

    For more information, try '--help'.

    image that is a file (2):
    ✘ --image `./Dockerfile`: it is a file; --dockerfile takes one to build an image from

    boundless retries (2):
    error: invalid value '99999999999' for '--retries <COUNT>': 99999999999 is not in 0..=4294967295

    For more information, try '--help'.

    workspace of another application (1):
    ✘ the workspace belongs to application shop, not to demo: see WORKSPACE/other/copilot/.workspace
      Run the command in a directory outside of this workspace, or detach the workspace from shop by removing that file.
    "#);
    assert!(world.account.calls().0.is_empty());
}

#[test]
fn several_dockerfiles() {
    let world = World::empty();
    for dir in ["a", "b"] {
        world.workspace.file(&format!("{dir}/Dockerfile"), "FROM scratch\n");
    }
    let mut told = Told::default();
    told.runs(
        "one of two",
        &world,
        world.command(&["init", "--app", "demo", "--schedule", "@daily", "--yes"]),
        2,
    );
    insta::assert_snapshot!(told.all(), @"
    one of two (2):
    ✘ --dockerfile or --image and --name are missing and there is no terminal to ask on
      The full command: `copilot init --app demo --dockerfile ./Dockerfile --name report --schedule @daily --env test --yes`.
      --yes accepts the plan unseen, and every default: nothing is created without it.
    ");
}

/// The engine is needed to build, and its absence is told before the plan.
#[test]
fn no_docker_engine() {
    let world = World::empty();
    world.workspace.file("Dockerfile", "FROM scratch\n");
    let mut command =
        world.command(&["init", "--app", "demo", "--name", "mailer", "--schedule", "@daily", "--yes"]);
    command.env("DOCKER_HOST", "unix:///nonexistent/docker.sock");
    let mut told = Told::default();
    told.runs("no engine", &world, command, 1);
    insta::assert_snapshot!(told.all(), @"
    no engine (1):
    No Docker Engine was found. `copilot job deploy` needs one to build the image.
    ✘ no Docker Engine answers; tried unix:///nonexistent/docker.sock (DOCKER_HOST): there is no such socket
      Start the engine (`sudo systemctl start docker`, or Docker Desktop), or set DOCKER_HOST to the one to use.
    ");
    assert!(world.account.calls().0.is_empty());
}

/// What AWS says stands in the way is found before anything is created.
#[test]
fn what_stands_in_the_way_in_aws() {
    let mut told = Told::default();
    let refused = |told: &mut Told, case: &str, world: &World, more: &[&str]| {
        let before = tree(world.workspace.path());
        let run = init(world, more);
        told.note(case, world, run.code.unwrap(), &without_times(&run.stderr));
        assert_eq!(before, tree(world.workspace.path()), "{case}");
        assert_eq!(changing(world), [""; 0], "{case}");
    };
    let world = World::empty();
    world.account.fault(Rule::deny("ssm:GetParameter"));
    refused(&mut told, "no permission", &world, &[]);
    let world = joined();
    world.account.fault(Rule::deny("sts:AssumeRole"));
    refused(&mut told, "an environment that cannot be entered", &world, &[]);
    let world = World::after_env_init();
    std::fs::remove_dir_all(world.workspace.path().join("copilot/environments")).unwrap();
    refused(&mut told, "an environment that was never deployed", &world, &["--name", "report-gen"]);
    let world = World::after_env_init();
    std::fs::remove_dir_all(world.workspace.path().join("copilot/report-gen")).unwrap();
    refused(&mut told, "a job without its manifest", &world, &["--name", "report-gen"]);
    insta::assert_snapshot!(told.all(), @"
    no permission (1):
    ✘ ssm:GetParameter on parameter /copilot/applications/demo failed: AccessDenied: User is not authorized to perform: ssm:GetParameter
      The call was made with your own credentials, whose policies must allow ssm:GetParameter on parameter /copilot/applications/demo.

    an environment that cannot be entered (1):
    Warning: environment test cannot be looked at, so it is not known whether it has public subnets: sts:AssumeRole on role arn:aws:iam::ACCOUNT:role/demo-test-EnvManagerRole failed: AccessDenied: User is not authorized to perform: sts:AssumeRole. Where it has none, write `environments.test.network.vpc.placement: private` into the manifest.
    ✘ sts:AssumeRole on role arn:aws:iam::ACCOUNT:role/demo-test-EnvManagerRole failed: AccessDenied: User is not authorized to perform: sts:AssumeRole
      The call was made with your own credentials, whose policies must allow sts:AssumeRole on role arn:aws:iam::ACCOUNT:role/demo-test-EnvManagerRole.

    an environment that was never deployed (1):
    ✘ environment test of application demo was never deployed, and this workspace has no copilot/environments/test/manifest.yml
      Deploy it where it was set up, or get its manifest from there.
      Or name another environment with --env.

    a job without its manifest (1):
    ✘ application demo has a job report-gen already, and this workspace has no copilot/report-gen/manifest.yml
      Get the manifest from where the job was set up, or choose another name with --name.
    ");
}

/// A command line for the other program of the same name.
#[test]
fn github_copilot() {
    let world = World::empty();
    let mut told = Told::default();
    for line in [
        "-p hello",
        "--prompt=hello",
        "--model gpt",
        "explain ls",
        "suggest x",
        "login",
        "mcp list",
        "plugin",
        "update",
    ] {
        let words: Vec<&str> = line.split(' ').collect();
        told.runs(line, &world, program(world.workspace.path(), &words), 2);
    }
    insta::assert_snapshot!(told.all(), @"
    -p hello (2):
    ✘ `copilot -p` is a flag of GitHub Copilot CLI, another program of the same name; this `copilot` deploys scheduled jobs to Amazon ECS
      Where both are installed the first one in PATH is run: `type -a copilot` lists them.

    --prompt=hello (2):
    ✘ `copilot --prompt` is a flag of GitHub Copilot CLI, another program of the same name; this `copilot` deploys scheduled jobs to Amazon ECS
      Where both are installed the first one in PATH is run: `type -a copilot` lists them.

    --model gpt (2):
    ✘ `copilot --model` is a flag of GitHub Copilot CLI, another program of the same name; this `copilot` deploys scheduled jobs to Amazon ECS
      Where both are installed the first one in PATH is run: `type -a copilot` lists them.

    explain ls (2):
    ✘ `copilot explain` is a command of GitHub Copilot CLI, another program of the same name; this `copilot` deploys scheduled jobs to Amazon ECS
      Where both are installed the first one in PATH is run: `type -a copilot` lists them.

    suggest x (2):
    ✘ `copilot suggest` is a command of GitHub Copilot CLI, another program of the same name; this `copilot` deploys scheduled jobs to Amazon ECS
      Where both are installed the first one in PATH is run: `type -a copilot` lists them.

    login (2):
    ✘ `copilot login` is a command of GitHub Copilot CLI, another program of the same name; this `copilot` deploys scheduled jobs to Amazon ECS
      Where both are installed the first one in PATH is run: `type -a copilot` lists them.

    mcp list (2):
    ✘ `copilot mcp` is a command of GitHub Copilot CLI, another program of the same name; this `copilot` deploys scheduled jobs to Amazon ECS
      Where both are installed the first one in PATH is run: `type -a copilot` lists them.

    plugin (2):
    ✘ `copilot plugin` is a command of GitHub Copilot CLI, another program of the same name; this `copilot` deploys scheduled jobs to Amazon ECS
      Where both are installed the first one in PATH is run: `type -a copilot` lists them.

    update (2):
    ✘ `copilot update` is a command of GitHub Copilot CLI, another program of the same name; this `copilot` deploys scheduled jobs to Amazon ECS
      Where both are installed the first one in PATH is run: `type -a copilot` lists them.
    ");
    let own = program(world.workspace.path(), &["deploy"]);
    let said = crate::support::Run::of(own).ends_with(2);
    assert!(said.contains("unrecognized subcommand 'deploy'"), "{said}");
}
