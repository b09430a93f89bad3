//! Route 53: the hosted zone of a domain. There is one Route 53 for all regions of a partition.

use aws_smithy_runtime_api::client::orchestrator::{HttpResponse, OrchestratorError};

use super::session::Session;
use super::signed::{self, Call, Endpoint, Refusal};
use super::xml;
use crate::error::Result;
use crate::ops::app::port::HostedZones;

/// A hosted zone of an answer.
#[derive(Debug)]
struct Zone {
    id: String,
    /// With a dot at its end.
    name: String,
    private: bool,
}

impl HostedZones for Session {
    async fn public_zones(&self, domain: &str) -> Result<Vec<String>> {
        let query: String =
            form_urlencoded::Serializer::new(String::new()).append_pair("dnsname", domain).finish();
        let call = Call {
            service: "route53",
            permission: "route53:ListHostedZonesByName",
            target: &format!("domain {domain}"),
            headers: &[],
            body: String::new(),
        };
        // The zones of the name come first.
        let endpoint = Endpoint::route53(self).get(format!("/2013-04-01/hostedzonesbyname?{query}"));
        let zones = signed::send_to(self, endpoint, call, read).await?;
        let name = format!("{domain}.");
        Ok(zones.into_iter().filter(|zone| zone.name == name && !zone.private).map(|zone| zone.id).collect())
    }
}

fn read(response: &HttpResponse) -> Result<Vec<Zone>, OrchestratorError<Refusal>> {
    let text = xml::answer(response, "ListHostedZonesByNameResponse")?;
    let zone = |zone: &String| {
        let id = xml::text(zone, "Id")?;
        Some(Zone {
            id: id.strip_prefix("/hostedzone/").unwrap_or(&id).to_owned(),
            name: xml::text(zone, "Name")?,
            private: xml::text(zone, "PrivateZone").as_deref() == Some("true"),
        })
    };
    Ok(xml::elements(&text, "HostedZone").iter().filter_map(zone).collect())
}

#[cfg(test)]
mod tests {
    use aws_smithy_types::body::SdkBody;

    use super::*;

    #[test]
    fn zones_are_read_from_the_answer() {
        let zone = |id: &str, name: &str, private: bool| {
            format!(
                "<HostedZone><Id>/hostedzone/{id}</Id><Name>{name}</Name><Config><PrivateZone>{private}</PrivateZone>\
                 </Config></HostedZone>"
            )
        };
        let zones = zone("Z1", "example.com.", true) + &zone("Z2", "example.com.", false);
        let body = format!(
            "<ListHostedZonesByNameResponse xmlns=\"https://route53.amazonaws.com/doc/2013-04-01/\"><HostedZones>{zones}\
             </HostedZones></ListHostedZonesByNameResponse>"
        );
        let response = HttpResponse::new(200.try_into().unwrap(), SdkBody::from(body));
        insta::assert_debug_snapshot!(read(&response).unwrap(), @r#"
        [
            Zone {
                id: "Z1",
                name: "example.com.",
                private: true,
            },
            Zone {
                id: "Z2",
                name: "example.com.",
                private: false,
            },
        ]
        "#);
    }
}
