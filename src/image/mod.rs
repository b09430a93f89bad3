//! Images of a job: which to build, with which names, from which files.
pub mod context;
pub mod ignore;
pub mod plan;
pub mod secrets;
pub mod size;
pub mod tags;
pub mod walk;
