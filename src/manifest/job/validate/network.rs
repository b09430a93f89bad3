//! Placement and security groups.

use crate::manifest::findings::{Diagnostics, Located};
use crate::manifest::job::layer::{NetworkPart, PlacementPart, SecurityGroupsPart};
use crate::manifest::job::{Imported, MOST_SECURITY_GROUPS, MOST_SUBNETS, Network, Placement};
use crate::manifest::suggest;

/// `network`, public by default.
pub(super) fn network(part: NetworkPart, diagnostics: &mut Diagnostics) -> Network {
    let placement = part.placement.map_or(Placement::Public, |placement| resolved(placement, diagnostics));
    Network { placement, security_groups: security_groups(part.security_groups, diagnostics) }
}

fn resolved(part: Located<PlacementPart>, diagnostics: &mut Diagnostics) -> Placement {
    match part.value {
        PlacementPart::Subnets(ids) => {
            if ids.len() > MOST_SUBNETS {
                let message =
                    format!("{} subnets are too many: Amazon ECS takes up to {MOST_SUBNETS}", ids.len());
                diagnostics.error(&part.place, message);
            }
            Placement::Subnets(ids)
        }
        PlacementPart::FromTags(tags) => Placement::SubnetsFromTags(tags),
        PlacementPart::Text(text) => match text.as_str() {
            "public" => Placement::Public,
            "private" => Placement::Private,
            other => {
                let help = match suggest::nearest(other, &["public", "private"]) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => "write public, private, or a map with `subnets`".to_owned(),
                };
                diagnostics.error_help(&part.place, format!("`{other}` is not a placement"), help);
                Placement::Public
            }
        },
    }
}

fn security_groups(
    part: Option<Located<SecurityGroupsPart>>,
    diagnostics: &mut Diagnostics,
) -> Vec<Imported> {
    let groups = match part.map(|part| part.value) {
        None => Vec::new(),
        Some(SecurityGroupsPart::List(groups)) => groups,
        Some(SecurityGroupsPart::Settings { groups, deny_default }) => {
            if let Some(Located { value: true, place }) = deny_default {
                diagnostics.warn(
                    &place,
                    "has no effect on a job: the environment's security group stays attached",
                    None,
                );
            }
            groups.unwrap_or_default()
        }
    };
    // Overrides can take the environment's group away, so that only the final template shows whether it is one too many.
    if let Some(surplus) = groups.get(MOST_SECURITY_GROUPS) {
        let message =
            format!("{} security groups are too many: a task has up to {MOST_SECURITY_GROUPS}", groups.len());
        diagnostics.error_help(&surplus.place, message, "put the rules of several groups into one");
    }
    groups
        .into_iter()
        .map(|Located { value, place }| {
            let (Imported::Plain(text) | Imported::FromCfn(text)) = &value;
            if text.is_empty() {
                diagnostics.error(&place, "the security group is empty");
            }
            value
        })
        .collect()
}
