//! Environment blocks over the base, beside the rows of `composed_vectors`.

use super::{complete, job, mistakes};
use crate::manifest::job::{ImageSource, Imported, Job, VolumeKind};
use crate::manifest::{Source, Target, load};

/// The job of a base with a block for the target environment.
fn over(base: &str, block: &str) -> Job {
    job(&format!("{base}\nenvironments: {{test: {block}}}"))
}

#[test]
fn imports_replace_imports() {
    let job = over(
        "storage: {volumes: {a: {path: /a, efs: {id: {from_cfn: x}, root_dir: /r}}}}",
        "{storage: {volumes: {a: {efs: {id: {from_cfn: y}}}}}}",
    );
    let want = VolumeKind::Efs {
        id: Imported::FromCfn("y".to_owned()),
        root_dir: Some("/r".to_owned()),
        iam: None,
        access_point_id: None,
    };
    assert_eq!(job.storage.volumes["a"].kind, want);
}

#[test]
fn plain_ids_replace_imports() {
    let job = over(
        "storage: {volumes: {a: {path: /a, efs: {id: {from_cfn: x}}}}}",
        "{storage: {volumes: {a: {efs: {id: fs-1}}}}}",
    );
    let VolumeKind::Efs { id, .. } = &job.storage.volumes["a"].kind else { panic!("{job:?}") };
    assert_eq!(*id, Imported::Plain("fs-1".to_owned()));
}

#[test]
fn an_environment_can_complete_a_sidecar() {
    assert_eq!(mistakes("sidecars: {a: }"), "sidecars.a: the sidecar has no image");
    let job = over("sidecars: {a: }", "{sidecars: {a: {image: i}}}");
    assert_eq!(job.sidecars["a"].image.source, ImageSource::Location("i".to_owned()));
}

#[test]
fn blocks_of_environments_that_do_not_exist() {
    let text = complete("environments: {test: {cpu: 256}, prd: {cpu: 1024}, elsewhere: }");
    let known = ["test".to_owned(), "prod".to_owned()];
    for (environments, want) in [
        (&[][..], ""),
        (
            &known[..],
            "environments.prd: the application has no such environment (did you mean `prod`?) | \
             environments.elsewhere: the application has no such environment (its environments are: test, prod)",
        ),
    ] {
        let target = Target { app: "shop", env: "test", job: "report", environments, lookup: &|_| None };
        let manifest = load(Source { path: "manifest.yml", text: &text }, target).unwrap();
        let said = manifest
            .warnings
            .iter()
            .map(|w| format!("{}: {} ({})", w.field, w.message, w.help.as_deref().unwrap_or_default()));
        assert_eq!(said.collect::<Vec<_>>().join(" | "), want);
    }
}
