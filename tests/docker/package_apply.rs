//! `job package --upload-assets`: others can deploy the files as they are.

use std::collections::BTreeMap;

use aws_sdk_cloudformation::types::{Capability, ChangeSetType, Parameter, Tag};
use serde_json::Value;

use crate::local_aws::{App, LocalAws};
use crate::support::packaging::{
    cloudformation, deployed_template, packaged, packaging, read, with_everything,
};
use crate::support::{APP, ENV, JOB, Run, STACK, Workspace, World, stable};

/// Does with the files what `aws cloudformation deploy --template-file … --parameter-overrides file://… --tags …` does;
/// returns the stack's status.
fn apply(world: &World, dir: &str) -> String {
    let template = read(world, &format!("{dir}/{JOB}-{ENV}.stack.yml"));
    let configuration: BTreeMap<String, BTreeMap<String, String>> =
        serde_json::from_str(&read(world, &format!("{dir}/{JOB}-{ENV}.params.json"))).unwrap();
    let parameters: Vec<Parameter> = configuration["Parameters"]
        .iter()
        .map(|(key, value)| Parameter::builder().parameter_key(key).parameter_value(value).build())
        .collect();
    let tags: Vec<Tag> = configuration["Tags"]
        .iter()
        .map(|(key, value)| Tag::builder().key(key).value(value).build())
        .collect();
    let kind = if world.stack().is_some() { ChangeSetType::Update } else { ChangeSetType::Create };
    let client = cloudformation(world);
    LocalAws::shared().block_on(async move {
        let made = client
            .create_change_set()
            .stack_name(STACK)
            .change_set_name(format!("awscli-cloudformation-package-deploy-{}", uuid::Uuid::new_v4()))
            .change_set_type(kind)
            .template_body(template)
            .set_parameters(Some(parameters))
            .set_tags(Some(tags))
            .capabilities(Capability::CapabilityNamedIam)
            .capabilities(Capability::CapabilityAutoExpand)
            .send()
            .await
            .unwrap();
        let id = made.id.unwrap();
        loop {
            let set = client.describe_change_set().change_set_name(&id).send().await.unwrap();
            match set.status.unwrap().as_str() {
                "CREATE_COMPLETE" => break,
                "FAILED" => panic!("{:?}", set.status_reason),
                _ => tokio::time::sleep(std::time::Duration::from_millis(50)).await,
            }
        }
        client.execute_change_set().change_set_name(&id).send().await.unwrap();
        loop {
            let stacks = client.describe_stacks().stack_name(STACK).send().await.unwrap().stacks.unwrap();
            let status = stacks[0].stack_status.clone().unwrap().as_str().to_owned();
            if !status.ends_with("_IN_PROGRESS") {
                return status;
            }
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
    })
}

#[test]
fn what_pushes_images_needs_a_repository() {
    let world = World::seeded(App::new(APP).env(ENV).job("other"), Workspace::with_image());
    insta::assert_snapshot!(Run::of(packaging(&world, &["--upload-assets"])), @"
    exit code: 1
    ----- stderr -----
    Schedule: every 60 minutes (rate(60 minutes)); first run after the deployment
    ✘ job report-gen has no image repository in us-west-2: it is not registered with application demo
      Register it first: `copilot job init --name report-gen`.
    ");
}

#[test]
fn with_uploads_others_can_deploy_the_files() {
    let world = World::with_registry(with_everything(Workspace::with_image()));
    let said = packaged(&world, &["--output-dir", "out", "--upload-assets", "--tag", "one"]);
    // Two builds run side by side.
    let own: Vec<&str> = said.lines().filter(|line| line.starts_with(char::is_uppercase)).collect();
    insta::assert_snapshot!(stable(&own.join("\n"), &world), @"
    Schedule: every 60 minutes (rate(60 minutes)); first run after the deployment
    Wrote out/report-gen-test.stack.yml, out/report-gen-test.params.json, out/report-gen.addons.stack.yml
    ");
    let calls = world.account.calls().of_program();
    // Two environment files, the addons with their function, the env-controller; the template stays here.
    assert_eq!(calls.count("s3:PutObject"), 5, "{:?}", calls.counts());
    assert_eq!(calls.count("cloudformation:CreateChangeSet"), 0);
    let params: Value = serde_json::from_str(&read(&world, "out/report-gen-test.params.json")).unwrap();
    let parameter = |name: &str| params["Parameters"][name].as_str().unwrap().to_owned();
    assert!(parameter("ContainerImage").ends_with("/demo/report-gen:one"), "{params}");
    for (name, part) in
        [("EnvFileARN", "/prod.env/"), ("EnvFileARNForhelper", "/helper.env/"), ("AddonsTemplateURL", ".yml")]
    {
        assert!(parameter(name).contains(part), "{name}: {params}");
    }
    let addons = read(&world, "out/report-gen.addons.stack.yml");
    assert!(addons.contains("S3Key: manual/addons/report-gen/assets/"), "{addons}");

    assert_eq!(apply(&world, "out"), "CREATE_COMPLETE");
    assert_eq!(deployed_template(&world), read(&world, "out/report-gen-test.stack.yml"));
    for name in ["ContainerImage", "EnvFileARN", "Schedule"] {
        assert_eq!(world.parameter(name), Some(parameter(name)), "{name}");
    }
    assert_eq!(world.tag("copilot-service").as_deref(), Some(JOB));

    let said = world.deploy(&["--tag", "one"]).succeeds();
    assert!(said.contains(&format!("No infrastructure changes: stack {STACK} is up to date.")), "{said}");
    insta::assert_snapshot!(Run::of(packaging(&world, &["--diff", "--tag", "one"])), @"
    exit code: 0
    ----- stdout -----
    No changes.
    ----- stderr -----
    Schedule: every 60 minutes (rate(60 minutes)); first run after the deployment
    Nothing was built, so these containers are compared with the image they have: helper
    ");
    // Files made again are the same, and applying them to a changed job updates it.
    let before =
        (read(&world, "out/report-gen-test.stack.yml"), read(&world, "out/report-gen-test.params.json"));
    packaged(&world, &["--output-dir", "out", "--upload-assets", "--tag", "one"]);
    let after =
        (read(&world, "out/report-gen-test.stack.yml"), read(&world, "out/report-gen-test.params.json"));
    assert_eq!(before, after);
    let manifest = read(&world, "copilot/report-gen/manifest.yml").replace("@every 1h", "@every 2h");
    world.workspace.manifest(&manifest);
    packaged(&world, &["--output-dir", "out", "--upload-assets", "--tag", "one"]);
    assert_eq!(apply(&world, "out"), "UPDATE_COMPLETE");
    assert_eq!(world.parameter("Schedule").as_deref(), Some("rate(120 minutes)"));
}
