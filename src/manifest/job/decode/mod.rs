//! From the tree to the partial model: every field in all its forms, all mismatches
//! reported. Stricter than the old tool, which dropped or zeroed mistyped fields inside unions.

mod build;
mod container;
mod image;
mod job;
mod network;
mod publish;
mod sidecar;
mod storage;

pub(crate) use job::job;
