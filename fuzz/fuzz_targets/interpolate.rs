//! Interpolation changes scalars that hold references and nothing else, neither in the text that goes
//! into the template nor in the tree that is read back from it.

#![no_main]

use copilot::manifest::{self, Source, Target};
use copilot::yaml::{self, Kind, Node};
use libfuzzer_sys::{Corpus, fuzz_target};

/// What makes a manifest valid besides the fuzzed fields.
const HEAD: &str =
    "name: report\ntype: Scheduled Job\nimage: {location: repo/app}\non: {schedule: '@daily'}\n";

fuzz_target!(|input: (u8, &str)| -> Corpus {
    let (choice, body) = input;
    // Values without references: a value is not searched for references again.
    let value = match choice % 6 {
        0 => "v",
        1 => "1.50",
        2 => "",
        3 => "a: 'b' # \"c\"",
        4 => "two\nlines\n",
        _ => "[\"x\", null]",
    };
    let text = format!("{HEAD}variables:\n  A: 1\n{body}\n");
    let lookup = |name: &str| (!name.starts_with("COPILOT_")).then(|| value.to_owned());
    let source = Source { path: "copilot/report/manifest.yml", text: &text };
    let target = Target { app: "shop", env: "test", job: "report", environments: &[], lookup: &lookup };
    let Ok(manifest) = manifest::load(source, target) else { return Corpus::Keep };
    let Ok(Some(before)) = yaml::load(&text) else { panic!("a manifest that is no YAML was accepted") };
    kept_text(&text, &before, &manifest.text);
    let after = match yaml::load(&manifest.text) {
        Ok(Some(after)) => after,
        other => panic!("the interpolated text cannot be read: {other:?}\n{}", manifest.text),
    };
    same_tree(&before, &after);
    Corpus::Keep
});

/// Everything between scalars that may change is found again, in order.
fn kept_text(source: &str, root: &Node, result: &str) {
    let mut changing = Vec::new();
    collect(root, &mut changing);
    changing.sort_unstable();
    let mut at = 0;
    let mut rest = result;
    for (start, end) in changing {
        // A scalar reached through an alias, or inside one already seen.
        if start < at {
            at = at.max(end);
            continue;
        }
        // The header of a block scalar may be replaced with it: it is on the line above.
        let kept = &source[at..start];
        let kept = match kept.trim_end().rfind(['|', '>']) {
            Some(header) if kept[header..].contains(['\n', '\r']) => &kept[..header],
            _ => kept,
        };
        rest = after(rest, kept);
        at = end;
    }
    // Documents after the first are cut off; a block scalar may leave its last line break behind.
    if source.lines().all(|line| !line.starts_with("---") && !line.starts_with("...")) {
        after(rest, source[at..].trim());
    }
}

fn after<'a>(rest: &'a str, kept: &str) -> &'a str {
    let kept = kept.replace("\r\n", "\n").replace('\r', "\n");
    match rest.find(&kept) {
        Some(found) => &rest[found + kept.len()..],
        None => panic!("changed outside of scalars with references: {kept:?}\nnot in {rest:?}"),
    }
}

/// Scalars that hold a reference, or a list in JSON, which is replaced by the list.
fn may_change(node: &Node) -> bool {
    node.as_text().is_some_and(|text| text.contains("${") || text.trim_start().starts_with('['))
}

fn collect(node: &Node, found: &mut Vec<(usize, usize)>) {
    match &node.kind {
        Kind::Scalar(_) if may_change(node) => found.push((node.span.start, node.span.end)),
        Kind::Scalar(_) => {}
        Kind::Sequence(items) => items.iter().for_each(|item| collect(item, found)),
        Kind::Mapping(entries) => {
            for (key, value) in entries {
                collect(key, found);
                collect(value, found);
            }
        }
    }
}

fn same_tree(before: &Node, after: &Node) {
    if may_change(before) {
        return;
    }
    assert_eq!(before.tag, after.tag, "{before:?} became {after:?}");
    match (&before.kind, &after.kind) {
        (Kind::Scalar(before), Kind::Scalar(after)) => assert_eq!(before, after),
        (Kind::Sequence(before), Kind::Sequence(after)) => {
            assert_eq!(before.len(), after.len());
            before.iter().zip(after).for_each(|(before, after)| same_tree(before, after));
        }
        (Kind::Mapping(before), Kind::Mapping(after)) => {
            assert_eq!(before.len(), after.len());
            for ((key, value), (other_key, other)) in before.iter().zip(after) {
                same_tree(key, other_key);
                same_tree(value, other);
            }
        }
        _ => panic!("{before:?} became {after:?}"),
    }
}
