//! What lies around the program: environment variables, files of the AWS CLI, proxies, certificates, streams.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use crate::https_proxy::HttpsProxy;
use crate::local_aws::{App, LocalAws, Pace};
use crate::support::{APP, ENV, JOB, LOCATION, Run, STACK, Told, Workspace, World, program};
use crate::talking::Talking;

/// `job package`, which asks AWS for everything but changes nothing.
fn packaging(world: &World) -> Command {
    world.command(&["job", "package", "--name", JOB, "--env", ENV])
}

/// The same without what the world says about credentials and region, and with files of profiles in the home directory.
fn with_profiles(world: &World, config: &str, credentials: &str) -> Command {
    let mut command = packaging(world);
    for name in [
        "AWS_ACCESS_KEY_ID",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_REGION",
        "AWS_CONFIG_FILE",
        "AWS_SHARED_CREDENTIALS_FILE",
    ] {
        command.env_remove(name);
    }
    world.workspace.file(".aws/config", config);
    world.workspace.file(".aws/credentials", credentials);
    command
}

/// Checks that the template was printed.
fn prints(case: &str, mut command: Command) {
    let run = Run::of_command(&mut command);
    assert_eq!(run.code, Some(0), "{case}: {}", run.stderr);
    assert!(run.stdout.contains("AWS::ECS::TaskDefinition"), "{case}: {}", run.stdout);
}

#[test]
fn empty_variables_are_like_unset_ones() {
    let world = World::new(Workspace::new(LOCATION));
    let mut command = packaging(&world);
    for name in [
        "AWS_ENDPOINT_URL_S3",
        "AWS_ENDPOINT_URL_STS",
        "AWS_ENDPOINT_URL_SSM",
        "AWS_PROFILE",
        "AWS_DEFAULT_PROFILE",
        "AWS_DEFAULT_REGION",
        "AWS_SESSION_TOKEN",
        "AWS_CA_BUNDLE",
        "AWS_WEB_IDENTITY_TOKEN_FILE",
        "AWS_ROLE_ARN",
        "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
        "AWS_USE_FIPS_ENDPOINT",
        "AWS_SDK_UA_APP_ID",
        "AWS_CONFIG_FILE",
        "AWS_SHARED_CREDENTIALS_FILE",
        "HTTP_PROXY",
        "HTTPS_PROXY",
        "NO_PROXY",
    ] {
        command.env(name, "");
    }
    prints("all", command);
    let mut command = packaging(&world);
    command.env_remove("AWS_REGION").env("AWS_REGION", "").env("AWS_DEFAULT_REGION", "us-west-2");
    prints("AWS_DEFAULT_REGION behind an empty AWS_REGION", command);
    // Of all addresses the last is empty too: the call is meant for AWS itself, which does not know the key.
    let mut command = packaging(&world);
    command.env("AWS_ENDPOINT_URL", "").env("HTTPS_PROXY", "http://127.0.0.1:1").env("AWS_MAX_ATTEMPTS", "1");
    let said = Run::of_command(&mut command).ends_with(1);
    insta::assert_snapshot!(said.split_once('✘').unwrap().1, @"
    ssm:GetParameter on parameter /copilot/applications/demo failed: dispatch failure: io error: client error (Connect): tunnel error: failed to create underlying connection: tcp connect error: Connection refused (os error 111)
     AWS cannot be reached: check the network, proxies (HTTPS_PROXY) and AWS_ENDPOINT_URL, then run the command again.
    ");
}

#[test]
fn keys_and_profiles_under_all_their_names() {
    let world = World::new(Workspace::new(LOCATION));
    let id = world.account.id();
    let keys = format!("aws_access_key_id = {id}\n  aws_secret_access_key = local\n");
    let mut command = packaging(&world);
    command.env_remove("AWS_ACCESS_KEY_ID").env_remove("AWS_SECRET_ACCESS_KEY");
    command.env("AWS_ACCESS_KEY", id).env("AWS_SECRET_KEY", "local");
    prints("AWS_ACCESS_KEY and AWS_SECRET_KEY", command);
    let indented = format!("[default]\n  region = us-west-2\n  endpoint_url =\n  {keys}");
    prints("indented settings", with_profiles(&world, &indented, ""));
    let config = "[default]\nregion = eu-north-1\n[profile \"my profile\"]\nregion = us-west-2\n";
    let credentials = format!(
        "[default]\naws_access_key_id = 999999999999\naws_secret_access_key = x\n[my profile]\n{keys}"
    );
    let mut command = with_profiles(&world, config, &credentials);
    command.env("AWS_DEFAULT_PROFILE", "my profile");
    prints("AWS_DEFAULT_PROFILE with a blank", command);
    let config = format!(
        "[profile role]\nregion = us-west-2\nrole_arn = arn:aws:iam::{id}:role/demo-test-EnvManagerRole\nsource_profile = my keys\n"
    );
    let mut command = with_profiles(&world, &config, &format!("[my keys]\n{keys}"));
    command.env("AWS_PROFILE", "role");
    prints("a role of a profile with a blank", command);
}

#[test]
fn a_program_with_credentials_runs_once() {
    let world = World::new(Workspace::new(LOCATION));
    let (id, runs) = (world.account.id(), world.workspace.path().join("runs"));
    let answer = format!(r#"{{"Version":1,"AccessKeyId":"{id}","SecretAccessKey":"local"}}"#);
    let script = format!("echo run >> {}; echo '{answer}'\n", runs.display());
    let program = world.workspace.file("credentials.sh", &script);
    let config = format!("[default]\nregion = us-west-2\ncredential_process = sh {}\n", program.display());
    prints("credential_process", with_profiles(&world, &config, ""));
    assert_eq!(std::fs::read_to_string(runs).unwrap(), "run\n");
}

#[test]
fn surroundings_that_cannot_be_meant() {
    let mut told = Told::default();
    let world = World::seeded(App::new(APP), Workspace::new(LOCATION));
    for (case, name, value) in [
        ("an access key with a line end", "AWS_ACCESS_KEY_ID", "AKIASECRET\n"),
        ("a secret in quotes", "AWS_SECRET_ACCESS_KEY", "\"SECRET\""),
        ("a region with a blank", "AWS_REGION", "us-west-2 "),
        ("an address without a scheme", "AWS_ENDPOINT_URL_S3", "localhost:4566"),
        ("certificates that are not there", "AWS_CA_BUNDLE", "gone.pem"),
        ("a proxy of another kind", "HTTPS_PROXY", "socks5://user:SECRET@127.0.0.1:1080"),
    ] {
        let mut command = packaging(&world);
        command.env(name, value);
        told.runs(case, &world, command, 1);
    }
    for (case, config) in [
        ("a line that cannot be read", "[default]\nregion = us-west-2\n\noops\n"),
        (
            "a source profile that is not there",
            "[default]\nregion = us-west-2\nrole_arn = arn:aws:iam::1:role/r\nsource_profile = base\n[profile dev]\nregion = us-west-2\n",
        ),
        (
            "a profile of `aws login`",
            "[default]\nregion = us-west-2\nlogin_session = arn:aws:iam::123456789012:user/me\n",
        ),
        (
            "a key that is no text",
            "[default]\nregion = us-west-2\naws_access_key_id = AKIA\u{1}SECRET\naws_secret_access_key = x\n",
        ),
        ("an address in a profile", "[default]\nregion = us-west-2\nendpoint_url = localhost:4566\n"),
    ] {
        told.runs(case, &world, with_profiles(&world, config, ""), 1);
    }
    let mut command = with_profiles(&world, "[profile dev]\nregion = us-west-2\n[profile prod]\n", "");
    command
        .env("AWS_DEFAULT_PROFILE", "pord")
        .env("AWS_REGION", "us-west-2")
        .env("AWS_ACCESS_KEY_ID", "AKIA");
    told.runs("a profile that is not there, half a key", &world, command, 1);
    assert!(world.account.calls().0.is_empty());
    assert!(!told.all().contains("SECRET\""), "{}", told.all());
    insta::assert_snapshot!(told.all());
}

#[test]
fn a_failure_of_the_surroundings_is_an_error_record() {
    let world = World::new(Workspace::new(LOCATION));
    let mut command = world.deploying(&["--json"]);
    command.env("AWS_ACCESS_KEY_ID", "AKIASECRET\n");
    let run = Run::of(command);
    let last: serde_json::Value = serde_json::from_str(run.stdout.lines().last().unwrap()).unwrap();
    assert_eq!((run.code, &last["type"], run.stderr.as_str()), (Some(1), &"error".into(), ""));
    assert!(!run.stdout.contains("AKIASECRET"), "{}", run.stdout);
}

/// A listener that counts who comes, and answers nobody.
fn nobody() -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let count = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&count);
    std::thread::spawn(move || {
        for _ in listener.incoming() {
            counted.fetch_add(1, Ordering::SeqCst);
        }
    });
    (address, count)
}

#[test]
fn this_machine_is_not_reached_through_a_proxy() {
    let world = World::new(Workspace::new(LOCATION));
    // The task's credentials, as a container gets them.
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let credentials = format!("http://{}/credentials", listener.local_addr().unwrap());
    let body = format!(
        r#"{{"AccessKeyId":"{}","SecretAccessKey":"local","Token":"t","Expiration":"2099-01-01T00:00:00Z"}}"#,
        world.account.id()
    );
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let _ = stream.read(&mut [0; 4096]);
            let length = body.len();
            let _ = write!(
                stream,
                "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}"
            );
        }
    });
    let (proxy, asked) = nobody();
    let mut command = packaging(&world);
    command.env_remove("AWS_ACCESS_KEY_ID").env_remove("AWS_SECRET_ACCESS_KEY");
    command
        .env("AWS_CONTAINER_CREDENTIALS_FULL_URI", credentials)
        .env("HTTP_PROXY", &proxy)
        .env("HTTPS_PROXY", &proxy);
    prints("credentials of a container", command);
    assert_eq!(asked.load(Ordering::SeqCst), 0);
}

/// AWS itself, reached through a proxy whose certificates only `AWS_CA_BUNDLE` or `ca_bundle` knows.
#[test]
fn a_proxy_with_certificates_of_its_own() {
    let world = World::new(Workspace::new(LOCATION));
    let directory = tempfile::tempdir().unwrap();
    let proxy = HttpsProxy::start(LocalAws::shared(), directory.path()).unwrap();
    let env = proxy.env();
    let of = |wanted: &str| env.iter().find(|(name, _)| *name == wanted).unwrap().1.clone();
    let mut command = packaging(&world);
    command.env_remove("AWS_ENDPOINT_URL").env("https_proxy", of("HTTPS_PROXY")).env("HTTPS_PROXY", "");
    command.env("AWS_CA_BUNDLE", of("AWS_CA_BUNDLE"));
    prints("AWS_CA_BUNDLE", command);
    let config = format!("[default]\nca_bundle = {}\n", of("AWS_CA_BUNDLE"));
    world.workspace.file(".aws/config", &config);
    let mut command = packaging(&world);
    command
        .env_remove("AWS_ENDPOINT_URL")
        .env_remove("AWS_CONFIG_FILE")
        .env("HTTPS_PROXY", of("HTTPS_PROXY"));
    prints("ca_bundle", command);
}

#[test]
fn a_full_disk_is_told() {
    let world = World::new(Workspace::new(LOCATION));
    let mut told = Told::default();
    let deploy = ["job", "deploy", "--name", JOB, "--env", ENV, "--json", "--detach"];
    for (case, args, code) in [
        ("job deploy --json", &deploy[..], 1),
        ("job package", &["job", "package", "--name", JOB, "--env", ENV], 1),
        (
            "job package --diff --json",
            &["job", "package", "--name", JOB, "--env", ENV, "--diff", "--json"],
            2,
        ),
        ("completion bash", &["completion", "bash"], 1),
        ("version", &["version"], 1),
        ("--help", &["--help"], 1),
    ] {
        let full = fs::File::options().write(true).open("/dev/full").unwrap();
        let mut command = world.command(args);
        let output = command.stdin(Stdio::null()).stdout(full).stderr(Stdio::piped()).output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(code), "{case}: {said}");
        told.note(case, &world, code, &crate::support::without_times(&said));
    }
    // The deployment itself is not stopped halfway.
    assert!(world.stack().is_some());
    insta::assert_snapshot!(told.all());
}

/// A reader that has gone away has seen enough.
#[test]
fn a_closed_pipe_is_no_failure() {
    let world = World::new(Workspace::new(LOCATION));
    for args in [
        &["job", "deploy", "--name", JOB, "--env", ENV, "--json", "--detach"][..],
        &["job", "package", "--name", JOB, "--env", ENV],
        &["completion", "bash"],
        &["version"],
        &["--help"],
    ] {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let output =
            world.command(args).stdin(Stdio::null()).stdout(writer).stderr(Stdio::piped()).output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(0), "{args:?}: {said}");
        assert!(!said.contains('✘'), "{said}");
    }
}

#[test]
fn tags_that_aws_does_not_take_are_told_before_anything_is_deployed() {
    let mut told = Told::default();
    let world = World::seeded(App::new(APP).env(ENV).job(JOB).tag("team", "a"), Workspace::new(LOCATION));
    let many: Vec<String> = (0..48).map(|i| format!("k{i}=v")).collect();
    let long = "k".repeat(129);
    for (case, tags, code) in [
        ("aws:", &["AWS:team=a"][..], 2),
        ("a long key", &[&format!("{long}=a")], 2),
        ("a line end", &["a=b\nc"], 2),
        ("48 tags", &[&many.join(",")], 2),
        ("case only", &["a=1", "A=2"], 2),
        ("case only, ours", &["Copilot-Service=x"], 2),
    ] {
        let flags: Vec<&str> = tags.iter().flat_map(|tags| ["--resource-tags", *tags]).collect();
        told.runs(case, &world, world.deploying(&flags), code);
        assert!(world.account.calls().0.is_empty(), "{case}");
    }
    told.runs("case only, the application's", &world, world.deploying(&["--resource-tags", "Team=b"]), 2);
    told.runs(
        "51 with the application's",
        &world,
        world.deploying(&["--resource-tags", &many[1..].join(",")]),
        2,
    );
    assert_eq!(world.stack(), None);
    insta::assert_snapshot!(told.all().replace(&long, "129 LETTERS"));
}

#[test]
fn the_command_line_is_no_workflow_command() {
    let dir = tempfile::tempdir().unwrap();
    let mut command = program(dir.path(), &["job", "deploy", "--detach=\n::error::no ##[error]no"]);
    command.env("GITHUB_ACTIONS", "true");
    let said = Run::of(command).ends_with(2);
    insta::assert_snapshot!(said, @"
    error: invalid value in '--detach=
    : :error::no ## [error]no': expected true or false

    Usage: copilot job deploy [OPTIONS]

    For more information, try '--help'.
    ");
}

#[test]
#[cfg(target_os = "linux")]
fn core_dumps_are_off() {
    let world = World::new(Workspace::new(LOCATION));
    world.account.pace(STACK, Pace::EndAfter(Duration::from_secs(3600)));
    let mut deploy = Talking::start(world.deploying(&[]));
    deploy.wait_for("[create in progress]");
    let limits = fs::read_to_string(Path::new("/proc").join(deploy.id().to_string()).join("limits")).unwrap();
    let cores = limits.lines().find(|line| line.starts_with("Max core file size")).unwrap();
    assert_eq!(cores.split_whitespace().nth(4), Some("0"), "{cores}");
    deploy.signal("TERM");
    deploy.ends_with(130);
}

/// Of a comparison 1 says that something differs, and nothing else does.
#[test]
fn exit_codes_mean_one_thing() {
    let run = |script: &str, args: &[&str]| {
        let dir = tempfile::tempdir().unwrap();
        let mut command = Command::new("sh");
        command.args(["-c", script, "sh", env!("CARGO_BIN_EXE_copilot")]).args(args).current_dir(dir.path());
        command.output().unwrap().status.code()
    };
    let deleted = "rmdir \"$PWD\" && exec \"$@\"";
    assert_eq!(run(deleted, &["job", "package", "--diff"]), Some(2));
    assert_eq!(run(deleted, &["job", "package"]), Some(1));
    assert_eq!(run("exec \"$@\" 2> /dev/full", &["job", "deploy", "--nonsense"]), Some(2));
    assert_eq!(run("exec \"$@\" > /dev/full", &["job", "deploy", "--help"]), Some(1));
}
