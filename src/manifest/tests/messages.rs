//! What the user reads.

use super::{complete, load_text, warnings};
use crate::manifest::raw_name_and_type;

/// The rendered findings of a text.
fn shown(text: &str, variables: &[(&str, &str)]) -> String {
    load_text(text, variables).unwrap_err().to_string()
}

#[test]
fn place_line_caret_and_help() {
    insta::assert_snapshot!(shown("name: report\ntype: Scheduled Job\nimage:\n  location: x\non:\n  schedule: '0 9 * * 7'\ntimeout: 90\n", &[]), @r#"
    copilot/report/manifest.yml:6:13: on.schedule: `0 9 * * 7` is not a schedule: the day of week field has `7`: values are 0-6 or sun-sat
      |
    6 |   schedule: '0 9 * * 7'
      |             ^^^^^^^^^^^
    help: write a cron schedule ("0 9 * * MON-FRI"), a preset ("@daily"), an interval ("@every 1h30m"), an AWS expression ("rate(5 minutes)", "cron(0 9 ? * 2-6 *)"), or "none" to run it by hand only

    copilot/report/manifest.yml:7:10: timeout: `90` is not a duration
      |
    7 | timeout: 90
      |          ^^
    help: give a unit: 90s
    "#);
}

#[test]
fn values_from_variables_name_them() {
    insta::assert_snapshot!(shown(&complete("cpu: ${CPU}"), &[("CPU", "512")]), @r#"
    copilot/report/manifest.yml:5:6: cpu: expected a number, found the text `512` (the value comes from ${CPU})
      |
    5 | cpu: ${CPU}
      |      ^^^^^^
    help: write the number without quotes; variables such as ${NAME} always give texts, never numbers
    "#);
}

#[test]
fn undefined_variables_point_at_the_reference() {
    insta::assert_snapshot!(shown(&complete("environments:\n  prod:\n    variables:\n      URL: https://${HOST}/"), &[]), @r#"
    copilot/report/manifest.yml:8:20: environments.prod.variables.URL: the variable `HOST` is not defined
      |
    8 |       URL: https://${HOST}/
      |                    ^^^^^^^
    help: set HOST in the process environment, or write \${HOST} to keep the text as it is
    "#);
}

#[test]
fn name_and_type() {
    insta::assert_snapshot!(shown("name: other\ntype: scheduled job\n", &[]), @r#"
    copilot/report/manifest.yml:1:7: name: `other` differs from the manifest's directory `report`
      |
    1 | name: other
      |       ^^^^^
    help: write `name: report`, or rename the directory

    copilot/report/manifest.yml:2:7: type: `scheduled job` is not a type of job
      |
    2 | type: scheduled job
      |       ^^^^^^^^^^^^^
    help: did you mean `Scheduled Job`? Case and blanks count
    "#);
    insta::assert_snapshot!(shown("name: report\ntype: Backend Service\n", &[]), @r#"
    copilot/report/manifest.yml:2:7: type: this is the manifest of a service (`Backend Service`), not of a job
      |
    2 | type: Backend Service
      |       ^^^^^^^^^^^^^^^
    "#);
    insta::assert_snapshot!(shown("# nothing yet\n", &[]), @r#"
    copilot/report/manifest.yml: the manifest is empty
    help: `copilot job init` writes one to start from
    "#);
    insta::assert_snapshot!(shown("- a\n", &[]), @r#"
    copilot/report/manifest.yml:1:1: a manifest is a map with `name`, `type` and so on
      |
    1 | - a
      | ^
    "#);
}

#[test]
fn syntax() {
    insta::assert_snapshot!(shown("name: report\non:\n  schedule: * * * * *\n", &[]), @r#"
    copilot/report/manifest.yml:3:13: invalid YAML: while scanning an anchor or alias, did not find expected alphabetic or numeric character
      |
    3 |   schedule: * * * * *
      |             ^
    help: put the schedule into quotes: `*` and `@` have a meaning in YAML
    "#);
    insta::assert_snapshot!(shown("name: report\non:\n  schedule: @daily\n", &[]), @r#"
    copilot/report/manifest.yml:3:13: invalid YAML: unexpected character: `@'
      |
    3 |   schedule: @daily
      |             ^
    help: put the schedule into quotes: `*` and `@` have a meaning in YAML
    "#);
    insta::assert_snapshot!(shown("name: report\n\ttype: x\n", &[]), @r#"
    copilot/report/manifest.yml:1:7: invalid YAML: while scanning a plain scalar, found a tab
      |
    1 | name: report
      |       ^
    help: indent with blanks; YAML does not allow tabs
    "#);
    insta::assert_snapshot!(shown("taskRole: a\nname: report\ntaskRole: b\n", &[]), @r#"
    copilot/report/manifest.yml:3:1: the key `taskRole` is given twice, first in line 1 and again in line 3
      |
    3 | taskRole: b
      | ^^^^^^^^
    help: remove one of them; the old tool refused such a manifest too
    "#);
}

#[test]
fn unknown_fields() {
    let text = complete(
        "variabels: {A: b}\nCPU: 1\nx-shared: &a {}\ntaskRole: {}\nlogging: {enable_metadata: false}\nhttp: {}",
    );
    let manifest = load_text(&text, &[]).unwrap();
    let shown: Vec<String> = manifest
        .warnings
        .iter()
        .map(|w| format!("{}: {} ({})", w.field, w.message, w.help.as_deref().unwrap_or("no help")))
        .collect();
    insta::assert_snapshot!(shown.join("\n"), @r#"
    variabels: unknown field, ignored (did you mean `variables`?)
    CPU: unknown field, ignored (did you mean `cpu`?)
    taskRole: unknown field, ignored (permissions of the task come from the job's addons)
    logging.enable_metadata: unknown field, ignored (did you mean `enableMetadata`?)
    http: unknown field, ignored (no help)
    "#);
    assert_eq!(warnings("image: {location: x, command: y}"), "image.command: unknown field, ignored");
    assert_eq!(
        warnings("variables: {A: !Ref B}"),
        "variables.A: the tag `!Ref` has no meaning here; the text `B` is used as it is"
    );
    assert_eq!(warnings("exec: true"), "exec: has no effect on a job: its tasks run without ECS Exec");
}

#[test]
fn misspelt_required_fields() {
    insta::assert_snapshot!(shown(&complete("on: {schedul: '@daily'}"), &[]), @r#"
    copilot/report/manifest.yml:4:1: on.schedule: a scheduled job needs a schedule
      |
    4 | on: {schedul: '@daily'}
      | ^^
    help: add `on:` with `schedule: "@daily"`, a cron schedule, or "none" to run the job by hand only

    warning: copilot/report/manifest.yml:4:6: on.schedul: unknown field, ignored
      |
    4 | on: {schedul: '@daily'}
      |      ^^^^^^^
    help: did you mean `schedule`?
    "#);
}

#[test]
fn a_job_is_recognised_without_checking_it() {
    for (text, want) in [
        ("name: a\ntype: Scheduled Job\ncpu: x\n", Some(("a", "Scheduled Job"))),
        ("name: 5\n", Some(("5", ""))),
        ("name:\ntype: x\n", Some(("", "x"))),
        ("name: \"a\" # b\ntype: Scheduled Job\nx: [\n", Some(("a", "Scheduled Job"))),
        ("name:\ntype: [x]\n", None),
        ("hello", None),
        ("", None),
        ("a: [", None),
    ] {
        assert_eq!(
            raw_name_and_type(text),
            want.map(|(name, kind)| (name.to_owned(), kind.to_owned())),
            "{text}"
        );
    }
}

#[test]
fn an_undefined_variable_does_not_hide_other_mistakes() {
    let text = complete(
        "cpu: ${NOPE}\nmemory: 51x\ntimeout: ${NOPE}\nenvironments:\n  prod:\n    sidecars: {nginx: {port: eighty, image: x}}",
    );
    let findings = load_text(&text, &[]).unwrap_err();
    let told: Vec<_> = findings.errors.iter().map(|f| format!("{}: {}", f.field, f.message)).collect();
    assert_eq!(
        told,
        [
            "cpu: the variable `NOPE` is not defined (the value comes from ${NOPE})",
            "memory: expected a number, found `51x`",
            "timeout: the variable `NOPE` is not defined (the value comes from ${NOPE})",
        ]
    );
}

#[test]
fn misplaced_fields_are_told_where_they_belong() {
    let text = complete("on:\n  schedule: '@daily'\n  retries: 3\ntags: {a: b}").replacen(
        "on: {schedule: '@daily'}\n",
        "",
        1,
    );
    let manifest = load_text(&text, &[]).unwrap();
    let told: Vec<_> = manifest
        .warnings
        .iter()
        .map(|f| format!("{}: {}", f.field, f.help.as_deref().unwrap_or_default()))
        .collect();
    assert_eq!(
        told,
        [
            "on.retries: `retries` is a field of the manifest itself",
            "tags: resources get the application's tags and those of `--resource-tags`",
        ]
    );
}

#[test]
fn findings_are_bounded_and_fit_for_a_terminal() {
    let many: String = (0..500).map(|i| format!("unknown{i}: x\n")).collect();
    let findings = load_text(&complete(&format!("{many}cpu: \"\\e[31m\"")), &[]).unwrap_err();
    assert_eq!(findings.warnings.len(), 101);
    assert_eq!(findings.warnings[100].to_string(), "copilot/report/manifest.yml: and 400 more");
    assert!(!findings.to_string().contains('\u{1b}'), "{findings}");

    // A value, a key and a line as long as the file, and texts that aliases repeat.
    let long = "k".repeat(100_000);
    for fragment in [
        format!("cpu: {long}"),
        format!("sidecars: {{{long}: {{image: [], port: []}}}}"),
        format!("cpu: {{{}}}", (0..9_000).map(|i| format!("k{i}: v, ")).collect::<String>()),
        format!("memory: &a {long}\ncount: *a\ncpu: *a"),
    ] {
        let shown = load_text(&complete(&fragment), &[]).unwrap_err().to_string();
        assert!(shown.len() < 60_000, "{}", shown.len());
    }
    let copies = "*a, ".repeat(5_000);
    let error = load_text(&complete(&format!("x-a: &a {long}\ncommand: [{copies}]")), &[]).unwrap_err();
    assert!(error.to_string().contains("counting what aliases repeat"), "{error}");
}

#[test]
fn many_sidecars_are_refused_without_comparing_them() {
    let sidecars: String =
        (0..20_000).map(|i| format!("  s{i}: {{image: i, depends_on: {{t{i}: start}}}}\n")).collect();
    let findings = load_text(&complete(&format!("sidecars:\n{sidecars}")), &[]).unwrap_err();
    assert_eq!(findings.errors.len(), 1);
    assert_eq!(findings.errors[0].message, "20000 sidecars are too many");
}

#[test]
fn line_breaks_of_all_kinds_keep_their_number() {
    let text = complete("variables:\r\n  A: b\r\r\r\r\n    c\n  B: d\r\n");
    let manifest = load_text(&text, &[]).unwrap();
    assert!(!manifest.text.contains('\r'));
    let again = load_text(&manifest.text, &[]).unwrap();
    assert_eq!(manifest.job.variables, again.job.variables);
}

#[test]
fn a_second_document_is_not_left_out_silently() {
    let told = warnings("variables: {A: x}\n---\nvariables: {B: y}");
    let message =
        "everything from this line on is left out: only the first YAML document of a manifest counts";
    assert_eq!(told, format!(": {message}"));
    assert_eq!(warnings("variables: {A: x}\n---\n# nothing\n"), "");
    assert_eq!(warnings("variables: {A: \"x\\n---\\ny\"}"), "");
}
