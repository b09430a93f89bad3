//! Builds by BuildKit.

mod capability;
mod session;
pub(super) mod solve;
pub(super) mod trace;
