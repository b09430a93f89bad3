//! Limits of Amazon ECS, and values that were meant to be others.

use super::{complete, job, load_text, mistakes, refuse, warnings};

fn list(count: usize, item: &str) -> String {
    (1..=count).map(|i| format!("{item}{i}")).collect::<Vec<_>>().join(", ")
}

#[test]
fn subnets_and_security_groups() {
    let subnets =
        |count| format!("network: {{vpc: {{placement: {{subnets: [{}]}}}}}}", list(count, "subnet-"));
    job(&subnets(16));
    assert_eq!(
        mistakes(&subnets(17)),
        "network.vpc.placement: 17 subnets are too many: Amazon ECS takes up to 16"
    );
    let groups = |count| format!("network: {{vpc: {{security_groups: [{}]}}}}", list(count, "sg-"));
    // The environment's is a sixth one, unless the job's overrides take it away.
    job(&groups(5));
    assert_eq!(
        mistakes(&groups(6)),
        "network.vpc.security_groups[5]: 6 security groups are too many: a task has up to 5"
    );
    let settings = format!(
        "network: {{vpc: {{security_groups: {{deny_default: true, groups: [{}]}}}}}}",
        list(6, "sg-")
    );
    assert_eq!(
        mistakes(&settings),
        "network.vpc.security_groups.groups[5]: 6 security groups are too many: a task has up to 5"
    );
}

#[test]
fn numbers_of_health_checks() {
    for (field, unit, low, high) in [
        ("interval", "s", 5, 300),
        ("timeout", "s", 2, 60),
        ("retries", "", 1, 10),
        ("start_period", "s", 0, 300),
    ] {
        let check = |value: i64| {
            [
                format!("image: {{location: x, healthcheck: {{{field}: {value}{unit}}}}}"),
                format!("sidecars: {{s: {{image: x, healthcheck: {{{field}: {value}{unit}}}}}}}"),
            ]
        };
        for good in [low, high] {
            check(good).iter().for_each(|fragment| drop(job(fragment)));
        }
        for bad in [low - 1, high + 1] {
            let seconds = if unit.is_empty() { "" } else { " seconds" };
            let [main, sidecar] = check(bad);
            let told = format!("Amazon ECS takes {low} to {high}{seconds}; this is {bad}");
            assert_eq!(mistakes(&main), format!("image.healthcheck.{field}: {told}"));
            assert_eq!(mistakes(&sidecar), format!("sidecars.s.healthcheck.{field}: {told}"));
        }
    }
}

#[test]
fn commands_of_health_checks() {
    let command = |words: &str| format!("image: {{location: x, healthcheck: {{command: {words}}}}}");
    for good in ["[CMD, /healthy]", "[CMD-SHELL, 'curl x || exit 1']", "[NONE]"] {
        assert_eq!(warnings(&command(good)), "", "{good}");
    }
    let told = |words: &str| {
        let manifest = load_text(&complete(&command(words)), &[]).unwrap();
        let lines = manifest
            .warnings
            .iter()
            .map(|w| format!("{words}: {} -> {}", w.message, w.help.as_deref().unwrap_or_default()));
        lines.collect::<Vec<_>>().join("\n")
    };
    let cases = [
        "[/healthy]",
        "[curl, -f, 'http://localhost/']",
        "['curl -f http://localhost/ || exit 1']",
        "[cmd, x]",
        "[CMD_SHELL, x y]",
        "[]",
    ];
    insta::assert_snapshot!(cases.map(told).join("\n"), @r#"
    [/healthy]: the command begins with `/healthy` instead of CMD or CMD-SHELL -> write ["CMD", "/healthy"]
    [curl, -f, 'http://localhost/']: the command begins with `curl` instead of CMD or CMD-SHELL -> write ["CMD", "curl", "-f", "http://localhost/"]
    ['curl -f http://localhost/ || exit 1']: the command begins with `curl -f http://localhost/ || exit 1` instead of CMD or CMD-SHELL -> write ["CMD-SHELL", "curl -f http://localhost/ || exit 1"]
    [cmd, x]: the command begins with `cmd` instead of CMD or CMD-SHELL -> write ["CMD", "cmd", "x"]
    [CMD_SHELL, x y]: the command begins with `CMD_SHELL` instead of CMD or CMD-SHELL -> write ["CMD", "CMD_SHELL", "x y"]
    []: the command is empty -> write ["CMD-SHELL", "curl -f http://localhost/ || exit 1"]
    "#);
}

#[test]
fn values_in_json() {
    let list = "a value that looks like a JSON list is read as one; write it as a literal block (`|`) to keep it a text";
    let map = list.replace("list is read as one", "object is read as a map");
    let help = |fragment: &str| {
        let findings = load_text(&complete(fragment), &[]).unwrap_err();
        let lines = findings
            .errors
            .iter()
            .map(|f| format!("{}: {} -> {}", f.field, f.message, f.help.as_deref().unwrap_or_default()));
        lines.collect::<Vec<_>>().join("\n")
    };
    assert_eq!(
        help("image: {location: x, labels: {com.datadoghq.ad.logs: [{source: a}]}}"),
        format!("image.labels.com.datadoghq.ad.logs: expected a text, found a list -> {list}")
    );
    assert_eq!(
        help("sidecars: {s: {image: x, labels: {l: {\"a\": 1}}}}"),
        format!("sidecars.s.labels.l: expected a text, found a map -> {map}")
    );
    assert_eq!(
        help("image: {build: {dockerfile: D, args: {A: [1]}}}"),
        format!("image.build.args.A: expected a text, found a list -> {list}")
    );
    assert_eq!(
        help("variables: {A: [1]}"),
        format!("variables.A: expected a text or a map with `from_cfn`, found a list -> {list}")
    );
    job("image:\n  location: x\n  labels:\n    l: |\n      [{\"source\": \"a\"}]");
}

/// What walks through a template goes as deep as a path leads.
#[test]
fn paths_of_overrides_lead_only_so_deep() {
    let rule = |path: &str| format!("taskdef_overrides: [{{path: '{path}', value: 1}}]");
    let plain = |steps: usize| vec!["A"; steps].join(".");
    let lists = |steps: usize| vec!["A[-]"; steps].join(".");
    for path in [plain(128), lists(64)] {
        job(&rule(&path));
    }
    for (path, steps) in [(plain(129), 129), (lists(65), 130), (plain(50_000), 50_000)] {
        let findings = load_text(&complete(&rule(&path)), &[]).unwrap_err();
        let told: Vec<String> = findings
            .errors
            .iter()
            .map(|f| format!("{}: {} -> {}", f.field, f.message, f.help.as_deref().unwrap_or_default()))
            .collect();
        let want = format!(
            "taskdef_overrides[0].path: the path has {steps} steps: up to 128 are taken -> shorten it: a task definition does not nest as deep as that"
        );
        assert_eq!(told, [want]);
    }
}

#[test]
fn overrides_in_another_case() {
    let path = |path: &str| format!("taskdef_overrides: [{{path: '{path}', value: 1}}]");
    for (given, right) in [
        ("containerDefinitions[0].stopTimeout", "ContainerDefinitions[0].StopTimeout"),
        ("ContainerDefinitions[0].ulimits[-]", "ContainerDefinitions[0].Ulimits[-]"),
        ("containerdefinitions[-].Name", "ContainerDefinitions[-].Name"),
        ("ephemeralStorage.SizeInGiB", "EphemeralStorage.SizeInGiB"),
        ("cpu", "Cpu"),
        ("pidMode", "PidMode"),
    ] {
        let findings = load_text(&complete(&path(given)), &[]).unwrap_err();
        let told: Vec<_> =
            findings.errors.iter().map(|f| (f.message.clone(), f.help.clone().unwrap_or_default())).collect();
        let help = format!(
            "did you mean `{right}`? Case counts: the template would get a property beside the right one"
        );
        assert_eq!(told, [(format!("a task definition has no `{given}`"), help)]);
    }
    for good in [
        "ContainerDefinitions[0].LinuxParameters.initProcessEnabled",
        "SomethingNew",
        "somethingNew",
        "Volumes[-].name",
        "ContainerDefinitions[0].somethingNew",
    ] {
        job(&path(good));
    }
    for key in
        ["Taskdef_Overrides", "taskDefOverrides", "taskdef-overrides", "TaskDefOverrides", "taskdefOverrides"]
    {
        let manifest = load_text(&complete(&format!("{key}: []")), &[]).unwrap();
        let told: Vec<_> =
            manifest.warnings.iter().map(|w| (w.message.as_str(), w.help.as_deref())).collect();
        assert_eq!(told, [("unknown field, ignored", Some("did you mean `taskdef_overrides`?"))], "{key}");
    }
    for (keys, want) in [
        ("Path: A, value: 1", "taskdef_overrides[0].Path"),
        ("path: A, Value: 1", "taskdef_overrides[0].Value"),
    ] {
        let text = complete(&format!("taskdef_overrides: [{{{keys}}}]"));
        let (warnings, _) = match load_text(&text, &[]) {
            Ok(manifest) => (manifest.warnings, Vec::new()),
            Err(findings) => (findings.warnings, findings.errors),
        };
        let help = warnings.iter().find(|w| w.field == want).and_then(|w| w.help.clone()).unwrap_or_default();
        assert!(help.starts_with("did you mean `"), "{keys}: {help}");
    }
    refuse(&[(
        "taskdef_overrides: [{path: family}]",
        "taskdef_overrides[0].path: a task definition has no `family`",
    )]);
}
