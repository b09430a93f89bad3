//! What both load balancers have: listeners and a target group for what no service serves.

use super::subnets::vpc_id;
use crate::manifest::env::Environment;
use crate::manifest::unquoted;
use crate::template::cfn::intrinsic::reference;
use crate::template::cfn::mapping::{Map, tag};
use crate::template::cfn::resource::Resource;
use crate::yaml::Node;

/// A target group without targets: a listener needs one before the first service has its own.
pub(super) fn default_targets(id: &'static str, env: &Environment) -> Resource {
    let properties = Map::new()
        .with("HealthCheckIntervalSeconds", Node::plain(10))
        .with("HealthyThresholdCount", Node::plain(2))
        .with("HealthCheckTimeoutSeconds", Node::plain(5))
        .with("Port", Node::plain(80))
        .with_text("Protocol", "HTTP")
        .with(
            "TargetGroupAttributes",
            Node::sequence([tag("deregistration_delay.timeout_seconds", Node::plain(60))]),
        )
        .with_text("TargetType", "ip")
        .with("VpcId", vpc_id(env));
    Resource::new(id, "AWS::ElasticLoadBalancingV2::TargetGroup", properties)
}

/// A load balancer with its target group.
#[derive(Clone, Copy)]
pub(super) struct Balancer {
    pub(super) id: &'static str,
    pub(super) targets: &'static str,
}

impl Balancer {
    pub(super) fn http_listener(self, id: &'static str) -> Resource {
        self.listener(id, Map::new(), 80, "HTTP", None)
    }

    /// The listener for HTTPS with its default certificate.
    pub(super) fn https_listener(
        self,
        id: &'static str,
        certificate: Option<Node>,
        ssl_policy: Option<&str>,
    ) -> Resource {
        let certificates =
            certificate.map(|arn| Node::mapping([("CertificateArn", arn)])).into_iter().collect();
        let start = Map::new().with_items("Certificates", certificates);
        self.listener(id, start, 443, "HTTPS", ssl_policy)
    }

    fn listener(
        self,
        id: &'static str,
        start: Map,
        port: u16,
        protocol: &str,
        ssl_policy: Option<&str>,
    ) -> Resource {
        let forward = Map::new().with("TargetGroupArn", reference(self.targets)).with_text("Type", "forward");
        let properties = start
            .with("DefaultActions", Node::sequence([forward.build()]))
            .with("LoadBalancerArn", reference(self.id))
            .with("Port", Node::plain(port))
            .with_text("Protocol", protocol)
            .with_some("SslPolicy", ssl_policy.map(unquoted::value));
        Resource::new(id, "AWS::ElasticLoadBalancingV2::Listener", properties)
    }
}

/// The certificates of a listener behind the default one, each a resource; the second has the number 2.
pub(super) fn more_certificates<'a>(
    prefix: &'a str,
    listener: &'a str,
    arns: &'a [String],
) -> impl Iterator<Item = Resource> + 'a {
    arns.iter().enumerate().skip(1).map(move |(index, arn)| {
        let certificate = Node::mapping([("CertificateArn", unquoted::value(arn))]);
        let properties = Map::new()
            .with("ListenerArn", reference(listener))
            .with("Certificates", Node::sequence([certificate]));
        let id = format!("{prefix}{}", index + 1);
        Resource::new(id, "AWS::ElasticLoadBalancingV2::ListenerCertificate", properties)
    })
}
