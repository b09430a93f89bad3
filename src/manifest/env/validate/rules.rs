//! Rules of the environment's security group.

use super::addresses;
use crate::manifest::env::SecurityGroupRule;
use crate::manifest::env::layer::{PortsPart, RulePart};
use crate::manifest::findings::{Diagnostics, Located, Place};

/// The rules of one direction; those with a mistake are left out.
pub(super) fn rules(parts: &[RulePart], diagnostics: &mut Diagnostics) -> Vec<SecurityGroupRule> {
    parts.iter().filter_map(|part| rule(part, diagnostics)).collect()
}

fn rule(part: &RulePart, diagnostics: &mut Diagnostics) -> Option<SecurityGroupRule> {
    let help = "add `ip_protocol:` with a name such as tcp, or \"-1\" for all";
    let ip_protocol = required(part.ip_protocol.as_ref(), part, ("ip_protocol", help), diagnostics);
    let help = "add `cidr:` with the range at the other end, such as 10.0.0.0/16";
    let cidr = required(part.cidr.as_ref(), part, ("cidr", help), diagnostics);
    let ports = match &part.ports {
        Some(Located { value: PortsPart::Number(port), place }) => Some((*port, *port, place)),
        Some(Located { value: PortsPart::Range(text), place }) => {
            range(text, place, diagnostics).map(|(from, to)| (from, to, place))
        }
        None => {
            let help = "add `ports:` with a number or a range such as 8000-8080";
            diagnostics.error_help(&part.place, "the rule has no `ports`", help);
            None
        }
    };
    let (ip_protocol, cidr, (from_port, to_port, place)) = (ip_protocol?, cidr?, ports?);
    if is_one_of(&ip_protocol.value, &["tcp", "6", "udp", "17"])
        && !(0..=65_535).contains(&from_port.min(to_port))
        || to_port > 65_535
    {
        diagnostics.warn(place, "ports go from 0 to 65535; Amazon EC2 will refuse the rule", None);
    }
    addresses::ipv4(cidr, diagnostics);
    let (ip_protocol, cidr) = (ip_protocol.value.clone(), cidr.value.clone());
    Some(SecurityGroupRule { ip_protocol, from_port, to_port, cidr })
}

/// A field that every rule needs, with its name and what to do if there is none.
fn required<'a>(
    text: Option<&'a Located<String>>,
    rule: &RulePart,
    (name, help): (&str, &str),
    diagnostics: &mut Diagnostics,
) -> Option<&'a Located<String>> {
    let filled = text.filter(|text| !text.value.is_empty());
    if filled.is_none() {
        let place = text.map_or(&rule.place, |text| &text.place);
        diagnostics.error_help(place, format!("the rule has no `{name}`"), help);
    }
    filled
}

/// First and last port of `FROM-TO`.
fn range(text: &str, place: &Place, diagnostics: &mut Diagnostics) -> Option<(i64, i64)> {
    let number = |text: &str| {
        let digits = !text.is_empty() && text.bytes().all(|digit| digit.is_ascii_digit());
        digits.then(|| text.parse::<i64>().ok()).flatten()
    };
    let ends = text.split_once('-').and_then(|(from, to)| Some((number(from)?, number(to)?)));
    match ends {
        Some((from, to)) if from <= to => ends,
        Some((from, to)) => {
            let message = format!("the range begins with {from}, which is more than {to}");
            diagnostics.error_help(place, message, format!("write {to}-{from}"));
            None
        }
        None => {
            let help = match number(text) {
                Some(port) => format!(
                    "write {port}-{port}, or the number without quotes; variables such as ${{NAME}} always give texts"
                ),
                None => "write a number, or the first and the last port: 8000-8080".to_owned(),
            };
            diagnostics.error_help(place, format!("`{text}` is not a range of ports"), help);
            None
        }
    }
}

/// Warns when no rule for outgoing traffic lets HTTPS through: the first such rule takes away the default one, which
/// lets everything through.
pub(super) fn check_egress(rules: &[SecurityGroupRule], parts: &[RulePart], diagnostics: &mut Diagnostics) {
    let lets_https_out = |rule: &SecurityGroupRule| {
        let all = is_one_of(&rule.ip_protocol, &["-1", "all"]);
        let tcp = is_one_of(&rule.ip_protocol, &["tcp", "6"]);
        all || tcp && (rule.from_port..=rule.to_port).contains(&443)
    };
    // With a mistake in one of them it is not known what they let through.
    if rules.len() < parts.len() || rules.iter().any(lets_https_out) {
        return;
    }
    let Some(first) = parts.first() else { return };
    let message = "these rules replace Amazon EC2's own, which lets everything out: tasks reach neither AWS nor the \
                   registries of their images";
    let help = "add `- {ip_protocol: tcp, ports: 443, cidr: 0.0.0.0/0}`";
    diagnostics.warn(&first.place, message, Some(help.to_owned()));
}

fn is_one_of(protocol: &str, names: &[&str]) -> bool {
    names.iter().any(|name| protocol.eq_ignore_ascii_case(name))
}
