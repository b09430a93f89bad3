//! Roles, policies and statements. Whether a value is a scalar or a list of one shows up as a change
//! in CloudFormation, so both forms exist here.

use super::intrinsic::sub;
use super::mapping::{Map, strings};
use super::resource::Resource;
use crate::template::tags::{APPLICATION, ENVIRONMENT};
use crate::yaml::Node;

/// Type of a policy that roles are given by its ARN.
pub(crate) const MANAGED_POLICY: &str = "AWS::IAM::ManagedPolicy";
const POLICY_VERSION: &str = "2012-10-17";

/// One statement of a policy document.
#[derive(Default)]
pub(crate) struct Statement {
    sid: Option<&'static str>,
    effect: &'static str,
    principal: Option<Node>,
    action: Option<Node>,
    not_action: Option<Node>,
    condition: Option<Node>,
    resource: Option<Node>,
}

impl Statement {
    pub(crate) fn allow() -> Self {
        Self { effect: "Allow", ..Self::default() }
    }

    pub(crate) fn deny() -> Self {
        Self { effect: "Deny", ..Self::default() }
    }

    pub(crate) fn sid(mut self, sid: &'static str) -> Self {
        self.sid = Some(sid);
        self
    }

    pub(crate) fn principal(mut self, kind: &str, value: Node) -> Self {
        self.principal = Some(Node::mapping([(kind, value)]));
        self
    }

    /// Everybody: the scalar `*`.
    pub(crate) fn anyone(mut self) -> Self {
        self.principal = Some(Node::string("*"));
        self
    }

    /// One action, as a scalar.
    pub(crate) fn action(mut self, action: &str) -> Self {
        self.action = Some(Node::string(action));
        self
    }

    /// A list of actions.
    pub(crate) fn actions(mut self, actions: &[&str]) -> Self {
        self.action = Some(Node::sequence(strings(actions)));
        self
    }

    /// All actions but these.
    pub(crate) fn all_but(mut self, actions: &[&str]) -> Self {
        self.not_action = Some(Node::sequence(strings(actions)));
        self
    }

    /// One resource, as a scalar or function.
    pub(crate) fn on(mut self, resource: Node) -> Self {
        self.resource = Some(resource);
        self
    }

    /// Every resource: the scalar `*`.
    pub(crate) fn on_everything(self) -> Self {
        self.on(Node::string("*"))
    }

    /// A list of resources.
    pub(crate) fn on_each(self, resources: impl IntoIterator<Item = Node>) -> Self {
        self.on(Node::sequence(resources))
    }

    /// A condition with one operator.
    pub(crate) fn when<const N: usize>(mut self, operator: &str, entries: [(String, Node); N]) -> Self {
        self.condition = Some(Node::mapping([(operator, Node::mapping(entries))]));
        self
    }

    /// A condition with any number of operators.
    pub(crate) fn when_all(mut self, operators: Map) -> Self {
        self.condition = Some(operators.build());
        self
    }

    /// Limits the statement to what bears the environment's tags, in a job's template.
    pub(crate) fn when_tagged(self, key_prefix: &str) -> Self {
        self.when("StringEquals", environment_tags(key_prefix, "EnvName"))
    }

    /// Limits the statement to what bears the environment's tags, in the environment's template.
    pub(crate) fn when_environment_tagged(self, key_prefix: &str) -> Self {
        self.when("StringEquals", environment_tags(key_prefix, "EnvironmentName"))
    }

    /// Whether this is the statement with this id.
    pub(crate) fn has_sid(&self, sid: &str) -> bool {
        self.sid == Some(sid)
    }

    fn build(self) -> Node {
        Map::new()
            .with_some("Sid", self.sid.map(Node::string))
            .with_text("Effect", self.effect)
            .with_some("Principal", self.principal)
            .with_some("Action", self.action)
            .with_some("NotAction", self.not_action)
            .with_some("Condition", self.condition)
            .with_some("Resource", self.resource)
            .build()
    }
}

/// The tags of what belongs to an environment, whose name a parameter has.
pub(crate) fn environment_tags(key_prefix: &str, env_parameter: &str) -> [(String, Node); 2] {
    [
        (format!("{key_prefix}/{APPLICATION}"), sub("${AppName}")),
        (format!("{key_prefix}/{ENVIRONMENT}"), sub(format!("${{{env_parameter}}}"))),
    ]
}

/// A policy document.
pub(crate) fn document(statements: impl IntoIterator<Item = Statement>) -> Node {
    Map::new()
        .with_text("Version", POLICY_VERSION)
        .with("Statement", Node::sequence(statements.into_iter().map(Statement::build)))
        .build()
}

/// A policy document with an id.
pub(crate) fn document_with_id(id: Node, statements: impl IntoIterator<Item = Statement>) -> Node {
    Map::new()
        .with_text("Version", POLICY_VERSION)
        .with("Id", id)
        .with("Statement", Node::sequence(statements.into_iter().map(Statement::build)))
        .build()
}

/// An inline policy of a role.
pub(crate) fn policy(name: Node, statements: impl IntoIterator<Item = Statement>) -> Node {
    Map::new().with("PolicyName", name).with("PolicyDocument", document(statements)).build()
}

/// A role under construction.
pub(crate) struct Role {
    pub(crate) id: &'static str,
    /// Shown while the role is created or changed.
    pub(crate) description: Option<String>,
    /// A name of its own, when other accounts or stacks look for it.
    pub(crate) name: Option<Node>,
    pub(crate) assume: Vec<Statement>,
    pub(crate) boundary: Option<String>,
    pub(crate) path: Option<&'static str>,
    pub(crate) managed_policies: Vec<Node>,
    pub(crate) policies: Vec<Node>,
}

impl Role {
    pub(crate) fn build(self) -> Resource {
        let boundary = self
            .boundary
            .map(|name| sub(format!("arn:${{AWS::Partition}}:iam::${{AWS::AccountId}}:policy/{name}")));
        let properties = Map::new()
            .with_some("RoleName", self.name)
            .with("AssumeRolePolicyDocument", document(self.assume))
            .with_some("PermissionsBoundary", boundary)
            .with_some("Path", self.path.map(Node::string))
            .with_items("ManagedPolicyArns", self.managed_policies)
            .with_items("Policies", self.policies);
        let role = Resource::new(self.id, "AWS::IAM::Role", properties);
        match self.description {
            Some(description) => role.described(description),
            None => role,
        }
    }
}

/// A service's permission to assume a role, with principal and action as scalars.
pub(crate) fn assumed_by(service: &str) -> Statement {
    Statement::allow().principal("Service", Node::string(service)).action("sts:AssumeRole")
}

/// AWS Lambda's permission to assume a role, with principal and action as lists.
pub(crate) fn assumed_by_lambda() -> Statement {
    let lambda = Node::sequence(strings(["lambda.amazonaws.com"]));
    Statement::allow().principal("Service", lambda).actions(&["sts:AssumeRole"])
}

/// The root of an account, which stands for everybody there who may assume roles.
pub(crate) fn account_root(account: &str) -> Node {
    sub(format!("arn:${{AWS::Partition}}:iam::{account}:root"))
}

/// A managed policy of AWS for service roles.
pub(crate) fn service_role_policy(name: &str) -> Node {
    sub(format!("arn:${{AWS::Partition}}:iam::aws:policy/service-role/{name}"))
}

/// A role's description, which names the permissions boundary behind its first words.
pub(crate) fn description(subject: &str, boundary: Option<&str>, purpose: &str) -> String {
    match boundary {
        Some(name) => format!("{subject} with permissions boundary {name} {purpose}"),
        None => format!("{subject} {purpose}"),
    }
}
