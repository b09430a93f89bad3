use super::*;
use crate::template::job::reference_tests::unresolved;
use crate::template::job::testing::keep_rendered;
use crate::yaml;

const VERSION: &str = "v1.34.1+rs.1.35.0";

/// What a deployed template's metadata may have, and more than this program knows.
const DEPLOYED: &str = "
Metadata:
  TemplateVersion: 'v1.33.0'
  Version: 41
  Workloads:
    - Name: report-gen
      WithECR: true
    - {Name: site, WithECR: false, Owner: web}
  Accounts:
    - 123456789012
    - 000000000042
    - '000000000777'
  Services: \"See #5140\"
  Audit: {Reviewed: 2024-01-31, By: [ops]}
Resources: {}
";

fn jobs(names: &[&str]) -> Config {
    let workloads = names.iter().map(|name| Workload::new(name, true)).collect();
    Config { version: 1, workloads, accounts: vec!["123456789012".to_owned()], more: Vec::new() }
}

fn metadata(config: &Config) -> String {
    yaml::emit(render("shop", config, VERSION).body.get("Metadata").unwrap())
}

#[test]
fn template_of_two_jobs_and_a_site() {
    let mut config = jobs(&["report-gen", "a-b"]);
    config.workloads.push(Workload::new("site", false));
    config.accounts.push("000000000042".to_owned());
    let text = render("shop", &config, VERSION).to_yaml();
    keep_rendered("app-stack-set", &text);
    assert_eq!(unresolved(&yaml::load(&text).unwrap().unwrap()), Vec::<String>::new());
    insta::assert_snapshot!(text);
}

#[test]
fn a_first_template_is_for_nobody() {
    let text = render("shop", &Config::default(), VERSION).to_yaml();
    keep_rendered("app-stack-set-empty", &text);
    insta::assert_snapshot!(text.split("Resources:").next().unwrap(), @r#"
    AWSTemplateFormatVersion: "2010-09-09"
    Description: Cross-regional resources to support the CodePipeline for a workspace
    Metadata:
      TemplateVersion: "v1.34.1+rs.1.35.0"
      Version: 0
      Workloads: []
      Accounts: []
      Services: "See #5140"
    "#);
    assert_eq!(read(&text).unwrap(), Config::default());
}

#[test]
fn nothing_that_is_not_known_is_dropped() {
    let deployed = read(DEPLOYED).unwrap();
    insta::assert_snapshot!(metadata(&deployed), @r#"
    TemplateVersion: "v1.34.1+rs.1.35.0"
    Version: 41
    Workloads:
      - Name: report-gen
        WithECR: true
      - Name: site
        WithECR: false
        Owner: web
    Accounts:
      - "000000000042"
      - "000000000777"
      - "123456789012"
    Services: "See #5140"
    Audit:
      Reviewed: 2024-01-31
      By:
        - ops
    "#);
    let text = render("shop", &deployed, VERSION).to_yaml();
    let mut again = read(&text).unwrap();
    again.accounts = deployed.accounts.clone();
    assert_eq!(metadata(&again), metadata(&deployed));
    for change in [
        Change::AddJob("nightly".to_owned()),
        Change::RemoveWorkload("report-gen".to_owned()),
        Change::AddEnvironment { account: "210987654321".to_owned() },
        Change::KeepAccounts(vec!["000000000042".to_owned()]),
        Change::Upgrade,
    ] {
        let text = metadata(&deployed.apply(&change).unwrap());
        for kept in ["Owner: web", "Reviewed: 2024-01-31", "000000000042", "Version: 42"] {
            assert!(text.contains(kept), "{change:?} drops {kept}:\n{text}");
        }
    }
}

#[test]
fn names_of_services_become_workloads_with_repositories() {
    let deployed = "Metadata: {Version: 5, Services: [report-gen, web], Accounts: []}\n";
    insta::assert_snapshot!(metadata(&read(deployed).unwrap()), @r#"
    TemplateVersion: "v1.34.1+rs.1.35.0"
    Version: 5
    Workloads:
      - Name: report-gen
        WithECR: true
      - Name: web
        WithECR: true
    Accounts: []
    Services: "See #5140"
    "#);
}

#[test]
fn what_changes_and_what_is_nothing_to_do() {
    let config = jobs(&["report-gen", "nightly"]);
    let accounts = |ids: &[&str]| Change::KeepAccounts(ids.iter().map(ToString::to_string).collect());
    let account = |id: &str| Change::AddEnvironment { account: id.to_owned() };
    let changes = [
        Change::AddJob("clean".to_owned()),
        Change::AddJob("nightly".to_owned()),
        Change::RemoveWorkload("nightly".to_owned()),
        Change::RemoveWorkload("clean".to_owned()),
        account("000000000042"),
        account("123456789012"),
        accounts(&["123456789012", "000000000042"]),
        accounts(&[]),
        Change::Upgrade,
    ];
    let told = changes.map(|change| {
        let result = config.apply(&change).map_or("nothing to do".to_owned(), |next| {
            let names: Vec<&str> = next.workloads.iter().map(|workload| workload.name.as_str()).collect();
            format!("version {}, {}; {}", next.version, names.join(" "), next.accounts.join(" "))
        });
        format!("{change:?}: {result}")
    });
    insta::assert_snapshot!(told.join("\n"), @r#"
    AddJob("clean"): version 2, report-gen nightly clean; 123456789012
    AddJob("nightly"): nothing to do
    RemoveWorkload("nightly"): version 2, report-gen; 123456789012
    RemoveWorkload("clean"): nothing to do
    AddEnvironment { account: "000000000042" }: version 2, report-gen nightly; 123456789012 000000000042
    AddEnvironment { account: "123456789012" }: version 2, report-gen nightly; 123456789012
    KeepAccounts(["123456789012", "000000000042"]): nothing to do
    KeepAccounts([]): version 2, report-gen nightly; 
    Upgrade: version 2, report-gen nightly; 123456789012
    "#);
}

#[test]
fn metadata_that_is_not_understood_is_refused() {
    let cases = [
        "",
        "Resources: {}\n",
        "Metadata: []\n",
        "Metadata: {Version: next}\n",
        "Metadata: {Version: -1}\n",
        "Metadata:\n  Workloads: report\n",
        "Metadata:\n  Workloads:\n    - report\n",
        "Metadata:\n  Workloads:\n    - {Name: report, WithECR: maybe}\n",
        "Metadata:\n  Accounts: [42]\n",
        "Metadata:\n  Accounts: [[123456789012]]\n",
        "Metadata:\n  Services: [{}]\n",
        "Metadata: {\n",
    ];
    let told = cases.map(|text| format!("{:#}", read(text).unwrap_err()));
    insta::assert_snapshot!(told.join("\n"), @r#"
    the stack set's template is empty
    the stack set's template has no map "Metadata"
    the stack set's template has no map "Metadata"
    "Metadata.Version" (line 1) is no number
    "Metadata.Version" (line 1) is no number
    "Metadata.Workloads" (line 2) is no list
    an entry of "Metadata.Workloads" (line 3) has no Name
    WithECR of "report" in "Metadata.Workloads" (line 3) is neither true nor false
    an entry of "Metadata.Accounts" (line 2) is no account id, which has twelve digits
    an entry of "Metadata.Accounts" (line 2) is no account id, which has twelve digits
    an entry of "Metadata.Services" (line 2) is no name
    read the stack set's template: line 1, column 11: invalid YAML: unclosed bracket '{'
    "#);
    insta::assert_snapshot!(read("Metadata:\n  Accounts: x\n").unwrap_err().hints().join("\n"), @"Nothing was changed. Look at the template with `aws cloudformation describe-stack-set`, and correct its Metadata.");
}

#[test]
fn several_changes_are_one_operation() {
    let account = |account: &str| Change::AddEnvironment { account: account.to_owned() };
    let together = |changes: &[Change]| jobs(&["report"]).apply(&Change::Together(changes.to_vec()));
    let changed = together(&[Change::AddJob("mail".to_owned()), account("000000000042")]).unwrap();
    assert_eq!(changed.version, 2);
    assert_eq!(changed.workloads.len(), 2);
    assert_eq!(changed.accounts, ["123456789012", "000000000042"]);
    // What is there already, also if it would be an operation of its own.
    assert_eq!(together(&[Change::AddJob("report".to_owned()), account("123456789012")]), None);
    assert!(together(&[Change::AddJob("report".to_owned()), account("000000000042")]).is_some());
    assert_eq!(together(&[]), None);
}
