//! What is done with environments.

pub mod init;
pub mod list;
pub mod recorded;
pub mod show;
