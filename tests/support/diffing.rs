//! Deployments with `--diff`.

use std::time::Instant;

use super::{Run, World, without_times};

/// `job deploy` with more flags and with this on its standard input.
pub(crate) fn answering(world: &World, flags: &[&str], answer: &str) -> Run {
    Run::answering(world.deploying(flags), answer)
}

/// Calls that change something.
pub(crate) fn changing(world: &World, since: Instant) -> Vec<String> {
    let reading = ["Get", "Describe", "List", "Head", "Assume"];
    let names = world.account.calls_since(since).of_program().names();
    let action = |name: &str| name.split_once(':').unwrap().1.to_owned();
    names.into_iter().filter(|name| !reading.iter().any(|verb| action(name).starts_with(verb))).collect()
}

/// What was said on stderr, without times.
pub(crate) fn said(run: &Run) -> String {
    without_times(&run.stderr)
}
