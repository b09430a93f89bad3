//! Jobs whose addons name local files, against the local AWS: what lies in the bucket, what the nested stack
//! says of it, and what a change costs.

use std::collections::BTreeMap;
use std::fs::{self, File, Permissions};
use std::io::{Cursor, Read};
use std::os::unix::fs::PermissionsExt;
use std::time::{Duration, Instant, SystemTime};

use hyper::Method;
use zip::ZipArchive;

use crate::local_aws::{LocalAws, Rule};
use crate::support::packaging::FUNCTION;
use crate::support::{JOB, LOCATION, STACK, Workspace, World};

const HANDLER: &str = "exports.handler = async () => 'clean';\n";

/// A job with a function whose code lies in the workspace.
fn with_function() -> World {
    let world = World::new(Workspace::new(LOCATION));
    world.workspace.file(&format!("copilot/{JOB}/addons/cleanup.yml"), FUNCTION);
    world.workspace.file("lambdas/cleanup/index.js", HANDLER);
    let tool = world.workspace.file("lambdas/cleanup/bin/tool", "#!/bin/sh\n");
    fs::set_permissions(tool, Permissions::from_mode(0o755)).unwrap();
    world
}

/// Bucket and key of the function's code, as the nested stack's template has them.
fn code(world: &World) -> (String, String) {
    let resources = world.cloudformation("DescribeStackResources", &[("StackName", STACK)]).unwrap();
    let (_, rest) = resources.split_once("<LogicalResourceId>AddonsStack</LogicalResourceId>").unwrap();
    let (_, rest) = rest.split_once("<PhysicalResourceId>").unwrap();
    let (nested, _) = rest.split_once("</PhysicalResourceId>").unwrap();
    let template = world.cloudformation("GetTemplate", &[("StackName", nested)]).unwrap();
    let value = |name: &str| {
        let (_, rest) = template.split_once(name).unwrap_or_else(|| panic!("no {name} in {template}"));
        rest.lines().next().unwrap().trim().to_owned()
    };
    (value("S3Bucket: "), value("S3Key: "))
}

fn object(world: &World, bucket: &str, key: &str) -> Vec<u8> {
    let (emulator, path) = (world.account.emulator(), format!("/{bucket}/{key}"));
    let reply = LocalAws::shared()
        .block_on(async move { emulator.s3(Method::GET, &path, Vec::new()).await.unwrap() });
    reply.body().to_vec()
}

/// Mode and content by name.
fn unzip(zip: Vec<u8>) -> BTreeMap<String, (u32, String)> {
    let mut archive = ZipArchive::new(Cursor::new(zip)).unwrap();
    let mut files = BTreeMap::new();
    for index in 0..archive.len() {
        let mut entry = archive.by_index(index).unwrap();
        let mut content = String::new();
        entry.read_to_string(&mut content).unwrap();
        let mode = entry.unix_mode().unwrap() & 0o777;
        files.insert(entry.name().unwrap().into_owned(), (mode, content));
    }
    files
}

#[test]
fn a_functions_code_is_packed_uploaded_and_named_in_the_template() {
    let world = with_function();
    let start = Instant::now();
    insta::assert_snapshot!(world.deploy(&[]).outline(), @"
    exit code: 0
    ----- stderr -----
    Schedule: every day at 00:00 UTC (cron(0 0 * * ? *)); next: DATE UTC, DATE UTC, DATE UTC
    Proposing infrastructure changes for stack demo-test-report-gen
    ✔ Proposing infrastructure changes for stack demo-test-report-gen
    - Creating the infrastructure for stack demo-test-report-gen [create in progress]
    - Creating the infrastructure for stack demo-test-report-gen [create complete] [TIME]
    ✔ Deployed report-gen.
    ");
    let uploads = world.account.calls_since(start).of_program().count("s3:PutObject");
    let (bucket, key) = code(&world);
    assert_eq!(key.rsplit_once('/').unwrap().0, format!("manual/addons/{JOB}/assets"));
    let file = |mode, content: &str| (mode, content.to_owned());
    let expected = BTreeMap::from([
        ("bin/tool".to_owned(), file(0o755, "#!/bin/sh\n")),
        ("index.js".to_owned(), file(0o644, HANDLER)),
    ]);
    assert_eq!(unzip(object(&world, &bucket, &key)), expected);
    // The env-controller, the addons template and the function; the job's template goes with the change set.
    assert_eq!(uploads, 3);

    // A file's time is no change.
    let path = world.workspace.path().join("lambdas/cleanup/index.js");
    let time = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000_000);
    File::options().write(true).open(&path).unwrap().set_modified(time).unwrap();
    let start = Instant::now();
    insta::assert_snapshot!(world.deploy(&[]), @"
    exit code: 0
    ----- stderr -----
    Schedule: every day at 00:00 UTC (cron(0 0 * * ? *)); next: DATE UTC, DATE UTC, DATE UTC
    Proposing infrastructure changes for stack demo-test-report-gen
    - No new infrastructure changes for stack demo-test-report-gen
    No infrastructure changes: stack demo-test-report-gen is up to date.
    ");
    assert_eq!(world.account.calls_since(start).of_program().count("s3:PutObject"), 0);

    // Its content is one.
    world.workspace.file("lambdas/cleanup/index.js", "exports.handler = async () => 'cleaner';\n");
    insta::assert_snapshot!(world.deploy(&[]).outline(), @"
    exit code: 0
    ----- stderr -----
    Schedule: every day at 00:00 UTC (cron(0 0 * * ? *)); next: DATE UTC, DATE UTC, DATE UTC
    Proposing infrastructure changes for stack demo-test-report-gen
    ✔ Proposing infrastructure changes for stack demo-test-report-gen
    - Updating the infrastructure for stack demo-test-report-gen [update in progress]
    - Updating the infrastructure for stack demo-test-report-gen [update complete] [TIME]
    ✔ Deployed report-gen.
    ");
    let (_, changed) = code(&world);
    assert_ne!(changed, key);
    assert!(unzip(object(&world, &bucket, &changed))["index.js"].1.contains("cleaner"));
}

#[test]
fn unusable_paths_are_told_before_any_call() {
    let world = with_function();
    fs::remove_dir_all(world.workspace.path().join("lambdas/cleanup/bin")).unwrap();
    fs::remove_file(world.workspace.path().join("lambdas/cleanup/index.js")).unwrap();
    world.workspace.file(
        &format!("copilot/{JOB}/addons/machine.yml"),
        "Resources:
  Machine:
    Type: AWS::StepFunctions::StateMachine
    Properties:
      DefinitionS3Location: lambdas
  Layer:
    Type: AWS::Lambda::LayerVersion
    Properties:
      Content: layers/missing
",
    );
    let said = world.deploy(&[]).ends_with(1);
    let root = fs::canonicalize(world.workspace.path()).unwrap();
    let said = said.replace(&root.display().to_string(), "WORKSPACE");
    insta::assert_snapshot!(said, @"
    ✘ 3 local files that the addons name cannot be used
      | copilot/report-gen/addons/cleanup.yml:12: property Code of resource Cleanup: lambdas/cleanup is a directory without files
      | copilot/report-gen/addons/machine.yml:5: property DefinitionS3Location of resource Machine: lambdas is a directory, and the property needs one file
      | copilot/report-gen/addons/machine.yml:9: property Content of resource Layer: layers/missing does not exist
      Paths in addons start at the workspace root, the directory that contains `copilot/`: WORKSPACE
    ");
    assert_eq!(world.account.calls().of_program().names(), [""; 0]);
}

#[test]
fn an_upload_that_fails_names_the_path() {
    let world = with_function();
    let refused = Rule::error("s3:PutObject", 403, "AccessDenied", "no");
    world.account.fault(refused.about(&format!("manual/addons/{JOB}/assets")));
    insta::assert_snapshot!(world.deploy(&[]), @"
    exit code: 1
    ----- stderr -----
    Schedule: every day at 00:00 UTC (cron(0 0 * * ? *)); next: DATE UTC, DATE UTC, DATE UTC
    ✘ cannot upload lambdas/cleanup: s3:PutObject on s3://BUCKET/manual/addons/report-gen/assets/HASH failed: AccessDenied: no
      The call was made with the environment manager role arn:aws:iam::ACCOUNT:role/demo-test-EnvManagerRole, whose policies must allow s3:PutObject on s3://BUCKET/manual/addons/report-gen/assets/HASH.
    ");
    assert_eq!(world.account.calls().of_program().count("cloudformation:CreateChangeSet"), 0);
}
