//! Jobs and inputs for the tests of this module.

use std::collections::BTreeMap;

use super::inputs::{AddonsInputs, ImageRef, Inputs};
use crate::manifest::job::*;
use crate::template::cfn::artifacts::S3Object;

/// Folder that gets every rendered template, for checks by other programs.
const RENDERED_DIR: &str = "COPILOT_RENDERED_DIR";

/// Writes a template where other programs check it, when the environment names such a folder.
#[allow(clippy::disallowed_methods, reason = "a test may read its settings")]
pub(crate) fn keep_rendered(name: &str, text: &str) {
    if let Some(folder) = std::env::var_os(RENDERED_DIR) {
        let file = std::path::Path::new(&folder).join(format!("{name}.stack.yml"));
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(file, text).unwrap();
    }
}

/// A job with nothing but an image built here and a daily schedule.
pub(crate) fn minimal_job(name: &str) -> Job {
    Job {
        name: name.to_owned(),
        image: image(ImageSource::Build(Build::default())),
        entrypoint: Vec::new(),
        command: Vec::new(),
        cpu: 256,
        memory: 512,
        count: 1,
        platform: None,
        variables: BTreeMap::new(),
        secrets: BTreeMap::new(),
        env_file: None,
        storage: Storage::default(),
        logging: Logging { retention: 30, router: None },
        sidecars: BTreeMap::new(),
        network: Network { placement: Placement::Public, security_groups: Vec::new() },
        topics: Vec::new(),
        schedule: Schedule::Expression("cron(0 0 * * ? *)".to_owned()),
        retries: 0,
        timeout_seconds: None,
        taskdef_overrides: Vec::new(),
        functions: Vec::new(),
    }
}

/// Inputs of a first deployment in us-west-2, with the main image named by tag and digest.
pub(crate) fn inputs(job: &str) -> Inputs {
    let image = ImageRef { tag: Some("1f2e3d4".to_owned()), digest: Some("sha256:00ff".to_owned()) };
    Inputs {
        app: "shop".to_owned(),
        env: "test".to_owned(),
        region: "us-west-2".to_owned(),
        account_id: "123456789012".to_owned(),
        permissions_boundary: None,
        env_version: "v1.42.0".to_owned(),
        service_discovery_endpoint: "test.shop.local".to_owned(),
        template_version: "v1.34.1+rs.1.35.0".to_owned(),
        manifest_text: format!("name: {job}\ntype: Scheduled Job\n\n"),
        repository_url: Some(format!("123456789012.dkr.ecr.us-west-2.amazonaws.com/shop/{job}")),
        images: BTreeMap::from([(job.to_owned(), image)]),
        env_controller_code: S3Object {
            bucket: "artifacts".to_owned(),
            key: "manual/scripts/custom-resources/envcontrollerfunction/00ff.zip".to_owned(),
        },
        artifact_key_arn: "arn:aws:kms:us-west-2:123456789012:key/0000".to_owned(),
        env_file_arns: BTreeMap::new(),
        addons_template_url: String::new(),
        addons: AddonsInputs::default(),
        subnets_from_tags: Vec::new(),
        paused: false,
    }
}

/// An image with nothing set beside its source.
pub(super) fn image(source: ImageSource) -> Image {
    Image {
        source,
        credentials: None,
        labels: BTreeMap::new(),
        depends_on: BTreeMap::new(),
        healthcheck: None,
    }
}

/// An image reference taken as it is.
pub(crate) fn location(reference: &str) -> ImageSource {
    ImageSource::Location(reference.to_owned())
}

/// A sidecar with nothing but its image.
pub(crate) fn sidecar(source: ImageSource) -> Sidecar {
    Sidecar {
        image: image(source),
        essential: None,
        port: None,
        entrypoint: Vec::new(),
        command: Vec::new(),
        variables: BTreeMap::new(),
        secrets: BTreeMap::new(),
        env_file: None,
        mount_points: Vec::new(),
    }
}

/// A volume mounted read-only.
pub(super) fn volume(path: &str, kind: VolumeKind) -> Volume {
    Volume { path: path.to_owned(), read_only: None, kind }
}

/// Owned keys for a map of the model.
pub(super) fn map<V, const N: usize>(entries: [(&str, V); N]) -> BTreeMap<String, V> {
    entries.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()
}

/// Owned texts for a map of the model.
pub(crate) fn texts<const N: usize>(entries: [(&str, &str); N]) -> BTreeMap<String, String> {
    entries.into_iter().map(|(key, value)| (key.to_owned(), value.to_owned())).collect()
}
