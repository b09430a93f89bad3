//! The job's log group.

use super::ids::LOG_GROUP;
use crate::template::cfn::intrinsic::{join, reference};
use crate::template::cfn::mapping::Map;
use crate::template::cfn::names::workload_name_parts;
use crate::template::cfn::resource::Resource;
use crate::yaml::Node;

pub(super) fn log_group() -> Resource {
    let name = std::iter::once(Node::string("/copilot/")).chain(workload_name_parts());
    let properties =
        Map::new().with("LogGroupName", join("", name)).with("RetentionInDays", reference("LogRetention"));
    Resource::new(LOG_GROUP, "AWS::Logs::LogGroup", properties)
        .described("A CloudWatch log group to hold your service logs")
}
