//! What lies around in an application besides its environments: stacks of workloads, services, the stack of its roles.

use serde_json::{Value, json};

use super::World;
use crate::local_aws::{Emulator, LocalAws};

/// A secret as AWS has it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct StoredSecret {
    pub value: String,
    /// Type, tier, version and tags.
    pub about: String,
}

impl World {
    /// Makes the stack of the application's roles one that a tool of this version left.
    pub(crate) fn roles_stack(&self, version: &str) {
        let name = format!("{}-infrastructure-roles", self.app.name);
        self.small_stack(&name, &format!("TemplateVersion: {version}"), &[]);
    }

    /// Creates the stack of a workload in an environment of the application's own account.
    pub(crate) fn workload_stack(&self, env: &str, workload: &str) {
        let app = self.app.name.as_str();
        let tags =
            [("copilot-application", app), ("copilot-environment", env), ("copilot-service", workload)];
        self.small_stack(&format!("{app}-{env}-{workload}"), "Version: v1.34.0", &tags);
    }

    /// Creates a stack with this metadata and nothing to be seen.
    pub(crate) fn plain_stack(&self, name: &str, metadata: &str) {
        self.small_stack(name, metadata, &[]);
    }

    /// Registers a workload of another kind.
    pub(crate) fn register(&self, workload: &str, kind: &str) {
        let app = &self.app.name;
        let record = json!({ "app": app, "name": workload, "type": kind });
        self.record(&format!("/copilot/applications/{app}/components/{workload}"), &record.to_string());
    }

    /// Writes a parameter.
    pub(crate) fn record(&self, name: &str, value: &str) {
        let emulator = self.account.emulator();
        let input = json!({ "Name": name, "Value": value, "Type": "String", "Overwrite": true });
        LocalAws::shared()
            .block_on(async move { emulator.json("ssm", "AmazonSSM.PutParameter", &input).await })
            .unwrap();
    }

    /// A parameter of the application `demo`, by the end of its name; `None` when there is none.
    pub(crate) fn recorded(&self, path: &str) -> Option<String> {
        let emulator = self.account.emulator();
        let input = json!({ "Name": format!("/copilot/applications/demo{path}") });
        let answer = LocalAws::shared()
            .block_on(async move { emulator.json("ssm", "AmazonSSM.GetParameter", &input).await });
        Some(answer.ok()?["Parameter"]["Value"].as_str()?.to_owned())
    }

    /// A call of the environment's Parameter Store, past the gateway, such as `GetParameter`.
    pub(crate) fn ssm(&self, env: &str, operation: &str, input: Value) -> Value {
        let environment = &self.app.environments[env];
        let emulator = Emulator {
            account: environment.account.clone(),
            region: environment.region.clone(),
            ..self.account.emulator()
        };
        let target = format!("AmazonSSM.{operation}");
        LocalAws::shared().block_on(async move { emulator.json("ssm", &target, &input).await }).unwrap()
    }

    /// A secret of an environment as it is stored: value, type, tier, tags.
    pub(crate) fn secret(&self, env: &str, name: &str) -> Option<StoredSecret> {
        let name = format!("/copilot/{}/{env}/secrets/{name}", self.app.name);
        let found = self.ssm(env, "GetParameters", json!({ "Names": [name], "WithDecryption": true }));
        let parameter = found["Parameters"].as_array()?.first()?.clone();
        let about = json!({ "ParameterFilters": [{ "Key": "Name", "Values": [name] }] });
        let about = self.ssm(env, "DescribeParameters", about)["Parameters"][0].clone();
        let tags = json!({ "ResourceType": "Parameter", "ResourceId": name });
        let tags = self.ssm(env, "ListTagsForResource", tags)["TagList"].clone();
        let tag = |tag: &Value| {
            format!(
                "{}={}",
                tag["Key"].as_str().unwrap_or_default(),
                tag["Value"].as_str().unwrap_or_default()
            )
        };
        Some(StoredSecret {
            value: parameter["Value"].as_str()?.to_owned(),
            about: format!(
                "{} {} v{} [{}]",
                about["Type"].as_str()?,
                about["Tier"].as_str()?,
                parameter["Version"],
                tags.as_array()?.iter().map(tag).collect::<Vec<_>>().join(" ")
            ),
        })
    }

    fn small_stack(&self, name: &str, metadata: &str, tags: &[(&str, &str)]) {
        let template = format!(
            "Metadata: {{{metadata}}}\nResources:\n  Logs:\n    Type: AWS::Logs::LogGroup\n    \
             Properties: {{LogGroupName: {name}}}\n"
        );
        let mut fields =
            vec![("StackName".to_owned(), name.to_owned()), ("TemplateBody".to_owned(), template)];
        for (index, (key, value)) in tags.iter().enumerate() {
            fields.push((format!("Tags.member.{}.Key", index + 1), (*key).to_owned()));
            fields.push((format!("Tags.member.{}.Value", index + 1), (*value).to_owned()));
        }
        let fields: Vec<(&str, &str)> = fields.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
        let there = self.cloudformation("DescribeStacks", &[("StackName", name)]).is_some();
        self.cloudformation(if there { "UpdateStack" } else { "CreateStack" }, &fields).unwrap();
        let emulator = self.account.emulator();
        let name = name.to_owned();
        LocalAws::shared().block_on(async move { emulator.settled_stack(&name).await }).unwrap();
    }
}
