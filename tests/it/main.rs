//! The one integration test binary.

mod dependency_rule;
