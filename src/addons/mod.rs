//! A job's additional resources, deployed as a nested stack beside it.

pub mod package;
