//! Whatever a manifest holds, loading ends in a job or in findings.

use proptest::prelude::*;

use super::{complete, load_text};
use crate::manifest::{cron, duration, raw_name_and_type, schedule, shell};
use crate::yaml;

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
}
