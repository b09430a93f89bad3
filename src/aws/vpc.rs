//! The networks of a region: availability zones, VPCs and their subnets.

use std::collections::BTreeMap;

use aws_smithy_runtime_api::client::orchestrator::{HttpResponse, OrchestratorError};
use aws_smithy_types::error::metadata::ProvideErrorMetadata as _;

use super::element::Element;
use super::session::Session;
use super::signed::{self, Call, Read, Refusal};
use super::xml;
use crate::error::Result;
use crate::ops::env::init::port::{Networks, Subnet, Vpc};

impl Networks for Session {
    async fn zones(&self) -> Result<Vec<String>> {
        let filters = [("zone-type", "availability-zone"), ("state", "available")];
        let answer =
            self.network("ec2:DescribeAvailabilityZones", "the region's zones", &filters, &[]).await?;
        let zones = answer.iter().flat_map(|page| page.list("availabilityZoneInfo"));
        Ok(zones.filter_map(|zone| zone.text("zoneName")).map(str::to_owned).collect())
    }

    async fn vpcs(&self) -> Result<Vec<Vpc>> {
        let answer = self.network("ec2:DescribeVpcs", "the region's VPCs", &[], &[]).await?;
        let vpc = |vpc: &Element| Some(Vpc { id: vpc.text("vpcId")?.to_owned(), name: name_of(vpc) });
        Ok(answer.iter().flat_map(|page| page.list("vpcSet")).filter_map(vpc).collect())
    }

    async fn dns_support(&self, vpc: &str) -> Result<Option<bool>> {
        let fields = [("VpcId", vpc), ("Attribute", "enableDnsSupport")];
        let body = form("DescribeVpcAttribute", &[], &fields, None);
        self.ask_ec2("ec2:DescribeVpcAttribute", &format!("VPC {vpc}"), body, read_dns_support).await
    }

    async fn subnets_of(&self, vpc: &str) -> Result<Vec<Subnet>> {
        let (target, filters) = (format!("VPC {vpc}"), [("vpc-id", vpc)]);
        let (subnets, tables) = tokio::join!(
            self.network("ec2:DescribeSubnets", &target, &filters, &[]),
            self.network("ec2:DescribeRouteTables", &target, &filters, &[]),
        );
        Ok(subnets_with_routes(&subnets?, &tables?))
    }
}

impl Session {
    /// All pages of an answer.
    pub(super) async fn network(
        &self,
        permission: &'static str,
        target: &str,
        filters: &[(&str, &str)],
        fields: &[(&str, &str)],
    ) -> Result<Vec<Element>> {
        let (_, action) = permission.split_once(':').unwrap_or_default();
        let (mut pages, mut token) = (Vec::new(), None);
        loop {
            let body = form(action, filters, fields, token.as_deref());
            let page = self.ask_ec2(permission, target, body, read_answer).await?;
            token = page.text("nextToken").map(str::to_owned);
            pages.push(page);
            if token.is_none() {
                return Ok(pages);
            }
        }
    }

    async fn ask_ec2<T>(
        &self,
        permission: &'static str,
        target: &str,
        body: String,
        read: Read<T>,
    ) -> Result<T>
    where
        T: std::fmt::Debug + Send + Sync + 'static,
    {
        let call = Call {
            service: "ec2",
            permission,
            target,
            headers: &[("content-type", "application/x-www-form-urlencoded; charset=utf-8")],
            body,
        };
        signed::send(self, call, read).await
    }
}

fn form(action: &str, filters: &[(&str, &str)], fields: &[(&str, &str)], token: Option<&str>) -> String {
    let mut form = form_urlencoded::Serializer::new(String::new());
    form.append_pair("Action", action).append_pair("Version", "2016-11-15").extend_pairs(fields);
    for (i, (name, value)) in filters.iter().enumerate() {
        form.append_pair(&format!("Filter.{}.Name", i + 1), name);
        form.append_pair(&format!("Filter.{}.Value.1", i + 1), value);
    }
    if let Some(token) = token {
        form.append_pair("NextToken", token);
    }
    form.finish()
}

/// An answer of EC2's, or why the call failed.
fn read_answer(response: &HttpResponse) -> Result<Element, OrchestratorError<Refusal>> {
    let text = xml::answer(response, "Response")?;
    Element::parse(&text)
        .filter(|answer| answer.name().ends_with("Response"))
        .ok_or_else(|| OrchestratorError::other("the answer is none of EC2's"))
}

/// Whether a VPC resolves names; `None` when there is no such VPC.
fn read_dns_support(response: &HttpResponse) -> Result<Option<bool>, OrchestratorError<Refusal>> {
    match read_answer(response) {
        Ok(answer) => {
            Ok(Some(answer.child("enableDnsSupport").and_then(|set| set.text("value")) == Some("true")))
        }
        Err(error) => {
            let code = error.as_operation_error().and_then(|refusal| refusal.code()).unwrap_or_default();
            if code.starts_with("InvalidVpcI") { Ok(None) } else { Err(error) }
        }
    }
}

/// The tag that names a resource in consoles.
fn name_of(resource: &Element) -> Option<String> {
    let tag = resource.list("tagSet").find(|tag| tag.text("key") == Some("Name"))?;
    tag.text("value").map(str::to_owned)
}

/// Subnets in EC2's order. A subnet is public when the table that it is associated with, or the VPC's main table when it is
/// with none, has a route to an internet gateway.
fn subnets_with_routes(subnets: &[Element], tables: &[Element]) -> Vec<Subnet> {
    let mut main = false;
    let mut associated: BTreeMap<&str, bool> = BTreeMap::new();
    for table in tables.iter().flat_map(|page| page.list("routeTableSet")) {
        let mut gateways = table.list("routeSet").filter_map(|route| route.text("gatewayId"));
        let public = gateways.any(|gateway| gateway.starts_with("igw-"));
        for association in table.list("associationSet") {
            if association.text("main") == Some("true") {
                main = public;
            }
            if let Some(subnet) = association.text("subnetId") {
                associated.insert(subnet, public);
            }
        }
    }
    let subnet = |subnet: &Element| {
        let id = subnet.text("subnetId")?;
        Some(Subnet {
            id: id.to_owned(),
            name: name_of(subnet),
            zone: subnet.text("availabilityZone").unwrap_or_default().to_owned(),
            public: associated.get(id).copied().unwrap_or(main),
        })
    };
    subnets.iter().flat_map(|page| page.list("subnetSet")).filter_map(subnet).collect()
}

#[cfg(test)]
mod tests {
    use aws_smithy_types::body::SdkBody;

    use super::*;

    fn response(status: u16, body: &str) -> HttpResponse {
        HttpResponse::new(status.try_into().unwrap(), SdkBody::from(body))
    }

    fn page(inside: &str) -> Vec<Element> {
        vec![Element::parse(&format!("<DescribeResponse>{inside}</DescribeResponse>")).unwrap()]
    }

    #[test]
    fn requests() {
        insta::assert_snapshot!(form("DescribeSubnets", &[("vpc-id", "v"), ("a", "b c")], &[("VpcId", "w")], Some("t")),
            @"Action=DescribeSubnets&Version=2016-11-15&VpcId=w&Filter.1.Name=vpc-id&Filter.1.Value.1=v&Filter.2.Name=a&Filter.2.Value.1=b+c&NextToken=t");
    }

    #[test]
    fn a_subnet_is_public_by_its_routes() {
        let subnet = |id: &str| {
            format!(
                "<item><subnetId>{id}</subnetId><availabilityZone>z</availabilityZone><tagSet><item><key>Name</key>\
                 <value>{id}!</value></item></tagSet></item>"
            )
        };
        let subnets = page(&format!(
            "<subnetSet>{}</subnetSet>",
            ["unassociated", "public", "private", "nat"].map(subnet).concat()
        ));
        let table = |gateways: &[&str], associations: &str| {
            let routes: String =
                gateways.iter().map(|id| format!("<item><gatewayId>{id}</gatewayId></item>")).collect();
            format!(
                "<item><routeSet>{routes}</routeSet><associationSet>{associations}</associationSet></item>"
            )
        };
        let of = |id: &str| format!("<item><subnetId>{id}</subnetId><main>false</main></item>");
        let main = |gateway: &str| {
            let tables = [
                table(&["local", gateway], "<item><main>true</main></item>"),
                table(&["local", "igw-1"], &of("public")),
                table(&["local"], &of("private")),
                table(&["local", "nat-1"], &of("nat")),
            ];
            let tables = page(&format!("<routeTableSet>{}</routeTableSet>", tables.concat()));
            let found = subnets_with_routes(&subnets, &tables);
            found.into_iter().filter(|subnet| subnet.public).map(|subnet| subnet.id).collect::<Vec<_>>()
        };
        assert_eq!(main("igw-9"), ["unassociated", "public"]);
        assert_eq!(main("vgw-9"), ["public"]);
        // Without any table nothing is public.
        let found = subnets_with_routes(&subnets, &[]);
        assert!(
            found
                .iter()
                .all(|subnet| !subnet.public && subnet.name.as_deref() == Some(&format!("{}!", subnet.id)))
        );
    }

    #[test]
    fn answers_and_refusals() {
        let dns = |value: &str| {
            let body = format!(
                "<DescribeVpcAttributeResponse><enableDnsSupport><value>{value}</value></enableDnsSupport></DescribeVpcAttributeResponse>"
            );
            read_dns_support(&response(200, &body)).unwrap()
        };
        assert_eq!((dns("true"), dns("false")), (Some(true), Some(false)));
        let refused = |code: &str| {
            let body = format!("<Response><Errors><Error><Code>{code}</Code></Error></Errors></Response>");
            read_dns_support(&response(400, &body))
        };
        assert_eq!(refused("InvalidVpcID.NotFound").unwrap(), None);
        assert!(refused("UnauthorizedOperation").is_err());
        assert!(read_answer(&response(200, "<html></html>")).is_err());
        assert!(read_answer(&response(200, "<SomeResponse>")).is_err());
    }
}
