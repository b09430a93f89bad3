//! The application's record, without which nothing is found.

use super::unknown::unknown;
use crate::ops::doctor::facts::AppFacts;
use crate::ops::doctor::finding::{About, Check, Finding};
use crate::ops::doctor::port::Account;

pub(crate) async fn application<A: Account>(app: &AppFacts<'_, A>) -> Finding {
    let about = About::all(Check::Application);
    match app.application().await {
        Ok(application) => {
            about.ok(format!("{} in account {}, {}", application.name, application.account, app.region()))
        }
        Err(why) if why.credentials || why.why.contains("has not answered") => unknown(&about, &why),
        // Every command reads it.
        Err(why) => {
            let finding = about.failure(why.why);
            if why.hints.is_empty() { finding } else { finding.advice(why.hints) }
        }
    }
}
