//! Checks rendered templates against what the old tool really produced.

mod normal_form;
mod vectors;
