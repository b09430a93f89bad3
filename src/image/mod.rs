//! Images of a job: which to build, with which names, from which files.
pub mod context;
pub mod dockerfile;
pub mod events;
pub mod hidden;
pub mod ignore;
pub mod ignore_file;
pub mod plan;
pub mod secrets;
pub mod sending;
pub mod size;
pub mod tags;
pub mod tree;
pub mod walk;
