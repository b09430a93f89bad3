//! What the emitter writes, read by another program: `PyYAML` follows YAML 1.1, as `CloudFormation` does, where `on`,
//! `1:30` and `012` are no texts.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use copilot::yaml::{Node, emit};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

/// Installed by `make setup`, as part of the linters.
const PYTHON: &str = ".venv/bin/python";

/// Compares every entry of `texts.yml` with that of `texts.json`: as keys and as values.
const PROGRAM: &str = r#"
import json, sys, yaml
class Loader(yaml.SafeLoader):
    pass
Loader.add_constructor("!Sub", lambda loader, node: loader.construct_scalar(node))
with open(sys.argv[1], encoding="utf-8") as f, open(sys.argv[2], encoding="utf-8") as g:
    read, written = yaml.load(f, Loader), json.load(g)
wrong = [(r, w) for r, w in zip(read["values"], written["values"]) if r != w]
wrong += [(r, w) for r, w in zip(read["tagged"], written["values"]) if r != w]
wrong += [pair for pair in read["keys"].items() if pair not in written["keys"].items()]
assert len(read["values"]) == len(read["tagged"]) == len(written["values"])
assert len(read["keys"]) == len(written["keys"])
print(len(written["values"]), wrong[:20])
"#;

/// Texts that some version of YAML takes for something else.
const DIFFICULT: [&str; 48] = [
    "",
    "~",
    "null",
    "Null",
    "true",
    "False",
    "yes",
    "No",
    "on",
    "OFF",
    "y",
    "N",
    "<<",
    "=",
    "0",
    "-0",
    "+1",
    "012",
    "0o14",
    "0x1F",
    "0b101",
    "1_000",
    "1.5",
    ".5",
    "5.",
    "1e3",
    "1.e+3",
    "-.INF",
    ".nan",
    "1:30",
    "-1:30:15.5",
    "190:20:30",
    "2024-01-02",
    "2024-1-2 03:04:05",
    "2001-12-14t21:59:43.10-05:00",
    "- a",
    "a: b",
    "a #b",
    "#",
    "|",
    "a\n",
    "\na",
    " a\nb",
    "a\n\n",
    "a\tb",
    "\u{85}",
    "\u{2028}x",
    "'\"\\",
];

fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        "[-+0-9._eExXoObB:~ ]{1,10}",
        "[yYnNoOfFtTrRuUeEsSaAlL]{1,5}",
        "[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}([Tt ][0-9]{1,2}:[0-9]{2}:[0-9]{2}([.][0-9]*)?)?",
        "[ab \t\n:#-]{0,12}",
        "[a-z0-9 :#,\\[\\]{}&*!|>'\"%@`?=<~._+/$\\\\-]{0,12}",
        // PyYAML takes no characters beyond YAML 1.1's printable ones, not even escaped surrogates.
        "[ -~\u{a0}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]{0,8}",
    ]
}

#[test]
fn another_reader_finds_the_same_texts() {
    let python = Path::new(env!("CARGO_MANIFEST_DIR")).join(PYTHON);
    if !python.exists() {
        println!("the emitter was NOT checked against PyYAML: `make setup` installs it");
        return;
    }
    let mut runner =
        TestRunner::new_with_rng(Config::default(), TestRng::deterministic_rng(RngAlgorithm::ChaCha));
    let mut texts: Vec<String> = DIFFICULT.map(str::to_owned).to_vec();
    texts.extend((0..4000).map(|_| text().new_tree(&mut runner).unwrap().current()));
    let keys: BTreeMap<&String, String> =
        texts.iter().zip(0..).map(|(text, n)| (text, format!("v{n}"))).collect();
    let document = Node::mapping([
        ("values", Node::sequence(texts.iter().map(Node::string))),
        ("tagged", Node::sequence(texts.iter().map(|text| Node::string(text).tagged("!Sub")))),
        ("keys", Node::mapping(keys.iter().map(|(key, value)| (key.as_str(), Node::string(value))))),
    ]);
    let dir = tempfile::tempdir().unwrap();
    let (yaml, json) = (dir.path().join("texts.yml"), dir.path().join("texts.json"));
    std::fs::write(&yaml, emit(&document)).unwrap();
    std::fs::write(&json, serde_json::json!({ "values": texts, "keys": keys }).to_string()).unwrap();
    let output = Command::new(python).args(["-c", PROGRAM]).args([yaml, json]).output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert_eq!(said.trim(), format!("{} []", texts.len()), "{}", String::from_utf8_lossy(&output.stderr));
}
