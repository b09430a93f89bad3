//! Templates: the vocabulary of CloudFormation, and what this program describes with it.

pub mod app;
pub mod cfn;
pub mod env;
pub mod job;
pub mod storage;
pub mod tags;
pub mod version;

#[cfg(test)]
mod all_templates_tests;
