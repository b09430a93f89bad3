//! Amazon S3: a private bucket that keeps old versions of its objects for a while.

use super::text::{Entry, Text};
use super::{Level, arn, export_name, imported, name_output, parameters};
use crate::template::cfn::iam::{self, Statement};
use crate::template::cfn::intrinsic::{get_att, reference, sub_with};
use crate::template::cfn::mapping::Map;
use crate::template::cfn::names::{logical_id_safe, variable_name};
use crate::template::cfn::output::Output;
use crate::template::cfn::resource::Resource;
use crate::template::cfn::section::{OUTPUTS, PARAMETERS, RESOURCES};
use crate::yaml::Node;

const OBJECT_ACTIONS: [&str; 6] = [
    "s3:GetObject",
    "s3:PutObject",
    "s3:PutObjectACL",
    "s3:PutObjectTagging",
    "s3:DeleteObject",
    "s3:RestoreObject",
];

/// The template of a bucket.
pub fn template(name: &str, level: Level) -> String {
    let id = logical_id_safe(name);
    let bucket = format!("{id}Bucket");
    let about = match level {
        Level::Workload => format!("An Amazon S3 bucket to store and retrieve objects for {name}"),
        Level::Environment => format!("An Amazon S3 bucket, {name}, for storing and retrieving objects"),
    };
    let mut resources: Vec<Entry> = vec![
        Resource::new(&bucket, "AWS::S3::Bucket", properties()).described(about).into(),
        policy(&id, &bucket).into(),
    ];
    let named =
        Output::new(name_output(&id), reference(&bucket)).described("The name of a user-defined bucket.");
    let outputs: Vec<Entry> = match level {
        Level::Workload => {
            let access = format!("{id}AccessPolicy");
            let about = format!("An IAM ManagedPolicy for your service to access the {name} bucket");
            let properties = access_properties(reference(&bucket), arn(&bucket, "/*"), arn(&bucket, ""));
            resources.push(Resource::new(&access, iam::MANAGED_POLICY, properties).described(about).into());
            let variable = variable_name(&name_output(&id));
            vec![
                Entry::from(named)
                    .commented(format!("The containers get it as the environment variable {variable}.")),
                Output::new(&access, reference(&access))
                    .described("The IAM::ManagedPolicy to attach to the task role")
                    .into(),
            ]
        }
        Level::Environment => vec![
            named.exported(export_name(&name_export(&id))).into(),
            Output::new(format!("{id}BucketARN"), get_att(&bucket, "Arn"))
                .described(format!("The ARN of the {name} bucket."))
                .exported(export_name(&arn_export(&id)))
                .into(),
        ],
    };
    Text::new(&format!("The bucket {name}."))
        .section(PARAMETERS, parameters(level).into_iter().map(Entry::from))
        .section(RESOURCES, resources)
        .section(OUTPUTS, outputs)
        .build()
}

/// The template that lets a job use an environment's bucket.
pub fn access_policy(name: &str) -> String {
    let id = logical_id_safe(name);
    let access = format!("{id}BucketAccessPolicy");
    let bucket = imported(&name_export(&id));
    let objects = sub_with("${ BucketARN }/*", [("BucketARN", imported(&arn_export(&id)))]);
    let properties = access_properties(bucket.clone(), objects, imported(&arn_export(&id)));
    let policy = Resource::new(&access, iam::MANAGED_POLICY, properties)
        .described("An IAM managed policy for your service to access the bucket of your environment");
    let output = access_output(&id);
    let variable = variable_name(&output);
    let outputs = [
        Entry::from(Output::new(output, bucket).described("The name of a user-defined bucket."))
            .commented(format!("The containers get it as the environment variable {variable}.")),
        Output::new(&access, reference(&access))
            .described("The IAM::ManagedPolicy to attach to the task role")
            .into(),
    ];
    Text::new(&format!("Access to the environment's bucket {name}, which must be deployed before."))
        .section(PARAMETERS, parameters(Level::Workload).into_iter().map(Entry::from))
        .section(RESOURCES, [policy.into()])
        .section(OUTPUTS, outputs)
        .build()
}

/// Output of the access policy's template with the bucket's name.
pub(super) fn access_output(id: &str) -> String {
    format!("{id}NameBucketName")
}

/// Export with the bucket's name, behind application and environment.
pub(super) fn name_export(id: &str) -> String {
    format!("{id}BucketName")
}

fn arn_export(id: &str) -> String {
    format!("{id}BucketARN")
}

fn properties() -> Map {
    let rules = |rule: Map| Map::new().with("Rules", Node::sequence([rule.build()])).build();
    let encryption = Map::new()
        .with("ServerSideEncryptionByDefault", Map::new().with_text("SSEAlgorithm", "AES256").build());
    let blocked = ["BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets"];
    let expiration = Map::new()
        .with_text("Id", "ExpireNonCurrentObjects")
        .with_text("Status", "Enabled")
        .with("NoncurrentVersionExpirationInDays", Node::plain(30))
        .with(
            "AbortIncompleteMultipartUpload",
            Map::new().with("DaysAfterInitiation", Node::plain(1)).build(),
        );
    Map::new()
        .with("VersioningConfiguration", Map::new().with_text("Status", "Enabled").build())
        .with_text("AccessControl", "Private")
        .with(
            "BucketEncryption",
            Map::new()
                .with("ServerSideEncryptionConfiguration", Node::sequence([encryption.build()]))
                .build(),
        )
        .with("PublicAccessBlockConfiguration", Node::mapping(blocked.map(|key| (key, Node::plain(true)))))
        .with("OwnershipControls", rules(Map::new().with_text("ObjectOwnership", "BucketOwnerEnforced")))
        .with("LifecycleConfiguration", rules(expiration))
}

fn policy(id: &str, bucket: &str) -> Resource {
    let https = Statement::deny()
        .sid("ForceHTTPS")
        .anyone()
        .action("s3:*")
        .when("Bool", [("aws:SecureTransport".to_owned(), Node::plain(false))])
        .on_each([arn(bucket, "/*"), arn(bucket, "")]);
    let properties =
        Map::new().with("Bucket", reference(bucket)).with("PolicyDocument", iam::document([https]));
    Resource::new(format!("{id}BucketPolicy"), "AWS::S3::BucketPolicy", properties)
        .described("A bucket policy to deny unencrypted access to the bucket and its contents")
        .retained()
}

fn access_properties(bucket: Node, objects: Node, whole: Node) -> Map {
    let statements = [
        Statement::allow().sid("S3ObjectActions").actions(&OBJECT_ACTIONS).on(objects),
        Statement::allow().sid("S3ListAction").action("s3:ListBucket").on(whole),
    ];
    Map::new()
        .with("Description", sub_with("Grants CRUD access to the S3 bucket ${Bucket}", [("Bucket", bucket)]))
        .with("PolicyDocument", iam::document(statements))
}
