//! Understanding a scheduled job's manifest.
pub mod job;
