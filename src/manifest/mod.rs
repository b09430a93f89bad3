//! Understanding a scheduled job's manifest.
pub mod cron;
mod decode;
pub mod duration;
mod findings;
mod interpolate;
pub mod job;
mod overlay;
mod partial;
pub mod schedule;
pub mod shell;
mod splice;
mod suggest;
