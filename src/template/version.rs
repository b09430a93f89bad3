//! Comparing template versions as the old tool does: a leading `v` is
//! required, `v1` and `v1.2` are complete, build metadata is ignored, and what is no version is
//! older than every version.

use std::cmp::Ordering;

use semver::Version;

use crate::yaml;

/// Version stamped into templates: the last version of the old tool, so that both can take turns on one application, with
/// ours as build metadata, which comparisons ignore.
pub const TEMPLATE_VERSION: &str = concat!("v1.34.1+rs.", env!("CARGO_PKG_VERSION"));

/// Version of a template without a `Metadata.Version`.
pub const UNVERSIONED: &str = "v0.0.0";

/// The version in a template's metadata, as `GetTemplateSummary` tells it, under this key.
pub fn stamp(metadata: &str, key: &str) -> String {
    stamp_in(yaml::load(metadata).ok().flatten().as_ref(), key)
}

/// The same of a whole template.
pub fn of_template(template: &str, key: &str) -> String {
    let body = yaml::load(template).ok().flatten();
    stamp_in(body.as_ref().and_then(|body| body.get("Metadata")), key)
}

fn stamp_in(metadata: Option<&yaml::Node>, key: &str) -> String {
    let version = metadata.and_then(|metadata| metadata.get(key)).and_then(yaml::Node::as_text);
    version.filter(|version| !version.is_empty()).unwrap_or(UNVERSIONED).to_owned()
}

/// The lower one of two template versions; the first, when neither is.
pub fn lower(first: String, second: String) -> String {
    if compare(&first, &second) == Ordering::Greater { second } else { first }
}

/// The higher one of two template versions; the first, when neither is.
pub fn higher(first: String, second: String) -> String {
    if compare(&first, &second) == Ordering::Less { second } else { first }
}

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

    #[test]
    fn stamps_are_read_from_metadata() {
        for (metadata, version) in [
            ("", UNVERSIONED),
            ("{}", UNVERSIONED),
            ("[", UNVERSIONED),
            (r#"{"Version":""}"#, UNVERSIONED),
            (r#"{"Version":"bootstrap","Manifest":"x"}"#, "bootstrap"),
            ("Version: v1.9.0\n", "v1.9.0"),
            ("Version: 1.0", "1.0"),
        ] {
            assert_eq!(stamp(metadata, "Version"), version, "{metadata}");
            let template = format!(
                "Metadata: {}\n",
                if metadata.contains('\n') { "{Version: v1.9.0}" } else { metadata }
            );
            if metadata.starts_with('{') || metadata.contains('\n') {
                assert_eq!(of_template(&template, "Version"), version, "{template}");
            }
        }
    }

    #[test]
    fn the_lower_version_counts() {
        for (first, second, expected) in [
            ("v1.34.0", "v1.33.2", "v1.33.2"),
            ("v1.33.2", "v1.34.0", "v1.33.2"),
            ("1.0", "v1.34.0", "1.0"),
            ("v1.34.0+a", "v1.34.0+b", "v1.34.0+a"),
            (UNVERSIONED, "v1.34.0", UNVERSIONED),
        ] {
            assert_eq!(lower(first.to_owned(), second.to_owned()), expected, "{first} {second}");
        }
    }
}
