//! Checks rendered templates and their differences against what the old tool really produced.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a failing test panics")]

mod accepted;
mod app;
mod cases;
mod diff_vectors;
mod env;
mod env_stacks;
mod environments;
mod job_manifests;
mod listings;
mod logs;
mod normal_form;
mod packaged;
mod packaged_env;
mod storage;
mod vectors;
mod written;
