//! Volumes, mount points and file systems.

use super::ids::ACTION;
use crate::manifest::job::{Imported, Job, MountPoint, VolumeKind};
use crate::manifest::unquoted;
use crate::template::cfn::call::literal;
use crate::template::cfn::iam::{Statement, policy};
use crate::template::cfn::intrinsic::{get_att, import_named, join, reference, sub, sub_with};
use crate::template::cfn::mapping::Map;
use crate::template::cfn::resource::Resource;
use crate::yaml::Node;

const ACCESS_POINT: &str = "AccessPoint";
const MOUNT: &str = "elasticfilesystem:ClientMount";
const WRITE: &str = "elasticfilesystem:ClientWrite";
const ACCESS_POINT_KEY: &str = "elasticfilesystem:AccessPointArn";
const ARN_START: &str = "arn:${AWS::Partition}:elasticfilesystem:${AWS::Region}:${AWS::AccountId}";

/// The volume on the environment's file system with its POSIX owner; a job has at most one.
pub(super) fn managed_volume(job: &Job) -> Option<(&str, Option<(u32, u32)>)> {
    job.storage.volumes.iter().find_map(|(name, volume)| match volume.kind {
        VolumeKind::ManagedEfs { owner } => Some((name.as_str(), owner)),
        _ => None,
    })
}

/// The task definition's `Volumes`: the managed one first, the others by name.
pub(super) fn volumes(job: &Job) -> Vec<Node> {
    let managed = managed_volume(job).map(|(name, _)| {
        let authorization =
            Map::new().with("AccessPointId", reference(ACCESS_POINT)).with_text("IAM", "ENABLED");
        efs_volume(name, managed_file_system(), "/", authorization)
    });
    let others = job.storage.volumes.iter().filter_map(|(name, volume)| match &volume.kind {
        VolumeKind::ManagedEfs { .. } => None,
        VolumeKind::Scratch => Some(Map::new().with("Name", unquoted::value(name)).build()),
        VolumeKind::Efs { id, root_dir, iam, access_point_id } => {
            // Without `auth.iam` an access point still renders as DISABLED.
            let iam = if *iam == Some(true) { "ENABLED" } else { "DISABLED" };
            let authorization = Map::new()
                .with_some("AccessPointId", access_point_id.as_deref().map(unquoted::value))
                .with_text("IAM", iam);
            Some(efs_volume(name, file_system(id), root_dir.as_deref().unwrap_or("/"), authorization))
        }
    });
    managed.into_iter().chain(others).collect()
}

fn efs_volume(name: &str, file_system: Node, root: &str, authorization: Map) -> Node {
    let configuration = Map::new()
        // CloudFormation takes this spelling, and deployed templates have it.
        .with("FilesystemId", file_system)
        .with_text("RootDirectory", root)
        .with_text("TransitEncryption", "ENABLED")
        .with("AuthorizationConfig", authorization.build())
        .build();
    Map::new().with("Name", unquoted::value(name)).with("EFSVolumeConfiguration", configuration).build()
}

/// The id of a file system of the user's.
fn file_system(id: &Imported) -> Node {
    match id {
        Imported::Plain(id) => unquoted::value(id),
        Imported::FromCfn(export) => import_named(export),
    }
}

fn managed_file_system() -> Node {
    get_att(ACTION, "ManagedFileSystemID")
}

/// The main container's `MountPoints`: every volume, by name.
pub(super) fn main_mount_points(job: &Job) -> Vec<Node> {
    job.storage
        .volumes
        .iter()
        .map(|(name, volume)| mount_point(name, &volume.path, volume.read_only.unwrap_or(true)))
        .collect()
}

/// A sidecar's `MountPoints`, as written.
pub(super) fn sidecar_mount_points(mount_points: &[MountPoint]) -> Vec<Node> {
    mount_points.iter().map(|m| mount_point(&m.source_volume, &m.path, m.read_only)).collect()
}

fn mount_point(volume: &str, path: &str, read_only: bool) -> Node {
    Map::new()
        .with_text("ContainerPath", path)
        .with("ReadOnly", Node::plain(read_only))
        .with("SourceVolume", unquoted::value(volume))
        .build()
}

/// The access point through which the job uses the managed file system.
pub(super) fn access_point(job: &Job) -> Option<Resource> {
    let (_, owner) = managed_volume(job)?;
    let (uid, gid) = owner.unwrap_or_else(|| {
        let id = crc32fast::hash(job.name.as_bytes());
        (id, id)
    });
    let user = Map::new().with("Uid", Node::plain(uid)).with("Gid", Node::plain(gid)).build();
    let creation = Map::new()
        .with("OwnerUid", Node::plain(uid))
        .with("OwnerGid", Node::plain(gid))
        .with_text("Permissions", "0755")
        .build();
    let root = Map::new().with("Path", sub(format!("/{}", job.name))).with("CreationInfo", creation).build();
    let properties = Map::new()
        .with("ClientToken", sub("${AppName}-${EnvName}-${WorkloadName}"))
        .with("FileSystemId", managed_file_system())
        .with("PosixUser", user)
        .with("RootDirectory", root);
    let resource = Resource::new(ACCESS_POINT, "AWS::EFS::AccessPoint", properties)
        .described("An EFS access point to handle POSIX permissions");
    Some(resource)
}

/// The task role's policies for file systems: the user's by volume name, then the managed one.
pub(super) fn access_policies(job: &Job) -> Vec<Node> {
    let own = job.storage.volumes.values().filter_map(|volume| match &volume.kind {
        VolumeKind::Efs { id, access_point_id, .. } => {
            Some((id, access_point_id.as_deref(), volume.read_only == Some(false)))
        }
        _ => None,
    });
    let own = own
        .enumerate()
        .map(|(index, (id, access_point, writable))| own_policy(index, id, access_point, writable));
    own.chain(managed_volume(job).map(|_| managed_policy())).collect()
}

fn own_policy(index: usize, id: &Imported, access_point: Option<&str>, writable: bool) -> Node {
    let actions: &[&str] = if writable { &[MOUNT, WRITE] } else { &[MOUNT] };
    let id = file_system(id);
    let name = match literal(&id) {
        Some(id) => Node::string(format!("GrantEFSAccess{id}-{index}")),
        None => join("", [Node::string("GrantEFSAccess"), id.clone(), Node::string(format!("-{index}"))]),
    };
    let mut statement = Statement::allow().actions(actions).on_each([arn("file-system", id)]);
    if let Some(id) = access_point {
        let arn = arn("access-point", unquoted::value(id));
        statement = statement.when("StringEquals", [(ACCESS_POINT_KEY.to_owned(), arn)]);
    }
    policy(name, [statement])
}

/// The ARN of a thing of EFS, whose id may be a function.
fn arn(kind: &str, id: Node) -> Node {
    match literal(&id) {
        Some(id) => sub(format!("{ARN_START}:{kind}/{id}")),
        None => join("/", [sub(format!("{ARN_START}:{kind}")), id]),
    }
}

fn managed_policy() -> Node {
    let file_system = sub_with(
        "arn:${partition}:elasticfilesystem:${region}:${account}:file-system/${fsid}",
        [
            ("partition", reference("AWS::Partition")),
            ("region", reference("AWS::Region")),
            ("account", reference("AWS::AccountId")),
            ("fsid", managed_file_system()),
        ],
    );
    let statement = Statement::allow()
        .actions(&[MOUNT, WRITE])
        .when("StringEquals", [(ACCESS_POINT_KEY.to_owned(), get_att(ACCESS_POINT, "Arn"))])
        .on_each([file_system]);
    policy(Node::string("GrantAccessCopilotManagedEFS"), [statement])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::template::job::testing::{map, minimal_job, volume};
    use crate::yaml::emit;

    fn job_with(name: &str, kind: VolumeKind) -> Job {
        let mut job = minimal_job(name);
        job.storage.volumes = map([("data", volume("/data", kind))]);
        job
    }

    /// The numbers are checksums of deployed jobs' names.
    #[test]
    fn access_points_belong_to_a_user_made_from_the_name() {
        for (name, id) in [("job", 4_225_294_584_u32), ("my-job", 2_813_030_800), ("report-gen", 831_834_010)]
        {
            let job = job_with(name, VolumeKind::ManagedEfs { owner: None });
            let (_, node) = access_point(&job).unwrap().into_entry();
            let user = node.get("Properties").unwrap().get("PosixUser").unwrap();
            assert_eq!(emit(user), format!("Uid: {id}\nGid: {id}\n"));
        }
        let job = job_with("job", VolumeKind::ManagedEfs { owner: Some((1000, 2000)) });
        let (_, node) = access_point(&job).unwrap().into_entry();
        let root = node.get("Properties").unwrap().get("RootDirectory").unwrap();
        insta::assert_snapshot!(emit(root), @r#"
        Path: !Sub /job
        CreationInfo:
          OwnerUid: 1000
          OwnerGid: 2000
          Permissions: "0755"
        "#);
    }

    #[test]
    fn other_volumes_need_no_access_point() {
        let job = job_with("job", VolumeKind::Scratch);
        assert!(access_point(&job).is_none());
        assert!(access_policies(&job).is_empty());
        assert_eq!(volumes(&job), [Node::mapping([("Name", Node::string("data"))])]);
    }
}
