//! What is done with applications.

pub mod list;
pub mod pipeline;
pub mod port;
pub mod show;
pub(crate) mod stack_set;
