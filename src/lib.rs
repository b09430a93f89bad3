//! `copilot`: deploys containerised scheduled jobs to Amazon ECS; a drop-in successor of AWS Copilot CLI.
//!
//! # Map
//! - [`cli`]: the command tree, one file a command; wires the adapters below into the flows.
//! - [`deploy`]: the flow of `job deploy`; its ports (what it needs from outside) and its events.
//! - [`addons`]: the job's additional templates, merged into one, with the local files they name.
//! - [`manifest`], [`template`], [`diff`], [`yaml`]: the pure domain. No async, no I/O, no SDK, no
//!   terminal.
//! - [`image`]: build plans, build contexts and tags. [`store`]: records of the configuration store.
//!   [`workspace`]: the `copilot/` directory.
//! - [`aws`], [`docker`], [`cdk`], [`git`]: adapters; every error names the operation and its target.
//! - [`ui`]: draws events, asks questions, renders errors.
//! - [`context`]: the only reader of environment, working directory and clock.
//! - [`programs`]: finds the programs that are started.
//! - [`custom_resources`]: the Lambda sources that are deployed with a job.
//! - [`archive`]: zip archives that depend on their content alone.
//! - [`files`]: reads files, within bounds.
//!
//! # Dependency rule
//! `cli → deploy → {addons, diff} → template → manifest → yaml`, `deploy → {image, store}`; adapters know ports and domain types,
//! never `cli` or `ui`; `ui` knows events and outcomes. `tests/dependency_rule.rs` checks it.

pub mod addons;
pub mod archive;
pub mod aws;
pub mod cdk;
pub mod cli;
pub mod context;
pub mod custom_resources;
pub mod deploy;
pub mod diff;
pub mod docker;
pub mod error;
pub mod files;
pub mod git;
pub mod image;
pub mod manifest;
pub mod programs;
pub mod store;
pub mod template;
pub mod text;
pub mod ui;
pub mod workspace;
pub mod yaml;
