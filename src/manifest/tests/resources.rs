//! Storage, topics, overrides of the task definition.

use super::{job, refuse, warnings};
use crate::manifest::job::{Fifo, Imported, VolumeKind};

#[test]
fn volumes() {
    let kind = |efs: &str| {
        job(&format!("storage: {{volumes: {{v: {{path: /v, {efs}}}}}}}")).storage.volumes["v"].kind.clone()
    };
    assert_eq!(kind(""), VolumeKind::Scratch);
    assert_eq!(kind("efs: no"), VolumeKind::Scratch);
    assert_eq!(kind("efs: true"), VolumeKind::ManagedEfs { owner: None });
    assert_eq!(kind("efs: {uid: 1000, gid: 0}"), VolumeKind::ManagedEfs { owner: Some((1000, 0)) });
    let own = |id: Imported| VolumeKind::Efs { id, root_dir: None, iam: None, access_point_id: None };
    assert_eq!(kind("efs: {id: fs-1}"), own(Imported::Plain("fs-1".to_owned())));
    assert_eq!(kind("efs: {id: {from_cfn: x}}"), own(Imported::FromCfn("x".to_owned())));
    let VolumeKind::Efs { root_dir, iam, access_point_id, .. } =
        kind("efs: {id: fs-1, root_dir: /, auth: {iam: true, access_point_id: ap}}")
    else {
        panic!("not a file system of the user's")
    };
    assert_eq!((root_dir.as_deref(), iam, access_point_id.as_deref()), (Some("/"), Some(true), Some("ap")));
    let quiet = "storage: {volumes: {v: {path: /v, efs: {id: fs-1, auth: {access_point_id: ap}}}}}";
    assert!(warnings(quiet).starts_with("storage.volumes.v.efs.auth: IAM authorization stays disabled"));
}

#[test]
fn refused_storage() {
    refuse(&[
        ("storage: {ephemeral: 19}", "storage.ephemeral: 19 GiB is out of range; tasks have 20 to 200 GiB"),
        ("storage:\n  volumes:\n    v:", "storage.volumes.v: the volume has no path"),
        ("storage: {volumes: {v: {path: [x]}}}", "storage.volumes.v.path: expected a text, found a list"),
        ("storage: {volumes: {v: {path: /a b}}}", "storage.volumes.v.path: `/a b` contains ` `"),
        (
            "storage: {volumes: {v: {path: /x, efs: fs-1}}}",
            "storage.volumes.v.efs: expected true, false or a map, found `fs-1`",
        ),
        (
            "storage: {volumes: {v: {path: /x, efs: {uid: 1, id: fs-1}}}}",
            "storage.volumes.v.efs: `uid`/`gid` and `id`/`root_dir`/`auth` exclude each other",
        ),
        (
            "storage: {volumes: {v: {path: /x, efs: {uid: 1}}}}",
            "storage.volumes.v.efs: `gid` must be given along with `uid`",
        ),
        (
            "storage: {volumes: {v: {path: /x, efs: {uid: -1, gid: 1}}}}",
            "storage.volumes.v.efs.uid: -1 is not between 0 and 4294967295",
        ),
        (
            "storage: {volumes: {v: {path: /x, efs: {uid: 0, gid: 1}}}}",
            "storage.volumes.v.efs.uid: the owner cannot be root: `uid` must not be 0",
        ),
        (
            "storage: {volumes: {v: {path: /x, efs: {root_dir: /a}}}}",
            "storage.volumes.v.efs: the file system has no id",
        ),
        (
            "storage: {volumes: {v: {path: /x, efs: {id: fs-1, root_dir: /a, auth: {access_point_id: p}}}}}",
            "storage.volumes.v.efs.auth.access_point_id: with an access point, `root_dir` must be absent or `/`",
        ),
        (
            "storage: {volumes: {v: {path: /x, efs: {id: fs-1, auth: {iam: no, access_point_id: p}}}}}",
            "storage.volumes.v.efs.auth.access_point_id: with an access point, `iam` must not be false",
        ),
        (
            "storage: {volumes: {a: {path: /a, efs: true}, b: {path: /b, efs: {uid: 1, gid: 1}}}}",
            "storage.volumes.b: only one volume can be managed, and `a` is one already",
        ),
        (
            "platform: windows/amd64\nstorage: {readonly_fs: true, volumes: {v: {path: /x, efs: true}}}",
            "storage.readonly_fs: a read-only root file system is not possible on Windows | storage.volumes.v.efs: EFS file systems are not possible on Windows",
        ),
    ]);
}

#[test]
fn topics() {
    let topics = job("publish: {topics: [null, {name: a}, {name: b, fifo: true}, {name: c, fifo: {content_based_deduplication: false}}, {name: d, fifo: false}]}").topics;
    let fifo = |content_based_deduplication| Some(Fifo { content_based_deduplication });
    let got: Vec<_> = topics.iter().map(|topic| (topic.name.as_str(), topic.fifo)).collect();
    assert_eq!(got, [("a", None), ("b", fifo(None)), ("c", fifo(Some(false))), ("d", None)]);
    refuse(&[
        ("publish: {topics: [orders]}", "publish.topics[0]: expected a map, found a text"),
        ("publish: {topics: [{}]}", "publish.topics[0]: the topic has no name"),
        ("publish: {topics: [{name: a.b}]}", "publish.topics[0].name: `a.b` contains `.`"),
        (
            "publish: {topics: [{name: a, fifo: {}}]}",
            "publish.topics[0].fifo: the map needs at least one of: content_based_deduplication",
        ),
        ("publish: {topics: [{name: a}, {name: a}]}", "publish.topics[1].name: the topic `a` is given twice"),
        (
            "publish: {topics: [{name: a-b}, {name: ab}]}",
            "publish.topics[1].name: `ab` and `a-b` differ only in characters that resource names lose",
        ),
    ]);
}

#[test]
fn overrides() {
    let rules = job(
        "taskdef_overrides: [{path: 'ContainerDefinitions[0].Ulimits[-]', value: {Name: !Ref N}}, {path: A}]",
    )
    .taskdef_overrides;
    let [first, second] = rules.as_slice() else { panic!("{rules:?}") };
    assert_eq!(first.value.get("Name").unwrap().tag.as_deref(), Some("!Ref"));
    assert!(second.value.is_null());
    refuse(&[
        ("taskdef_overrides: [abc]", "taskdef_overrides[0]: expected a map, found `abc`"),
        ("taskdef_overrides: [{value: x}]", "taskdef_overrides[0]: the override has no path"),
        (
            "taskdef_overrides: [{path: Family, value: x}]",
            "taskdef_overrides[0].path: `Family` cannot be overridden: the job's resources refer to it",
        ),
        (
            "taskdef_overrides: [{path: 'ContainerDefinitions[10].Name'}]",
            "taskdef_overrides[0].path: `ContainerDefinitions[10].Name` cannot be overridden: the job's resources refer to it",
        ),
        (
            "taskdef_overrides: [{path: 'A[0][0]'}]",
            "taskdef_overrides[0].path: `A[0][0]` in `A[0][0]` is not a part of a path",
        ),
        (
            "taskdef_overrides: [{path: 'A.'}]",
            "taskdef_overrides[0].path: `` in `A.` is not a part of a path",
        ),
        (
            "taskdef_overrides: [{path: 'A[0-]'}]",
            "taskdef_overrides[0].path: `A[0-]` in `A[0-]` is not a part of a path",
        ),
    ]);
}
