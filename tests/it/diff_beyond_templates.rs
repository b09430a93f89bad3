//! `job deploy --diff`: what a comparison of templates cannot show: values of parameters, addons, replacements.

use std::time::Instant;

use crate::diff::deployed;
use crate::local_aws::Rule;
use crate::support::diffing::{answering, changing};
use crate::support::{LOCATION, Workspace, World};

#[test]
fn what_the_template_does_not_show() {
    let world = deployed(LOCATION);
    world.workspace.manifest(&LOCATION.replace("@daily", "0 9 * * MON-FRI"));
    insta::assert_snapshot!(answering(&world, &["--diff"], "n"), @"
    exit code: 0
    ----- stdout -----
    No changes.
    ----- stderr -----
    Schedule: at 09:00 UTC on Monday to Friday (cron(0 9 ? * MON-FRI *)); next: DATE UTC, DATE UTC, DATE UTC
    Parameters:
      ~ Schedule: cron(0 0 * * ? *) (every day at 00:00 UTC)
          -> cron(0 9 ? * MON-FRI *) (at 09:00 UTC on Monday to Friday)

    Continue with the deployment? (y/N) No
    Nothing was pushed or deployed: stack demo-test-report-gen is as it was.
    ");

    world.workspace.manifest(LOCATION);
    let run = answering(&world, &["--diff", "--resource-tags", "team=a,cost=1"], "n");
    insta::assert_snapshot!(run, @"
    exit code: 0
    ----- stdout -----
    No changes.
    ----- stderr -----
    Schedule: every day at 00:00 UTC (cron(0 0 * * ? *)); next: DATE UTC, DATE UTC, DATE UTC
    Tags:
      + cost: 1
      + team: a

    Continue with the deployment? (y/N) No
    Nothing was pushed or deployed: stack demo-test-report-gen is as it was.
    ");

    // Quiet says what was asked for.
    insta::assert_snapshot!(world.deploy(&["--diff-yes", "--quiet", "--resource-tags", "team=a"]), @"
    exit code: 0
    ----- stdout -----
    No changes.
    ----- stderr -----
    Tags:
      + team: a
    ");
    assert_eq!(world.tag("team"), Some("a".to_owned()));
}

const TOPIC: &str = "Parameters:
  App: {Type: String}
  Env: {Type: String}
  Name: {Type: String}
Resources:
  Alarm:
    Type: AWS::SNS::Topic
    Properties: {DisplayName: before}
";

#[test]
fn addons_are_compared_as_well() {
    let world = World::new(Workspace::new(LOCATION));
    let addons = |text: &str| world.workspace.file("copilot/report-gen/addons/topic.yml", text);
    addons(TOPIC);
    world.deploy(&[]).succeeds();
    addons(&TOPIC.replace("before", "after"));
    let start = Instant::now();
    insta::assert_snapshot!(answering(&world, &["--diff"], "n\n"), @"
    exit code: 0
    ----- stdout -----
    No changes.
    ----- stderr -----
    Schedule: every day at 00:00 UTC (cron(0 0 * * ? *)); next: DATE UTC, DATE UTC, DATE UTC
    Parameters:
      ~ AddonsTemplateURL: https://BUCKET.s3.us-west-2.amazonaws.com/manual/addons/report-gen/HASH.yml
          -> https://BUCKET.s3.us-west-2.amazonaws.com/manual/addons/report-gen/HASH.yml
    Addons template:
      ~ Resources/Alarm/Properties:
          ~ DisplayName: before -> after

    Continue with the deployment? (y/N) No
    Nothing was pushed or deployed: stack demo-test-report-gen is as it was.
    ");
    let reads = world.account.calls_since(start).count("s3:GetObject");
    assert_eq!(reads, 1);
    assert_eq!(changing(&world, start), [""; 0]);

    // A bucket that does not show it hides only what differs.
    world.account.fault(Rule::deny("s3:GetObject"));
    insta::assert_snapshot!(answering(&world, &["--diff"], "n\n"), @"
    exit code: 0
    ----- stdout -----
    No changes.
    ----- stderr -----
    Schedule: every day at 00:00 UTC (cron(0 0 * * ? *)); next: DATE UTC, DATE UTC, DATE UTC
    Parameters:
      ~ AddonsTemplateURL: https://BUCKET.s3.us-west-2.amazonaws.com/manual/addons/report-gen/HASH.yml
          -> https://BUCKET.s3.us-west-2.amazonaws.com/manual/addons/report-gen/HASH.yml
    Warning: the deployed addons template cannot be read, so what changes in the addons is not shown

    Continue with the deployment? (y/N) No
    Nothing was pushed or deployed: stack demo-test-report-gen is as it was.
    ");
    world.account.clear_faults();

    let run = answering(&world, &["--diff"], "y\n");
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    insta::assert_snapshot!(world.deploy(&["--diff"]), @"
    exit code: 0
    ----- stdout -----
    No changes.
    ----- stderr -----
    Schedule: every day at 00:00 UTC (cron(0 0 * * ? *)); next: DATE UTC, DATE UTC, DATE UTC
    No infrastructure changes: stack demo-test-report-gen is up to date.
    ");

    std::fs::remove_dir_all(world.workspace.path().join("copilot/report-gen/addons")).unwrap();
    insta::assert_snapshot!(answering(&world, &["--diff"], "n\n"), @r#"
    exit code: 0
    ----- stdout -----
    No changes.
    ----- stderr -----
    Schedule: every day at 00:00 UTC (cron(0 0 * * ? *)); next: DATE UTC, DATE UTC, DATE UTC
    Warning: job report-gen has no addons any more: this deployment deletes the nested stack AddonsStack with its resources
    Parameters:
      ~ AddonsTemplateURL: https://BUCKET.s3.us-west-2.amazonaws.com/manual/addons/report-gen/HASH.yml
          -> ""
    Addons template:
      - Parameters:
      -     App:
      -         Type: String
      -     Env:
      -         Type: String
      -     Name:
      -         Type: String
      - Resources:
      -     Alarm:
      -         Type: AWS::SNS::Topic
      -         Properties:
      -             DisplayName: after

    Continue with the deployment? (y/N) No
    Nothing was pushed or deployed: stack demo-test-report-gen is as it was.
    "#);
}

#[test]
fn replacements_are_told_before_the_question_and_asked_about_after() {
    let volume = |efs: &str| {
        format!("{LOCATION}storage:\n  volumes:\n    data: {{path: /data, read_only: false, efs: {efs}}}\n")
    };
    let world = deployed(&volume("true"));
    world.workspace.manifest(&volume("{uid: 1000, gid: 1000}"));
    // One answer was piped: it is not taken for the other question's.
    insta::assert_snapshot!(answering(&world, &["--diff"], "y\n"), @"
    exit code: 1
    ----- stdout -----
    ~ Resources/AccessPoint/Properties:
        ~ PosixUser:
            ~ Gid: 831834010 -> 1000
            ~ Uid: 831834010 -> 1000
        ~ RootDirectory/CreationInfo:
            ~ OwnerGid: 831834010 -> 1000
            ~ OwnerUid: 831834010 -> 1000
    ----- stderr -----
    Schedule: every day at 00:00 UTC (cron(0 0 * * ? *)); next: DATE UTC, DATE UTC, DATE UTC
    Replacements:
      AccessPoint (AWS::EFS::AccessPoint) will be replaced, as PosixUser, RootDirectory changes

    Continue with the deployment? (y/N) Yes
    Proposing infrastructure changes for stack demo-test-report-gen
    Warning: this update of stack demo-test-report-gen replaces or deletes, or may replace, what may hold data or what others refer to:
      - AccessPoint (AWS::EFS::AccessPoint) will be replaced, as PosixUser, RootDirectory changes

    Deploy anyway? (y/N) 
    ✘ Proposing infrastructure changes for stack demo-test-report-gen
    ✘ job report-gen was not deployed to test: the question needs an answer, and there is no terminal to ask on
      Pass --allow-replacement to answer it in advance, or pipe `y` or `n` into the command.
    ");
    insta::assert_snapshot!(answering(&world, &["--diff"], "y\ny\n").outline(), @"
    exit code: 0
    ----- stdout -----
    ~ Resources/AccessPoint/Properties:
        ~ PosixUser:
            ~ Gid: 831834010 -> 1000
            ~ Uid: 831834010 -> 1000
        ~ RootDirectory/CreationInfo:
            ~ OwnerGid: 831834010 -> 1000
            ~ OwnerUid: 831834010 -> 1000
    ----- stderr -----
    Schedule: every day at 00:00 UTC (cron(0 0 * * ? *)); next: DATE UTC, DATE UTC, DATE UTC
    Replacements:
      AccessPoint (AWS::EFS::AccessPoint) will be replaced, as PosixUser, RootDirectory changes

    Continue with the deployment? (y/N) Yes
    Proposing infrastructure changes for stack demo-test-report-gen
    Warning: this update of stack demo-test-report-gen replaces or deletes, or may replace, what may hold data or what others refer to:
      - AccessPoint (AWS::EFS::AccessPoint) will be replaced, as PosixUser, RootDirectory changes

    Deploy anyway? (y/N) Yes
    ✔ Proposing infrastructure changes for stack demo-test-report-gen
    - Updating the infrastructure for stack demo-test-report-gen [update in progress]
    - Updating the infrastructure for stack demo-test-report-gen [update complete] [TIME]
    ✔ Deployed report-gen.
    ");
}
