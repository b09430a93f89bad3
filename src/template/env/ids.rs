//! Names in an environment's templates: logical ids of resources, parameters, conditions and outputs. Deployed stacks have
//! them, and users' overrides and addons refer to them.

/// The role CloudFormation takes on for the stacks of the environment.
pub const EXECUTION_ROLE: &str = "CloudformationExecutionRole";
/// The role that this program takes on for everything in the environment.
pub const MANAGER_ROLE: &str = "EnvironmentManagerRole";
/// The role of the functions for certificates and DNS.
pub const CUSTOM_RESOURCE_ROLE: &str = "CustomResourceRole";

/// The environment's own VPC.
pub const VPC: &str = "VPC";
/// Its way to the internet.
pub const INTERNET_GATEWAY: &str = "InternetGateway";
/// What makes it one of the VPC.
pub const INTERNET_GATEWAY_ATTACHMENT: &str = "InternetGatewayAttachment";
/// Routes of the public subnets.
pub const PUBLIC_ROUTE_TABLE: &str = "PublicRouteTable";
/// The cluster.
pub const CLUSTER: &str = "Cluster";
/// The namespace of service discovery.
pub const NAMESPACE: &str = "ServiceDiscoveryNamespace";
/// The security group of all tasks.
pub const SECURITY_GROUP: &str = "EnvironmentSecurityGroup";
/// The managed file system.
pub const FILE_SYSTEM: &str = "FileSystem";
/// The security group of the file system.
pub const FILE_SYSTEM_GROUP: &str = "EFSSecurityGroup";
/// The nested stack of the environment's addons.
pub const ADDONS_STACK: &str = "AddonsStack";

/// The load balancer of public services.
pub const PUBLIC_BALANCER: &str = "PublicLoadBalancer";
/// Its security group for HTTP.
pub const PUBLIC_HTTP_GROUP: &str = "PublicHTTPLoadBalancerSecurityGroup";
/// Its security group for HTTPS.
pub const PUBLIC_HTTPS_GROUP: &str = "PublicHTTPSLoadBalancerSecurityGroup";
/// Its target group that has no targets.
pub const PUBLIC_TARGETS: &str = "DefaultHTTPTargetGroup";
/// Its listener for HTTP.
pub const HTTP_LISTENER: &str = "HTTPListener";
/// Its listener for HTTPS.
pub const HTTPS_LISTENER: &str = "HTTPSListener";
/// The load balancer of services within the VPC.
pub const INTERNAL_BALANCER: &str = "InternalLoadBalancer";
/// Its security group.
pub const INTERNAL_GROUP: &str = "InternalLoadBalancerSecurityGroup";
/// Its target group that has no targets.
pub const INTERNAL_TARGETS: &str = "DefaultInternalHTTPTargetGroup";
/// Its listener for HTTP.
pub const INTERNAL_HTTP_LISTENER: &str = "InternalHTTPListener";
/// Its listener for HTTPS.
pub const INTERNAL_HTTPS_LISTENER: &str = "InternalHTTPSListener";
/// The private hosted zone of services behind it.
pub const INTERNAL_ZONE: &str = "InternalWorkloadsHostedZone";

/// The bucket for access logs of the public load balancer.
pub const ACCESS_LOGS_BUCKET: &str = "ELBAccessLogsBucket";
/// Its policy.
pub const ACCESS_LOGS_BUCKET_POLICY: &str = "ELBAccessLogsBucketPolicy";
/// The custom resource that empties it.
pub const BUCKET_CLEANER_ACTION: &str = "ELBAccessLogsBucketCleanerAction";
/// The CloudFront distribution.
pub const DISTRIBUTION: &str = "CloudFrontDistribution";
/// The endpoint of App Runner in the VPC.
pub const APP_RUNNER_ENDPOINT: &str = "AppRunnerVpcEndpoint";

/// The environment's public hosted zone.
pub const HOSTED_ZONE: &str = "EnvironmentHostedZone";
/// The custom resource that delegates the subdomain to it.
pub const DELEGATION: &str = "DelegateDNSAction";
/// The custom resource that is the certificate of the subdomain.
pub const CERTIFICATE: &str = "HTTPSCert";
/// The custom resource that is its copy for CloudFront.
pub const CERTIFICATE_REPLICA: &str = "CertificateReplicator";
/// The custom resource with the aliases of all services.
pub const UNIQUE_ALIASES: &str = "UniqueAliasesAction";

/// The function behind [`CERTIFICATE`].
pub const CERTIFICATE_VALIDATION: &str = "CertificateValidationFunction";
/// The function behind the aliases' records.
pub const CUSTOM_DOMAIN: &str = "CustomDomainFunction";
/// The function behind [`DELEGATION`].
pub const DNS_DELEGATION: &str = "DNSDelegationFunction";
/// The function behind [`CERTIFICATE_REPLICA`].
pub const CERTIFICATE_REPLICATOR: &str = "CertificateReplicatorFunction";
/// The function behind [`BUCKET_CLEANER_ACTION`].
pub const BUCKET_CLEANER: &str = "BucketCleanerFunction";
/// The function behind [`UNIQUE_ALIASES`].
pub const UNIQUE_JSON_VALUES: &str = "UniqueJSONValuesFunction";

/// Parameter with the application's name.
pub const APP_NAME: &str = "AppName";
/// Parameter with the environment's name.
pub const ENV_NAME: &str = "EnvironmentName";
/// Parameter with the root of the application's account, whose people may use the manager role.
pub const TOOLS_ACCOUNT: &str = "ToolsAccountPrincipalARN";
/// Parameter with the application's domain.
pub const DOMAIN: &str = "AppDNSName";
/// Parameter with the role that changes the application's hosted zone.
pub const DNS_ROLE: &str = "AppDNSDelegationRole";
/// Parameter with the name of the service discovery namespace.
pub const DISCOVERY_ENDPOINT: &str = "ServiceDiscoveryEndpoint";
/// Parameter with `true` when the public load balancer has an HTTPS listener.
pub const CREATE_HTTPS: &str = "CreateHTTPSListener";
/// Parameter with `true` when the internal load balancer has an HTTPS listener.
pub const CREATE_INTERNAL_HTTPS: &str = "CreateInternalHTTPSListener";
/// Parameter with the services behind the public load balancer.
pub const ALB_WORKLOADS: &str = "ALBWorkloads";
/// Parameter with the services behind the internal load balancer.
pub const INTERNAL_ALB_WORKLOADS: &str = "InternalALBWorkloads";
/// Parameter with the workloads that use the managed file system.
pub const EFS_WORKLOADS: &str = "EFSWorkloads";
/// Parameter with the workloads in private subnets.
pub const NAT_WORKLOADS: &str = "NATWorkloads";
/// Parameter with the private services on App Runner.
pub const APP_RUNNER_WORKLOADS: &str = "AppRunnerPrivateWorkloads";
/// Parameter with the aliases of services.
pub const ALIASES: &str = "Aliases";

/// Condition that there is a public load balancer.
pub const CREATE_ALB: &str = "CreateALB";
/// Condition that there is an internal load balancer.
pub const CREATE_INTERNAL_ALB: &str = "CreateInternalALB";
/// Condition that the application has a domain.
pub const DELEGATE_DNS: &str = "DelegateDNS";
/// Condition that the public load balancer has an HTTPS listener.
pub const EXPORT_HTTPS: &str = "ExportHTTPSListener";
/// Condition that the internal load balancer has an HTTPS listener.
pub const EXPORT_INTERNAL_HTTPS: &str = "ExportInternalHTTPSListener";
/// Condition that there is a managed file system.
pub const CREATE_EFS: &str = "CreateEFS";
/// Condition that private subnets reach the internet.
pub const CREATE_NAT: &str = "CreateNATGateways";
/// Condition that App Runner has an endpoint in the VPC.
pub const CREATE_APP_RUNNER_ENDPOINT: &str = "CreateAppRunnerVPCEndpoint";
/// Condition that services have aliases with records of the environment's.
pub const MANAGED_ALIASES: &str = "ManagedAliases";

/// Output with the managed file system, when there is one.
pub const FILE_SYSTEM_OUTPUT: &str = "ManagedFileSystemID";
/// Output with the cluster's name.
pub const CLUSTER_OUTPUT: &str = "ClusterId";
/// Output with the route tables of the private subnets, when there are NAT gateways.
pub const PRIVATE_ROUTES_OUTPUT: &str = "PrivateRouteTableIDs";
/// Output with the manager role's ARN.
pub const MANAGER_ROLE_OUTPUT: &str = "EnvironmentManagerRoleARN";
/// Output with the ARN of CloudFormation's role.
pub const EXECUTION_ROLE_OUTPUT: &str = "CFNExecutionRoleARN";
/// Output with what the last forced deployment was marked with.
pub const FORCE_DEPLOY_OUTPUT: &str = "LastForceDeployID";

/// The n-th public subnet, from 1.
pub fn public_subnet(number: usize) -> String {
    format!("PublicSubnet{number}")
}

/// The n-th private subnet, from 1.
pub fn private_subnet(number: usize) -> String {
    format!("PrivateSubnet{number}")
}

/// The routes of the n-th private subnet, from 1.
pub fn private_route_table(number: usize) -> String {
    format!("PrivateRouteTable{number}")
}
