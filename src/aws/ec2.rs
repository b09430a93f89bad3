//! EC2's `DescribeSubnets` and `DescribeManagedPrefixLists`.

use std::collections::BTreeMap;

use aws_smithy_runtime_api::client::orchestrator::{HttpResponse, OrchestratorError};

use super::session::RegionSession;
use super::signed::{self, Call, Refusal};
use super::xml::{self, elements};
use crate::error::Result;
use crate::ops::port::Subnets;

/// A call that lists things by filters.
struct Query {
    permission: &'static str,
    target: &'static str,
    read: signed::Read<Page>,
}

const SUBNETS: Query = Query {
    permission: "ec2:DescribeSubnets",
    target: "the subnets",
    read: |response| read(response, "DescribeSubnets", "subnetId"),
};

const PREFIX_LISTS: Query = Query {
    permission: "ec2:DescribeManagedPrefixLists",
    target: "the managed prefix lists",
    read: |response| read(response, "DescribeManagedPrefixLists", "prefixListId"),
};

/// One page of the answer.
#[derive(Debug)]
struct Page {
    ids: Vec<String>,
    next: Option<String>,
}

impl Subnets for RegionSession {
    async fn subnets(&self, vpc: Option<&str>, tags: &BTreeMap<String, Vec<String>>) -> Result<Vec<String>> {
        self.find(&SUBNETS, &filters(vpc, tags)).await
    }

    async fn managed_prefix_lists(&self, name: &str) -> Result<Vec<String>> {
        self.find(&PREFIX_LISTS, &[("prefix-list-name".to_owned(), vec![name.to_owned()])]).await
    }
}

impl RegionSession {
    /// Ids of everything that passes all filters, sorted.
    async fn find(&self, query: &Query, filters: &[(String, Vec<String>)]) -> Result<Vec<String>> {
        let mut ids = Vec::new();
        let mut token = None;
        loop {
            let page = self.page(query, form(query, filters, token.as_deref())).await?;
            ids.extend(page.ids);
            match page.next {
                Some(next) => token = Some(next),
                None => break,
            }
        }
        ids.sort();
        Ok(ids)
    }

    async fn page(&self, query: &Query, body: String) -> Result<Page> {
        let call = Call {
            service: "ec2",
            permission: query.permission,
            target: query.target,
            headers: &[("content-type", "application/x-www-form-urlencoded; charset=utf-8")],
            body,
        };
        signed::send(&self.session, call, query.read).await
    }
}

/// Filter names and their accepted values: a VPC's subnets with all tags; a tag without values must only be there.
fn filters(vpc: Option<&str>, tags: &BTreeMap<String, Vec<String>>) -> Vec<(String, Vec<String>)> {
    let vpc = vpc.map(|id| ("vpc-id".to_owned(), vec![id.to_owned()]));
    let tags = tags.iter().map(|(key, values)| match values.is_empty() {
        true => ("tag-key".to_owned(), vec![key.clone()]),
        false => (format!("tag:{key}"), values.clone()),
    });
    vpc.into_iter().chain(tags).collect()
}

fn form(query: &Query, filters: &[(String, Vec<String>)], token: Option<&str>) -> String {
    let (_, action) = query.permission.split_once(':').unwrap_or_default();
    let mut form = form_urlencoded::Serializer::new(String::new());
    form.append_pair("Action", action).append_pair("Version", "2016-11-15");
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

fn read(response: &HttpResponse, action: &str, id: &str) -> Result<Page, OrchestratorError<Refusal>> {
    let text = xml::answer(response, &format!("{action}Response"))?;
    Ok(Page { ids: elements(&text, id), next: elements(&text, "nextToken").into_iter().next() })
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
            form(&SUBNETS, &filters(Some("vpc-1"), &tags), Some("t")),
            "Action=DescribeSubnets&Version=2016-11-15&Filter.1.Name=vpc-id&Filter.1.Value.1=vpc-1\
             &Filter.2.Name=tag%3AName&Filter.2.Value.1=a+b&Filter.2.Value.2=c\
             &Filter.3.Name=tag-key&Filter.3.Value.1=tier&NextToken=t"
        );
    }
}
