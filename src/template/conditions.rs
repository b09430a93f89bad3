//! The template's `Conditions` section (`spec/template.md` §1.4).

use super::env_files::EnvFile;
use super::intrinsic::parameter_is_set;
use super::map::Map;
use super::parameters::ADDONS_TEMPLATE_URL;
use crate::manifest::job::Job;
use crate::yaml::Node;

/// Condition that the job has an addons stack.
pub(super) const HAS_ADDONS: &str = "HasAddons";

pub(super) fn section(job: &Job) -> Node {
    EnvFile::all(job)
        .iter()
        .fold(Map::new().with(HAS_ADDONS, parameter_is_set(ADDONS_TEMPLATE_URL)), |section, file| {
            section.with(&file.condition, parameter_is_set(&file.parameter))
        })
        .build()
}
