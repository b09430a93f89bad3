//! `copilot storage init`

use clap::builder::{PossibleValuesParser, TypedValueParser};

use crate::cli::flags::given;
use crate::cli::{runtime, trust, wiring};
use crate::context::Context;
use crate::error::Result;
use crate::ops::storage::init::{self, ClusterFlags, Request, TableFlags};
use crate::ops::storage::{Engine, Kind, Level};
use crate::ui;

/// Write the CloudFormation templates of a bucket, a table or a database cluster for a job.
///
/// They become addons of the job or of the environments, and the job gets access. Nothing is created in AWS before the job or
/// the environment is deployed. Files that are there already stay as they are.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// Let this job of the workspace use storage that the environments have already.
    #[arg(long, value_name = "JOB")]
    add_ingress_from: Option<String>,
    /// Aurora: the database that the cluster is compatible with.
    #[arg(long, value_name = "ENGINE", ignore_case = true, value_parser = parser(Engine::ALL, Engine::name))]
    engine: Option<Engine>,
    /// Aurora: name of the cluster's first database.
    #[arg(long, value_name = "NAME")]
    initial_db: Option<String>,
    /// What the storage is created and deleted with: `workload`, the job, which has it for itself, or `environment`, for
    /// several jobs.
    #[arg(short, long, value_name = "LEVEL", ignore_case = true, value_parser = parser(Level::ALL, Level::name))]
    lifecycle: Option<Level>,
    /// DynamoDB: another sort key, by a local secondary index; up to five times. T is S (string), N (number) or B (binary).
    #[arg(long, value_name = "NAME:T")]
    lsi: Vec<String>,
    /// Name of the storage.
    #[arg(short, long, value_name = "NAME")]
    name: Option<String>,
    /// DynamoDB: have no local secondary indexes.
    #[arg(long)]
    no_lsi: bool,
    /// DynamoDB: have no sort key, and no local secondary indexes.
    #[arg(long)]
    no_sort: bool,
    /// Aurora: name of a parameter group for clusters that is there already [default: the template has one].
    #[arg(long, value_name = "NAME")]
    parameter_group: Option<String>,
    /// DynamoDB: the key that finds an item, alone or with the sort key.
    #[arg(long, value_name = "NAME:T")]
    partition_key: Option<String>,
    /// Aurora: v2, the only version that new clusters can have [default: v2].
    #[arg(long, value_name = "VERSION")]
    serverless_version: Option<String>,
    /// DynamoDB: the key that orders items of the same partition key.
    #[arg(long, value_name = "NAME:T")]
    sort_key: Option<String>,
    /// What to store data in.
    #[arg(short = 't', long, value_name = "TYPE", ignore_case = true, value_parser = parser(Kind::ALL, Kind::name))]
    storage_type: Option<Kind>,
    /// Name of the job that uses the storage.
    #[arg(short, long, value_name = "JOB")]
    workload: Option<String>,
}

const EXAMPLES: &str = "Examples:
  A bucket of the job report-gen:
    copilot storage init -n raw-data -t S3 -w report-gen -l workload

  A table with a sort key, which the environments have and report-gen uses:
    copilot storage init -n items -t DynamoDB -w report-gen -l environment \\
      --partition-key Email:S --sort-key Points:N --no-lsi

  Let the job mailer use it as well:
    copilot storage init -n items -t DynamoDB --add-ingress-from mailer

  A PostgreSQL cluster of report-gen:
    copilot storage init -n db -t Aurora -w report-gen -l workload \\
      --engine PostgreSQL --initial-db reports";

/// Values by the names that they have on the command line.
fn parser<T, const N: usize>(values: [T; N], name: fn(T) -> &'static str) -> impl TypedValueParser<Value = T>
where
    T: Copy + Send + Sync + 'static,
{
    PossibleValuesParser::new(values.map(name)).try_map(move |given| {
        let is_given = |value: &T| name(*value).eq_ignore_ascii_case(&given);
        values.into_iter().find(is_given).ok_or("there is no such value")
    })
}

/// Fills a request from the flags and writes the files; what comes next goes to stderr.
pub(super) fn run(context: &Context, args: Args) -> Result<()> {
    let workspace = trust::workspace(context)?;
    let request = Request {
        app: workspace.application()?,
        workspace,
        name: given(args.name),
        kind: args.storage_type,
        workload: given(args.workload),
        level: args.lifecycle,
        ingress_from: given(args.add_ingress_from),
        table: TableFlags {
            partition_key: given(args.partition_key),
            sort_key: given(args.sort_key),
            no_sort: args.no_sort,
            indexes: args.lsi,
            no_indexes: args.no_lsi,
        },
        cluster: ClusterFlags {
            serverless_version: given(args.serverless_version),
            engine: args.engine,
            database: given(args.initial_db),
            parameter_group: given(args.parameter_group),
        },
        interactive: context.terminal.stdin && context.terminal.stderr,
    };
    let (_, outcome) = runtime::with_console(context, ui::Output::Progress, async |console| {
        let open = async || wiring::session(context).await;
        Box::pin(init::run(open, &|name| context.given(name), &request, console)).await
    });
    let outcome = outcome?;
    for path in &outcome.written {
        ui::message::done(&format!("Wrote {path}"), &[], context.terminal);
    }
    for path in &outcome.present {
        ui::message::done(&format!("{path} was there already, with this content"), &[], context.terminal);
    }
    ui::message::note(&outcome.next, context.terminal);
    Ok(())
}
