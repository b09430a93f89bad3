//! The job's log group (`spec/template.md` §2.1).

use super::intrinsic::{join, reference};
use super::map::Map;
use super::names::workload_name_parts;
use super::resource::Resource;
use crate::yaml::Node;

pub(super) const LOG_GROUP: &str = "LogGroup";

pub(super) fn log_group() -> Resource {
    let name = std::iter::once(Node::string("/copilot/")).chain(workload_name_parts());
    let properties =
        Map::new().with("LogGroupName", join("", name)).with("RetentionInDays", reference("LogRetention"));
    Resource::new(LOG_GROUP, "AWS::Logs::LogGroup", properties)
        .described("A CloudWatch log group to hold your service logs")
}
