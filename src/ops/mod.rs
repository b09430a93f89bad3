//! What each command does, apart from how it is called and drawn: generic over ports, reporting through a console.

pub mod adapters;
mod addons;
pub mod app;
mod artifact;
mod attach;
mod deployed;
mod deployment;
mod desired;
pub mod doctor;
mod downgrade;
pub mod env;
pub mod init;
pub mod job;
pub mod limits;
mod names;
pub mod new_manifest;
pub mod outcome;
mod outside;
pub mod overrides;
pub mod package;
pub mod port;
mod preview;
pub mod reading;
pub mod removal;
mod scaffold;
pub mod secret;
mod select;
pub mod storage;
mod subject;
mod takeover;
pub mod workloads;

/// Go writes null for a list that nothing was put into.
fn null_if_empty<T: serde::Serialize, S: serde::Serializer>(
    list: &[T],
    serializer: S,
) -> Result<S::Ok, S::Error> {
    match list {
        [] => serializer.serialize_none(),
        list => serializer.collect_seq(list),
    }
}
