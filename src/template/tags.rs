//! The stack's tags. They are functional: roles' policies and other commands look for the three
//! that name application, environment and job (`spec/template.md` §1.3).

use std::collections::BTreeMap;

/// Tag with the application's name.
pub const APPLICATION: &str = "copilot-application";
/// Tag with the environment's name.
pub const ENVIRONMENT: &str = "copilot-environment";
/// Tag with the job's name.
pub const WORKLOAD: &str = "copilot-service";

/// Tags of a job's stack: the application's, overlaid by `--resource-tags`, overlaid by the three names.
pub fn stack_tags(
    app_tags: &BTreeMap<String, String>,
    resource_tags: &BTreeMap<String, String>,
    app: &str,
    env: &str,
    job: &str,
) -> BTreeMap<String, String> {
    let mut tags = app_tags.clone();
    tags.extend(resource_tags.clone());
    for (key, value) in [(APPLICATION, app), (ENVIRONMENT, env), (WORKLOAD, job)] {
        tags.insert(key.to_owned(), value.to_owned());
    }
    tags
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tags<const N: usize>(entries: [(&str, &str); N]) -> BTreeMap<String, String> {
        entries.into_iter().map(|(k, v)| (k.to_owned(), v.to_owned())).collect()
    }

    #[test]
    fn later_tags_win() {
        let app = tags([("team", "a"), ("cost", "1")]);
        let resource = tags([("team", "b"), ("copilot-service", "forged")]);
        let expected = tags([
            ("copilot-application", "app"),
            ("copilot-environment", "env"),
            ("copilot-service", "job"),
            ("cost", "1"),
            ("team", "b"),
        ]);
        assert_eq!(stack_tags(&app, &resource, "app", "env", "job"), expected);
    }
}
