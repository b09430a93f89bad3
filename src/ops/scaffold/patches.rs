//! YAML patches.

use super::Samples;

/// Name and content of each file.
pub(super) fn files(samples: &Samples) -> [(&'static str, String); 2] {
    let Samples { replaced, value, removed } = samples;
    let fill =
        |text: &str| text.replace("REPLACED", replaced).replace("VALUE", value).replace("REMOVED", removed);
    [
        ("README.md", fill(include_str!("files/patches.md"))),
        ("cfn.patches.yml", fill(include_str!("files/cfn.patches.yml"))),
    ]
}
