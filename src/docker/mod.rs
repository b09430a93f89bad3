//! Docker Engine adapter: finding the engine, building and pushing images.
//!
//! Text from the engine is not trusted: events carry it as it came, errors carry it sanitised.
mod address;
pub mod build;
mod capability;
mod classic;
mod classic_build;
mod config;
mod connection;
mod context_store;
mod endpoint;
pub mod engine;
mod logins;
mod port;
mod present;
mod proxies;
mod push;
mod registry;
mod session;
mod solve;
mod source;
mod ssh;
mod step;
mod tls;
mod trace;

pub use build::Provided;
pub use engine::{Builder, Engine};
