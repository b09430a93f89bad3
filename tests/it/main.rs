//! The one integration test binary: black-box tests of the program and of its adapters.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "tables of results")]
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "a failing test panics"
)]

mod addons;
mod addons_packaging;
mod attach;
mod bad_input;
mod conformance;
mod dependency_rule;
mod deploy;
mod diff;
mod diff_images;
mod diff_question;
mod docker_build_options;
mod docker_build_secrets;
mod docker_cache;
mod docker_connections;
mod docker_context;
mod docker_engine;
mod docker_fixture;
mod docker_hidden;
mod docker_proxies;
mod docker_push;
mod docker_trees;
mod env_controller;
mod failing_calls;
mod faults;
mod git;
mod harness;
#[path = "../bench/https_proxy.rs"]
mod https_proxy;
mod images;
mod interrupts;
mod json_records;
#[allow(dead_code, unused_imports, reason = "the demo uses the rest")]
#[path = "../local_aws/mod.rs"]
mod local_aws;
mod logs;
mod nested;
mod offline_checks;
mod overrides;
mod own_registry;
mod package;
mod package_apply;
mod package_diff;
mod replacement;
mod stuck_stacks;
mod support;
mod surroundings;
mod takeover;
mod talking;
mod terminal;
mod terminal_sizes;
mod trust;
mod uploads;
mod workflows;
mod written_functions;
mod yaml_readers;
