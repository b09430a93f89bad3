//! The template's `Conditions` section.

use super::env_files::EnvFile;
use super::ids::{ADDONS_TEMPLATE_URL, HAS_ADDONS};
use crate::manifest::job::Job;
use crate::template::cfn::intrinsic::parameter_is_set;
use crate::template::cfn::mapping::Map;
use crate::yaml::Node;

pub(super) fn section(job: &Job) -> Node {
    EnvFile::all(job)
        .iter()
        .fold(Map::new().with(HAS_ADDONS, parameter_is_set(ADDONS_TEMPLATE_URL)), |section, file| {
            section.with(&file.condition, parameter_is_set(&file.parameter))
        })
        .build()
}
