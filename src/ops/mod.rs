//! What each command does, apart from how it is called and drawn: generic over ports, reporting through a console.

pub mod adapters;
pub mod app;
mod artifact;
pub mod env;
pub mod job;
mod names;
pub mod outcome;
pub mod overrides;
pub mod port;
pub mod reading;
mod select;
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
