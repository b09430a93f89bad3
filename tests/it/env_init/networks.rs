//! Networks: what flags name is looked at before the first change.

use super::{demo, writes};
use crate::local_aws::{LocalAws, Rule};
use crate::support::{Run, Told, World};

/// A VPC with two public and two private subnets.
pub(super) struct Network {
    pub vpc: String,
    pub public: [String; 2],
    pub private: [String; 2],
}

impl Network {
    pub(super) fn new(world: &World) -> Self {
        let emulator = world.account.emulator();
        LocalAws::shared().block_on(async move {
            let ask = async |action: &str, fields: &[(&str, &str)], tag: &str| {
                let answer = emulator.query("ec2", action, fields).await.unwrap();
                let (_, rest) = answer.split_once(&format!("<{tag}>")).unwrap_or_default();
                rest.split('<').next().unwrap().to_owned()
            };
            let vpc = ask("CreateVpc", &[("CidrBlock", "10.5.0.0/16")], "vpcId").await;
            let subnet = async |cidr: &str, zone: &str| {
                ask(
                    "CreateSubnet",
                    &[("VpcId", &vpc), ("CidrBlock", cidr), ("AvailabilityZone", zone)],
                    "subnetId",
                )
                .await
            };
            let public =
                [subnet("10.5.0.0/24", "us-west-2a").await, subnet("10.5.1.0/24", "us-west-2b").await];
            let private =
                [subnet("10.5.2.0/24", "us-west-2a").await, subnet("10.5.3.0/24", "us-west-2b").await];
            let gateway = ask("CreateInternetGateway", &[], "internetGatewayId").await;
            ask("AttachInternetGateway", &[("InternetGatewayId", &gateway), ("VpcId", &vpc)], "").await;
            let table = ask("CreateRouteTable", &[("VpcId", &vpc)], "routeTableId").await;
            let route = [
                ("RouteTableId", table.as_str()),
                ("DestinationCidrBlock", "0.0.0.0/0"),
                ("GatewayId", &gateway),
            ];
            ask("CreateRoute", &route, "").await;
            for subnet in &public {
                ask("AssociateRouteTable", &[("RouteTableId", &table), ("SubnetId", subnet)], "").await;
            }
            Self { vpc, public, private }
        })
    }
}

fn import(world: &World, flags: &[&str]) -> std::process::Command {
    world.command(&[&["env", "init", "--name", "test"], flags].concat())
}

fn manifest(world: &World) -> String {
    let path = world.workspace.path().join("copilot/environments/test/manifest.yml");
    std::fs::read_to_string(path).unwrap()
}

/// Blanks behind commas are no part of the ids.
#[test]
fn a_vpc_is_imported() {
    let world = demo();
    let Network { vpc, public, private } = Network::new(&world);
    let (public_list, private_list) = (public.join(", "), private.join(","));
    let flags = [
        "--import-vpc-id",
        &vpc,
        "--import-public-subnets",
        &public_list,
        "--import-private-subnets",
        &private_list,
    ];
    Run::of(import(&world, &flags)).succeeds();
    let text = manifest(&world);
    for id in [&vpc, &public[0], &public[1], &private[0], &private[1]] {
        assert!(text.contains(&format!("id: {id}\n")), "{text}");
    }
    // Of one kind only, without a question about the other.
    let world = demo();
    let Network { vpc, private, .. } = Network::new(&world);
    let list = private.join(",");
    let flags = ["--import-vpc-id", &vpc, "--import-private-subnets", &list, "--internal-alb-subnets", &list];
    Run::of(import(&world, &flags)).succeeds();
    assert!(!manifest(&world).contains("public:\n      - id"), "{}", manifest(&world));
}

/// Everything about networks that only AWS can tell.
#[test]
fn networks_that_are_not_there() {
    let world = demo();
    let Network { vpc, public, private } = Network::new(&world);
    let [public_list, private_list] = [public.join(","), private.join(",")];
    let mut told = Told::default();
    let foreign = format!("{},subnet-0foreign", public[0]);
    let mut case =
        |name: &str, flags: &[&str], code| drop(told.runs(name, &world, import(&world, flags), code));
    case("no VPC", &["--import-vpc-id", "vpc-0gone", "--import-public-subnets", &public_list], 2);
    case("a foreign subnet", &["--import-vpc-id", &vpc, "--import-public-subnets", &foreign], 2);
    let adjusted = [
        "--override-vpc-cidr",
        "10.1.0.0/16",
        "--override-public-cidrs",
        "10.1.0.0/24,10.1.1.0/24",
        "--override-private-cidrs",
        "10.1.2.0/24,10.1.3.0/24",
        "--override-az-names",
    ];
    case(
        "zones of another region",
        &[&["--region", "us-east-1"], &adjusted[..], &["us-west-2a,us-west-2b"]].concat(),
        2,
    );
    let arn = "arn:aws:acm:us-west-2:1:certificate/gone";
    case("no certificate", &["--default-config", "--import-cert-arns", arn], 2);
    case(
        "a certificate of another region",
        &["--default-config", "--region", "eu-west-1", "--import-cert-arns", arn],
        2,
    );
    let emulator = world.account.emulator();
    let id = vpc.clone();
    LocalAws::shared().block_on(async move {
        let off = [("VpcId", id.as_str()), ("EnableDnsSupport.Value", "false")];
        emulator.query("ec2", "ModifyVpcAttribute", &off).await.unwrap();
    });
    case("no DNS", &["--import-vpc-id", &vpc, "--import-private-subnets", &private_list], 1);
    insta::assert_snapshot!(told.all().replace(&vpc, "VPC").replace(&public[0], "PUBLIC-1").replace(&public[1], "PUBLIC-2"), @r#"
    no VPC (2):
    ✘ --import-vpc-id: there is no VPC vpc-0gone in us-west-2 of account ACCOUNT
      `aws ec2 describe-vpcs --region us-west-2` lists those that there are.

    a foreign subnet (2):
    ✘ --import-public-subnets: VPC vpc-ID has no subnet subnet-0foreign
      The public subnets of VPC vpc-ID are subnet-ID, subnet-ID.

    zones of another region (2):
    ✘ --override-az-names: us-east-1 has no availability zone us-west-2a
      Its zones are us-east-1a, us-east-1b, us-east-1c.

    no certificate (2):
    ✘ --import-cert-arns: us-west-2 has no certificate arn:aws:acm:us-west-2:1:certificate/gone
      `aws acm list-certificates --region us-west-2` lists those that there are.

    a certificate of another region (2):
    ✘ --import-cert-arns: certificate arn:aws:acm:us-west-2:1:certificate/gone is of region us-west-2, and the environment's region is eu-west-1
      Import or request the certificate in eu-west-1.

    no DNS (1):
    ✘ VPC vpc-ID does not resolve names (enableDnsSupport is off), so tasks in it would reach neither AWS nor the registries of their images
      Switch it on with `aws ec2 modify-vpc-attribute --vpc-id vpc-ID --enable-dns-support '{"Value":true}' --region us-west-2`.
    "#);
    assert!(writes(&world).is_empty(), "{:?}", writes(&world));
}

/// Subnets of the other kind may work by other routes, and what may not be read cannot be checked: both are only said.
#[test]
fn what_is_not_certain_is_only_said() {
    let world = demo();
    let Network { vpc, public, private } = Network::new(&world);
    let [public_list, private_list] = [public.join(","), private.join(",")];
    let swapped = [
        "--import-vpc-id",
        &vpc,
        "--import-public-subnets",
        &private_list,
        "--import-private-subnets",
        &public_list,
    ];
    let run = Run::of(import(&world, &swapped));
    let warnings: Vec<&str> = run.stderr.lines().filter(|line| line.contains("Warning:")).collect();
    assert_eq!((run.code, warnings.len()), (Some(0), 4), "{run}");
    let world = demo();
    let Network { vpc, public, .. } = Network::new(&world);
    for call in ["ec2:DescribeSubnets", "ec2:DescribeVpcAttribute"] {
        world.account.fault(Rule::error(
            call,
            403,
            "UnauthorizedOperation",
            "You are not authorized to perform this operation.",
        ));
    }
    let flags = ["--import-vpc-id", &vpc, "--import-public-subnets", &public.join(",")];
    let run = Run::of(import(&world, &flags));
    let warnings: Vec<&str> = run.stderr.lines().filter(|line| line.contains("cannot be checked")).collect();
    assert_eq!((run.code, warnings.len()), (Some(0), 2), "{run}");
}

#[test]
fn ranges_and_zones_are_written() {
    let world = demo();
    let flags = [
        "--override-vpc-cidr",
        "10.1.0.0/16",
        "--override-az-names",
        "us-west-2b, us-west-2c",
        "--override-public-cidrs",
        "10.1.0.0/24,10.1.1.0/24",
        "--override-private-cidrs",
        "10.1.2.0/24,10.1.3.0/24",
        "--container-insights",
    ];
    Run::of(import(&world, &flags)).succeeds();
    insta::assert_snapshot!(manifest(&world), @"
    # yaml-language-server: $schema=../../.schema/environment.json
    # Settings of this environment. `copilot env deploy` makes changes take effect.
    name: test
    type: Environment

    # The VPC that everything runs in. Its network stays as it is for the life of the environment.
    network:
      vpc:
        cidr: 10.1.0.0/16
        subnets:
          public:
            - cidr: 10.1.0.0/24
              az: us-west-2b
            - cidr: 10.1.1.0/24
              az: us-west-2c
          private:
            - cidr: 10.1.2.0/24
              az: us-west-2b
            - cidr: 10.1.3.0/24
              az: us-west-2c

    # Load balancers. Only services have them; jobs need no setting here.
    # http:
    #   public:
    #   private:

    # Container Insights: CPU, memory and network figures of tasks, which Amazon CloudWatch charges for.
    observability:
      container_insights: true
    ");
}
