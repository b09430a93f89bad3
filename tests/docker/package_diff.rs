//! `job package --diff` of jobs whose images were built and pushed.

use crate::support::packaging::{changed_nothing_since, comparing, with_everything};
use crate::support::{Run, Workspace, World, tree};

fn compared(world: &World, flags: &[&str]) -> Run {
    Run::of(comparing(world, flags))
}

#[test]
fn an_unchanged_job_with_everything_there_is_has_no_differences() {
    let world = World::with_registry(with_everything(Workspace::with_image()));
    world.deploy(&[]).succeeds();
    let before = std::time::Instant::now();
    let files = tree(world.workspace.path());
    insta::assert_snapshot!(compared(&world, &[]), @"
    exit code: 0
    ----- stdout -----
    No changes.
    ----- stderr -----
    Schedule: every 60 minutes (rate(60 minutes)); first run after the deployment
    Nothing was built, so these containers are compared with the image they have: report-gen, helper
    ");
    assert_eq!(files, tree(world.workspace.path()));
    changed_nothing_since(&world, before);

    // Each of what is uploaded makes a difference when it changes.
    let mut told = String::new();
    for file in ["prod.env", "helper.env", "lambdas/cleanup/index.js"] {
        let path = world.workspace.path().join(file);
        let content = std::fs::read(&path).unwrap();
        world.workspace.file(file, "CHANGED=1\n");
        told += &format!("{file}, {}", compared(&world, &[]));
        std::fs::write(path, content).unwrap();
    }
    insta::assert_snapshot!(told, @"
    prod.env, exit code: 1
    ----- stdout -----
    No changes.
    ----- stderr -----
    Schedule: every 60 minutes (rate(60 minutes)); first run after the deployment
    Nothing was built, so these containers are compared with the image they have: report-gen, helper
    Parameters:
      ~ EnvFileARN: arn:aws:s3:::BUCKET/manual/env-files/prod.env/HASH.env
          -> arn:aws:s3:::BUCKET/manual/env-files/prod.env/HASH.env
    helper.env, exit code: 1
    ----- stdout -----
    No changes.
    ----- stderr -----
    Schedule: every 60 minutes (rate(60 minutes)); first run after the deployment
    Nothing was built, so these containers are compared with the image they have: report-gen, helper
    Parameters:
      ~ EnvFileARNForhelper: arn:aws:s3:::BUCKET/manual/env-files/helper.env/HASH.env
          -> arn:aws:s3:::BUCKET/manual/env-files/helper.env/HASH.env
    lambdas/cleanup/index.js, exit code: 1
    ----- stdout -----
    No changes.
    ----- stderr -----
    Schedule: every 60 minutes (rate(60 minutes)); first run after the deployment
    Nothing was built, so these containers are compared with the image they have: report-gen, helper
    Parameters:
      ~ AddonsTemplateURL: https://BUCKET.s3.us-west-2.amazonaws.com/manual/addons/report-gen/HASH.yml
          -> https://BUCKET.s3.us-west-2.amazonaws.com/manual/addons/report-gen/HASH.yml
    Addons template:
      ~ Resources/Cleanup/Properties/Code:
          ~ S3Key: manual/addons/report-gen/assets/HASH -> manual/addons/report-gen/assets/HASH
    ");
    assert_eq!(compared(&world, &[]).code, Some(0));
    changed_nothing_since(&world, before);
}

#[test]
fn tags_tell_images() {
    let world = World::with_registry(Workspace::with_image());
    world.deploy(&["--tag", "one"]).succeeds();
    insta::assert_snapshot!(compared(&world, &["--tag", "one"]), @"
    exit code: 0
    ----- stdout -----
    No changes.
    ----- stderr -----
    Schedule: every 60 minutes (rate(60 minutes)); first run after the deployment
    ");
    insta::assert_snapshot!(compared(&world, &["--tag", "two"]), @"
    exit code: 1
    ----- stdout -----
    No changes.
    ----- stderr -----
    Schedule: every 60 minutes (rate(60 minutes)); first run after the deployment
    Parameters:
      ~ ContainerImage: ACCOUNT.dkr.ecr.us-west-2.amazonaws.com/demo/report-gen:one
          -> ACCOUNT.dkr.ecr.us-west-2.amazonaws.com/demo/report-gen:two
    ");
}
