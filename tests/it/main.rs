//! The one integration test binary: black-box tests of the program and of its adapters.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "tables of results")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "a failing test panics"
)]

mod accounts;
mod addons;
mod addons_packaging;
mod app_commands;
mod app_init;
mod app_upgrade;
mod attach;
mod bad_input;
mod conformance;
mod credentials;
mod custom_resources;
mod deletion;
mod dependency_rule;
mod deploy;
mod diff;
mod diff_beyond_templates;
mod diff_question;
mod doctor;
mod documents;
mod env_commands;
mod env_controller;
mod env_deploy;
mod env_init;
mod env_package;
mod env_takeover;
mod failing_calls;
mod faults;
mod first_deployment;
mod git;
mod harness;
#[allow(dead_code, reason = "the bench uses the rest")]
#[path = "../bench/https_proxy.rs"]
mod https_proxy;
mod init;
mod interrupts;
mod job_commands;
mod job_delete;
mod job_init;
mod job_logs;
mod job_override;
mod job_pause;
mod job_run;
mod json_schema;
#[allow(dead_code, unused_imports, reason = "the demo uses the rest")]
#[path = "../local_aws/mod.rs"]
mod local_aws;
mod local_runs;
mod logs;
mod nested;
mod newer_application;
mod offline_checks;
mod overrides;
mod package;
mod package_diff;
mod permissions;
mod questions;
mod replacement;
mod secrets;
mod stack_sets;
mod stacks;
mod storage;
mod store;
mod stuck_stacks;
#[allow(dead_code, reason = "the tests with Docker use the rest")]
#[path = "../support/mod.rs"]
mod support;
mod surroundings;
mod takeover;
mod talking;
mod terminal_sizes;
mod trust;
mod uploads;
mod workflows;
mod written_functions;
mod yaml_readers;
