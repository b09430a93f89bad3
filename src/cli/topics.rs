//! Help topics: texts that `copilot help TOPIC` prints.

use std::ffi::OsString;

use super::permissions;
use crate::error::Result;

/// A topic's name and what it is about.
const TOPICS: [(&str, &str); 2] =
    [("json", "The records that `--json` writes"), ("permissions", "The IAM policy that each command needs")];

/// The text of the topic that `copilot help TOPIC` names.
pub(super) fn named(arguments: &[OsString]) -> Option<Result<String>> {
    let [_, help, topic, rest @ ..] = arguments else { return None };
    if help != "help" {
        return None;
    }
    match (topic.to_str()?, rest) {
        ("json", []) => Some(Ok(include_str!("help/json.md").to_owned())),
        ("permissions", []) => Some(Ok(permissions::overview())),
        ("permissions", command) => {
            let words: Vec<_> = command.iter().map(|word| word.to_string_lossy()).collect();
            Some(permissions::policy(&words.join(" ")))
        }
        _ => None,
    }
}

/// The list of topics, for the end of the help.
pub(super) fn list() -> String {
    let rows = TOPICS.iter().map(|(name, about)| format!("\n  {name:<12}{about}"));
    format!("Topics, for `copilot help TOPIC`:{}", rows.collect::<String>())
}
