//! How scalars become numbers, flags and texts; null, tags, merge keys and unknown fields.

use super::{Row, check, job, refused, warned};

const SILENT: &str = "it lost the value without a word";

const NUMBERS: &[Row] = &[
    job("cpu: 1024\nmemory: 2048", "cpu: 1024; memory: 2048"),
    job("cpu: 0400", ""),
    job("cpu: 0o1000\nmemory: 02000", "cpu: 512; memory: 1024"),
    job("memory: 0x400", "memory: 1024"),
    job("cpu: 0b1000000000\nmemory: 0B10000000000", "cpu: 512; memory: 1024"),
    job("cpu: 1_024\nmemory: 2_048", "cpu: 1024; memory: 2048"),
    job("cpu: +512\nmemory: +1024", "cpu: 512; memory: 1024"),
    job("cpu: 1.024e3\nmemory: 2.048e3", "cpu: 1024; memory: 2048"),
    warned("count: 1e3", "count: 1000", &["1 count: has no effect on a job"]),
    job("cpu: 512.9\nmemory: 1024.5", "cpu: 512; memory: 1024"),
    warned("count: -1.9", "count: -1", &["1 count: has no effect on a job"]),
    refused("cpu: -1.9", &["1 cpu: Fargate has no tasks of -1 CPU units"])
        .unlike("it let CloudFormation find out"),
    refused("memory: 512\ncpu: -5", &["2 cpu: Fargate has no tasks of -5 CPU units"])
        .unlike("it let CloudFormation find out"),
    refused("cpu: '512'", &["1 cpu: expected a number, found the text `512`"]),
    refused("cpu: 1GB", &["1 cpu: expected a number, found `1GB`"]),
    refused("cpu: false", &["1 cpu: expected a number, found `false`"]),
    refused("cpu: 88888888888888888888", &["1 cpu: expected a number, found `88888888888888888888`"]),
    job("cpu:", "").unlike("it set the size to 0, which CloudFormation refused"),
    job("cpu: !!int '512'\nmemory: !!float '1024'", "cpu: 512; memory: 1024"),
    refused("cpu: !!str 512", &["1 cpu: expected a number, found the text `512`"]),
    refused(
        "cpu: ${SIZE}",
        &["1 cpu: expected a number, found the text `512` (the value comes from ${SIZE})"],
    )
    .given(&[("SIZE", "512")]),
    // Every mistake is reported.
    refused(
        "cpu: big\nmemory: bigger\ncount: [4]",
        &[
            "1 cpu: expected a number, found `big`",
            "2 memory: expected a number, found `bigger`",
            "3 count: expected a number, found a list",
        ],
    ),
];

const READ_ONLY: &str = "storage: (None, Some(true), {})";
const WRITABLE: &str = "storage: (None, Some(false), {})";

const FLAGS: &[Row] = &[
    job("storage: {readonly_fs: true}", READ_ONLY),
    job("storage: {readonly_fs: yes}", READ_ONLY),
    job("storage: {readonly_fs: NO}", WRITABLE),
    job("storage: {readonly_fs: on}", READ_ONLY),
    job("storage: {readonly_fs: Off}", WRITABLE),
    // Quotes do not matter for these words, but for true and false they do.
    job("storage: {readonly_fs: 'y'}", READ_ONLY),
    job("storage: {readonly_fs: \"n\"}", WRITABLE),
    job("storage: {readonly_fs: '${FLAG}'}", READ_ONLY).given(&[("FLAG", "yes")]),
    refused(
        "storage: {readonly_fs: 'true'}",
        &["1 storage.readonly_fs: expected true or false, found the text `true`"],
    ),
    refused("storage:\n  readonly_fs: 1", &["2 storage.readonly_fs: expected true or false, found `1`"]),
];

const TEXTS: &[Row] = &[
    job(
        "variables: {N: 7, YES: true, PRICE: 2.50, MASK: 0xFF, DAY: 2031-12-24, NONE: ''}",
        "variables: [DAY=2031-12-24][MASK=0xFF][N=7][NONE=][PRICE=2.50][YES=true]",
    ),
    job("variables:\n  NONE:", "variables: [NONE=]"),
    job("variables: {NONE: }", "variables: [NONE=]"),
    warned(
        "variables: {TOPIC: !Ref Orders}",
        "variables: [TOPIC=Orders]",
        &["1 variables.TOPIC: the tag `!Ref` has no meaning here; the text `Orders` is used as it is"],
    ),
    job("variables: {~: lost, KEPT: yes}", "variables: [KEPT=yes]"),
    job(
        "image: {location: repo/app, labels: {team: 7, owner: null, price: 2.50}}",
        "labels: [owner=][price=2.50][team=7]",
    ),
    job("entrypoint: [run, 7, false, 2.50, null, '']", r#"entrypoint: ["run", "7", "false", "2.50", ""]"#),
    refused("entrypoint: [[run]]", &["1 entrypoint[0]: expected a text, found a list"]).unlike(SILENT),
];

const MAPS: &[Row] = &[
    warned(
        "CPU: 1024\nMemory: 9",
        "",
        &["1 CPU: unknown field, ignored", "2 Memory: unknown field, ignored"],
    ),
    warned(
        "http: {path: /}\nobservability: {tracing: awsxray}\ncolour: red",
        "",
        &[
            "1 http: unknown field, ignored",
            "2 observability: unknown field, ignored",
            "3 colour: unknown field, ignored",
        ],
    ),
    warned("image: {location: repo/app, port: 80}", "", &["1 image.port: unknown field, ignored"]),
    refused(
        "variables:\n  A: one\n  A: two",
        &["3: the key `A` is given twice, first in line 2 and again in line 3"],
    ),
    job(
        "x-common: &common {A: one, B: two}\nvariables:\n  <<: *common\n  B: three",
        "variables: [A=one][B=three]",
    ),
    // The first map of a merged list wins.
    warned(
        "x-one: &one {count: 4}\nx-two: &two {count: 5, retries: 1}\n<<: [*one, *two]",
        "count: 4; retries: 1",
        &["1 count: has no effect on a job"],
    ),
    // A field of the map itself wins, wherever it stands.
    warned("x-one: &one {count: 4}\ncount: 5\n<<: *one", "count: 5", &["2 count: has no effect on a job"]),
    warned(
        "memory: &number 1024\ncount: *number",
        "memory: 1024; count: 1024",
        &["1 count: has no effect on a job"],
    ),
    refused("variables: {A: *nowhere}", &["1: `*nowhere` refers to an anchor that does not exist"]),
];

#[test]
fn numbers() {
    check("numbers", NUMBERS);
}

#[test]
fn flags() {
    check("flags", FLAGS);
}

#[test]
fn texts() {
    check("texts", TEXTS);
}

#[test]
fn maps() {
    check("maps", MAPS);
}
