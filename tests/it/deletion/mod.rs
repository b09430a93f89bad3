//! `env delete`, `app delete`, and the commands that are not supported, against the local AWS.

mod app;
mod cases;
pub(crate) mod env;
pub(crate) mod faults;
mod other_accounts;
mod unsupported;

use std::collections::BTreeMap;

use hyper::Method;
use serde_json::json;

use crate::local_aws::{App, Emulator, LocalAws, REGION};
use crate::support::{ENV, LOCATION, Run, Workspace, World, stable};

/// The application `demo` with the environment `test`, whose job has a repository.
fn demo() -> App {
    App::new("demo").env(ENV)
}

fn world(app: App) -> World {
    World::seeded(app, Workspace::new(LOCATION))
}

/// An application with one environment and an artifact.
pub(crate) fn small() -> World {
    let world = world(demo());
    world.artifacts(REGION, 1);
    world
}

/// Calls that change something.
pub(crate) fn changes(world: &World) -> Vec<String> {
    let reads = ["Describe", "List", "Get", "AssumeRole", "Head", "BatchGet"];
    let names = world.account.calls().of_program().names();
    let changes = names.into_iter().filter(|name| {
        let operation = name.split(':').nth(1).unwrap_or_default();
        !reads.iter().any(|read| operation.starts_with(read))
    });
    changes.collect()
}

impl World {
    pub(crate) fn emulated<T: Send + 'static, F>(&self, region: &str, work: impl FnOnce(Emulator) -> F) -> T
    where
        F: Future<Output = T> + Send + 'static,
    {
        let emulator = Emulator { region: region.to_owned(), ..self.account.emulator() };
        LocalAws::shared().block_on(work(emulator))
    }

    /// Puts objects into the artifact bucket of a region.
    pub(crate) fn artifacts(&self, region: &str, count: usize) {
        let bucket = self.app.regions[region].bucket.clone();
        self.emulated(region, |emulator| async move {
            for number in 0..count {
                let path = format!("/{bucket}/manual/{number}");
                emulator.s3(Method::PUT, &path, b"content".to_vec()).await.unwrap();
            }
        });
    }

    /// Puts images into a repository, which is created when it is not there.
    pub(crate) fn images(&self, repository: &str, count: usize) {
        let repository = repository.to_owned();
        self.emulated(REGION, |emulator| async move {
            let call = |operation: &str| format!("AmazonEC2ContainerRegistry_V20150921.{operation}");
            let name = json!({ "repositoryName": repository });
            let _ = emulator.json("ecr", &call("CreateRepository"), &name).await;
            for number in 0..count {
                let manifest = json!({ "schemaVersion": 2, "config": {}, "number": number }).to_string();
                let image = json!({ "repositoryName": repository, "imageManifest": manifest, "imageTag": format!("v{number}") });
                emulator.json("ecr", &call("PutImage"), &image).await.unwrap();
            }
        });
    }

    /// Puts a network interface of somebody else's into a subnet of the environment `test`; its id.
    pub(crate) fn interface(&self, description: &str) -> String {
        let (subnet, description) = (self.physical_id("PublicSubnet1"), description.to_owned());
        let created = self.emulated(REGION, |emulator| async move {
            let fields = [("SubnetId", subnet.as_str()), ("Description", description.as_str())];
            emulator.query("ec2", "CreateNetworkInterface", &fields).await.unwrap()
        });
        created.split_once("<networkInterfaceId>").unwrap().1.split('<').next().unwrap().to_owned()
    }

    /// What a logical id of the environment `test`'s stack stands for.
    pub(crate) fn physical_id(&self, id: &str) -> String {
        let described = self.cloudformation("DescribeStackResources", &[("StackName", "demo-test")]).unwrap();
        let logical = format!("<LogicalResourceId>{id}<");
        let member = described.split("<member>").find(|one| one.contains(&logical)).unwrap();
        member.split_once("<PhysicalResourceId>").unwrap().1.split('<').next().unwrap().to_owned()
    }

    pub(crate) fn remove_interface(&self, id: &str) {
        let id = id.to_owned();
        self.emulated(REGION, |emulator| async move {
            emulator.query("ec2", "DeleteNetworkInterface", &[("NetworkInterfaceId", &id)]).await.unwrap()
        });
    }

    /// Writes the record of an environment of the application's account again.
    pub(crate) fn register_environment(&self, env: &str) {
        let seeded = &self.app.environments[env];
        let record = json!({
            "app": "demo", "name": env, "region": seeded.region, "accountID": seeded.account,
            "executionRoleARN": seeded.execution_role_arn, "managerRoleARN": seeded.manager_role_arn,
        });
        self.record(&format!("/copilot/applications/demo/environments/{env}"), &record.to_string());
    }

    /// Protects a stack from deletion, or lifts that.
    pub(crate) fn protect(&self, stack: &str, protected: bool) {
        let value = protected.to_string();
        let fields = [("StackName", stack), ("EnableTerminationProtection", value.as_str())];
        self.cloudformation("UpdateTerminationProtection", &fields).unwrap();
    }

    /// Changes the deployed template of a stack past the gateway, parameters kept.
    pub(crate) fn retemplate(&self, stack: &str, change: impl Fn(&str) -> String) {
        let template = self.template(stack).unwrap();
        let described = self.cloudformation("DescribeStacks", &[("StackName", stack)]).unwrap();
        let mut fields = vec![
            ("StackName".to_owned(), stack.to_owned()),
            ("TemplateBody".to_owned(), change(&template)),
            ("Capabilities.member.1".to_owned(), "CAPABILITY_NAMED_IAM".to_owned()),
        ];
        let keys = described.split("<ParameterKey>").skip(1).filter_map(|rest| rest.split('<').next());
        for (number, key) in (1..).zip(keys) {
            fields.push((format!("Parameters.member.{number}.ParameterKey"), key.to_owned()));
            fields.push((format!("Parameters.member.{number}.UsePreviousValue"), "true".to_owned()));
        }
        let fields: Vec<(&str, &str)> = fields.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
        self.cloudformation("UpdateStack", &fields).unwrap();
        self.settle(stack);
    }

    pub(crate) fn settle(&self, stack: &str) -> String {
        let stack = stack.to_owned();
        self.emulated(
            REGION,
            |emulator| async move { emulator.settled_stack(&stack).await.unwrap_or_default() },
        )
    }

    /// The text of a stack's template.
    pub(crate) fn template(&self, stack: &str) -> Option<String> {
        let answer = self.cloudformation("GetTemplate", &[("StackName", stack)])?;
        let body = answer.split_once("<TemplateBody>")?.1.split_once("</TemplateBody>")?.0;
        let body =
            body.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&apos;", "'");
        Some(body.replace("&#x27;", "'").replace("&#39;", "'").replace("&amp;", "&"))
    }

    /// The accounts that the stack set's template names.
    pub(crate) fn allowed_accounts(&self) -> Vec<String> {
        let text = self.stack_set();
        let accounts = text.split_once("Accounts:").map(|(_, rest)| rest).unwrap_or_default();
        let accounts = accounts.split("Services").next().unwrap_or_default();
        let is_id = |part: &&str| part.len() == 12 && part.bytes().all(|byte| byte.is_ascii_digit());
        accounts.split(|c: char| !c.is_ascii_digit()).filter(is_id).map(str::to_owned).collect()
    }

    /// The answer about the stack set; empty without one.
    pub(crate) fn stack_set(&self) -> String {
        self.gateway("DescribeStackSet", &[("StackSetName", "demo-infrastructure")])
    }

    /// The answer of the gateway to a call of `CloudFormation`, whatever it says.
    pub(crate) fn gateway(&self, action: &str, fields: &[(&str, &str)]) -> String {
        let gateway = Emulator { port: LocalAws::shared().port(), ..self.account.emulator() };
        let action = action.to_owned();
        let fields: Vec<(String, String)> =
            fields.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        LocalAws::shared().block_on(async move {
            let fields: Vec<(&str, &str)> = fields.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
            gateway.query("cloudformation", &action, &fields).await.unwrap_or_default()
        })
    }

    /// Everything that is there in some regions, for a snapshot.
    pub(crate) fn inventory(&self, regions: &[&str]) -> String {
        let mut found: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for region in regions {
            let answers = self.emulated(region, |emulator| async move {
                let stacks =
                    emulator.query("cloudformation", "DescribeStacks", &[]).await.unwrap_or_default();
                let roles = emulator.query("iam", "ListRoles", &[]).await.unwrap_or_default();
                let buckets = emulator.s3(Method::GET, "/", Vec::new()).await;
                let buckets = buckets.map(|found| String::from_utf8_lossy(found.body()).into_owned());
                let call = "AmazonEC2ContainerRegistry_V20150921.DescribeRepositories";
                let repositories = emulator.json("ecr", call, &json!({})).await.unwrap_or_default();
                let path = json!({ "Path": "/", "Recursive": true });
                let records =
                    emulator.json("ssm", "AmazonSSM.GetParametersByPath", &path).await.unwrap_or_default();
                (stacks, roles, buckets.unwrap_or_default(), repositories, records)
            });
            let (stacks, roles, buckets, repositories, records) = answers;
            let elements = |xml: &str, tag: &str| -> Vec<String> {
                let open = format!("<{tag}>");
                xml.split(&open)
                    .skip(1)
                    .filter_map(|rest| rest.split('<').next().map(str::to_owned))
                    .collect()
            };
            let mut add =
                |kind: &str, names: Vec<String>| found.entry(kind.to_owned()).or_default().extend(names);
            let statuses = elements(&stacks, "StackStatus");
            let stacks = elements(&stacks, "StackName").into_iter().zip(statuses);
            add(
                "stack",
                stacks
                    .filter(|(_, status)| status != "DELETE_COMPLETE")
                    .map(|(name, _)| format!("{name} in {region}"))
                    .collect(),
            );
            add("role", elements(&roles, "RoleName"));
            add("bucket", elements(&buckets, "Name"));
            let names = |list: &serde_json::Value, key: &str| -> Vec<String> {
                let items = list.as_array().into_iter().flatten();
                items.filter_map(|item| item[key].as_str().map(str::to_owned)).collect()
            };
            add("repository", names(&repositories["repositories"], "repositoryName"));
            add("parameter", names(&records["Parameters"], "Name"));
        }
        if self.stack_set().contains("<StackSetId>") {
            found.entry("stack set".to_owned()).or_default().push("demo-infrastructure".to_owned());
        }
        let mut text = String::new();
        for (kind, mut names) in found {
            names.sort();
            names.dedup();
            for name in names {
                text.push_str(&format!("{kind} {name}\n"));
            }
        }
        stable(&text, self)
    }

    /// What a run said besides progress, the order of which differs where several things go on.
    pub(crate) fn outline(&self, run: &Run) -> String {
        let said = self.said(run);
        let lines = said.lines().filter(|line| !(line.starts_with("- ") && line.contains(" [")));
        lines.map(|line| format!("{line}\n")).collect()
    }

    /// What a run said, without what differs from run to run.
    pub(crate) fn said(&self, run: &Run) -> String {
        stable(&run.to_string(), self)
    }
}
