//! What the networks of environments run into: quotas, and zones that take no subnets.

use super::Cause;

pub(super) const CAUSES: &[Cause] = &[
    // https://github.com/aws/copilot-cli/issues/3197
    Cause {
        types: "AWS::EC2::VPC",
        signs: &[&["maximum number of vpcs"], &["vpclimitexceeded"]],
        advice: "The account has as many VPCs in this region as it may have. Delete one that nothing uses, ask for more under \
                 Service Quotas (VPCs per Region), name an existing VPC with `network.vpc.id` in the environment's manifest, or \
                 make the environment in another region.",
    },
    // https://github.com/aws/copilot-cli/issues/2512
    Cause {
        types: "AWS::EC2::EIP",
        signs: &[&["addresslimitexceeded"], &["maximum number of addresses"]],
        advice: "The account has as many Elastic IP addresses in this region as it may have, and each NAT gateway needs one. \
                 Release those that nothing uses, or ask for more under Service Quotas (EC2-VPC Elastic IPs); or place the \
                 workload in public subnets.",
    },
    // https://github.com/aws/copilot-cli/issues/5743
    Cause {
        types: "AWS::Logs::ResourcePolicy",
        signs: &[&["limitexceeded"], &["limit exceeded"]],
        advice: "An account can have ten of these policies in a region, one for each environment, and no more. Remove \
                 `/Resources/LogResourcePolicy` with a patch in copilot/environments/overrides, and make one policy for \
                 `/copilot/*` that serves all environments.",
    },
];

/// Availability zones differ from account to account; AWS names those in which subnets can be made.
pub(super) fn zones(resource_type: &str, reason: &str) -> Option<String> {
    const LIST: &str = "subnets can currently only be created in the following availability zones:";
    if resource_type != "AWS::EC2::Subnet" {
        return None;
    }
    let (_, list) = reason.split_once(LIST)?;
    let zone = |text: &str| !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
    let list = list.split_once('.').map_or(list, |(list, _)| list);
    let zones: Vec<&str> = list.split(',').map(str::trim).filter(|text| zone(text)).collect();
    let [first, second, ..] = zones.as_slice() else { return None };
    Some(format!(
        "Subnets can be made in {}. Name two of them in the environment's manifest and deploy again: `network.vpc` with `cidr` and, \
         below `subnets`, `public` and `private` subnets with `cidr` and `az`. `copilot env init --override-az-names {first},{second}` \
         writes such a manifest for a new environment.",
        zones.join(", ")
    ))
}
