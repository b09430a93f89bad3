//! The stack with an application's roles: two for the stack set and, with a domain, the hosted zone with the role that
//! environments delegate their subdomains with.

use super::ids::{
    ADMIN_ROLE, DELEGATE_DNS, DELEGATED_ACCOUNTS, DNS_ROLE, DOMAIN, DOMAIN_ZONE as ZONE, EXECUTION_ROLE,
    HOSTED_ZONE, TEMPLATE_VERSION,
};
use super::names;
use crate::template::cfn::iam::{Role, Statement, account_root, description, policy};
use crate::template::cfn::intrinsic::{get_att, parameter_is_set, reference, sub};
use crate::template::cfn::mapping::Map;
use crate::template::cfn::output::Output;
use crate::template::cfn::resource::Resource;
use crate::template::cfn::template::Template;
use crate::yaml::Node;

const DESCRIPTION: &str = "Configure the AWSCloudFormationStackSetAdministrationRole to enable use of AWS CloudFormation StackSets.";

const ADMIN_ROLE_NAME: &str = "AdminRoleName";
const EXECUTION_ROLE_NAME: &str = "ExecutionRoleName";
const DNS_ROLE_NAME: &str = "DNSDelegationRoleName";

/// What the roles depend on.
#[derive(Clone, Debug)]
pub struct Inputs {
    /// Application name.
    pub app: String,
    /// The application's account.
    pub account_id: String,
    /// Accounts whose environments may change the application's hosted zone; the application's own belongs to them anyway.
    pub delegated_accounts: Vec<String>,
    /// The application's domain, when it has one.
    pub domain: Option<Domain>,
    /// Name of the policy that bounds every role, when there is one.
    pub permissions_boundary: Option<String>,
    /// Version stamped into `Metadata.TemplateVersion`.
    pub template_version: String,
}

/// A domain that the account has registered in Route 53.
#[derive(Clone, Debug)]
pub struct Domain {
    /// Its name.
    pub name: String,
    /// Id of its hosted zone.
    pub hosted_zone_id: String,
}

impl Inputs {
    /// Every account once, the application's behind the others unless it is among them.
    fn accounts(&self) -> Vec<&str> {
        let mut accounts: Vec<&str> = Vec::new();
        for account in self.delegated_accounts.iter().chain([&self.account_id]) {
            if !account.is_empty() && !accounts.contains(&account.as_str()) {
                accounts.push(account);
            }
        }
        accounts
    }
}

/// Renders the stack's template.
pub fn render(inputs: &Inputs) -> Template {
    let resources = [
        admin_role(inputs),
        execution_role(inputs),
        dns_role(inputs),
        hosted_zone(inputs),
        delegation(inputs),
    ];
    let body = Map::new()
        .with("AWSTemplateFormatVersion", Node::plain("2010-09-09"))
        .with_text("Description", DESCRIPTION)
        .with("Metadata", Node::mapping([(TEMPLATE_VERSION, Node::quoted(&inputs.template_version))]))
        .with("Parameters", parameters_section())
        .with("Conditions", Node::mapping([(DELEGATE_DNS, parameter_is_set(DOMAIN))]))
        .with("Resources", Node::mapping(resources.map(Resource::into_entry)))
        .with("Outputs", outputs(inputs))
        .build();
    Template { body, header: "" }
}

/// The value of every parameter, in the order of a request.
pub fn parameters(inputs: &Inputs) -> Vec<(String, String)> {
    let (domain, zone) = match &inputs.domain {
        Some(domain) => (domain.name.clone(), domain.hosted_zone_id.clone()),
        None => (String::new(), String::new()),
    };
    let values = [
        (ADMIN_ROLE_NAME, names::admin_role(&inputs.app)),
        (EXECUTION_ROLE_NAME, names::execution_role(&inputs.app)),
        (DELEGATED_ACCOUNTS, inputs.accounts().join(",")),
        (DOMAIN, domain),
        (ZONE, zone),
        ("AppName", inputs.app.clone()),
        (DNS_ROLE_NAME, names::dns_delegation_role(&inputs.app)),
    ];
    values.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

fn parameters_section() -> Node {
    let required = || Node::mapping([("Type", Node::string("String"))]);
    let optional = |kind: &str| Map::new().with_text("Type", kind).with("Default", Node::quoted("")).build();
    Map::new()
        .with(ADMIN_ROLE_NAME, required())
        .with(EXECUTION_ROLE_NAME, required())
        .with(DNS_ROLE_NAME, optional("String"))
        .with(DELEGATED_ACCOUNTS, optional("CommaDelimitedList"))
        .with(DOMAIN, optional("String"))
        .with(ZONE, optional("String"))
        .with("AppName", required())
        .build()
}

fn assume_role(statement: Statement) -> Statement {
    statement.actions(&["sts:AssumeRole"])
}

fn admin_role(inputs: &Inputs) -> Resource {
    let boundary = inputs.permissions_boundary.clone();
    let cloudformation = Node::string("cloudformation.amazonaws.com");
    let may = assume_role(Statement::allow())
        .on_each([sub("arn:${AWS::Partition}:iam::*:role/${ExecutionRoleName}")]);
    Role {
        id: ADMIN_ROLE,
        description: Some(description(
            "A StackSet admin role",
            boundary.as_deref(),
            "assumed by CloudFormation to manage regional stacks",
        )),
        name: Some(reference(ADMIN_ROLE_NAME)),
        assume: vec![assume_role(Statement::allow().principal("Service", cloudformation))],
        boundary,
        path: Some("/"),
        managed_policies: Vec::new(),
        policies: vec![policy(Node::string("AssumeRole-AWSCloudFormationStackSetExecutionRole"), [may])],
    }
    .build()
}

fn execution_role(inputs: &Inputs) -> Resource {
    let boundary = inputs.permissions_boundary.clone();
    let admin = get_att(ADMIN_ROLE, "Arn");
    Role {
        id: EXECUTION_ROLE,
        description: Some(description(
            "An IAM role",
            boundary.as_deref(),
            "assumed by the admin role to create ECR repositories, KMS keys, and S3 buckets",
        )),
        name: Some(reference(EXECUTION_ROLE_NAME)),
        assume: vec![assume_role(Statement::allow().principal("AWS", admin))],
        boundary,
        path: Some("/"),
        managed_policies: Vec::new(),
        policies: vec![policy(Node::string("ExecutionRolePolicy"), execution_statements())],
    }
    .build()
}

fn execution_statements() -> [Statement; 3] {
    [
        Statement::allow()
            .sid("StackSetRequiredPermissions")
            .actions(&["cloudformation:*", "s3:*", "sns:*"])
            .on_everything(),
        Statement::allow()
            .sid("KeyAdminPermissions")
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
                "kms:TagResource",
                "kms:UntagResource",
                "kms:ScheduleKeyDeletion",
                "kms:CancelKeyDeletion",
            ])
            .on_everything(),
        Statement::allow()
            .sid("ManageECRRepos")
            .actions(&[
                "ecr:DescribeImageScanFindings",
                "ecr:GetLifecyclePolicyPreview",
                "ecr:CreateRepository",
                "ecr:GetDownloadUrlForLayer",
                "ecr:GetAuthorizationToken",
                "ecr:ListTagsForResource",
                "ecr:ListImages",
                "ecr:DeleteLifecyclePolicy",
                "ecr:DeleteRepository",
                "ecr:SetRepositoryPolicy",
                "ecr:BatchGetImage",
                "ecr:DescribeImages",
                "ecr:DescribeRepositories",
                "ecr:BatchCheckLayerAvailability",
                "ecr:GetRepositoryPolicy",
                "ecr:GetLifecyclePolicy",
                "ecr:TagResource",
            ])
            .on_everything(),
    ]
}

fn dns_role(inputs: &Inputs) -> Resource {
    let boundary = inputs.permissions_boundary.clone();
    let accounts = inputs.accounts();
    let roots = Node::sequence(accounts.iter().map(|account| account_root(account)));
    let zone = |id: &str| sub(format!("arn:${{AWS::Partition}}:route53:::hostedzone/${{{id}}}"));
    let statements = [
        Statement::allow()
            .sid("HostedZoneReadRecords")
            .actions(&["route53:Get*", "route53:List*"])
            .on_everything(),
        Statement::allow()
            .sid("HostedZoneUpdate")
            .actions(&["route53:ChangeResourceRecordSets"])
            .on_each([zone(HOSTED_ZONE), zone(ZONE)]),
    ];
    Role {
        id: DNS_ROLE,
        description: Some(description(
            "A DNS delegation role",
            boundary.as_deref(),
            &format!("to allow accounts: {} to manage your domain", accounts.join(", ")),
        )),
        name: Some(reference(DNS_ROLE_NAME)),
        assume: vec![
            assume_role(Statement::allow().principal("AWS", account_root("${AWS::AccountId}"))),
            assume_role(Statement::allow().principal("AWS", roots)),
        ],
        boundary,
        path: Some("/"),
        managed_policies: Vec::new(),
        policies: vec![policy(Node::string("DNSDelegationPolicy"), statements)],
    }
    .build()
    .on_condition(DELEGATE_DNS)
}

/// The application's subdomain as descriptions show it.
fn subdomain(inputs: &Inputs) -> String {
    let domain = inputs.domain.as_ref().map(|domain| domain.name.as_str()).unwrap_or_default();
    format!("{}.{domain}", inputs.app)
}

fn hosted_zone(inputs: &Inputs) -> Resource {
    let comment = sub("Hosted zone for copilot application ${AppName}: ${AppName}.${AppDomainName}");
    let properties = Map::new()
        .with("HostedZoneConfig", Node::mapping([("Comment", comment)]))
        .with("Name", sub("${AppName}.${AppDomainName}"));
    Resource::new(HOSTED_ZONE, "AWS::Route53::HostedZone", properties)
        .described(format!("A hosted zone for {}", subdomain(inputs)))
        .on_condition(DELEGATE_DNS)
}

fn delegation(inputs: &Inputs) -> Resource {
    let comment = "Record for copilot domain delegation for application ${AppDomainName}";
    let properties = Map::new()
        .with("HostedZoneId", sub("${AppDomainHostedZoneID}"))
        .with("Comment", sub(comment))
        .with("Name", sub("${AppName}.${AppDomainName}."))
        .with_text("Type", "NS")
        .with_text("TTL", "900")
        .with("ResourceRecords", get_att(HOSTED_ZONE, "NameServers"));
    Resource::new("AppDomainDelegationRecordSet", "AWS::Route53::RecordSet", properties)
        .described(format!(
            "Add NS records to delegate responsibility to the {} subdomain",
            subdomain(inputs)
        ))
        .on_condition(DELEGATE_DNS)
}

fn outputs(inputs: &Inputs) -> Node {
    let outputs = [
        Output::new("ExecutionRoleARN", get_att(EXECUTION_ROLE, "Arn"))
            .described("ExecutionRole used by this application to set up ECR Repos, KMS Keys and S3 buckets"),
        Output::new("AdministrationRoleARN", get_att(ADMIN_ROLE, "Arn"))
            .described("AdministrationRole used by this application to manage this application's StackSet"),
        Output::new(TEMPLATE_VERSION, Node::string(&inputs.template_version))
            .described("Required output to force the stack to update if mutating version."),
    ];
    Node::mapping(outputs.map(Output::into_entry))
}
