//! "Did you mean": the known word nearest to a misspelt one.

/// Fields that people write where a manifest does not have them, with what to do instead; a name alone fits anywhere.
pub(super) type Hints = &'static [(&'static str, &'static str)];

/// Fields that people write although jobs do not have them there.
pub(super) const MISPLACED_IN_JOBS: [(&str, &str); 31] = [
    ("command", "`command` is a field of the manifest itself (or of a sidecar)"),
    ("entrypoint", "`entrypoint` is a field of the manifest itself (or of a sidecar)"),
    ("variables", "`variables` is a field of the manifest itself (or of a sidecar)"),
    ("secrets", "`secrets` is a field of the manifest itself (or of a sidecar)"),
    ("cpu", "`cpu` is a field of the manifest itself"),
    ("memory", "`memory` is a field of the manifest itself"),
    ("platform", "`platform` is a field of the manifest itself"),
    ("retries", "`retries` is a field of the manifest itself"),
    ("timeout", "`timeout` is a field of the manifest itself"),
    ("storage", "`storage` is a field of the manifest itself"),
    ("logging", "`logging` is a field of the manifest itself"),
    ("sidecars", "`sidecars` is a field of the manifest itself"),
    ("network", "`network` is a field of the manifest itself"),
    ("publish", "`publish` is a field of the manifest itself"),
    ("env_file", "`env_file` is a field of the manifest itself (or of a sidecar)"),
    ("tags", "resources get the application's tags and those of `--resource-tags`"),
    ("schedule", "write `schedule` below `on:`"),
    ("cron", "write `schedule` below `on:`"),
    ("build", "write `build` below `image:`"),
    ("location", "write `location` below `image:`"),
    ("dockerfile", "write `dockerfile` below `build:` of `image:`"),
    ("placement", "write `placement` below `vpc:` of `network:`"),
    ("security_groups", "write `security_groups` below `vpc:` of `network:`"),
    ("vpc", "write `vpc` below `network:`"),
    ("healthcheck", "write `healthcheck` below `image:`"),
    ("depends_on", "write `depends_on` below `image:`"),
    ("volumes", "write `volumes` below `storage:`"),
    (
        "credentials",
        "a sidecar's field is named `credentialsParameter`, the main container's is `image.credentials`",
    ),
    ("port", "the main container of a job exposes no port"),
    ("taskRole", "permissions of the task come from the job's addons"),
    ("capacityProviders", "jobs run on Fargate; use an override of the template for capacity providers"),
];

/// What to say about an unknown field, given the names that are known at its place.
pub(super) fn for_field(name: &str, known: &[&str], hints: Hints) -> Option<String> {
    if let Some((_, help)) = hints.iter().find(|(misplaced, _)| *misplaced == name) {
        return Some((*help).to_owned());
    }
    nearest(name, known).map(|near| format!("did you mean `{near}`?"))
}

/// The candidate that is the most likely meaning of `word`, if one is close enough.
pub fn nearest<'a>(word: &str, candidates: &[&'a str]) -> Option<&'a str> {
    let lower = normal(word);
    candidates
        .iter()
        .map(|candidate| (strsim::osa_distance(&lower, &normal(candidate)), *candidate))
        .filter(|(distance, candidate)| *distance <= (candidate.len().min(word.len()) / 3).max(1))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// Case and separators do not count as differences.
fn normal(word: &str) -> String {
    // Longer words are certainly no misspelling of a field's name.
    word.chars().take(64).filter(|c| !matches!(c, '_' | '-')).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn suggestions() {
        let known = [
            "image",
            "variables",
            "secrets",
            "environments",
            "enableMetadata",
            "credentialsParameter",
            "cpu",
            "on",
        ];
        for (word, want) in [
            ("variabels", Some("variables")),
            ("Image", Some("image")),
            ("enviroments", Some("environments")),
            ("enable_metadata", Some("enableMetadata")),
            ("CPU", Some("cpu")),
            ("secret", Some("secrets")),
            ("capacityProviders", None),
            ("taskRole", None),
            ("x", None),
            ("", None),
        ] {
            assert_eq!(nearest(word, &known), want, "{word}");
        }
    }
}
