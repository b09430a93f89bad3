//! The hosted zone of an application's domain.

use super::port::HostedZones;
use crate::error::{Error, Result};
use crate::report::Console;

/// Id of the domain's public hosted zone.
///
/// # Errors
/// When there is none, or Route 53 cannot be asked.
pub(super) async fn of(account: &impl HostedZones, domain: &str, console: &Console<'_>) -> Result<String> {
    let zones = account.public_zones(domain).await?;
    if let [first, _, ..] = zones.as_slice() {
        console.warn(format!(
            "Domain {domain} has several public hosted zones: {}. The first is used.",
            zones.join(", ")
        ));
        return Ok(first.clone());
    }
    zones.into_iter().next().ok_or_else(|| {
        Error::new(format!("domain {domain} has no public hosted zone in Route 53 of this account")).hint(
            "Register the domain in Route 53, or create a public hosted zone for it and delegate the domain to that zone; then run \
             the command again.",
        )
    })
}
