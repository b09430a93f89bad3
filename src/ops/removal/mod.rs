//! What the deletions of environments and applications have in common: emptying what can only be deleted empty.

mod buckets;
mod images;
pub mod port;
#[cfg(test)]
mod tests;

pub(crate) use buckets::{contents, empty as empty_bucket};
pub(crate) use images::empty as empty_repository;
