//! `storage init` through the binary.

mod mistakes;
mod questions;

use std::fs;

use crate::local_aws::App;
use crate::support::terminal::{exit_code, in_terminal, plain};
use crate::support::{APP, ENV, JOB, LOCATION, Run, Told, Workspace, World, tree};

const TABLE: [&str; 10] = [
    "--name",
    "items",
    "--storage-type",
    "DynamoDB",
    "--partition-key",
    "Email:S",
    "--sort-key",
    "Points:N",
    "--no-lsi",
    "--lifecycle",
];
const CLUSTER: [&str; 9] = [
    "--name",
    "shared-db",
    "--storage-type",
    "Aurora",
    "--engine",
    "PostgreSQL",
    "--initial-db",
    "reports",
    "--lifecycle",
];

/// The application with the environment `test`, its manifest and the job `report-gen`.
fn world() -> World {
    let world = World::new(Workspace::new(LOCATION));
    world.workspace.file("copilot/environments/test/manifest.yml", "name: test\ntype: Environment\n");
    world
}

/// An account that has the application alone, with nothing to read.
fn offline() -> World {
    World::seeded(App::new(APP), Workspace::new(LOCATION))
}

fn init(world: &World, flags: &[&str]) -> Run {
    world.run(&[&["storage", "init"], flags].concat())
}

fn read(world: &World, path: &str) -> String {
    fs::read_to_string(world.workspace.path().join(path)).unwrap()
}

#[test]
fn the_only_job_is_taken_and_nothing_is_asked_of_aws() {
    let world = offline();
    let flags = ["--name", "raw", "-t", "s3", "-l", "workload"];
    insta::assert_snapshot!(init(&world, &flags), @"
    exit code: 0
    ----- stderr -----
    Found only one job, defaulting to: report-gen
    ✔ Wrote copilot/report-gen/addons/raw.yml
    The bucket is the resource rawBucket of the addons of report-gen.
    Containers of report-gen get the bucket's name as the environment variable RAW_NAME.
    Next:
    1. Run `copilot job deploy --name report-gen`, which creates the bucket.
    ");
    assert!(world.account.calls().0.is_empty());
    let before = tree(world.workspace.path());
    // As after an attempt that was cut off.
    insta::assert_snapshot!(init(&world, &flags), @"
    exit code: 0
    ----- stderr -----
    Found only one job, defaulting to: report-gen
    ✔ copilot/report-gen/addons/raw.yml was there already, with this content
    The bucket is the resource rawBucket of the addons of report-gen.
    Containers of report-gen get the bucket's name as the environment variable RAW_NAME.
    Next:
    1. Run `copilot job deploy --name report-gen`, which creates the bucket.
    ");
    assert_eq!(before, tree(world.workspace.path()));
    let dir = world.workspace.path().join("copilot/report-gen/addons");
    assert_eq!(fs::read_dir(dir).unwrap().count(), 1);
}

#[test]
fn storage_of_the_environments() {
    let world = world();
    insta::assert_snapshot!(init(&world, &[&TABLE[..], &["environment"]].concat()), @"
    exit code: 0
    ----- stderr -----
    Found only one job, defaulting to: report-gen
    ✔ Wrote copilot/environments/addons/items.yml
    ✔ Wrote copilot/report-gen/addons/items-access-policy.yml
    The table is the resource items of the environments' addons.
    Containers of report-gen get the table's name as the environment variable ITEMS_NAME_DDB_TABLE_NAME.
    Next:
    1. Run `copilot env deploy` for each environment, which creates the table. It must be there before the job is deployed.
    2. For another variable with the table's name, add this to copilot/report-gen/manifest.yml:

        variables:
          DB_NAME:
            from_cfn: ${COPILOT_APPLICATION_NAME}-${COPILOT_ENVIRONMENT_NAME}-itemsTableName

    3. Run `copilot job deploy --name report-gen`, which gives the job access.
    ");
    insta::assert_snapshot!(init(&world, &[&CLUSTER[..], &["environment"]].concat()), @"
    exit code: 0
    ----- stderr -----
    Found only one job, defaulting to: report-gen
    ✔ Wrote copilot/environments/addons/shared-db.yml
    ✔ Wrote copilot/environments/addons/addons.parameters.yml
    The database cluster is the resource shareddbDBCluster of the environments' addons (PostgreSQL 17.7). It costs money from its creation on, also without any use.
    Next:
    1. Run `copilot env deploy` for each environment, which creates the database cluster. It must be there before the job is deployed.
    2. Add this to copilot/report-gen/manifest.yml, the secret with what is needed to connect and the way to the cluster:

        network:
          vpc:
            security_groups:
              - from_cfn: ${COPILOT_APPLICATION_NAME}-${COPILOT_ENVIRONMENT_NAME}-shareddbSecurityGroup
        secrets:
          DB_SECRET:
            from_cfn: ${COPILOT_APPLICATION_NAME}-${COPILOT_ENVIRONMENT_NAME}-shareddbAuroraSecret

    3. Run `copilot job deploy --name report-gen`, which gives the job access.
    ");
    insta::assert_snapshot!(read(&world, "copilot/environments/addons/addons.parameters.yml"), @r#"
    # Values for parameters of the addons in this directory: ids of the VPC and its private subnets.
    Parameters:
      VPCID: !Ref VPC
      PrivateSubnets: !Join
        - ","
        - - !Ref PrivateSubnet1
          - !Ref PrivateSubnet2
    "#);
    // A second cluster uses the same parameters.
    let second = [
        "--name",
        "other",
        "--storage-type",
        "Aurora",
        "--engine",
        "mysql",
        "--initial-db",
        "x",
        "-l",
        "environment",
    ];
    let said = init(&world, &second).succeeds();
    assert!(said.contains("addons.parameters.yml was there already"), "{said}");
    insta::assert_snapshot!(init(&world, &["-n", "files", "-t", "S3", "--add-ingress-from", JOB]), @"
    exit code: 0
    ----- stderr -----
    ✔ Wrote copilot/report-gen/addons/files-access-policy.yml
    Containers of report-gen get the bucket's name as the environment variable FILES_NAME_BUCKET_NAME.
    Next:
    1. For another variable with the bucket's name, add this to copilot/report-gen/manifest.yml:

        variables:
          BUCKET_NAME:
            from_cfn: ${COPILOT_APPLICATION_NAME}-${COPILOT_ENVIRONMENT_NAME}-filesBucketName

    2. Run `copilot job deploy --name report-gen`, which gives the job access.
    ");
    insta::assert_snapshot!(init(&world, &["-n", "shared-db", "-t", "Aurora", "--add-ingress-from", JOB]), @"
    exit code: 0
    ----- stderr -----
    A job needs no file to use a cluster of the environments, but some lines in its manifest.
    Next:
    1. Add this to copilot/report-gen/manifest.yml, the secret with what is needed to connect and the way to the cluster:

        network:
          vpc:
            security_groups:
              - from_cfn: ${COPILOT_APPLICATION_NAME}-${COPILOT_ENVIRONMENT_NAME}-shareddbSecurityGroup
        secrets:
          DB_SECRET:
            from_cfn: ${COPILOT_APPLICATION_NAME}-${COPILOT_ENVIRONMENT_NAME}-shareddbAuroraSecret

    2. Run `copilot job deploy --name report-gen`, which gives the job access.
    ");
}

#[test]
fn storage_of_the_environments_for_a_job_that_is_elsewhere() {
    let app = App::new(APP).env(ENV).job("mailer");
    let world = World::seeded(app, Workspace::empty());
    world.register("front", "Backend Service");
    world.workspace.file("copilot/.workspace", "application: demo\n");
    world.workspace.file("copilot/environments/test/manifest.yml", "name: test\ntype: Environment\n");
    let bucket =
        |flags: &[&str]| init(&world, &[&["-n", "raw", "-t", "S3", "-l", "environment"], flags].concat());
    insta::assert_snapshot!(bucket(&["-w", "front"]), @"
    exit code: 1
    ----- stderr -----
    ✘ front is a Backend Service, not a scheduled job
      Storage is set up for workloads of the type `Scheduled Job`.
    ");
    insta::assert_snapshot!(bucket(&["-w", "gone"]), @"
    exit code: 1
    ----- stderr -----
    ✘ job gone is neither in the workspace nor registered with application demo
      `copilot job ls` lists the application's jobs.
    ");
    insta::assert_snapshot!(bucket(&[]), @"
    exit code: 0
    ----- stderr -----
    Found only one job, defaulting to: mailer
    ✔ Wrote copilot/environments/addons/raw.yml
    The bucket is the resource rawBucket of the environments' addons.
    Next:
    1. Run `copilot env deploy` for each environment, which creates the bucket. It must be there before the job is deployed.
    2. In the workspace that has mailer, run `copilot storage init --name raw --storage-type S3 --add-ingress-from mailer`.
    ");
    let own = init(&world, &["-n", "raw", "-t", "S3", "-l", "workload", "-w", "mailer"]);
    assert!(own.ends_with(1).contains("job mailer not found in the workspace"));
}

/// Files that this program wrote and one whose author described the parameters otherwise become one template.
#[test]
fn storage_of_the_environments_is_merged_with_other_addons() {
    let world = world();
    init(&world, &["-n", "raw", "-t", "S3", "-l", "environment"]).succeeds();
    init(&world, &[&CLUSTER[..], &["environment"]].concat()).succeeds();
    let described = "Parameters:\n  App: {Type: String, Description: The application.}\n  Env: {Type: String, Description: Its stage.}\n\
                     Resources:\n  Topic: {Type: AWS::SNS::Topic}\n";
    world.workspace.file("copilot/environments/addons/topic.yml", described);
    let package = || world.run(&["env", "package", "--name", ENV, "--output-dir", "out"]);
    package().succeeds();
    let merged = read(&world, "out/env.addons.yml");
    for resource in ["rawBucket", "shareddbDBCluster", "Topic"] {
        assert!(merged.contains(&format!("\n  {resource}:")), "{merged}");
    }
    let other = described.replace("Its stage.", "Its stage., Default: test");
    world.workspace.file("copilot/environments/addons/topic.yml", &other);
    insta::assert_snapshot!(package(), @"
    exit code: 1
    ----- stderr -----
    ✘ the parameter `Env` is defined in copilot/environments/addons/raw.yml:7:3 and differently in copilot/environments/addons/topic.yml:3:3
      The files are merged into one template: write it in one of them only, or rename one.
    ");
}

/// What is written works in an environment that is created later; a map that somebody made depend on the environment is
/// checked before anything is deployed.
#[test]
fn clusters_work_in_environments_that_come_later() {
    let app = App::new(APP).env(ENV).env("dev").job(JOB);
    let world = World::seeded(app, Workspace::new(LOCATION));
    let flags =
        ["-n", "db", "-t", "Aurora", "--engine", "MySQL", "--initial-db", "reports", "-l", "workload"];
    insta::assert_snapshot!(init(&world, &flags), @"
    exit code: 0
    ----- stderr -----
    Found only one job, defaulting to: report-gen
    ✔ Wrote copilot/report-gen/addons/db.yml
    The database cluster is the resource dbDBCluster of the addons of report-gen (MySQL 8.0.mysql_aurora.3.10.4). It costs money from its creation on, also without any use.
    Containers of report-gen get the environment variable DB_SECRET, a JSON text with host, port, dbname, username and password.
    Next:
    1. Run `copilot job deploy --name report-gen`, which creates the database cluster.
    ");
    let path = "copilot/report-gen/addons/db.yml";
    let text = read(&world, path);
    assert!(text.contains("\n    All:\n") && text.contains("\n    dev:\n"), "{text}");
    let later = text.replace("    dev:", "    later:");
    world.workspace.file(path, &later);
    let package = || world.run(&["job", "package", "--name", JOB, "--env", "dev"]);
    assert_eq!(package().code, Some(0));
    world.workspace.file(path, &later.replace("- All\n", "- !Ref Env\n"));
    insta::assert_snapshot!(package(), @"
    exit code: 1
    ----- stderr -----
    ✘ 2 problems with the job's addons
      | copilot/report-gen/addons/db.yml:121:11: the resource `dbDBCluster`, Properties/ServerlessV2ScalingConfiguration/MinCapacity: the mapping `dbEnvScalingConfigurationMap` has no key `dev` (the value of `Env`), only `later`, `test`, `All`
      | copilot/report-gen/addons/db.yml:125:11: the resource `dbDBCluster`, Properties/ServerlessV2ScalingConfiguration/MaxCapacity: the mapping `dbEnvScalingConfigurationMap` has no key `dev` (the value of `Env`), only `later`, `test`, `All`
      CloudFormation refuses this. Add `dev` to the mapping `dbEnvScalingConfigurationMap`.
    ");
}

#[test]
fn existing_files_stay_as_they_are() {
    let world = world();
    let mut told = Told::default();
    world.workspace.file("copilot/report-gen/addons/items.yml", "Resources: {}\n");
    world.workspace.file("copilot/environments/addons/items.yml", "Resources: {}\n");
    world
        .workspace
        .file("copilot/report-gen/addons/my-raw.yml", "Resources:\n  myrawBucket: {Type: AWS::S3::Bucket}\n");
    world.workspace.file("copilot/environments/addons/addons.parameters.yml", "Parameters:\n  Size: 1\n");
    let mut refused = |case: &str, flags: &[&str]| {
        told.runs(case, &world, world.command(&[&["storage", "init"], flags].concat()), 1);
    };
    refused("a template of the job", &[&TABLE[..], &["workload"]].concat());
    refused("a template of the environments", &[&TABLE[..], &["environment"]].concat());
    refused("another file with the same resource", &["-n", "my.raw", "-t", "S3", "-l", "workload"]);
    refused("parameters without those of clusters", &[&CLUSTER[..], &["environment"]].concat());
    insta::assert_snapshot!(told.all(), @r#"
    a template of the job (1):
    Found only one job, defaulting to: report-gen
    ✘ nothing was written: copilot/report-gen/addons/items.yml exists already
      It stays as it is. Choose another --name, or remove the file to have it written anew.

    a template of the environments (1):
    Found only one job, defaulting to: report-gen
    ✘ nothing was written: copilot/environments/addons/items.yml exists already
      It stays as it is. Choose another --name, or remove the file to have it written anew.
      To let a job use storage that the environments have already, run `copilot storage init --name items --storage-type DynamoDB --add-ingress-from report-gen`.

    another file with the same resource (1):
    Found only one job, defaulting to: report-gen
    ✘ nothing was written: the resource `myrawBucket` is defined in copilot/report-gen/addons/my-raw.yml:2:3 and differently in copilot/report-gen/addons/my.raw.yml:15:3
      The files are merged into one template: write it in one of them only, or rename one.
      Or choose another --name: its letters and digits are the beginning of the resources' names.

    parameters without those of clusters (1):
    Found only one job, defaulting to: report-gen
    ✘ nothing was written: copilot/environments/addons/addons.parameters.yml exists already and does not give both VPCID and PrivateSubnets, which the cluster needs
      | Parameters:
      |   VPCID: !Ref VPC
      |   PrivateSubnets: !Join
      |     - ","
      |     - - !Ref PrivateSubnet1
      |       - !Ref PrivateSubnet2
      Add these values to the file and run the command again.
    "#);
}
