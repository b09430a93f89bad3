//! Storage and overrides of the task definition, beside the rows of `composed_vectors`.

use super::{job, refuse};

#[test]
fn refused_storage() {
    refuse(&[
        ("storage: {volumes: {v: {path: [x]}}}", "storage.volumes.v.path: expected a text, found a list"),
        (
            "storage: {volumes: {v: {path: /x, efs: {uid: 0, gid: 1}}}}",
            "storage.volumes.v.efs.uid: the owner cannot be root: `uid` must not be 0",
        ),
        (
            "platform: windows/amd64\nstorage: {readonly_fs: true, volumes: {v: {path: /x, efs: true}}}",
            "storage.readonly_fs: a read-only root file system is not possible on Windows | storage.volumes.v.efs: EFS file systems are not possible on Windows",
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
        ("taskdef_overrides: [{value: x}]", "taskdef_overrides[0]: the override has no path"),
        (
            "taskdef_overrides: [{path: 'ContainerDefinitions[10].Name'}]",
            "taskdef_overrides[0].path: `ContainerDefinitions[10].Name` cannot be overridden: the job's resources refer to it",
        ),
    ]);
}
