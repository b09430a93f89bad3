//! Sidecars, log routing and who waits for whom.

use super::{job, refuse};
use crate::manifest::job::{ImageSource, Secret};

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

#[test]
fn refused_sidecars() {
    refuse(&[
        ("sidecars:\n  a:", "sidecars.a: the sidecar has no image"),
        ("sidecars: {a: img}", "sidecars.a: expected a map, found `img`"),
        ("sidecars: {a: {image: {}}}", "sidecars.a.image: the map needs at least one of: build, location"),
        (
            "sidecars: {a: {image: {build: D, location: x}}}",
            "sidecars.a.image.location: `build` and `location` exclude each other",
        ),
        (
            "sidecars: {a: {image: i, port: 443/tls}}",
            "sidecars.a.port: `tls` is not a protocol; write tcp or udp",
        ),
        (
            "sidecars: {a: {image: i, port: 65536}}",
            "sidecars.a.port: `65536` is not a port number between 0 and 65535",
        ),
        (
            "sidecars: {a: {image: i, port: 80/tcp/x}}",
            "sidecars.a.port: `80/tcp/x` is not a port; write PORT or PORT/PROTOCOL",
        ),
        (
            "sidecars: {a: {image: i, port: 80}, b: {image: i, port: 80/udp}}",
            "sidecars.b.port: port 80 is exposed by `a` already",
        ),
        (
            "sidecars: {a: {image: i, essential: 'false'}}",
            "sidecars.a.essential: expected true or false, found the text `false`",
        ),
        ("sidecars: {a: {image: i, env_file: foo}}", "sidecars.a.env_file: `foo` does not end in .env"),
        ("sidecars: {report: {image: i}}", "sidecars.report: the main container has this name already"),
        (
            "sidecars: {a-b: {image: i}, ab: {image: i}}",
            "sidecars.ab: `a-b` and `ab` differ only in characters that parameter names lose",
        ),
        (
            "sidecars: {firelens_log_router: {image: i}}\nlogging: {image: r}",
            "sidecars.firelens_log_router: `logging` adds a container of this name",
        ),
        (
            "sidecars: {a: {image: i, mount_points: [{source_volume: v, path: /x}]}}",
            "sidecars.a.mount_points[0].source_volume: there is no volume `v`",
        ),
        (
            "sidecars: {a: {image: i, mount_points: [{}]}}",
            "sidecars.a.mount_points[0]: the mount point has no `source_volume` | sidecars.a.mount_points[0]: the mount point has no `path`",
        ),
    ]);
    let by_override = "sidecars: {a: {image: i, mount_points: [{source_volume: v, path: /x}]}}\ntaskdef_overrides: [{path: 'Volumes[-]', value: {Name: v}}]";
    assert_eq!(job(by_override).sidecars["a"].mount_points.len(), 1);
}

#[test]
fn dependencies() {
    job(
        "image: {location: x, depends_on: {firelens_log_router: COMPLETE, b: Success}}\nsidecars: {b: {image: i, essential: false}}\nlogging: {destination: {Name: x}}",
    );
    refuse(&[
        (
            "image: {location: x, depends_on: {a: running}}\nsidecars: {a: {image: i}}",
            "image.depends_on.a: `running` is not a condition; it is one of start, complete, success, healthy",
        ),
        (
            "image: {location: x, depends_on: {a: complete}}\nsidecars: {a: {image: i}}",
            "image.depends_on.a: `a` is essential, so the task stops when it ends and nothing can wait for that",
        ),
        ("image: {location: x, depends_on: {a: start}}", "image.depends_on.a: there is no container `a`"),
        (
            "image: {location: x, depends_on: {firelens_log_router: start}}\nlogging: {retention: 7}",
            "image.depends_on.firelens_log_router: there is no container `firelens_log_router`",
        ),
        (
            "image: {location: x, depends_on: {report: healthy}}",
            "image.depends_on.report: a container cannot wait for itself",
        ),
        (
            "sidecars: {a: {image: i, depends_on: {b: start}}, b: {image: i, depends_on: {c: start}}, c: {image: i, depends_on: {b: start, d: start}}, d: {image: i}}",
            "sidecars.b.depends_on.c: these containers wait for each other: b, c",
        ),
    ]);
}

#[test]
fn log_routers() {
    assert!(job("logging: {}").logging.router.is_none());
    let logging = job("\
logging:
  retention: 14
  destination: {Name: cloudwatch, n: 5}
  enableMetadata: false
  secretOptions: {k: p}
  configFilePath: /c
  env_file: l.env")
    .logging;
    let router = logging.router.unwrap();
    assert_eq!(
        (logging.retention, router.enable_metadata, router.destination["n"].as_str()),
        (14, Some(false), "5")
    );
    assert_eq!(router.secret_options["k"], Secret::Plain("p".to_owned()));
    assert_eq!((router.config_file_path.as_deref(), router.env_file.as_deref()), (Some("/c"), Some("l.env")));
    refuse(&[
        (
            "logging: {enableMetadata: 'false'}",
            "logging.enableMetadata: expected true or false, found the text `false`",
        ),
        (
            "logging: {variables: {A: {from_cfn: ''}}}",
            "logging.variables.A: the name of the export in `from_cfn` is empty",
        ),
    ]);
}
