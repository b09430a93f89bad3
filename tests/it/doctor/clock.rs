//! A machine whose clock is wrong.

use super::{deployed, doctor, report, with_logs};
use crate::local_aws::Rule;
use crate::support::{APP, ENV, JOB, LOCATION, Run, Workspace, World};

/// The difference is corrected: in requests of the SDK (SSM, `CloudFormation`, S3, STS) and in those that are signed by hand
/// (EC2, tags, Step Functions).
#[test]
fn a_clock_that_is_ten_minutes_off() {
    for ahead in [600, -600] {
        let world = World::new(Workspace::new(&format!(
            "{LOCATION}network:\n  vpc:\n    placement:\n      subnets:\n        from_tags:\n          Name: copilot-demo-test-priv0\n"
        )));
        world.account.clock_ahead(ahead);
        let said = world.deploy(&[]).succeeds();
        with_logs(&world);
        assert!(said.ends_with("✔ Deployed report-gen.\n"), "{said}");
        assert_eq!(world.run(&["secret", "ls"]).code, Some(0));
        let run = Run::of(doctor(&world, &[]));
        if ahead > 0 {
            insta::assert_snapshot!(report(run), @"
            exit code: 0
            ----- stdout -----
            Warnings

            ! clock: This machine's clock is 10 min behind AWS; what is sent to AWS gets AWS's time
              In WSL set the clock with `sudo hwclock --hctosys`.
              $ sudo timedatectl set-ntp true

            Not checked

            - network of report-gen in test: the job runs in subnets of its own; they need a way to Amazon ECR, CloudWatch Logs and its secrets

            ! 23 ok, 1 warning, 0 failures, 1 not checked
            ");
        } else {
            assert!(run.stdout.contains("This machine's clock is 10 min ahead of AWS"), "{run}");
        }
    }
}

/// AWS goes on refusing: every command says what is wrong, and not that the credentials are.
#[test]
fn a_clock_that_every_command_is_refused_for() {
    let world = deployed(Workspace::new(LOCATION));
    world.account.clock_ahead(3_060);
    let refusals = [
        ("ssm:*", 400, "InvalidSignatureException"),
        ("tag:*", 400, "InvalidSignatureException"),
        ("sts:*", 403, "SignatureDoesNotMatch"),
        ("cloudformation:*", 403, "SignatureDoesNotMatch"),
        ("iam:*", 403, "SignatureDoesNotMatch"),
    ];
    for (calls, status, code) in refusals {
        let message = "Signature expired: 20261127T120000Z is now earlier than 20261127T123600Z (20261127T125100Z - 15 min.)";
        world.account.fault(Rule::error(calls, status, code, message));
    }
    let commands = [
        &["app", "ls"][..],
        &["app", "show"],
        &["app", "init", APP],
        &["env", "ls"],
        &["env", "show", "--name", ENV],
        &["job", "ls"],
        &["job", "show", "--name", JOB],
        &["job", "deploy", "--name", JOB, "--env", ENV],
        &["job", "package", "--name", JOB, "--env", ENV],
        &["secret", "ls"],
    ];
    // Each repeats its calls for some seconds.
    let runs = std::thread::scope(|scope| {
        let started = commands.map(|args| scope.spawn(|| world.run(args)));
        started.map(|run| run.join().unwrap())
    });
    for (args, run) in commands.iter().zip(&runs) {
        assert_eq!(run.code, Some(1), "{args:?}: {run}");
        assert!(run.stderr.contains("This machine's clock is 51 min behind AWS"), "{args:?}: {run}");
        assert!(!run.stderr.contains("check AWS_PROFILE"), "{args:?}: {run}");
    }
    insta::assert_snapshot!(runs[3], @"
    exit code: 1
    ----- stderr -----
    ✘ ssm:GetParameter on parameter /copilot/applications/demo failed: InvalidSignatureException: Signature expired: 20261127T120000Z is now earlier than 20261127T123600Z (20261127T125100Z - 15 min.)
      This machine's clock is 51 min behind AWS, which refuses requests that are signed with a wrong time. Set the clock (such as `sudo timedatectl set-ntp true`, or `sudo hwclock --hctosys` in WSL), then run the command again.
    ");
    insta::assert_snapshot!(report(Run::of(doctor(&world, &[]))), @"
    exit code: 1
    ----- stdout -----
    Failures

    ✘ credentials: sts:GetCallerIdentity on the caller's identity failed: SignatureDoesNotMatch: Signature expired: 20261127T120000Z is now earlier than 20261127T123600Z (20261127T125100Z - 15 min.)
      This machine's clock is 51 min behind AWS, which refuses requests that are signed with a wrong time. Set the clock (such as `sudo timedatectl set-ntp true`, or `sudo hwclock --hctosys` in WSL), then run the command again.
    ✘ clock: This machine's clock is 51 min behind AWS, which refuses requests that are signed with a wrong time
      In WSL set the clock with `sudo hwclock --hctosys`.
      $ sudo timedatectl set-ntp true

    Not checked

    - application, versions, permissions boundary, stack set, environment, registration of report-gen: no credentials that AWS accepts

    ✘ 3 ok, 0 warnings, 2 failures, 6 not checked
    ");
}
