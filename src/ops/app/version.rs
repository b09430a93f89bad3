//! The version of an application: it has two templates, that of its roles' stack and that of its stack set, and one of them may
//! be of another version than the other.

use crate::error::{Error, Result};
use crate::ops::downgrade;
use crate::ops::reading::{ApplicationReader, Template};
use crate::template::app::{ids, names};
use crate::template::version::{self, UNVERSIONED};

/// The versions of both templates; `None` for one that is not there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Versions {
    pub roles: Option<String>,
    pub stack_set: Option<String>,
}

/// The version of the stack with the roles, for a caller that has the stack set's template already.
///
/// # Errors
/// When it cannot be read.
pub(crate) async fn of_roles(account: &impl ApplicationReader, app: &str) -> Result<Option<String>> {
    of(account, Template::Stack(names::roles_stack(app))).await
}

async fn of(account: &impl ApplicationReader, template: Template) -> Result<Option<String>> {
    Ok(account.metadata(&template).await?.map(|metadata| version::stamp(&metadata, ids::TEMPLATE_VERSION)))
}

impl Versions {
    /// Reads both side by side.
    ///
    /// # Errors
    /// When one cannot be read.
    pub(crate) async fn read(account: &impl ApplicationReader, app: &str) -> Result<Self> {
        let (roles, stack_set) =
            tokio::join!(of_roles(account, app), of(account, Template::StackSet(names::stack_set(app))));
        Ok(Self { roles: roles?, stack_set: stack_set? })
    }

    /// What is not there.
    pub(crate) fn missing(&self, app: &str) -> Vec<String> {
        let roles = self.roles.is_none().then(|| roles_stack(app));
        roles.into_iter().chain(self.stack_set.is_none().then(|| stack_set(app))).collect()
    }

    /// The application's version: the lower one of both.
    pub(crate) fn lower(&self) -> String {
        let of = |version: &Option<String>| version.clone().unwrap_or_else(|| UNVERSIONED.to_owned());
        version::lower(of(&self.roles), of(&self.stack_set))
    }

    /// Refuses to change an application when one of its templates is newer than this program's: both may be written.
    /// `has_flag`: whether the command has --allow-downgrade.
    ///
    /// # Errors
    /// When one is newer.
    pub(crate) fn refuse_newer(&self, app: &str, has_flag: bool) -> Result<()> {
        let newest = self.roles.iter().chain(&self.stack_set).cloned().reduce(version::higher);
        let newest = newest.unwrap_or_else(|| UNVERSIONED.to_owned());
        downgrade::refuse(&newest, &format!("application {app} was changed"), "templates are", has_flag)
    }
}

/// The roles' stack, for [`incomplete`].
pub(crate) fn roles_stack(app: &str) -> String {
    format!("stack {}", names::roles_stack(app))
}

/// The stack set, for [`incomplete`].
pub(crate) fn stack_set(app: &str) -> String {
    format!("stack set {}", names::stack_set(app))
}

/// The error for an application of which something is not there.
pub(crate) fn incomplete(app: &str, missing: &str) -> Error {
    Error::new(format!("application {app} is incomplete: there is no {missing}"))
        .hint(format!("`copilot app init {app}` creates what is missing."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lower_version_counts_and_the_newer_one_is_refused() {
        let said = |roles: Option<&str>, stack_set: Option<&str>| {
            let versions =
                Versions { roles: roles.map(str::to_owned), stack_set: stack_set.map(str::to_owned) };
            let refused = versions.refuse_newer("demo", true).err().map(|error| error.to_string());
            let missing = versions.missing("demo").join(", ");
            format!("{} [{missing}] {}", versions.lower(), refused.unwrap_or_else(|| "is changed".to_owned()))
        };
        let told = [
            said(Some("v1.34.0"), Some("v1.33.0")),
            said(Some("v1.35.0"), Some("v1.33.0")),
            said(Some("v1.33.0"), Some("v1.35.0")),
            said(Some("v1.35.0"), Some("v1.36.0")),
            said(None, Some("v1.35.0")),
            said(Some("v1.34.0"), None),
            said(None, None),
        ];
        insta::assert_snapshot!(told.join("\n"), @"
        v1.33.0 [] is changed
        v1.33.0 [] application demo was changed by a newer version: its templates are v1.35.0, this program writes v1.34.1+rs.1.35.0
        v1.33.0 [] application demo was changed by a newer version: its templates are v1.35.0, this program writes v1.34.1+rs.1.35.0
        v1.35.0 [] application demo was changed by a newer version: its templates are v1.36.0, this program writes v1.34.1+rs.1.35.0
        v0.0.0 [stack demo-infrastructure-roles] application demo was changed by a newer version: its templates are v1.35.0, this program writes v1.34.1+rs.1.35.0
        v0.0.0 [stack set demo-infrastructure] is changed
        v0.0.0 [stack demo-infrastructure-roles, stack set demo-infrastructure] is changed
        ");
    }
}
