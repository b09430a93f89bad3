//! What holds for the merging of any templates.

use proptest::prelude::*;

use super::super::read::Source;
use super::*;

/// Sections with a few keys each, values of several kinds.
fn template() -> impl Strategy<Value = Node> {
    let value = prop_oneof![
        "[a-z0-9 ]{0,5}".prop_map(Node::string),
        (0..20).prop_map(Node::plain),
        "[A-Z][a-z]{0,3}".prop_map(|name| Node::string(name).tagged("!Ref")),
    ];
    let entry = proptest::collection::btree_map("[A-Z][a-z]?", value, 0..3).prop_map(Node::mapping);
    let section = proptest::collection::btree_map("[A-Z][a-z]?", entry, 0..5);
    let names = ["Metadata", "Parameters", "Mappings", "Conditions", "Resources", "Outputs"];
    proptest::collection::vec(section, names.len()).prop_map(move |sections| {
        Node::mapping(names.into_iter().zip(sections.into_iter().map(Node::mapping)))
    })
}

fn merged(texts: &[String]) -> Result<String> {
    let documents: Result<Vec<Document>> = texts
        .iter()
        .enumerate()
        .map(|(number, text)| Document::parse(Source { file: format!("{number}.yml"), text: text.clone() }))
        .collect();
    merge(&documents?, "environment").map(|merged| yaml::emit(&merged.body))
}

/// The entries at even and at odd positions of each section, as two templates.
fn split(whole: &Node) -> [String; 2] {
    let entries = |node: &Node| match &node.kind {
        Kind::Mapping(entries) => entries.clone(),
        _ => Vec::new(),
    };
    [0, 1].map(|parity| {
        let sections = entries(whole).into_iter().map(|(key, section)| {
            let some = entries(&section).into_iter().skip(parity).step_by(2).collect();
            (key, Node::new(Kind::Mapping(some)))
        });
        yaml::emit(&Node::new(Kind::Mapping(sections.collect())))
    })
}

/// Keys of every section, sorted.
fn keys(text: &str) -> Vec<String> {
    let mut keys = Vec::new();
    let root = yaml::load(text).unwrap();
    if let Some(Node { kind: Kind::Mapping(sections), .. }) = root {
        for (section, value) in sections {
            let Kind::Mapping(entries) = value.kind else { continue };
            let section = section.as_text().unwrap().to_owned();
            keys.extend(
                entries.iter().map(|(key, value)| {
                    format!("{section}.{}: {}", key.as_text().unwrap(), yaml::emit(value))
                }),
            );
        }
    }
    keys.sort();
    keys
}

proptest! {
    #[test]
    fn merging_is_deterministic_and_loses_nothing(whole in template()) {
        let text = yaml::emit(&whole);
        let once = merged(std::slice::from_ref(&text)).unwrap();
        prop_assert_eq!(&merged(&[text.clone(), text.clone()]).unwrap(), &once);
        prop_assert_eq!(&merged(std::slice::from_ref(&once)).unwrap(), &once);
        let halves = split(&whole);
        let together = merged(&halves).unwrap();
        prop_assert_eq!(&merged(&halves).unwrap(), &together);
        prop_assert_eq!(keys(&together), keys(&once));
    }
}
