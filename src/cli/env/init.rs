//! `copilot env init`

use std::fmt;

use crate::aws::Session;
use crate::cli::flags::given;
use crate::cli::{runtime, trust, wiring};
use crate::context::Context;
use crate::error::Result;
use crate::ops::env::init::credentials::{self, Credentials, Profiles};
use crate::ops::env::init::port::Sessions;
use crate::ops::env::init::{self, NetworkFlags, Request};
use crate::ui;

/// Set up an environment: its manifest, its two roles, and its place in the application.
///
/// An environment is a network, a cluster and roles in one account and region. This command prepares the account and writes
/// the manifest; `copilot env deploy` then creates the network and the cluster. Nothing is created twice: after a failure, and
/// on an environment that is there, the command only does what is missing. A manifest that is there is never changed.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// Go on although a newer version has changed the application.
    #[arg(long)]
    allow_downgrade: bool,
    /// Name of the application; it must be the workspace's [default: the workspace's].
    #[arg(short, long, value_name = "NAME")]
    app: Option<String>,
    /// Id of an access key of the environment's account.
    #[arg(long, value_name = "ID")]
    aws_access_key_id: Option<Hidden>,
    /// The access key's secret.
    #[arg(long, value_name = "SECRET")]
    aws_secret_access_key: Option<Hidden>,
    /// Session token of a temporary access key.
    #[arg(long, value_name = "TOKEN")]
    aws_session_token: Option<Hidden>,
    /// Collect Container Insights, which Amazon CloudWatch charges for.
    #[arg(long)]
    container_insights: bool,
    /// Ask nothing about the network: a new VPC with two public and two private subnets.
    #[arg(long)]
    default_config: bool,
    /// ARNs of certificates in AWS Certificate Manager for the load balancer, separated by commas.
    #[arg(long, value_name = "ARN,…", value_delimiter = ',')]
    import_cert_arns: Vec<String>,
    /// Ids of private subnets of the imported VPC, at least two, separated by commas.
    #[arg(long, value_name = "ID,…", value_delimiter = ',')]
    import_private_subnets: Option<Vec<String>>,
    /// Ids of public subnets of the imported VPC, at least two, separated by commas.
    #[arg(long, value_name = "ID,…", value_delimiter = ',')]
    import_public_subnets: Option<Vec<String>>,
    /// Id of a VPC of your own, which the environment uses.
    #[arg(long, value_name = "ID")]
    import_vpc_id: Option<String>,
    /// Let the whole VPC reach the internal load balancer.
    #[arg(long)]
    internal_alb_allow_vpc_ingress: bool,
    /// Ids of the imported subnets that the internal load balancer is placed in, separated by commas.
    #[arg(long, value_name = "ID,…", value_delimiter = ',')]
    internal_alb_subnets: Vec<String>,
    /// Name of the environment.
    #[arg(short, long, value_name = "NAME")]
    name: Option<String>,
    /// Availability zones of the new VPC's subnets, at least two, separated by commas.
    #[arg(long, value_name = "ZONE,…", value_delimiter = ',')]
    override_az_names: Option<Vec<String>>,
    /// Address ranges of the new VPC's private subnets, one for each zone, separated by commas.
    #[arg(long, value_name = "CIDR,…", value_delimiter = ',')]
    override_private_cidrs: Option<Vec<String>>,
    /// Address ranges of the new VPC's public subnets, one for each zone, separated by commas.
    #[arg(long, value_name = "CIDR,…", value_delimiter = ',')]
    override_public_cidrs: Option<Vec<String>>,
    /// Address range of the new VPC [default: 10.0.0.0/16].
    #[arg(long, value_name = "CIDR")]
    override_vpc_cidr: Option<String>,
    /// Without effect, for old scripts.
    #[arg(long, hide = true)]
    prod: bool,
    /// Profile of the environment's account, in ~/.aws/config or ~/.aws/credentials. The environment's region is the
    /// profile's, unless --region names one.
    #[arg(long, value_name = "NAME")]
    profile: Option<String>,
    /// Region of the environment [default: that of the credentials].
    #[arg(long, value_name = "REGION")]
    region: Option<String>,
}

const EXAMPLES: &str = "Examples:
  Set up the environment test with the default network, in a script:
    copilot env init --name test --default-config

  Set up the environment prod in another account and region, which a profile names:
    copilot env init --name prod --profile prod --region eu-west-1 --default-config

  Use a VPC and subnets that you have:
    copilot env init --name test --import-vpc-id vpc-0a1b2c3d \\
      --import-public-subnets subnet-0a,subnet-0b --import-private-subnets subnet-0c,subnet-0d

  Choose the address ranges of the new VPC:
    copilot env init --name test --override-vpc-cidr 10.1.0.0/16 \\
      --override-az-names us-west-2a,us-west-2b \\
      --override-public-cidrs 10.1.0.0/24,10.1.1.0/24 \\
      --override-private-cidrs 10.1.2.0/24,10.1.3.0/24";

/// A value that is never shown.
#[derive(Clone)]
struct Hidden(String);

impl fmt::Debug for Hidden {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Hidden")
    }
}

impl From<&str> for Hidden {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

/// A list without blanks around its entries and without empty ones.
fn list(texts: Vec<String>) -> Vec<String> {
    let entry = |text: String| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
    texts.into_iter().filter_map(entry).collect()
}

/// Sets the environment up.
pub(super) fn run(context: &Context, args: Args) -> Result<()> {
    let hidden = |value: &Option<Hidden>| given(value.as_ref().map(|hidden| hidden.0.clone()));
    let (id, secret, token) = (
        hidden(&args.aws_access_key_id),
        hidden(&args.aws_secret_access_key),
        hidden(&args.aws_session_token),
    );
    let credentials =
        credentials::of_flags(given(args.profile), id.as_deref(), secret.as_deref(), token.as_deref())?;
    let request = Request {
        workspace: trust::workspace(context)?,
        app: given(args.app),
        name: given(args.name),
        credentials,
        region: given(args.region),
        network: NetworkFlags {
            default_config: args.default_config,
            vpc: given(args.import_vpc_id),
            public_subnets: args.import_public_subnets.map(list),
            private_subnets: args.import_private_subnets.map(list),
            cidr: given(args.override_vpc_cidr),
            zones: args.override_az_names.map(list),
            public_cidrs: args.override_public_cidrs.map(list),
            private_cidrs: args.override_private_cidrs.map(list),
            internal_alb_subnets: list(args.internal_alb_subnets),
            internal_alb_allow_vpc_ingress: args.internal_alb_allow_vpc_ingress,
        },
        certificates: list(args.import_cert_arns),
        container_insights: args.container_insights,
        allow_downgrade: args.allow_downgrade,
        interactive: context.terminal.stdin && context.terminal.stderr,
        within: None,
    };
    let (_, ready) = runtime::with_console(context, ui::Output::Progress, async |console| {
        Box::pin(init::run(&Files(context), &request, console)).await
    });
    let ready = ready?;
    let init::Ready { env, app, account, region, manifest, existed } = &ready;
    let how = if *existed { "is set up already" } else { "is set up" };
    let done = format!("Environment {env} of application {app} {how} in account {account}, {region}.");
    let deploy = format!(
        "Next: look at {manifest}, then create the network and the cluster with `copilot env deploy --name {env}`."
    );
    ui::message::done(&done, &[&deploy], context.terminal);
    Ok(())
}

/// Sessions by environment variables and the user's files.
struct Files<'a>(&'a Context);

impl Sessions for Files<'_> {
    type Account = Session;

    async fn own(&self) -> Result<Session> {
        wiring::session(self.0).await
    }

    async fn profiles(&self) -> Profiles {
        Session::profiles(self.0.vars()).await
    }

    async fn region(&self, credentials: &Credentials) -> Result<Option<String>> {
        Session::region_with(self.0.vars(), credentials).await
    }

    async fn with(&self, credentials: &Credentials, region: &str) -> Result<Session> {
        let ask = wiring::second_factor(self.0);
        Session::load_chosen(self.0.vars(), credentials, region, &ask).await
    }
}
