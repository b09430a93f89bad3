//! A workspace that somebody else wrote: what it may not do, and what is told of it.

use std::fs;
use std::os::unix::fs::{chown, symlink};
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use crate::local_aws::App;
use crate::support::packaging::{FUNCTION, packaging};
use crate::support::{APP, BUILD, ENV, JOB, LOCATION, Run, Told, Workspace, World};

/// An account with the application alone: what fails offline must not even look at it.
fn offline(workspace: Workspace) -> World {
    World::seeded(App::new(APP), workspace)
}

fn mkfifo(path: &Path) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    let _ = fs::remove_file(path);
    assert!(Command::new("mkfifo").arg(path).status().unwrap().success());
}

fn root() -> bool {
    rustix::process::geteuid().is_root()
}

#[test]
fn a_cdk_app_is_not_run_where_that_is_forbidden() {
    let workspace = Workspace::new(LOCATION);
    workspace.file("copilot/report-gen/overrides/cdk.json", r#"{ "app": "touch ran" }"#);
    workspace.file("copilot/report-gen/overrides/package.json", "{}");
    let world = offline(workspace);
    let mut told = Told::default();
    told.runs("deploy", &world, world.deploying(&["--no-cdk"]), 1);
    told.runs("package", &world, packaging(&world, &["--no-cdk"]), 1);
    told.runs("package --diff", &world, packaging(&world, &["--diff", "--no-cdk"]), 2);
    let mut command = packaging(&world, &["--diff"]);
    command.env("COPILOT_NO_CDK", "true");
    told.runs("the variable", &world, command, 2);
    let mut command = world.deploying(&[]);
    command.env("COPILOT_NO_CDK", "maybe");
    told.runs("a variable that says neither", &world, command, 1);
    assert!(world.account.calls().0.is_empty());
    // The flag has the last word, and patches are no program.
    let mut command = world.deploying(&["--no-cdk=false"]);
    command.env("COPILOT_NO_CDK", "1");
    insta::assert_snapshot!(Run::of(command), @"
    exit code: 1
    ----- stderr -----
    Schedule: every day at 00:00 UTC (cron(0 0 * * ? *)); next: DATE UTC, DATE UTC, DATE UTC
    ✘ there is no environment test in application demo
      Create it first: `copilot env init`.
    ");
    world.workspace.file(
        "copilot/report-gen/overrides/cfn.patches.yml",
        "- op: replace\n  path: /Resources/LogGroup/Properties/RetentionInDays\n  value: 545\n",
    );
    insta::assert_snapshot!(world.deploy(&["--no-cdk"]), @"
    exit code: 1
    ----- stderr -----
    Warning: copilot/report-gen/overrides has both cfn.patches.yml and cdk.json; the patches are applied, the CDK app is not run.
    Schedule: every day at 00:00 UTC (cron(0 0 * * ? *)); next: DATE UTC, DATE UTC, DATE UTC
    ✘ there is no environment test in application demo
      Create it first: `copilot env init`.
    ");
    insta::assert_snapshot!("a_cdk_app_is_not_run_where_that_is_forbidden", told.all());
}

/// Another user's directory is refused and allowed as git does it; git is asked beside.
#[test]
fn a_workspace_of_another_user_is_refused_as_git_refuses_one() {
    if !root() {
        return;
    }
    const STRANGER: u32 = 12345;
    let workspace = Workspace::new(LOCATION);
    workspace.commit();
    let path = workspace.path().canonicalize().unwrap();
    let world = offline(workspace);
    let own = |paths: &[&str], user: u32| {
        for name in paths {
            std::os::unix::fs::lchown(path.join(name), Some(user), None).unwrap();
        }
    };
    let git = |variables: &[(&str, &str)]| {
        let mut command = Command::new("git");
        command.args(["status", "--short"]).current_dir(&path).env_clear();
        command.env("PATH", std::env::var_os("PATH").unwrap()).env("HOME", &path);
        command.envs(variables.iter().copied()).output().unwrap().status.success()
    };
    let deploy = |variables: &[(&str, &str)]| {
        let mut command = world.deploying(&[]);
        command.envs(variables.iter().copied());
        Run::of(command).ends_with(1)
    };
    let refused = |said: &str| said.contains("belongs to another user");
    own(&["", ".git", "copilot"], STRANGER);
    let mut told = Told::default();
    let uid = STRANGER.to_string();
    for (variables, allowed) in
        [(&[][..], false), (&[("SUDO_UID", "54321")], false), (&[("SUDO_UID", uid.as_str())], true)]
    {
        let said = deploy(variables);
        assert_eq!(!refused(&said), allowed, "{variables:?}: {said}");
        assert_eq!(git(variables), allowed, "{variables:?}");
        if variables.is_empty() {
            told.note("refused", &world, 1, &said.replace(&path.display().to_string(), "WORKSPACE"));
        }
    }
    let here = path.display().to_string();
    for (list, allowed) in [
        (here.clone(), true),
        (format!("/elsewhere:{here}"), true),
        (path.parent().unwrap().display().to_string() + "/*", true),
        ("*".to_owned(), true),
        ("/elsewhere".to_owned(), false),
        (String::new(), false),
    ] {
        let said = deploy(&[("COPILOT_SAFE_DIRECTORY", &list)]);
        assert_eq!(!refused(&said), allowed, "{list}: {said}");
    }
    for (directory, allowed) in
        [(here.as_str(), true), ("~/elsewhere", false), ("/elsewhere", false), ("*", true)]
    {
        fs::write(path.join(".gitconfig"), format!("[safe]\n\tdirectory = {directory}\n")).unwrap();
        let said = deploy(&[]);
        assert_eq!(!refused(&said), allowed, "{directory}: {said}");
        assert_eq!(git(&[]), allowed, "{directory}");
    }
    fs::remove_file(path.join(".gitconfig")).unwrap();

    // The application's name alone, and a link.
    own(&["copilot"], 0);
    assert!(!refused(&deploy(&[])));
    own(&["copilot/.workspace"], STRANGER);
    told.note("its .workspace", &world, 1, &deploy(&[]).replace(&here, "WORKSPACE"));
    own(&["copilot/.workspace"], 0);
    fs::rename(path.join("copilot"), path.join("real")).unwrap();
    symlink("real", path.join("copilot")).unwrap();
    own(&["copilot"], STRANGER);
    assert!(refused(&deploy(&[])));
    own(&["copilot"], 0);
    chown(path.join("real"), Some(STRANGER), None).unwrap();
    assert!(refused(&deploy(&[])));
    insta::assert_snapshot!(told.all());
}

/// A workspace that uses files of a directory beside it in every way there is.
fn leading_outside(elsewhere: &Path) -> Workspace {
    let workspace = Workspace::new(&format!(
        "{}env_file: link.env
sidecars:
  helper:
    image: registry.example/helper:1
    env_file: linked/helper.env
",
        BUILD.replace(
            "build: ./Dockerfile",
            &format!(
                "build:\n    dockerfile: linked/Dockerfile\n    context: .\n    secrets: {{key: {{file: linked/key}}}}\n    \
                 contexts: {{more: '{}'}}",
                "linked/more"
            )
        )
    ));
    let file = |name: &str, text: &str| {
        let path = elsewhere.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
    };
    file("job.env", "A=b\n");
    file("helper.env", "A=b\n");
    file("Dockerfile", "FROM scratch\n");
    file("key", "hunter2");
    file("more/file", "x");
    file("secret.js", "x");
    file("code/index.js", "x");
    file(
        "patches.yml",
        "- op: replace\n  path: /Resources/LogGroup/Properties/RetentionInDays\n  value: 545\n",
    );
    file("table.yml", &FUNCTION.replace("lambdas/cleanup", &elsewhere.join("code").display().to_string()));
    let link = |to: &str, at: &str| {
        let at = workspace.path().join(at);
        fs::create_dir_all(at.parent().unwrap()).unwrap();
        symlink(elsewhere.join(to), at).unwrap();
    };
    link("", "linked");
    link("job.env", "link.env");
    link("patches.yml", "copilot/report-gen/overrides/cfn.patches.yml");
    link("table.yml", "copilot/report-gen/addons/cleanup.yml");
    workspace
}

#[test]
fn files_outside_the_workspace_are_listed_or_refused() {
    let elsewhere = tempfile::tempdir().unwrap();
    let hidden = elsewhere.path().canonicalize().unwrap();
    let told = |said: &str, world: &World| {
        let said = said.replace(&hidden.display().to_string(), "ELSEWHERE");
        said.replace(&world.workspace.path().canonicalize().unwrap().display().to_string(), "WORKSPACE")
    };
    let world = World::new(leading_outside(elsewhere.path()));
    let mut command = world.deploying(&[]);
    // It ends there: nothing has to be built.
    command.env("DOCKER_HOST", "unix:///nonexistent/docker.sock");
    let said = told(&Run::of(command).ends_with(1), &world);
    let note = said.split_once("Files outside").unwrap().1.split_once("\nSchedule").unwrap().0;
    insta::assert_snapshot!(format!("Files outside{note}"), @r"
    Files outside the workspace WORKSPACE are used, uploaded or built into images:
      - copilot/report-gen/overrides/cfn.patches.yml: ELSEWHERE/patches.yml
      - copilot/report-gen/addons/cleanup.yml: ELSEWHERE/table.yml
      - copilot/report-gen/addons: ELSEWHERE/code
      - env_file: link.env: ELSEWHERE/job.env
      - sidecars.helper.env_file: linked/helper.env: ELSEWHERE/helper.env
      - image.build: the Dockerfile: ELSEWHERE/Dockerfile
      - image.build: the context more: ELSEWHERE/more
      - image.build: the secret key: ELSEWHERE/key
    ");

    // Packaging without uploads uses what makes the template.
    let said = told(&Run::of(packaging(&world, &["--output-dir", "out"])).succeeds(), &world);
    let note = said.split_once("Files outside").unwrap().1.split_once("\nSchedule").unwrap().0;
    insta::assert_snapshot!(format!("Files outside{note}"), @r"
    Files outside the workspace WORKSPACE are used, uploaded or built into images:
      - copilot/report-gen/overrides/cfn.patches.yml: ELSEWHERE/patches.yml
      - copilot/report-gen/addons/cleanup.yml: ELSEWHERE/table.yml
    ");

    let world = offline(leading_outside(elsewhere.path()));
    let mut refused = String::new();
    for (case, flags, variables) in [
        ("the flag", &["--no-outside-files"][..], &[][..]),
        ("the variable", &[], &[("COPILOT_NO_OUTSIDE_FILES", "1")]),
    ] {
        let mut command = world.deploying(flags);
        command.envs(variables.iter().copied());
        refused += &format!("{case}:\n{}\n", told(&Run::of(command).ends_with(1), &world));
    }
    // Those that make the template are refused before they are read, the others all together.
    fs::remove_dir_all(world.workspace.path().join("copilot/report-gen/overrides")).unwrap();
    fs::remove_file(world.workspace.path().join("copilot/report-gen/addons/cleanup.yml")).unwrap();
    fs::create_dir(world.workspace.path().join("lambdas")).unwrap();
    symlink(hidden.join("secret.js"), world.workspace.path().join("lambdas/index.js")).unwrap();
    let addon = FUNCTION.replace("lambdas/cleanup", "lambdas");
    world.workspace.file("copilot/report-gen/addons/own.yml", &addon);
    let said = told(&world.deploy(&["--no-outside-files"]).ends_with(1), &world);
    refused += &format!("named files:\n{said}");
    assert!(world.account.calls().0.is_empty());
    insta::assert_snapshot!(refused);
}

#[test]
fn a_workspace_that_keeps_to_itself_is_told_nothing() {
    let world = World::new(Workspace::new(&format!("{LOCATION}env_file: link.env\n")));
    world.workspace.file("envs/job.env", "A=b\n");
    symlink("envs/job.env", world.workspace.path().join("link.env")).unwrap();
    world.workspace.file("copilot/report-gen/addons/cleanup.yml", FUNCTION);
    world.workspace.file("lambdas/cleanup/index.js", "x");
    insta::assert_snapshot!(world.deploy(&["--no-outside-files", "--no-cdk", "--detach"]), @"
    exit code: 0
    ----- stderr -----
    Schedule: every day at 00:00 UTC (cron(0 0 * * ? *)); next: DATE UTC, DATE UTC, DATE UTC
    Proposing infrastructure changes for stack demo-test-report-gen
    ✔ Proposing infrastructure changes for stack demo-test-report-gen
    The deployment of stack demo-test-report-gen continues in AWS (arn:aws:cloudformation:us-west-2:ACCOUNT:stack/demo-test-report-gen/UUID). Follow it with `copilot job deploy --attach --app demo --env test --name report-gen`.
    ");
}

/// Puts something there that is no ordinary file.
type Make = fn(&Path);

#[test]
fn pipes_devices_and_endless_files_are_refused_at_once() {
    let job = |name: &str| format!("copilot/{JOB}/{name}");
    let addon = "Parameters: {App: {Type: String}, Env: {Type: String}, Name: {Type: String}}\nResources:\n  Machine:\n    Type: AWS::StepFunctions::StateMachine\n    Properties:\n      \
                 DefinitionS3Location: odd\n";
    let secret =
        BUILD.replace("build: ./Dockerfile", "build:\n    dockerfile: D\n    secrets: {key: {file: odd}}");
    let with_env_file = format!("{LOCATION}env_file: odd.env\n");
    let cases = [
        ("manifest", LOCATION, job("manifest.yml")),
        ("patches", LOCATION, job("overrides/cfn.patches.yml")),
        ("addons", LOCATION, job("addons/odd.yml")),
        ("parameters of addons", LOCATION, job("addons/addons.parameters.yml")),
        ("a file of addons", LOCATION, "odd".to_owned()),
        ("environment file", with_env_file.as_str(), "odd.env".to_owned()),
        ("secret of a build", secret.as_str(), "odd".to_owned()),
        ("Dockerfile", BUILD, "Dockerfile".to_owned()),
        ("settings of Docker", BUILD, ".docker/config.json".to_owned()),
    ];
    let mut told = String::new();
    for (case, manifest, odd) in &cases {
        let mut kinds: Vec<(&str, Make)> = vec![
            ("pipe", mkfifo),
            ("device", |path| symlink("/dev/zero", path).unwrap()),
            ("kernel", |path| symlink("/proc/self/environ", path).unwrap()),
            ("endless", |path| fs::File::create(path).unwrap().set_len(1 << 40).unwrap()),
        ];
        if *case == "Dockerfile" {
            // The engine has its own limits.
            kinds.truncate(2);
        }
        for (kind, make) in kinds {
            let world = offline(Workspace::new(manifest));
            world.workspace.file("D", "FROM scratch\n");
            world.workspace.file("Dockerfile", "FROM scratch\n");
            if *case == "a file of addons" {
                world.workspace.file(&job("addons/own.yml"), addon);
            }
            let path = world.workspace.path().join(odd);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            let _ = fs::remove_file(&path);
            make(&path);
            let start = Instant::now();
            let said = world.deploy(&[]).ends_with(1);
            assert!(start.elapsed() < Duration::from_secs(20), "{case} {kind}: {:?}", start.elapsed());
            assert!(world.account.calls().0.is_empty(), "{case} {kind}");
            let line = said.lines().find(|line| line.starts_with('✘')).unwrap();
            let line = line.replace(&world.workspace.path().display().to_string(), "WORKSPACE");
            told += &format!("{case}, {kind}: {line}\n");
        }
    }
    // The application's name, and a neighbour that is looked at to list jobs.
    let world = offline(Workspace::new(LOCATION));
    mkfifo(&world.workspace.path().join("copilot/.workspace"));
    told += world.deploy(&[]).ends_with(1).lines().next().unwrap();
    insta::assert_snapshot!(told.replace(&world.workspace.path().display().to_string(), "WORKSPACE"));
    let world = World::new(Workspace::new(LOCATION));
    mkfifo(&world.workspace.path().join("copilot/odd/manifest.yml"));
    world.run(&["job", "deploy", "--env", ENV, "--detach"]).succeeds();
}

#[test]
fn values_of_variables_make_no_endless_manifest() {
    let references = "${A}".repeat(1000);
    let world =
        offline(Workspace::new(&format!("{LOCATION}variables:\n  X: \"{references}\"\n  Y: \"${{A}}\"\n")));
    let mut command = world.deploying(&[]);
    command.env("A", "x".repeat(100_000));
    let start = Instant::now();
    let said = Run::of(command).ends_with(1);
    assert!(start.elapsed() < Duration::from_secs(20), "{:?}", start.elapsed());
    assert!(said.len() < 2000, "{said}");
    let first: Vec<&str> = said.lines().filter(|line| !line.contains("${A}")).collect();
    insta::assert_snapshot!(first.join("\n"), @r"
    ✘ copilot/report-gen/manifest.yml:10:7: variables.X: the values of variables add more than 1 MB to the manifest; the one of `A` has 100000 bytes
       |
       |       ^^^^
    help: give A a shorter value, or name it less often
    ");
}
