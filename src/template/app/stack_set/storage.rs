//! The artifact bucket of a region and the key that encrypts it.

use super::super::ids::{BUCKET, KEY};
use super::{Config, principals};
use crate::template::cfn::iam::{Statement, account_root, document, document_with_id};
use crate::template::cfn::intrinsic::{get_att, reference, sub};
use crate::template::cfn::mapping::Map;
use crate::template::cfn::resource::Resource;
use crate::template::cfn::s3::{encrypted, no_public_access, versioned};
use crate::yaml::Node;

pub(super) fn key(config: &Config) -> Resource {
    let statements = [
        Statement::allow()
            .principal("AWS", account_root("${AWS::AccountId}"))
            .actions(&[
                "kms:Create*",
                "kms:Describe*",
                "kms:Enable*",
                "kms:List*",
                "kms:Put*",
                "kms:Update*",
                "kms:Revoke*",
                "kms:Disable*",
                "kms:Get*",
                "kms:Delete*",
                "kms:ScheduleKeyDeletion",
                "kms:CancelKeyDeletion",
                "kms:Tag*",
                "kms:UntagResource",
            ])
            .on_everything(),
        Statement::allow()
            .principal("AWS", principals(config))
            .actions(&[
                "kms:Encrypt",
                "kms:Decrypt",
                "kms:ReEncrypt*",
                "kms:GenerateDataKey*",
                "kms:DescribeKey",
            ])
            .on_everything(),
    ];
    let properties = Map::new()
        .with("EnableKeyRotation", Node::plain(true))
        .with("KeyPolicy", document_with_id(reference("AWS::StackName"), statements));
    Resource::new(KEY, "AWS::KMS::Key", properties)
        .described("KMS key to encrypt pipeline artifacts between stages")
}

pub(super) fn bucket_policy(config: &Config) -> Resource {
    let objects = || sub(format!("arn:${{AWS::Partition}}:s3:::${{{BUCKET}}}/*"));
    let encryption = "s3:x-amz-server-side-encryption";
    let other_encryption = Map::new()
        .with("StringNotEqualsIfExists", Node::mapping([(encryption, Node::string("aws:kms"))]))
        .with("Null", Node::mapping([(encryption, Node::plain(false))]));
    let statements = [
        Statement::allow()
            .principal("AWS", principals(config))
            .actions(&["s3:*"])
            .on_each([sub(format!("arn:${{AWS::Partition}}:s3:::${{{BUCKET}}}")), objects()]),
        Statement::deny().anyone().action("s3:PutObject").when_all(other_encryption).on(objects()),
        Statement::deny()
            .sid("ForceHTTPS")
            .anyone()
            .action("s3:*")
            .when("Bool", [("aws:SecureTransport".to_owned(), Node::plain(false))])
            .on_each([sub(format!("${{{BUCKET}.Arn}}")), sub(format!("${{{BUCKET}.Arn}}/*"))]),
    ];
    let properties =
        Map::new().with("Bucket", reference(BUCKET)).with("PolicyDocument", document(statements));
    Resource::new("PipelineBuiltArtifactBucketPolicy", "AWS::S3::BucketPolicy", properties)
        .described("S3 Bucket to store local artifacts")
        .depends_on(BUCKET)
}

pub(super) fn bucket() -> Resource {
    let by_key =
        Map::new().with_text("SSEAlgorithm", "aws:kms").with("KMSMasterKeyID", get_att(KEY, "Arn")).build();
    let encryption = Map::new()
        .with("ServerSideEncryptionByDefault", by_key)
        .with("BucketKeyEnabled", Node::plain(true))
        .build();
    let expiration = Map::new()
        .with_text("Id", "ExpireLocalAssets")
        .with_text("Status", "Enabled")
        .with_text("Prefix", "local-assets")
        .with("ExpirationInDays", Node::plain(30))
        .with("NoncurrentVersionExpirationInDays", Node::plain(1))
        .with("AbortIncompleteMultipartUpload", Node::mapping([("DaysAfterInitiation", Node::plain(1))]))
        .build();
    let owner = Node::mapping([("ObjectOwnership", Node::string("BucketOwnerEnforced"))]);
    let rules = |rule: Node| Node::mapping([("Rules", Node::sequence([rule]))]);
    let properties = Map::new()
        .with("VersioningConfiguration", versioned())
        .with("BucketEncryption", encrypted(encryption))
        .with("PublicAccessBlockConfiguration", no_public_access())
        .with("OwnershipControls", rules(owner))
        .with("LifecycleConfiguration", rules(expiration));
    Resource::new(BUCKET, "AWS::S3::Bucket", properties)
}
