//! The flags about the network: which go together, and what is still to be asked.

use std::collections::BTreeSet;

use crate::error::{Error, Result};
use crate::manifest::env::cidr::Ipv4Range;

/// What the command line says about the network. A list that is given may be empty.
#[derive(Clone, Debug, Default)]
pub struct NetworkFlags {
    /// `--default-config`
    pub default_config: bool,
    /// `--import-vpc-id`
    pub vpc: Option<String>,
    /// `--import-public-subnets`
    pub public_subnets: Option<Vec<String>>,
    /// `--import-private-subnets`
    pub private_subnets: Option<Vec<String>>,
    /// `--override-vpc-cidr`
    pub cidr: Option<String>,
    /// `--override-az-names`
    pub zones: Option<Vec<String>>,
    /// `--override-public-cidrs`
    pub public_cidrs: Option<Vec<String>>,
    /// `--override-private-cidrs`
    pub private_cidrs: Option<Vec<String>>,
    /// `--internal-alb-subnets`
    pub internal_alb_subnets: Vec<String>,
    /// `--internal-alb-allow-vpc-ingress`
    pub internal_alb_allow_vpc_ingress: bool,
}

pub(super) const DEFAULT: &str = "--default-config";
pub(super) const VPC: &str = "--import-vpc-id";
pub(super) const PUBLIC: &str = "--import-public-subnets";
pub(super) const PRIVATE: &str = "--import-private-subnets";
pub(super) const CIDR: &str = "--override-vpc-cidr";
pub(super) const ZONES: &str = "--override-az-names";
pub(super) const PUBLIC_CIDRS: &str = "--override-public-cidrs";
pub(super) const PRIVATE_CIDRS: &str = "--override-private-cidrs";
const INTERNAL: &str = "--internal-alb-subnets";

/// What kind of network it shall be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Plan {
    /// A new VPC with the default ranges.
    Default,
    /// A new VPC with ranges and zones of the user's choice.
    Adjust,
    /// A VPC that is there.
    Import,
    /// The user has not said.
    Ask,
}

impl NetworkFlags {
    fn imports(&self) -> Option<&'static str> {
        let given = [
            (VPC, self.vpc.is_some()),
            (PUBLIC, self.public_subnets.is_some()),
            (PRIVATE, self.private_subnets.is_some()),
        ];
        given.into_iter().find(|(_, given)| *given).map(|(flag, _)| flag)
    }

    fn adjusts(&self) -> Option<&'static str> {
        let given = [
            (CIDR, self.cidr.is_some()),
            (ZONES, self.zones.is_some()),
            (PUBLIC_CIDRS, self.public_cidrs.is_some()),
            (PRIVATE_CIDRS, self.private_cidrs.is_some()),
        ];
        given.into_iter().find(|(_, given)| *given).map(|(flag, _)| flag)
    }

    /// Whether another network than the default one is wanted.
    pub(super) fn want_something(&self) -> bool {
        self.imports().is_some() || self.adjusts().is_some() || !self.internal_alb_subnets.is_empty()
    }
}

/// The kind of network that the flags lead to.
pub(super) fn plan(flags: &NetworkFlags) -> Result<Plan> {
    let exclusive = |one: &str, other: &str| {
        Err(Error::usage(format!("{one} and {other} exclude each other")).hint(
            "Use a VPC of your own (--import-…), have one created with other address ranges (--override-…), or take the default \
             (--default-config).",
        ))
    };
    let (imports, adjusts) = (flags.imports(), flags.adjusts());
    let internal = (!flags.internal_alb_subnets.is_empty()).then_some(INTERNAL);
    match (imports.or(internal), adjusts, flags.default_config) {
        (Some(imports), Some(adjusts), _) => return exclusive(imports, adjusts),
        (Some(flag), None, true) | (None, Some(flag), true) => return exclusive(flag, DEFAULT),
        _ => {}
    }
    check_imported(flags)?;
    check_adjusted(flags)?;
    Ok(match (imports.or(internal), adjusts, flags.default_config) {
        (Some(_), ..) => Plan::Import,
        (None, Some(_), _) => Plan::Adjust,
        (None, None, true) => Plan::Default,
        (None, None, false) => Plan::Ask,
    })
}

/// Fails where something would have to be asked, naming all of it.
pub(super) fn complete(
    name: Option<&str>,
    region: Option<&str>,
    flags: &NetworkFlags,
    plan: Plan,
) -> Result<()> {
    let mut missing = Vec::new();
    let mut need = |there: bool, flag| missing.extend((!there).then_some(flag));
    need(name.is_some(), "--name");
    match plan {
        Plan::Default => {}
        Plan::Ask => need(false, DEFAULT),
        Plan::Import => {
            need(flags.vpc.is_some(), VPC);
            // One kind of subnets is enough, and then no other is meant.
            need(flags.public_subnets.is_some() || flags.private_subnets.is_some(), PRIVATE);
        }
        Plan::Adjust => {
            need(flags.cidr.is_some(), CIDR);
            need(flags.zones.is_some(), ZONES);
            need(flags.public_cidrs.is_some(), PUBLIC_CIDRS);
            need(flags.private_cidrs.is_some(), PRIVATE_CIDRS);
        }
    }
    let Some((last, others)) = missing.split_last() else { return Ok(()) };
    let list = match others {
        [] => format!("{last} is"),
        others => format!("{} and {last} are", others.join(", ")),
    };
    let name = name.unwrap_or("test");
    let region = region.map(|region| format!(" --region {region}")).unwrap_or_default();
    let command = format!("copilot env init --name {name}{region}");
    let rest = match plan {
        Plan::Default | Plan::Ask => format!(" {DEFAULT}"),
        Plan::Import => format!(" {VPC} vpc-… {PUBLIC} subnet-…,subnet-… {PRIVATE} subnet-…,subnet-…"),
        Plan::Adjust => format!(
            " {CIDR} 10.1.0.0/16 {ZONES} us-west-2a,us-west-2b {PUBLIC_CIDRS} 10.1.0.0/24,10.1.1.0/24 {PRIVATE_CIDRS} \
             10.1.2.0/24,10.1.3.0/24"
        ),
    };
    let error = Error::usage(format!("{list} missing and there is no terminal to ask on"))
        .hint(format!("The whole command is: `{command}{rest}`."));
    Err(match plan {
        Plan::Ask => error.hint(format!(
            "{DEFAULT} creates a VPC with two public and two private subnets. For another network see `copilot env init --help`."
        )),
        _ => error,
    })
}

fn check_imported(flags: &NetworkFlags) -> Result<()> {
    if flags.vpc.as_deref() == Some("") {
        return Err(Error::usage(format!("{VPC} is empty")));
    }
    let mut seen: BTreeSet<&str> = BTreeSet::new();
    let lists = [(PUBLIC, &flags.public_subnets), (PRIVATE, &flags.private_subnets)];
    for (flag, ids) in lists.into_iter().filter_map(|(flag, list)| Some((flag, list.as_ref()?))) {
        if let [only] = ids.as_slice() {
            return Err(too_few(flag, only));
        }
        if let Some(id) = ids.iter().find(|id| !seen.insert(id.as_str())) {
            return Err(Error::usage(format!("{flag}: subnet {id} is named twice")));
        }
    }
    let given = flags.public_subnets.is_some() || flags.private_subnets.is_some();
    if given && seen.is_empty() {
        return Err(Error::usage("no subnets are given")
            .hint(format!("Name at least two with {PUBLIC} or {PRIVATE}.")));
    }
    let mut internal: BTreeSet<&str> = BTreeSet::new();
    for id in &flags.internal_alb_subnets {
        if !internal.insert(id) {
            return Err(Error::usage(format!("{INTERNAL}: subnet {id} is named twice")));
        }
        if given && !seen.contains(id.as_str()) {
            return Err(Error::usage(format!("{INTERNAL}: subnet {id} is none of the imported ones"))
                .hint(format!("Name it with {PRIVATE} or {PUBLIC} as well.")));
        }
    }
    Ok(())
}

fn too_few(flag: &str, only: &str) -> Error {
    Error::usage(format!("{flag} names one subnet, {only}, and at least two are needed"))
        .hint("Name subnets of two availability zones, or none of this kind.")
}

fn check_adjusted(flags: &NetworkFlags) -> Result<()> {
    if let Some(zones) = &flags.zones {
        check_zones(zones).map_err(|wrong| Error::usage(format!("{ZONES} {wrong}")))?;
    }
    let vpc = match &flags.cidr {
        None => None,
        Some(text) => {
            Some(check_vpc_range(text).map_err(|wrong| Error::usage(format!("{CIDR} {text}: {wrong}")))?)
        }
    };
    let mut before = Vec::new();
    let lists = [(PUBLIC_CIDRS, &flags.public_cidrs), (PRIVATE_CIDRS, &flags.private_cidrs)];
    let given: Vec<_> = lists.into_iter().filter_map(|(flag, list)| Some((flag, list.as_ref()?))).collect();
    for (flag, ranges) in &given {
        check_subnet_ranges(ranges, vpc, &mut before)
            .map_err(|wrong| Error::usage(format!("{flag}: {wrong}")))?;
    }
    let zones = flags.zones.as_ref().map(|zones| (ZONES, zones));
    let mut counts = zones.into_iter().chain(given.iter().map(|(flag, list)| (*flag, *list)));
    let Some((first, list)) = counts.next() else { return Ok(()) };
    if let Some((other, others)) = counts.find(|(_, others)| others.len() != list.len()) {
        return Err(Error::usage(format!(
            "{first} has {} values, and {other} has {}",
            list.len(),
            others.len()
        ))
        .hint("Every availability zone has one public and one private subnet."));
    }
    if list.len() < 2 {
        return Err(Error::usage(format!("{first} has too few values: at least two are needed")));
    }
    Ok(())
}

/// What is wrong with a list of zones.
pub(super) fn check_zones(zones: &[String]) -> Result<(), String> {
    if zones.len() < 2 {
        return Err("names too few zones: at least two are needed".to_owned());
    }
    let mut seen = BTreeSet::new();
    match zones.iter().find(|zone| !seen.insert(zone.as_str())) {
        Some(zone) => Err(format!("names {zone} twice")),
        None => Ok(()),
    }
}

/// The range of a VPC.
pub(super) fn check_vpc_range(text: &str) -> Result<Ipv4Range, String> {
    let range: Ipv4Range = text.parse().map_err(|e| format!("{e}"))?;
    match (16..=28).contains(&range.prefix()) {
        true => Ok(range),
        false => Err("a VPC has a range from /16 to /28".to_owned()),
    }
}

/// Checks ranges of subnets; `before` has those that are taken, and gets these.
pub(super) fn check_subnet_ranges(
    texts: &[String],
    vpc: Option<Ipv4Range>,
    before: &mut Vec<Ipv4Range>,
) -> Result<(), String> {
    for text in texts {
        let range: Ipv4Range = text.parse().map_err(|e| format!("`{text}` is {e}"))?;
        if !(16..=28).contains(&range.prefix()) {
            return Err(format!("{range}: a subnet has a range from /16 to /28"));
        }
        if let Some(vpc) = vpc.filter(|vpc| !vpc.contains(range)) {
            return Err(format!("{range} does not lie in the VPC's range, {vpc}"));
        }
        if let Some(other) = before.iter().find(|other| other.overlaps(range)) {
            return Err(format!("{range} overlaps with {other}"));
        }
        before.push(range);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(text: &str) -> Vec<String> {
        text.split(',').filter(|part| !part.is_empty()).map(str::to_owned).collect()
    }

    fn adjusted(cidr: &str, zones: &str, public: &str, private: &str) -> NetworkFlags {
        NetworkFlags {
            cidr: Some(cidr.to_owned()),
            zones: Some(list(zones)),
            public_cidrs: Some(list(public)),
            private_cidrs: Some(list(private)),
            ..NetworkFlags::default()
        }
    }

    #[test]
    fn what_the_flags_lead_to() {
        let none = NetworkFlags::default();
        let default = NetworkFlags { default_config: true, ..none.clone() };
        let import = NetworkFlags { vpc: Some("vpc-1".to_owned()), ..none.clone() };
        let internal = NetworkFlags { internal_alb_subnets: vec!["subnet-1".to_owned()], ..none.clone() };
        let adjust = adjusted("10.0.0.0/16", "a,b", "10.0.0.0/24,10.0.1.0/24", "10.0.2.0/24,10.0.3.0/24");
        for (flags, expected) in [
            (none, Plan::Ask),
            (default, Plan::Default),
            (import, Plan::Import),
            (internal, Plan::Import),
            (adjust, Plan::Adjust),
        ] {
            assert_eq!(plan(&flags).unwrap(), expected, "{flags:?}");
        }
    }

    #[test]
    fn flags_that_cannot_be_meant() {
        let none = NetworkFlags::default();
        let import = |public: &str, private: Option<&str>| NetworkFlags {
            vpc: Some("vpc-1".to_owned()),
            public_subnets: Some(list(public)),
            private_subnets: private.map(list),
            ..NetworkFlags::default()
        };
        let internal =
            |flags: NetworkFlags, ids: &str| NetworkFlags { internal_alb_subnets: list(ids), ..flags };
        let (zones, low, high) = ("a,b", "10.0.0.0/24,10.0.1.0/24", "10.0.2.0/24,10.0.3.0/24");
        let adjust =
            |cidr: &str, zones: &str, public: &str, private: &str| adjusted(cidr, zones, public, private);
        let cases = [
            NetworkFlags { default_config: true, ..import("a,b", None) },
            NetworkFlags { default_config: true, ..adjust("10.0.0.0/16", zones, low, high) },
            NetworkFlags { vpc: Some("vpc-1".to_owned()), ..adjust("10.0.0.0/16", zones, low, high) },
            internal(adjust("10.0.0.0/16", zones, low, high), "a"),
            internal(NetworkFlags { default_config: true, ..none.clone() }, "a"),
            import("a", None),
            import("a,b", Some("c")),
            import("a,a", None),
            import("a,b", Some("b,c")),
            import("", Some("")),
            internal(import("a,b", None), "c"),
            internal(import("a,b", None), "a,a"),
            NetworkFlags { vpc: Some(String::new()), ..none },
            adjust("10.0.0.0/16", "a", "10.0.0.0/24", "10.0.1.0/24"),
            adjust("10.0.0.0/16", "a,a", low, high),
            adjust("10.0.0.0/16", "a,b,c", low, high),
            adjust("10.0.0.0/16", zones, low, "10.0.2.0/24"),
            adjust("10.0.0.0", zones, low, high),
            adjust("10.0.0.0/8", zones, low, high),
            adjust("10.1.0.0/16", zones, low, high),
            adjust("10.0.0.0/16", zones, low, "10.0.1.0/25,10.0.3.0/24"),
            adjust("10.0.0.0/16", zones, "10.0.0.0/24,x", high),
            adjust("10.0.0.0/16", zones, "10.0.0.0/24,10.0.1.0/30", high),
        ];
        let told = cases.map(|flags| plan(&flags).unwrap_err().to_string());
        insta::assert_snapshot!(told.join("\n"), @"
        --import-vpc-id and --default-config exclude each other
        --override-vpc-cidr and --default-config exclude each other
        --import-vpc-id and --override-vpc-cidr exclude each other
        --internal-alb-subnets and --override-vpc-cidr exclude each other
        --internal-alb-subnets and --default-config exclude each other
        --import-public-subnets names one subnet, a, and at least two are needed
        --import-private-subnets names one subnet, c, and at least two are needed
        --import-public-subnets: subnet a is named twice
        --import-private-subnets: subnet b is named twice
        no subnets are given
        --internal-alb-subnets: subnet c is none of the imported ones
        --internal-alb-subnets: subnet a is named twice
        --import-vpc-id is empty
        --override-az-names names too few zones: at least two are needed
        --override-az-names names a twice
        --override-az-names has 3 values, and --override-public-cidrs has 2
        --override-az-names has 2 values, and --override-private-cidrs has 1
        --override-vpc-cidr 10.0.0.0: not an IPv4 range such as 10.0.0.0/16
        --override-vpc-cidr 10.0.0.0/8: a VPC has a range from /16 to /28
        --override-public-cidrs: 10.0.0.0/24 does not lie in the VPC's range, 10.1.0.0/16
        --override-private-cidrs: 10.0.1.0/25 overlaps with 10.0.1.0/24
        --override-public-cidrs: `x` is not an IPv4 range such as 10.0.0.0/16
        --override-public-cidrs: 10.0.1.0/30: a subnet has a range from /16 to /28
        ");
    }

    /// What passes here is a manifest that may be deployed, without warnings.
    #[test]
    fn accepted_ranges_make_a_manifest_that_is_accepted() {
        use crate::manifest::Source;
        use crate::manifest::env::write::{NewEnvironment, NewNetwork, write};
        use crate::manifest::env::{Target, load};
        let flags = adjusted("10.7.3.9/16", "b,a", "10.7.0.0/24,10.7.1.0/24", "10.7.2.9/24,10.7.3.0/24");
        assert_eq!(plan(&flags).unwrap(), Plan::Adjust);
        let network = NewNetwork::Adjusted {
            cidr: flags.cidr.unwrap(),
            availability_zones: flags.zones.unwrap(),
            public_cidrs: flags.public_cidrs.unwrap(),
            private_cidrs: flags.private_cidrs.unwrap(),
        };
        let text = write(&NewEnvironment { name: "test".to_owned(), network, ..NewEnvironment::default() });
        let target = Target { app: "demo", env: "test", lookup: &|_| None };
        let manifest = load(Source { path: "manifest.yml", text: &text }, target).unwrap();
        assert!(manifest.warnings.is_empty(), "{:?}", manifest.warnings);
    }
}
