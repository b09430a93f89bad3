//! The environment's manager role, with which everything in the environment is done.

use super::unknown::unknown;
use crate::ops::doctor::facts::EnvFacts;
use crate::ops::doctor::finding::{About, Check, Finding};
use crate::ops::doctor::port::Account;

pub(crate) async fn role<A: Account>(env: &EnvFacts<'_, A>) -> Finding {
    let about = About::env(Check::Role, env.name());
    let arn = &env.record.manager_role_arn;
    let why = match env.manager().await {
        Ok(_) => return about.ok(format!("{arn} can be assumed")),
        Err(why) if !why.denied => return unknown(&about, &why),
        Err(why) => why,
    };
    let (identity, application) = tokio::join!(env.app.identity(), env.app.application());
    let finding = about.failure(why.why);
    match (identity, application) {
        (Ok(identity), Ok(application)) if identity.account != application.account => finding.advice(format!(
            "The role trusts account {}, where the application is, and your credentials are of account {} ({}): use others \
             (AWS_PROFILE).",
            application.account, identity.account, identity.arn
        )),
        (Ok(identity), _) => finding.advice(format!(
            "The role trusts the account that the application is in: the policies of {} must allow sts:AssumeRole on it, and no \
             service control policy may forbid it.",
            identity.arn
        )),
        _ => finding,
    }
}
