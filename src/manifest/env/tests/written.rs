//! Manifests of new environments.

use super::load_text;
use crate::manifest::env::write::{NewEnvironment, NewNetwork, write};
use crate::manifest::env::{Environment, ImportedVpc, Vpc};

fn words<const N: usize>(words: [&str; N]) -> Vec<String> {
    words.map(str::to_owned).to_vec()
}

fn new(network: NewNetwork) -> NewEnvironment {
    NewEnvironment { name: "test".to_owned(), network, ..NewEnvironment::default() }
}

/// What is written, which must be valid without a warning.
fn written(new: &NewEnvironment) -> (String, Environment) {
    let text = write(new);
    let manifest = load_text(&text, &[]).unwrap_or_else(|findings| panic!("{text}\n{findings}"));
    assert_eq!(manifest.warnings, [], "{text}");
    assert_eq!(manifest.text, text);
    (text, manifest.environment)
}

#[test]
fn nothing_is_chosen() {
    let (text, environment) = written(&new(NewNetwork::Default));
    insta::assert_snapshot!(text, @"
    # yaml-language-server: $schema=../../.schema/environment.json
    # Settings of this environment. `copilot env deploy` makes changes take effect.
    name: test
    type: Environment

    # The VPC that everything runs in. Its network stays as it is for the life of the environment.
    # Without this section a VPC with public and private subnets in two zones is created.
    # network:
    #   vpc:
    #     id:

    # Load balancers. Only services have them; jobs need no setting here.
    # http:
    #   public:
    #   private:

    # Container Insights: CPU, memory and network figures of tasks, which Amazon CloudWatch charges for.
    observability:
      container_insights: false
    ");
    assert_eq!(environment, Environment { name: "test".to_owned(), ..Environment::default() });
}

#[test]
fn an_imported_network_without_public_subnets() {
    let network = NewNetwork::Imported {
        id: "vpc-1".to_owned(),
        public_subnets: Vec::new(),
        private_subnets: words(["subnet-1", "subnet-2"]),
    };
    let (text, environment) = written(&NewEnvironment {
        certificates: words(["arn:aws:acm:us-west-2:123456789012:certificate/1"]),
        internal_alb_subnets: words(["subnet-1", "subnet-2"]),
        internal_alb_allow_vpc_ingress: true,
        container_insights: true,
        ..new(network)
    });
    insta::assert_snapshot!(text, @"
    # yaml-language-server: $schema=../../.schema/environment.json
    # Settings of this environment. `copilot env deploy` makes changes take effect.
    name: test
    type: Environment

    # The VPC that everything runs in. Its network stays as it is for the life of the environment.
    network:
      vpc:
        id: vpc-1
        subnets:
          private:
            - id: subnet-1
            - id: subnet-2

    # Load balancers. Only services have them; jobs need no setting here.
    http:
      private:
        certificates:
          - arn:aws:acm:us-west-2:123456789012:certificate/1
        subnets:
          - subnet-1
          - subnet-2
        ingress:
          vpc: true

    # Container Insights: CPU, memory and network figures of tasks, which Amazon CloudWatch charges for.
    observability:
      container_insights: true
    ");
    let vpc = ImportedVpc {
        id: "vpc-1".to_owned(),
        public_subnets: Vec::new(),
        private_subnets: words(["subnet-1", "subnet-2"]),
    };
    assert_eq!(environment.network.vpc, Vpc::Imported(vpc));
    assert_eq!(environment.http.private.subnets, ["subnet-1", "subnet-2"]);
    assert!(environment.http.private.vpc_ingress && environment.observability.container_insights);
}

/// The old tool left what is chosen for the internal load balancer out unless the VPC has private subnets only.
#[test]
fn both_load_balancers() {
    let network = NewNetwork::Imported {
        id: "vpc-1".to_owned(),
        public_subnets: words(["subnet-1", "subnet-2"]),
        private_subnets: words(["subnet-3", "subnet-4"]),
    };
    let (_, environment) = written(&NewEnvironment {
        certificates: words(["arn:aws:acm:us-west-2:123456789012:certificate/1"]),
        internal_alb_subnets: words(["subnet-3"]),
        internal_alb_allow_vpc_ingress: true,
        ..new(network)
    });
    assert_eq!(environment.http.public.certificates, ["arn:aws:acm:us-west-2:123456789012:certificate/1"]);
    assert_eq!(environment.http.private.subnets, ["subnet-3"]);
    assert!(environment.http.private.vpc_ingress);
}

#[test]
fn adjusted_networks() {
    let adjusted = |zones: Vec<String>| NewNetwork::Adjusted {
        cidr: "10.7.3.9/16".to_owned(),
        availability_zones: zones,
        public_cidrs: words(["10.7.0.0/24", "10.7.1.0/24"]),
        private_cidrs: words(["10.7.2.0/24", "10.7.3.1/24"]),
    };
    let (text, _) = written(&new(adjusted(words(["us-west-2a", "us-west-2b"]))));
    insta::assert_snapshot!(text, @"
    # yaml-language-server: $schema=../../.schema/environment.json
    # Settings of this environment. `copilot env deploy` makes changes take effect.
    name: test
    type: Environment

    # The VPC that everything runs in. Its network stays as it is for the life of the environment.
    network:
      vpc:
        cidr: 10.7.0.0/16
        subnets:
          public:
            - cidr: 10.7.0.0/24
              az: us-west-2a
            - cidr: 10.7.1.0/24
              az: us-west-2b
          private:
            - cidr: 10.7.2.0/24
              az: us-west-2a
            - cidr: 10.7.3.0/24
              az: us-west-2b

    # Load balancers. Only services have them; jobs need no setting here.
    # http:
    #   public:
    #   private:

    # Container Insights: CPU, memory and network figures of tasks, which Amazon CloudWatch charges for.
    observability:
      container_insights: false
    ");
    let (text, environment) = written(&new(adjusted(Vec::new())));
    assert!(!text.contains("az:"));
    let Vpc::Managed(vpc) = environment.network.vpc else { panic!("{text}") };
    assert_eq!((vpc.cidr.as_str(), vpc.private_subnets.len()), ("10.7.0.0/16", 2));
}

#[test]
fn names_that_yaml_takes_for_something_else() {
    for name in ["on", "no", "y", "null", "true", "e5"] {
        let text = write(&NewEnvironment { name: name.to_owned(), ..NewEnvironment::default() });
        assert!(text.contains(&format!("\nname: \"{name}\"\n")), "{text}");
    }
}
