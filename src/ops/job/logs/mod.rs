//! `copilot job logs`

pub(crate) mod follow;
pub mod port;
pub(crate) mod streams;
#[cfg(test)]
mod testing;
