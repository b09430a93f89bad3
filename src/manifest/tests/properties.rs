//! Whatever a manifest holds, loading ends in a job or in findings; and laws that overriding and replacing
//! variables keep.

use proptest::prelude::*;

use super::composed_vectors::facts::facts;
use super::{complete, load_text};
use crate::manifest::findings::Diagnostics;
use crate::manifest::interpolate::{Scope, interpolate};
use crate::manifest::job::decode;
use crate::manifest::job::layer::JobLayer;
use crate::manifest::job::overlay::Overlay;
use crate::manifest::schedule::cron;
use crate::manifest::{duration, raw_name_and_type, schedule, shell};
use crate::yaml::{self, Node};

/// Pieces of manifests, put together at random.
const PIECES: [&str; 48] = [
    "name: report\n",
    "type: Scheduled Job\n",
    "image:\n",
    "  build: D\n",
    "  location: x\n",
    "on:\n",
    "  schedule: ",
    "'@daily'",
    "\"0 9 * * 1\"",
    "cpu: ",
    "memory: ",
    "256",
    "1e3",
    "-1",
    "variables:\n",
    "  A: ",
    "${B}",
    "\\${B}",
    "${",
    "{from_cfn: x}",
    "secrets: {A: }\n",
    "environments:\n",
    "  test:\n",
    "    ",
    "sidecars: {a: {image: i, port: 80}}\n",
    "storage: {volumes: {v: {path: /x, efs: {uid: 1}}}}\n",
    "[\"a\",\"b\"]",
    "|\n    text ${B}\n",
    ">-\n    [\"x\"]\n",
    "&a ",
    "*a",
    "<<: ",
    "!Ref ",
    "!!binary ",
    "\n",
    " ",
    "\t",
    "\r\n",
    "# comment\n",
    "{",
    "}",
    "[",
    "]",
    ", ",
    ": ",
    "\"",
    "---\n",
    "日本",
];

/// Fields, each in all its forms and with values that exclude each other between base and environment.
const FORMS: [&[&str]; 17] = [
    &[
        "image: {location: a}",
        "image: {build: D}",
        "image: {build: {context: c, args: {A: a}, cache_from: [x]}}",
    ],
    &["image: {build: '', location: a, labels: {k: v}}", "image: {location: b, depends_on: {s: start}}"],
    &["on: {schedule: '@hourly'}", "on: {schedule: none}", "on: {schedule: '0 9 */2 * *'}", "on:"],
    &["cpu: 512\nmemory: 1024", "cpu: 0x100", "cpu:"],
    &["count: 3", "count: {spot: 2}"],
    &["exec: true", "exec: {enable: no}"],
    &[
        "platform: linux/arm64",
        "platform: {osfamily: linux, architecture: x86_64}",
        "platform: {architecture: arm64}",
    ],
    &["entrypoint: sh -c", "entrypoint: [sh, -c]", "command: []", "command: 'a \"b c\"'"],
    &["variables: {A: a, B: 1.50}", "variables: {A: {from_cfn: x}, C: }", "variables:\n  A:"],
    &["secrets: {A: a}", "secrets: {A: {secretsmanager: s}}", "secrets: {A: {from_cfn: x}}"],
    &[
        "storage: {ephemeral: 30, volumes: {v: {path: /v}}}",
        "storage: {readonly_fs: yes, volumes: {v: {efs: true}, w: {path: /w}}}",
        "storage: {volumes: {v: {path: /x, efs: {id: fs-1, root_dir: /r}}}}",
        "storage: {volumes: {v: {efs: {id: {from_cfn: x}, auth: {iam: true}}}}}",
        "storage: {volumes: {v: {efs: {uid: 1, gid: 2}}}}",
        "storage:\n  volumes:\n    v:",
    ],
    &[
        "logging: {retention: 7}",
        "logging: {destination: {Name: x}, secretOptions: {k: v}}",
        "logging: {image: i}",
    ],
    &[
        "sidecars: {s: {image: i, port: 80}}",
        "sidecars: {s: {image: {build: {context: c}}, port: 81/udp}}",
        "sidecars: {s: {image: {location: j}, essential: no, command: x}, t: {image: k}}",
        "sidecars:\n  s:",
    ],
    &[
        "network: {vpc: {placement: private}}",
        "network: {vpc: {placement: {subnets: [s-1]}, security_groups: [sg-1, {from_cfn: x}]}}",
        "network: {vpc: {placement: {subnets: {from_tags: {a: b, c: [d, e]}}}, security_groups: {groups: [sg-2]}}}",
        "network: {vpc: {placement: {subnets: {from_tags: {c: f}}}, security_groups: {deny_default: true}}}",
        "network: {connect: true}",
    ],
    &["publish: {topics: [{name: a}, {name: b, fifo: true}]}", "publish: {topics: []}"],
    &["taskdef_overrides: [{path: A, value: {x: !Ref y}}]", "taskdef_overrides: [{path: B}]"],
    &["retries: 3\ntimeout: 1h", "retries: 0", "timeout: ''", "env_file: a.env"],
];

/// Some fields in some forms, none twice.
fn fields() -> impl Strategy<Value = String> {
    let forms = FORMS.map(|forms| prop::option::of(prop::sample::select(forms)));
    forms.to_vec().prop_map(|chosen| {
        let mut text = String::new();
        for form in chosen.into_iter().flatten() {
            let key = form.split(':').next().unwrap_or_default();
            if !text.lines().any(|line| line.starts_with(&format!("{key}:"))) {
                text.push_str(form);
                text.push('\n');
            }
        }
        text
    })
}

/// A manifest of fields and the fields of the target environment.
fn with_block(base: &str, block: &str) -> String {
    let block: String = block.lines().map(|line| format!("    {line}\n")).collect();
    complete(&format!("{base}environments:\n  test:\n{block}"))
}

/// Base and block as they are merged.
fn parts(text: &str) -> (JobLayer, JobLayer) {
    let root = yaml::load(text).unwrap().unwrap();
    let (base, block) = decode::job(&root, "test", &[], &mut Diagnostics::default());
    (base, block.unwrap_or_default())
}

/// What a manifest comes to: the job's facts, or the mistakes without their places.
fn outcome(text: &str) -> Result<Vec<String>, Vec<String>> {
    match load_text(text, &[]) {
        Ok(manifest) => Ok(facts(&manifest.job)),
        Err(findings) => {
            // Findings are ordered by place, and an environment's block is another place.
            let mut messages: Vec<_> = findings.errors.into_iter().map(|finding| finding.message).collect();
            messages.sort();
            Err(messages)
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn arbitrary_text(text in any::<String>()) {
        let _ = load_text(&text, &[]);
        let _ = load_text(&complete(&text), &[]);
        let _ = raw_name_and_type(&text);
    }

    #[test]
    fn arbitrary_pieces(pieces in prop::collection::vec(prop::sample::select(&PIECES[..]), 0..30), value in any::<String>()) {
        let text = pieces.concat();
        for text in [complete(&text), text] {
            if let Err(findings) = load_text(&text, &[("B", &value)]) {
                prop_assert!(!findings.errors.is_empty());
                let _ = findings.to_string();
            }
        }
    }

    #[test]
    fn interpolated_text_is_read_back(value in any::<String>(), style in 0..6_usize) {
        let scalar = ["x${B}y", "'${B}'", "\"a ${B}\"", "|\n    ${B}\n    z", ">\n    a ${B}", "!!str ${B}"][style];
        let text = complete(&format!("variables:\n  A: {scalar}\n  C: 1"));
        if let Ok(manifest) = load_text(&text, &[("B", &value)]) {
            let again = load_text(&manifest.text, &[]);
            // A reference in the value would be replaced when the text is read as a manifest again.
            if !value.contains('$') {
                let again = again.map_err(|findings| TestCaseError::fail(findings.to_string()))?;
                prop_assert_eq!(again.job.variables, manifest.job.variables);
            }
            prop_assert!(yaml::load(&manifest.text).is_ok());
        }
    }

    #[test]
    fn small_grammars(text in "[-+*?/,0-9a-z@ .()#'\"\\\\µ]{0,30}") {
        let _ = cron::translate(&text);
        let _ = schedule::convert(&text);
        let _ = duration::parse(&text);
        let _ = shell::split(&text);
    }

    #[test]
    fn spoilt_manifests(
        (base, block) in (fields(), fields()),
        spoilings in prop::collection::vec((any::<prop::sample::Index>(), 0..6_usize, prop::sample::select(&PIECES[..])), 1..6),
    ) {
        let mut text: Vec<char> = with_block(&base, &block).chars().collect();
        for (place, removed, piece) in spoilings {
            let start = place.index(text.len() + 1);
            let end = (start + removed).min(text.len());
            text.splice(start..end, piece.chars());
        }
        let text: String = text.into_iter().collect();
        if let Err(findings) = load_text(&text, &[("B", "b")]) {
            prop_assert!(!findings.errors.is_empty());
            for finding in findings.errors.iter().chain(&findings.warnings) {
                prop_assert!(text.get(finding.span.start..finding.span.end).is_some(), "{finding}");
                prop_assert!(finding.span.line <= text.lines().count() + 1, "{finding}");
            }
        }
    }

    #[test]
    fn overriding_twice_is_overriding_once((base, block) in (fields(), fields())) {
        let text = with_block(&base, &block);
        let (mut once, block) = parts(&text);
        once.overlay(block);
        let (_, block) = parts(&text);
        let before = format!("{once:?}");
        once.overlay(block);
        prop_assert_eq!(format!("{once:?}"), before);
    }

    #[test]
    fn an_environment_like_the_base_changes_nothing(base in fields()) {
        prop_assert_eq!(outcome(&with_block(&base, &base)), outcome(&complete(&base)));
    }

    #[test]
    fn an_empty_environment_changes_nothing((base, other) in (fields(), fields())) {
        let other: String = other.lines().map(|line| format!("    {line}\n")).collect();
        let text = format!("{base}environments:\n  prod:\n{other}  test:\n");
        prop_assert_eq!(outcome(&complete(&text)), outcome(&complete(&base)));
    }

    #[test]
    fn without_variables_nothing_is_replaced((base, block) in (fields(), fields()), value in any::<String>()) {
        // Texts that look like JSON lists become lists, with or without variables.
        prop_assume!(!value.contains("${") && !value.trim_start().starts_with('['));
        let text = with_block(&base, &block) + &yaml::emit(&Node::mapping([("x-note", Node::string(value))]));
        let root = yaml::load(&text).unwrap().unwrap();
        let scope = Scope { app: "shop", env: "test", lookup: &|_| None };
        let mut diagnostics = Diagnostics::default();
        let interpolated = interpolate(root.clone(), &text, &scope, &mut diagnostics);
        prop_assert!(!diagnostics.failed());
        prop_assert_eq!(interpolated.root, root);
        prop_assert_eq!(interpolated.text, text);
    }
}
