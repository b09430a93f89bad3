//! The bucket for the public load balancer's access logs. It is there from the first deployment on, load balancer or not.

use super::ids::{
    ACCESS_LOGS_BUCKET, ACCESS_LOGS_BUCKET_POLICY, BUCKET_CLEANER, BUCKET_CLEANER_ACTION, CREATE_ALB,
};
use super::inputs::Inputs;
use crate::manifest::env::Environment;
use crate::manifest::unquoted;
use crate::template::cfn::iam::{
    Role, Statement, assumed_by_lambda, description, document, policy, service_role_policy,
};
use crate::template::cfn::intrinsic::{find_in_map, get_att, join, reference, sub, sub_with};
use crate::template::cfn::lambda::Function;
use crate::template::cfn::mapping::Map;
use crate::template::cfn::resource::Resource;
use crate::template::cfn::s3::{encrypted, no_public_access, versioned};
use crate::yaml::Node;

use super::elb_accounts::{ACCOUNT_KEY, MAPPING};

const CLEANER_ROLE: &str = "ELBAccessLogsBucketCleanerRole";

/// Whether the environment's stack has the bucket.
pub(super) fn creates_bucket(env: &Environment) -> bool {
    env.http.public.access_logs.as_ref().is_some_and(|logs| logs.bucket_name.is_none())
}

pub(super) fn resources(env: &Environment, inputs: &Inputs) -> Vec<Resource> {
    if !creates_bucket(env) {
        return Vec::new();
    }
    let cleaner = Function {
        id: BUCKET_CLEANER,
        code: &inputs.functions.bucket_cleaner,
        handler: "index.handler",
        timeout: 900,
        role: CLEANER_ROLE,
    };
    let action = Map::new()
        .with("ServiceToken", get_att(BUCKET_CLEANER, "Arn"))
        .with("BucketName", reference(ACCESS_LOGS_BUCKET));
    let action = Resource::new(BUCKET_CLEANER_ACTION, "Custom::BucketCleanerFunction", action)
        .described("A custom resource that empties the ELB access logs bucket");
    vec![bucket_policy(env), bucket(), action, cleaner.build(), cleaner_role(inputs)]
}

fn bucket_policy(env: &Environment) -> Resource {
    let prefix = env.http.public.access_logs.as_ref().and_then(|logs| logs.prefix.as_deref());
    let mut parts = vec![
        Node::string("arn:"),
        reference("AWS::Partition"),
        Node::string(":s3:::"),
        reference(ACCESS_LOGS_BUCKET),
    ];
    if let Some(prefix) = prefix {
        parts.extend([Node::string("/"), unquoted::value(prefix)]);
    }
    parts.extend([Node::string("/AWSLogs/"), reference("AWS::AccountId"), Node::string("/*")]);
    let balancers = join(
        "",
        [
            sub("arn:${AWS::Partition}:iam::"),
            find_in_map(MAPPING, reference("AWS::Region"), ACCOUNT_KEY),
            Node::string(":root"),
        ],
    );
    let statement =
        Statement::allow().principal("AWS", balancers).actions(&["s3:PutObject"]).on_each([join("", parts)]);
    let properties = Map::new()
        .with("Bucket", reference(ACCESS_LOGS_BUCKET))
        .with("PolicyDocument", document([statement]));
    Resource::new(ACCESS_LOGS_BUCKET_POLICY, "AWS::S3::BucketPolicy", properties)
        .on_condition(CREATE_ALB)
        .depends_on(ACCESS_LOGS_BUCKET)
}

fn bucket() -> Resource {
    let by_s3 = Node::mapping([("SSEAlgorithm", Node::string("AES256"))]);
    let properties = Map::new()
        .with("VersioningConfiguration", versioned())
        .with("BucketEncryption", encrypted(Node::mapping([("ServerSideEncryptionByDefault", by_s3)])))
        .with("PublicAccessBlockConfiguration", no_public_access());
    Resource::new(ACCESS_LOGS_BUCKET, "AWS::S3::Bucket", properties)
        .described("A S3 bucket for the Load Balancer's access logs")
}

fn cleaner_role(inputs: &Inputs) -> Resource {
    let basics = &inputs.basics;
    let objects = sub_with("${ BucketARN }/*", [("BucketARN", get_att(ACCESS_LOGS_BUCKET, "Arn"))]);
    let clean = Statement::allow()
        .actions(&["s3:ListBucket", "s3:ListBucketVersions", "s3:DeleteObject", "s3:DeleteObjectVersion"])
        .on_each([get_att(ACCESS_LOGS_BUCKET, "Arn"), objects]);
    Role {
        id: CLEANER_ROLE,
        description: Some(description(
            "An IAM role",
            basics.boundary(),
            "to clean the ELB access logs bucket",
        )),
        name: None,
        assume: vec![assumed_by_lambda()],
        boundary: basics.permissions_boundary.clone(),
        path: Some("/"),
        managed_policies: vec![service_role_policy("AWSLambdaBasicExecutionRole")],
        policies: vec![policy(Node::string("CleanELBAccessLogs"), [clean])],
    }
    .build()
}
