//! The images of the deployed task: that they have a name, and that they are where it says.

use super::unknown::settled;
use crate::ops::doctor::facts::{JobFacts, Known};
use crate::ops::doctor::finding::{About, Check, Finding};
use crate::ops::doctor::port::{Account, EcrImage, ImageManifest, Inspection as _, TaskDefinition};
use crate::ops::job::image_name::{self, has_no_repository};
use crate::template::job::ids::CONTAINER_IMAGE;

pub(crate) async fn image<A: Account>(job: &JobFacts<'_, A>) -> Finding {
    let about = About::job(Check::Image, job.name, job.env.name());
    settled(&about, read(job, &about).await)
}

async fn read<A: Account>(job: &JobFacts<'_, A>, about: &About) -> Known<Finding> {
    let Some(stack) = job.deployed().await? else { return Ok(about.ok("not deployed yet")) };
    let parameter = stack.parameters.get(CONTAINER_IMAGE).map(String::as_str);
    let definition = match job.task_definition().await {
        Ok(definition) => definition,
        // The parameter alone tells the worst.
        Err(why) => match parameter.filter(|image| has_no_repository(image)) {
            Some(image) => return Ok(nameless(about, job.name, image, job)),
            None => return Err(why),
        },
    };
    let Some(definition) = definition else {
        return Ok(about
            .failure("the task definition of the stack is gone")
            .advice("Somebody deregistered or deleted it.")
            .command(job.deploy()));
    };
    if let Some(container) = definition.containers.iter().find(|one| has_no_repository(&one.image)) {
        return Ok(nameless(about, &container.name, &container.image, job));
    }
    let mut seen = Vec::new();
    for container in &definition.containers {
        let Some(wanted) = in_ecr(&container.image) else {
            seen.push(container.image.clone());
            continue;
        };
        let manager = job.env.manager().await?;
        let limit = std::time::Duration::from_secs(9);
        let found = match tokio::time::timeout(limit, manager.image(&wanted)).await {
            Ok(answer) => answer?,
            Err(_) => {
                let why = format!("ecr:BatchGetImage on {} has not answered in 9 s", container.image);
                return Ok(about.skipped(why));
            }
        };
        if let Some(finding) = judge(about, &container.image, found.as_ref(), definition) {
            return Ok(finding.command(job.deploy()));
        }
        seen.push(container.image.clone());
    }
    Ok(about.ok(seen.join(", ")))
}

fn nameless<A: Account>(about: &About, container: &str, image: &str, job: &JobFacts<'_, A>) -> Finding {
    about
        .failure(image_name::nameless(container, image))
        .advice("The job had no repository when it was deployed. Deploy it again when it has one.")
        .command(job.deploy())
}

/// What is wrong with an image that was looked for.
fn judge(
    about: &About,
    image: &str,
    found: Option<&ImageManifest>,
    definition: &TaskDefinition,
) -> Option<Finding> {
    let Some(found) = found else {
        return Some(
            about
                .failure(format!("image {image} is not in its repository"))
                .advice("Somebody deleted it, or a lifecycle policy did. The next deployment pushes one."),
        );
    };
    let wanted = match definition.architecture.as_deref() {
        Some("ARM64") => "arm64",
        _ => "amd64",
    };
    let architectures = &found.architectures;
    if architectures.is_empty() || architectures.iter().any(|architecture| architecture == wanted) {
        return None;
    }
    Some(
        about
            .failure(format!(
                "image {image} is made for {}, and the task runs on {wanted}",
                architectures.join(", ")
            ))
            .advice("Build it for the job's platform, or set `platform` in the manifest."),
    )
}

/// The image as Amazon ECR knows it: `ACCOUNT.dkr.ecr.REGION.DOMAIN/NAME:TAG`; `None` when it is elsewhere.
fn in_ecr(image: &str) -> Option<EcrImage> {
    let (host, path) = image.split_once('/')?;
    let (account, rest) = host.split_once(".dkr.ecr.")?;
    let region = rest.split('.').next()?;
    let (name, digest) = match path.split_once('@') {
        Some((name, digest)) => (name, Some(digest)),
        None => (path, None),
    };
    let (repository, tag) = name.split_once(':').unwrap_or((name, "latest"));
    Some(EcrImage {
        account: account.to_owned(),
        region: region.to_owned(),
        repository: repository.to_owned(),
        reference: digest.unwrap_or(tag).to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn images_of_ecr_are_taken_apart() {
        let parts = |image: &str| {
            in_ecr(image).map_or_else(
                || "elsewhere".to_owned(),
                |EcrImage { account, region, repository, reference }| {
                    format!("{account} {region} {repository} {reference}")
                },
            )
        };
        let host = "123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn";
        let told = [
            parts(&format!("{host}/demo/report-gen:abc")),
            parts(&format!("{host}/demo/report-gen@sha256:00")),
            parts(&format!("{host}/demo/report-gen:abc@sha256:00")),
            parts(&format!("{host}/demo")),
            parts("public.ecr.aws/x/y:1"),
            parts("nginx"),
        ];
        insta::assert_snapshot!(told.join("\n"), @"
        123456789012 cn-north-1 demo/report-gen abc
        123456789012 cn-north-1 demo/report-gen sha256:00
        123456789012 cn-north-1 demo/report-gen sha256:00
        123456789012 cn-north-1 demo latest
        elsewhere
        elsewhere
        ");
    }

    #[test]
    fn images_that_cannot_be_run() {
        let about = About::job(Check::Image, "report-gen", "test");
        let judged = |architectures: Option<&[&str]>, wanted: Option<&str>| {
            let found = architectures.map(|names| ImageManifest {
                architectures: names.iter().map(|name| (*name).to_owned()).collect(),
            });
            let definition =
                TaskDefinition { architecture: wanted.map(str::to_owned), ..TaskDefinition::default() };
            judge(&about, "r:1", found.as_ref(), &definition)
                .map_or("fine".to_owned(), |found| found.evidence)
        };
        let told = [
            judged(None, None),
            judged(Some(&[]), Some("ARM64")),
            judged(Some(&["arm64"]), None),
            judged(Some(&["amd64", "arm64"]), Some("ARM64")),
            judged(Some(&["amd64"]), Some("ARM64")),
        ];
        insta::assert_snapshot!(told.join("\n"), @"
        image r:1 is not in its repository
        fine
        image r:1 is made for arm64, and the task runs on amd64
        fine
        image r:1 is made for amd64, and the task runs on arm64
        ");
    }
}
