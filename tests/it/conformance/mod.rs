//! Checks rendered templates against what the old tool really produced.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a failing test panics")]

mod cases;
mod normal_form;
mod vectors;
