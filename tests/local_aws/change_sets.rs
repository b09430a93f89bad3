//! Descriptions of change sets: the emulator's own, corrected where it does not know what an update of the resources of
//! jobs and environments leads to, and ones told in place of them.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use super::call::Incoming;
use super::http::{Reply, reply};
use super::xml;

/// Properties whose change makes a new resource, of types about which the emulator knows nothing and so says `Conditionally`.
/// All other properties of these types are changed in place.
const REPLACING: &[(&str, &[&str])] = &[
    ("AWS::CloudFormation::Stack", &[]),
    ("AWS::CloudFront::Distribution", &[]),
    ("AWS::CloudFront::OriginAccessControl", &[]),
    ("AWS::EC2::InternetGateway", &[]),
    (
        "AWS::EC2::Route",
        &["DestinationCidrBlock", "DestinationIpv6CidrBlock", "DestinationPrefixListId", "RouteTableId"],
    ),
    ("AWS::EC2::RouteTable", &["VpcId"]),
    ("AWS::EC2::SecurityGroup", &["GroupDescription", "GroupName", "VpcId"]),
    (
        "AWS::EC2::Subnet",
        &["AvailabilityZone", "AvailabilityZoneId", "CidrBlock", "Ipv6Native", "OutpostArn", "VpcId"],
    ),
    ("AWS::EC2::SubnetRouteTableAssociation", &["RouteTableId", "SubnetId"]),
    ("AWS::EC2::VPC", &["CidrBlock", "Ipv4IpamPoolId", "Ipv4NetmaskLength"]),
    ("AWS::EC2::VPCEndpoint", &["ServiceName", "VpcEndpointType", "VpcId"]),
    ("AWS::EC2::VPCGatewayAttachment", &["VpcId"]),
    ("AWS::ECS::Cluster", &["ClusterName"]),
    (
        "AWS::ECS::TaskDefinition",
        &[
            "ContainerDefinitions",
            "Cpu",
            "EphemeralStorage",
            "ExecutionRoleArn",
            "Family",
            "Memory",
            "NetworkMode",
            "RequiresCompatibilities",
            "RuntimePlatform",
            "TaskRoleArn",
            "Volumes",
        ],
    ),
    ("AWS::ElasticLoadBalancingV2::Listener", &["LoadBalancerArn"]),
    ("AWS::ElasticLoadBalancingV2::ListenerRule", &["ListenerArn"]),
    ("AWS::Events::Rule", &["EventBusName", "Name"]),
    ("AWS::IAM::Policy", &[]),
    ("AWS::KMS::Key", &[]),
    ("AWS::Logs::LogGroup", &["LogGroupName"]),
    ("AWS::Logs::ResourcePolicy", &["PolicyName"]),
    ("AWS::Route53::HostedZone", &["DelegationSetId", "Name"]),
    ("AWS::Route53::RecordSet", &["HostedZoneId", "HostedZoneName", "Name", "Type"]),
    ("AWS::S3::Bucket", &["BucketName", "BucketNamePrefix"]),
    ("AWS::S3::BucketPolicy", &["Bucket"]),
    ("AWS::SNS::TopicPolicy", &[]),
    ("AWS::ServiceDiscovery::PrivateDnsNamespace", &["Name", "Vpc"]),
];

/// One change of a told change set.
#[derive(Clone, Debug)]
pub(crate) struct Change {
    fields: String,
    details: String,
}

impl Change {
    /// A change without details: `Add`, `Modify` or `Remove`.
    pub(crate) fn new(action: &str, logical_id: &str, resource_type: &str) -> Self {
        let fields = format!(
            "<Action>{action}</Action><LogicalResourceId>{logical_id}</LogicalResourceId>\
             <PhysicalResourceId>{logical_id}-1</PhysicalResourceId><ResourceType>{resource_type}</ResourceType>"
        );
        Self { fields, details: String::new() }
    }

    /// Says whether it is a replacement: `True`, `False` or `Conditional`.
    #[must_use]
    pub(crate) fn replacement(mut self, replacement: &str) -> Self {
        self.fields.push_str(&format!("<Replacement>{replacement}</Replacement>"));
        self
    }

    /// Says what becomes of the old resource: `Retain`, `Delete`, `ReplaceAndRetain`, …
    #[must_use]
    pub(crate) fn policy(mut self, action: &str) -> Self {
        self.fields.push_str(&format!("<PolicyAction>{action}</PolicyAction>"));
        self
    }

    /// Makes it a nested stack's, with a change set of its own.
    #[must_use]
    pub(crate) fn change_set(mut self, id: &str) -> Self {
        self.fields.push_str(&format!("<ChangeSetId>{id}</ChangeSetId>"));
        self
    }

    /// Adds a property that changes, with `RequiresRecreation`.
    #[must_use]
    pub(crate) fn property(mut self, name: &str, recreation: &str) -> Self {
        self.details.push_str(&format!(
            "<member><Target><Attribute>Properties</Attribute><Name>{name}</Name>\
             <RequiresRecreation>{recreation}</RequiresRecreation></Target><Evaluation>Static</Evaluation>\
             <ChangeSource>DirectModification</ChangeSource></member>"
        ));
        self
    }

    fn xml(&self) -> String {
        let Self { fields, details } = self;
        format!(
            "<member><Type>Resource</Type><ResourceChange>{fields}<Scope/><Details>{details}</Details></ResourceChange>\
             </member>"
        )
    }
}

/// What a change set contains, page by page.
type Pages = Vec<Vec<Change>>;

/// Told change sets, by account and by stack or by the id of a nested change set.
#[derive(Debug, Default)]
pub(super) struct ChangeSets(Mutex<HashMap<(String, String), Pages>>);

impl ChangeSets {
    /// From now on this is what the change sets of a stack contain, or the nested change set of that id.
    pub(super) fn tell(&self, account: &str, stack_or_id: &str, pages: Pages) {
        let mut told = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        told.insert((account.to_owned(), stack_or_id.to_owned()), pages);
    }

    /// The answer about a nested change set, which the emulator never heard of.
    pub(super) fn nested(&self, account: &str, request: &Incoming) -> Option<Reply> {
        let id = request.field("ChangeSetName")?;
        let page = self.page(account, id, request)?;
        let body = "<DescribeChangeSetResponse><DescribeChangeSetResult><Status>CREATE_COMPLETE</Status>\
                    <ExecutionStatus>AVAILABLE</ExecutionStatus><Changes></Changes></DescribeChangeSetResult>\
                    </DescribeChangeSetResponse>";
        Some(reply(200, "text/xml", page.put_into(body)))
    }

    /// A description as the caller shall see it.
    pub(super) fn show(&self, account: &str, stack: &str, request: &Incoming, description: &str) -> String {
        let complete = xml::text(description, "Status").is_some_and(|status| status == "CREATE_COMPLETE");
        match self.page(account, stack, request).filter(|_| complete) {
            Some(page) => page.put_into(description),
            None => with_known_replacements(description),
        }
    }

    fn page(&self, account: &str, key: &str, request: &Incoming) -> Option<Page> {
        let told = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let pages = told.get(&(account.to_owned(), key.to_owned()))?;
        let number: usize = request.field("NextToken").and_then(|token| token.parse().ok()).unwrap_or(0);
        let changes = pages.get(number).map(|page| page.iter().map(Change::xml).collect());
        Some(Page {
            changes: changes.unwrap_or_default(),
            next: Some(number + 1).filter(|next| *next < pages.len()),
        })
    }
}

struct Page {
    changes: Vec<String>,
    next: Option<usize>,
}

impl Page {
    fn put_into(&self, description: &str) -> String {
        let told = xml::set_members(description, "Changes", &self.changes);
        let end = "</DescribeChangeSetResult>";
        match self.next {
            Some(next) => told.replace(end, &format!("<NextToken>{next}</NextToken>{end}")),
            None => told,
        }
    }
}

fn with_known_replacements(description: &str) -> String {
    let changes: Vec<String> = xml::members(description, "Changes")
        .into_iter()
        .map(|change| {
            let kind = xml::text(change, "ResourceType").unwrap_or_default();
            match REPLACING.iter().find(|(known, _)| *known == kind) {
                Some((_, replacing)) => with_recreation(change, replacing),
                None => change.to_owned(),
            }
        })
        .collect();
    xml::set_members(description, "Changes", &changes)
}

fn with_recreation(change: &str, replacing: &[&str]) -> String {
    let (mut replaced, mut unsure) = (false, false);
    let details: Vec<String> = xml::members(change, "Details")
        .into_iter()
        .map(|detail| {
            let always = xml::text(detail, "Name").is_some_and(|name| replacing.contains(&name.as_str()));
            let fixed = xml::text(detail, "Evaluation").is_some_and(|evaluation| evaluation == "Static");
            replaced |= always && fixed;
            unsure |= always;
            xml::set(detail, "RequiresRecreation", if always { "Always" } else { "Never" })
        })
        .collect();
    let replacement = match (replaced, unsure) {
        (true, _) => "True",
        (false, true) => "Conditional",
        (false, false) => "False",
    };
    xml::set(&xml::set_members(change, "Details", &details), "Replacement", replacement)
}
