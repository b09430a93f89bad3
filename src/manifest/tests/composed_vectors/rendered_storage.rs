//! Table W: volumes, mounts and file systems in the template.

use super::rendering::{check_all, rendered, value};
use crate::manifest::job::Job;
use crate::manifest::tests::job;
use crate::template::job::testing::inputs;

const MANAGED: &str = "storage: {volumes: {v: {path: /x, efs: true}}}";
const OWNED: &str = "storage: {volumes: {v: {path: /x, efs: {uid: 10000, gid: 100000}}}}";
const OWN: &str = "storage: {volumes: {v: {path: /var/www, efs: {id: fs-1234}}}}";
const WRITABLE: &str = "storage: {volumes: {v: {path: /var/www, read_only: false, efs: {id: fs-1234, auth: {iam: true, access_point_id: ap-1}}}}}";
const SCRATCH: &str = "storage: {volumes: {v: {path: /s, efs: false}, w: {path: /t}}}";
const ALL_KINDS: &str = "storage: {volumes: {a: {path: /a, efs: {id: fs-1, root_dir: /r}}, b: {path: /b}, c: {path: /c, efs: true}}}";

#[test]
fn storage() {
    check_all(&[
        (
            "W02",
            MANAGED,
            "/AccessPoint.Properties.FileSystemId",
            Some("!GetAtt EnvControllerAction.ManagedFileSystemID"),
            "",
        ),
        ("W02", MANAGED, "/AccessPoint.Properties.RootDirectory.Path", Some("!Sub /report"), ""),
        ("W03", OWNED, "/AccessPoint.Properties.PosixUser", Some("{Uid: 10000, Gid: 100000}"), ""),
        (
            "W04",
            OWN,
            "MAIN.MountPoints",
            Some("[{ContainerPath: /var/www, ReadOnly: true, SourceVolume: v}]"),
            "",
        ),
        (
            "W04",
            OWN,
            "Volumes",
            Some(
                "[{Name: v, EFSVolumeConfiguration: {FilesystemId: fs-1234, RootDirectory: /, TransitEncryption: ENABLED, AuthorizationConfig: {IAM: DISABLED}}}]",
            ),
            "",
        ),
        (
            "W05",
            WRITABLE,
            "MAIN.MountPoints",
            Some("[{ContainerPath: /var/www, ReadOnly: false, SourceVolume: v}]"),
            "",
        ),
        (
            "W05",
            WRITABLE,
            "Volumes",
            Some(
                "[{Name: v, EFSVolumeConfiguration: {FilesystemId: fs-1234, RootDirectory: /, TransitEncryption: ENABLED, AuthorizationConfig: {AccessPointId: ap-1, IAM: ENABLED}}}]",
            ),
            "",
        ),
        (
            "W04",
            OWN,
            "/TaskRole.Properties.Policies.PolicyName=GrantEFSAccessfs-1234-0.PolicyDocument.Statement.first",
            Some(
                "{Effect: Allow, Action: [elasticfilesystem:ClientMount], Resource: [!Sub arn:${AWS::Partition}:elasticfilesystem:${AWS::Region}:${AWS::AccountId}:file-system/fs-1234]}",
            ),
            "",
        ),
        (
            "W05",
            WRITABLE,
            "/TaskRole.Properties.Policies.PolicyName=GrantEFSAccessfs-1234-0.PolicyDocument.Statement.first",
            Some(
                "{Effect: Allow, Action: [elasticfilesystem:ClientMount, elasticfilesystem:ClientWrite], Condition: {StringEquals: {elasticfilesystem:AccessPointArn: !Sub arn:${AWS::Partition}:elasticfilesystem:${AWS::Region}:${AWS::AccountId}:access-point/ap-1}}, Resource: [!Sub arn:${AWS::Partition}:elasticfilesystem:${AWS::Region}:${AWS::AccountId}:file-system/fs-1234]}",
            ),
            "",
        ),
        ("W06", SCRATCH, "Volumes", Some("[{Name: v}, {Name: w}]"), ""),
        (
            "W06",
            SCRATCH,
            "MAIN.MountPoints",
            Some(
                "[{ContainerPath: /s, ReadOnly: true, SourceVolume: v}, {ContainerPath: /t, ReadOnly: true, SourceVolume: w}]",
            ),
            "",
        ),
        (
            "W07",
            ALL_KINDS,
            "Volumes",
            Some(
                "[{Name: c, EFSVolumeConfiguration: {FilesystemId: !GetAtt EnvControllerAction.ManagedFileSystemID, RootDirectory: /, TransitEncryption: ENABLED, AuthorizationConfig: {AccessPointId: !Ref AccessPoint, IAM: ENABLED}}}, {Name: a, EFSVolumeConfiguration: {FilesystemId: fs-1, RootDirectory: /r, TransitEncryption: ENABLED, AuthorizationConfig: {IAM: DISABLED}}}, {Name: b}]",
            ),
            "",
        ),
        (
            "W07",
            ALL_KINDS,
            "MAIN.MountPoints",
            Some(
                "[{ContainerPath: /a, ReadOnly: true, SourceVolume: a}, {ContainerPath: /b, ReadOnly: true, SourceVolume: b}, {ContainerPath: /c, ReadOnly: true, SourceVolume: c}]",
            ),
            "",
        ),
        (
            "W08",
            "storage: {volumes: {v: {path: /v}}}\nsidecars: {s: {image: i, mount_points: [{source_volume: v, path: /x}]}}",
            "SIDE.MountPoints",
            Some("[{ContainerPath: /x, ReadOnly: true, SourceVolume: v}]"),
            "",
        ),
        ("W09", "storage: {ephemeral: 20}", "EphemeralStorage", None, ""),
        ("W09", "", "EphemeralStorage", None, ""),
        ("W10", "storage: {ephemeral: 100}", "EphemeralStorage", Some("{SizeInGiB: 100}"), ""),
        (
            "W11",
            "storage: {readonly_fs: false}\nsidecars: {s: {image: i}}",
            "MAIN.ReadonlyRootFilesystem",
            Some("false"),
            "",
        ),
        (
            "W11",
            "storage: {readonly_fs: false}\nsidecars: {s: {image: i}}",
            "SIDE.ReadonlyRootFilesystem",
            None,
            "",
        ),
    ]);
    let granted = rendered(SCRATCH, "TaskRole.Properties.Policies").unwrap();
    assert!(!granted.contains("elasticfilesystem"), "W06 {granted}");
}

#[test]
fn owners_of_managed_directories() {
    for (id, name, owner) in [("W01", "fe", 1_336_298_249_u32), ("W02", "job", 4_225_294_584)] {
        let job = Job { name: name.to_owned(), ..job(MANAGED) };
        let of = |path: &str| value(&job, &inputs(name), &format!("AccessPoint.Properties.{path}"));
        assert_eq!(of("PosixUser"), Some(format!("{{Uid: {owner}, Gid: {owner}}}")), "{id}");
        assert_eq!(of("RootDirectory.Path"), Some(format!("!Sub /{name}")), "{id}");
    }
}
