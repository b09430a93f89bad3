//! What CloudFormation is sure to refuse of a template, found before anything is built or uploaded for it.

pub mod cycles;
pub mod dangling;
pub mod refusals;
pub mod required;
