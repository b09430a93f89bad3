//! What a deployment will do, decided before the first change anywhere.

pub(super) mod addons;
pub(super) mod checks;
mod overridable;
pub(super) mod preflight;
pub(super) mod prepare;
pub(super) mod rendering;
pub(super) mod surroundings;
