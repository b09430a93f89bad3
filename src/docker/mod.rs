//! Docker Engine adapter: finding the engine, building and pushing images.
//!
//! Text from the engine is not trusted: events carry it as it came, errors carry it sanitised.
pub mod build;
mod buildkit;
mod classic;
mod config;
mod connection;
mod dockerfile_excerpt;
mod endpoint;
pub mod engine;
mod image_engine;
mod proxies;
mod registry;
mod step;

pub use build::Provided;
pub use engine::{Builder, Engine};
