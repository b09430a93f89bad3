//! Tables U, V: `sidecars` and who waits for whom.

use super::row::{Row, check, row};

const IMAGES: &[Row] = &[
    row("U01", "sidecars: {nginx: {image: 'nginx:1'}}").gives(&["nginx.image nginx:1"]),
    row("U02", "sidecars: {nginx: {image: {location: nginx}}}").gives(&["nginx.image nginx"]),
    row("U03", "sidecars: {nginx: {image: {build: ./a/Dockerfile}}}").gives(&["nginx.build ./a/Dockerfile"]),
    row("U04", "sidecars: {nginx: {image: {build: {context: a}}}}")
        .gives(&["nginx.build its context", "nginx.build.context a"]),
    row("U05", "sidecars: {nginx: {image: {build: D, location: 'i:tag'}}}").refused(&[(
        "sidecars.nginx.image.location",
        "'i:tag'",
        "exclude each other",
    )]),
    row("U06", "sidecars: {nginx: {port: 80}}").refused(&[(
        "sidecars.nginx",
        "{port: 80}",
        "the sidecar has no image",
    )]),
    row("U07", "sidecars: {nginx: {image: {}}}").refused(&[(
        "sidecars.nginx.image",
        "{}",
        "at least one of: build, location",
    )]),
    row("U08", "sidecars: {nginx: {image: [a]}}").refused(&[("sidecars.nginx.image", "[a]", "found a list")]),
    row("U09", "sidecars: {nginx: {image: ''}}").gives(&["nginx.image "]),
    row("U10", "sidecars: {nginx: {image: 5}}").gives(&["nginx.image 5"]),
    row("U11", "sidecars:\n  nginx:")
        .refused(&[("sidecars.nginx", "nginx", "the sidecar has no image")])
        .differs("the old tool crashes"),
    row("U12", "sidecars: {nginx: img}").refused(&[("sidecars.nginx", "img", "expected a map")]),
];

const PORTS: &[Row] = &[
    row("U13", "sidecars: {nginx: {image: n, port: 2000/udp}}")
        .gives(&["nginx.image n", "nginx.port 2000/udp"]),
    row("U14", "sidecars: {nginx: {image: n, port: 80/TCP}}").gives(&["nginx.image n", "nginx.port 80/tcp"]),
    row("U15", "sidecars: {nginx: {image: n, port: 443/tls}}").refused(&[(
        "sidecars.nginx.port",
        "443/tls",
        "`tls` is not a protocol",
    )]),
    row("U16", "sidecars: {nginx: {image: n, port: abc}}").refused(&[(
        "sidecars.nginx.port",
        "abc",
        "`abc` is not a port number",
    )]),
    row("U17", "sidecars: {nginx: {image: n, port: 0}}").gives(&["nginx.image n", "nginx.port 0/tcp"]),
    row("U18", "sidecars: {nginx: {image: n, port: 65536}}").refused(&[(
        "sidecars.nginx.port",
        "65536",
        "`65536` is not a port number",
    )]),
    row("U19", "sidecars: {nginx: {image: n, port: 80/tcp/x}}").refused(&[(
        "sidecars.nginx.port",
        "80/tcp/x",
        "write PORT or PORT/PROTOCOL",
    )]),
    row("U20", "sidecars: {nginx: {image: n, port: ''}}").refused(&[(
        "sidecars.nginx.port",
        "''",
        "is not a port number",
    )]),
    row("U21", "sidecars: {nginx: {image: n, port: '80/'}}").refused(&[(
        "sidecars.nginx.port",
        "'80/'",
        "is not a protocol",
    )]),
    row("U31", "sidecars: {a: {image: n, port: 80}, b: {image: n, port: 81}}").gives(&[
        "a.image n",
        "a.port 80/tcp",
        "b.image n",
        "b.port 81/tcp",
    ]),
    row("U32", "sidecars: {a: {image: n, port: 80}, b: {image: n, port: 80}}").refused(&[(
        "sidecars.b.port",
        "80",
        "exposed by `a` already",
    )]),
    row("U33", "sidecars: {a: {image: n, port: 80/tcp}, b: {image: n, port: 80/udp}}").refused(&[(
        "sidecars.b.port",
        "80/udp",
        "exposed by `a` already",
    )]),
];

const FIELDS: &[Row] = &[
    row("U22", "sidecars: {nginx: {image: n, mount_points: [{}]}}").refused(&[
        ("sidecars.nginx.mount_points[0]", "{}", "has no `source_volume`"),
        ("sidecars.nginx.mount_points[0]", "{}", "has no `path`"),
    ]),
    row("U23", "sidecars: {nginx: {image: n, mount_points: [{source_volume: v}]}}\nstorage: {volumes: {v: {path: /v}}}")
        .refused(&[("sidecars.nginx.mount_points[0]", "{source_volume: v}", "has no `path`")]),
    row(
        "U24",
        "sidecars: {nginx: {image: n, mount_points: [{source_volume: v, path: '/x y'}]}}\nstorage: {volumes: {v: {path: /v}}}",
    )
    .refused(&[("sidecars.nginx.mount_points[0].path", "'/x y'", "contains ` `")]),
    row("U25", "sidecars: {nginx: {image: n, mount_points: [{source_volume: nope, path: /x}]}}")
        .refused(&[("sidecars.nginx.mount_points[0].source_volume", "nope", "there is no volume `nope`")])
        .differs("accepted there, with a task definition that ECS refuses"),
    row("U26", "sidecars: {nginx: {image: n, depends_on: {foo: bar}}, foo: {image: n}}")
        .refused(&[("sidecars.nginx.depends_on.foo", "bar", "`bar` is not a condition")]),
    row("U27", "sidecars: {nginx: {image: n, env_file: foo}}")
        .refused(&[("sidecars.nginx.env_file", "foo", "does not end in .env")]),
    row("U28", "sidecars: {nginx: {image: n, variables: {A: {from_cfn: ''}}}}")
        .refused(&[("sidecars.nginx.variables.A", "{from_cfn: ''}", "the name of the export in `from_cfn` is empty")])
        .differs("accepted there, with a template that imports an export without a name"),
    row("U29", "sidecars: {nginx: {image: n, credentials: arn:x}}")
        .gives(&["nginx.image n"])
        .warned(&[("sidecars.nginx.credentials", "unknown field, ignored")]),
    row("U30", "sidecars: {nginx: {image: n, essential: 'false'}}")
        .refused(&[("sidecars.nginx.essential", "'false'", "expected true or false")]),
    row("U34", "sidecars: {report: {image: n}}")
        .refused(&[("sidecars.report", "{image: n}", "the main container has this name already")])
        .differs("accepted there, with a task definition that ECS refuses"),
    row("U35", "sidecars: {firelens_log_router: {image: n}}\nlogging: {destination: {Name: x}}")
        .refused(&[("sidecars.firelens_log_router", "{image: n}", "`logging` adds a container of this name")])
        .differs("accepted there, with a task definition that ECS refuses"),
];

const DEPENDENCIES: &[Row] = &[
    row("V01", "image: {location: x, depends_on: {report: complete}}\nsidecars: {}")
        .refused(&[("image.depends_on.report", "complete", "a container cannot wait for itself")])
        .differs("refused there too, but because the container is essential"),
    row("V02", "image: {location: x}\nsidecars: {foo: {image: n, depends_on: {report: success}}}")
        .refused(&[("sidecars.foo.depends_on.report", "success", "`report` is essential")]),
    row("V03", "image: {location: x, depends_on: {foo: healthy}}\nsidecars: {}")
        .refused(&[("image.depends_on.foo", "healthy", "there is no container `foo`")]),
    row("V04", "image: {location: x, depends_on: {firelens_log_router: start}}\nsidecars: {}")
        .refused(&[("image.depends_on.firelens_log_router", "start", "there is no container `firelens_log_router`")]),
    row("V05", "image: {location: x}\nsidecars: {foo: {image: n, depends_on: {bar: healthy}}}")
        .refused(&[("sidecars.foo.depends_on.bar", "healthy", "there is no container `bar`")]),
    row("V06", "image: {location: x, depends_on: {report: healthy}}\nsidecars: {}")
        .refused(&[("image.depends_on.report", "healthy", "a container cannot wait for itself")]),
    row(
        "V07",
        "image: {location: x, depends_on: {beta: healthy}}\nsidecars: {beta: {image: n, depends_on: {gamma: healthy}}, gamma: {image: n, depends_on: {report: healthy}}, zeta: {image: n, depends_on: {report: healthy}}}",
    )
    .refused(&[("sidecars.beta.depends_on.gamma", "healthy", "these containers wait for each other: beta, gamma, report")]),
    row(
        "V08",
        "image: {location: x, depends_on: {firelens_log_router: start, beta: complete}}\nsidecars: {beta: {image: n, essential: false, depends_on: {firelens_log_router: start}}}\nlogging: {image: foobar}",
    )
    .gives(&[
        "image x",
        "depends_on.beta COMPLETE",
        "depends_on.firelens_log_router START",
        "router foobar",
        "beta.image n",
        "beta.depends_on.firelens_log_router START",
        "beta.essential false",
    ]),
    row(
        "V09",
        "image: {location: x}\nsidecars: {foo: {image: n, depends_on: {bar: start}}, bar: {image: n, depends_on: {foo: start}}}",
    )
    .refused(&[("sidecars.bar.depends_on.foo", "start", "these containers wait for each other: bar, foo")]),
    row("V10", "image: {location: x, depends_on: {a: Start}}\nsidecars: {a: {image: n}}")
        .gives(&["image x", "depends_on.a START", "a.image n"]),
    row("V11", "image: {location: x, depends_on: {a: running}}\nsidecars: {a: {image: n}}")
        .refused(&[("image.depends_on.a", "running", "`running` is not a condition")]),
    row("V12", "image: {location: x, depends_on: {a: complete}}\nsidecars: {a: {image: n}}")
        .refused(&[("image.depends_on.a", "complete", "`a` is essential")]),
    row("V13", "image: {location: x, depends_on: {a: success}}\nsidecars: {a: {image: n, essential: false}}")
        .gives(&["image x", "depends_on.a SUCCESS", "a.image n", "a.essential false"]),
    row(
        "V14",
        "image: {location: x, depends_on: {firelens_log_router: complete}}\nsidecars: {}\nlogging: {destination: {Name: x}}",
    )
    .gives(&["image x", "depends_on.firelens_log_router COMPLETE", "router of AWS", "router.destination.Name x"]),
    row("V15", "image: {location: x, depends_on: {firelens_log_router: start}}\nsidecars: {}\nlogging: {retention: 7}")
        .refused(&[("image.depends_on.firelens_log_router", "start", "there is no container `firelens_log_router`")]),
];

#[test]
fn sidecars() {
    check("U", 35, &[IMAGES, PORTS, FIELDS]);
}

#[test]
fn dependencies() {
    check("V", 15, &[DEPENDENCIES]);
}
