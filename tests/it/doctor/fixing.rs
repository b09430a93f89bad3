//! `copilot doctor --fix`.

use super::{doctor, report};
use crate::local_aws::App;
use crate::support::{ENV, JOB, Run, Workspace, World, without_times};

/// A job with a record, whose repository the stack set has lost.
fn lost() -> World {
    let world = World::seeded(App::new("demo").env(ENV), Workspace::with_image());
    world.register(JOB, "Scheduled Job");
    world
}

#[test]
fn a_repository_that_was_lost_is_brought_back() {
    let world = lost();
    let run = Run::of(doctor(&world, &["--fix"]));
    assert_eq!(run.code, Some(1));
    insta::assert_snapshot!(Run { stdout: String::new(), ..run }, @"
    exit code: 1
    ----- stderr -----

    Change stack set demo-infrastructure so that job report-gen has a repository of images in every region of demo? (y/N) 
    ✘ the question needs an answer, and there is no terminal to ask on
      Pass --yes to answer it in advance, or pipe `y` or `n` into the command.
    ");
    let run = Run::answering(doctor(&world, &["--fix"]), "n\n");
    insta::assert_snapshot!(Run { stdout: String::new(), ..run }, @"
    exit code: 1
    ----- stderr -----

    Change stack set demo-infrastructure so that job report-gen has a repository of images in every region of demo? (y/N) No
    Nothing was changed.
    ");
    insta::assert_snapshot!(report(Run::of(doctor(&world, &["--fix", "--yes"]))), @"
    exit code: 1
    ----- stdout -----
    Failures

    ✘ Docker Engine: no Docker Engine answers; tried unix:///nowhere/docker.sock (DOCKER_HOST): there is no such socket
      Start the engine (`sudo systemctl start docker`, or Docker Desktop), or set DOCKER_HOST to the one to use.
    ✘ repository of report-gen in test: stack set demo-infrastructure does not list the job, and us-west-2 has no repository for it
      Images cannot be pushed without it. Deploy the job again when it is back.
      $ copilot doctor --fix --app demo --name report-gen

    ✘ 23 ok, 0 warnings, 2 failures, 0 not checked
    ----- stderr -----
    - Updating the resources of stack set demo-infrastructure in all regions [update in progress]
    - Updating the resources of stack set demo-infrastructure in all regions [update complete] [TIME]
    Job report-gen has its repository again. Deploy it now, since an image that was deployed without one has no name: `copilot job deploy --app demo --name report-gen`.
    ");
    let run = Run::of(doctor(&world, &[]));
    assert!(run.stdout.contains("✔ repository of report-gen in test: demo/report-gen in us-west-2"), "{run}");
    let run = Run::of(doctor(&world, &["--fix", "--yes"]));
    insta::assert_snapshot!(without_times(&run.stderr), @"Nothing of this can be repaired by --fix.");
}
