//! `taskdef_overrides`: changes to the rendered task definition by path.

use crate::error::{Error, Result};
use crate::manifest::job::TaskDefOverride;
use crate::yaml::{Kind, Node};

/// Where paths start.
const ROOT: [&str; 3] = ["Resources", "TaskDefinition", "Properties"];

/// One step of a path.
#[derive(Debug, PartialEq, Eq)]
struct Segment<'a> {
    key: &'a str,
    item: Item,
}

/// What a step does behind its key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Item {
    /// `key`: the key's value itself.
    None,
    /// `key[3]`: an item of the list.
    At(usize),
    /// `key[-]`: a new item at the end of the list.
    Append,
}

/// Applies the rules of a job's manifest in order to a whole template.
pub(super) fn apply(body: &mut Node, rules: &[TaskDefOverride], job: &str) -> Result<()> {
    for (index, rule) in rules.iter().enumerate() {
        let place = || {
            let line = if rule.line == 0 { String::new() } else { format!(":{}", rule.line) };
            let path = &rule.path;
            format!(
                "copilot/{job}/manifest.yml{line}: cannot apply taskdef_overrides[{index}] with path \"{path}\""
            )
        };
        let segments = rule.path.split('.').map(parse).collect::<Result<Vec<_>>>();
        let root = ROOT.map(|key| Segment { key, item: Item::None });
        let path: Vec<Segment<'_>> =
            root.into_iter().chain(segments.map_err(|e| e.context(place()))?).collect();
        upsert(body, &path, &rule.value).map_err(|e| e.context(place()))?;
    }
    Ok(())
}

fn parse(segment: &str) -> Result<Segment<'_>> {
    let (key, item) = match segment.strip_suffix(']').and_then(|s| s.split_once('[')) {
        None => (segment, Some(Item::None)),
        Some((key, "-")) => (key, Some(Item::Append)),
        Some((key, digits)) if digits.bytes().all(|b| b.is_ascii_digit()) => {
            (key, digits.parse().ok().map(Item::At))
        }
        Some((key, _)) => (key, None),
    };
    let is_name = !key.is_empty() && key.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-');
    match item {
        Some(item) if is_name => Ok(Segment { key, item }),
        _ => Err(Error::new(format!("the step \"{segment}\" is not valid"))
            .hint("Steps are separated by dots and look like \"Key\", \"List[0]\" or \"List[-]\".")),
    }
}

/// Puts the value at the end of the path, creating what is missing on the way.
fn upsert(node: &mut Node, path: &[Segment<'_>], value: &Node) -> Result<()> {
    let Some((segment, rest)) = path.split_first() else {
        *node = value.clone();
        return Ok(());
    };
    let entries = match &mut node.kind {
        Kind::Mapping(entries) => entries,
        // Deployed jobs may have such a rule without effect, so it must not become an error.
        Kind::Scalar(_) => return Ok(()),
        Kind::Sequence(_) => {
            return Err(Error::new(format!("\"{}\" is looked up in a list", segment.key))
                .hint("Name an item before it: \"List[0]\" or \"List[-]\"."));
        }
    };
    let position = entries.iter().position(|(key, _)| key.as_text() == Some(segment.key));
    let Some((_, child)) = position.and_then(|position| entries.get_mut(position)) else {
        let child = create(segment, rest, value)?;
        entries.push((Node::key(segment.key), child));
        return Ok(());
    };
    match segment.item {
        Item::None => upsert(child, rest, value),
        Item::At(index) => upsert(item_at(child, segment.key, index)?, rest, value),
        Item::Append => append(child, segment.key, rest, value),
    }
}

/// The value of a key that does not exist yet.
fn create(segment: &Segment<'_>, rest: &[Segment<'_>], value: &Node) -> Result<Node> {
    if let (Item::At(index), false) = (segment.item, rest.is_empty()) {
        let key = segment.key;
        return Err(Error::new(format!("\"{key}[{index}]\" does not exist: there is no \"{key}\""))
            .hint(format!("Write \"{key}[-]\" to create the list with one item.")));
    }
    let mut child = Node::mapping::<String>([]);
    upsert(&mut child, rest, value)?;
    // A missing list with an index at the path's end becomes a list of one item, as it always did.
    Ok(if segment.item == Item::None { child } else { Node::sequence([child]) })
}

fn item_at<'a>(list: &'a mut Node, key: &str, index: usize) -> Result<&'a mut Node> {
    let Some(items) = items(list, key)? else {
        return Err(Error::new(format!(
            "\"{key}[{index}]\" does not exist: \"{key}\" is a single value, not a list"
        ))
        .hint(format!("Write \"{key}\" without brackets.")));
    };
    let length = items.len();
    items.get_mut(index).ok_or_else(|| {
        Error::new(format!("\"{key}[{index}]\" does not exist: \"{key}\" has {length} item(s)"))
            .hint(format!("Write \"{key}[-]\" to append an item."))
    })
}

fn append(list: &mut Node, key: &str, rest: &[Segment<'_>], value: &Node) -> Result<()> {
    let Some(items) = items(list, key)? else { return Ok(()) };
    let mut item = Node::mapping::<String>([]);
    upsert(&mut item, rest, value)?;
    items.push(item);
    Ok(())
}

/// The list's items; nothing for a scalar.
fn items<'a>(list: &'a mut Node, key: &str) -> Result<Option<&'a mut Vec<Node>>> {
    match &mut list.kind {
        Kind::Sequence(items) => Ok(Some(items)),
        Kind::Scalar(_) => Ok(None),
        Kind::Mapping(_) => Err(Error::new(format!("\"{key}\" is a map, not a list"))
            .hint(format!("Write \"{key}\" without brackets."))),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::yaml::{emit, load};

    fn applied(rules: &[(&str, Node)]) -> Result<String> {
        let source = "Resources:\n  TaskDefinition:\n    Properties:\n      Cpu: !Ref TaskCPU\n      \
                      ContainerDefinitions:\n        - Name: main\n      Volumes: []\n      Map: {}\n";
        let mut body = load(source).unwrap().unwrap();
        let rules: Vec<TaskDefOverride> = rules
            .iter()
            .map(|(path, value)| TaskDefOverride { path: (*path).to_owned(), line: 7, value: value.clone() })
            .collect();
        apply(&mut body, &rules, "report-gen")?;
        let properties = ROOT.iter().fold(&body, |node, key| node.get(key).unwrap());
        Ok(emit(properties))
    }

    #[test]
    fn changes_appends_and_creates() {
        let text = applied(&[
            ("Cpu", Node::plain(512)),
            ("Cpu.Foo", Node::plain(1)),
            ("PidMode", Node::string("task")),
            ("ContainerDefinitions[0].Ulimits[-].Name", Node::string("nofile")),
            ("ContainerDefinitions[0].Ulimits[0].SoftLimit", Node::plain(1024)),
            ("ContainerDefinitions[0].Name", Node::null()),
            ("ContainerDefinitions[-].Name", Node::string("SideName").tagged("!Ref")),
            ("Volumes[-]", Node::mapping([("Name", Node::string("v"))])),
            ("Tags[7]", Node::string("only")),
            ("Map.A.B", Node::sequence([])),
        ]);
        insta::assert_snapshot!(text.unwrap(), @r#"
        Cpu: 512
        ContainerDefinitions:
          - Name: null
            Ulimits:
              - Name: nofile
                SoftLimit: 1024
          - Name: !Ref SideName
        Volumes:
          - Name: v
        Map:
          A:
            B: []
        PidMode: task
        Tags:
          - only
        "#);
    }

    #[test]
    fn refuses_what_leads_nowhere() {
        let cases = [
            "",
            "A..B",
            "A[",
            "A[x]",
            "A[0][1]",
            "a b",
            "A[]",
            "ContainerDefinitions[1].X",
            "None[0].X",
            "Map[0]",
            "ContainerDefinitions.X",
            "Cpu[0]",
            "Cpu[0].X",
            "ContainerDefinitions[99999999999999999999999]",
        ];
        let messages: Vec<String> =
            cases.iter().map(|path| applied(&[(path, Node::null())]).unwrap_err().to_string()).collect();
        insta::assert_snapshot!(messages.join("\n"));
    }

    proptest! {
        #[test]
        fn any_path_is_applied_or_refused(
            paths in proptest::collection::vec("(Cpu|ContainerDefinitions|Volumes|Map|X)(\\[(0|1|-)\\])?(\\.[A-B](\\[[0-9a-]\\])?){0,3}|\\PC{0,6}", 1..4)
        ) {
            let rules: Vec<(&str, Node)> = paths.iter().map(|path| (path.as_str(), Node::plain(1))).collect();
            if let Ok(text) = applied(&rules) {
                prop_assert!(load(&text).is_ok());
            }
        }
    }
}
