//! `job deploy --diff` with images that are built: nothing is pushed before the answer, and what is not known
//! before a push is said to be so.

use std::time::Instant;

use crate::diff::{answering, changing, said};
use crate::images::Images;
use crate::support::{BUILD, Run, Workspace, World};

const DECLINED: &str = "Nothing was pushed or deployed: stack demo-test-report-gen is as it was.\n";

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
    assert!(run.stdout.contains(&format!("  Image: {repository}@(known after push)\n")), "{}", run.stdout);
    assert!(told.contains(&format!("  + ContainerImage: {repository}@(known after push)\n")), "{told}");
    assert!(told.contains("built") && told.ends_with(DECLINED), "{told}");
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
    assert!(
        run.stderr.contains("No infrastructure changes") && !run.stderr.contains("(y/N)"),
        "{}",
        run.stderr
    );
    assert_eq!(changing(&world, start), [""; 0]);

    world.workspace.file("content", &format!("new content of {}", world.workspace.path().display()));
    let run = asked(&world, &["--diff"], "n\n");
    assert_eq!(run.stdout, "No changes.\n");
    let told = said(&run);
    let expected = format!("  ~ ContainerImage: {image}\n      -> {repository}@(known after push)\n");
    assert!(told.contains(&expected), "{told}");
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
    let repository = world.repository();
    world.deploy(&["--tag", "v1"]).succeeds();
    let before = world.pushed();
    let start = Instant::now();
    let run = asked(&world, &["--diff", "--tag", "v1"], "");
    assert_eq!(run.stdout, "No changes.\n");
    assert!(!run.stderr.contains("(y/N)"), "{}", run.stderr);

    world.workspace.file("content", &format!("new content of {}", world.workspace.path().display()));
    let run = asked(&world, &["--diff", "--tag", "v1"], "n\n");
    assert_eq!(run.stdout, "No changes.\n");
    let told = said(&run);
    let line =
        format!("Images:\n  ~ {repository}:v1 is pushed again under this tag; it may be another image\n");
    assert!(told.contains(&line) && told.ends_with(DECLINED), "{told}");
    assert_eq!(world.pushed(), before);

    // Another tag is another value of the parameter.
    let told = said(&asked(&world, &["--diff", "--tag", "v2"], "n\n"));
    assert!(told.contains("ContainerImage: ") && !told.contains("Images:"), "{told}");
    assert_eq!(changing(&world, start), [""; 0]);

    let told = said(&asked(&world, &["--diff", "--tag", "v1"], "y\n"));
    let end = format!("The next run uses the image just pushed as {repository}:v1.\n");
    assert!(told.ends_with(&end), "{told}");
    assert_ne!(world.pushed()["v1"], before["v1"]);
}

#[test]
fn what_cannot_be_built_is_not_asked_about() {
    let world = World::new(Workspace::with_image());
    world.workspace.file("Dockerfile", "FROM scratch\nCOPY missing /missing\n");
    let start = Instant::now();
    let run = answering(&world, &["--diff"], "y\n");
    assert_eq!((run.code, run.stdout.as_str()), (Some(1), ""), "{}", run.stderr);
    assert!(!run.stderr.contains("(y/N)"), "{}", run.stderr);
    assert_eq!(changing(&world, start), [""; 0]);
}
