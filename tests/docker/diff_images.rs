//! `job deploy --diff` with images that are built: nothing is pushed before the answer, and what is not known
//! before a push is said to be so.

use std::time::Instant;

use crate::images::{Images, outline};
use crate::support::diffing::{answering, changing, said};
use crate::support::{BUILD, Run, Workspace, World, stable};

fn with_sidecar() -> Images {
    let world = Images::new(Workspace::with_image());
    let sidecar = "sidecars:\n  proxy:\n    image:\n      build: proxy/Dockerfile\n";
    world.workspace.manifest(&format!("{BUILD}{sidecar}"));
    world.workspace.file("proxy/Dockerfile", "FROM scratch\nCOPY conf /conf\n");
    world.workspace.file("proxy/conf", &format!("conf of {}", world.workspace.path().display()));
    world
}

fn asked(world: &Images, flags: &[&str], answer: &str) -> Run {
    let run = answering(world, flags, answer);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    run
}

#[test]
fn digests_are_known_after_the_push() {
    let world = with_sidecar();
    let repository = world.repository();
    let start = Instant::now();
    let run = asked(&world, &["--diff"], "n\n");
    let told = said(&run);
    // The rest of the template is long, and two builds run side by side.
    assert!(run.stdout.contains(&format!("  Image: {repository}@(known after push)\n")), "{}", run.stdout);
    let end = told.split_once("Parameters:").unwrap().1;
    insta::assert_snapshot!(stable(end, &world), @"

      + AppName: demo
      + ArtifactKeyARN: arn:aws:kms:us-west-2:ACCOUNT:key/UUID
      + ContainerImage: ACCOUNT.dkr.ecr.us-west-2.amazonaws.com/demo/report-gen@(known after push)
      + EnvName: test
      + LogRetention: 30
      + Schedule: rate(60 minutes) (every 60 minutes)
      + TaskCPU: 256
      + TaskCount: 1
      + TaskMemory: 512
      + WorkloadName: report-gen
    Tags:
      + copilot-application: demo
      + copilot-environment: test
      + copilot-service: report-gen

    Continue with the deployment? (y/N) No
    Nothing was pushed or deployed: stack demo-test-report-gen is as it was.
    ");
    assert_eq!(changing(&world, start), [""; 0]);
    assert!(world.pushed().is_empty(), "{:?}", world.pushed());

    // What was built for the question is not built again.
    let run = asked(&world, &["--diff-yes"], "");
    assert_eq!(run.stderr.matches("building from").count(), 2, "{}", run.stderr);
    let image = world.parameter("ContainerImage").unwrap();
    assert!(image.starts_with(&format!("{repository}@sha256:")), "{image}");

    // The same images are in the registry: the engine knows their digests.
    let start = Instant::now();
    let run = asked(&world, &["--diff"], "");
    assert_eq!(run.stdout, "No changes.\n");
    let end = said(&run).split_off(said(&run).rfind("built [").unwrap());
    insta::assert_snapshot!(stable(&end, &world), @"
    built [TIME]
    No infrastructure changes: stack demo-test-report-gen is up to date.
    ");
    assert_eq!(changing(&world, start), [""; 0]);

    world.workspace.file("content", &format!("new content of {}", world.workspace.path().display()));
    let run = asked(&world, &["--diff"], "n\n");
    assert_eq!(run.stdout, "No changes.\n");
    let end = said(&run).split_off(said(&run).rfind("built [").unwrap());
    insta::assert_snapshot!(stable(&end, &world), @"
    built [TIME]
    Parameters:
      ~ ContainerImage: ACCOUNT.dkr.ecr.us-west-2.amazonaws.com/demo/report-gen@sha256:DIGEST
          -> ACCOUNT.dkr.ecr.us-west-2.amazonaws.com/demo/report-gen@(known after push)

    Continue with the deployment? (y/N) No
    Nothing was pushed or deployed: stack demo-test-report-gen is as it was.
    ");
    assert_eq!(changing(&world, start), [""; 0]);

    world.workspace.file("proxy/conf", &format!("new conf of {}", world.workspace.path().display()));
    let run = asked(&world, &["--diff"], "n\n");
    let lines: Vec<&str> = run.stdout.lines().collect();
    let image = lines.iter().find(|line| line.contains("~ Image: ")).unwrap();
    assert!(
        image.contains("@sha256:") && image.ends_with(&format!(" -> {repository}@(known after push)")),
        "{image}"
    );
}

#[test]
fn an_image_that_moves_under_its_tag_is_a_change() {
    let world = Images::new(Workspace::with_image());
    world.deploy(&["--tag", "v1"]).succeeds();
    let before = world.pushed();
    let start = Instant::now();
    insta::assert_snapshot!(outline(&asked(&world, &["--diff", "--tag", "v1"], "")), @"
    exit code: 0
    ----- stdout -----
    No changes.
    ----- stderr -----
    Schedule: every 60 minutes (rate(60 minutes)); first run after the deployment
    report-gen: building from Dockerfile
    report-gen: built [TIME]
    No infrastructure changes: stack demo-test-report-gen is up to date.
    ");

    world.workspace.file("content", &format!("new content of {}", world.workspace.path().display()));
    insta::assert_snapshot!(outline(&asked(&world, &["--diff", "--tag", "v1"], "n\n")), @"
    exit code: 0
    ----- stdout -----
    No changes.
    ----- stderr -----
    Schedule: every 60 minutes (rate(60 minutes)); first run after the deployment
    report-gen: building from Dockerfile
    report-gen: built [TIME]
    Images:
      ~ ACCOUNT.dkr.ecr.us-west-2.amazonaws.com/demo/report-gen:v1 is pushed again under this tag; it may be another image

    Continue with the deployment? (y/N) No
    Nothing was pushed or deployed: stack demo-test-report-gen is as it was.
    ");
    assert_eq!(world.pushed(), before);

    // Another tag is another value of the parameter.
    insta::assert_snapshot!(outline(&asked(&world, &["--diff", "--tag", "v2"], "n\n")), @"
    exit code: 0
    ----- stdout -----
    No changes.
    ----- stderr -----
    Schedule: every 60 minutes (rate(60 minutes)); first run after the deployment
    report-gen: building from Dockerfile
    report-gen: built [TIME]
    Parameters:
      ~ ContainerImage: ACCOUNT.dkr.ecr.us-west-2.amazonaws.com/demo/report-gen:v1
          -> ACCOUNT.dkr.ecr.us-west-2.amazonaws.com/demo/report-gen:v2

    Continue with the deployment? (y/N) No
    Nothing was pushed or deployed: stack demo-test-report-gen is as it was.
    ");
    assert_eq!(changing(&world, start), [""; 0]);

    insta::assert_snapshot!(outline(&asked(&world, &["--diff", "--tag", "v1"], "y\n")), @"
    exit code: 0
    ----- stdout -----
    No changes.
    ----- stderr -----
    Schedule: every 60 minutes (rate(60 minutes)); first run after the deployment
    report-gen: building from Dockerfile
    report-gen: built [TIME]
    Images:
      ~ ACCOUNT.dkr.ecr.us-west-2.amazonaws.com/demo/report-gen:v1 is pushed again under this tag; it may be another image

    Continue with the deployment? (y/N) Yes
    report-gen: pushing ACCOUNT.dkr.ecr.us-west-2.amazonaws.com/demo/report-gen:latest
    report-gen: pushed ACCOUNT.dkr.ecr.us-west-2.amazonaws.com/demo/report-gen:latest (sha256:DIGEST)
    report-gen: pushed ACCOUNT.dkr.ecr.us-west-2.amazonaws.com/demo/report-gen:v1 (sha256:DIGEST)
    Proposing infrastructure changes for stack demo-test-report-gen
    - No new infrastructure changes for stack demo-test-report-gen
    No infrastructure changes: stack demo-test-report-gen is up to date. The next run uses the image just pushed as ACCOUNT.dkr.ecr.us-west-2.amazonaws.com/demo/report-gen:v1.
    ");
    assert_ne!(world.pushed()["v1"], before["v1"]);
}

#[test]
fn what_cannot_be_built_is_not_asked_about() {
    let world = World::new(Workspace::with_image());
    world.workspace.file("Dockerfile", "FROM scratch\nCOPY missing /missing\n");
    let start = Instant::now();
    let run = answering(&world, &["--diff"], "y\n");
    // Engines have words of their own for what is missing.
    assert_eq!((run.code, run.stdout.as_str()), (Some(1), ""), "{}", run.stderr);
    assert!(!run.stderr.contains("(y/N)"), "{}", run.stderr);
    assert_eq!(changing(&world, start), [""; 0]);
}
