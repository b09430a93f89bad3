//! Image build plans, contexts and tags.
pub mod plan;
