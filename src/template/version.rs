//! Comparing template versions as the old tool does : a leading `v` is
//! required, `v1` and `v1.2` are complete, build metadata is ignored, and what is no version is
//! older than every version.

use std::cmp::Ordering;

use semver::Version;

/// Version stamped into templates: the last version of the old tool, so that both can take turns on one application, with
/// ours as build metadata, which comparisons ignore.
pub const TEMPLATE_VERSION: &str = concat!("v1.34.1+rs.", env!("CARGO_PKG_VERSION"));

/// Version of a template without a `Metadata.Version`.
pub const UNVERSIONED: &str = "v0.0.0";

/// Orders two template versions.
pub fn compare(a: &str, b: &str) -> Ordering {
    match (parse(a), parse(b)) {
        (Some(a), Some(b)) => a.cmp_precedence(&b),
        (a, b) => a.is_some().cmp(&b.is_some()),
    }
}

fn parse(text: &str) -> Option<Version> {
    let text = text.strip_prefix('v')?;
    let complete = match text.matches('.').count() {
        _ if text.contains(['-', '+']) => text.to_owned(),
        0 => format!("{text}.0.0"),
        1 => format!("{text}.0"),
        _ => text.to_owned(),
    };
    Version::parse(&complete).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn precedence_is_gos() {
        for (a, b, expected) in [
            ("v1.35.0", "v1.34.1+rs.1.35.0", Ordering::Greater),
            ("v1.34.1", "v1.34.1+rs.1.35.0", Ordering::Equal),
            ("v1.34.1+rs.9.0.0", "v1.34.1+rs.1.35.0", Ordering::Equal),
            ("v1.34.0", "v1.34.1+rs.1.35.0", Ordering::Less),
            ("v2", "v1.34.1", Ordering::Greater),
            ("v1.34", "v1.34.0", Ordering::Equal),
            ("v1.35.0-rc1", "v1.35.0", Ordering::Less),
            (UNVERSIONED, "v1.34.1", Ordering::Less),
            ("1.99.0", "v0.0.0", Ordering::Less),
            ("bootstrap", "", Ordering::Equal),
        ] {
            assert_eq!(compare(a, b), expected, "{a} against {b}");
        }
    }
}
