//! AWS adapters: one service a file. They implement the pipeline's ports and name, in every error,
//! the call, its target and who made it.

mod change_sets;
mod cloudformation;
mod config_store;
mod ec2;
mod errors;
mod registry;
mod s3;
mod secrets;
mod session;
mod stack_events;

pub use session::{EnvironmentSession, Session};
