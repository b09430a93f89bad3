//! The environment's network: asked for where flags say nothing, and checked against what the region has.

use super::flags::{
    self, CIDR, DEFAULT, NetworkFlags, PRIVATE, PRIVATE_CIDRS, PUBLIC, PUBLIC_CIDRS, Plan, VPC, ZONES,
};
use super::port::{Networks, Subnet, Vpc};
use crate::error::{Error, Result};
use crate::manifest::env::cidr::Ipv4Range;
use crate::manifest::env::write::NewNetwork;
use crate::report::Console;

const DEFAULT_CIDR: &str = "10.0.0.0/16";

/// Where the network shall be, for messages.
pub(super) struct Place<'a> {
    pub region: &'a str,
    pub account: &'a str,
}

/// Decides about the network. Flags are looked at first; a person is asked for the rest.
pub(super) async fn decide(
    networks: &impl Networks,
    flags: &NetworkFlags,
    plan: Plan,
    place: &Place<'_>,
    console: &Console<'_>,
) -> Result<NewNetwork> {
    let plan = if plan == Plan::Ask { ask_plan(console)? } else { plan };
    match plan {
        Plan::Default | Plan::Ask => Ok(NewNetwork::Default),
        Plan::Adjust => adjust(networks, flags, place, console).await,
        Plan::Import => import(networks, flags, place, console).await,
    }
}

fn ask_plan(console: &Console<'_>) -> Result<Plan> {
    let options = [
        ("Default: a new VPC with two public and two private subnets in two zones", Plan::Default),
        ("Configure: a new VPC with address ranges and zones of your choice", Plan::Adjust),
        ("Import: a VPC and subnets that you have", Plan::Import),
    ];
    let texts = options.map(|(text, _)| text.to_owned());
    let index = console.select("Which network shall the environment have?", DEFAULT, &texts)?;
    Ok(options.get(index).map_or(Plan::Default, |(_, plan)| *plan))
}

/// A VPC of the environment's own.
async fn adjust(
    networks: &impl Networks,
    flags: &NetworkFlags,
    place: &Place<'_>,
    console: &Console<'_>,
) -> Result<NewNetwork> {
    let known = checked(networks.zones().await, ZONES, flags.zones.is_some(), console)?.unwrap_or_default();
    if let Some(zones) = flags.zones.as_ref().filter(|_| !known.is_empty())
        && let Some(unknown) = zones.iter().find(|zone| !known.contains(zone))
    {
        return Err(Error::usage(format!("{ZONES}: {} has no availability zone {unknown}", place.region))
            .hint(format!("Its zones are {}.", known.join(", "))));
    }
    let cidr = match &flags.cidr {
        Some(cidr) => cidr.clone(),
        None => console.text("Address range of the VPC", CIDR, Some(DEFAULT_CIDR), &|text| {
            flags::check_vpc_range(text.trim()).map(drop)
        })?,
    };
    let vpc = flags::check_vpc_range(cidr.trim()).ok();
    let zones = match &flags.zones {
        Some(zones) => zones.clone(),
        None => ask_zones(&known, place, console)?,
    };
    let count = zones.len();
    let mut taken = Vec::new();
    let mut ranges = |given: &Option<Vec<String>>, flag: &'static str, kind: &str| -> Result<Vec<String>> {
        if let Some(given) = given {
            // Checked against the VPC already, unless that was only asked for now.
            flags::check_subnet_ranges(given, vpc, &mut taken)
                .map_err(|wrong| Error::usage(format!("{flag}: {wrong}")))?;
            if given.len() != count {
                return Err(Error::usage(format!(
                    "{flag} has {} values, and there are {count} zones",
                    given.len()
                )));
            }
            return Ok(given.clone());
        }
        let question = format!("Address ranges of the {kind} subnets, one for each of {}", zones.join(", "));
        let default = proposal(vpc, count, &taken);
        let check = |text: &str| {
            let ranges = split(text);
            if ranges.len() != count {
                return Err(format!("{count} ranges are needed, separated by commas"));
            }
            flags::check_subnet_ranges(&ranges, vpc, &mut taken.clone())
        };
        let answer = split(&console.text(&question, flag, default.as_deref(), &check)?);
        flags::check_subnet_ranges(&answer, vpc, &mut taken).map_err(Error::new)?;
        Ok(answer)
    };
    let public_cidrs = ranges(&flags.public_cidrs, PUBLIC_CIDRS, "public")?;
    let private_cidrs = ranges(&flags.private_cidrs, PRIVATE_CIDRS, "private")?;
    Ok(NewNetwork::Adjusted {
        cidr: cidr.trim().to_owned(),
        availability_zones: zones,
        public_cidrs,
        private_cidrs,
    })
}

fn ask_zones(known: &[String], place: &Place<'_>, console: &Console<'_>) -> Result<Vec<String>> {
    if known.len() < 2 {
        return Err(Error::new(format!(
            "{} has {} availability zones that account {} can use, and an environment needs two",
            place.region,
            known.len(),
            place.account
        ))
        .hint("Choose another region with --region."));
    }
    let chosen: Vec<bool> = (0..known.len()).map(|index| index < 2).collect();
    loop {
        let indices = console.select_many("Availability zones", ZONES, known, &chosen)?;
        if indices.len() >= 2 {
            return Ok(indices.into_iter().filter_map(|index| known.get(index).cloned()).collect());
        }
        console.warn("An environment needs at least two zones.");
    }
}

/// The texts of a list.
fn split(text: &str) -> Vec<String> {
    text.split(',').map(str::trim).filter(|part| !part.is_empty()).map(str::to_owned).collect()
}

/// The first free ranges of a VPC, 256 addresses each where there is room for that.
fn proposal(vpc: Option<Ipv4Range>, count: usize, taken: &[Ipv4Range]) -> Option<String> {
    let vpc = vpc?;
    let prefix = (vpc.prefix() + 8).min(28);
    let free = vpc.parts(prefix).filter(|part| !taken.iter().any(|other| other.overlaps(*part)));
    let ranges: Vec<String> = free.take(count).map(|range| range.to_string()).collect();
    (ranges.len() == count).then(|| ranges.join(","))
}

/// A VPC of the user's.
async fn import(
    networks: &impl Networks,
    flags: &NetworkFlags,
    place: &Place<'_>,
    console: &Console<'_>,
) -> Result<NewNetwork> {
    let id = match &flags.vpc {
        Some(id) => id.clone(),
        None => ask_vpc(networks.vpcs().await?, place, console)?,
    };
    let (dns, subnets) = tokio::join!(networks.dns_support(&id), networks.subnets_of(&id));
    let given = flags.public_subnets.is_some() || flags.private_subnets.is_some();
    match checked(dns, VPC, given, console)? {
        None | Some(Some(true)) => {}
        Some(None) => {
            return Err(Error::usage(format!(
                "{VPC}: there is no VPC {id} in {} of account {}",
                place.region, place.account
            ))
            .hint(format!("`aws ec2 describe-vpcs --region {}` lists those that there are.", place.region)));
        }
        Some(Some(false)) => {
            return Err(Error::new(format!(
                "VPC {id} does not resolve names (enableDnsSupport is off), so tasks in it would reach neither AWS nor the registries \
                 of their images"
            ))
            .hint(format!(
                "Switch it on with `aws ec2 modify-vpc-attribute --vpc-id {id} --enable-dns-support '{{\"Value\":true}}' --region {}`.",
                place.region
            )));
        }
    }
    let Some(subnets) = checked(subnets, PUBLIC, given, console)? else {
        return Ok(imported(id, flags.public_subnets.clone(), flags.private_subnets.clone()));
    };
    if subnets.is_empty() {
        return Err(Error::new(format!("VPC {id} has no subnets"))
            .hint("Create at least two, in different availability zones, or let the environment have a VPC of its own."));
    }
    if given {
        for (flag, ids, public) in
            [(PUBLIC, &flags.public_subnets, true), (PRIVATE, &flags.private_subnets, false)]
        {
            check_subnets(flag, ids.as_deref().unwrap_or_default(), public, &subnets, &id, console)?;
        }
        return Ok(imported(id, flags.public_subnets.clone(), flags.private_subnets.clone()));
    }
    ask_subnets(id, &subnets, flags, console)
}

fn imported(id: String, public: Option<Vec<String>>, private: Option<Vec<String>>) -> NewNetwork {
    let (public_subnets, private_subnets) = (public.unwrap_or_default(), private.unwrap_or_default());
    NewNetwork::Imported { id, public_subnets, private_subnets }
}

fn ask_vpc(vpcs: Vec<Vpc>, place: &Place<'_>, console: &Console<'_>) -> Result<String> {
    if vpcs.is_empty() {
        return Err(Error::new(format!("account {} has no VPC in {}", place.account, place.region))
            .hint("Create one, or let the environment have a VPC of its own: --default-config."));
    }
    let texts: Vec<String> = vpcs.iter().map(|vpc| labelled(&vpc.id, vpc.name.as_ref())).collect();
    let index = console.select("Which VPC?", VPC, &texts)?;
    Ok(vpcs.into_iter().nth(index).map(|vpc| vpc.id).unwrap_or_default())
}

fn labelled(id: &str, name: Option<&String>) -> String {
    name.map_or_else(|| id.to_owned(), |name| format!("{id} ({name})"))
}

/// Lets a person choose subnets of each kind: none or at least two.
fn ask_subnets(
    id: String,
    subnets: &[Subnet],
    flags: &NetworkFlags,
    console: &Console<'_>,
) -> Result<NewNetwork> {
    let choose = |public: bool| -> Result<Vec<String>> {
        let (kind, flag) = if public { ("public", PUBLIC) } else { ("private", PRIVATE) };
        let found: Vec<&Subnet> = subnets.iter().filter(|subnet| subnet.public == public).collect();
        if found.len() < 2 {
            console.note(format!("VPC {id} has {} {kind} subnets: none of them can be used.", found.len()));
            return Ok(Vec::new());
        }
        let texts: Vec<String> = found
            .iter()
            .map(|subnet| format!("{} in {}", labelled(&subnet.id, subnet.name.as_ref()), subnet.zone))
            .collect();
        loop {
            let question = format!("Which {kind} subnets? None, or at least two");
            let chosen = console.select_many(&question, flag, &texts, &vec![false; texts.len()])?;
            if chosen.len() != 1 {
                return Ok(chosen
                    .into_iter()
                    .filter_map(|index| Some(found.get(index)?.id.clone()))
                    .collect());
            }
            console.warn(format!("One {kind} subnet is too few."));
        }
    };
    let (public, private) = (choose(true)?, choose(false)?);
    if public.is_empty() && private.is_empty() {
        return Err(Error::new(format!("no subnets of VPC {id} were chosen"))
            .hint("Choose at least two public or two private subnets, or let the environment have a VPC of its own."));
    }
    warn_of_missing(&public, &private, console);
    let outside = flags.internal_alb_subnets.iter().find(|id| !public.contains(id) && !private.contains(id));
    if let Some(outside) = outside {
        return Err(Error::usage(format!(
            "--internal-alb-subnets: subnet {outside} is none of the imported ones"
        )));
    }
    Ok(NewNetwork::Imported { id, public_subnets: public, private_subnets: private })
}

fn warn_of_missing(public: &[String], private: &[String], console: &Console<'_>) {
    if public.is_empty() {
        console.warn(
            "Without public subnets there is no public load balancer, and jobs need `network.vpc.placement: private` in their manifests.",
        );
    }
    if private.is_empty() {
        console.warn("Without private subnets jobs cannot be placed privately.");
    }
}

/// Whether subnets that were named are the VPC's.
fn check_subnets(
    flag: &str,
    ids: &[String],
    public: bool,
    subnets: &[Subnet],
    vpc: &str,
    console: &Console<'_>,
) -> Result<()> {
    let of_kind = |subnet: &&Subnet| subnet.public == public;
    for id in ids {
        let Some(subnet) = subnets.iter().find(|subnet| subnet.id == *id) else {
            let kind = if public { "public" } else { "private" };
            let known: Vec<&str> = subnets.iter().filter(of_kind).map(|subnet| subnet.id.as_str()).collect();
            let hint = match known.as_slice() {
                [] => format!("VPC {vpc} has no {kind} subnets."),
                known => format!("The {kind} subnets of VPC {vpc} are {}.", known.join(", ")),
            };
            return Err(Error::usage(format!("{flag}: VPC {vpc} has no subnet {id}")).hint(hint));
        };
        // Routes by way of other networks exist, so this alone is no reason to refuse it.
        match (public, subnet.public) {
            (true, false) => console.warn(format!(
                "Subnet {id} ({flag}) has no route to an internet gateway. Tasks in it reach AWS and registries only by way of some \
                 other route."
            )),
            (false, true) => console.warn(format!(
                "Subnet {id} ({flag}) has a route to an internet gateway. Tasks in private subnets get no public address, so they \
                 cannot use that route."
            )),
            _ => {}
        }
    }
    Ok(())
}

/// What was read. Where it only serves to check what flags say, a caller who may not read it goes on unchecked.
fn checked<T>(read: Result<T>, flag: &str, only_check: bool, console: &Console<'_>) -> Result<Option<T>> {
    match read {
        Ok(read) => Ok(Some(read)),
        Err(error) if only_check && error.is_denied() => {
            console.warn(format!("{flag} cannot be checked: {error}"));
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_proposed() {
        let propose = |vpc: &str, count: usize, taken: &[&str]| {
            let taken: Vec<Ipv4Range> = taken.iter().map(|text| text.parse().unwrap()).collect();
            proposal(vpc.parse().ok(), count, &taken)
        };
        let told = [
            propose("10.0.0.0/16", 2, &[]),
            propose("10.0.0.0/16", 2, &["10.0.0.0/24", "10.0.1.0/24"]),
            propose("10.1.0.0/20", 3, &["10.1.0.16/28"]),
            propose("10.1.0.0/28", 2, &[]),
            propose("nothing", 2, &[]),
        ];
        insta::assert_debug_snapshot!(told, @r#"
        [
            Some(
                "10.0.0.0/24,10.0.1.0/24",
            ),
            Some(
                "10.0.2.0/24,10.0.3.0/24",
            ),
            Some(
                "10.1.0.0/28,10.1.0.32/28,10.1.0.48/28",
            ),
            None,
            None,
        ]
        "#);
    }
}
