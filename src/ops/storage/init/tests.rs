//! The network of a cluster, from the manifests that a workspace has; and templates that addons take.

use std::fs;

use tempfile::TempDir;

use super::*;
use crate::template::job::testing::minimal_job;

const HEAD: &str = "type: Environment\nnetwork:\n  vpc:\n";

/// A workspace with manifests of environments, given by name and network.
fn workspace(environments: &[(&str, &str)]) -> (TempDir, Workspace) {
    let dir = tempfile::tempdir().unwrap();
    let copilot_dir = dir.path().join("copilot");
    fs::create_dir_all(copilot_dir.join("environments")).unwrap();
    for (name, network) in environments {
        let manifest = match *network {
            "" => format!("name: {name}\ntype: Environment\n"),
            network => format!("name: {name}\n{HEAD}{network}"),
        };
        fs::create_dir_all(copilot_dir.join("environments").join(name)).unwrap();
        fs::write(copilot_dir.join("environments").join(name).join("manifest.yml"), manifest).unwrap();
    }
    (dir, Workspace { copilot_dir })
}

/// What the parameter file says, and what the user is told.
fn network(environments: &[(&str, &str)]) -> String {
    let (_dir, workspace) = workspace(environments);
    let registered: Vec<String> = environments.iter().map(|(name, _)| (*name).to_owned()).collect();
    let lookup = |name: &str| (name == "VPC").then(|| "vpc-9".to_owned());
    match network::read(&workspace, "shop", &registered, &lookup) {
        Err(error) => format!("{error}\n  {}\n", error.hints().join("\n  ")),
        Ok(network::Network { vpc, subnets, warnings }) => {
            let warnings: String = warnings.iter().map(|text| format!("Warning: {text}\n")).collect();
            format!("{}{warnings}", cluster::environment_parameters(vpc, subnets))
        }
    }
}

const THREE: &str = "    cidr: 10.1.0.0/16
    subnets:
      public: [{cidr: 10.1.0.0/24}, {cidr: 10.1.1.0/24}, {cidr: 10.1.2.0/24}]
      private: [{cidr: 10.1.3.0/24}, {cidr: 10.1.4.0/24}, {cidr: 10.1.5.0/24}]
";
const IMPORTED: &str = "    id: ${VPC}
    subnets:
      private: [{id: subnet-a}, {id: subnet-b}, {id: subnet-c}]
";
const PUBLIC: &str = "    id: vpc-8
    subnets:
      public: [{id: subnet-a}, {id: subnet-b}]
";

#[test]
fn networks_of_the_environments() {
    insta::assert_snapshot!(network(&[("test", "")]), @r#"
    # Values for parameters of the addons in this directory: ids of the VPC and its private subnets.
    Parameters:
      VPCID: !Ref VPC
      PrivateSubnets: !Join
        - ","
        - - !Ref PrivateSubnet1
          - !Ref PrivateSubnet2
    "#);
    insta::assert_snapshot!(network(&[("test", THREE)]), @r#"
    # Values for parameters of the addons in this directory: ids of the VPC and its private subnets.
    Parameters:
      VPCID: !Ref VPC
      PrivateSubnets: !Join
        - ","
        - - !Ref PrivateSubnet1
          - !Ref PrivateSubnet2
          - !Ref PrivateSubnet3
    "#);
    insta::assert_snapshot!(network(&[("test", THREE), ("prod", "")]), @r#"
    # Values for parameters of the addons in this directory: ids of the VPC and its private subnets.
    Parameters:
      VPCID: !Ref VPC
      PrivateSubnets: !Join
        - ","
        - - !Ref PrivateSubnet1
          - !Ref PrivateSubnet2
    "#);
    insta::assert_snapshot!(network(&[("test", IMPORTED)]), @r#"
    # Values for parameters of the addons in this directory: ids of the VPC and its private subnets.
    Parameters:
      VPCID: vpc-9
      PrivateSubnets: !Join
        - ","
        - - subnet-a
          - subnet-b
          - subnet-c
    "#);
    insta::assert_snapshot!(network(&[("test", IMPORTED), ("prod", "")]), @r#"
    # Values for parameters of the addons in this directory: ids of the VPC and its private subnets.
    Parameters:
      VPCID: !Ref VPC
      PrivateSubnets: !Join
        - ","
        - - !Ref PrivateSubnet1
          - !Ref PrivateSubnet2
    Warning: copilot/environments/addons/addons.parameters.yml does not fit environment test, which has another network: before `copilot env deploy --name test` write `VPCID: vpc-9` and `PrivateSubnets: !Join [',', [subnet-a, subnet-b, subnet-c]]` there
    "#);
    insta::assert_snapshot!(network(&[("test", PUBLIC)]), @"
    a database cluster needs two private subnets, and the network of test has fewer
      Add private subnets in two availability zones to `network.vpc.subnets.private` of the environment's manifest.
    ");
    insta::assert_snapshot!(network(&[("test", PUBLIC), ("prod", "")]), @r#"
    # Values for parameters of the addons in this directory: ids of the VPC and its private subnets.
    Parameters:
      VPCID: !Ref VPC
      PrivateSubnets: !Join
        - ","
        - - !Ref PrivateSubnet1
          - !Ref PrivateSubnet2
    Warning: a database cluster needs two private subnets, and the network of test has fewer: `copilot env deploy` will fail there
    "#);
    insta::assert_snapshot!(network(&[("test", "    id: vpc-1\n"), ("prod", THREE)]), @r#"
    # Values for parameters of the addons in this directory: ids of the VPC and its private subnets.
    Parameters:
      VPCID: !Ref VPC
      PrivateSubnets: !Join
        - ","
        - - !Ref PrivateSubnet1
          - !Ref PrivateSubnet2
          - !Ref PrivateSubnet3
    Warning: the network of test is not known, as the workspace has no manifest of it that can be read. Check that copilot/environments/addons/addons.parameters.yml fits it: `VPCID` is the VPC's id, `PrivateSubnets` the ids of private subnets with commas between them, which `copilot env show --name ENVIRONMENT --json` shows
    "#);
}

#[test]
fn a_parameter_file_that_is_there_must_give_what_a_cluster_needs() {
    let (dir, workspace) = workspace(&[("test", "")]);
    let network = network::read(&workspace, "shop", &[], &|_| None).unwrap();
    let content = cluster::environment_parameters(network.vpc, network.subnets);
    let given = || {
        network::is_given(&workspace, &content).map_err(|e| format!("{e}\n{}", e.detail_lines().join("\n")))
    };
    assert_eq!(given(), Ok(false));
    let addons = dir.path().join(place::ENVIRONMENT_ADDONS);
    fs::create_dir_all(&addons).unwrap();
    fs::write(addons.join("addons.parameters.yml"), &content).unwrap();
    assert_eq!(given(), Ok(false));
    fs::write(
        addons.join("addons.parameters.yml"),
        "Parameters: {VPCID: vpc-1, PrivateSubnets: 'a,b', Size: 1}\n",
    )
    .unwrap();
    assert_eq!(given(), Ok(true));
    fs::write(addons.join("addons.parameters.yml"), "Parameters: {VPCID: vpc-1}\n").unwrap();
    insta::assert_snapshot!(given().unwrap_err(), @r#"
    nothing was written: copilot/environments/addons/addons.parameters.yml exists already and does not give both VPCID and PrivateSubnets, which the cluster needs
    Parameters:
      VPCID: !Ref VPC
      PrivateSubnets: !Join
        - ","
        - - !Ref PrivateSubnet1
          - !Ref PrivateSubnet2
    "#);
    fs::remove_file(addons.join("addons.parameters.yml")).unwrap();
    fs::write(addons.join("addons.parameters.yaml"), "").unwrap();
    insta::assert_snapshot!(given().unwrap_err(), @r#"
    nothing was written: copilot/environments/addons/addons.parameters.yaml exists already and does not give both VPCID and PrivateSubnets, which the cluster needs
    Parameters:
      VPCID: !Ref VPC
      PrivateSubnets: !Join
        - ","
        - - !Ref PrivateSubnet1
          - !Ref PrivateSubnet2
    "#);
}

/// Everything that can lie in a job's addons directory at once.
#[test]
fn written_templates_pass_the_checks_of_addons() {
    let key = |text: &str| crate::template::storage::table::Attribute::parse(text).unwrap();
    let table = Table {
        name: "items".to_owned(),
        partition_key: key("id:S"),
        sort_key: Some(key("when:N")),
        indexes: vec![key("points:N")],
    };
    let cluster = |name: &str, engine| Cluster {
        name: name.to_owned(),
        engine,
        database: "reports".to_owned(),
        parameter_group: None,
        environments: vec!["prod".to_owned()],
    };
    let dir = tempfile::tempdir().unwrap();
    for (file, text) in [
        ("raw.yml", bucket::template("raw", Level::Workload)),
        ("shared-access-policy.yml", bucket::access_policy("shared")),
        ("items.yml", table::template(&table, Level::Workload)),
        ("others-access-policy.yml", table::access_policy("others")),
        ("db.yml", cluster::template(&cluster("db", Engine::MySql), Level::Workload)),
        ("pg.yml", cluster::template(&cluster("pg", Engine::PostgreSql), Level::Workload)),
    ] {
        fs::write(dir.path().join(file), text).unwrap();
    }
    let target = addons::Target { app: "shop", env: "later" };
    let loaded =
        addons::load(dir.path(), "addons", addons::Owner::Job(&minimal_job("report-gen")), &target).unwrap();
    assert_eq!(loaded.warnings, [""; 0]);
    let outputs = loaded.addons.unwrap().inputs.outputs;
    let outputs: Vec<String> =
        outputs.iter().map(|output| format!("{}: {:?}", output.name, output.kind)).collect();
    insta::assert_snapshot!(outputs.join("\n"), @"
    dbSecret: Secret
    dbSecurityGroup: SecurityGroup
    itemsName: Variable
    itemsAccessPolicy: ManagedPolicy
    othersNameDdbTableName: Variable
    othersDdbTableAccessPolicy: ManagedPolicy
    pgSecret: Secret
    pgSecurityGroup: SecurityGroup
    rawName: Variable
    rawAccessPolicy: ManagedPolicy
    sharedNameBucketName: Variable
    sharedBucketAccessPolicy: ManagedPolicy
    ");
}

#[test]
fn lines_for_the_manifest_are_accepted() {
    use crate::manifest::{self, Source, Target};
    use crate::template::storage::snippet;
    for kind in Kind::ALL {
        let text = format!(
            "name: report-gen\ntype: Scheduled Job\nimage: {{location: alpine}}\non: {{schedule: none}}\n{}",
            snippet::manifest(kind, "my-data")
        );
        let target =
            Target { app: "shop", env: "test", job: "report-gen", environments: &[], lookup: &|_| None };
        let loaded = manifest::load(Source { path: "manifest.yml", text: &text }, target).unwrap();
        assert!(loaded.warnings.is_empty(), "{kind}: {:?}", loaded.warnings);
        assert!(loaded.text.contains("shop-test-mydata"), "{}", loaded.text);
    }
}
