//! AWS adapters: one service a file. They implement the pipeline's ports and name, in every error,
//! the call, its target and who made it.

mod account;
mod acm;
mod belongings;
pub mod clock;
mod cloudformation;
mod codepipeline;
mod ec2;
mod ecr;
mod ecs;
mod element;
mod environment_roles;
mod errors;
mod executions;
mod iam;
mod identity;
mod inspection;
mod log_groups;
mod logs;
mod operation;
mod repositories;
mod route53;
mod runs;
mod s3;
mod secrets_manager;
mod session;
mod signed;
mod ssm;
mod tagging;
mod tasks;
mod versions;
mod vpc;
mod xml;

pub use session::{RegionSession, Session};
