//! The local AWS with a registry: an image that is pushed to it is deployed and run.

use std::io::Write as _;
use std::process::{Command, Output, Stdio};

use aws_sdk_cloudformation::types::Parameter;
use base64::Engine as _;

use crate::local_aws::{Action, App, Caller, LocalAws, Rule, registry_host};

const JOB: &str = include_str!("../local_aws/templates/job.yml");
const STACK: &str = "shop-test-report-gen";

fn docker(arguments: &[&str], input: &[u8]) -> Output {
    let mut child = Command::new("docker")
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(input).unwrap();
    let output = child.wait_with_output().unwrap();
    // Another test removed an image while the classic builder looked through all of them.
    if String::from_utf8_lossy(&output.stderr).contains("unable to find image") {
        return docker(arguments, input);
    }
    output
}

fn docker_ok(arguments: &[&str], input: &[u8]) -> String {
    let output = docker(arguments, input);
    assert!(output.status.success(), "docker {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// A container image with one program that prints one line, made by the C compiler every Rust linker needs.
fn build_image(tag: &str, line: &str) -> tempfile::TempDir {
    let context = tempfile::tempdir().unwrap();
    let source = format!("#include <stdio.h>\nint main(void) {{ puts(\"{line}\"); return 0; }}\n");
    std::fs::write(context.path().join("main.c"), source).unwrap();
    let built =
        Command::new("cc").args(["-static", "-o", "main", "main.c"]).current_dir(&context).status().unwrap();
    assert!(built.success());
    std::fs::write(context.path().join("Dockerfile"), "FROM scratch\nCOPY main /main\nCMD [\"/main\"]\n")
        .unwrap();
    docker_ok(&["build", "-q", "-t", tag, context.path().to_str().unwrap()], b"");
    context
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pushed_image_is_deployed_with_our_env_controller_and_runs() {
    let account = LocalAws::shared().registry_account().unwrap();
    let seeded = account.seed(App::new("shop").env("test").job("report-gen")).unwrap();
    let config = account.sdk_config().await;
    let host = registry_host(account.id());
    let image = format!("{host}/shop/report-gen:v1");

    let ecr = aws_sdk_ecr::Client::new(&config);
    let token = ecr.get_authorization_token().send().await.unwrap();
    let token = token.authorization_data()[0].authorization_token().unwrap().to_owned();
    let login = base64::engine::general_purpose::STANDARD.decode(token).unwrap();
    let password = login.strip_prefix(b"AWS:").unwrap();
    let home = tempfile::tempdir().unwrap();
    let settings = home.path().to_str().unwrap();
    account.fault(Rule::error("registry:Login", 403, "DENIED", "not for you"));
    let sign_in = ["--config", settings, "login", "-u", "AWS", "--password-stdin", &host];
    let refused = docker(&sign_in, password);
    let complaint = String::from_utf8_lossy(&refused.stderr);
    assert!(!refused.status.success() && complaint.contains("403 Forbidden"), "{complaint}");
    account.clear_faults();
    docker_ok(&sign_in, password);

    let _context = build_image(&image, "hello from the container");
    account.fault(Rule::on("registry:UploadChunk", Action::Drop { after_bytes: 1000 }).times(1));
    docker_ok(&["--config", settings, "push", &image], b"");
    docker_ok(&["rmi", &image], b"");
    docker_ok(&["--config", settings, "pull", &image], b"");
    let images = ecr.describe_images().repository_name("shop/report-gen").send().await.unwrap();
    assert_eq!(images.image_details()[0].image_tags(), ["v1"]);
    assert!(account.calls().0.iter().any(|call| call.name() == "registry:UploadChunk" && call.status == 0));

    let bucket = &seeded.regions["us-west-2"].bucket;
    let code = copilot::custom_resources::env_controller_zip().unwrap();
    let s3 = aws_sdk_s3::Client::new(&config);
    s3.put_object().bucket(bucket).key("env.zip").body(code.into()).send().await.unwrap();
    let client = aws_sdk_cloudformation::Client::new(&config);
    let parameters = [
        ("AppName", "shop"),
        ("EnvName", "test"),
        ("WorkloadName", "report-gen"),
        ("ContainerImage", &image),
        ("CodeBucket", bucket),
        ("CodeKey", "env.zip"),
    ];
    let parameters = parameters
        .map(|(key, value)| Parameter::builder().parameter_key(key).parameter_value(value).build())
        .to_vec();
    let create = client.create_stack().stack_name(STACK).template_body(JOB);
    create.set_parameters(Some(parameters)).capabilities("CAPABILITY_IAM".into()).send().await.unwrap();
    let created = account.emulator().settled_stack(STACK).await.unwrap();
    assert!(created.contains("<StackStatus>CREATE_COMPLETE</StackStatus>"), "{created}");
    let environment = client.describe_stacks().stack_name("shop-test").send().await.unwrap();
    let parameters = environment.stacks()[0].parameters();
    let enrolled =
        parameters.iter().find(|parameter| parameter.parameter_key() == Some("EFSWorkloads")).unwrap();
    assert_eq!(enrolled.parameter_value(), Some("report-gen"));
    let by_function = account.calls().filter(|call| call.caller == Caller::Function);
    assert_eq!(by_function.count("cloudformation:UpdateStack"), 1);

    let lines = account.run_once(STACK).unwrap();
    assert_eq!(lines, ["hello from the container"]);
    docker_ok(&["rmi", "-f", &image], b"");
}
