//! AWS adapters: one service a file. They implement the pipeline's ports and name, in every error,
//! the call, its target and who made it.

mod account;
mod cloudformation;
mod codepipeline;
mod ec2;
mod ecr;
mod errors;
mod s3;
mod secrets_manager;
mod session;
mod signed;
mod ssm;
mod tagging;

pub use session::{RegionSession, Session};
