//! Compares the diff's text with that of the vectors in `$COPILOT_CONFORMANCE_DIR/diff-cases.yml`: `want`
//! joins key paths as the old tool's documents do.

use copilot::diff::colour;
use copilot::yaml::{self, Kind, Node};

/// Vectors whose text the old tool would join differently: their key paths end in a list, and there the
/// old tool's documents decide, not its code.
const JOINED_AS_DOCUMENTED: [&str; 6] = [
    "docs/job-deploy-example",
    "docs/env-cluster-setting",
    "intrinsic/getatt-dotted-vs-list-changed",
    "intrinsic/getatt-inside-policy",
    "intrinsic/join-argument-changed",
    "intrinsic/nested-getatt-inside-converted-function",
];

fn text<'a>(case: &'a Node, field: &str) -> Option<&'a str> {
    case.get(field).and_then(Node::as_text)
}

#[test]
fn the_text_is_that_of_the_vectors() {
    let Ok(dir) = std::env::var("COPILOT_CONFORMANCE_DIR") else {
        println!("conformance was NOT checked: set COPILOT_CONFORMANCE_DIR to the folder with the vectors");
        return;
    };
    let source = std::fs::read_to_string(std::path::Path::new(&dir).join("diff-cases.yml")).unwrap();
    let document = yaml::load(&source).unwrap().unwrap();
    let Some(Node { kind: Kind::Sequence(cases), .. }) = document.get("cases") else { panic!("no cases") };
    assert!(cases.len() >= 80, "only {} vectors", cases.len());
    let named = |name: &&str| cases.iter().any(|case| text(case, "name") == Some(name));
    assert!(JOINED_AS_DOCUMENTED.iter().all(named), "a listed vector is missing");
    let mut failures = Vec::new();
    for case in cases {
        let name = text(case, "name").unwrap();
        let (old, new) = (text(case, "old").unwrap(), text(case, "new").unwrap());
        let diff = copilot::diff::templates(old, new).unwrap();
        let want = text(case, "want").unwrap();
        if diff.text() != want {
            failures.push(format!("--- {name}: want\n{want}--- got\n{}", diff.text()));
        }
        if let Some(want) = text(case, "want_color")
            && colour::ansi(&diff.segments()) != want
        {
            failures
                .push(format!("--- {name}: want\n{want:?}\n--- got\n{:?}", colour::ansi(&diff.segments())));
        }
        assert_eq!(diff.is_empty(), want.is_empty(), "{name}");
        let differs = text(case, "want_reference").is_some();
        assert_eq!(differs, JOINED_AS_DOCUMENTED.contains(&name), "{name}");
    }
    assert!(
        failures.is_empty(),
        "{} of {} vectors fail\n{}",
        failures.len(),
        cases.len(),
        failures.join("\n")
    );
}
