//! The first update of stacks that the old tool deployed, taken from a conformance folder.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use copilot::template::cfn::artifacts;
use copilot::template::cfn::artifacts::S3Object;
use copilot::yaml::Kind;
use serde_json::Value;

use crate::local_aws::{App, Environment, LocalAws};
use crate::support::{Workspace, World, stable};

/// Names the folder with `cases/NAME/{manifest.yml,inputs.json,template.json,params.json}`.
const CONFORMANCE_DIR: &str = "COPILOT_CONFORMANCE_DIR";

/// Cases whose files are all given and whose resources the emulator can make.
const CASES: [&str; 16] = [
    "arm",
    "cron-dow",
    "efs-custom-ids",
    "efs-managed",
    "env-override-prod",
    "every",
    "location-none",
    "minimal",
    "permissions-boundary",
    "private-subnets",
    "publish",
    "rate-passthrough",
    "retention-only",
    "sidecars",
    "taskdef-overrides",
    "windows",
];

/// A stack as the old tool deployed it.
struct OldStack {
    world: World,
    job: String,
    env: String,
    name: String,
}

impl OldStack {
    fn new(case: &Path) -> Self {
        let read = |file: &str| {
            let file = case.join(file);
            fs::read_to_string(&file).unwrap_or_else(|e| panic!("{}: {e}", file.display()))
        };
        let inputs: Value = serde_json::from_str(&read("inputs.json")).unwrap();
        let field = |key: &str| inputs[key].as_str().unwrap().to_owned();
        let manifest = read("manifest.yml");
        let job = manifest.lines().find_map(|line| line.strip_prefix("name: ")).unwrap().trim().to_owned();
        let (app, env) = (field("app"), field("env"));
        let environment = Environment::new(&env)
            .version(&field("env_version"))
            .parameter("ServiceDiscoveryEndpoint", &field("service_discovery_endpoint"));
        let mut seed = App::new(&app).environment(environment).job(&job);
        if !field("permissions_boundary").is_empty() {
            seed = seed.permissions_boundary(&field("permissions_boundary"));
        }
        let workspace = Workspace::new("");
        workspace.file("copilot/.workspace", &format!("application: {app}\n"));
        let world = World::seeded(seed, workspace);
        let name = format!("{app}-{env}-{job}");
        let region = world.app.regions.values().next().unwrap().clone();

        // The names the case was measured with become those of the seeded application.
        let here = |text: &str| text.replace(&field("account_id"), world.account.id());
        // What the case had built is taken as built: the same image, by its name.
        let parameters: Value = serde_json::from_str(&here(&read("params.json"))).unwrap();
        let image = parameters["Parameters"]["ContainerImage"].as_str().unwrap();
        let manifest = here(&manifest).replace("build: ./Dockerfile", &format!("location: {image}"));
        world.workspace.file(&format!("copilot/{job}/manifest.yml"), &manifest);
        let template = here(&read("template.json"))
            .replace(&format!("\"{}\"", field("artifact_bucket")), &format!("\"{}\"", region.bucket));
        let template = typed(serde_json::from_str(&template).unwrap());
        let code = template["Resources"]["EnvControllerFunction"]["Properties"]["Code"]["S3Key"].as_str();
        let mut sent: Vec<(String, String)> = vec![
            ("StackName".into(), name.clone()),
            ("TemplateBody".into(), template.to_string()),
            ("Capabilities.member.1".into(), "CAPABILITY_IAM".into()),
            ("Capabilities.member.2".into(), "CAPABILITY_NAMED_IAM".into()),
        ];
        let mut files = env_files(&manifest, &region.bucket);
        for (index, (key, value)) in (1..).zip(parameters["Parameters"].as_object().unwrap()) {
            // Cases were measured without uploads.
            let file = files.remove(key).map(|(path, arn)| {
                world.workspace.file(&path, ENV_FILE);
                arn
            });
            let value = match key.as_str() {
                "ArtifactKeyARN" => &region.key_arn,
                _ => file.as_deref().unwrap_or(value.as_str().unwrap()),
            };
            sent.push((format!("Parameters.member.{index}.ParameterKey"), key.clone()));
            sent.push((format!("Parameters.member.{index}.ParameterValue"), value.to_owned()));
        }
        for (index, (key, value)) in (1..).zip(parameters["Tags"].as_object().unwrap()) {
            sent.push((format!("Tags.member.{index}.Key"), key.clone()));
            sent.push((format!("Tags.member.{index}.Value"), value.as_str().unwrap().to_owned()));
        }
        let object = format!("/{}/{}", region.bucket, code.unwrap());
        let (emulator, stack) = (world.account.emulator(), name.clone());
        let created = LocalAws::shared().block_on(async move {
            // The old function's code is not part of the case; what matters is that it answers.
            let zip = copilot::custom_resources::env_controller_zip().unwrap();
            emulator.s3(hyper::Method::PUT, &object, zip).await.unwrap();
            let sent: Vec<(&str, &str)> = sent.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
            emulator.query("cloudformation", "CreateStack", &sent).await.unwrap();
            emulator.settled_stack(&stack).await.unwrap()
        });
        assert!(created.contains("<StackStatus>CREATE_COMPLETE</StackStatus>"), "{name}: {created}");
        Self { world, job, env, name }
    }

    fn deploy(&self) -> String {
        self.world.run(&["job", "deploy", "--name", &self.job, "--env", &self.env]).succeeds()
    }
}

const ENV_FILE: &str = "FROM_FILE=1\n";

/// Path and object of each environment file, by the parameter that names the object.
fn env_files(manifest: &str, bucket: &str) -> BTreeMap<String, (String, String)> {
    let manifest = copilot::yaml::load(manifest).unwrap().unwrap();
    let sidecars = match manifest.get("sidecars").map(|sidecars| &sidecars.kind) {
        Some(Kind::Mapping(sidecars)) => sidecars.as_slice(),
        _ => &[],
    };
    let sidecars =
        sidecars.iter().map(|(name, sidecar)| (format!("For{}", name.as_text().unwrap()), sidecar));
    let files = sidecars.chain([(String::new(), &manifest)]).filter_map(|(suffix, container)| {
        let path = container.get("env_file")?.as_text()?.to_owned();
        let key = artifacts::env_file_key(&path, ENV_FILE.as_bytes());
        let arn = artifacts::object_arn("us-west-2", &S3Object { bucket: bucket.to_owned(), key });
        Some((format!("EnvFileARN{suffix}"), (path, arn)))
    });
    files.collect()
}

/// The cases write every scalar as text; the old tool wrote numbers and booleans as such, but for words of
/// commands and values of variables.
pub(crate) fn typed(value: Value) -> Value {
    match value {
        Value::String(text) if text == "true" || text == "false" => Value::Bool(text == "true"),
        Value::String(text) => match text.parse::<u32>() {
            Ok(number) if number.to_string() == text => number.into(),
            _ => Value::String(text),
        },
        Value::Array(items) => items.into_iter().map(typed).collect(),
        Value::Object(fields) => {
            let of_field = |(key, value): (String, Value)| {
                let text = matches!(key.as_str(), "Command" | "Value");
                (key, if text { value } else { typed(value) })
            };
            fields.into_iter().map(of_field).collect()
        }
        other => other,
    }
}

#[derive(Debug, PartialEq, Eq)]
struct Changed {
    action: String,
    replacement: String,
    /// Properties whose value differs, as far as the change set can know.
    differ: Vec<String>,
    /// What is listed because it refers to something that changes: property and cause.
    refer: Vec<(String, String)>,
}

/// The stack's change sets that were executed, by logical id.
fn executed(world: &World, stack: &str) -> BTreeMap<String, Changed> {
    tokio::runtime::Runtime::new().unwrap().block_on(async {
        let client = aws_sdk_cloudformation::Client::new(&world.account.sdk_config().await);
        let sets = client.list_change_sets().stack_name(stack).send().await.unwrap();
        let mut changed = BTreeMap::new();
        for set in sets.summaries() {
            let set = client
                .describe_change_set()
                .change_set_name(set.change_set_id().unwrap())
                .send()
                .await
                .unwrap();
            for change in set.changes().iter().filter_map(|change| change.resource_change()) {
                let mut one = Changed {
                    action: change.action().unwrap().as_str().to_owned(),
                    replacement: change.replacement().map_or("", |r| r.as_str()).to_owned(),
                    differ: Vec::new(),
                    refer: Vec::new(),
                };
                for detail in change.details() {
                    let target = detail.target().unwrap();
                    let name = target.name().unwrap_or(target.attribute().unwrap().as_str()).to_owned();
                    match detail.causing_entity() {
                        Some(cause) => one.refer.push((name, cause.to_owned())),
                        None => one.differ.push(name),
                    }
                }
                changed.insert(change.logical_resource_id().unwrap().to_owned(), one);
            }
        }
        changed
    })
}

/// Physical ids of a stack's resources.
pub(crate) fn identities(world: &World, stack: &str) -> BTreeMap<String, String> {
    let listed = world.cloudformation("DescribeStackResources", &[("StackName", stack)]).unwrap();
    let text = |xml: &str, tag: &str| {
        let (_, rest) = xml.split_once(&format!("<{tag}>")).unwrap();
        rest.split_once("</").unwrap().0.to_owned()
    };
    let resources = listed.split("<member>").skip(1);
    resources.map(|xml| (text(xml, "LogicalResourceId"), text(xml, "PhysicalResourceId"))).collect()
}

/// The folder with the conformance cases, if there is one to check.
fn cases() -> Option<PathBuf> {
    let folder = PathBuf::from(std::env::var_os(CONFORMANCE_DIR)?).join("cases");
    assert!(folder.is_dir(), "{CONFORMANCE_DIR}: {} is no folder", folder.display());
    Some(folder)
}

#[test]
fn the_first_update_touches_the_env_controller_function_only() {
    let Some(folder) = cases() else {
        println!("takeovers were NOT checked: set {CONFORMANCE_DIR} to the folder with the cases");
        return;
    };
    for case in CASES {
        let old = OldStack::new(&folder.join(case));
        let before = identities(&old.world, &old.name);
        let said = stable(&old.deploy(), &old.world).replace(&old.name, "STACK").replace(&old.job, "JOB");
        // What comes before and the resources are those of the case.
        let own = said.lines().skip_while(|line| !line.starts_with("First update"));
        let own = own.filter(|line| !line.starts_with("- "));
        insta::allow_duplicates! {
            insta::assert_snapshot!(own.collect::<Vec<_>>().join("\n"), @"
            First update of stack STACK after AWS Copilot CLI (template v1.34.0). It changes:
              - EnvControllerFunction: Code.S3Key, Runtime
            Warning: EnvControllerFunction moves from nodejs20.x to nodejs24.x. Should this update fail, CloudFormation has to go back to nodejs20.x, which AWS may refuse by then: the stack would end as UPDATE_ROLLBACK_FAILED. The way out is `aws cloudformation continue-update-rollback --stack-name STACK --resources-to-skip EnvControllerFunction`, then deploying again.
            Proposing infrastructure changes for stack STACK
            ✔ Proposing infrastructure changes for stack STACK
            ✔ Deployed JOB.
            ");
        }

        let mut changed = executed(&old.world, &old.name);
        let function = changed.remove("EnvControllerFunction").unwrap();
        assert_eq!((function.action.as_str(), function.replacement.as_str()), ("Modify", "False"), "{case}");
        assert_eq!(function.differ, ["Code", "Runtime"], "{case}");
        // Everything else is listed because it refers, over one or more steps, to the function's ARN.
        let mut report = vec!["EnvControllerFunction (Code, Runtime)".to_owned()];
        for (id, one) in &changed {
            let unchanged = one.action == "Modify" && one.replacement != "True" && one.differ.is_empty();
            assert!(unchanged, "{case}: {id}: {one:?}");
            let causes: Vec<&str> = one.refer.iter().map(|(_, cause)| cause.as_str()).collect();
            report.push(format!("{id} refers to {}", causes.join(" and ")));
        }
        assert_eq!(before, identities(&old.world, &old.name), "{case}");
        let template = old.world.cloudformation("GetTemplate", &[("StackName", &old.name)]).unwrap();
        assert!(template.contains("nodejs24.x") && !template.contains("nodejs20.x"), "{case}");
        println!("takeover of {case}: {}", report.join("; "));

        let again = stable(&old.deploy(), &old.world).replace(&old.name, "STACK");
        let own = again.lines().skip_while(|line| !line.starts_with("Proposing"));
        insta::allow_duplicates! {
            insta::assert_snapshot!(own.collect::<Vec<_>>().join("\n"), @"
            Proposing infrastructure changes for stack STACK
            - No new infrastructure changes for stack STACK
            No infrastructure changes: stack STACK is up to date.
            ");
        }
    }
}

#[test]
fn a_takeover_is_explained_before_it_is_proposed() {
    let Some(folder) = cases() else { return };
    let old = OldStack::new(&folder.join("efs-managed"));
    let manifest = format!("copilot/{}/manifest.yml", old.job);
    let text = fs::read_to_string(old.world.workspace.path().join(&manifest)).unwrap();
    old.world.workspace.file(&manifest, &format!("{text}cpu: 512\nmemory: 1024\nvariables: {{A: b}}\n"));
    let args = ["job", "deploy", "--name", &old.job, "--env", &old.env, "--diff"];
    let asked = old.world.run(&args);
    // The case's template is JSON, which quotes everything.
    assert!(asked.stdout.contains("\n    ~ Version: \"v1.34.0\" -> v1.34.1+rs."), "{}", asked.stdout);
    assert!(asked.stdout.contains("~ Runtime: \"nodejs20.x\" -> nodejs24.x\n"), "{}", asked.stdout);
    let warned = asked.stderr.find("Warning: EnvControllerFunction moves").unwrap();
    assert!(warned < asked.stderr.find("Continue with the deployment?").unwrap(), "{}", asked.stderr);

    let said = stable(&old.deploy(), &old.world);
    let (said, _) = said.split_once("\n✔ Proposing").unwrap();
    insta::assert_snapshot!(said, @r"
    Schedule: at 00:00 UTC on day 1 of January (cron(0 0 1 1 ? *)); next: DATE UTC, DATE UTC, DATE UTC
    First update of stack my-app-test-files after AWS Copilot CLI (template v1.34.0). It changes:
      - EnvControllerFunction: Code.S3Key, Runtime
      - TaskDefinition: ContainerDefinitions
      - values of parameters: TaskCPU, TaskMemory
    Warning: EnvControllerFunction moves from nodejs20.x to nodejs24.x. Should this update fail, CloudFormation has to go back to nodejs20.x, which AWS may refuse by then: the stack would end as UPDATE_ROLLBACK_FAILED. The safest first update is one without other changes. The way out is `aws cloudformation continue-update-rollback --stack-name my-app-test-files --resources-to-skip EnvControllerFunction`, then deploying again.
    Proposing infrastructure changes for stack my-app-test-files
    ");

    // From now on it is an ordinary stack.
    old.world.workspace.file(&manifest, &text);
    let said = old.deploy();
    assert!(!said.contains("First update") && !said.contains("nodejs20.x"), "{said}");
}
