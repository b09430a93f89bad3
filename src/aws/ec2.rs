//! EC2's `DescribeSubnets`, the one call of that service.

use std::collections::BTreeMap;

use aws_smithy_runtime_api::client::orchestrator::{HttpResponse, OrchestratorError};

use super::session::RegionSession;
use super::signed::{self, Call, Refusal};
use super::xml::{self, elements};
use crate::error::Result;
use crate::ops::port::Subnets;

/// One page of the answer.
#[derive(Debug)]
struct Page {
    ids: Vec<String>,
    next: Option<String>,
}

impl Subnets for RegionSession {
    async fn subnets(&self, vpc: Option<&str>, tags: &BTreeMap<String, Vec<String>>) -> Result<Vec<String>> {
        self.find_subnets(vpc, tags).await
    }
}

impl RegionSession {
    /// Ids of the subnets of a VPC that carry all tags, sorted; a tag without values must only be there.
    async fn find_subnets(
        &self,
        vpc: Option<&str>,
        tags: &BTreeMap<String, Vec<String>>,
    ) -> Result<Vec<String>> {
        let filters = filters(vpc, tags);
        let mut ids = Vec::new();
        let mut token = None;
        loop {
            let page = self.page(form(&filters, token.as_deref())).await?;
            ids.extend(page.ids);
            match page.next {
                Some(next) => token = Some(next),
                None => break,
            }
        }
        ids.sort();
        Ok(ids)
    }

    async fn page(&self, body: String) -> Result<Page> {
        let call = Call {
            service: "ec2",
            permission: "ec2:DescribeSubnets",
            target: "the subnets",
            headers: &[("content-type", "application/x-www-form-urlencoded; charset=utf-8")],
            body,
        };
        signed::send(&self.session, call, read).await
    }
}

/// Filter names and their accepted values.
fn filters(vpc: Option<&str>, tags: &BTreeMap<String, Vec<String>>) -> Vec<(String, Vec<String>)> {
    let vpc = vpc.map(|id| ("vpc-id".to_owned(), vec![id.to_owned()]));
    let tags = tags.iter().map(|(key, values)| match values.is_empty() {
        true => ("tag-key".to_owned(), vec![key.clone()]),
        false => (format!("tag:{key}"), values.clone()),
    });
    vpc.into_iter().chain(tags).collect()
}

fn form(filters: &[(String, Vec<String>)], token: Option<&str>) -> String {
    let mut form = form_urlencoded::Serializer::new(String::new());
    form.append_pair("Action", "DescribeSubnets").append_pair("Version", "2016-11-15");
    for (i, (name, values)) in filters.iter().enumerate() {
        form.append_pair(&format!("Filter.{}.Name", i + 1), name);
        for (j, value) in values.iter().enumerate() {
            form.append_pair(&format!("Filter.{}.Value.{}", i + 1, j + 1), value);
        }
    }
    if let Some(token) = token {
        form.append_pair("NextToken", token);
    }
    form.finish()
}

fn read(response: &HttpResponse) -> Result<Page, OrchestratorError<Refusal>> {
    let text = xml::answer(response, "DescribeSubnetsResponse")?;
    Ok(Page { ids: elements(&text, "subnetId"), next: elements(&text, "nextToken").into_iter().next() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_become_filters() {
        let tags = BTreeMap::from([
            ("Name".to_owned(), vec!["a b".to_owned(), "c".to_owned()]),
            ("tier".to_owned(), Vec::new()),
        ]);
        assert_eq!(
            form(&filters(Some("vpc-1"), &tags), Some("t")),
            "Action=DescribeSubnets&Version=2016-11-15&Filter.1.Name=vpc-id&Filter.1.Value.1=vpc-1\
             &Filter.2.Name=tag%3AName&Filter.2.Value.1=a+b&Filter.2.Value.2=c\
             &Filter.3.Name=tag-key&Filter.3.Value.1=tier&NextToken=t"
        );
    }
}
