//! What an environment's deployment will do, decided before the first change anywhere.

pub(super) mod addons;
pub(super) mod checks;
pub(super) mod environment_plan;
pub(super) mod network;
pub(super) mod preflight;
pub(super) mod prepare;
pub(super) mod rendering;
pub(super) mod surroundings;
