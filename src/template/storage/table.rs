//! Amazon DynamoDB: a table that is paid for by request.

use std::fmt;

use super::text::{Entry, Text};
use super::{Level, arn, export_name, imported, name_output, parameters};
use crate::template::cfn::iam::{self, Statement};
use crate::template::cfn::intrinsic::{get_att, reference, sub, sub_with};
use crate::template::cfn::mapping::Map;
use crate::template::cfn::names::{logical_id_safe, variable_name};
use crate::template::cfn::output::Output;
use crate::template::cfn::resource::Resource;
use crate::template::cfn::section::{OUTPUTS, PARAMETERS, RESOURCES};
use crate::yaml::Node;

/// How many local secondary indexes a table can have.
pub const MOST_INDEXES: usize = 5;

const ACTIONS: [&str; 11] = [
    "dynamodb:BatchGet*",
    "dynamodb:DescribeStream",
    "dynamodb:DescribeTable",
    "dynamodb:Get*",
    "dynamodb:Query",
    "dynamodb:Scan",
    "dynamodb:BatchWrite*",
    "dynamodb:Create*",
    "dynamodb:Delete*",
    "dynamodb:Update*",
    "dynamodb:PutItem",
];

/// A table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table {
    /// Last part of the table's name.
    pub name: String,
    /// The key that finds an item, alone or with the sort key.
    pub partition_key: Attribute,
    /// The key that orders items with the same partition key.
    pub sort_key: Option<Attribute>,
    /// Other sort keys; there are none without a sort key.
    pub indexes: Vec<Attribute>,
}

/// An attribute that is part of a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attribute {
    /// Name of the attribute.
    pub name: String,
    /// What its values are.
    pub kind: AttributeType,
}

/// What the values of a key are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AttributeType {
    /// Texts.
    String,
    /// Numbers.
    Number,
    /// Bytes.
    Binary,
}

impl AttributeType {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::String, Self::Number, Self::Binary];

    /// The letter that DynamoDB has for it.
    fn letter(self) -> &'static str {
        match self {
            Self::String => "S",
            Self::Number => "N",
            Self::Binary => "B",
        }
    }
}

impl fmt::Display for AttributeType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}

impl Attribute {
    /// Reads `NAME:T`, where T is a letter or a word, in any case.
    ///
    /// # Errors
    /// What is wrong with the text.
    pub fn parse(text: &str) -> Result<Self, String> {
        let malformed =
            || format!("`{text}` is not of the form NAME:T, where T is S (string), N (number) or B (binary)");
        let (name, kind) = text.rsplit_once(':').ok_or_else(malformed)?;
        let is_meant = |known: &AttributeType| {
            kind.eq_ignore_ascii_case(known.letter()) || kind.eq_ignore_ascii_case(&known.to_string())
        };
        let kind = AttributeType::ALL.into_iter().find(is_meant).ok_or_else(malformed)?;
        super::names::attribute(name)?;
        Ok(Self { name: name.to_owned(), kind })
    }
}

/// The template of a table.
pub fn template(table: &Table, level: Level) -> String {
    let name = &table.name;
    let id = logical_id_safe(name);
    let physical_name = match level {
        Level::Workload => sub(format!("${{App}}-${{Env}}-${{Name}}-{name}")),
        Level::Environment => sub(format!("${{App}}-${{Env}}-{name}")),
    };
    let mut resources: Vec<Entry> = vec![
        Resource::new(&id, "AWS::DynamoDB::Table", properties(table, physical_name))
            .described(format!("An Amazon DynamoDB table for {name}"))
            .into(),
    ];
    let outputs: Vec<Entry> = match level {
        Level::Workload => {
            let access = format!("{id}AccessPolicy");
            let properties = access_properties(reference(&id), arn(&id, ""), arn(&id, "/index/*"));
            let policy = Resource::new(&access, iam::MANAGED_POLICY, properties)
                .described(format!("An IAM ManagedPolicy for your service to access the {name} db"));
            resources.push(policy.into());
            let output = name_output(&id);
            let variable = variable_name(&output);
            vec![
                Entry::from(Output::new(output, reference(&id)).described("The name of this DynamoDB."))
                    .commented(format!("The containers get it as the environment variable {variable}.")),
                Output::new(&access, reference(&access))
                    .described("The IAM::ManagedPolicy to attach to the task role.")
                    .into(),
            ]
        }
        Level::Environment => vec![
            Output::new(name_output(&id), reference(&id))
                .described("The name of this DynamoDB table.")
                .exported(export_name(&name_export(&id)))
                .into(),
            Output::new(format!("{id}DynamoDBTableARN"), get_att(&id, "Arn"))
                .described(format!("The ARN of the {name} DynamoDB table."))
                .exported(export_name(&arn_export(&id)))
                .into(),
        ],
    };
    Text::new(&format!("The table {name}."))
        .section(PARAMETERS, parameters(level).into_iter().map(Entry::from))
        .section(RESOURCES, resources)
        .section(OUTPUTS, outputs)
        .build()
}

/// The template that lets a job use an environment's table.
pub fn access_policy(name: &str) -> String {
    let id = logical_id_safe(name);
    let access = format!("{id}DdbTableAccessPolicy");
    let table = imported(&name_export(&id));
    let indexes = sub_with("${ TableARN }/index/*", [("TableARN", imported(&arn_export(&id)))]);
    let properties = access_properties(table.clone(), imported(&arn_export(&id)), indexes);
    let policy = Resource::new(&access, iam::MANAGED_POLICY, properties)
        .described("An IAM managed policy for your service to access a DDB table in your environment");
    let output = access_output(&id);
    let variable = variable_name(&output);
    let about = "The IAM managed policy to attach to the task role to give access to the DynamoDB table.";
    let outputs = [
        Entry::from(Output::new(output, table).described("The name of the DynamoDB table."))
            .commented(format!("The containers get it as the environment variable {variable}.")),
        Output::new(&access, reference(&access)).described(about).into(),
    ];
    Text::new(&format!("Access to the environment's table {name}, which must be deployed before."))
        .section(PARAMETERS, parameters(Level::Workload).into_iter().map(Entry::from))
        .section(RESOURCES, [policy.into()])
        .section(OUTPUTS, outputs)
        .build()
}

/// Output of the access policy's template with the table's name.
pub(super) fn access_output(id: &str) -> String {
    format!("{id}NameDdbTableName")
}

/// Export with the table's name, behind application and environment.
pub(super) fn name_export(id: &str) -> String {
    format!("{id}TableName")
}

fn arn_export(id: &str) -> String {
    format!("{id}TableArn")
}

fn properties(table: &Table, physical_name: Node) -> Map {
    let attributes = [&table.partition_key].into_iter().chain(&table.sort_key).chain(&table.indexes);
    let definition = |attribute: &Attribute| {
        Map::new()
            .with_text("AttributeName", &attribute.name)
            .with_text("AttributeType", attribute.kind.letter())
            .build()
    };
    let indexes = table.indexes.iter().map(|index| {
        Map::new()
            .with_text("IndexName", &index.name)
            .with("KeySchema", keys(&table.partition_key, Some(index)))
            .with("Projection", Map::new().with_text("ProjectionType", "ALL").build())
            .build()
    });
    Map::new()
        .with("TableName", physical_name)
        .with_text("BillingMode", "PAY_PER_REQUEST")
        .with("AttributeDefinitions", Node::sequence(attributes.map(definition)))
        .with("KeySchema", keys(&table.partition_key, table.sort_key.as_ref()))
        .with_items("LocalSecondaryIndexes", indexes.collect())
}

fn keys(partition: &Attribute, sort: Option<&Attribute>) -> Node {
    let key = |attribute: &Attribute, kind: &str| {
        Map::new().with_text("AttributeName", &attribute.name).with_text("KeyType", kind).build()
    };
    Node::sequence([key(partition, "HASH")].into_iter().chain(sort.map(|sort| key(sort, "RANGE"))))
}

fn access_properties(table: Node, whole: Node, indexes: Node) -> Map {
    let statements = [
        Statement::allow().sid("DDBActions").actions(&ACTIONS).on(whole),
        Statement::allow().sid("DDBLSIActions").actions(&["dynamodb:Query", "dynamodb:Scan"]).on(indexes),
    ];
    let about = sub_with("Grants CRUD access to the Dynamo DB table ${Table}", [("Table", table)]);
    Map::new().with("Description", about).with("PolicyDocument", iam::document(statements))
}
