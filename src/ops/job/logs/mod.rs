//! `copilot job logs`

pub mod port;
