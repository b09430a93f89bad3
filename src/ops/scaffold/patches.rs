//! YAML patches.

/// Name and content of each file.
pub(super) fn files() -> [(&'static str, String); 2] {
    [
        ("README.md", include_str!("files/patches.md").to_owned()),
        ("cfn.patches.yml", include_str!("files/cfn.patches.yml").to_owned()),
    ]
}
