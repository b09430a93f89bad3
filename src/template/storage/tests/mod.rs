//! What all templates have in common, and what names AWS takes.

mod whole_templates;

use super::cluster::{Cluster, Engine};
use super::table::{Attribute, AttributeType, Table};
use super::*;
use crate::template::cfn::intrinsic::reference;
use crate::template::cfn::section::{PARAMETERS, entries};
use crate::template::job::testing::keep_rendered;
use crate::yaml;

const LEVELS: [Level; 2] = [Level::Workload, Level::Environment];

fn key(text: &str) -> Attribute {
    Attribute::parse(text).unwrap()
}

fn table() -> Table {
    Table {
        name: "my-items".to_owned(),
        partition_key: key("Email:S"),
        sort_key: Some(key("yes:n")),
        indexes: vec![key("Points:Number")],
    }
}

fn cluster(engine: Engine) -> Cluster {
    Cluster {
        name: "shared-db".to_owned(),
        engine,
        database: "reports".to_owned(),
        parameter_group: None,
        environments: vec!["prod".to_owned(), "test".to_owned()],
    }
}

/// Every template of a level, with what it is.
fn templates(level: Level) -> Vec<(String, String)> {
    let with_group = Cluster { parameter_group: Some("my-pg".to_owned()), ..cluster(Engine::MySql) };
    let mut templates = vec![
        ("bucket", bucket::template("my-bucket", level)),
        ("table", table::template(&table(), level)),
        ("mysql", cluster::template(&cluster(Engine::MySql), level)),
        ("postgresql", cluster::template(&cluster(Engine::PostgreSql), level)),
        ("parameter-group", cluster::template(&with_group, level)),
    ];
    if level == Level::Workload {
        templates.push(("bucket-access", bucket::access_policy("my-bucket")));
        templates.push(("table-access", table::access_policy("my-items")));
    }
    templates.into_iter().map(|(name, text)| (format!("storage-{level}-{name}"), text)).collect()
}

/// Files of a directory are merged, so what they have in common must be the same.
#[test]
fn all_templates_of_a_level_declare_the_same_parameters() {
    for level in LEVELS {
        let mut known = std::collections::BTreeMap::new();
        for (name, text) in templates(level) {
            keep_rendered(&name, &text);
            let body = yaml::load(&text).unwrap().unwrap();
            for (_, parameter, about) in entries(&body, PARAMETERS) {
                let about = yaml::emit(about);
                assert_eq!(*known.entry(parameter.to_owned()).or_insert(about.clone()), about, "{name}");
            }
        }
        let names: Vec<&str> = known.keys().map(String::as_str).collect();
        match level {
            Level::Workload => assert_eq!(names, ["App", "Env", "Name", "shareddbDBName"]),
            Level::Environment => {
                assert_eq!(names, ["App", "Env", "PrivateSubnets", "VPCID", "shareddbDBName"]);
            }
        }
    }
}

/// Minor versions come and go: those without long-term support cannot be created any more about a year after their release.
///
/// - 3.10 of Aurora MySQL has long-term support ("Long-term support (LTS) and beta releases for Amazon Aurora MySQL"); its patch
///   3.10.4 is of March 2026 ("Document history for the Aurora MySQL Release Notes").
/// - 17.7 of Aurora PostgreSQL has it ("Using an Aurora PostgreSQL long-term support (LTS) release").
/// - Serverless v2 takes Aurora MySQL from 3.02.0 and Aurora PostgreSQL 17 from 17.4 on ("Supported Regions and Aurora DB engines
///   for Aurora Serverless v2").
///
/// All of them are pages of the Amazon Aurora User Guide or of the release notes that belong to it.
#[test]
fn engine_versions_can_still_be_created() {
    let about = |engine: Engine| (engine.version(), engine.family());
    assert_eq!(about(Engine::MySql), ("8.0.mysql_aurora.3.10.4", "aurora-mysql8.0"));
    assert_eq!(about(Engine::PostgreSql), ("17.7", "aurora-postgresql17"));
}

#[test]
fn keys_are_read() {
    for (text, name, kind) in [
        ("Email:S", "Email", AttributeType::String),
        ("id:n", "id", AttributeType::Number),
        ("when:BINARY", "when", AttributeType::Binary),
        ("a:b:string", "a:b", AttributeType::String),
    ] {
        assert_eq!(Attribute::parse(text), Ok(Attribute { name: name.to_owned(), kind }), "{text}");
    }
    let told = ["Email", "Email:", "Email:X", "Email:SS", ":S", "a b:S"]
        .map(|text| Attribute::parse(text).unwrap_err());
    insta::assert_snapshot!(told.join("\n"), @"
    `Email` is not of the form NAME:T, where T is S (string), N (number) or B (binary)
    `Email:` is not of the form NAME:T, where T is S (string), N (number) or B (binary)
    `Email:X` is not of the form NAME:T, where T is S (string), N (number) or B (binary)
    `Email:SS` is not of the form NAME:T, where T is S (string), N (number) or B (binary)
    it is empty: an attribute's name has 1 to 255 bytes
    `a b` holds a blank, which no key's name has
    ");
}

#[test]
fn names_are_checked() {
    let told = |checked: Result<(), String>| checked.err().unwrap_or_else(|| "accepted".to_owned());
    let rows = [
        (Kind::S3, "my-bucket.2"),
        (Kind::S3, "MyRaw"),
        (Kind::S3, "my_raw"),
        (Kind::S3, "ab"),
        (Kind::S3, "a--b"),
        (Kind::S3, "raw-"),
        (Kind::S3, "192.168.0.1"),
        (Kind::S3, "addons.parameters"),
        (Kind::DynamoDb, "My_items.2"),
        (Kind::DynamoDb, "my items"),
        (Kind::DynamoDb, "../x"),
        (Kind::DynamoDb, "..."),
        (Kind::DynamoDb, "App"),
        (Kind::Aurora, "db"),
        (Kind::Aurora, "2db"),
        (Kind::Aurora, "d$"),
    ];
    let mut all: Vec<String> = rows
        .iter()
        .map(|(kind, name)| format!("{kind} {name}: {}", told(names::storage(*kind, name))))
        .collect();
    all.push(format!("Aurora long: {}", told(names::storage(Kind::Aurora, &"a".repeat(55)))));
    let databases = [
        (Engine::MySql, "reports_2"),
        (Engine::MySql, "mysql"),
        (Engine::PostgreSql, "2reports"),
        (Engine::PostgreSql, "re-ports"),
    ];
    all.extend(
        databases
            .iter()
            .map(|(engine, name)| format!("{engine} {name}: {}", told(names::database(*engine, name)))),
    );
    all.extend(
        ["my-pg", "default.aurora-mysql8.0", "my--pg", "-pg"]
            .map(|name| format!("group {name}: {}", told(names::parameter_group(name)))),
    );
    all.extend(["Points", "id", "Größe"].map(|name| format!("index {name}: {}", told(names::index(name)))));
    insta::assert_snapshot!(all.join("\n"), @"
    S3 my-bucket.2: accepted
    S3 MyRaw: `MyRaw` holds `M`: a bucket's name has 3 to 63 lower-case letters, digits, `.` and `-`
    S3 my_raw: `my_raw` holds `_`: a bucket's name has 3 to 63 lower-case letters, digits, `.` and `-`
    S3 ab: `ab` is too short: a bucket's name has 3 to 63 lower-case letters, digits, `.` and `-`
    S3 a--b: `a--b` has two of `.` and `-` in a row, which a bucket's name must not have
    S3 raw-: `raw-` does not begin and end with a letter or digit, as a bucket's name does
    S3 192.168.0.1: `192.168.0.1` is an IP address, which a bucket's name must not be
    S3 addons.parameters: `addons.parameters` is the name of the file with the addons' parameters
    DynamoDB My_items.2: accepted
    DynamoDB my items: `my items` holds ` `: a table's name has 3 to 255 letters of a to z, digits, `_`, `.` and `-`
    DynamoDB ../x: `../x` holds `/`: a table's name has 3 to 255 letters of a to z, digits, `_`, `.` and `-`
    DynamoDB ...: `...` has no letter and no digit, which resources are named by
    DynamoDB App: `App` would give the table the name of a parameter of every template, App
    Aurora db: accepted
    Aurora 2db: `2db` does not begin with a letter: a cluster's name has 1 to 54 letters of a to z, digits, `_`, `.` and `-`, and begins with a letter
    Aurora d$: `d$` holds `$`: a cluster's name has 1 to 54 letters of a to z, digits, `_`, `.` and `-`, and begins with a letter
    Aurora long: `aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa` is too long: a cluster's name has 1 to 54 letters of a to z, digits, `_`, `.` and `-`, and begins with a letter
    MySQL reports_2: accepted
    MySQL mysql: `mysql` is a database that every MySQL cluster has for itself
    PostgreSQL 2reports: `2reports` does not begin with a letter: a PostgreSQL database's name has 1 to 63 letters of a to z, digits and `_`, and begins with a letter
    PostgreSQL re-ports: `re-ports` holds `-`: a PostgreSQL database's name has 1 to 63 letters of a to z, digits and `_`, and begins with a letter
    group my-pg: accepted
    group default.aurora-mysql8.0: accepted
    group my--pg: `my--pg` ends with `-` or has two of them in a row, which no parameter group's name does
    group -pg: `-pg` does not begin with a letter: a parameter group's name has 1 to 255 letters of a to z, digits and `-`, and begins with a letter
    index Points: accepted
    index id: `id` is too short: an index is named after its key, and its name has 3 to 255 letters of a to z, digits, `_`, `.` and `-`
    index Größe: `Größe` holds `ö`: an index is named after its key, and its name has 3 to 255 letters of a to z, digits, `_`, `.` and `-`
    ");
}

#[test]
fn variables_and_logical_ids() {
    let about = Kind::ALL.map(|kind| {
        (logical_id(kind, "my-raw_2"), workload_variable(kind, "my-raw_2"), access_variable(kind, "my-raw_2"))
    });
    insta::assert_snapshot!(format!("{about:#?}"), @r#"
    [
        (
            "myraw2",
            "MYRAW2_NAME",
            Some(
                "MYRAW2_NAME_DDB_TABLE_NAME",
            ),
        ),
        (
            "myraw2Bucket",
            "MYRAW2_NAME",
            Some(
                "MYRAW2_NAME_BUCKET_NAME",
            ),
        ),
        (
            "myraw2DBCluster",
            "MYRAW2_SECRET",
            None,
        ),
    ]
    "#);
}
