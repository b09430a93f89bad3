//! `copilot env ls`

use serde::Serialize;

use crate::error::Result;
use crate::ops::{null_if_empty, select};
use crate::report::Console;
use crate::store::port::Parameters;
use crate::store::{self, Environment, go_json};

/// The environments of an application.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Environments {
    /// Their records, by name.
    #[serde(serialize_with = "null_if_empty")]
    pub environments: Vec<Environment>,
}

impl Environments {
    /// In which account and region each of them is.
    pub fn places(&self) -> String {
        let place = |env: &Environment| {
            format!("{} is in account {}, region {}", env.name, env.account_id, env.region)
        };
        let places: Vec<String> = self.environments.iter().map(place).collect();
        places.join("; ")
    }

    /// One line of JSON.
    pub fn json(&self) -> String {
        go_json::encode(self)
    }
}

/// Lists an application's environments; the application is asked for when it is not named.
///
/// # Errors
/// When there is no such application, or they cannot be listed.
pub async fn run(store: &impl Parameters, app: Option<&str>, console: &Console<'_>) -> Result<Environments> {
    let environments = match app {
        Some(app) => {
            let (application, environments) =
                tokio::join!(store::read_application(store, app), store::environments(store, app));
            application?;
            environments?
        }
        None => {
            let application = select::application(store, "--app", console).await?;
            store::environments(store, &application.name).await?
        }
    };
    Ok(Environments { environments })
}
