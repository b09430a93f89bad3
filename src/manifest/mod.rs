//! Understanding a scheduled job's manifest.
pub mod cron;
pub mod duration;
mod findings;
pub mod job;
pub mod schedule;
pub mod shell;
