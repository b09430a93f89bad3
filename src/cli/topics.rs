//! Help topics: texts that `copilot help TOPIC` prints, readable as files too.

/// A topic's name, what it is about, and its text.
const TOPICS: [(&str, &str, &str); 1] =
    [("json", "The records that `--json` writes", include_str!("help/json.md"))];

/// The text of the topic that `copilot help TOPIC` names.
pub(super) fn named(arguments: &[std::ffi::OsString]) -> Option<&'static str> {
    let [_, help, topic] = arguments else { return None };
    let (_, _, text) = TOPICS.iter().find(|(name, ..)| topic == name).filter(|_| help == "help")?;
    Some(text)
}

/// The list of topics, for the end of the help.
pub(super) fn list() -> String {
    let rows = TOPICS.iter().map(|(name, about, _)| format!("\n  {name:<12}{about}"));
    format!("Topics, for `copilot help TOPIC`:{}", rows.collect::<String>())
}
