//! A new environment's manifest, as it is written for people: what was chosen, and where the rest would stand.

use super::cidr::Ipv4Range;
use crate::manifest::schema::Subject;
use crate::yaml::{self, Node};

/// What is known of an environment before it has a manifest.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NewEnvironment {
    /// Name of the environment.
    pub name: String,
    /// The network that was chosen.
    pub network: NewNetwork,
    /// ARNs of the load balancer's certificates. They are the internal one's in an imported VPC without public subnets,
    /// else the public one's.
    pub certificates: Vec<String>,
    /// Ids of the imported subnets that the internal load balancer is placed in.
    pub internal_alb_subnets: Vec<String>,
    /// Lets the whole VPC reach the internal load balancer.
    pub internal_alb_allow_vpc_ingress: bool,
    /// Whether the cluster collects Container Insights.
    pub container_insights: bool,
}

/// The network that was chosen for a new environment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum NewNetwork {
    /// A VPC of its own with the default address ranges.
    #[default]
    Default,
    /// A VPC of the user's.
    Imported {
        /// Id of the VPC.
        id: String,
        /// Ids of public subnets.
        public_subnets: Vec<String>,
        /// Ids of private subnets.
        private_subnets: Vec<String>,
    },
    /// A VPC of its own with other address ranges.
    Adjusted {
        /// Range of the VPC.
        cidr: String,
        /// Names of availability zones: the n-th is that of the n-th public and the n-th private subnet, which have none
        /// when there is none.
        availability_zones: Vec<String>,
        /// Ranges of public subnets.
        public_cidrs: Vec<String>,
        /// Ranges of private subnets.
        private_cidrs: Vec<String>,
    },
}

/// The manifest's text.
pub fn write(new: &NewEnvironment) -> String {
    let mut text = Subject::Environment.modeline();
    text.push_str("# Settings of this environment. `copilot env deploy` makes changes take effect.\n");
    let head = [("name", Node::string(&new.name)), ("type", Node::string(super::ENVIRONMENT_TYPE))];
    text.push_str(&yaml::emit_part(&Node::mapping(head)));
    text.push_str(
        "\n# The VPC that everything runs in. Its network stays as it is for the life of the environment.\n",
    );
    match vpc(&new.network) {
        Some(vpc) => section(&mut text, "network", Node::mapping([("vpc", vpc)])),
        None => {
            text.push_str(
                "# Without this section a VPC with public and private subnets in two zones is created.\n",
            );
            text.push_str("# network:\n#   vpc:\n#     id:\n");
        }
    }
    text.push_str("\n# Load balancers. Only services have them; jobs need no setting here.\n");
    match http(new) {
        Some(http) => section(&mut text, "http", http),
        None => text.push_str("# http:\n#   public:\n#   private:\n"),
    }
    text.push_str("\n# Container Insights: CPU, memory and network figures of tasks, which Amazon CloudWatch charges for.\n");
    let insights = Node::mapping([("container_insights", Node::plain(new.container_insights))]);
    section(&mut text, "observability", insights);
    text
}

fn section(text: &mut String, name: &str, node: Node) {
    text.push_str(&yaml::emit_part(&Node::mapping([(name, node)])));
}

/// `network.vpc`, unless the default is chosen.
fn vpc(network: &NewNetwork) -> Option<Node> {
    let (key, value, public, private) = match network {
        NewNetwork::Default => return None,
        NewNetwork::Imported { id, public_subnets, private_subnets } => {
            ("id", id.clone(), imported(public_subnets), imported(private_subnets))
        }
        NewNetwork::Adjusted { cidr, availability_zones: zones, public_cidrs, private_cidrs } => {
            ("cidr", canonical(cidr), adjusted(public_cidrs, zones), adjusted(private_cidrs, zones))
        }
    };
    let sides = [("public", public), ("private", private)];
    let sides: Vec<_> = sides.into_iter().filter(|(_, items)| !items.is_empty()).collect();
    let mut vpc = vec![(key, Node::string(value))];
    if !sides.is_empty() {
        let subnets = sides.into_iter().map(|(side, items)| (side, Node::sequence(items)));
        vpc.push(("subnets", Node::mapping(subnets)));
    }
    Some(Node::mapping(vpc))
}

fn imported(ids: &[String]) -> Vec<Node> {
    ids.iter().map(|id| Node::mapping([("id", Node::string(id))])).collect()
}

fn adjusted(cidrs: &[String], zones: &[String]) -> Vec<Node> {
    let subnet = |(index, cidr): (usize, &String)| {
        let zone = zones.get(index).map(|zone| ("az", Node::string(zone)));
        Node::mapping([("cidr", Node::string(canonical(cidr)))].into_iter().chain(zone))
    };
    cidrs.iter().enumerate().map(subnet).collect()
}

/// A range with its first address, which Amazon EC2 wants; another text as it is.
fn canonical(cidr: &str) -> String {
    cidr.parse::<Ipv4Range>().map_or_else(|_| cidr.to_owned(), |range| range.to_string())
}

/// `http`, unless nothing is chosen.
fn http(new: &NewEnvironment) -> Option<Node> {
    let is_private =
        matches!(&new.network, NewNetwork::Imported { public_subnets, .. } if public_subnets.is_empty());
    let list = |texts: &[String]| Node::sequence(texts.iter().map(Node::string));
    let certificates = Some(&new.certificates).filter(|list| !list.is_empty());
    let certificates = certificates.map(|texts| ("certificates", list(texts)));
    let (public, mut private) =
        if is_private { (None, Vec::from_iter(certificates)) } else { (certificates, Vec::new()) };
    if !new.internal_alb_subnets.is_empty() {
        private.push(("subnets", list(&new.internal_alb_subnets)));
    }
    if new.internal_alb_allow_vpc_ingress {
        private.push(("ingress", Node::mapping([("vpc", Node::plain(true))])));
    }
    let public = public.map(|certificates| ("public", Node::mapping([certificates])));
    let private = (!private.is_empty()).then(|| ("private", Node::mapping(private)));
    let balancers: Vec<_> = public.into_iter().chain(private).collect();
    (!balancers.is_empty()).then(|| Node::mapping(balancers))
}
