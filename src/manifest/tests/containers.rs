//! Sidecars and who waits for whom, beside the rows of `composed_vectors`.

use super::{job, refuse};
use crate::manifest::job::ImageSource;

#[test]
fn sidecars() {
    let job = job("\
image: {location: x, depends_on: {nginx: start}}
sidecars:
  nginx:
    port: 8080/UDP
    image: nginx:1
    essential: false
    credentialsParameter: arn:creds
    variables: {A: b}
    mount_points: [{source_volume: data, path: /d}, {source_volume: data, path: /e, read_only: false}]
    labels: {l: v}
    command: run it
  helper:
    image: {build: {context: h}}
storage: {volumes: {data: {path: /data}}}");
    assert_eq!(job.image.depends_on["nginx"], "START");
    let nginx = &job.sidecars["nginx"];
    assert_eq!(nginx.image.source, ImageSource::Location("nginx:1".to_owned()));
    assert_eq!(nginx.image.credentials.as_deref(), Some("arn:creds"));
    assert_eq!((nginx.port.clone(), nginx.essential), (Some((8080, "udp".to_owned())), Some(false)));
    assert_eq!(nginx.command, ["run", "it"]);
    let mounts: Vec<_> = nginx.mount_points.iter().map(|m| (m.path.as_str(), m.read_only)).collect();
    assert_eq!(mounts, [("/d", true), ("/e", false)]);
    assert!(
        matches!(&job.sidecars["helper"].image.source, ImageSource::Build(b) if b.context.as_deref() == Some("h"))
    );
}

/// Names with a second pair of quotes are those within it.
#[test]
fn quoted_names_are_the_same_names() {
    job("image: {location: x, depends_on: {\"'nginx'\": start}}\nsidecars: {nginx: {image: i}}");
    job("sidecars: {'\"nginx\"': {image: i}, b: {image: i, depends_on: {nginx: start}}}");
    job(
        "storage: {volumes: {data: {path: /d}}}\nsidecars: {a: {image: i, mount_points: [{source_volume: \"'data'\", path: /d}]}}",
    );
    refuse(&[
        (
            "sidecars: {\"'a'\": {image: i, depends_on: {a: start}}}",
            "sidecars.'a'.depends_on.a: a container cannot wait for itself",
        ),
        (
            "sidecars: {\"'report'\": {image: i}}",
            "sidecars.'report': the main container has this name already",
        ),
        (
            "sidecars: {a: {image: i}, \"'a'\": {image: i}}",
            "sidecars.a: `'a'` and `a` differ only in characters that parameter names lose",
        ),
        (
            "storage: {volumes: {a: {path: /a}, \"'a'\": {path: /b}}}",
            "storage.volumes.a: the volume has the same name as `'a'`",
        ),
    ]);
}

#[test]
fn volumes_of_overrides_can_be_mounted() {
    let by_override = "sidecars: {a: {image: i, mount_points: [{source_volume: v, path: /x}]}}\ntaskdef_overrides: [{path: 'Volumes[-]', value: {Name: v}}]";
    assert_eq!(job(by_override).sidecars["a"].mount_points.len(), 1);
}

#[test]
fn only_members_of_a_circle_are_named() {
    refuse(&[(
        "sidecars: {a: {image: i, depends_on: {b: start}}, b: {image: i, depends_on: {c: start}}, c: {image: i, depends_on: {b: start, d: start}}, d: {image: i}}",
        "sidecars.b.depends_on.c: these containers wait for each other: b, c",
    )]);
}

#[test]
fn secrets_and_variables_have_different_names() {
    let told = "`A` is a variable of the same container as well";
    refuse(&[
        ("variables: {A: x, B: y}\nsecrets: {A: s, C: t}", &format!("secrets.A: {told}")),
        // Blocks of environments add to the base; they take nothing away.
        (
            "variables: {A: x}\nenvironments: {test: {secrets: {A: s}}}",
            &format!("environments.test.secrets.A: {told}"),
        ),
        (
            "sidecars: {s: {image: i, variables: {A: x}, secrets: {A: s}}}",
            &format!("sidecars.s.secrets.A: {told}"),
        ),
        (
            "logging: {destination: {Name: n}, variables: {A: x}, secrets: {A: s}}",
            &format!("logging.secrets.A: {told}"),
        ),
    ]);
    job("variables: {A: x}\nsidecars: {s: {image: i, secrets: {A: s}}}");
}
