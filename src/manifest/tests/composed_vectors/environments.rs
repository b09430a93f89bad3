//! Tables Y, Z: the block of an environment over the base.
//!
//! Sizes are ones that Fargate has, because other ones are refused before anything is rendered.

use super::row::{Row, check, over, row};

const SCALARS: &[Row] = &[
    over("Y01", "cpu: 256\nmemory: 2048", "cpu: 512").gives(&["cpu 512", "memory 2048"]),
    over("Y02", "count: 1", "count: 0")
        .gives(&["count 0"])
        .warned(&[("environments.test.count", "has no effect on a job")]),
    over("Y02", "cpu: 256", "cpu: 0")
        .refused(&[("environments.test.cpu", "0", "Fargate has no tasks of 0 CPU units")])
        .differs("the zero wins there too, but only CloudFormation refuses it"),
    over("Y03", "cpu: 512\nmemory: 1024", "cpu:").gives(&["cpu 512", "memory 1024"]),
    row("Y04", "cpu: 512\nmemory: 1024\nenvironments: {other: {cpu: 2048}}")
        .gives(&["cpu 512", "memory 1024"]),
    over("Y05", "retries: 3\ntimeout: 1h", "variables: {LOG_LEVEL: prod}").gives(&[
        "variables.LOG_LEVEL \"prod\"",
        "retries 3",
        "timeout 3600",
    ]),
    over("Y06", "retries: 3", "retries: 0")
        .warned(&[("environments.test.retries", "switches off the 3 retries of the base")]),
    over("Y07", "on: {schedule: '@daily'}", "on: {schedule: none}").gives(&["schedule none"]),
    over("Y08", "on:", "on: {schedule: '@hourly'}").gives(&["schedule cron(0 * * * ? *)"]),
    over("Y36", "cpu: 256", "network: {vpc: {placement: private}}").gives(&["placement private"]),
    over("Y73", "count: 1", "name: other\ntype: Backend Service\nenvironments: {test: {count: 9}}\ncount: 2")
        .gives(&["count 2"])
        .warned(&[
            ("environments.test.name", "has no effect inside an environment"),
            ("environments.test.type", "has no effect inside an environment"),
            ("environments.test.environments", "has no effect inside an environment"),
            ("environments.test.count", "has no effect on a job"),
        ]),
    over("Y74", "count: 1", "variables: {A: '${COPILOT_ENVIRONMENT_NAME}'}").gives(&["variables.A \"test\""]),
];

const IMAGES: &[Row] = &[
    over("Y09", "image: {build: ./Dockerfile}", "image: {location: over there}").gives(&["image over there"]),
    over("Y10", "image: {location: a}", "image: {location: b}").gives(&["image b"]),
    over("Y11", "image: {build: {dockerfile: ./Dockerfile}}", "image: {build: other}")
        .gives(&["build other"]),
    over("Y12", "image: {location: a}", "image: {build: other}").gives(&["build other"]),
    over("Y13", "image: {build: D}", "image: {build: {context: c}}")
        .gives(&["build its context", "build.context c"]),
    over(
        "Y14",
        "image: {build: {context: c, dockerfile: d, args: {A: a, B: b}, cache_from: [x, y], target: t}}",
        "image: {build: {dockerfile: e, args: {B: c, C: d}, cache_from: [z]}}",
    )
    .gives(&[
        "build e",
        "build.context c",
        "build.target t",
        "build.args.A a",
        "build.args.B c",
        "build.args.C d",
        "build.cache_from [\"z\"]",
    ]),
    over("Y15", "image: {build: {context: c, cache_from: [x]}}", "image: {build: {cache_from: []}}")
        .gives(&["build its context", "build.context c"]),
    over(
        "Y16",
        "image: {location: y, healthcheck: {command: [a, b], retries: 3}}",
        "image: {healthcheck: {command: [c], interval: 6s}}",
    )
    .gives(&["image y", "healthcheck [\"c\"] every 6 retries 3 start 0 timeout 5"])
    .warned(&[("environments.test.image.healthcheck.command", "the command begins with `c`")]),
    over("Y17", "image: {location: y, labels: {var1: a, var2: b}}", "image: {labels: {var1: c, var3: d}}")
        .gives(&["image y", "labels.var1 c", "labels.var2 b", "labels.var3 d"]),
    over("Y18", "image: {location: y, labels: {var1: a}}", "image: {labels: {}}")
        .gives(&["image y", "labels.var1 a"]),
    over("Y19", "image: {location: y}", "image:").gives(&["image y"]),
];

const WORDS_AND_PLATFORMS: &[Row] = &[
    over("Y20", "command: a b", "command: [c]").gives(&["command [\"c\"]"]),
    over("Y21", "command: [a, b]", "command: c").gives(&["command [\"c\"]"]),
    over("Y22", "command: [a, b]", "command: [c]").gives(&["command [\"c\"]"]),
    over("Y23", "command: [a]", "command: []"),
    over("Y24", "command: a b", "command: []"),
    over("Y25", "command: a b", "command:").gives(&["command [\"a\", \"b\"]"]),
    over("Y26", "platform: linux/arm64", "platform: {osfamily: windows, architecture: x86_64}")
        .gives(&["platform Windows2019Core X86_64"])
        .warned(&[("environments.test.platform", "Windows tasks need at least 1024 CPU units")]),
    over("Y27", "platform: {osfamily: windows, architecture: x86_64}", "platform: linux/arm64")
        .gives(&["platform Linux Arm64"]),
    over("Y28", "platform: {osfamily: linux, architecture: x86_64}", "platform: {architecture: arm64}")
        .gives(&["platform Linux Arm64"]),
];

const MAPS: &[Row] = &[
    over("Y29", "variables: {A: a, B: b}", "variables: {B: c, C: d}").gives(&[
        "variables.A \"a\"",
        "variables.B \"c\"",
        "variables.C \"d\"",
    ]),
    over("Y30", "variables: {A: a}", "variables: {A: {from_cfn: x}}").gives(&["variables.A import x"]),
    over("Y31", "variables: {A: a}", "variables: {A: ''}").gives(&["variables.A \"\""]),
    over("Y32", "variables: {A: a}", "variables:\n  A:").gives(&["variables.A \"\""]),
    over(
        "Y33",
        "secrets: {A: a, B: {secretsmanager: b}, C: {from_cfn: c}}",
        "secrets: {A: {secretsmanager: z}, B: plain, C: {secretsmanager: q}}",
    )
    .gives(&["secrets.A secretsmanager z", "secrets.B \"plain\"", "secrets.C secretsmanager q"]),
    over("Y34", "count: 1", "count: {spot: 2}").refused(&[(
        "environments.test.count",
        "{spot: 2}",
        "cannot scale automatically",
    )]),
    over("Y35", "exec: true", "exec: {enable: false}").warned(&[("exec", "has no effect on a job")]),
];

const NETWORK: &[Row] = &[
    over("Y37", "network: {vpc: {placement: private}}", "network: {vpc: {placement: {subnets: [s-1]}}}")
        .gives(&["placement in [\"s-1\"]"]),
    over("Y38", "network: {vpc: {placement: {subnets: [s-1]}}}", "network: {vpc: {placement: private}}")
        .gives(&["placement private"]),
    over(
        "Y39",
        "network: {vpc: {placement: {subnets: [s-1, s-2]}}}",
        "network: {vpc: {placement: {subnets: {from_tags: {a: b}}}}}",
    )
    .gives(&["placement by tags {\"a\": [\"b\"]}"]),
    over(
        "Y40",
        "network: {vpc: {placement: {subnets: {from_tags: {a: b, c: d}}}}}",
        "network: {vpc: {placement: {subnets: {from_tags: {c: [e, f], g: h}}}}}",
    )
    .gives(&["placement by tags {\"a\": [\"b\"], \"c\": [\"e\", \"f\"], \"g\": [\"h\"]}"]),
    over(
        "Y41",
        "network: {vpc: {security_groups: [sg-1, sg-2]}}",
        "network: {vpc: {security_groups: [sg-3]}}",
    )
    .gives(&["security group sg-3"]),
    over("Y42", "network: {vpc: {security_groups: [sg-1]}}", "network: {vpc: {security_groups: []}}"),
    over(
        "Y43",
        "network: {vpc: {security_groups: [sg-1]}}",
        "network: {vpc: {security_groups: {deny_default: true}}}",
    )
    .warned(&[("environments.test.network.vpc.security_groups.deny_default", "has no effect on a job")]),
    over(
        "Y44",
        "network: {vpc: {security_groups: {deny_default: true, groups: [sg-9]}}}",
        "network: {vpc: {security_groups: [sg-3]}}",
    )
    .gives(&["security group sg-3"]),
    over(
        "Y45",
        "network: {vpc: {security_groups: {deny_default: true, groups: [sg-9]}}}",
        "network: {vpc: {security_groups: {groups: [sg-1]}}}",
    )
    .gives(&["security group sg-1"])
    .warned(&[("network.vpc.security_groups.deny_default", "has no effect on a job")]),
    over("Y46", "network: {connect: true}", "network: {connect: {alias: a}}").warned(&[
        ("network.connect", "has no effect on a job"),
        ("environments.test.network.connect", "has no effect on a job"),
    ]),
];

const STORAGE: &[Row] = &[
    over("Y47", "storage: {ephemeral: 50, readonly_fs: true}", "storage: {readonly_fs: false}")
        .gives(&["ephemeral 50", "readonly_fs false"]),
    over(
        "Y48",
        "storage: {volumes: {v1: {path: /a}, v2: {path: /b, read_only: true}}}",
        "storage: {volumes: {v1: {path: /c, efs: true}, v3: {path: /d}}}",
    )
    .gives(&["volume v1 /c managed", "volume v2 /b scratch read_only true", "volume v3 /d scratch"]),
    over("Y49", "storage:\n  volumes:\n    v1:", "storage: {volumes: {v1: {path: /x, efs: true}}}")
        .gives(&["volume v1 /x managed"]),
    over("Y50", "storage: {volumes: {a: {path: /a}}}", "storage:\n  volumes:\n    a:")
        .gives(&["volume a /a scratch"]),
    over(
        "Y51",
        "storage: {volumes: {a: {path: /a, efs: true}}}",
        "storage: {volumes: {a: {efs: {id: fs-1}}}}",
    )
    .gives(&["volume a /a efs fs-1"]),
    over(
        "Y52",
        "storage: {volumes: {a: {path: /a, efs: {id: fs-1, root_dir: /r}}}}",
        "storage: {volumes: {a: {efs: true}}}",
    )
    .gives(&["volume a /a managed"]),
    over(
        "Y53",
        "storage: {volumes: {a: {path: /a, efs: {id: fs-1, root_dir: /r}}}}",
        "storage: {volumes: {a: {efs: {uid: 1, gid: 1}}}}",
    )
    .gives(&["volume a /a managed 1:1"]),
    over(
        "Y54",
        "storage: {volumes: {a: {path: /a, efs: {uid: 1, gid: 1}}}}",
        "storage: {volumes: {a: {efs: {id: fs-1}}}}",
    )
    .gives(&["volume a /a efs fs-1"]),
    over(
        "Y55",
        "storage: {volumes: {a: {path: /a, efs: {uid: 1, gid: 2}}}}",
        "storage: {volumes: {a: {efs: {uid: 5}}}}",
    )
    .gives(&["volume a /a managed 5:2"]),
    over(
        "Y56",
        "storage: {volumes: {a: {path: /a, efs: {id: fs-1}}}}",
        "storage: {volumes: {a: {efs: {id: {from_cfn: x}}}}}",
    )
    .gives(&["volume a /a efs fs-1"])
    .warned(&[(
        "environments.test.storage.volumes.a.efs.id",
        "has no effect: the plain id of the base stays",
    )]),
    over(
        "Y57",
        "storage: {volumes: {a: {path: /a, efs: true}}}",
        "storage: {volumes: {b: {path: /b, efs: true}}}",
    )
    .refused(&[("environments.test.storage.volumes.b", "{path: /b, efs: true}", "`a` is one already")]),
];

const SIDECARS: &[Row] = &[
    over(
        "Y58",
        "sidecars: {a: {image: i, port: 80, variables: {A: a}, command: x}}",
        "sidecars: {a: {port: 81/udp, variables: {B: b}, command: [y]}}",
    )
    .gives(&["a.image i", "a.port 81/udp", "a.command [\"y\"]", "a.variables.A \"a\"", "a.variables.B \"b\""]),
    over("Y59", "sidecars: {a: {image: i}}", "sidecars: {b: {image: j}}").gives(&["a.image i", "b.image j"]),
    over("Y60", "sidecars: {a: {image: i}}", "sidecars:\n  a:").gives(&["a.image i"]),
    over("Y61", "sidecars: {a: {image: i}}", "sidecars: {a: {image: {build: D}}}").gives(&["a.build D"]),
    over("Y62", "sidecars: {a: {image: {build: {context: c}}}}", "sidecars: {a: {image: i}}").gives(&["a.image i"]),
    over("Y63", "sidecars: {a: {image: {build: {context: c}}}}", "sidecars: {a: {image: {location: i}}}")
        .gives(&["a.image i"])
        .differs("both forms are kept there, and refused together"),
    over("Y64", "sidecars: {a: {image: {location: i}}}", "sidecars: {a: {image: {build: D}}}")
        .gives(&["a.build D"])
        .differs("both forms are kept there, and refused together"),
    over("Y65", "sidecars: {a: {image: {build: {context: c}}}}", "sidecars: {a: {image: {build: {dockerfile: d}}}}")
        .gives(&["a.build d", "a.build.context c"]),
    over(
        "Y66",
        "storage: {volumes: {v: {path: /v}, w: {path: /w}, z: {path: /z}}}\nsidecars: {a: {image: i, mount_points: [{source_volume: v, path: /a}, {source_volume: w, path: /b}]}}",
        "sidecars: {a: {mount_points: [{source_volume: z, path: /z}]}}",
    )
    .gives(&["volume v /v scratch", "volume w /w scratch", "volume z /z scratch", "a.image i", "a.mount z at /z"]),
    over(
        "Y67",
        "sidecars: {a: {image: i, essential: false}, b: {image: i, depends_on: {a: complete}}}",
        "sidecars: {a: {essential: true}}",
    )
    .refused(&[("sidecars.b.depends_on.a", "complete", "`a` is essential")]),
];

const LISTS: &[Row] = &[
    over(
        "Y68",
        "logging: {retention: 1, destination: {Name: a, b: c}, secretOptions: {k: v}}",
        "logging: {destination: {Name: z}, secretOptions: {k: {from_cfn: x}}}",
    )
    .gives(&[
        "retention 1",
        "router of AWS",
        "router.destination.Name z",
        "router.destination.b c",
        "router.options.k import x",
    ]),
    over("Y69", "publish: {topics: [{name: a}, {name: b}]}", "publish: {topics: [{name: c}]}")
        .gives(&["topic c"]),
    over("Y70", "publish: {topics: [{name: a}]}", "publish: {topics: []}"),
    over("Y71", "taskdef_overrides: [{path: A, value: 1}]", "taskdef_overrides: [{path: B, value: 2}]")
        .gives(&["override B = 2"]),
    over("Y72", "taskdef_overrides: [{path: A, value: 1}]", "taskdef_overrides: []"),
];

const SHAPES: &[Row] = &[
    row("Z01", "environments:\n  test:").differs("the old tool crashes; an empty block overrides nothing"),
    row("Z02", "environments:\n  prod:"),
    row("Z03", "environments: {prod: }").differs("the null turns into a text there and is refused"),
    row("Z04", "environments: {test: {}}"),
    row("Z05", "environments:"),
    row("Z06", "environments: [test]").refused(&[("environments", "[test]", "expected a map, found a list")]),
    row("Z07", "environments: {prod: {cpu: abc}}").refused(&[(
        "environments.prod.cpu",
        "abc",
        "expected a number, found `abc`",
    )]),
    row("Z08", "environments: {prod: {storage: {ephemeral: 5}}}"),
];

#[test]
fn environment_blocks() {
    let tables = [SCALARS, IMAGES, WORDS_AND_PLATFORMS, MAPS, NETWORK, STORAGE, SIDECARS, LISTS];
    check("Y", 74, &tables);
}

#[test]
fn shapes() {
    check("Z", 8, &[SHAPES]);
}
