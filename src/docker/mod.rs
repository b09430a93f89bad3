//! Docker Engine adapter: finding the engine, building and pushing images.
//!
//! Text from the engine is not trusted: events carry it as it came, errors carry it sanitised.
pub mod build;
mod classic;
pub mod endpoint;
pub mod engine;
pub mod push;
mod trace;
