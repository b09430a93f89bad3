//! Whose VPC, and which subnets.

use std::collections::{BTreeMap, BTreeSet};

use super::addresses;
use crate::manifest::env::layer::{SubnetPart, VpcPart};
use crate::manifest::env::{ImportedVpc, ManagedVpc, Subnet, Vpc};
use crate::manifest::findings::{Diagnostics, Located, Place};

/// The field that is wrong when subnets do not belong together. Mistakes below it can be the cause, and then are told
/// alone.
const SUBNETS: &str = "network.vpc.subnets";

/// Public or private.
struct Side<'a> {
    name: &'static str,
    other: &'static str,
    subnets: &'a [SubnetPart],
}

/// `network.vpc`: imported with an id, created with the manifest's ranges if it has one for the VPC, else the default.
pub(super) fn vpc(part: &VpcPart, diagnostics: &mut Diagnostics) -> Vpc {
    let filled = |text: &'_ Option<Located<String>>| text.clone().filter(|text| !text.value.is_empty());
    let sides = [
        Side { name: "public", other: "private", subnets: &part.public_subnets },
        Side { name: "private", other: "public", subnets: &part.private_subnets },
    ];
    sides.iter().flat_map(|side| side.subnets).for_each(|subnet| check_forms(subnet, diagnostics));
    match (filled(&part.id), filled(&part.cidr)) {
        (Some(_), Some(cidr)) => {
            diagnostics.error_help(
                &cidr.place,
                "`id` and `cidr` of a VPC exclude each other",
                "keep `id` to use a VPC of your own, or `cidr` to have one created",
            );
            Vpc::default()
        }
        (Some(id), None) => imported(&id, &sides, diagnostics),
        (None, Some(cidr)) => managed(&cidr, &sides, diagnostics),
        (None, None) => {
            warn_of_default(part, &sides, diagnostics);
            Vpc::default()
        }
    }
}

/// A place at which it shows that subnets do not belong together.
fn together(place: &Place) -> Place {
    Place { span: place.span, field: SUBNETS.to_owned() }
}

/// A subnet is named by its id, or described.
fn check_forms(subnet: &SubnetPart, diagnostics: &mut Diagnostics) {
    let Some(id) = &subnet.id else { return };
    for (other, name) in [(&subnet.cidr, "cidr"), (&subnet.az, "az")] {
        if other.is_some() {
            let message = format!("`id` and `{name}` of a subnet exclude each other");
            let help = "keep `id` for a subnet of your own, or `cidr` and `az` to have one created";
            diagnostics.error_help(&id.place, message, help);
        }
    }
}

fn imported(id: &Located<String>, sides: &[Side<'_>; 2], diagnostics: &mut Diagnostics) -> Vpc {
    let [public_subnets, private_subnets] = sides.each_ref().map(|side| ids(side, diagnostics));
    if sides.iter().all(|side| side.subnets.is_empty()) {
        let help = "list the ids of at least two subnets below `public:` or `private:` of `subnets:`";
        diagnostics.error_help(&together(&id.place), "no subnets of the imported VPC are given", help);
    }
    Vpc::Imported(ImportedVpc { id: id.value.clone(), public_subnets, private_subnets })
}

/// The ids of a side of an imported VPC.
fn ids(side: &Side<'_>, diagnostics: &mut Diagnostics) -> Vec<String> {
    let mut seen: BTreeSet<&str> = BTreeSet::new();
    for subnet in side.subnets {
        match subnet.id.as_ref().filter(|id| !id.value.is_empty()) {
            Some(id) if !seen.insert(&id.value) => {
                diagnostics.warn(&id.place, format!("`{}` is listed twice", id.value), None);
            }
            Some(_) => {}
            None => {
                let place = subnet.id.as_ref().map_or(&subnet.place, |id| &id.place);
                let help = "subnets of an imported VPC are given by their ids: `- id: subnet-…`";
                diagnostics.error_help(place, "the subnet has no `id`", help);
            }
        }
    }
    if let [only] = side.subnets {
        let message = format!("one {} subnet is too few", side.name);
        let help =
            format!("list at least two of different availability zones, or no {} subnets at all", side.name);
        diagnostics.error_help(&together(&only.place), message, help);
    }
    side.subnets.iter().filter_map(|subnet| subnet.id.as_ref()).map(|id| id.value.clone()).collect()
}

fn managed(cidr: &Located<String>, sides: &[Side<'_>; 2], diagnostics: &mut Diagnostics) -> Vpc {
    if sides.iter().all(|side| side.subnets.is_empty()) {
        let help = "add `subnets:` with ranges below `public:` and `private:`, or remove `cidr` for the default network";
        diagnostics.warn(
            &cidr.place,
            "the VPC gets no subnets, so that nothing can run in it",
            Some(help.to_owned()),
        );
    }
    check_ranges(sides, diagnostics);
    check_zones(sides, diagnostics);
    let ranges = sides.iter().flat_map(|side| side.subnets).filter_map(|subnet| subnet.cidr.as_ref());
    addresses::check_layout(cidr, ranges, diagnostics);
    let [public_subnets, private_subnets] = sides.each_ref().map(described);
    Vpc::Managed(ManagedVpc { cidr: cidr.value.clone(), public_subnets, private_subnets })
}

/// The subnets of a side in the order in which they are numbered.
fn described(side: &Side<'_>) -> Vec<Subnet> {
    let subnet = |part: &SubnetPart| {
        let cidr = part.cidr.as_ref().map_or_else(String::new, |cidr| cidr.value.clone());
        Subnet { cidr, availability_zone: zone(part).map(|az| az.value.clone()) }
    };
    let mut subnets: Vec<Subnet> = side.subnets.iter().map(subnet).collect();
    subnets.sort_by(|one, other| one.availability_zone.cmp(&other.availability_zone));
    subnets
}

/// The availability zone of a subnet; an empty one counts as none.
fn zone(subnet: &SubnetPart) -> Option<&Located<String>> {
    subnet.az.as_ref().filter(|az| !az.value.is_empty())
}

/// Each subnet has a range of its own.
fn check_ranges(sides: &[Side<'_>; 2], diagnostics: &mut Diagnostics) {
    let mut seen: BTreeMap<&str, &str> = BTreeMap::new();
    for subnet in sides.iter().flat_map(|side| side.subnets) {
        let Some(cidr) = subnet.cidr.as_ref().filter(|cidr| !cidr.value.is_empty()) else {
            let place = subnet.cidr.as_ref().map_or(&subnet.place, |cidr| &cidr.place);
            let help = "subnets of a VPC with `cidr` are created: give a range that lies in the VPC's";
            diagnostics.error_help(place, "the subnet has no `cidr`", help);
            continue;
        };
        match seen.get(cidr.value.as_str()) {
            Some(other) => {
                let message = format!("`{}` is the range of `{other}` already", cidr.value);
                diagnostics.error_help(&cidr.place, message, "give each subnet a range of its own");
            }
            None => {
                seen.insert(&cidr.value, &subnet.place.field);
            }
        }
    }
}

/// Every zone has one public and one private subnet, or no subnet names its zone and there are as many of both.
fn check_zones(sides: &[Side<'_>; 2], diagnostics: &mut Diagnostics) {
    let [public, private] = sides;
    if sides.iter().flat_map(|side| side.subnets).all(|subnet| zone(subnet).is_none()) {
        let paired = public.subnets.len().min(private.subnets.len());
        let surplus = sides.iter().find_map(|side| Some((side, side.subnets.get(paired)?)));
        if let Some((side, subnet)) = surplus {
            let message = format!(
                "there are {} public and {} private subnets",
                public.subnets.len(),
                private.subnets.len()
            );
            let help = format!(
                "list as many public as private ones: add a range below `{}:` or remove this one",
                side.other
            );
            diagnostics.error_help(&together(&subnet.place), message, help);
        }
        return;
    }
    let before = diagnostics.mistakes();
    let [public_zones, private_zones] = sides.each_ref().map(|side| zones(side, diagnostics));
    if diagnostics.mistakes() > before {
        return;
    }
    for (side, others) in [(public, &private_zones), (private, &public_zones)] {
        let alone = side.subnets.iter().filter_map(zone).filter(|az| !others.contains(az.value.as_str()));
        for Located { value, place } in alone {
            let message = format!("`{value}` has a {} subnet, but no {} one", side.name, side.other);
            let help = format!("add a subnet with `az: {value}` below `{}:`", side.other);
            diagnostics.error_help(&together(place), message, help);
        }
    }
    if let [az] = public.subnets.iter().filter_map(zone).collect::<Vec<_>>().as_slice()
        && private_zones.len() == 1
        && diagnostics.mistakes() == before
    {
        diagnostics.error_help(
            &together(&az.place),
            "one availability zone is too few",
            "add a public and a private subnet of another zone",
        );
    }
}

/// The zones of a side; each subnet has one of its own.
fn zones<'a>(side: &Side<'a>, diagnostics: &mut Diagnostics) -> BTreeSet<&'a str> {
    let mut zones = BTreeSet::new();
    for subnet in side.subnets {
        let Some(az) = zone(subnet) else {
            let place = subnet.az.as_ref().map_or(&subnet.place, |az| &az.place);
            diagnostics.error_help(
                place,
                "the subnet has no `az`, and others have",
                "write `az` for all subnets or for none",
            );
            continue;
        };
        if !zones.insert(az.value.as_str()) {
            let message = format!("`{}` has a {} subnet already", az.value, side.name);
            let help = "list one public and one private subnet for each availability zone";
            diagnostics.error_help(&az.place, message, help);
        }
    }
    zones
}

/// Says that subnets have no effect, or that an id has none.
fn warn_of_default(part: &VpcPart, sides: &[Side<'_>; 2], diagnostics: &mut Diagnostics) {
    if let Some(id) = &part.id {
        let help = "give the id of a VPC, or remove the field";
        diagnostics.warn(
            &id.place,
            "is empty: a VPC with the default address ranges is used",
            Some(help.to_owned()),
        );
        return;
    }
    let Some(subnet) = sides.iter().find_map(|side| side.subnets.first()) else { return };
    let (message, help) = match &subnet.id {
        Some(_) => (
            "has no effect without the `id` of the VPC: a VPC with the default address ranges is used",
            "add `id:` with the VPC's id below `vpc:`",
        ),
        None => (
            "has no effect without the `cidr` of the VPC: the default address ranges are used",
            "add `cidr:` with the VPC's range below `vpc:`",
        ),
    };
    diagnostics.warn(&subnet.place, message, Some(help.to_owned()));
}
