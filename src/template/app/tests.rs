use std::collections::BTreeMap;

use super::*;
use crate::template::job::reference_tests::unresolved;
use crate::template::job::testing::keep_rendered;
use crate::yaml;

fn inputs() -> roles::Inputs {
    roles::Inputs {
        app: "shop".to_owned(),
        account_id: "123456789012".to_owned(),
        delegated_accounts: Vec::new(),
        domain: None,
        permissions_boundary: None,
        template_version: "v1.34.1+rs.1.35.0".to_owned(),
    }
}

fn with_domain() -> roles::Inputs {
    roles::Inputs {
        delegated_accounts: vec!["000000000042".to_owned()],
        domain: Some(roles::Domain { name: "example.com".to_owned(), hosted_zone_id: "Z1".to_owned() }),
        permissions_boundary: Some("Boundary".to_owned()),
        ..inputs()
    }
}

#[test]
fn templates_of_roles_stacks() {
    for (name, inputs) in [("roles_plain", inputs()), ("roles_with_domain_and_boundary", with_domain())] {
        let text = roles::render(&inputs).to_yaml();
        keep_rendered(&format!("app-{name}"), &text);
        let read = yaml::load(&text).unwrap().unwrap();
        assert_eq!(unresolved(&read), Vec::<String>::new(), "{name}");
        insta::assert_snapshot!(name, text);
    }
}

#[test]
fn values_of_the_parameters() {
    let lines = |inputs: &roles::Inputs| {
        let values = roles::parameters(inputs).into_iter().map(|(name, value)| format!("{name}={value}"));
        values.collect::<Vec<_>>().join("\n")
    };
    insta::assert_snapshot!(lines(&inputs()), @"
    AdminRoleName=shop-adminrole
    ExecutionRoleName=shop-executionrole
    AppDNSDelegatedAccounts=123456789012
    AppDomainName=
    AppDomainHostedZoneID=
    AppName=shop
    DNSDelegationRoleName=shop-DNSDelegationRole
    ");
    insta::assert_snapshot!(lines(&with_domain()), @"
    AdminRoleName=shop-adminrole
    ExecutionRoleName=shop-executionrole
    AppDNSDelegatedAccounts=000000000042,123456789012
    AppDomainName=example.com
    AppDomainHostedZoneID=Z1
    AppName=shop
    DNSDelegationRoleName=shop-DNSDelegationRole
    ");
    let declared = |inputs: &roles::Inputs| {
        let body = roles::render(inputs).body;
        let names = crate::template::cfn::section::entries(&body, "Parameters");
        names.map(|(_, name, _)| name.to_owned()).collect::<std::collections::BTreeSet<_>>()
    };
    let sent = roles::parameters(&inputs()).into_iter().map(|(name, _)| name).collect();
    assert_eq!(declared(&inputs()), sent);
}

#[test]
fn each_account_may_delegate_once_and_the_applications_always() {
    for (given, expected) in [
        (vec![], "123456789012"),
        (vec![""], "123456789012"),
        (vec!["123456789012", "210987654321"], "123456789012,210987654321"),
        (vec!["210987654321", "000000000042", "210987654321"], "210987654321,000000000042,123456789012"),
    ] {
        let delegated_accounts = given.iter().map(ToString::to_string).collect();
        let parameters = roles::parameters(&roles::Inputs { delegated_accounts, ..inputs() });
        let sent = parameters.into_iter().find(|(name, _)| name == ids::DELEGATED_ACCOUNTS).unwrap().1;
        assert_eq!(sent, expected, "{given:?}");
    }
}

#[test]
fn the_applications_name_wins_among_its_tags() {
    let given = [("owner", "team"), ("copilot-application", "forged")];
    let given: BTreeMap<String, String> = given.map(|(k, v)| (k.to_owned(), v.to_owned())).into();
    let tags: Vec<String> = tags("shop", &given).into_iter().map(|(k, v)| format!("{k}={v}")).collect();
    assert_eq!(tags, ["copilot-application=shop", "owner=team"]);
}

#[test]
fn names_of_stacks_and_roles() {
    let arn = |region| names::role_arn(region, "123456789012", &names::admin_role("shop"));
    insta::assert_snapshot!(
        [
            names::roles_stack("shop"),
            names::stack_set("shop"),
            names::execution_role("shop"),
            names::dns_delegation_role("shop"),
            arn("us-west-2"),
            arn("cn-north-1"),
        ]
        .join("\n"),
        @"
        shop-infrastructure-roles
        shop-infrastructure
        shop-executionrole
        shop-DNSDelegationRole
        arn:aws:iam::123456789012:role/shop-adminrole
        arn:aws-cn:iam::123456789012:role/shop-adminrole
        "
    );
}

#[test]
fn repositories_are_found_by_their_logical_id() {
    for (workload, id) in [("report", "ECRReporeport"), ("a-b-c", "ECRRepoaDASHbDASHc")] {
        assert_eq!(ids::repository(workload), id);
        assert_eq!(ids::workload_of_repository(id).as_deref(), Some(workload));
    }
    assert_eq!(ids::workload_of_repository(ids::KEY_OUTPUT), None);
}
