//! Docker Engine adapter: finding the engine, building and pushing images.
//!
//! Text from the engine is not trusted: events carry it as it came, errors carry it sanitised.
pub mod build;
mod classic;
mod endpoint;
pub mod engine;
mod port;
mod push;
mod registry;
mod trace;

pub use engine::{Builder, Engine};
