//! Measures what a user waits for and what a deploy costs, and says which targets are met: `make bench`.
//!
//! With `--peer` another `copilot` does the same deploys in the same run, each in turn with ours, and both reach the local
//! AWS through the same HTTPS proxy. A missed target is a line in a table; only a measurement that fails is an error.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a tool for a terminal")]

#[allow(dead_code, unused_imports, reason = "the tests use the rest")]
#[path = "../local_aws/mod.rs"]
mod local_aws;

mod builds;
mod deploys;
mod diffs;
mod docker_watch;
mod following;
mod https_proxy;
mod images;
mod logs;
mod manifests;
mod measured;
mod packages;
mod patches;
mod program;
mod setup;
mod startup;
mod table;
mod world;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, Result, ensure};

use https_proxy::HttpsProxy;
use local_aws::LocalAws;
use program::Program;
use table::Targets;

const USAGE: &str =
    "usage: bench <path to copilot> [--peer <path to another copilot>] [--rounds <number>] [--only <part>]
parts: startup, manifests, patches, diffs, packages, setup, deploys, builds, images, following, logs";

/// What to measure.
struct Options {
    copilot: PathBuf,
    peer: Option<PathBuf>,
    /// How often each deploy is repeated, each time in a fresh account.
    rounds: usize,
    /// The one part to measure.
    only: Option<String>,
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let [argument, pair] = arguments.as_slice()
        && argument == diffs::CHILD
    {
        return end(diffs::compare(pair));
    }
    let Some(options) = parse(arguments.into_iter()) else {
        eprintln!("{USAGE}");
        return ExitCode::from(2);
    };
    end(measure(&options))
}

fn end(result: Result<()>) -> ExitCode {
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("bench: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn parse(mut arguments: impl Iterator<Item = String>) -> Option<Options> {
    let mut options = Options { copilot: arguments.next()?.into(), peer: None, rounds: 7, only: None };
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--peer" => options.peer = Some(arguments.next()?.into()),
            "--rounds" => options.rounds = arguments.next()?.parse().ok().filter(|rounds| *rounds > 0)?,
            "--only" => options.only = Some(arguments.next()?),
            _ => return None,
        }
    }
    Some(options)
}

fn measure(options: &Options) -> Result<()> {
    let mut programs = vec![program("copilot", &options.copilot)?];
    if let Some(peer) = &options.peer {
        programs.push(program("peer", peer)?);
    }
    println!("{}\n", machine()?);
    let mut targets = Targets::new();
    let wanted = |part: &str| options.only.as_deref().is_none_or(|only| only == part);
    if wanted("startup") {
        startup::measure(&programs, &mut targets)?;
    }
    let ours = program("copilot", &options.copilot)?;
    if wanted("manifests") {
        manifests::measure(&ours, &mut targets)?;
    }
    if wanted("patches") {
        patches::measure(&ours, &mut targets)?;
    }
    if wanted("diffs") {
        diffs::measure(&mut targets)?;
    }

    let aws = LocalAws::start(0)?;
    if wanted("packages") {
        packages::measure(&aws, &programs, &mut targets)?;
    }
    let directory = tempfile::tempdir()?;
    if options.peer.is_some() {
        let proxy = HttpsProxy::start(&aws, directory.path())?;
        for program in &mut programs {
            program.route = proxy.env();
        }
    }
    if wanted("setup") {
        setup::measure(&aws, &programs, options.rounds, &mut targets)?;
    }
    if wanted("deploys") {
        deploys::measure(&aws, &programs, options.rounds, &mut targets)?;
    }
    if wanted("builds") {
        builds::measure(&aws, &ours, &mut targets)?;
    }
    if wanted("images") {
        images::measure(&aws, &ours, &mut targets)?;
    }
    if wanted("following") {
        following::measure(&aws, &ours, &mut targets)?;
    }
    if wanted("logs") {
        logs::measure(&aws, &ours, &mut targets)?;
    }
    println!("{targets}");
    Ok(())
}

fn program(name: &'static str, path: &Path) -> Result<Program> {
    let path = path.canonicalize().with_context(|| format!("find the program {}", path.display()))?;
    ensure!(path.is_file(), "{} is no program", path.display());
    Ok(Program { name, path, route: Vec::new() })
}

/// What the figures depend on.
fn machine() -> Result<String> {
    let kernel =
        std::fs::read_to_string("/proc/sys/kernel/osrelease").context("read the kernel's version")?;
    let cores = std::thread::available_parallelism()?;
    Ok(format!("{cores} cores, Linux {}", kernel.trim()))
}
