//! Tests that need a real Docker Engine, and root for the registry's port: builds, pushes and deployments with them.

#![allow(clippy::print_stderr, reason = "a registry that waits for its port says so")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "a failing test panics"
)]

mod build_options;
mod build_secrets;
mod cache;
mod connections;
mod context;
mod diff_images;
mod engine;
mod fixture;
mod harness;
mod hidden;
mod images;
mod init;
#[allow(dead_code, unused_imports, reason = "the demo uses the rest")]
#[path = "../local_aws/mod.rs"]
mod local_aws;
mod outside_text;
mod own_registry;
mod package_apply;
mod package_diff;
mod planted_secrets;
mod proxies;
mod push;
mod runs;
#[allow(dead_code, reason = "the other tests use the rest")]
#[path = "../support/mod.rs"]
mod support;
mod trees;
