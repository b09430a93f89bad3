//! Operations on scheduled jobs.

mod build;
pub mod deploy;
mod hazards;
pub mod init;
pub mod package;
mod plan;
mod request;
mod target;

pub use request::Request;
