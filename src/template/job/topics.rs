//! SNS topics that the job publishes to.

use std::collections::BTreeMap;

use super::inputs::Inputs;
use crate::manifest::job::{Job, Topic};
use crate::template::cfn::iam::{Statement, document};
use crate::template::cfn::intrinsic::{reference, sub};
use crate::template::cfn::mapping::Map;
use crate::template::cfn::names::{logical_id_safe, topic_arn};
use crate::template::cfn::resource::Resource;
use crate::yaml::Node;

/// The topic's name with the suffix that FIFO topics must have.
fn full_name(topic: &Topic) -> String {
    let suffix = if topic.fifo.is_some() { ".fifo" } else { "" };
    format!("{}{suffix}", topic.name)
}

/// The topic's logical id.
pub(super) fn logical_id(topic: &Topic) -> String {
    format!("{}SNSTopic", logical_id_safe(&full_name(topic)))
}

/// ARNs by full name, as containers get them. They are built from the untruncated name of the stack.
pub(super) fn arns(job: &Job, inputs: &Inputs) -> BTreeMap<String, String> {
    job.topics
        .iter()
        .map(|topic| {
            let name = full_name(topic);
            let arn =
                topic_arn(&inputs.region, &inputs.account_id, &inputs.app, &inputs.env, &job.name, &name);
            (name, arn)
        })
        .collect()
}

/// Topic and policy of each topic, in the manifest's order.
pub(super) fn resources(job: &Job) -> impl Iterator<Item = Resource> {
    job.topics.iter().flat_map(|topic| [topic_resource(topic), topic_policy(topic)])
}

fn topic_resource(topic: &Topic) -> Resource {
    let name = full_name(topic);
    let deduplication = topic.fifo.and_then(|fifo| fifo.content_based_deduplication);
    let properties = Map::new()
        .with("TopicName", sub(format!("${{AWS::StackName}}-{name}")))
        .with_some("FifoTopic", topic.fifo.map(|_| Node::plain(true)))
        .with_some("ContentBasedDeduplication", deduplication.map(Node::plain))
        .with_text("KmsMasterKeyId", "alias/aws/sns");
    let kind = if topic.fifo.is_some() { "SNS FIFO topic" } else { "SNS topic" };
    Resource::new(logical_id(topic), "AWS::SNS::Topic", properties)
        .described(format!("A {kind} to broadcast {name} events"))
}

fn topic_policy(topic: &Topic) -> Resource {
    let id = logical_id(topic);
    let subscribe = Statement::allow()
        .principal("AWS", sub("arn:${AWS::Partition}:iam::${AWS::AccountId}:root"))
        .actions(&["sns:Subscribe"])
        .on(reference(&id))
        .when("StringEquals", [("sns:Protocol".to_owned(), Node::string("sqs"))]);
    let properties = Map::new()
        .with("Topics", Node::sequence([reference(&id)]))
        .with("PolicyDocument", document([subscribe]));
    Resource::new(format!("{id}Policy"), "AWS::SNS::TopicPolicy", properties).depends_on(id)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::manifest::job::Fifo;

    #[test]
    fn fifo_topics_carry_their_suffix() {
        let fifo = Some(Fifo { content_based_deduplication: Some(false) });
        let cases = [("my-topic", None, "mytopicSNSTopic"), ("my-topic", fifo, "mytopicfifoSNSTopic")];
        for (name, fifo, id) in cases {
            assert_eq!(logical_id(&Topic { name: name.to_owned(), fifo }), id);
        }
    }
}
