//! Registries: logins, what they hold, and pushing to them.

pub(super) mod client;
pub(super) mod logins;
pub(super) mod lookup;
pub(super) mod push;
