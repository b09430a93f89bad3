//! Templates of an application: the stack with its roles, and the stack set with what it has in each region.
//!
//! Pure functions. What deployed stacks contain is authoritative down to list orders and texts: applications that the old
//! tool set up are taken over by an update that changes nothing but the version.

pub mod ids;
pub mod names;
pub mod roles;
pub mod stack_set;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use crate::template::tags::APPLICATION;

/// Tags of the application's stack and stack set: its own, overlaid by its name.
pub fn tags(app: &str, app_tags: &BTreeMap<String, String>) -> BTreeMap<String, String> {
    let mut tags = app_tags.clone();
    tags.insert(APPLICATION.to_owned(), app.to_owned());
    tags
}
