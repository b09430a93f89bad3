//! Amazon Aurora Serverless v2: a cluster with one instance, a secret with its main user, and security groups.

use std::fmt;

use super::text::{Entry, Text};
use super::{Level, export_name, imported, parameter, parameters};
use crate::template::cfn::intrinsic::{find_in_map, join, reference, select, split, sub};
use crate::template::cfn::mapping::{Map, tag};
use crate::template::cfn::names::{logical_id_safe, variable_name};
use crate::template::cfn::output::Output;
use crate::template::cfn::resource::Resource;
use crate::template::cfn::section::{MAPPINGS, OUTPUTS, PARAMETERS, RESOURCES};
use crate::yaml::{self, Node};

/// Parameter of an environment's addons with the VPC's id.
pub const VPC: &str = "VPCID";
/// Parameter of an environment's addons with the ids of private subnets, separated by commas.
pub const SUBNETS: &str = "PrivateSubnets";

/// The key of the mapping that holds for all environments.
const ALL: &str = "All";
/// Capacity in Aurora capacity units, of about 2 GiB of memory each.
const CAPACITY: [(&str, &str); 2] = [("DBMinCapacity", "0.5"), ("DBMaxCapacity", "8")];
const GROUP: &str = "AWS::EC2::SecurityGroup";

/// A cluster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cluster {
    /// What its resources are named after.
    pub name: String,
    /// The database it is compatible with.
    pub engine: Engine,
    /// Name of the database it is created with.
    pub database: String,
    /// A parameter group of the user's; `None` for one of its own.
    pub parameter_group: Option<String>,
    /// Environments whose capacity can be set.
    pub environments: Vec<String>,
}

/// The database that a cluster is compatible with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    /// Aurora MySQL.
    MySql,
    /// Aurora PostgreSQL.
    PostgreSql,
}

impl fmt::Display for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// What differs between engines.
struct About {
    engine: &'static str,
    version: &'static str,
    family: &'static str,
    parameter: (&'static str, &'static str),
    port: u16,
    user: &'static str,
}

impl Engine {
    /// Both of them.
    pub const ALL: [Self; 2] = [Self::MySql, Self::PostgreSql];

    /// The name that the command line has for it.
    pub fn name(self) -> &'static str {
        match self {
            Self::MySql => "MySQL",
            Self::PostgreSql => "PostgreSQL",
        }
    }

    /// The version of new clusters: one with long-term support. Others cannot be created any more some months after the next.
    pub fn version(self) -> &'static str {
        self.about().version
    }

    /// The family that a parameter group for this version is of.
    pub fn family(self) -> &'static str {
        self.about().family
    }

    fn about(self) -> About {
        match self {
            Self::MySql => About {
                engine: "aurora-mysql",
                version: "8.0.mysql_aurora.3.10.4",
                family: "aurora-mysql8.0",
                parameter: ("character_set_client", "utf8"),
                port: 3306,
                user: "admin",
            },
            Self::PostgreSql => About {
                engine: "aurora-postgresql",
                version: "17.7",
                family: "aurora-postgresql17",
                parameter: ("client_encoding", "UTF8"),
                port: 5432,
                user: "postgres",
            },
        }
    }
}

/// The template of a cluster.
pub fn template(cluster: &Cluster, level: Level) -> String {
    let cluster = Ids { cluster, level, id: logical_id_safe(&cluster.name) };
    Text::new(&format!(
        "The {} cluster {} of Aurora Serverless v2.",
        cluster.cluster.engine, cluster.cluster.name
    ))
    .section(PARAMETERS, cluster.parameters())
    .section(MAPPINGS, [cluster.capacities()])
    .section(RESOURCES, cluster.resources())
    .section(OUTPUTS, cluster.outputs())
    .build()
}

/// The file with what clusters among an environment's addons get from the environment.
pub fn environment_parameters(vpc: Node, subnets: Vec<Node>) -> String {
    let values = [(VPC, vpc), (SUBNETS, join(",", subnets))];
    let text =
        "# Values for parameters of the addons in this directory: ids of the VPC and its private subnets.\n";
    format!("{text}{}", yaml::emit(&Node::mapping([(PARAMETERS, Node::mapping(values))])))
}

/// Export with the secret, behind application and environment.
pub(super) fn secret_export(id: &str) -> String {
    format!("{id}AuroraSecret")
}

/// Export with the security group that lets a task reach the cluster.
pub(super) fn group_export(id: &str) -> String {
    format!("{id}SecurityGroup")
}

/// A cluster and what its resources are called.
struct Ids<'a> {
    cluster: &'a Cluster,
    level: Level,
    id: String,
}

impl Ids<'_> {
    fn named(&self, what: &str) -> String {
        format!("{}{what}", self.id)
    }

    fn referenced(&self, what: &str) -> Node {
        reference(&self.named(what))
    }

    fn about(&self) -> About {
        self.cluster.engine.about()
    }

    /// The security group of tasks that use the cluster.
    fn user_group(&self) -> String {
        self.named(match self.level {
            Level::Workload => "SecurityGroup",
            Level::Environment => "WorkloadSecurityGroup",
        })
    }

    fn parameters(&self) -> Vec<Entry> {
        let mut entries: Vec<Entry> = parameters(self.level).into_iter().map(Entry::from).collect();
        let about = "The name of the initial database to be created in the Aurora Serverless v2 cluster.";
        let database = parameter(self.named("DBName"), about, Some(Node::string(&self.cluster.database)));
        entries.push(Entry::from(database).commented("It counts when the cluster is created only."));
        if self.level == Level::Environment {
            let in_which = |what: &str, which: &str| {
                format!("The {what} in which to create the Aurora Serverless v2 cluster.{which}")
            };
            let empty = || Some(Node::string(""));
            entries.push(parameter(VPC, &in_which("ID of the VPC", ""), empty()).into());
            entries.push(parameter(SUBNETS, &in_which("IDs of the private subnets", ""), empty()).into());
        }
        entries
    }

    fn capacities(&self) -> Entry {
        let capacity = || Node::mapping(CAPACITY.map(|(key, units)| (key, Node::plain(units))));
        let names = self.cluster.environments.iter().map(String::as_str).chain([ALL]);
        let map = Node::mapping(names.map(|name| (name, capacity())));
        Entry::from((self.capacity_map(), map)).commented(format!(
            "Least and most capacity, from 0.5 to 256 units of about 2 GiB of memory. `{ALL}` holds for every environment.\n\
             For a capacity of each environment, write `!Ref Env` for `{ALL}` in the cluster's ServerlessV2ScalingConfiguration;\n\
             then every environment needs an entry here, also one that is created later."
        ))
    }

    fn capacity_map(&self) -> String {
        self.named("EnvScalingConfigurationMap")
    }

    fn vpc(&self) -> Node {
        match self.level {
            Level::Workload => imported("VpcId"),
            Level::Environment => reference(VPC),
        }
    }

    fn resources(&self) -> Vec<Entry> {
        let mut resources: Vec<Entry> = vec![self.subnet_group().into()];
        resources.extend(self.security_groups());
        resources.push(self.secret().into());
        if self.cluster.parameter_group.is_none() {
            resources.push(self.parameter_group().into());
        }
        resources.push(self.database_cluster());
        resources.push(self.writer());
        resources.push(self.attachment().into());
        resources
    }

    fn subnet_group(&self) -> Resource {
        let (about, subnets) = match self.level {
            Level::Workload => (
                "Group of Copilot private subnets for Aurora Serverless v2 cluster.",
                imported("PrivateSubnets"),
            ),
            Level::Environment => {
                ("Group of private subnets for Aurora Serverless v2 cluster.", reference(SUBNETS))
            }
        };
        let properties =
            Map::new().with_text("DBSubnetGroupDescription", about).with("SubnetIds", split(",", subnets));
        Resource::new(self.named("DBSubnetGroup"), "AWS::RDS::DBSubnetGroup", properties)
    }

    fn security_groups(&self) -> Vec<Entry> {
        let id = &self.id;
        let name = match self.level {
            Level::Workload => "copilot-${App}-${Env}-${Name}-Aurora",
            Level::Environment => "copilot-${App}-${Env}-Aurora",
        };
        let group = |about: Node| {
            let tags = Node::sequence([tag("Name", sub(name))]);
            Map::new().with("GroupDescription", about).with("VpcId", self.vpc()).with("Tags", tags)
        };
        let users = self.user_group();
        let (users_text, users_about) = match self.level {
            Level::Workload => (
                sub(format!("The Security Group for ${{Name}} to access Aurora Serverless v2 cluster {id}.")),
                format!("A security group for your workload to access the Aurora Serverless v2 cluster {id}"),
            ),
            Level::Environment => (
                Node::string(format!("The Security Group to access Aurora Serverless v2 cluster {id}.")),
                format!(
                    "A security group for one or more workloads to access the Aurora Serverless v2 cluster {id}"
                ),
            ),
        };
        let cluster = self.named("DBClusterSecurityGroup");
        let cluster_text = Node::string("The Security Group for the Aurora Serverless v2 cluster.");
        let cluster_about = format!("A security group for your Aurora Serverless v2 cluster {id}");
        let port = self.about().port;
        let ingress = |about: Node| {
            Map::new()
                .with("Description", about)
                .with_text("IpProtocol", "tcp")
                .with("FromPort", Node::plain(port))
                .with("ToPort", Node::plain(port))
                .with("SourceSecurityGroupId", reference(&users))
        };
        let users_group = Resource::new(&users, GROUP, group(users_text)).described(users_about);
        match self.level {
            Level::Workload => {
                let about = sub("From the Aurora Security Group of the workload ${Name}.");
                let rules = Node::sequence([ingress(about).build()]);
                let properties = group(cluster_text).with("SecurityGroupIngress", rules);
                let cluster = Resource::new(cluster, GROUP, properties).described(cluster_about);
                vec![users_group.into(), cluster.into()]
            }
            Level::Environment => {
                let about = Node::string("Ingress from one or more workloads in the environment.");
                let rule = ingress(about).with("GroupId", reference(&cluster));
                let rule = Resource::new(
                    format!("{cluster}IngressFromWorkload"),
                    "AWS::EC2::SecurityGroupIngress",
                    rule,
                );
                let cluster = Resource::new(cluster, GROUP, group(cluster_text)).described(cluster_about);
                vec![users_group.into(), cluster.into(), rule.into()]
            }
        }
    }

    fn secret(&self) -> Resource {
        let start = format!("{{\"username\": \"{}\"}}", self.about().user);
        let generated = Map::new()
            .with_text("SecretStringTemplate", start)
            .with_text("GenerateStringKey", "password")
            .with("ExcludePunctuation", Node::plain(true))
            .with("IncludeSpace", Node::plain(false))
            .with("PasswordLength", Node::plain(16));
        let properties = Map::new()
            .with("Description", sub("Aurora main user secret for ${AWS::StackName}"))
            .with("GenerateSecretString", generated.build());
        Resource::new(self.named("AuroraSecret"), "AWS::SecretsManager::Secret", properties)
            .described("A Secrets Manager secret to store your DB credentials")
    }

    fn parameter_group(&self) -> Resource {
        let About { family, parameter: (key, value), .. } = self.about();
        let properties = Map::new()
            .with("Description", reference("AWS::StackName"))
            .with_text("Family", family)
            .with("Parameters", Map::new().with_text(key, value).build());
        let kind = "AWS::RDS::DBClusterParameterGroup";
        Resource::new(self.named("DBClusterParameterGroup"), kind, properties)
            .described("A DB parameter group for engine configuration values")
    }

    fn database_cluster(&self) -> Entry {
        let About { engine, version, family, port, .. } = self.about();
        let from_secret = |field: &str| {
            let start = Node::string("{{resolve:secretsmanager:");
            let end = Node::string(format!(":SecretString:{field}}}}}"));
            join("", [start, self.referenced("AuroraSecret"), end])
        };
        let capacity = |key: &str| find_in_map(&self.capacity_map(), Node::string(ALL), key);
        let scaling = Map::new()
            .with("MinCapacity", capacity("DBMinCapacity"))
            .with("MaxCapacity", capacity("DBMaxCapacity"));
        let group = match &self.cluster.parameter_group {
            Some(group) => Node::string(group),
            None => self.referenced("DBClusterParameterGroup"),
        };
        let properties = Map::new()
            .with_text("Engine", engine)
            .with_text("EngineVersion", version)
            .with("DatabaseName", self.referenced("DBName"))
            .with("MasterUsername", from_secret("username"))
            .with("MasterUserPassword", from_secret("password"))
            .with("Port", Node::plain(port))
            .with("DBClusterParameterGroupName", group)
            .with("DBSubnetGroupName", self.referenced("DBSubnetGroup"))
            .with("VpcSecurityGroupIds", Node::sequence([self.referenced("DBClusterSecurityGroup")]))
            .with("ServerlessV2ScalingConfiguration", scaling.build());
        let cluster = Resource::new(self.named("DBCluster"), "AWS::RDS::DBCluster", properties)
            .described(format!("The {} Aurora Serverless v2 database cluster", self.id));
        let cluster = Entry::from(cluster);
        match &self.cluster.parameter_group {
            Some(group) => {
                cluster.commented(format!("The parameter group {group} must be of the family {family}."))
            }
            None => cluster,
        }
    }

    fn writer(&self) -> Entry {
        let zones = Node::mapping([("Ref", Node::string("AWS::Region"))]).tagged("!GetAZs");
        let properties = Map::new()
            .with("DBClusterIdentifier", self.referenced("DBCluster"))
            .with_text("DBInstanceClass", "db.serverless")
            .with_text("Engine", self.about().engine)
            .with("PromotionTier", Node::plain(1))
            .with("AvailabilityZone", select(0, zones));
        let writer = Resource::new(self.named("DBWriterInstance"), "AWS::RDS::DBInstance", properties)
            .described(format!("The {} Aurora Serverless v2 writer instance", self.id));
        Entry::from(writer).commented(
            "AvailabilityZone is the region's first one: remove it where no private subnet is in that zone.",
        )
    }

    fn attachment(&self) -> Resource {
        let properties = Map::new()
            .with("SecretId", self.referenced("AuroraSecret"))
            .with("TargetId", self.referenced("DBCluster"))
            .with_text("TargetType", "AWS::RDS::DBCluster");
        let kind = "AWS::SecretsManager::SecretTargetAttachment";
        Resource::new(self.named("SecretAuroraClusterAttachment"), kind, properties)
    }

    fn outputs(&self) -> [Entry; 2] {
        let fields = "'host', 'port', 'dbname', 'username', 'password', 'dbClusterIdentifier' and 'engine'";
        let name = self.named("Secret");
        let variable = variable_name(&name);
        let secret = Output::new(name, self.referenced("AuroraSecret")).described(format!(
            "The JSON secret that holds the database username and password. Fields are {fields}"
        ));
        let group = Output::new(self.named("SecurityGroup"), reference(&self.user_group()))
            .described("The security group to attach to the workload.");
        match self.level {
            Level::Workload => [
                Entry::from(secret).commented(format!(
                    "The containers get its value as the environment variable {variable}."
                )),
                group.into(),
            ],
            Level::Environment => [
                secret.exported(export_name(&secret_export(&self.id))).into(),
                group.exported(export_name(&group_export(&self.id))).into(),
            ],
        }
    }
}
