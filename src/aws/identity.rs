//! Who makes the calls.

use super::errors::failed;
use super::session::{RegionSession, Session};
use crate::error::{Error, Result};
use crate::ops::app::port::{Home, Identity};
use crate::ops::env::init::port::Elsewhere;

impl Elsewhere for Session {
    fn elsewhere(&self, region: &str) -> Self {
        self.in_region(region)
    }
}

impl Home for Session {
    type Stacks = RegionSession;

    fn home_region(&self) -> String {
        self.config.region().map_or_else(String::new, ToString::to_string)
    }

    fn home_stacks(&self) -> RegionSession {
        self.stacks_in(&self.home_region())
    }

    async fn identity(&self) -> Result<Identity> {
        let target = "the caller's identity";
        let answer = aws_sdk_sts::Client::new(&self.config)
            .get_caller_identity()
            .send()
            .await
            .map_err(|e| failed(&self.who, "sts:GetCallerIdentity", target, e))?;
        let (Some(account), Some(arn)) = (answer.account, answer.arn) else {
            return Err(Error::new(format!("sts:GetCallerIdentity on {target} answered without an account")));
        };
        Ok(Identity { account, arn })
    }
}
