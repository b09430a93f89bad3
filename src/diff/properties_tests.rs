//! Properties of the comparison for templates of all shapes.

use proptest::prelude::*;
use serde_json::{Map, Value};

use super::*;

/// A tree that can be written in several ways.
#[derive(Clone, Debug)]
enum Tree {
    Text(&'static str, Option<&'static str>),
    List(Vec<Tree>, Option<&'static str>),
    Map(Vec<(&'static str, Tree)>),
}

const KEYS: [&str; 9] =
    ["A", "B", "Metadata", "Manifest", "Ref", "Fn::GetAtt", "Fn::Join", "Fn::Sub", "a: b"];

fn tree() -> impl Strategy<Value = Tree> {
    let tag = || {
        proptest::option::weighted(
            0.3,
            proptest::sample::select(vec!["!Ref", "!GetAtt", "!Join", "!Sub", "!Other"]),
        )
    };
    let texts = vec!["a", "b", "a.b", "", "1", "x y", "# no", "two\nlines\n", " lead", "null"];
    let leaf = (proptest::sample::select(texts), tag()).prop_map(|(text, tag)| Tree::Text(text, tag));
    leaf.prop_recursive(4, 40, 4, move |inner| {
        let list = (proptest::collection::vec(inner.clone(), 0..5), tag())
            .prop_map(|(items, tag)| Tree::List(items, tag));
        let map = (proptest::sample::subsequence(KEYS.to_vec(), 0..4), proptest::collection::vec(inner, 4))
            .prop_map(|(keys, values)| Tree::Map(keys.into_iter().zip(values).collect()));
        prop_oneof![list, map]
    })
}

fn root() -> impl Strategy<Value = Tree> {
    (proptest::sample::subsequence(KEYS.to_vec(), 1..4), proptest::collection::vec(tree(), 4))
        .prop_map(|(keys, values)| Tree::Map(keys.into_iter().zip(values).collect()))
}

/// The tree as a template.
fn written(tree: &Tree) -> String {
    let node = node(tree);
    crate::yaml::emit(&node)
}

fn node(tree: &Tree) -> crate::yaml::Node {
    use crate::yaml::Node;
    let (node, tag) = match tree {
        Tree::Text(text, tag) => (Node::string(*text), tag),
        Tree::List(items, tag) => (Node::sequence(items.iter().map(node)), tag),
        Tree::Map(entries) => (Node::mapping(entries.iter().map(|(k, v)| (*k, self::node(v)))), &None),
    };
    tag.map(|tag| node.clone().tagged(tag)).unwrap_or(node)
}

/// What is left of a value when all that makes no difference is gone: functions, the dot of `GetAtt`, the
/// manifest.
fn reduced(value: &Value) -> Value {
    match value {
        Value::Object(map) => {
            let kept: Map<String, Value> = map
                .iter()
                .filter(|(key, _)| *key != normal::MANIFEST)
                .map(|(key, value)| (key.clone(), reduced(value)))
                .collect();
            match kept.iter().next() {
                Some((key, argument)) if kept.len() == 1 && calls::function(key).is_some() => {
                    argument.clone()
                }
                _ => Value::Object(kept),
            }
        }
        Value::Array(items) => {
            let items: Vec<Value> = items.iter().map(reduced).collect();
            match items.as_slice() {
                [Value::String(one)] => Value::String(one.clone()),
                [Value::String(one), Value::String(two)] => Value::String(format!("{one}.{two}")),
                _ => Value::Array(items),
            }
        }
        other => other.clone(),
    }
}

fn applied(diff: &Diff) -> Value {
    let mut value = diff.old_value();
    apply(&mut value, &diff.changes()).expect("the changes fit");
    value
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn a_template_does_not_differ_from_itself(tree in root()) {
        let text = written(&tree);
        let diff = templates(&text, &text).unwrap();
        prop_assert!(diff.is_empty());
        prop_assert_eq!(diff.text(), "");
        prop_assert!(diff.changes().is_empty());
    }

    #[test]
    fn applied_changes_make_the_new_template(old in root(), new in root()) {
        let diff = templates(&written(&old), &written(&new)).unwrap();
        prop_assert_eq!(diff.is_empty(), diff.text().is_empty());
        prop_assert_eq!(diff.is_empty(), diff.changes().is_empty());
        prop_assert_eq!(reduced(&applied(&diff)), reduced(&diff.new_value()));
        if diff.is_empty() {
            prop_assert_eq!(reduced(&diff.old_value()), reduced(&diff.new_value()));
        }
    }

    #[test]
    fn lists_of_plain_texts_are_rebuilt_exactly(
        old in proptest::collection::vec("[a-e]", 0..12),
        new in proptest::collection::vec("[a-e]", 0..12),
    ) {
        let text = |items: &[String]| format!("L: [{}]\n", items.join(", "));
        let diff = templates(&text(&old), &text(&new)).unwrap();
        prop_assert_eq!(diff.is_empty(), old == new);
        prop_assert_eq!(applied(&diff), diff.new_value());
    }

    #[test]
    fn any_two_texts_are_compared_or_refused(
        old in "([ab]{0,2}[:\\-,\\[\\]{}#&*!|>'\" \n?]{0,3}){0,12}",
        new in "(\\PC|[:\\- \n]){0,40}",
    ) {
        if let Ok(diff) = templates(&old, &new) {
            prop_assert_eq!(diff.is_empty(), diff.text().is_empty());
            applied(&diff);
        }
        let _ = templates(&old, &old).map(|diff| assert!(diff.is_empty()));
    }

    /// What is inserted reads as it did before.
    #[test]
    fn dumps_are_read_back(tree in root()) {
        let text = written(&tree);
        let diff = templates("", &text).unwrap();
        let dump: String = diff.text().lines().map(|line| format!("{}\n", line.get(2..).unwrap_or(""))).collect();
        let again = templates(&text, &dump).unwrap();
        prop_assert_eq!(again.old_value(), again.new_value(), "\n{}\n{}", text, dump);
    }
}
