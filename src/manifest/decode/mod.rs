//! From the tree to the partial model: every field in all its forms (`spec/manifest.md` §3), all mismatches
//! reported. Stricter than the old tool, which dropped or zeroed mistyped fields inside unions (§9 no. 9).

mod build;
mod container;
mod fields;
mod image;
mod job;
mod network;
mod publish;
mod sidecar;
mod storage;

pub use job::job;
