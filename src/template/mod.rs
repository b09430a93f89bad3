//! Rendering a job into a CloudFormation template: pure functions.
pub mod inputs;
