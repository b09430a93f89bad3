//! Reads manifests: from the text of a scheduled job's `copilot/NAME/manifest.yml` to a checked
//! [`job::Job`] for one environment, or to every mistake in the file with its place.
//!
//! [`load`] runs the steps in this order: YAML tree → name and type → `${VARIABLES}` (`interpolate`) → typed
//! partial model (`decode`) → the environment's block laid over it (`overlay`) → checks, defaults and the
//! resolved [`job::Job`] (`validate`). [`mod@env`] does the same for an environment's manifest, which has no such
//! blocks. The module is pure: the caller reads the file and the environment.

mod document;
pub mod duration;
pub mod env;
mod fields;
mod findings;
mod interpolate;
pub mod job;
mod load;
mod retention;
pub mod schedule;
pub mod schema;
pub mod shell;
mod splice;
pub mod suggest;
mod table;
pub mod unquoted;

pub use document::Source;
pub use findings::{Finding, Findings};
pub use load::{JOB_TYPE, Manifest, Target, load, raw_name_and_type};

#[cfg(test)]
pub(crate) mod tests;
