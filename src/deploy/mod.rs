//! The deployment pipeline.
pub mod events;
