//! The stack's tags. They are functional: roles' policies and other commands look for the three
//! that name application, environment and job.

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

/// Tags of an application's stacks: its own, overlaid by its name.
pub fn application_tags(app_tags: &BTreeMap<String, String>, app: &str) -> BTreeMap<String, String> {
    let mut tags = app_tags.clone();
    tags.insert(APPLICATION.to_owned(), app.to_owned());
    tags
}

/// Tags of an environment's stack: the application's, overlaid by the two names.
pub fn environment_tags(
    app_tags: &BTreeMap<String, String>,
    app: &str,
    env: &str,
) -> BTreeMap<String, String> {
    let mut tags = application_tags(app_tags, app);
    tags.insert(ENVIRONMENT.to_owned(), env.to_owned());
    tags
}

/// Most tags that AWS takes for a resource.
const MOST: usize = 50;

/// Why AWS would not take all these tags of one stack, each of which it takes.
pub fn conflict(tags: &BTreeMap<String, String>) -> Option<String> {
    let mut seen: BTreeMap<String, &String> = BTreeMap::new();
    for key in tags.keys() {
        if let Some(other) = seen.insert(key.to_lowercase(), key) {
            return Some(format!(
                "the keys `{other}` and `{key}` differ in case only, and AWS takes one of them"
            ));
        }
    }
    let count = tags.len();
    (count > MOST).then(|| {
        format!("the stack would have {count} tags, three of this program's own among them, and AWS takes {MOST} at most")
    })
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

    #[test]
    fn tags_that_do_not_go_together_are_told() {
        let many = |count: usize| (0..count).map(|i| (format!("k{i}"), String::new())).collect();
        let all = |resource| conflict(&stack_tags(&tags([("team", "a")]), &resource, "app", "env", "job"));
        assert_eq!(all(many(46)), None);
        assert_eq!(all(tags([("team", "b"), ("copilot-service", "forged")])), None);
        let told = [
            all(many(47)),
            all(tags([("Team", "b")])),
            all(tags([("Copilot-Service", "b")])),
            all(tags([("a", "1"), ("A", "2")])),
        ];
        insta::assert_snapshot!(told.map(Option::unwrap).join("\n"), @"
        the stack would have 51 tags, three of this program's own among them, and AWS takes 50 at most
        the keys `Team` and `team` differ in case only, and AWS takes one of them
        the keys `Copilot-Service` and `copilot-service` differ in case only, and AWS takes one of them
        the keys `A` and `a` differ in case only, and AWS takes one of them
        ");
    }
}
