//! Images of a job: built, pushed and uploaded, with the secrets that their builds need.

pub(super) mod images;
pub(super) mod secrets;
