//! Logical ids, parameters and outputs of an application's templates that other parts of the program look for.

/// Condition that the application has a domain.
pub const DELEGATE_DNS: &str = "DelegateDNS";
/// The role that administers the stack set.
pub const ADMIN_ROLE: &str = "AdministrationRole";
/// The role that makes the stack set's instances.
pub const EXECUTION_ROLE: &str = "ExecutionRole";
/// The role with which environments change the application's hosted zone.
pub const DNS_ROLE: &str = "DNSDelegationRole";
/// The application's hosted zone.
pub const HOSTED_ZONE: &str = "AppHostedZone";

/// Parameter with the application's domain.
pub const DOMAIN: &str = "AppDomainName";
/// Parameter with the id of the domain's hosted zone.
pub const DOMAIN_ZONE: &str = "AppDomainHostedZoneID";
/// Parameter with the accounts whose environments may change the application's hosted zone.
pub const DELEGATED_ACCOUNTS: &str = "AppDNSDelegatedAccounts";

/// The key that encrypts the artifact bucket.
pub const KEY: &str = "KMSKey";
/// The artifact bucket.
pub const BUCKET: &str = "PipelineBuiltArtifactBucket";

/// Output with the ARN of that key.
pub const KEY_OUTPUT: &str = "KMSKeyARN";
/// Output with the name of that bucket.
pub const BUCKET_OUTPUT: &str = "PipelineBucket";

/// Key of the version in the metadata of both templates, and the output that repeats it.
pub const TEMPLATE_VERSION: &str = "TemplateVersion";

/// What the logical ids of repositories begin with.
const REPOSITORY: &str = "ECRRepo";
/// What stands for a dash, which logical ids cannot have.
const DASH: &str = "DASH";

/// The repository of a workload's images, and the output with its ARN.
pub fn repository(workload: &str) -> String {
    format!("{REPOSITORY}{}", workload.replace('-', DASH))
}

/// The workload that a repository's logical id names.
pub fn workload_of_repository(id: &str) -> Option<String> {
    Some(id.strip_prefix(REPOSITORY)?.replace(DASH, "-"))
}
