//! The local AWS as a program: `cargo run --example local-aws -- serve [--empty] [port]` keeps one running for hand-made
//! trials, `-- demo <path to copilot>` deploys a job to one and runs it.

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
        ["serve", rest @ ..] => match rest {
            [] => serve(0, false),
            ["--empty"] => serve(0, true),
            ["--empty", port] => number(port).and_then(|port| serve(port, true)),
            [port] => number(port).and_then(|port| serve(port, false)),
            _ => return usage(),
        },
        ["demo", copilot] => demo::run(Path::new(copilot)),
        _ => return usage(),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("local-aws: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn usage() -> ExitCode {
    eprintln!(
        "usage: local-aws serve [--empty] [port]\n       local-aws demo <path to copilot>\n\n\
         --empty starts without an application: the account is as a new one of AWS"
    );
    ExitCode::from(2)
}

fn number(port: &str) -> Result<u16> {
    port.parse().context("the port is a number")
}

/// Keeps a local AWS running until it is interrupted, with the demo's application or with nothing.
fn serve(port: u16, empty: bool) -> Result<()> {
    let aws = LocalAws::start(port)?;
    let account = aws.registry_account().unwrap_or_else(|error| {
        eprintln!("without an image registry: {error:#}");
        aws.account()
    });
    if !empty {
        account.seed(demo::application())?;
    }
    for (name, value) in account.env() {
        println!("export {name}={value}");
    }
    match empty {
        true => eprintln!("an empty account; Ctrl-C ends it"),
        false => eprintln!(
            "application {}, environment {}, job {}; Ctrl-C ends it",
            demo::APP,
            demo::ENV,
            demo::JOB
        ),
    }
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
