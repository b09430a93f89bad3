//! What is done with applications.

pub mod delete;
pub mod init;
pub mod list;
pub mod pipeline;
pub mod port;
pub(crate) mod regional;
pub(crate) mod roles;
pub mod show;
pub(crate) mod stack_set;
pub mod upgrade;
pub(crate) mod version;
mod zone;
