//! Names of variables and secrets.

use super::{job, refuse, warnings};

const ALWAYS: [&str; 4] = [
    "COPILOT_APPLICATION_NAME",
    "COPILOT_ENVIRONMENT_NAME",
    "COPILOT_SERVICE_NAME",
    "COPILOT_SERVICE_DISCOVERY_ENDPOINT",
];

#[test]
fn secrets_cannot_have_names_that_every_container_has() {
    for name in ALWAYS {
        let told = format!("`{name}` is a variable that is set for the container already");
        refuse(&[
            (&format!("secrets: {{{name}: /s}}"), &format!("secrets.{name}: {told}")),
            (
                &format!("sidecars: {{s: {{image: i, secrets: {{{name}: /s}}}}}}"),
                &format!("sidecars.s.secrets.{name}: {told}"),
            ),
            (
                &format!("logging: {{destination: {{Name: n}}, secrets: {{{name}: /s}}}}"),
                &format!("logging.secrets.{name}: {told}"),
            ),
            (
                &format!("environments: {{test: {{secrets: {{{name}: /s}}}}}}"),
                &format!("environments.test.secrets.{name}: {told}"),
            ),
        ]);
        assert_eq!(
            warnings(&format!("variables: {{{name}: x}}")),
            format!("variables.{name}: `{name}` is set for the container already")
        );
    }
    // Options of log drivers are no variables.
    job("logging: {destination: {Name: n}, secretOptions: {COPILOT_SERVICE_NAME: /s}}");
}

#[test]
fn names_that_only_some_containers_have() {
    let (topics, mounts) = ("COPILOT_SNS_TOPIC_ARNS", "COPILOT_MOUNT_POINTS");
    let set = |name: &str| format!("`{name}` is a variable that is set for the container already");
    let with_topics = "publish: {topics: [{name: t}]}";
    let with_volume = "storage: {volumes: {v: {path: /v}}}";
    refuse(&[
        (
            &format!(
                "{with_topics}\nsecrets: {{{topics}: /s}}\nsidecars: {{s: {{image: i, secrets: {{{topics}: /s}}}}}}"
            ),
            &format!("secrets.{topics}: {} | sidecars.s.secrets.{topics}: {}", set(topics), set(topics)),
        ),
        (&format!("{with_volume}\nsecrets: {{{mounts}: /s}}"), &format!("secrets.{mounts}: {}", set(mounts))),
        (
            &format!(
                "{with_volume}\nsidecars: {{s: {{image: i, mount_points: [{{source_volume: v, path: /v}}], secrets: {{{mounts}: /s}}}}}}"
            ),
            &format!("sidecars.s.secrets.{mounts}: {}", set(mounts)),
        ),
    ]);
    let later =
        |name: &str, when: &str| format!("`{name}` is the name of a variable that is set once {when}");
    for (fragment, want) in [
        (
            format!("secrets: {{{topics}: /s}}"),
            format!("secrets.{topics}: {}", later(topics, "the job has topics")),
        ),
        (
            format!("secrets: {{{mounts}: /s}}"),
            format!("secrets.{mounts}: {}", later(mounts, "the container has volumes")),
        ),
        (
            format!("variables: {{{mounts}: x}}"),
            format!("variables.{mounts}: {}", later(mounts, "the container has volumes")),
        ),
        (
            format!("{with_topics}\nvariables: {{{topics}: x}}"),
            format!("variables.{topics}: `{topics}` is set for the container already"),
        ),
        // The sidecar mounts nothing.
        (
            format!("{with_volume}\nsidecars: {{s: {{image: i, secrets: {{{mounts}: /s}}}}}}"),
            format!("sidecars.s.secrets.{mounts}: {}", later(mounts, "the container has volumes")),
        ),
    ] {
        assert_eq!(warnings(&fragment), want, "{fragment}");
    }
}

#[test]
fn names_that_no_process_can_have() {
    refuse(&[
        ("variables: {'': x}", "variables.: the variable has no name"),
        ("secrets: {'': /s}", "secrets.: the secret has no name"),
        ("variables: {'A=B': x}", "variables.A=B: the name `A=B` contains `=`, which ends names"),
        ("variables: {'=A': x}", "variables.=A: the name `=A` contains `=`, which ends names"),
        (
            "sidecars: {s: {image: i, secrets: {'A=B': /s}}}",
            "sidecars.s.secrets.A=B: the name `A=B` contains `=`, which ends names",
        ),
        ("variables: {\"A\\0B\": x}", "variables.A\u{fffd}B: the variable's name contains a NUL character"),
    ]);
    assert_eq!(warnings("variables: {A B: x}"), "variables.A B: the name `A B` contains a blank");
    assert_eq!(warnings("secrets: {'A ': /s}"), "secrets.A : the name `A ` contains a blank");
    // Shells cannot use these, programs can.
    assert_eq!(
        warnings(
            "variables: {spring.datasource.url: x, my-var: y, 1ST: z, _: w, é: v, copilot_service_name: u}"
        ),
        ""
    );
}
