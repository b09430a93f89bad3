//! The bucket is shared by all environments, and whoever deploys to one of them may write to it: what lies there is believed
//! only when its checksum is right.

use std::collections::BTreeMap;
use std::fs;

use aws_sdk_s3::Client;
use aws_sdk_s3::types::ChecksumAlgorithm;
use sha2::{Digest, Sha256};

use crate::local_aws::{LocalAws, Rule};
use crate::support::packaging::{FUNCTION, packaged, packaging};
use crate::support::{JOB, LOCATION, Run, STACK, Workspace, World};

const EVIL: &str = "Resources: {Evil: {Type: AWS::SNS::Topic}}\n";

/// A job with everything that is uploaded, and with a template that is too long to be sent with the change set.
fn with_everything() -> World {
    let values: String = (0..60).map(|i| format!("  NAME_{i}: {}\n", "x".repeat(1000))).collect();
    let world = World::new(Workspace::new(&format!("{LOCATION}env_file: job.env\nvariables:\n{values}")));
    world.workspace.file("job.env", "LEVEL=debug\n");
    world.workspace.file(&format!("copilot/{JOB}/addons/cleanup.yml"), FUNCTION);
    world.workspace.file("lambdas/cleanup/index.js", "exports.handler = async () => 'clean';\n");
    world
}

pub(crate) fn bucket(world: &World) -> String {
    world.app.regions.values().next().unwrap().bucket.clone()
}

/// Does something with the bucket as another user of it.
fn with_s3<T, F>(world: &World, act: impl FnOnce(Client, String) -> F) -> T
where
    F: Future<Output = T>,
{
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async { act(Client::new(&world.account.sdk_config().await), bucket(world)).await })
}

fn objects(world: &World) -> BTreeMap<String, Vec<u8>> {
    with_s3(world, |s3, bucket| async move {
        let listed = s3.list_objects_v2().bucket(&bucket).prefix("manual/").send().await.unwrap();
        let mut objects = BTreeMap::new();
        for object in listed.contents() {
            let key = object.key().unwrap();
            let content = s3.get_object().bucket(&bucket).key(key).send().await.unwrap();
            objects.insert(key.to_owned(), content.body.collect().await.unwrap().to_vec());
        }
        objects
    })
}

fn plant(world: &World, key: &str, content: &[u8], checksum: Option<ChecksumAlgorithm>) {
    let (key, content) = (key.to_owned(), content.to_vec());
    with_s3(world, |s3, bucket| async move {
        let put = s3.put_object().bucket(bucket).key(key).set_checksum_algorithm(checksum);
        put.body(content.into()).send().await.unwrap();
    });
}

/// Keys of everything that a deployment will upload; nothing of it is there afterwards.
fn computed_keys(world: &World) -> Vec<String> {
    packaged(world, &["--output-dir", "out", "--upload-assets"]);
    let template = fs::read(world.workspace.path().join("out/report-gen-test.stack.yml")).unwrap();
    assert!(template.len() > 51_200, "{}", template.len());
    let mut keys: Vec<String> = objects(world).into_keys().collect();
    for key in &keys {
        let key = key.clone();
        with_s3(world, |s3, bucket| async move {
            s3.delete_object().bucket(bucket).key(key).send().await.unwrap();
        });
    }
    keys.push(format!("manual/templates/{STACK}/{:x}.yml", Sha256::digest(&template)));
    keys.sort();
    keys
}

#[test]
fn what_was_planted_is_replaced_and_told() {
    for checksum in [None, Some(ChecksumAlgorithm::Sha256), Some(ChecksumAlgorithm::Crc32)] {
        let world = with_everything();
        let keys = computed_keys(&world);
        let mut shown: Vec<String> = keys.iter().map(|key| without_hash(key)).collect();
        shown.sort();
        assert_eq!(
            shown,
            [
                "manual/addons/report-gen/HASH.yml",
                "manual/addons/report-gen/assets/HASH",
                "manual/env-files/job.env/HASH.env",
                "manual/scripts/custom-resources/envcontrollerfunction/HASH.zip",
                "manual/templates/demo-test-report-gen/HASH.yml",
            ]
        );
        for key in &keys {
            plant(&world, key, EVIL.as_bytes(), checksum.clone());
        }
        let said = world.deploy(&[]).succeeds();
        let template = world.cloudformation("GetTemplate", &[("StackName", STACK)]).unwrap();
        assert!(template.contains("NAME_59") && !template.contains("Evil"), "{template}");
        for (key, content) in objects(&world) {
            assert_ne!(content, EVIL.as_bytes(), "{key}");
        }
        for key in &keys {
            let warning =
                format!("s3://{}/{key} did not hold what belongs there, and was replaced: ", bucket(&world));
            assert_eq!(said.matches(&warning).count(), 1, "{key}: {said}");
        }
        assert_eq!(said.matches("write access to the bucket put something else there").count(), 5, "{said}");
        // Nothing is wrong any more, and nothing is sent again.
        let start = std::time::Instant::now();
        insta::allow_duplicates! {
            insta::assert_snapshot!(world.deploy(&[]), @"
            exit code: 0
            ----- stderr -----
            Schedule: every day at 00:00 UTC (cron(0 0 * * ? *)); next: DATE UTC, DATE UTC, DATE UTC
            Proposing infrastructure changes for stack demo-test-report-gen
            - No new infrastructure changes for stack demo-test-report-gen
            No infrastructure changes: stack demo-test-report-gen is up to date.
            ");
        }
        let calls = world.account.calls_since(start).of_program();
        assert_eq!(
            (calls.count("s3:PutObject"), calls.count("s3:HeadObject")),
            (0, 5),
            "{:?}",
            calls.names()
        );
    }
}

/// The run's text with its lines in the order of the alphabet.
fn sorted(run: &Run) -> String {
    let text = run.to_string();
    let mut lines: Vec<&str> = text.lines().collect();
    lines.sort_unstable();
    lines.join("\n")
}

fn without_hash(key: &str) -> String {
    let is_hash = |word: &&str| word.len() == 64 && word.chars().all(|c| c.is_ascii_hexdigit());
    key.split(['/', '.']).find(is_hash).map_or_else(|| key.to_owned(), |hash| key.replace(hash, "HASH"))
}

#[test]
fn what_was_planted_under_a_running_stack_is_replaced_and_told() {
    let world = with_everything();
    world.deploy(&[]).succeeds();
    let before = objects(&world);
    for key in before.keys() {
        plant(&world, key, EVIL.as_bytes(), None);
    }
    // Uploads run side by side.
    insta::assert_snapshot!(sorted(&world.deploy(&[])), @"
    - No new infrastructure changes for stack demo-test-report-gen
    ----- stderr -----
    No infrastructure changes: stack demo-test-report-gen is up to date.
    Proposing infrastructure changes for stack demo-test-report-gen
    Schedule: every day at 00:00 UTC (cron(0 0 * * ? *)); next: DATE UTC, DATE UTC, DATE UTC
    Warning: s3://BUCKET/manual/addons/report-gen/HASH.yml did not hold what belongs there, and was replaced: somebody with write access to the bucket put something else there. Earlier deployments may have used it; see its versions with `aws s3api list-object-versions --bucket BUCKET --prefix manual/addons/report-gen/HASH.yml`.
    Warning: s3://BUCKET/manual/addons/report-gen/assets/HASH did not hold what belongs there, and was replaced: AWS Copilot CLI or another version of this program packed the same files, or somebody with write access to the bucket put something else there. Earlier deployments may have used it; see its versions with `aws s3api list-object-versions --bucket BUCKET --prefix manual/addons/report-gen/assets/HASH`.
    Warning: s3://BUCKET/manual/env-files/job.env/HASH.env did not hold what belongs there, and was replaced: somebody with write access to the bucket put something else there. Earlier deployments may have used it; see its versions with `aws s3api list-object-versions --bucket BUCKET --prefix manual/env-files/job.env/HASH.env`.
    Warning: s3://BUCKET/manual/scripts/custom-resources/envcontrollerfunction/HASH.zip did not hold what belongs there, and was replaced: somebody with write access to the bucket put something else there. Earlier deployments may have used it; see its versions with `aws s3api list-object-versions --bucket BUCKET --prefix manual/scripts/custom-resources/envcontrollerfunction/HASH.zip`.
    Warning: s3://BUCKET/manual/templates/demo-test-report-gen/HASH.yml did not hold what belongs there, and was replaced: somebody with write access to the bucket put something else there. Earlier deployments may have used it; see its versions with `aws s3api list-object-versions --bucket BUCKET --prefix manual/templates/demo-test-report-gen/HASH.yml`.
    exit code: 0
    ");
    assert!(objects(&world) == before);

    for key in before.keys() {
        plant(&world, key, EVIL.as_bytes(), None);
    }
    // A packaged template stays in its file.
    let run = Run::of(packaging(&world, &["--output-dir", "out", "--upload-assets"]));
    insta::assert_snapshot!(sorted(&run), @"
    ----- stderr -----
    Schedule: every day at 00:00 UTC (cron(0 0 * * ? *)); next: DATE UTC, DATE UTC, DATE UTC
    Warning: s3://BUCKET/manual/addons/report-gen/HASH.yml did not hold what belongs there, and was replaced: somebody with write access to the bucket put something else there. Earlier deployments may have used it; see its versions with `aws s3api list-object-versions --bucket BUCKET --prefix manual/addons/report-gen/HASH.yml`.
    Warning: s3://BUCKET/manual/addons/report-gen/assets/HASH did not hold what belongs there, and was replaced: AWS Copilot CLI or another version of this program packed the same files, or somebody with write access to the bucket put something else there. Earlier deployments may have used it; see its versions with `aws s3api list-object-versions --bucket BUCKET --prefix manual/addons/report-gen/assets/HASH`.
    Warning: s3://BUCKET/manual/env-files/job.env/HASH.env did not hold what belongs there, and was replaced: somebody with write access to the bucket put something else there. Earlier deployments may have used it; see its versions with `aws s3api list-object-versions --bucket BUCKET --prefix manual/env-files/job.env/HASH.env`.
    Warning: s3://BUCKET/manual/scripts/custom-resources/envcontrollerfunction/HASH.zip did not hold what belongs there, and was replaced: somebody with write access to the bucket put something else there. Earlier deployments may have used it; see its versions with `aws s3api list-object-versions --bucket BUCKET --prefix manual/scripts/custom-resources/envcontrollerfunction/HASH.zip`.
    Wrote out/report-gen-test.stack.yml, out/report-gen-test.params.json, out/report-gen.addons.stack.yml
    exit code: 0
    ");
}

/// The old tool's uploads have no SHA-256; packed anew they have one, and nobody is accused.
#[test]
fn objects_without_a_checksum_are_sent_once_more() {
    let world = with_everything();
    world.deploy(&[]).succeeds();
    for (key, content) in objects(&world) {
        plant(&world, &key, &content, None);
    }
    for sent in [5, 0] {
        let start = std::time::Instant::now();
        insta::allow_duplicates! {
            insta::assert_snapshot!(world.deploy(&[]), @"
            exit code: 0
            ----- stderr -----
            Schedule: every day at 00:00 UTC (cron(0 0 * * ? *)); next: DATE UTC, DATE UTC, DATE UTC
            Proposing infrastructure changes for stack demo-test-report-gen
            - No new infrastructure changes for stack demo-test-report-gen
            No infrastructure changes: stack demo-test-report-gen is up to date.
            ");
        }
        assert_eq!(world.account.calls_since(start).of_program().count("s3:PutObject"), sent);
    }
}

#[test]
fn a_role_that_may_only_write_uploads_without_a_look() {
    let world = with_everything();
    let keys = computed_keys(&world);
    for key in &keys {
        plant(&world, key, EVIL.as_bytes(), None);
    }
    world.account.fault(Rule::deny("s3:HeadObject"));
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
    for (key, content) in objects(&world) {
        assert_ne!(content, EVIL.as_bytes(), "{key}");
    }
}

#[test]
fn a_template_that_is_not_too_long_goes_with_the_change_set() {
    let world = World::new(Workspace::new(LOCATION));
    world.deploy(&[]).succeeds();
    let calls = world.account.calls().of_program();
    let proposed = calls.0.iter().find(|call| call.operation == "CreateChangeSet").unwrap();
    assert!(proposed.field("TemplateBody").unwrap().contains("AWS::ECS::TaskDefinition"));
    assert_eq!(proposed.field("TemplateURL"), None);
    assert_eq!(objects(&world).len(), 1, "the env-controller");

    // One that is too long and that vanished from the bucket is sent again.
    let world = with_everything();
    world.deploy(&[]).succeeds();
    let calls = world.account.calls().of_program();
    let proposed = calls.0.iter().find(|call| call.operation == "CreateChangeSet").unwrap();
    assert!(proposed.field("TemplateURL").is_some() && proposed.field("TemplateBody").is_none());
    let template = objects(&world).into_keys().find(|key| key.contains("/templates/")).unwrap();
    let (emulator, path) = (world.account.emulator(), format!("/{}/{template}", bucket(&world)));
    LocalAws::shared()
        .block_on(async move { emulator.s3(hyper::Method::DELETE, &path, Vec::new()).await.map(drop) })
        .unwrap();
    insta::assert_snapshot!(world.deploy(&[]), @"
    exit code: 0
    ----- stderr -----
    Schedule: every day at 00:00 UTC (cron(0 0 * * ? *)); next: DATE UTC, DATE UTC, DATE UTC
    Proposing infrastructure changes for stack demo-test-report-gen
    - No new infrastructure changes for stack demo-test-report-gen
    No infrastructure changes: stack demo-test-report-gen is up to date.
    ");
    assert!(objects(&world).contains_key(&template));
}
