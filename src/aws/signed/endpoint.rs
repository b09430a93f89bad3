//! Where a request goes: to a service in the session's region, or to one that a partition has once for all its regions.

use crate::aws::session::Session;
use crate::template::cfn::names::{dns_suffix, partition_of_region};

/// A service's address, the region that a request to it is signed for, and the request's first line.
#[derive(Clone, Debug)]
pub(in crate::aws) struct Endpoint {
    pub(super) url: String,
    pub(super) region: String,
    pub(super) method: &'static str,
    /// With the query, if there is one; begins with `/`.
    pub(super) path: String,
}

impl Endpoint {
    /// A service in the session's region.
    pub(in crate::aws) fn regional(session: &Session, service: &str) -> Self {
        let region = region(session);
        // ECR has another host for its images.
        let host = if service == "ecr" { "api.ecr" } else { service };
        let url = format!("https://{host}.{region}.{}", dns_suffix(region));
        Self::new(session, url, region)
    }

    /// IAM, of which there is one in each partition.
    pub(in crate::aws) fn iam(session: &Session) -> Self {
        let (url, region) = iam(region(session));
        Self::new(session, url, region)
    }

    /// Route 53, of which there is one in each partition.
    pub(in crate::aws) fn route53(session: &Session) -> Self {
        let (url, region) = route53(region(session));
        Self::new(session, url, region)
    }

    /// The same for a request that reads this path.
    #[must_use]
    pub(in crate::aws) fn get(self, path: String) -> Self {
        Self { method: "GET", path, ..self }
    }

    fn new(session: &Session, url: String, region: &str) -> Self {
        let url = match session.config.endpoint_url() {
            Some(url) => url.trim_end_matches('/').to_owned(),
            None => url,
        };
        Self { url, region: region.to_owned(), method: "POST", path: "/".to_owned() }
    }
}

fn region(session: &Session) -> &str {
    session.config.region().map_or("", AsRef::as_ref)
}

/// The region that stands for the whole partition.
fn main_region(partition: &str) -> &'static str {
    match partition {
        "aws-cn" => "cn-north-1",
        "aws-us-gov" => "us-gov-west-1",
        "aws-iso" => "us-iso-east-1",
        "aws-iso-b" => "us-isob-east-1",
        "aws-iso-e" => "eu-isoe-west-1",
        "aws-iso-f" => "us-isof-south-1",
        "aws-eusc" => "eusc-de-east-1",
        _ => "us-east-1",
    }
}

fn iam(region: &str) -> (String, &'static str) {
    let partition = partition_of_region(region);
    let main = main_region(partition);
    let host = match partition {
        "aws" => "iam".to_owned(),
        "aws-us-gov" => "iam.us-gov".to_owned(),
        _ => format!("iam.{main}"),
    };
    (format!("https://{host}.{}", dns_suffix(main)), main)
}

fn route53(region: &str) -> (String, &'static str) {
    let partition = partition_of_region(region);
    let main = match partition {
        "aws-cn" => "cn-northwest-1",
        other => main_region(other),
    };
    let host = if partition == "aws-us-gov" { "route53.us-gov" } else { "route53" };
    (format!("https://{host}.{}", dns_suffix(main)), main)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_endpoint_for_all_regions_of_a_partition() {
        let told = ["eu-west-1", "cn-northwest-1", "us-gov-east-1", "us-iso-west-1", "eusc-de-east-1"]
            .map(|region| format!("{region}: {:?} {:?}", iam(region), route53(region)));
        insta::assert_snapshot!(told.join("\n"), @r#"
        eu-west-1: ("https://iam.amazonaws.com", "us-east-1") ("https://route53.amazonaws.com", "us-east-1")
        cn-northwest-1: ("https://iam.cn-north-1.amazonaws.com.cn", "cn-north-1") ("https://route53.amazonaws.com.cn", "cn-northwest-1")
        us-gov-east-1: ("https://iam.us-gov.amazonaws.com", "us-gov-west-1") ("https://route53.us-gov.amazonaws.com", "us-gov-west-1")
        us-iso-west-1: ("https://iam.us-iso-east-1.c2s.ic.gov", "us-iso-east-1") ("https://route53.c2s.ic.gov", "us-iso-east-1")
        eusc-de-east-1: ("https://iam.eusc-de-east-1.amazonaws.eu", "eusc-de-east-1") ("https://route53.amazonaws.eu", "eusc-de-east-1")
        "#);
    }
}
