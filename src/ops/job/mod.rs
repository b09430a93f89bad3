//! Operations on scheduled jobs.

pub(crate) mod ahead;
mod build;
pub mod chosen;
pub mod delete;
pub mod deploy;
mod hazards;
pub(crate) mod image_name;
pub mod init;
pub mod list;
pub mod list_runs;
pub mod logs;
pub(crate) mod needed_secrets;
pub mod override_;
pub mod package;
pub mod pause;
mod paused;
mod plan;
mod registered;
mod request;
pub mod run;
pub mod runs;
pub mod show;
pub mod status;
pub mod stop;
mod target;

pub use request::Request;
