//! The local AWS as a program: `cargo run --example local-aws -- serve [port]` keeps one running for hand-made trials,
//! `-- demo <path to copilot>` deploys a job to one and runs it.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a tool for a terminal")]
#![allow(clippy::disallowed_methods, reason = "not part of the program")]

#[allow(dead_code, unused_imports, reason = "the tests use the rest")]
#[path = "mod.rs"]
mod local_aws;

#[path = "demo.rs"]
mod demo;

use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use tokio::signal::unix::{SignalKind, signal};

use local_aws::LocalAws;

fn main() -> ExitCode {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    let outcome = match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["serve"] => serve(0),
        ["serve", port] => port.parse().context("the port is a number").and_then(serve),
        ["demo", copilot] => demo::run(Path::new(copilot)),
        _ => {
            eprintln!("usage: local-aws serve [port] | local-aws demo <path to copilot>");
            return ExitCode::from(2);
        }
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("local-aws: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Keeps a local AWS with the demo's application running until it is interrupted.
fn serve(port: u16) -> Result<()> {
    let aws = LocalAws::start(port)?;
    let account = aws.registry_account().unwrap_or_else(|error| {
        eprintln!("without an image registry: {error:#}");
        aws.account()
    });
    account.seed(demo::application())?;
    for (name, value) in account.env() {
        println!("export {name}={value}");
    }
    eprintln!("application {}, environment {}, job {}; Ctrl-C ends it", demo::APP, demo::ENV, demo::JOB);
    aws.block_on(async {
        let (mut interrupt, mut terminate) =
            (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
        let waited = tokio::select! {
            received = interrupt.recv() => received,
            received = terminate.recv() => received,
        };
        match waited {
            Some(()) => Ok(()),
            None => bail!("signals are no longer delivered"),
        }
    })
}
