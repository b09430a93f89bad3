//! What the engine has to know of an environment's resources to tell which changes cost data or identity, or what others
//! use.

use std::collections::BTreeMap;

use crate::stack::port::Change;
use crate::template::cfn::section::{OUTPUTS, RESOURCES, entries};
use crate::template::cfn::values::Values;
use crate::template::env::ids;
use crate::yaml::Node;

/// Types of which a new resource is as good as the old one: they hold no data, and nothing refers to them by id. Rules of
/// security groups, routes and associations are gone for seconds only.
pub(crate) const HARMLESS: [&str; 11] = [
    "AWS::CloudFront::OriginAccessControl",
    "AWS::EC2::Route",
    "AWS::EC2::SecurityGroupEgress",
    "AWS::EC2::SecurityGroupIngress",
    "AWS::EC2::SubnetRouteTableAssociation",
    "AWS::ElasticLoadBalancingV2::ListenerCertificate",
    "AWS::IAM::Policy",
    "AWS::Lambda::Function",
    "AWS::Logs::ResourcePolicy",
    "AWS::S3::BucketPolicy",
    // The old tool's up to version 1.12 of its template: it set an option of the account once.
    "Custom::EnableLongARNFormatFunction",
];

/// Custom resources whose functions answer updates with the id the resource already has. A certificate is another one when
/// its names change; that is its function's decision, and the old one is deleted only when nothing uses it.
pub(crate) const KEEPS_ID: [&str; 6] = [
    "CustomDomainAction",
    ids::BUCKET_CLEANER_ACTION,
    ids::CERTIFICATE,
    ids::CERTIFICATE_REPLICA,
    ids::DELEGATION,
    ids::UNIQUE_ALIASES,
];

/// What the deletion of a resource leads to beyond itself. `addons` says so of the addons' stack.
pub(crate) fn consequence(change: &Change, addons: Option<&str>) -> Option<String> {
    match change.logical_id.as_str() {
        ids::ADDONS_STACK => addons.map(str::to_owned),
        ids::FILE_SYSTEM => Some("all its files go too".to_owned()),
        ids::ACCESS_LOGS_BUCKET | "VpcFlowLogGroup" => Some("all logs in it go too".to_owned()),
        ids::DISTRIBUTION => Some("its domain name is gone for good".to_owned()),
        _ => None,
    }
}

/// Exports that the stack has and the new template has not, one line each.
pub(crate) fn lost_exports(
    stack: &str,
    outputs: &BTreeMap<String, String>,
    deployed: &Node,
    new: &Node,
) -> Vec<String> {
    let values = Values::default().with("AWS::StackName", stack);
    let exports = |template: &Node| -> Vec<String> {
        let of = |output: &Node| {
            let name = output.get("Export")?.get("Name")?;
            Some(values.text(template, name)?.into_owned())
        };
        let all = entries(template, OUTPUTS).filter_map(|(_, key, output)| Some((key, of(output)?)));
        let existing = all.filter(|(key, _)| {
            outputs.contains_key(*key) || new.get(OUTPUTS).and_then(|o| o.get(key)).is_some()
        });
        existing.map(|(_, name)| name).collect()
    };
    let kept = exports(new);
    let lost = exports(deployed).into_iter().filter(|name| !kept.contains(name));
    lost.map(|name| {
        format!("the export {name} disappears; CloudFormation refuses that while another stack imports it")
    })
    .collect()
}

/// What the new template has no more of what people notice, one line each.
pub(crate) fn removals(deployed: &Node, new: &Node) -> Vec<String> {
    const NOTICED: [(&str, &str); 4] = [
        (ids::DISTRIBUTION, "the CloudFront distribution is deleted, as the manifest has no `cdn` any more"),
        (
            ids::ACCESS_LOGS_BUCKET,
            "the bucket with the load balancer's access logs is deleted, as the manifest has no `http.public.access_logs` any more",
        ),
        (
            "FlowLog",
            "the VPC's flow logs are deleted, as the manifest has no `network.vpc.flow_logs` any more",
        ),
        (
            ids::CERTIFICATE,
            "the certificate and the hosted zone of the environment's subdomain are deleted, as the manifest has certificates of its own",
        ),
    ];
    let has = |template: &Node, id: &str| template.get(RESOURCES).and_then(|r| r.get(id)).is_some();
    let gone = NOTICED.iter().filter(|(id, _)| has(deployed, id) && !has(new, id));
    gone.map(|(_, told)| (*told).to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exports_that_disappear() {
        let read = |text: &str| crate::yaml::load(text).unwrap().unwrap();
        let deployed = read(
            "Outputs: {A: {Export: {Name: !Sub '${AWS::StackName}-A'}}, B: {Export: {Name: !Sub '${AWS::StackName}-B'}},
              C: {Export: {Name: s-C}}, D: {Value: 1}, Off: {Condition: X, Export: {Name: s-Off}}}",
        );
        let new = read("Outputs: {A: {Export: {Name: {'Fn::Sub': '${AWS::StackName}-A'}}}, C: {Value: 1}}");
        let outputs = ["A", "B", "C", "D"].map(|key| (key.to_owned(), String::new())).into();
        insta::assert_snapshot!(lost_exports("s", &outputs, &deployed, &new).join("\n"), @"
        the export s-B disappears; CloudFormation refuses that while another stack imports it
        the export s-C disappears; CloudFormation refuses that while another stack imports it
        ");
    }
}
