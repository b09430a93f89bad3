//! Workloads by what they are.

use serde::Serialize;

use super::null_if_empty;
use crate::manifest::JOB_TYPE;
use crate::store::Workload;

/// Workloads, each kind in the order it came in.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Workloads {
    /// Services, which the old tool deploys.
    #[serde(serialize_with = "null_if_empty")]
    pub services: Vec<Workload>,
    /// Scheduled jobs.
    #[serde(serialize_with = "null_if_empty")]
    pub jobs: Vec<Workload>,
}

impl Workloads {
    /// Services, then jobs.
    pub fn all(&self) -> impl Iterator<Item = &Workload> {
        self.services.iter().chain(&self.jobs)
    }
}

/// Tells jobs from services.
pub(crate) fn by_kind(workloads: impl IntoIterator<Item = Workload>) -> Workloads {
    let (jobs, services) = workloads.into_iter().partition(|workload| workload.kind == JOB_TYPE);
    Workloads { services, jobs }
}
