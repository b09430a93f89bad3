//! `copilot`: deploys containerised scheduled jobs to Amazon ECS.

pub mod deploy;
pub mod docker;
pub mod error;
pub mod git;
pub mod image;
pub mod manifest;
pub mod template;
pub mod text;
pub mod yaml;
