//! What each command does, apart from how it is called and drawn: generic over ports, reporting through a console.

pub mod adapters;
mod artifact;
pub mod job;
pub mod outcome;
pub mod overrides;
pub mod port;
mod select;
