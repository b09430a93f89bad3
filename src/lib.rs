//! `copilot`: deploys containerised scheduled jobs to Amazon ECS; a drop-in successor of AWS Copilot CLI.
//!
//! # Map
//! - [`cli`]: the command tree, one file a command: help, flags, and the call of an operation.
//! - [`ops`]: what each command does, under the same path as in `cli`, generic over its ports.
//! - [`stack`]: one CloudFormation stack from how it is to how it shall be; knows no jobs.
//! - [`report`]: what logic says and asks: events, questions, interrupts.
//! - [`addons`]: the job's additional templates, merged into one, with the local files they name.
//! - [`manifest`], [`template`], [`diff`], [`yaml`]: the pure domain. No async, no I/O, no SDK, no terminal.
//! - [`image`]: build plans, build contexts and tags. [`store`]: records of the configuration store.
//!   [`workspace`]: the `copilot/` directory.
//! - [`aws`], [`docker`], [`cdk`], [`git`]: adapters; every error names the operation and its target.
//! - [`ui`]: draws events, asks questions, renders errors.
//! - [`context`]: the only reader of environment, working directory and clock.
//! - `local_time`: the local time zone.
//! - [`programs`]: finds the programs that are started.
//! - [`custom_resources`]: the Lambda sources that are deployed with jobs and environments.
//! - [`archive`]: zip archives that depend on their content alone. [`files`]: reads files, within bounds.
//!
//! # Dependency rule
//! `cli → ops → {stack, addons} → report → diff → template → manifest → yaml`, `ops → {image, store}`; adapters know ports
//! and domain types, never `cli` or `ui`; `ui` knows events and outcomes. No file uses, even by way of others, one that uses
//! it; only the parts of a module use what the module itself offers them. `tests/it/dependency_rule.rs` checks both.

pub mod addons;
pub mod archive;
pub mod aws;
pub mod cdk;
pub mod cli;
pub mod context;
pub mod custom_resources;
pub mod diff;
pub mod docker;
pub mod error;
pub mod files;
pub mod git;
pub mod image;
mod local_time;
pub mod manifest;
pub mod ops;
pub mod programs;
pub mod report;
pub mod stack;
pub mod store;
pub mod template;
pub mod text;
pub mod ui;
pub mod workspace;
pub mod yaml;
