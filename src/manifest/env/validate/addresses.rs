//! Address ranges of the VPC, of subnets and of rules.

use crate::manifest::env::cidr::Ipv4Range;
use crate::manifest::findings::{Diagnostics, Located};
use crate::manifest::unquoted::{self, Meaning};

/// The IPv4 range that a text is. Warns about a text that AWS will not take for one; a CloudFormation function may
/// make one.
pub(super) fn ipv4(text: &Located<String>, diagnostics: &mut Diagnostics) -> Option<Ipv4Range> {
    let value = match unquoted::meaning(&text.value) {
        Meaning::Function(_) => return None,
        Meaning::Quoted(value) => value,
        Meaning::Text | Meaning::NoFunction(_) => text.value.clone(),
    };
    let range = value.parse().ok();
    if range.is_none() {
        let message = format!("`{value}` is not an IPv4 range; Amazon EC2 will refuse it");
        diagnostics.warn(
            &text.place,
            message,
            Some("write an address and a prefix, such as 10.0.0.0/16".to_owned()),
        );
    }
    range
}

/// Warns about subnets that do not lie in the VPC or that overlap; Amazon EC2 refuses them.
pub(super) fn check_layout<'a>(
    vpc: &Located<String>,
    subnets: impl Iterator<Item = &'a Located<String>>,
    diagnostics: &mut Diagnostics,
) {
    let whole = ipv4(vpc, diagnostics);
    if let Some(range) = whole.filter(|range| !(16..=28).contains(&range.prefix())) {
        let message = format!("a VPC has a range from /16 to /28; Amazon EC2 will refuse {range}");
        diagnostics.warn(&vpc.place, message, None);
    }
    let mut before: Vec<(Ipv4Range, &str)> = Vec::new();
    for subnet in subnets {
        let Some(range) = ipv4(subnet, diagnostics) else { continue };
        if let Some(vpc) = whole.filter(|vpc| !vpc.contains(range)) {
            let message =
                format!("the subnet's range does not lie in the VPC's, {vpc}; Amazon EC2 will refuse it");
            diagnostics.warn(&subnet.place, message, None);
        }
        // Texts that are the same are refused elsewhere.
        let other = before.iter().find(|(other, text)| other.overlaps(range) && *text != subnet.value);
        if let Some((_, text)) = other {
            let message = format!("the subnet's range overlaps with `{text}`; Amazon EC2 will refuse it");
            diagnostics.warn(&subnet.place, message, None);
        }
        // Each subnet is compared with those before it; no VPC has that many.
        if before.len() < 200 {
            before.push((range, subnet.value.as_str()));
        }
    }
}
