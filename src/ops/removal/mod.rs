//! What deletions have in common: credentials, emptying what can only be deleted empty, and what stands in the way.

pub(crate) mod access;
mod buckets;
mod images;
pub(crate) mod obstructed;
pub mod port;
#[cfg(test)]
mod tests;

pub(crate) use buckets::{contents, empty as empty_bucket};
pub(crate) use images::empty as empty_repository;
