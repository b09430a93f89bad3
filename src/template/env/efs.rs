//! The managed file system with a mount target in each private subnet.

use super::ids::{CREATE_EFS, ENV_NAME, FILE_SYSTEM, FILE_SYSTEM_GROUP, SECURITY_GROUP};
use super::subnets::{group_description, name_tags, private_subnets, vpc_id};
use crate::manifest::env::Environment;
use crate::template::cfn::iam::{Statement, document_with_id, environment_tags};
use crate::template::cfn::intrinsic::reference;
use crate::template::cfn::mapping::Map;
use crate::template::cfn::resource::Resource;
use crate::yaml::Node;

pub(super) fn resources(env: &Environment) -> Vec<Resource> {
    let group = Map::new()
        .with("GroupDescription", group_description(FILE_SYSTEM_GROUP))
        .with("VpcId", vpc_id(env))
        .with("Tags", name_tags("-efs"));
    let ingress = Map::new()
        .with_text("Description", "Ingress from containers in the Environment Security Group.")
        .with("GroupId", reference(FILE_SYSTEM_GROUP))
        .with("IpProtocol", Node::plain(-1))
        .with("SourceSecurityGroupId", reference(SECURITY_GROUP));
    let mut resources = vec![
        file_system(),
        Resource::new(FILE_SYSTEM_GROUP, "AWS::EC2::SecurityGroup", group)
            .described("A security group to allow your containers to talk to EFS storage"),
        Resource::new("EFSSecurityGroupIngressFromEnvironment", "AWS::EC2::SecurityGroupIngress", ingress),
    ];
    resources.extend(private_subnets(env).into_iter().enumerate().map(mount_target));
    resources.into_iter().map(|resource| resource.on_condition(CREATE_EFS)).collect()
}

fn file_system() -> Resource {
    let tagged = Node::mapping(environment_tags("iam:ResourceTag", ENV_NAME));
    let mounted = Map::new()
        .with("Bool", Node::mapping([("elasticfilesystem:AccessedViaMountTarget", Node::plain(true))]))
        .with("StringEquals", tagged);
    let statements = [
        Statement::allow()
            .sid("AllowIAMFromTaggedRoles")
            .principal("AWS", Node::string("*"))
            .actions(&["elasticfilesystem:ClientWrite", "elasticfilesystem:ClientMount"])
            .when_all(mounted),
        Statement::deny()
            .sid("DenyUnencryptedAccess")
            .anyone()
            .action("elasticfilesystem:*")
            .when("Bool", [("aws:SecureTransport".to_owned(), Node::plain(false))]),
    ];
    let infrequent = Node::mapping([("TransitionToIA", Node::string("AFTER_30_DAYS"))]);
    let properties = Map::new()
        .with("BackupPolicy", Node::mapping([("Status", Node::string("ENABLED"))]))
        .with("Encrypted", Node::plain(true))
        .with("FileSystemPolicy", document_with_id(Node::string("CopilotEFSPolicy"), statements))
        .with("LifecyclePolicies", Node::sequence([infrequent]))
        .with_text("PerformanceMode", "generalPurpose")
        .with_text("ThroughputMode", "bursting");
    Resource::new(FILE_SYSTEM, "AWS::EFS::FileSystem", properties)
        .described("An EFS filesystem for persistent task storage")
}

fn mount_target((index, subnet): (usize, Node)) -> Resource {
    let properties = Map::new()
        .with("FileSystemId", reference(FILE_SYSTEM))
        .with("SubnetId", subnet)
        .with("SecurityGroups", Node::sequence([reference(FILE_SYSTEM_GROUP)]));
    Resource::new(format!("MountTarget{}", index + 1), "AWS::EFS::MountTarget", properties)
}
