//! What the checks share: everything about the application, its environments and its jobs, each read once and only when a
//! check needs it.

mod app;
mod env;
mod fact;
mod job;
mod manifest;
mod set;

pub(crate) use app::{AppFacts, RegionFacts};
pub(crate) use env::EnvFacts;
pub(crate) use fact::{Known, Unknown};
pub(crate) use job::{JobFacts, Main};
pub(crate) use manifest::{LoadedManifest, load, told};
