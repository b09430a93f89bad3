//! Templates of storage for jobs: a bucket, a table or a database cluster, as a file that is written into an addons directory
//! once and belongs to the user from then on.
//!
//! The old tool wrote the same resources under the same names, and other stacks import what it exported, so ids, outputs and
//! exports are its own.

pub mod bucket;
pub mod cluster;
pub mod names;
pub mod snippet;
pub mod table;
mod text;

#[cfg(test)]
mod tests;

use std::fmt;

use super::cfn::intrinsic::{import_sub, sub};
use super::cfn::names::{logical_id_safe, variable_name};
use crate::yaml::Node;

/// What is stored where.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Items in a table.
    DynamoDb,
    /// Objects in a bucket.
    S3,
    /// Relational data in a cluster.
    Aurora,
}

impl Kind {
    /// All of them, in the order in which they are offered.
    pub const ALL: [Self; 3] = [Self::DynamoDb, Self::S3, Self::Aurora];

    /// The name that the command line has for it.
    pub fn name(self) -> &'static str {
        match self {
            Self::DynamoDb => "DynamoDB",
            Self::S3 => "S3",
            Self::Aurora => "Aurora",
        }
    }

    /// What storage of this kind is.
    pub fn noun(self) -> &'static str {
        match self {
            Self::DynamoDb => "table",
            Self::S3 => "bucket",
            Self::Aurora => "database cluster",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Whose addons storage is one of, which it is created and deleted with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// A job's, in each environment that the job is deployed to.
    Workload,
    /// An environment's; every workload there can use it.
    Environment,
}

impl Level {
    /// Both of them.
    pub const ALL: [Self; 2] = [Self::Workload, Self::Environment];

    /// The name that the command line has for it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Workload => "workload",
            Self::Environment => "environment",
        }
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Logical id of the resource that holds the data.
pub fn logical_id(kind: Kind, name: &str) -> String {
    let id = logical_id_safe(name);
    match kind {
        Kind::DynamoDb => id,
        Kind::S3 => format!("{id}Bucket"),
        Kind::Aurora => format!("{id}DBCluster"),
    }
}

/// The variable that a job's containers get from storage of the job's own: the name of the table or bucket, or the secret with
/// what is needed to connect.
pub fn workload_variable(kind: Kind, name: &str) -> String {
    let id = logical_id_safe(name);
    variable_name(&match kind {
        Kind::DynamoDb | Kind::S3 => name_output(&id),
        Kind::Aurora => format!("{id}Secret"),
    })
}

/// The variable that a job's containers get from the access policy of an environment's storage; there is none for a cluster,
/// which needs no policy.
pub fn access_variable(kind: Kind, name: &str) -> Option<String> {
    let id = logical_id_safe(name);
    let output = match kind {
        Kind::DynamoDb => table::access_output(&id),
        Kind::S3 => bucket::access_output(&id),
        Kind::Aurora => return None,
    };
    Some(variable_name(&output))
}

/// Output with the physical name of a table or bucket.
fn name_output(id: &str) -> String {
    format!("{id}Name")
}

/// The export of an environment's storage.
fn export_name(export: &str) -> Node {
    sub(export_text(export))
}

/// Its import.
fn imported(export: &str) -> Node {
    import_sub(&export_text(export))
}

fn export_text(export: &str) -> String {
    format!("${{App}}-${{Env}}-{export}")
}

/// The attribute of a resource behind `!Sub`, with text after it.
fn arn(id: &str, path: &str) -> Node {
    sub(format!("${{ {id}.Arn}}{path}"))
}

/// A parameter of type `String`.
fn parameter(name: impl Into<String>, description: &str, default: Option<Node>) -> (String, Node) {
    let head = [("Type", Node::string("String")), ("Description", Node::string(description))];
    let default = default.map(|default| ("Default", default));
    (name.into(), Node::mapping(head.into_iter().chain(default)))
}

/// What every addons template of this level gets. The same in all files, so that they can be merged.
fn parameters(level: Level) -> Vec<(String, Node)> {
    let app = parameter("App", "Your application's name.", None);
    match level {
        Level::Workload => vec![
            app,
            parameter(
                "Env",
                "The environment name your service, job, or workflow is being deployed to.",
                None,
            ),
            parameter("Name", "Your workload's name.", None),
        ],
        Level::Environment => {
            vec![app, parameter("Env", "The name of the environment being deployed.", None)]
        }
    }
}
