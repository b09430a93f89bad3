//! What is wrong with the flags, as far as they tell: a usage error each, before anything is asked or read.

use super::{ClusterFlags, Request, TableFlags};
use crate::error::{Error, Result};
use crate::template::storage::table::{Attribute, MOST_INDEXES};
use crate::template::storage::{Kind, Level, names};

pub(super) fn check(request: &Request) -> Result<()> {
    let Request { table, cluster, .. } = request;
    if request.ingress_from.is_some() {
        ingress(request)?;
    }
    if let Some(kind) = request.kind {
        let foreign = |of: Kind| if of == kind { Vec::new() } else { given(request, of) };
        for of in [Kind::DynamoDb, Kind::Aurora] {
            if let Some(flag) = foreign(of).first() {
                let error = Error::usage(format!("{flag} is for {of} only, not for {kind}"));
                return Err(error.hint(format!("Leave {flag} out, or pass --storage-type {of}.")));
            }
        }
    }
    versions(cluster)?;
    if let (Some(kind), Some(name)) = (request.kind, &request.name) {
        names::storage(kind, name).map_err(|e| wrong("--name", &e))?;
    }
    keys(table)?;
    if let Some(group) = &cluster.parameter_group {
        names::parameter_group(group).map_err(|e| wrong("--parameter-group", &e))?;
    }
    if let (Some(engine), Some(database)) = (cluster.engine, &cluster.database) {
        names::database(engine, database).map_err(|e| wrong("--initial-db", &e))?;
    }
    if request.interactive { Ok(()) } else { all_given(request) }
}

/// A wrong value of a flag.
pub(super) fn wrong(flag: &str, message: &str) -> Error {
    Error::usage(format!("{flag}: {message}"))
}

/// Flags that are given and belong to one kind of storage.
fn given(request: &Request, kind: Kind) -> Vec<&'static str> {
    let TableFlags { partition_key, sort_key, no_sort, indexes, no_indexes } = &request.table;
    let ClusterFlags { serverless_version, engine, database, parameter_group } = &request.cluster;
    let flags = match kind {
        Kind::DynamoDb => vec![
            ("--partition-key", partition_key.is_some()),
            ("--sort-key", sort_key.is_some()),
            ("--no-sort", *no_sort),
            ("--lsi", !indexes.is_empty()),
            ("--no-lsi", *no_indexes),
        ],
        Kind::Aurora => vec![
            ("--serverless-version", serverless_version.is_some()),
            ("--initial-db", database.is_some()),
            ("--parameter-group", parameter_group.is_some()),
            ("--engine", engine.is_some()),
        ],
        Kind::S3 => Vec::new(),
    };
    flags.into_iter().filter_map(|(flag, is_given)| is_given.then_some(flag)).collect()
}

/// `--add-ingress-from` is about storage that is there: it needs its name and type and nothing else.
fn ingress(request: &Request) -> Result<()> {
    const FLAG: &str = "--add-ingress-from";
    let mut others = given(request, Kind::DynamoDb);
    // The engine was allowed: the old tool needed it for another type of workload.
    others.extend(given(request, Kind::Aurora).into_iter().filter(|flag| *flag != "--engine"));
    others.extend(request.workload.is_some().then_some("--workload"));
    if let Some(other) = others.first() {
        let error = Error::usage(format!("{other} cannot be used with {FLAG}"));
        return Err(error.hint(format!(
            "{FLAG} names a job that shall use storage of the environment, which is there already."
        )));
    }
    if request.level == Some(Level::Workload) {
        let error = Error::usage(format!("--lifecycle workload cannot be used with {FLAG}"));
        return Err(error.hint("Only storage of an environment can be used by several jobs."));
    }
    let missing = [("--name", request.name.is_none()), ("--storage-type", request.kind.is_none())];
    match missing.into_iter().find(|(_, is_missing)| *is_missing) {
        Some((flag, _)) => Err(Error::usage(format!("{flag} is missing, which {FLAG} needs"))),
        None => Ok(()),
    }
}

fn versions(cluster: &ClusterFlags) -> Result<()> {
    match cluster.serverless_version.as_deref().map(str::to_ascii_lowercase).as_deref() {
        None | Some("v2") => Ok(()),
        Some("v1") => Err(Error::usage(
            "--serverless-version: clusters of Aurora Serverless v1 cannot be created any more",
        )
        .hint(
            "AWS has taken no new ones since 8 January 2025 and ended it on 31 March 2025. Leave the flag out to get Aurora \
             Serverless v2.",
        )),
        Some(other) => {
            Err(wrong("--serverless-version", &format!("`{other}` is no version of Aurora Serverless"))
                .hint("Pass v2, or leave the flag out."))
        }
    }
}

fn keys(table: &TableFlags) -> Result<()> {
    let TableFlags { partition_key, sort_key, no_sort, indexes, no_indexes } = table;
    let both = [
        ("--no-sort", *no_sort, "--sort-key", sort_key.is_some()),
        ("--no-sort", *no_sort, "--lsi", !indexes.is_empty()),
        ("--no-lsi", *no_indexes, "--lsi", !indexes.is_empty()),
    ];
    if let Some((one, _, other, _)) = both.into_iter().find(|(_, one, _, other)| *one && *other) {
        let error = Error::usage(format!("{one} and {other} cannot be used together"));
        return Err(match other {
            "--lsi" => error
                .hint("A local secondary index is another sort key, which only a table with a sort key has."),
            _ => error,
        });
    }
    let mut known: Vec<(&str, String)> = Vec::new();
    let named = |flag, text: &String| (flag, text.clone());
    let keys = partition_key.iter().map(|text| named("--partition-key", text));
    let keys = keys.chain(sort_key.iter().map(|text| named("--sort-key", text)));
    for (flag, text) in keys.chain(indexes.iter().map(|text| named("--lsi", text))) {
        let key = Attribute::parse(&text).map_err(|e| wrong(flag, &e))?;
        if flag == "--lsi" {
            names::index(&key.name).map_err(|e| wrong(flag, &e))?;
        }
        if let Some((other, _)) = known.iter().find(|(_, name)| *name == key.name) {
            let what =
                format!("`{}` is a key already, by {other}: every key is an attribute of its own", key.name);
            return Err(wrong(flag, &what));
        }
        known.push((flag, key.name));
    }
    match indexes.len() > MOST_INDEXES {
        true => Err(wrong(
            "--lsi",
            &format!("a table has {MOST_INDEXES} local secondary indexes at most, not {}", indexes.len()),
        )),
        false => Ok(()),
    }
}

/// Names every flag that is missing where nobody can be asked.
fn all_given(request: &Request) -> Result<()> {
    let Request { table, cluster, .. } = request;
    if request.ingress_from.is_some() {
        return Ok(());
    }
    let several_jobs = || request.workspace.jobs().map_or(0, |jobs| jobs.len()) > 1;
    let mut missing = Vec::new();
    let mut need = |is_missing: bool, flag, hint: &str| {
        if is_missing {
            missing.push((flag, hint.to_owned()));
        }
    };
    need(request.kind.is_none(), "--storage-type", "with one of: DynamoDB, S3, Aurora");
    need(request.name.is_none(), "--name", "with the name of the storage");
    need(
        request.workload.is_none() && several_jobs(),
        "--workload",
        "with the name of the job that uses the storage",
    );
    need(
        request.level.is_none(),
        "--lifecycle",
        "with one of: workload (created and deleted with the job), environment (for several jobs)",
    );
    if request.kind == Some(Kind::DynamoDb) {
        let sorted = !table.no_sort;
        need(table.partition_key.is_none(), "--partition-key", "with NAME:T, where T is S, N or B");
        need(sorted && table.sort_key.is_none(), "--sort-key", "with NAME:T, or pass --no-sort");
        need(
            sorted && table.indexes.is_empty() && !table.no_indexes,
            "--lsi",
            "with NAME:T, once or several times, or pass --no-lsi",
        );
    }
    if request.kind == Some(Kind::Aurora) {
        need(cluster.engine.is_none(), "--engine", "with one of: MySQL, PostgreSQL");
        need(cluster.database.is_none(), "--initial-db", "with the name of the cluster's first database");
    }
    let flags: Vec<&str> = missing.iter().map(|(flag, _)| *flag).collect();
    let error = match flags.as_slice() {
        [] => return Ok(()),
        [flag] => Error::usage(format!("{flag} is missing and there is no terminal to ask on")),
        [others @ .., last] => Error::usage(format!(
            "{} and {last} are missing and there is no terminal to ask on",
            others.join(", ")
        )),
    };
    Err(missing.iter().fold(error, |error, (flag, hint)| error.hint(format!("Pass {flag} {hint}."))))
}
