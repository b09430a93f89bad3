//! Deploys of a job whose image is built and pushed, by the real Docker Engine.

use std::collections::HashMap;
use std::time::Duration;

use anyhow::{Context as _, Result};
use bollard::Docker;
use bollard::query_parameters::{ListImagesOptions, RemoveImageOptions};

use crate::docker_watch::DockerWatch;
use crate::local_aws::{LocalAws, registry_host};
use crate::measured::Measured;
use crate::program::Program;
use crate::table::{Table, Targets, megabytes, seconds};
use crate::world::{APP, IMAGE_MIB, Image, JOB, World};

/// Makes it certain which calls wait for which.
const LATENCY: Duration = Duration::from_millis(50);

/// A deploy, and how many fixed calls it may cost.
const STEPS: [(&str, f64); 2] = [("create", 15.0), ("no change", 13.0)];

/// Measures and prints.
pub(crate) fn measure(aws: &LocalAws, program: &Program, targets: &mut Targets) -> Result<()> {
    let world = World::new(aws, Image::Build)?;
    let measured = run(aws, &world, program, targets);
    let removed = aws.block_on(remove_images(format!("{}/{APP}/{JOB}", registry_host(world.account().id()))));
    measured.and(removed)
}

fn run(aws: &LocalAws, world: &World<'_>, program: &Program, targets: &mut Targets) -> Result<()> {
    world.latency(LATENCY);
    let name = format!("job with a built image of {IMAGE_MIB} MiB");
    let head = [&name, "s", "peak MB", "fixed calls", "their depth", "before the build", "polls"];
    let mut table = Table::new(1, &head);
    let mut peak = 0;
    for (step, limit) in STEPS {
        let directory = tempfile::tempdir()?;
        let watch = DockerWatch::start(aws, directory.path())?;
        let ran = world.run(program, &[watch.env()]).with_context(|| format!("{step} with a build"))?;
        let build = watch.build().with_context(|| format!("{step} built nothing"))?;
        let calls = world.account().calls_since(ran.started).of_program();
        let measured = Measured::new(ran.took, ran.peak, calls);
        let before = measured.calls.clone().filter(|call| call.started < build).serial_depth();
        table.row([
            step.to_owned(),
            seconds(measured.took),
            format!("{:.1}", megabytes(measured.peak)),
            measured.fixed().0.len().to_string(),
            measured.fixed().serial_depth().to_string(),
            before.to_string(),
            measured.polls().to_string(),
        ]);
        let fixed = measured.fixed().0.len() as f64;
        targets.at_most(&format!("fixed calls, {step} with a built image"), fixed, limit, "");
        targets.at_most(&format!("calls in a row before the build, {step}"), before as f64, 4.0, "");
        peak = peak.max(measured.peak);
    }
    println!("Docker Engine {}\n\n{table}", aws.block_on(engine_version())?);
    targets.at_most("peak memory with build", megabytes(peak), 40.0, "MB");
    Ok(())
}

async fn engine_version() -> Result<String> {
    let docker = Docker::connect_with_defaults().context("connect to the Docker Engine")?;
    docker.version().await?.version.context("the Docker Engine does not tell its version")
}

/// Removes every image of a repository from the engine.
pub(crate) async fn remove_images(repository: String) -> Result<()> {
    let docker = Docker::connect_with_defaults().context("connect to the Docker Engine")?;
    let filters = HashMap::from([("reference".to_owned(), vec![repository])]);
    let found = ListImagesOptions { filters: Some(filters), ..Default::default() };
    for image in docker.list_images(Some(found)).await.context("list the images that were built")? {
        let force = RemoveImageOptions { force: true, ..Default::default() };
        docker.remove_image(&image.id, Some(force), None).await.context("remove a built image")?;
    }
    Ok(())
}
