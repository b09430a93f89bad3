//! What is to be written: from the flags, from what is in the workspace, and from the user's answers.

use super::flags::wrong;
use super::place::{self, Place};
use super::{Plan, Request, Storage, exists};
use crate::error::{Error, Result};
use crate::manifest::{self, JOB_TYPE};
use crate::report::Console;
use crate::store::port::Parameters;
use crate::store::{self, Workload, workload_parameter};
use crate::template::storage::cluster::{Cluster, Engine};
use crate::template::storage::table::{Attribute, AttributeType, MOST_INDEXES, Table};
use crate::template::storage::{Kind, Level, names};

/// A job, and whether it is in the workspace.
struct Job {
    name: String,
    local: bool,
}

/// Decides everything. The environments of a cluster are still missing.
pub(super) async fn plan<S: Parameters>(
    open: &impl AsyncFn() -> Result<S>,
    request: &Request,
    console: &Console<'_>,
) -> Result<Plan> {
    let kind = match request.kind {
        Some(kind) => kind,
        None => {
            let shown = |kind: &Kind| format!("{kind} ({})", kind.noun());
            select("What shall data be stored in?", "--storage-type", Kind::ALL, shown, console)?
        }
    };
    let job = Box::pin(job(open, request, console)).await?;
    let name = name(kind, &job.name, request, console)?;
    let place = place(kind, &name, job, request, console)?;
    let storage = match kind {
        _ if request.ingress_from.is_some() => Storage::Access(kind),
        Kind::S3 => Storage::Bucket,
        Kind::DynamoDb => Storage::Table(table(&name, request, console)?),
        Kind::Aurora => Storage::Cluster(cluster(&name, request, console)?),
    };
    Ok(Plan { name, storage, place })
}

/// The job that uses the storage.
async fn job<S: Parameters>(
    open: &impl AsyncFn() -> Result<S>,
    request: &Request,
    console: &Console<'_>,
) -> Result<Job> {
    let workspace = &request.workspace;
    if let Some(name) = request.ingress_from.as_ref().or(request.workload.as_ref()) {
        let must_be_local = request.ingress_from.is_some() || request.level == Some(Level::Workload);
        if must_be_local || workspace.manifest_path(name).is_file() {
            check_type(name, &kind_of(request, name)?)?;
            return Ok(Job { name: name.clone(), local: true });
        }
        let store = open().await?;
        let parameter = workload_parameter(&request.app, name);
        let Some(record) = store.read(&parameter).await? else {
            let error = Error::new(format!(
                "job {name} is neither in the workspace nor registered with application {}",
                request.app
            ));
            return Err(error.hint("`copilot job ls` lists the application's jobs."));
        };
        check_type(name, &store::parse::<Workload>(&parameter, &record)?.kind)?;
        return Ok(Job { name: name.clone(), local: false });
    }
    let local = workspace.jobs()?;
    let is_local = !local.is_empty() || request.level == Some(Level::Workload);
    let mut jobs = match is_local {
        true => local,
        false => {
            let registered = store::workloads(&open().await?, &request.app).await?;
            registered.into_iter().filter(|workload| workload.kind == JOB_TYPE).map(|job| job.name).collect()
        }
    };
    let index = match jobs.as_slice() {
        [] => {
            let place = if is_local {
                "in the workspace".to_owned()
            } else {
                format!("in application {}", request.app)
            };
            return Err(Error::new(format!("there is no job {place}"))
                .hint("Storage is set up for a job: create one first, with `copilot job init`."));
        }
        [only] => {
            console.note(format!("Found only one job, defaulting to: {only}"));
            0
        }
        several => {
            console.select("Which job uses the storage?", "--workload", several)?.min(several.len() - 1)
        }
    };
    Ok(Job { name: jobs.swap_remove(index), local: is_local })
}

/// The type that a workload of the workspace says it is of.
fn kind_of(request: &Request, name: &str) -> Result<String> {
    let text = request.workspace.read_manifest(name)?;
    Ok(manifest::raw_name_and_type(&text).map(|(_, kind)| kind).unwrap_or_default())
}

fn check_type(name: &str, kind: &str) -> Result<()> {
    let what = match kind {
        JOB_TYPE => return Ok(()),
        "" => format!("the manifest of {name} does not say that it is a job's"),
        service => format!("{name} is a {service}, not a scheduled job"),
    };
    Err(Error::new(what).hint(format!("Storage is set up for workloads of the type `{JOB_TYPE}`.")))
}

fn name(kind: Kind, job: &str, request: &Request, console: &Console<'_>) -> Result<String> {
    let name = match &request.name {
        Some(name) => {
            names::storage(kind, name).map_err(|e| wrong("--name", &e))?;
            name.clone()
        }
        None => {
            let default = format!("{job}-cluster");
            let is_good = kind == Kind::Aurora && names::storage(kind, &default).is_ok();
            let question = format!("What is the name of the {}?", kind.noun());
            let check = |text: &str| names::storage(kind, text);
            console.text(&question, "--name", is_good.then_some(default.as_str()), &check)?
        }
    };
    // The table's whole name has the environment's in its middle, which has one character at least.
    let longest = 255 - format!("{}-e-{job}-", request.app).len();
    match kind == Kind::DynamoDb && name.len() > longest {
        true => Err(wrong(
            "--name",
            &format!(
                "`{name}` is too long: the table's whole name, {}-ENVIRONMENT-{job}-{name}, has 255 characters at most",
                request.app
            ),
        )),
        false => Ok(name),
    }
}

/// What the storage belongs to.
fn place(kind: Kind, name: &str, job: Job, request: &Request, console: &Console<'_>) -> Result<Place> {
    let Job { name: job, local } = job;
    let root = request.workspace.root();
    let is_there = |path: String| root.join(path).exists();
    let level = match request.level {
        _ if request.ingress_from.is_some() => return Ok(Place::Environment { job, local }),
        Some(level) => level,
        // The error that follows says what can be done with it.
        None if local && is_there(place::workload_template(&job, name)) => Level::Workload,
        None if is_there(place::environment_template(name)) => Level::Environment,
        None if !local => Level::Environment,
        None => {
            let options = [
                format!("workload: created and deleted with {job}, which has it for itself"),
                "environment: for several jobs; it stays when a job is deleted".to_owned(),
            ];
            let question = format!("What does the {} belong to?", kind.noun());
            match console.select(&question, "--lifecycle", &options)? {
                0 => Level::Workload,
                _ => Level::Environment,
            }
        }
    };
    if level == Level::Environment && !root.join("copilot/environments").is_dir() {
        return Err(Error::new("this workspace has no environments: there is no copilot/environments")
            .hint("Storage of an environment lies beside the environments' manifests: run the command in the workspace that has them."));
    }
    let place = match level {
        Level::Workload => Place::Workload { job },
        Level::Environment => Place::Environment { job, local },
    };
    let template = place.template(name);
    // Nobody is asked about the details of storage that cannot be written. With all flags given the content decides.
    if request.interactive && is_there(template.clone()) && !details_given(kind, request) {
        return Err(exists(&template, kind, name, &place));
    }
    Ok(place)
}

/// Whether there is nothing to ask but name and place.
fn details_given(kind: Kind, request: &Request) -> bool {
    let (table, cluster) = (&request.table, &request.cluster);
    match kind {
        Kind::S3 => true,
        Kind::DynamoDb => {
            let sort_key = table.sort_key.is_some() && (table.no_indexes || !table.indexes.is_empty());
            table.partition_key.is_some() && (table.no_sort || sort_key)
        }
        Kind::Aurora => cluster.engine.is_some() && cluster.database.is_some(),
    }
}

fn table(name: &str, request: &Request, console: &Console<'_>) -> Result<Table> {
    let flags = &request.table;
    let mut known: Vec<Attribute> = Vec::new();
    let partition_key = match &flags.partition_key {
        Some(text) => parsed("--partition-key", text)?,
        None => ask_key("partition key, which finds an item", "--partition-key", &known, console)?,
    };
    known.push(partition_key.clone());
    let with_sort_key = |console: &Console<'_>| {
        let question = "Shall the table have a sort key, which orders items of the same partition key?";
        yes(question, "--sort-key or --no-sort", console)
    };
    let sort_key = match &flags.sort_key {
        Some(text) => Some(parsed("--sort-key", text)?),
        None if flags.no_sort => None,
        // An index needs one.
        None if !flags.indexes.is_empty() || with_sort_key(console)? => {
            Some(ask_key("sort key", "--sort-key", &known, console)?)
        }
        None => None,
    };
    known.extend(sort_key.clone());
    let mut indexes = Vec::new();
    for text in &flags.indexes {
        let index = parsed("--lsi", text)?;
        if known.iter().any(|other| other.name == index.name) {
            return Err(wrong("--lsi", &format!("`{}` is a key already", index.name)));
        }
        indexes.push(index);
    }
    if sort_key.is_some() && indexes.is_empty() && !flags.no_indexes {
        let mut question = "Shall there be another sort key, by a local secondary index?";
        while indexes.len() < MOST_INDEXES && yes(question, "--lsi or --no-lsi", console)? {
            let index = ask_key("other sort key", "--lsi", &known, console)?;
            known.push(index.clone());
            indexes.push(index);
            question = "Shall there be one more?";
        }
    }
    Ok(Table { name: name.to_owned(), partition_key, sort_key, indexes })
}

fn parsed(flag: &str, text: &str) -> Result<Attribute> {
    Attribute::parse(text).map_err(|e| wrong(flag, &e))
}

fn yes(question: &str, flag: &str, console: &Console<'_>) -> Result<bool> {
    Ok(console.select(question, flag, &["no".to_owned(), "yes".to_owned()])? == 1)
}

fn ask_key(what: &str, flag: &str, known: &[Attribute], console: &Console<'_>) -> Result<Attribute> {
    let check = |text: &str| {
        names::attribute(text)?;
        if flag == "--lsi" {
            names::index(text)?;
        }
        match known.iter().any(|other| other.name == text) {
            true => Err(format!("`{text}` is a key already")),
            false => Ok(()),
        }
    };
    let name = console.text(&format!("What is the name of the {what}?"), flag, None, &check)?;
    let question = format!("What are the values of {name}?");
    let kind = select(&question, flag, AttributeType::ALL, ToString::to_string, console)?;
    Ok(Attribute { name, kind })
}

fn cluster(name: &str, request: &Request, console: &Console<'_>) -> Result<Cluster> {
    let flags = &request.cluster;
    let engine = match flags.engine {
        Some(engine) => engine,
        None => {
            let question = "Which engine shall the cluster have?";
            select(question, "--engine", Engine::ALL, ToString::to_string, console)?
        }
    };
    let check = |text: &str| names::database(engine, text);
    let database = match &flags.database {
        Some(database) => {
            check(database).map_err(|e| wrong("--initial-db", &e))?;
            database.clone()
        }
        None => {
            console.text("What is the name of the cluster's first database?", "--initial-db", None, &check)?
        }
    };
    Ok(Cluster {
        name: name.to_owned(),
        engine,
        database,
        parameter_group: flags.parameter_group.clone(),
        environments: Vec::new(),
    })
}

/// Lets the user choose one of several values.
fn select<T: Copy, const N: usize>(
    question: &str,
    flag: &str,
    values: [T; N],
    shown: impl Fn(&T) -> String,
    console: &Console<'_>,
) -> Result<T> {
    let options: Vec<String> = values.iter().map(shown).collect();
    let index = console.select(question, flag, &options)?;
    values.get(index).copied().ok_or_else(|| Error::new(format!("{flag}: there is no option {index}")))
}
