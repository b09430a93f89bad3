//! What is done with environments.

pub mod delete;
pub mod deploy;
mod hazards;
pub mod init;
pub mod list;
pub mod override_;
pub mod package;
mod plan;
pub mod recorded;
mod request;
pub mod show;
mod storage;
mod target;

pub use request::Request;
