//! Names that differ in the manifest but not as logical ids: CloudFormation would silently keep only
//! one of the resources or parameters.

use std::collections::BTreeMap;

use super::topics;
use crate::error::{Error, Result};
use crate::manifest::job::Job;
use crate::template::cfn::names::sidecar_env_file_parameter;

pub(super) fn check(job: &Job) -> Result<()> {
    let sidecars = job.sidecars.keys().map(|name| (sidecar_env_file_parameter(name), name.clone()));
    distinct("sidecars", sidecars)?;
    let topics = job.topics.iter().map(|topic| (topics::logical_id(topic), topic.name.clone()));
    distinct("publish.topics", topics)
}

fn distinct(field: &str, ids_and_names: impl Iterator<Item = (String, String)>) -> Result<()> {
    let mut seen = BTreeMap::new();
    for (id, name) in ids_and_names {
        if let Some(other) = seen.insert(id.clone(), name.clone()) {
            return Err(Error::new(format!(
                "the names \"{other}\" and \"{name}\" in \"{field}\" of the manifest both become \"{id}\" in the template"
            ))
            .hint("Rename one of them: only letters and digits count."));
        }
    }
    Ok(())
}
