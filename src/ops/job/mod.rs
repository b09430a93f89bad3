//! Operations on scheduled jobs.

pub(crate) mod ahead;
mod build;
pub mod delete;
pub mod deploy;
mod hazards;
pub mod init;
pub mod list;
pub mod logs;
pub mod override_;
pub mod package;
mod plan;
mod request;
pub mod runs;
pub mod show;
mod target;

pub use request::Request;
