//! What templates have in common, whatever they describe: how functions are written.

pub mod call;
