//! Resources that depend on each other in a circle. CloudFormation refuses them, but only once images are
//! built and pushed. Values for addons are how people get there: a parameter of the nested stack that refers
//! to a resource which takes one of its outputs.

use std::collections::{BTreeMap, BTreeSet};

use crate::error::{Error, Result};
use crate::template::cfn::references::{Named, depends_on, references};
use crate::template::job::ids::ADDONS_STACK;
use crate::yaml::{Kind, Node};

/// Refuses a template whose resources depend on each other in a circle.
///
/// Only what surely is one counts: choices by condition (`Fn::If`) and resources on conditions, the addons
/// excepted, are left to CloudFormation.
///
/// # Errors
/// One circle.
pub fn check(body: &Node) -> Result<()> {
    let Some(Node { kind: Kind::Mapping(resources), .. }) = body.get("Resources") else { return Ok(()) };
    let certain = resources.iter().filter_map(|(id, resource)| Some((id.as_text()?, resource)));
    let certain: Vec<(&str, &Node)> =
        certain.filter(|(id, node)| *id == ADDONS_STACK || node.get("Condition").is_none()).collect();
    let ids: BTreeSet<&str> = certain.iter().map(|(id, _)| *id).collect();
    let mut graph = BTreeMap::new();
    for (id, resource) in &certain {
        let mut found = BTreeSet::new();
        let used = resource.get("Properties").map(references).unwrap_or_default();
        found.extend(
            used.into_iter().filter(|used| used.certain && used.named == Named::Value).map(|used| used.name),
        );
        found.extend(depends_on(resource).into_iter().map(|(id, _)| id));
        found.retain(|reference| ids.contains(reference));
        graph.insert(*id, found);
    }
    // The addons first: a circle through them is told beginning there.
    let starts = ids.iter().copied().filter(|id| *id == ADDONS_STACK).chain(ids.iter().copied());
    match starts.into_iter().find_map(|start| circle(&graph, start)) {
        None => Ok(()),
        Some(circle) => Err(refusal(&circle)),
    }
}

fn refusal(circle: &[&str]) -> Error {
    let error = Error::new(format!(
        "these resources depend on each other in a circle, which CloudFormation refuses: {}",
        circle.join(" → ")
    ));
    if circle.contains(&ADDONS_STACK) {
        error.hint(
            "A value in addons.parameters.yml refers to a resource of the job that takes an output of the addons. \
             Remove the reference, or the output.",
        )
    } else {
        error.hint("Remove one of the references between them.")
    }
}

/// The shortest way from a resource back to itself, both ends included.
fn circle<'a>(graph: &BTreeMap<&'a str, BTreeSet<&'a str>>, start: &'a str) -> Option<Vec<&'a str>> {
    let mut came_from: BTreeMap<&str, &str> = BTreeMap::new();
    let mut level = vec![start];
    while !level.is_empty() {
        let mut next = Vec::new();
        for from in level {
            for &to in graph.get(from).into_iter().flatten() {
                if to == start {
                    let mut way = vec![start, from];
                    while let Some(before) =
                        way.last().filter(|last| **last != start).and_then(|l| came_from.get(l))
                    {
                        way.push(before);
                    }
                    way.reverse();
                    return Some(if from == start { vec![start, start] } else { way });
                }
                if !came_from.contains_key(to) {
                    came_from.insert(to, from);
                    next.push(to);
                }
            }
        }
        level = next;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml::load;

    fn told(resources: &str) -> String {
        let body = load(&format!("Resources:\n{resources}")).unwrap().unwrap();
        check(&body).map_or_else(|error| error.to_string(), |()| "fine".to_owned())
    }

    #[test]
    fn finds_circles_however_they_are_written() {
        for (resources, circle) in [
            ("  A: {Properties: {X: !Ref A}}", "A → A"),
            ("  A: {Properties: {X: !Ref B}}\n  B: {DependsOn: A}", "A → B → A"),
            ("  A: {Properties: {X: {Ref: B}}}\n  B: {DependsOn: [A]}", "A → B → A"),
            (
                "  A: {Properties: {X: [!GetAtt B.Arn]}}\n  B: {Properties: {Y: {Fn::GetAtt: [A, Arn]}}}",
                "A → B → A",
            ),
            (
                "  A: {Properties: {X: !Sub 'a ${B.Arn} b'}}\n  B: {Properties: {Y: {Fn::Sub: ['${C}${D}', {D: 1}]}}}\n  C: {Properties: {Z: !Join ['', [!Ref A]]}}\n  D: {DependsOn: D2}\n  D2: {}",
                "A → B → C → A",
            ),
            (
                "  A: {Properties: {P: {Role: !GetAtt T.Arn}}, DependsOn: Z}\n  AddonsStack: {Condition: HasAddons, DependsOn: A}\n  T: {DependsOn: AddonsStack}\n  Z: {}",
                "AddonsStack → A → T → AddonsStack",
            ),
        ] {
            let message = told(resources);
            assert!(message.ends_with(&format!("refuses: {circle}")), "{resources}\n{message}");
        }
    }

    #[test]
    fn everything_else_is_fine() {
        for resources in [
            "  A: {}",
            "  A: {Properties: {X: !Ref B}}\n  B: {Properties: {X: !Ref C}}\n  C: {}",
            "  A: {Properties: {X: !Sub '${!A} ${A'}}",
            "  A: {Properties: {X: !Sub ['${A}', {A: 1}]}}",
            "  A: {Properties: {X: A, Y: {Ref: A, other: 1}}}",
            "  A: {Properties: {X: !If [C, !Ref A, 1]}}",
            "  A: {Condition: C, Properties: {X: !Ref A}}",
            "  A: {Properties: {X: !Ref AWS::Region, Y: !Ref Gone}}",
            "  A: {DependsOn: {a: b}}",
            "  A: text\n  B: [A]",
        ] {
            assert_eq!(told(resources), "fine", "{resources}");
        }
        assert!(check(&Node::null()).is_ok());
    }
}
