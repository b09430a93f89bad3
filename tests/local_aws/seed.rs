//! Applications as the tool's predecessor leaves them in an account: parameters in SSM, the stack of the application's
//! roles, its stack set with a stack in each region, and an environment stack for each environment.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;

use anyhow::{Result, anyhow, bail, ensure};
use futures_util::future::try_join_all;
use serde_json::{Map, Value, json};

use super::emulator::Emulator;
use super::gateway::State;
use super::stack_sets::{self, Definition, Key, Start, Started};
use super::xml;

const ROLES: &str = include_str!("templates/roles.yml");
const REGIONAL: &str = include_str!("templates/regional.yml");
const ENVIRONMENT: &str = include_str!("templates/environment.yml");
/// The version of the predecessor that the seeded stacks carry.
const VERSION: &str = "v1.34.1";

/// What to seed. Start with [`App::new`].
#[derive(Clone, Debug)]
pub(crate) struct App {
    name: String,
    tags: BTreeMap<String, String>,
    permissions_boundary: Option<String>,
    environments: Vec<Environment>,
    jobs: Vec<String>,
}

/// One environment of an [`App`].
#[derive(Clone, Debug)]
pub(crate) struct Environment {
    name: String,
    account: Option<String>,
    region: Option<String>,
    version: String,
    parameters: BTreeMap<String, String>,
    template: Option<String>,
}

impl App {
    /// An application without environments and jobs.
    pub(crate) fn new(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            tags: BTreeMap::new(),
            permissions_boundary: None,
            environments: Vec::new(),
            jobs: Vec::new(),
        }
    }

    /// Adds an ordinary environment.
    #[must_use]
    pub(crate) fn env(self, name: &str) -> Self {
        self.environment(Environment::new(name))
    }

    /// Adds an environment.
    #[must_use]
    pub(crate) fn environment(mut self, environment: Environment) -> Self {
        self.environments.push(environment);
        self
    }

    /// Registers a scheduled job, with an image repository.
    #[must_use]
    pub(crate) fn job(mut self, name: &str) -> Self {
        self.jobs.push(name.to_owned());
        self
    }

    /// Adds an application tag.
    #[must_use]
    pub(crate) fn tag(mut self, key: &str, value: &str) -> Self {
        self.tags.insert(key.to_owned(), value.to_owned());
        self
    }

    /// Sets the IAM policy that bounds the application's roles.
    #[must_use]
    pub(crate) fn permissions_boundary(mut self, policy: &str) -> Self {
        self.permissions_boundary = Some(policy.to_owned());
        self
    }
}

impl Environment {
    /// An environment in the application's own account and region that no workload uses yet.
    pub(crate) fn new(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            account: None,
            region: None,
            version: VERSION.to_owned(),
            parameters: BTreeMap::new(),
            template: None,
        }
    }

    /// Gives it another template, of which the parameters are the names of application and environment, the application's
    /// account, and those that are set.
    #[must_use]
    pub(crate) fn template(mut self, text: &str) -> Self {
        self.template = Some(text.to_owned());
        self
    }

    /// Puts it into another account.
    #[must_use]
    pub(crate) fn account(mut self, account: &str) -> Self {
        self.account = Some(account.to_owned());
        self
    }

    /// Puts it into another region.
    #[must_use]
    pub(crate) fn region(mut self, region: &str) -> Self {
        self.region = Some(region.to_owned());
        self
    }

    /// Sets the template version; `bootstrap` is what `env init` leaves before the first `env deploy`.
    #[must_use]
    pub(crate) fn version(mut self, version: &str) -> Self {
        self.version = version.to_owned();
        self
    }

    /// Sets a stack parameter, such as `EFSWorkloads`.
    #[must_use]
    pub(crate) fn parameter(mut self, key: &str, value: &str) -> Self {
        self.parameters.insert(key.to_owned(), value.to_owned());
        self
    }
}

/// What has been seeded.
#[derive(Clone, Debug, Default)]
pub(crate) struct SeededApp {
    pub name: String,
    /// By region.
    pub regions: BTreeMap<String, SeededRegion>,
    /// By name.
    pub environments: BTreeMap<String, SeededEnvironment>,
}

/// The regional stack of an application.
#[derive(Clone, Debug)]
pub(crate) struct SeededRegion {
    pub stack_id: String,
    pub bucket: String,
    pub key_arn: String,
}

/// The stack of an environment.
#[derive(Clone, Debug)]
pub(crate) struct SeededEnvironment {
    pub account: String,
    pub region: String,
    pub stack_id: String,
    pub manager_role_arn: String,
    pub execution_role_arn: String,
}

/// Seeds an application into an account, with everything in `region` that names no other.
pub(super) async fn seed(state: &Arc<State>, account: &str, region: &str, app: &App) -> Result<SeededApp> {
    let home = state.emulator(account, region);
    let mut regions: Vec<_> =
        app.environments.iter().map(|env| env.region.as_deref().unwrap_or(region)).collect();
    regions.sort_unstable();
    regions.dedup();
    let regional = seed_stack_set(state, &home, app, &regions);
    let environments =
        try_join_all(app.environments.iter().map(|env| seed_environment(state, &home, app, env)));
    let (regional, environments) = tokio::try_join!(regional, environments)?;

    let mut records = vec![(String::new(), app_record(app, account), None)];
    for (name, environment) in &environments {
        let record = environment_record(&app.name, name, environment);
        records.push((format!("/environments/{name}"), record, Some(("copilot-environment", name.as_str()))));
    }
    for job in &app.jobs {
        let record = json!({ "app": app.name, "name": job, "type": "Scheduled Job" });
        records.push((format!("/components/{job}"), record, Some(("copilot-service", job.as_str()))));
    }
    let put = records.into_iter().map(|(path, value, tag)| put_record(&home, &app.name, path, value, tag));
    try_join_all(put).await?;
    Ok(SeededApp {
        name: app.name.clone(),
        regions: regional.into_iter().collect(),
        environments: environments.into_iter().collect(),
    })
}

/// The roles, the stack set, and its stack in each region.
async fn seed_stack_set(
    state: &Arc<State>,
    home: &Emulator,
    app: &App,
    regions: &[&str],
) -> Result<Vec<(String, SeededRegion)>> {
    let (admin, execution) = (format!("{}-adminrole", app.name), format!("{}-executionrole", app.name));
    let parameters = [
        ("AdminRoleName", admin.as_str()),
        ("AppDNSDelegatedAccounts", &home.account),
        ("AppName", &app.name),
        ("DNSDelegationRoleName", &format!("{}-DNSDelegationRole", app.name)),
        ("ExecutionRoleName", &execution),
    ];
    let tags = [("copilot-application", app.name.as_str())];
    let roles = format!("{}-infrastructure-roles", app.name);
    create_stack(home, &roles, ROLES, &parameters, &tags, app).await?;

    let key = Key {
        account: home.account.clone(),
        region: home.region.clone(),
        name: format!("{}-infrastructure", app.name),
    };
    let all_tags = app.tags.iter().map(|(key, value)| (key.as_str(), value.as_str())).chain(tags);
    let definition = Definition {
        description: "ECS CLI Application Resources (ECR repos, KMS keys, S3 buckets)".to_owned(),
        template: regional_template(home, app)?,
        tags: all_tags.map(|(key, value)| (key.to_owned(), value.to_owned())).collect(),
        administration_role: format!("arn:aws:iam::{}:role/{admin}", home.account),
        execution_role: execution,
        ..Definition::default()
    };
    let refused = |stack_sets::Refusal(_, code, message)| anyhow!("seeding {}: {code}: {message}", key.name);
    state.stack_sets.create(&key, definition, None).map_err(refused)?;
    let target = |region: &str| (home.account.clone(), region.to_owned());
    if regions.is_empty() {
        return Ok(Vec::new());
    }
    let start = Start::creation(regions.iter().map(|region| target(region)).collect());
    let Started::New(operation) = state.stack_sets.begin(&key, start).map_err(refused)? else {
        bail!("seeding {}: the operation is not new", key.name);
    };
    stack_sets::run(Arc::clone(state), key.clone(), operation).await;
    let seeded = regions.iter().map(|region| async {
        let stack_id = state.stack_sets.stack_of(&key, &target(region)).map_err(refused)?;
        let stack = state.emulator(&home.account, region).settled_stack(&stack_id).await?;
        let (bucket, key_arn) = (output(&stack, "PipelineBucket")?, output(&stack, "KMSKeyARN")?);
        Ok(((*region).to_owned(), SeededRegion { stack_id, bucket, key_arn }))
    });
    try_join_all(seeded).await
}

fn regional_template(home: &Emulator, app: &App) -> Result<String> {
    let mut repositories = String::new();
    let mut outputs = String::new();
    let mut workloads = Vec::new();
    for job in &app.jobs {
        let id = format!("ECRRepo{}", job.replace('-', "DASH"));
        let repository = format!("{}/{job}", app.name);
        write!(
            repositories,
            "  {id}:\n    Type: AWS::ECR::Repository\n    Properties:\n      RepositoryName: {repository}\n"
        )?;
        writeln!(outputs, "  {id}:\n    Value: !GetAtt {id}.Arn")?;
        workloads.push(json!({ "Name": job, "WithECR": true }));
    }
    let mut accounts: Vec<_> =
        app.environments.iter().map(|env| env.account.as_deref().unwrap_or(&home.account)).collect();
    accounts.sort_unstable();
    accounts.dedup();
    Ok(REGIONAL
        .replace("{app}", &app.name)
        .replace("{accounts}", &accounts.join(", "))
        .replace("{workloads}", &Value::from(workloads).to_string())
        .replace("{repositories}", &repositories)
        .replace("{outputs}", &outputs))
}

async fn seed_environment(
    state: &State,
    home: &Emulator,
    app: &App,
    env: &Environment,
) -> Result<(String, SeededEnvironment)> {
    let account = env.account.as_deref().unwrap_or(&home.account);
    let region = env.region.as_deref().unwrap_or(&home.region);
    let usual = || ENVIRONMENT.replace("{version}", &env.version).replace("{env}", &env.name);
    let template = env.template.clone().unwrap_or_else(usual);
    let mut parameters: BTreeMap<&str, String> = [
        ("AppName", app.name.clone()),
        ("EnvironmentName", env.name.clone()),
        ("ToolsAccountPrincipalARN", format!("arn:aws:iam::{}:root", home.account)),
    ]
    .into();
    if env.template.is_none() {
        parameters.insert("ServiceDiscoveryEndpoint", format!("{}.{}.local", env.name, app.name));
        parameters.insert("CreateHTTPSListener", "false".to_owned());
        parameters.insert("CreateInternalHTTPSListener", "false".to_owned());
    }
    let features = [
        "AppDNSName",
        "AppDNSDelegationRole",
        "ALBWorkloads",
        "InternalALBWorkloads",
        "EFSWorkloads",
        "NATWorkloads",
        "AppRunnerPrivateWorkloads",
        "Aliases",
    ];
    if env.template.is_none() {
        parameters.extend(features.map(|unused| (unused, String::new())));
    }
    parameters.extend(env.parameters.iter().map(|(key, value)| (key.as_str(), value.clone())));
    let parameters: Vec<_> = parameters.iter().map(|(key, value)| (*key, value.as_str())).collect();
    let tags = [("copilot-application", app.name.as_str()), ("copilot-environment", env.name.as_str())];
    let name = format!("{}-{}", app.name, env.name);
    let stack =
        create_stack(&state.emulator(account, region), &name, &template, &parameters, &tags, app).await?;
    let seeded = SeededEnvironment {
        account: account.to_owned(),
        region: region.to_owned(),
        stack_id: text(&stack, "StackId")?,
        manager_role_arn: output(&stack, "EnvironmentManagerRoleARN")?,
        execution_role_arn: output(&stack, "CFNExecutionRoleARN")?,
    };
    Ok((env.name.clone(), seeded))
}

/// Creates a stack with the application's tags and these, and returns its description.
async fn create_stack(
    emulator: &Emulator,
    name: &str,
    template: &str,
    parameters: &[(&str, &str)],
    tags: &[(&str, &str)],
    app: &App,
) -> Result<String> {
    let mut fields: Vec<(String, String)> =
        vec![("StackName".into(), name.into()), ("TemplateBody".into(), template.into())];
    for (index, capability) in ["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM"].iter().enumerate() {
        fields.push((format!("Capabilities.member.{}", index + 1), (*capability).to_owned()));
    }
    for (index, (key, value)) in parameters.iter().enumerate() {
        let member = format!("Parameters.member.{}", index + 1);
        fields.push((format!("{member}.ParameterKey"), (*key).to_owned()));
        fields.push((format!("{member}.ParameterValue"), (*value).to_owned()));
    }
    let app_tags = app.tags.iter().map(|(key, value)| (key.as_str(), value.as_str()));
    for (index, (key, value)) in app_tags.chain(tags.iter().copied()).enumerate() {
        let member = format!("Tags.member.{}", index + 1);
        fields.push((format!("{member}.Key"), key.to_owned()));
        fields.push((format!("{member}.Value"), value.to_owned()));
    }
    let fields: Vec<_> = fields.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
    emulator.query("cloudformation", "CreateStack", &fields).await?;
    let stack = emulator.settled_stack(name).await?;
    let status = text(&stack, "StackStatus")?;
    ensure!(status == "CREATE_COMPLETE", "seeding {name} ended in {status}: {stack}");
    Ok(stack)
}

fn app_record(app: &App, account: &str) -> Value {
    let mut record = Map::new();
    record.insert("name".into(), json!(app.name));
    record.insert("account".into(), json!(account));
    if let Some(policy) = &app.permissions_boundary {
        record.insert("permissionsBoundary".into(), json!(policy));
    }
    record.insert("domain".into(), json!(""));
    record.insert("domainHostedZoneID".into(), json!(""));
    record.insert("version".into(), json!("1.0"));
    if !app.tags.is_empty() {
        record.insert("tags".into(), json!(app.tags));
    }
    record.into()
}

fn environment_record(app: &str, name: &str, environment: &SeededEnvironment) -> Value {
    json!({
        "app": app,
        "name": name,
        "region": environment.region,
        "accountID": environment.account,
        "registryURL": "",
        "executionRoleARN": environment.execution_role_arn,
        "managerRoleARN": environment.manager_role_arn,
    })
}

async fn put_record(
    emulator: &Emulator,
    app: &str,
    path: String,
    value: Value,
    tag: Option<(&str, &str)>,
) -> Result<()> {
    let tags = [Some(("copilot-application", app)), tag];
    let tags: Vec<_> =
        tags.iter().flatten().map(|(key, value)| json!({ "Key": key, "Value": value })).collect();
    let input = json!({
        "Name": format!("/copilot/applications/{app}{path}"),
        "Type": "String",
        "Value": value.to_string(),
        "Tags": tags,
    });
    emulator.json("ssm", "AmazonSSM.PutParameter", &input).await.map(drop)
}

/// An output of the stack a `DescribeStacks` answer describes.
pub(crate) fn output(stack: &str, key: &str) -> Result<String> {
    xml::members(stack, "Outputs")
        .into_iter()
        .find(|output| xml::text(output, "OutputKey").is_some_and(|found| found == key))
        .and_then(|output| xml::text(output, "OutputValue"))
        .ok_or_else(|| anyhow!("the stack has no output {key}"))
}

fn text(stack: &str, tag: &str) -> Result<String> {
    xml::text(stack, tag).ok_or_else(|| anyhow!("the answer has no {tag}"))
}
