//! Runs that broke off: by Ctrl-C, by an error, or killed.

use std::process::Stdio;
use std::time::{Duration, Instant};

use super::{FLAGS, POLLS, init, manifest};
use crate::local_aws::{Action, Pace, Rule};
use crate::support::{Run, Started, World, in_parallel, stable};

fn start(world: &World) -> Started {
    let mut command = world.command(&[&["init"], &FLAGS[..]].concat());
    Started::spawn(command.stdin(Stdio::null()))
}

/// The error with its hints.
fn error(world: &World, run: &Run) -> String {
    let text = crate::support::without_times(&run.stderr);
    let from = text.find('✘').or_else(|| text.find('!')).unwrap_or(0);
    let bucket = regex::Regex::new("stackset-demo-infrastructure-[0-9a-z-]+").unwrap();
    let text = bucket.replace_all(&stable(&text[from..], world), "BUCKET").into_owned();
    // They are stored side by side.
    let function = regex::Regex::new("custom-resources/[a-z]+/").unwrap();
    function.replace_all(&text, "custom-resources/FUNCTION/").into_owned()
}

/// Whether everything is as an undisturbed run leaves it.
fn is_complete(world: &World) -> bool {
    let stack = |name: &str| {
        world
            .cloudformation("DescribeStacks", &[("StackName", name)])
            .is_some_and(|text| text.contains("_COMPLETE</StackStatus>") && !text.contains("ROLLBACK"))
    };
    ["", "/environments/test", "/components/mailer"].iter().all(|record| world.recorded(record).is_some())
        && ["demo-infrastructure-roles", "demo-test", "demo-test-mailer"].iter().all(|name| stack(name))
        && manifest(world).is_some()
}

/// Waits until nothing of the application is under way.
fn settle(world: &World) {
    let patience = Instant::now() + Duration::from_secs(60);
    let busy = |name: &&str| {
        let text = world.cloudformation("DescribeStacks", &[("StackName", name)]).unwrap_or_default();
        text.contains("_IN_PROGRESS</StackStatus>") && !text.contains("REVIEW_IN_PROGRESS")
    };
    while ["demo-infrastructure-roles", "demo-test", "demo-test-mailer"].iter().any(&busy) {
        assert!(Instant::now() < patience);
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Ctrl-C says at each stage what there is, and the command that goes on; that command completes the rest.
#[test]
fn an_interrupt_at_each_stage() {
    let stages = [
        ("ssm:GetParameter", 0),
        ("cloudformation:CreateChangeSet", 0),
        ("cloudformation:CreateStackSet", 0),
        ("cloudformation:CreateStackInstances", 0),
        ("cloudformation:CreateChangeSet", 2),
        ("cloudformation:CreateChangeSet", 3),
    ];
    let told = in_parallel(3, &stages, |(call, skip)| {
        let world = World::empty();
        world.account.fault(Rule::on(call, Action::Delay(Duration::from_secs(8))).after(*skip).times(1));
        let run = start(&world);
        let patience = Instant::now() + Duration::from_secs(60);
        let begun = |world: &World| world.account.calls().0.iter().filter(|c| c.name() == *call).count();
        // The delayed call is recorded when it has ended: it is under way when the one before it is not the last any more.
        let mut last = (0, Instant::now());
        while begun(&world) <= *skip as usize {
            let steps = world.account.calls().filter(|call| !POLLS.contains(&call.operation.as_str()));
            let now = steps.0.len();
            if now != last.0 {
                last = (now, Instant::now());
            }
            if begun(&world) == *skip as usize && last.1.elapsed() > Duration::from_secs(2) {
                break;
            }
            assert!(Instant::now() < patience);
            std::thread::sleep(Duration::from_millis(10));
        }
        run.signal("INT");
        let ended = run.finish();
        assert_eq!(ended.code, Some(130), "{call} {skip}: {ended}");
        world.account.clear_faults();
        settle(&world);
        let said = error(&world, &ended);
        let again = init(&world, &[]);
        assert_eq!(again.code, Some(0), "{call} {skip}: {ended}\n{again}");
        assert!(is_complete(&world), "{call} {skip}");
        format!("{call} {skip}:\n{said}")
    });
    insta::assert_snapshot!(told.join("\n"), @"
    ssm:GetParameter 0:
    ! interrupted: nothing was created
    cloudformation:CreateChangeSet 0:
    ✘ Proposing infrastructure changes for stack demo-infrastructure-roles
    ! interrupted: nothing more was deployed, the change set was removed
      So far there is: the files in the directory copilot.
      `copilot init --app demo --image registry.example/mailer:1 --name mailer --schedule @daily --env test` goes on where this run stopped.
    cloudformation:CreateStackSet 0:
    ! interrupted: application demo is incomplete; `copilot init --app demo --image registry.example/mailer:1 --name mailer --schedule @daily --env test` completes it
      So far there is: the files in the directory copilot.
      `copilot init --app demo --image registry.example/mailer:1 --name mailer --schedule @daily --env test` goes on where this run stopped.
    cloudformation:CreateStackInstances 0:
    ! interrupted: an operation on the stack set that has begun continues in AWS; nothing more was created
      `copilot init --app demo --image registry.example/mailer:1 --name mailer --schedule @daily --env test` goes on where this run stopped.
      So far there is: the files in the directory copilot, application demo, job mailer.
    cloudformation:CreateChangeSet 2:
    ✘ Proposing infrastructure changes for stack demo-test
    ! interrupted: nothing more was deployed, the change set was removed
      So far there is: the files in the directory copilot, application demo, job mailer, environment test, without its network and cluster.
      `copilot init --app demo --image registry.example/mailer:1 --name mailer --schedule @daily --env test` goes on where this run stopped.
    cloudformation:CreateChangeSet 3:
    ✘ Proposing infrastructure changes for stack demo-test-mailer
    ! interrupted: nothing more was deployed, the change set was removed
      So far there is: the files in the directory copilot, application demo, job mailer, environment test.
      `copilot init --app demo --image registry.example/mailer:1 --name mailer --schedule @daily --env test` goes on where this run stopped.
    ");
}

/// A second Ctrl-C ends at once, with what there is and what goes on.
#[test]
fn a_second_interrupt() {
    let world = World::empty();
    world.account.pace("demo-infrastructure-roles", Pace::EndAfter(Duration::from_secs(20)));
    world.account.fault(Rule::on("cloudformation:DeleteStack", Action::Delay(Duration::from_secs(5))));
    let run = start(&world);
    world.wait_for_call("cloudformation:ExecuteChangeSet");
    std::thread::sleep(Duration::from_millis(300));
    run.signal("INT");
    std::thread::sleep(Duration::from_millis(500));
    run.signal("INT");
    let ended = run.finish();
    assert_eq!(ended.code, Some(130), "{ended}");
    insta::assert_snapshot!(error(&world, &ended), @"! Exited; so far there is: the files in the directory copilot; `copilot init --app demo --image registry.example/mailer:1 --name mailer --schedule @daily --env test` goes on; the creation of stack demo-infrastructure-roles continues in AWS");
}

/// An error says what there is nevertheless, and how to go on.
#[test]
fn each_step_refused() {
    let refusals = [
        ("cloudformation:CreateStackSet", 0),
        ("ssm:PutParameter", 1),
        ("cloudformation:CreateStackInstances", 0),
        ("ssm:PutParameter", 2),
        ("s3:PutObject", 0),
        ("cloudformation:CreateChangeSet", 3),
    ];
    let told = in_parallel(3, &refusals, |(call, skip)| {
        let world = World::empty();
        world.account.fault(Rule::deny(call).of_program().after(*skip));
        let failed = init(&world, &[]);
        assert_eq!(failed.code, Some(1), "{call} {skip}: {failed}");
        world.account.clear_faults();
        settle(&world);
        let again = init(&world, &[]);
        assert_eq!(again.code, Some(0), "{call} {skip}: {failed}\n{again}");
        assert!(is_complete(&world), "{call} {skip}");
        format!("{call} {skip}:\n{}", error(&world, &failed))
    });
    insta::assert_snapshot!(told.join("\n"), @"
    cloudformation:CreateStackSet 0:
    ✘ cloudformation:CreateStackSet on stack set demo-infrastructure failed: AccessDenied: User is not authorized to perform: cloudformation:CreateStackSet
      The call was made with your own credentials, whose policies must allow cloudformation:CreateStackSet on stack set demo-infrastructure.
      Run `copilot init --app demo --image registry.example/mailer:1 --name mailer --schedule @daily --env test` again then: it goes on where it stopped.
      So far there is: the files in the directory copilot.
    ssm:PutParameter 1:
    ✘ job mailer was not registered with application demo: ssm:PutParameter on parameter /copilot/applications/demo/components/mailer failed: AccessDenied: User is not authorized to perform: ssm:PutParameter
      The call was made with your own credentials, whose policies must allow ssm:PutParameter on parameter /copilot/applications/demo/components/mailer.
      Run `copilot init --app demo --image registry.example/mailer:1 --name mailer --schedule @daily --env test` again then: it goes on where it stopped.
      So far there is: the files in the directory copilot, application demo.
    cloudformation:CreateStackInstances 0:
    ✘ environment test was not set up: cloudformation:CreateStackInstances on stack set demo-infrastructure failed: AccessDenied: User is not authorized to perform: cloudformation:CreateStackInstances
      The call was made with your own credentials, whose policies must allow cloudformation:CreateStackInstances on stack set demo-infrastructure.
      Nothing has to be undone: `copilot init --app demo --image registry.example/mailer:1 --name mailer --schedule @daily --env test` goes on where this run stopped.
      So far there is: the files in the directory copilot, application demo, job mailer.
    ssm:PutParameter 2:
    ✘ ssm:PutParameter on parameter /copilot/applications/demo/environments/test failed: AccessDenied: User is not authorized to perform: ssm:PutParameter
      The call was made with your own credentials, whose policies must allow ssm:PutParameter on parameter /copilot/applications/demo/environments/test.
      So far there is: the files in the directory copilot, application demo, job mailer.
      `copilot init --app demo --image registry.example/mailer:1 --name mailer --schedule @daily --env test` goes on where this run stopped.
    s3:PutObject 0:
    ✘ s3:PutObject on s3://BUCKET/manual/scripts/custom-resources/FUNCTION/HASH.zip failed: AccessDenied: User is not authorized to perform: s3:PutObject
      | With your own credentials: s3:PutObject on s3://BUCKET/manual/scripts/custom-resources/FUNCTION/HASH.zip failed: AccessDenied: User is not authorized to perform: s3:PutObject
      The call was made with the environment manager role arn:aws:iam::ACCOUNT:role/demo-test-EnvManagerRole, whose policies must allow s3:PutObject on s3://BUCKET/manual/scripts/custom-resources/FUNCTION/HASH.zip.
      The manager role differs from what this environment's template gives it, and only a deployment restores it.
      Run the command with credentials that may write to the artifact bucket: those of the application's account, with s3:PutObject and kms:GenerateDataKey.
      So far there is: the files in the directory copilot, application demo, job mailer, environment test, without its network and cluster.
      `copilot init --app demo --image registry.example/mailer:1 --name mailer --schedule @daily --env test` goes on where this run stopped.
    cloudformation:CreateChangeSet 3:
    ✘ Proposing infrastructure changes for stack demo-test-mailer
    ✘ job mailer was not deployed to test: cloudformation:CreateChangeSet on stack demo-test-mailer failed: AccessDenied: User is not authorized to perform: cloudformation:CreateChangeSet
      The call was made with the environment manager role arn:aws:iam::ACCOUNT:role/demo-test-EnvManagerRole, whose policies must allow cloudformation:CreateChangeSet on stack demo-test-mailer.
      So far there is: the files in the directory copilot, application demo, job mailer, environment test.
      `copilot init --app demo --image registry.example/mailer:1 --name mailer --schedule @daily --env test` goes on where this run stopped.
    ");
}

/// Killed after any of its calls, the same command completes what is missing.
#[test]
fn killed_after_some_calls() {
    let world = World::empty();
    init(&world, &[]).succeeds();
    let calls = u32::try_from(world.account.calls().of_program().0.len()).unwrap();
    let counts: Vec<u32> = (1..calls).step_by(7).collect();
    let wrong: Vec<String> = in_parallel(3, &counts, |count| {
        let world = World::empty();
        let stall = Rule::on("*:*", Action::Delay(Duration::from_secs(600)));
        world.account.fault(stall.of_program().after(*count));
        let mut run = start(&world);
        let (mut answered, mut since) = (0, Instant::now());
        while run.0.try_wait().unwrap().is_none()
            && answered < *count as usize
            && since.elapsed() < Duration::from_secs(20)
        {
            let now = world.account.calls().of_program().0.len();
            if now > answered {
                (answered, since) = (now, Instant::now());
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        run.0.kill().unwrap();
        run.0.wait().unwrap();
        world.account.clear_faults();
        settle(&world);
        let last = world.account.calls().0.last().map(crate::local_aws::Call::name);
        let again = init(&world, &[]);
        match again.code == Some(0) && is_complete(&world) {
            true => String::new(),
            false => format!("killed after call {count} ({last:?}): {again}\n"),
        }
    });
    assert!(wrong.concat().is_empty(), "{}", wrong.concat());
}
