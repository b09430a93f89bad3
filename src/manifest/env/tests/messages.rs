//! What the user reads.

use super::{complete, load_text, mistakes, refused, valid, warnings};

#[test]
fn place_line_caret_and_help() {
    let fragment = "\
network:
  vpc:
    cidr: 10.0.0.0/16
    subnets:
      public:
        - cidr: 10.0.0.0/24
        - cidr: 10.0.1.0/24
        - cidr: 10.0.5.0/24
      private:
        - cidr: 10.0.2.0/24
        - cidr: 10.0.3.0/24
    security_group:
      ingress:
        - ip_protocol: tcp
          ports: \"80\"
          cidr: 0.0.0.0/0
http:
  public:
    ingress: {cdn: true, source_ips: [1.2.3.4]}
    certificates: [my-cert]";
    insta::assert_snapshot!(refused(fragment), @r#"
    copilot/environments/test/manifest.yml:10:11: network.vpc.subnets: there are 3 public and 2 private subnets
       |
    10 |         - cidr: 10.0.5.0/24
       |           ^^^^^^^^^^^^^^^^^
    help: list as many public as private ones: add a range below `private:` or remove this one

    copilot/environments/test/manifest.yml:17:18: network.vpc.security_group.ingress[0].ports: `80` is not a range of ports
       |
    17 |           ports: "80"
       |                  ^^^^
    help: write 80-80, or the number without quotes; variables such as ${NAME} always give texts

    copilot/environments/test/manifest.yml:21:20: http.public.ingress.cdn: only CloudFront is let in, but there is no distribution
       |
    21 |     ingress: {cdn: true, source_ips: [1.2.3.4]}
       |                    ^^^^
    help: add `cdn: true` to the manifest, or remove this

    copilot/environments/test/manifest.yml:21:39: http.public.ingress.source_ips[0]: `1.2.3.4` is not an address range
       |
    21 |     ingress: {cdn: true, source_ips: [1.2.3.4]}
       |                                       ^^^^^^^
    help: write `1.2.3.4/32` for this one address

    copilot/environments/test/manifest.yml:22:20: http.public.certificates[0]: `my-cert` is not the ARN of a certificate
       |
    22 |     certificates: [my-cert]
       |                    ^^^^^^^
    help: write the whole ARN: arn:aws:acm:REGION:ACCOUNT:certificate/ID
    "#);
}

#[test]
fn name_and_type() {
    let shown = |text: &str| load_text(text, &[]).unwrap_err().to_string();
    insta::assert_snapshot!(shown("name: prod\ntype: Scheduled Job\n"), @"
    copilot/environments/test/manifest.yml:1:7: name: `prod` differs from the manifest's directory `test`
      |
    1 | name: prod
      |       ^^^^
    help: write `name: test`, or rename the directory

    copilot/environments/test/manifest.yml:2:7: type: this is the manifest of a `Scheduled Job`, not of an environment
      |
    2 | type: Scheduled Job
      |       ^^^^^^^^^^^^^
    help: write `type: Environment` if it is an environment's
    ");
    insta::assert_snapshot!(shown("name: test\n"), @"
    copilot/environments/test/manifest.yml:1:1: type: the manifest has no type
      |
    1 | name: test
      | ^
    help: add `type: Environment`
    ");
    insta::assert_snapshot!(shown("# nothing yet\n"), @"
    copilot/environments/test/manifest.yml: the manifest is empty
    help: `copilot env show --name test --manifest` prints the deployed one; `copilot env init --name test` writes one for a new environment
    ");
    insta::assert_snapshot!(shown("name: test\ntype: Environment\ncdn: true\ncdn: false\n"), @"
    copilot/environments/test/manifest.yml:4:1: the key `cdn` is given twice, first in line 3 and again in line 4
      |
    4 | cdn: false
      | ^^^
    help: remove one of them; the old tool refused such a manifest too
    ");
}

#[test]
fn variables() {
    let text = complete(
        "http:\n  public:\n    access_logs:\n      bucket_name: \"${APP}-logs\"\n      prefix: ${NOWHERE}",
    );
    insta::assert_snapshot!(load_text(&text, &[("APP", "a")]).unwrap_err(), @r"
    copilot/environments/test/manifest.yml:7:15: http.public.access_logs.prefix: the variable `NOWHERE` is not defined (the value comes from ${NOWHERE})
      |
    7 |       prefix: ${NOWHERE}
      |               ^^^^^^^^^^
    help: set NOWHERE in the process environment, or write \${NOWHERE} to keep the text as it is
    ");
    let text = complete("network: {vpc: {flow_logs: {retention: \"${DAYS}\"}}}");
    insta::assert_snapshot!(load_text(&text, &[("DAYS", "30")]).unwrap_err(), @r#"
    copilot/environments/test/manifest.yml:3:40: network.vpc.flow_logs.retention: expected a number, found the text `30` (the value comes from ${DAYS})
      |
    3 | network: {vpc: {flow_logs: {retention: "${DAYS}"}}}
      |                                        ^^^^^^^^^
    help: write the number without quotes; variables such as ${NAME} always give texts, never numbers
    "#);
}

#[test]
fn unknown_fields() {
    let fragment = "\
colour: red
x-ips: [10.0.0.0/8]
environments: {test: {cdn: true}}
network: {vpc: {flow_log: true, security_groups: [sg-1]}}
http: {private: {ingress: {from_vpc: true}}}";
    let shown: Vec<String> = valid(fragment).warnings.iter().map(ToString::to_string).collect();
    insta::assert_snapshot!(shown.join("\n\n"), @"
    copilot/environments/test/manifest.yml:3:1: colour: unknown field, ignored
      |
    3 | colour: red
      | ^^^^^^

    copilot/environments/test/manifest.yml:5:1: environments: unknown field, ignored
      |
    5 | environments: {test: {cdn: true}}
      | ^^^^^^^^^^^^
    help: this manifest is of one environment only: write its settings at the top

    copilot/environments/test/manifest.yml:6:17: network.vpc.flow_log: unknown field, ignored
      |
    6 | network: {vpc: {flow_log: true, security_groups: [sg-1]}}
      |                 ^^^^^^^^
    help: did you mean `flow_logs`?

    copilot/environments/test/manifest.yml:6:33: network.vpc.security_groups: unknown field, ignored
      |
    6 | network: {vpc: {flow_log: true, security_groups: [sg-1]}}
      |                                 ^^^^^^^^^^^^^^^
    help: the environment's rules are below `security_group:`, which is below `vpc:` of `network:`

    copilot/environments/test/manifest.yml:7:28: http.private.ingress.from_vpc: unknown field, ignored
      |
    7 | http: {private: {ingress: {from_vpc: true}}}
      |                            ^^^^^^^^
    help: below `private:` of `http:`, write `ingress:` with `vpc: true`
    ");
}

#[test]
fn imported_networks() {
    insta::assert_snapshot!(mistakes(&[
        "network: {vpc: {id: vpc-1}}",
        "network: {vpc: {id: vpc-1, subnets: {public: [], private: []}}}",
        "network: {vpc: {id: vpc-1, subnets: {public: [{id: subnet-1}]}}}",
        "network: {vpc: {id: vpc-1, subnets: {public: [{id: a}, {id: b}], private: [{id: c}]}}}",
        "network: {vpc: {id: vpc-1, cidr: 10.0.0.0/16, subnets: {public: [{id: a}, {id: b}]}}}",
        "network: {vpc: {id: vpc-1, subnets: {public: [{id: a, cidr: 10.0.0.0/24}, {id: b, az: x}]}}}",
        "network: {vpc: {id: vpc-1, subnets: {public: [{id: a}, {}, {id: ''}]}}}",
        "network: {vpc: {id: vpc-1, subnets: {public: [subnet-1, 10.0.0.0/24]}}}",
        "network: {vpc: {id: vpc-1, subnets: {public: [{id: a}, b]}}}",
        "network: {vpc: {id: vpc-1, subnets: [a, b]}}",
    ]), @"
    network.vpc.subnets: no subnets of the imported VPC are given (list the ids of at least two subnets below `public:` or `private:` of `subnets:`)
    network.vpc.subnets: no subnets of the imported VPC are given (list the ids of at least two subnets below `public:` or `private:` of `subnets:`)
    network.vpc.subnets: one public subnet is too few (list at least two of different availability zones, or no public subnets at all)
    network.vpc.subnets: one private subnet is too few (list at least two of different availability zones, or no private subnets at all)
    network.vpc.cidr: `id` and `cidr` of a VPC exclude each other (keep `id` to use a VPC of your own, or `cidr` to have one created)
    network.vpc.subnets.public[0].id: `id` and `cidr` of a subnet exclude each other (keep `id` for a subnet of your own, or `cidr` and `az` to have one created)
    network.vpc.subnets.public[1].id: `id` and `az` of a subnet exclude each other (keep `id` for a subnet of your own, or `cidr` and `az` to have one created)
    network.vpc.subnets.public[1]: the subnet has no `id` (subnets of an imported VPC are given by their ids: `- id: subnet-…`)
    network.vpc.subnets.public[2].id: the subnet has no `id` (subnets of an imported VPC are given by their ids: `- id: subnet-…`)
    network.vpc.subnets.public[0]: expected a map, found `subnet-1` (write `- id: subnet-1`)
    network.vpc.subnets.public[1]: expected a map, found `10.0.0.0/24` (write `- cidr: 10.0.0.0/24`)
    network.vpc.subnets.public[1]: expected a map, found `b` (write `- id: b`)
    network.vpc.subnets: expected a map, found a list
    ");
}

#[test]
fn adjusted_networks() {
    let vpc = |public: &str, private: &str| {
        format!(
            "network: {{vpc: {{cidr: 10.0.0.0/16, subnets: {{public: [{public}], private: [{private}]}}}}}}"
        )
    };
    let fragments = [
        vpc(
            "{cidr: 10.0.0.0/24}, {cidr: 10.0.1.0/24}",
            "{cidr: 10.0.2.0/24}, {cidr: 10.0.3.0/24}, {cidr: 10.0.4.0/24}",
        ),
        vpc("{cidr: 10.0.0.0/24}", ""),
        vpc("{cidr: 10.0.0.0/24, az: a}", "{cidr: 10.0.1.0/24, az: a}"),
        vpc(
            "{cidr: 10.0.0.0/24, az: a}, {cidr: 10.0.1.0/24, az: b}",
            "{cidr: 10.0.2.0/24, az: a}, {cidr: 10.0.3.0/24, az: c}",
        ),
        vpc(
            "{cidr: 10.0.0.0/24, az: a}, {cidr: 10.0.1.0/24, az: a}",
            "{cidr: 10.0.2.0/24, az: a}, {cidr: 10.0.3.0/24}",
        ),
        vpc("{cidr: 10.0.0.0/24}, {cidr: 10.0.0.0/24}", "{cidr: 10.0.2.0/24}, {cidr: 10.0.0.0/24}"),
        vpc(
            "{cidr: 10.0.0.0/24, az: a}, 10.0.1.0/24",
            "{cidr: 10.0.2.0/24, az: a}, {cidr: 10.0.3.0/24, az: b}",
        ),
        vpc("{az: a}, {cidr: '', az: b}", "{id: subnet-1}, {cidr: 10.0.2.0/24, az: b}"),
    ];
    insta::assert_snapshot!(mistakes(&fragments.each_ref().map(String::as_str)), @"
    network.vpc.subnets: there are 2 public and 3 private subnets (list as many public as private ones: add a range below `public:` or remove this one)
    network.vpc.subnets: there are 1 public and 0 private subnets (list as many public as private ones: add a range below `private:` or remove this one)
    network.vpc.subnets: one availability zone is too few (add a public and a private subnet of another zone)
    network.vpc.subnets: `b` has a public subnet, but no private one (add a subnet with `az: b` below `private:`)
    network.vpc.subnets: `c` has a private subnet, but no public one (add a subnet with `az: c` below `public:`)
    network.vpc.subnets.public[1].az: `a` has a public subnet already (list one public and one private subnet for each availability zone)
    network.vpc.subnets.private[1]: the subnet has no `az`, and others have (write `az` for all subnets or for none)
    network.vpc.subnets.public[1].cidr: `10.0.0.0/24` is the range of `network.vpc.subnets.public[0]` already (give each subnet a range of its own)
    network.vpc.subnets.private[1].cidr: `10.0.0.0/24` is the range of `network.vpc.subnets.public[0]` already (give each subnet a range of its own)
    network.vpc.subnets.public[1]: expected a map, found `10.0.1.0/24` (write `- cidr: 10.0.1.0/24`)
    network.vpc.subnets.public[0]: the subnet has no `cidr` (subnets of a VPC with `cidr` are created: give a range that lies in the VPC's)
    network.vpc.subnets.public[1].cidr: the subnet has no `cidr` (subnets of a VPC with `cidr` are created: give a range that lies in the VPC's)
    network.vpc.subnets.private[0]: the subnet has no `cidr` (subnets of a VPC with `cidr` are created: give a range that lies in the VPC's)
    network.vpc.subnets.private[0]: the subnet has no `az`, and others have (write `az` for all subnets or for none)
    ");
}

#[test]
fn security_group_rules() {
    let rule = |rule: &str| format!("network: {{vpc: {{security_group: {{ingress: [{rule}]}}}}}}");
    let fragments = [
        rule("{}"),
        rule("{ip_protocol: tcp, cidr: ''}"),
        rule("{ip_protocol: tcp, ports: http, cidr: 0.0.0.0/0}"),
        rule("{ip_protocol: tcp, ports: 90-80, cidr: 0.0.0.0/0}"),
        rule("{ip_protocol: tcp, ports: -1-80, cidr: 0.0.0.0/0}"),
        rule("{ip_protocol: tcp, ports: 1-99999999999999999999, cidr: 0.0.0.0/0}"),
        rule("{ip_protocol: tcp, ports: [80, 443], cidr: 0.0.0.0/0}"),
        "network: {vpc: {security_group: [{ip_protocol: tcp}]}}".to_owned(),
    ];
    insta::assert_snapshot!(mistakes(&fragments.each_ref().map(String::as_str)), @r#"
    network.vpc.security_group.ingress[0]: the rule has no `ip_protocol` (add `ip_protocol:` with a name such as tcp, or "-1" for all)
    network.vpc.security_group.ingress[0]: the rule has no `cidr` (add `cidr:` with the range at the other end, such as 10.0.0.0/16)
    network.vpc.security_group.ingress[0]: the rule has no `ports` (add `ports:` with a number or a range such as 8000-8080)
    network.vpc.security_group.ingress[0]: the rule has no `ports` (add `ports:` with a number or a range such as 8000-8080)
    network.vpc.security_group.ingress[0].cidr: the rule has no `cidr` (add `cidr:` with the range at the other end, such as 10.0.0.0/16)
    network.vpc.security_group.ingress[0].ports: `http` is not a range of ports (write a number, or the first and the last port: 8000-8080)
    network.vpc.security_group.ingress[0].ports: the range begins with 90, which is more than 80 (write 80-90)
    network.vpc.security_group.ingress[0].ports: `-1-80` is not a range of ports (write a number, or the first and the last port: 8000-8080)
    network.vpc.security_group.ingress[0].ports: `1-99999999999999999999` is not a range of ports (write a number, or the first and the last port: 8000-8080)
    network.vpc.security_group.ingress[0].ports: expected a number, or a range such as 8000-8080, found a list
    network.vpc.security_group: expected a map, found a list
    "#);
}

#[test]
fn load_balancers() {
    insta::assert_snapshot!(mistakes(&[
        "http: []",
        "http: {public: {access_logs: maybe}}",
        "http: {public: {access_logs: {bucket: x}}}",
        "http: {public: {ingress: {cdn: true}}}",
        "http: {public: {ingress: {source_ips: [1.2.3.4, 2001:db8::1, all]}}}",
        "cdn: true\nhttp: {public: {ingress: {cdn: true}, security_groups: {ingress: {restrict_to: {cdn: true}}}}}",
        "http: {public: {security_groups: {ingress: {from_vpc: true}}}}",
        "http: {private: {certificates: [my-cert]}}",
        "http: {private: {ingress: {vpc: true}, security_groups: {ingress: {from_vpc: true}}}}",
        "http: {private: {security_groups: {ingress: {restrict_to: {cdn: true}}}}}",
        "http: {private: {subnets: [subnet-1, subnet-2]}}",
        "network: {vpc: {id: v, subnets: {private: [{id: a}, {id: b}]}}}\nhttp: {private: {subnets: [a, c, a, a b]}}",
    ]), @"
    http: expected a map, found a list
    http.public.access_logs: expected true, false or a map with `bucket_name` or `prefix`, found `maybe`
    http.public.access_logs: the map needs at least one of: bucket_name, prefix
    http.public.ingress.cdn: only CloudFront is let in, but there is no distribution (add `cdn: true` to the manifest, or remove this)
    http.public.ingress.source_ips[0]: `1.2.3.4` is not an address range (write `1.2.3.4/32` for this one address)
    http.public.ingress.source_ips[1]: `2001:db8::1` is not an address range (write `2001:db8::1/128` for this one address)
    http.public.ingress.source_ips[2]: `all` is not an address range (write an address and a prefix, such as 192.0.2.0/24)
    http.public.security_groups.ingress.restrict_to.cdn: `security_groups.ingress` and `ingress` exclude each other (keep `ingress`, and remove `security_groups`)
    http.public.security_groups.ingress.from_vpc: a public load balancer lets the VPC in anyway (remove it; for the internal load balancer, write `ingress:` with `vpc: true` below `private:`)
    http.private.certificates[0]: `my-cert` is not the ARN of a certificate (write the whole ARN: arn:aws:acm:REGION:ACCOUNT:certificate/ID)
    http.private.security_groups.ingress.from_vpc: `security_groups.ingress` and `ingress` exclude each other (keep `ingress`, and remove `security_groups`)
    http.private.security_groups.ingress.restrict_to.cdn: an internal load balancer cannot be restricted further: nothing outside of the VPC reaches it (remove `restrict_to`)
    http.private.subnets[0]: the load balancer can only be placed in imported subnets, and the VPC is not imported (remove `subnets`, or import a VPC with `id` and `subnets` below `vpc:` of `network:`)
    http.private.subnets[1]: `c` is not an imported subnet (list it below `subnets:` of `network.vpc` as well)
    http.private.subnets[2]: `a` is listed twice
    http.private.subnets[3]: `a b` is not an imported subnet (write each id as an item of its own: [a, b])
    ");
}

#[test]
fn distributions() {
    let (west, east) = ("arn:aws:acm:us-west-2:1:certificate/a", "arn:aws:acm:us-east-1:1:certificate/b");
    let fragments = [
        "cdn: {}".to_owned(),
        "cdn: {static_assets: {}}".to_owned(),
        "cdn: {static_assets: maybe}".to_owned(),
        "cdn: [true]".to_owned(),
        "cdn: {certificate: x, terminate_tls: true}".to_owned(),
        format!("cdn: {{certificate: {west}, terminate_tls: true}}"),
        format!("cdn: {{certificate: {east}}}"),
        format!("cdn: true\nhttp: {{public: {{certificates: [{west}]}}}}"),
        "cdn: {static_assets: {path: s/*}}".to_owned(),
    ];
    insta::assert_snapshot!(mistakes(&fragments.each_ref().map(String::as_str)), @"
    cdn: the map needs at least one of: certificate, terminate_tls, static_assets
    cdn.static_assets: the map needs: location, alias, path
    cdn.static_assets: expected a map, found `maybe`
    cdn: expected true, false or a map, found a list
    cdn.certificate: `x` is not the ARN of a certificate (write the whole ARN: arn:aws:acm:REGION:ACCOUNT:certificate/ID)
    cdn.certificate: the certificate is in `us-west-2`; CloudFront takes certificates of us-east-1 only (import or request it there as well)
    cdn.certificate: the load balancer behind the distribution has no certificate (add `terminate_tls: true` below `cdn:`, or `certificates` below `public:` of `http:`)
    cdn: the public load balancer has certificates, the distribution has none (add `certificate:` with the ARN of a certificate in us-east-1 below `cdn:`)
    cdn.static_assets: there is no `location` (add `location:` with the bucket's domain name, such as NAME.s3.REGION.amazonaws.com)
    cdn.static_assets: there is no `alias` (add `alias:` with a domain name of the distribution)
    ");
}

#[test]
fn what_may_be_meant_otherwise() {
    let mut shown = String::new();
    for fragment in [
        "network: {vpc: {id: '', subnets: {public: [{id: a}, {id: b}]}}}",
        "network: {vpc: {subnets: {public: [{id: a}, {id: b}]}}}",
        "network: {vpc: {subnets: {private: [{cidr: 10.0.0.0/24}]}}}",
        "network: {vpc: {cidr: 10.0.0.0/16}}",
        "network: {vpc: {cidr: 10.0.0.0/8, subnets: {public: [{cidr: 11.0.0.0/24}], private: [{cidr: x}]}}}",
        "network: {vpc: {cidr: 10.0.0.0/16, subnets: {public: [{cidr: 10.0.0.0/24}], private: [{cidr: 10.0.0.0/25}]}}}",
        "network: {vpc: {id: v, subnets: {public: [{id: a}, {id: a}]}}}",
        "network: {vpc: {flow_logs: {retention: 17}}}",
        "network: {vpc: {security_group: {ingress: [{ip_protocol: tcp, ports: 70000, cidr: 2001:db8::/32}]}}}",
        "network: {vpc: {security_group: {egress: [{ip_protocol: tcp, ports: 80, cidr: 0.0.0.0/0}]}}}",
        "http: {public: {ssl_policy: TLS13, ingress: {source_ips: ['2001:db8::/32']}}}",
        "http: {public: {security_groups: {ingress: {restrict_to: {source_ips: [10.0.0.0/8]}}}}}",
    ] {
        shown.push_str(&warnings(fragment));
        shown.push('\n');
    }
    insta::assert_snapshot!(shown, @"
    network.vpc.id: is empty: a VPC with the default address ranges is used
    network.vpc.subnets.public[0]: has no effect without the `id` of the VPC: a VPC with the default address ranges is used
    network.vpc.subnets.private[0]: has no effect without the `cidr` of the VPC: the default address ranges are used
    network.vpc.cidr: the VPC gets no subnets, so that nothing can run in it
    network.vpc.cidr: a VPC has a range from /16 to /28; Amazon EC2 will refuse 10.0.0.0/8 | network.vpc.subnets.public[0].cidr: the subnet's range does not lie in the VPC's, 10.0.0.0/8; Amazon EC2 will refuse it | network.vpc.subnets.private[0].cidr: `x` is not an IPv4 range; Amazon EC2 will refuse it
    network.vpc.subnets.private[0].cidr: the subnet's range overlaps with `10.0.0.0/24`; Amazon EC2 will refuse it
    network.vpc.subnets.public[1].id: `a` is listed twice
    network.vpc.flow_logs.retention: CloudWatch Logs has no retention of 17 days
    network.vpc.security_group.ingress[0].ports: ports go from 0 to 65535; Amazon EC2 will refuse the rule | network.vpc.security_group.ingress[0].cidr: `2001:db8::/32` is not an IPv4 range; Amazon EC2 will refuse it
    network.vpc.security_group.egress[0]: these rules replace Amazon EC2's own, which lets everything out: tasks reach neither AWS nor the registries of their images
    http.public.ssl_policy: names of security policies begin with `ELBSecurityPolicy-`; Elastic Load Balancing will refuse this one | http.public.ingress.source_ips[0]: `2001:db8::/32` is a range of IPv6; Amazon EC2 will refuse it here
    http.public.security_groups.ingress.restrict_to.source_ips[0]: has no effect: everybody may reach the load balancer
    ");
}
