//! What else belongs to an environment, or stands in the way of its deletion.

use super::element::Element;
use super::session::{RegionSession, Session};
use super::tagging;
use crate::error::Result;
use crate::ops::env::init::port::EnvironmentRoles;
use crate::ops::removal::port::{Belongings, Interface, OwnAccount, Role, Roles, TaggedStack};
use crate::store::port::Parameters as _;

impl OwnAccount for Session {
    fn own(&self, region: &str) -> RegionSession {
        self.stacks_in(region)
    }
}

impl Roles for RegionSession {
    async fn role(&self, name: &str) -> Result<Option<Role>> {
        let role = EnvironmentRoles::role(&self.session, name).await?;
        Ok(role.map(|role| Role { tags: role.tags }))
    }

    async fn delete_role(&self, name: &str) -> Result<()> {
        EnvironmentRoles::delete_role(&self.session, name).await
    }
}

impl Belongings for RegionSession {
    async fn tagged_stacks(&self, app: &str, env: Option<&str>) -> Result<Vec<TaggedStack>> {
        // Without a value the tag must only be there.
        let tags = [("copilot-application", app), ("copilot-environment", env.unwrap_or_default())];
        let target = match env {
            Some(env) => format!("the stacks of environment {env}"),
            None => format!("the stacks of application {app}"),
        };
        let found = tagging::resources(&self.session, &target, "cloudformation:stack", &tags).await?;
        // `arn:aws:cloudformation:us-west-2:123456789012:stack/NAME/ID`
        let stacks = found.iter().filter_map(|stack| {
            let name = stack.arn.split_once(":stack/")?.1.split('/').next()?;
            let tag = |key| stack.tag(key).map(str::to_owned);
            Some(TaggedStack {
                name: name.to_owned(),
                environment: tag("copilot-environment"),
                workload: tag("copilot-service"),
                task: tag("copilot-task"),
            })
        });
        Ok(stacks.collect())
    }

    async fn parameters(&self, path: &str) -> Result<usize> {
        Ok(self.session.list(path).await?.len())
    }

    async fn interfaces(&self, filter: &str, id: &str) -> Result<Vec<Interface>> {
        let target = "the network interfaces";
        let pages =
            self.session.network("ec2:DescribeNetworkInterfaces", target, &[(filter, id)], &[]).await?;
        Ok(pages.iter().flat_map(interfaces).collect())
    }
}

/// The interfaces in an answer.
fn interfaces(answer: &Element) -> Vec<Interface> {
    let interface = |interface: &Element| {
        let groups = interface.list("groupSet").filter_map(|group| group.text("groupId"));
        Some(Interface {
            id: interface.text("networkInterfaceId")?.to_owned(),
            description: interface.text("description").unwrap_or_default().to_owned(),
            groups: groups.map(str::to_owned).collect(),
        })
    };
    answer.list("networkInterfaceSet").filter_map(interface).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn interfaces_are_read() {
        let xml = "<DescribeNetworkInterfacesResponse><networkInterfaceSet><item><networkInterfaceId>eni-0abc</networkInterfaceId><description>ELB \
                   net/legacy/1f</description><groupSet><item><groupId>sg-1</groupId></item><item><groupId>sg-2\
                   </groupId></item></groupSet></item><item><networkInterfaceId>eni-2</networkInterfaceId>\
                   <description/><groupSet/></item></networkInterfaceSet></DescribeNetworkInterfacesResponse>";
        let found = [("eni-0abc", "ELB net/legacy/1f", vec!["sg-1", "sg-2"]), ("eni-2", "", vec![])];
        let found = found.map(|(id, description, groups)| Interface {
            id: id.to_owned(),
            description: description.to_owned(),
            groups: groups.into_iter().map(str::to_owned).collect(),
        });
        assert_eq!(interfaces(&Element::parse(xml).unwrap()), found);
    }
}
