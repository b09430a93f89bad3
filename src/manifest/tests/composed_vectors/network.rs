//! Table P: `network`.

use super::row::{Row, check, row};

/// Connecting is for services, so jobs ignore a valid setting.
const NO_CONNECT: &[(&str, &str)] = &[("network.connect", "has no effect on a job")];

const PLACEMENT: &[Row] = &[
    row("P01", "network:\n  vpc:"),
    row("P05", "network: {vpc: {placement: {subnets: [id1, id2]}}}")
        .gives(&[r#"placement in ["id1", "id2"]"#]),
    row("P06", "network: {vpc: {placement: {subnets: {from_tags: {tier: inner}}}}}")
        .gives(&[r#"placement by tags {"tier": ["inner"]}"#]),
    row("P07", "network: {vpc: {placement: {zone: a}}}")
        .refused(&[("network.vpc.placement", "{zone: a}", "at least one of: subnets")])
        .warned(&[("network.vpc.placement.zone", "unknown field")]),
    row("P08", "network: {vpc: {placement: {subnets: {zone: a}}}}")
        .refused(&[("network.vpc.placement.subnets", "{zone: a}", "at least one of: from_tags")])
        .warned(&[("network.vpc.placement.subnets.zone", "unknown field")]),
    row("P09", "network: {vpc: {placement: ''}}").refused(&[(
        "network.vpc.placement",
        "''",
        "is not a placement",
    )]),
    row("P10", "network: {vpc: {placement: external}}").refused(&[(
        "network.vpc.placement",
        "external",
        "`external` is not a placement",
    )]),
    row("P11", "network: {vpc: {placement: private}}").gives(&["placement private"]),
    row("P12", "network: {vpc: {placement: PRIVATE}}").refused(&[(
        "network.vpc.placement",
        "PRIVATE",
        "`PRIVATE` is not a placement",
    )]),
    row("P13", "network: {vpc: {placement: [public]}}").refused(&[(
        "network.vpc.placement",
        "[public]",
        "expected public, private or a map with `subnets`",
    )]),
    row("P14", "network: {vpc: {placement: {}}}").refused(&[(
        "network.vpc.placement",
        "{}",
        "at least one of: subnets",
    )]),
    row("P15", "network: {vpc: {placement: {subnets: subnet-1}}}").refused(&[(
        "network.vpc.placement.subnets",
        "subnet-1",
        "expected a list of subnet ids",
    )]),
    row("P16", "network: {vpc: {placement: {subnets: []}}}").refused(&[(
        "network.vpc.placement.subnets",
        "[]",
        "the list of subnets is empty",
    )]),
    row("P17", "network: {vpc: {placement: {subnets: {from_tags: {a: [b, c]}}}}}")
        .gives(&[r#"placement by tags {"a": ["b", "c"]}"#]),
    row("P30", "network: private").refused(&[("network", "private", "expected a map")]),
];

const SECURITY_GROUPS: &[Row] = &[
    row("P02", "network: {vpc: {placement: public, security_groups: [sg-12, sg-45, {from_cfn: db}]}}")
        .gives(&["security group sg-12", "security group sg-45", "security group import db"]),
    row("P03", "network: {vpc: {security_groups: {groups: [sg-12, {from_cfn: db}], deny_default: true}}}")
        .gives(&["security group sg-12", "security group import db"])
        .warned(&[("network.vpc.security_groups.deny_default", "has no effect on a job")]),
    row("P04", "network: {vpc: {security_groups: {groups: [sg-12]}}}").gives(&["security group sg-12"]),
    row("P18", "network: {vpc: {security_groups: sg-1}}").refused(&[(
        "network.vpc.security_groups",
        "sg-1",
        "expected a list of security groups",
    )]),
    row("P19", "network: {vpc: {security_groups: []}}"),
    row("P20", "network: {vpc: {security_groups: {}}}").refused(&[(
        "network.vpc.security_groups",
        "{}",
        "at least one of: groups, deny_default",
    )]),
    row("P21", "network: {vpc: {security_groups: {deny_default: true}}}")
        .warned(&[("network.vpc.security_groups.deny_default", "has no effect on a job")]),
    row("P22", "network: {vpc: {security_groups: [{from_cfn: ''}]}}")
        .refused(&[("network.vpc.security_groups[0]", "{from_cfn: ''}", "the security group is empty")])
        .differs("accepted there, with a template that imports an export without a name"),
    row("P23", "network: {vpc: {security_groups: [{foo: x}]}}")
        .refused(&[("network.vpc.security_groups[0]", "{foo: x}", "at least one of: from_cfn")])
        .warned(&[("network.vpc.security_groups[0].foo", "unknown field")]),
    row("P24", "network: {vpc: {security_groups: {groups: [{foo: x}]}}}")
        .refused(&[("network.vpc.security_groups.groups[0]", "{foo: x}", "at least one of: from_cfn")])
        .warned(&[("network.vpc.security_groups.groups[0].foo", "unknown field")]),
    row("P25", "network: {vpc: {security_groups: {groups: []}}}").refused(&[(
        "network.vpc.security_groups",
        "{groups: []}",
        "names no security group",
    )]),
    row("P26", "network: {vpc: {security_groups: ${SG}}}")
        .with(&[("SG", r#"["sg-1","sg-2"]"#)])
        .refused(&[("", "network: {vpc: {security_groups: ${SG}}}", "invalid YAML")]),
];

const CONNECT: &[Row] = &[
    row("P27", "network: {connect: true}").warned(NO_CONNECT),
    row("P28", "network: {connect: {alias: api}}").warned(NO_CONNECT),
    row("P29", "network: {connect: {name: api}}")
        .refused(&[("network.connect", "{name: api}", "at least one of: alias")])
        .warned(&[("network.connect.name", "unknown field")]),
];

#[test]
fn network() {
    check("P", 30, &[PLACEMENT, SECURITY_GROUPS, CONNECT]);
}
