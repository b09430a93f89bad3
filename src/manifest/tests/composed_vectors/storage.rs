//! Table M: `storage`.

use super::row::{Row, check, row};

const SPACE: &[Row] = &[
    row("M01", "storage: {ephemeral: 19}").refused(&[("storage.ephemeral", "19", "20 to 200 GiB")]),
    row("M02", "storage: {ephemeral: 20}").gives(&["ephemeral 20"]),
    row("M03", "storage: {ephemeral: 200}").gives(&["ephemeral 200"]),
    row("M04", "storage: {ephemeral: 201}").refused(&[("storage.ephemeral", "201", "20 to 200 GiB")]),
    row("M05", "storage: {ephemeral: '21'}").refused(&[("storage.ephemeral", "'21'", "expected a number")]),
];

const VOLUMES: &[Row] = &[
    row("M06", "storage: {volumes: {v: {efs: true}}}").refused(&[("storage.volumes.v", "{efs: true}", "has no path")]),
    row("M07", "storage: {volumes: {v: {path: ''}}}").refused(&[("storage.volumes.v", "{path: ''}", "has no path")]),
    row("M08", "storage: {volumes: {v: {path: '!!!!!!'}}}")
        .refused(&[("storage.volumes.v.path", "'!!!!!!'", "contains `!`")]),
    row("M09", "storage: {volumes: {v: {path: /a b}}}").refused(&[("storage.volumes.v.path", "/a b", "contains ` `")]),
    row("M10", "storage: {volumes: {v: {path: /x}}}").gives(&["volume v /x scratch"]),
    row("M11", "storage: {volumes: {v: {path: /x, efs: {id: fs-12345}}}}").gives(&["volume v /x efs fs-12345"]),
    row("M12", "storage: {volumes: {v: {path: /x, efs: {uid: 1000, gid: 10000}}}}")
        .gives(&["volume v /x managed 1000:10000"]),
    row("M13", "storage: {volumes: {v: {path: /x, efs: true}}}").gives(&["volume v /x managed"]),
    row("M14", "storage: {volumes: {v: {path: /x, efs: {id: {from_cfn: exported-fs}}}}}")
        .gives(&["volume v /x efs import exported-fs"]),
    row("M25", "storage: {volumes: {v: {path: /x, efs: false}}}").gives(&["volume v /x scratch"]),
    row("M26", "storage: {volumes: {v: {path: /x, efs: yes}}}").gives(&["volume v /x managed"]),
    row("M27", "storage: {volumes: {v: {path: /x, efs: fs-1234}}}")
        .refused(&[("storage.volumes.v.efs", "fs-1234", "expected true, false or a map")]),
    row("M28", "storage: {volumes: {v: {path: /x, efs: {}}}}")
        .refused(&[("storage.volumes.v.efs", "{}", "at least one of: id, root_dir, auth, uid, gid")]),
    row("M29", "storage: {volumes: {v: {path: /x, efs: {id: copilot}}}}").gives(&["volume v /x efs copilot"]),
    row("M40", "storage: {volumes: {a: {path: /a, efs: true}, b: {path: /b, efs: true}}}")
        .refused(&[("storage.volumes.b", "{path: /b, efs: true}", "`a` is one already")]),
    row("M41", "storage: {volumes: {a: {path: /a, efs: true}, b: {path: /b, efs: {uid: 1, gid: 1}}}}")
        .refused(&[("storage.volumes.b", "{path: /b, efs: {uid: 1, gid: 1}}", "`a` is one already")]),
    row(
        "M42",
        "storage: {volumes: {a: {path: /a, efs: true}, b: {path: /b, efs: false}, c: {path: /c, efs: {id: fs-1}}}}",
    )
    .gives(&["volume a /a managed", "volume b /b scratch", "volume c /c efs fs-1"]),
    row("M43", "storage:\n  volumes:\n    v:")
        .refused(&[("storage.volumes.v", "v", "has no path")])
        .differs("the old tool crashes"),
];

const ACCESS: &[Row] = &[
    row(
        "M15",
        "storage: {volumes: {v: {path: /x, efs: {id: fs-1, auth: {iam: true, access_point_id: fsap-1}}}}}",
    )
    .gives(&["volume v /x efs fs-1 iam true point fsap-1"]),
    row("M16", "storage: {volumes: {v: {path: /x, efs: {uid: 1000, gid: 10000, id: 1}}}}").refused(&[(
        "storage.volumes.v.efs",
        "{uid: 1000, gid: 10000, id: 1}",
        "exclude each other",
    )]),
    row("M17", "storage: {volumes: {v: {path: /x, efs: {uid: 123, auth: {iam: true}}}}}").refused(&[(
        "storage.volumes.v.efs",
        "{uid: 123, auth: {iam: true}}",
        "exclude each other",
    )]),
    row("M18", "storage: {volumes: {v: {path: /x, efs: {uid: 123}}}}").refused(&[(
        "storage.volumes.v.efs",
        "{uid: 123}",
        "`gid` must be given",
    )]),
    row("M19", "storage: {volumes: {v: {path: /x, efs: {gid: 123}}}}").refused(&[(
        "storage.volumes.v.efs",
        "{gid: 123}",
        "`uid` must be given",
    )]),
    row("M20", "storage: {volumes: {v: {path: /x, efs: {uid: 0, gid: 0}}}}").refused(&[(
        "storage.volumes.v.efs.uid",
        "0",
        "`uid` must not be 0",
    )]),
    row("M21", "storage: {volumes: {v: {path: /x, efs: {uid: 1, gid: 0}}}}")
        .gives(&["volume v /x managed 1:0"]),
    row("M22", "storage: {volumes: {v: {path: /x, efs: {uid: -1, gid: 1}}}}")
        .refused(&[("storage.volumes.v.efs.uid", "-1", "not between 0 and 4294967295")])
        .differs("refused there too, but as if 0 were written"),
    row("M23", "storage: {volumes: {v: {path: /x, efs: {auth: {access_point_id: ap}, root_dir: dir}}}}")
        .refused(&[
            (
                "storage.volumes.v.efs",
                "{auth: {access_point_id: ap}, root_dir: dir}",
                "the file system has no id",
            ),
            ("storage.volumes.v.efs.auth.access_point_id", "ap", "`root_dir` must be absent or `/`"),
        ])
        .warned(&[("storage.volumes.v.efs.auth", "IAM authorization stays disabled")]),
    row("M24", "storage: {volumes: {v: {path: /x, efs: {root_dir: '!!!!'}}}}").refused(&[
        ("storage.volumes.v.efs", "{root_dir: '!!!!'}", "the file system has no id"),
        ("storage.volumes.v.efs.root_dir", "'!!!!'", "contains `!`"),
    ]),
    row("M30", "storage: {volumes: {v: {path: /x, efs: {id: fs-1, auth: {access_point_id: ap}}}}}")
        .gives(&["volume v /x efs fs-1 point ap"])
        .warned(&[("storage.volumes.v.efs.auth", "IAM authorization stays disabled")]),
    row(
        "M31",
        "storage: {volumes: {v: {path: /x, efs: {id: fs-1, auth: {iam: false, access_point_id: ap}}}}}",
    )
    .refused(&[("storage.volumes.v.efs.auth.access_point_id", "ap", "`iam` must not be false")]),
    row(
        "M32",
        "storage: {volumes: {v: {path: /x, efs: {id: fs-1, root_dir: /a, auth: {access_point_id: ap}}}}}",
    )
    .refused(&[("storage.volumes.v.efs.auth.access_point_id", "ap", "`root_dir` must be absent or `/`")])
    .warned(&[("storage.volumes.v.efs.auth", "IAM authorization stays disabled")]),
    row(
        "M33",
        "storage: {volumes: {v: {path: /x, efs: {id: fs-1, root_dir: /, auth: {access_point_id: ap}}}}}",
    )
    .gives(&["volume v /x efs fs-1 root / point ap"])
    .warned(&[("storage.volumes.v.efs.auth", "IAM authorization stays disabled")]),
    row("M34", "storage: {volumes: {v: {path: /x, efs: {root_dir: /a}}}}")
        .refused(&[("storage.volumes.v.efs", "{root_dir: /a}", "the file system has no id")])
        .differs("accepted there, with a template that imports an export without a name"),
    row("M35", "storage: {volumes: {v: {path: /x, efs: {id: {from_cfn: ''}}}}}")
        .refused(&[("storage.volumes.v.efs.id", "{from_cfn: ''}", "the file system's id is empty")])
        .differs("accepted there, with a template that imports an export without a name"),
    row("M36", "storage: {volumes: {v: {path: /x, efs: {root_directory: /, id: fs-1}}}}")
        .gives(&["volume v /x efs fs-1"])
        .warned(&[("storage.volumes.v.efs.root_directory", "unknown field, ignored")]),
    row("M37", "storage: {volumes: {v: {path: /x, efs: {id: {foo: x}}}}}")
        .refused(&[("storage.volumes.v.efs.id", "{foo: x}", "at least one of: from_cfn")])
        .warned(&[("storage.volumes.v.efs.id.foo", "unknown field, ignored")]),
    row("M38", "storage: {volumes: {v: {path: /x, efs: {id: [x]}}}}").refused(&[(
        "storage.volumes.v.efs.id",
        "[x]",
        "expected a text or a map with `from_cfn`",
    )]),
    row("M39", "storage: {volumes: {v: {path: /x, efs: {id: x, id: y}}}}")
        .refused(&[("", "id", "the key `id`")])
        .differs("refused there too, but without telling that a key is given twice"),
];

const WINDOWS: &[Row] = &[
    row(
        "M44",
        "platform: windows/amd64\ncpu: 1024\nmemory: 2048\nstorage: {volumes: {v: {path: /x, efs: true}}}",
    )
    .refused(&[("storage.volumes.v.efs", "true", "not possible on Windows")]),
    row("M45", "platform: windows/amd64\ncpu: 1024\nmemory: 2048\nstorage: {readonly_fs: true}")
        .refused(&[("storage.readonly_fs", "true", "not possible on Windows")]),
    row("M46", "platform: windows/amd64\nstorage: {readonly_fs: false}")
        .gives(&["platform Windows2019Core X86_64", "readonly_fs false"])
        .warned(&[("platform", "Windows tasks need at least 1024 CPU units")]),
    row("M47", "platform: windows/amd64\ncpu: 1024\nmemory: 2048\nstorage: {volumes: {v: {path: /x}}}")
        .gives(&["cpu 1024", "memory 2048", "platform Windows2019Core X86_64", "volume v /x scratch"]),
    row(
        "M48",
        "platform: windows/amd64\ncpu: 1024\nmemory: 2048\nstorage: {volumes: {v: {path: 'C:\\data'}}}",
    )
    .refused(&[("storage.volumes.v.path", "'C:\\data'", "contains `:`")]),
];

#[test]
fn storage() {
    check("M", 48, &[SPACE, VOLUMES, ACCESS, WINDOWS]);
}
