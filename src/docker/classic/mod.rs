//! Builds by the engine's classic builder.

mod build;
mod transcript;
