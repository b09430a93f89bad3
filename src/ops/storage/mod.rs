//! What is done with the storage of jobs.

pub mod init;

pub use crate::template::storage::cluster::Engine;
pub use crate::template::storage::{Kind, Level};
