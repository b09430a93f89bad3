//! One patch on a tree.

use super::{Operation, Patch};
use crate::manifest::suggest::nearest;
use crate::yaml::{Kind, Node};

/// Keys that a hint lists at most.
const LISTED: usize = 12;

/// Why a patch cannot be applied.
pub(super) struct Fault {
    /// What is wrong, as a sentence fragment.
    pub problem: String,
    /// What to write instead.
    pub hint: Option<String>,
}

impl Fault {
    fn new(problem: String) -> Self {
        Self { problem, hint: None }
    }
}

impl Patch {
    /// Changes the tree; it stays as it is when the path leads nowhere.
    pub(super) fn apply(&self, root: &mut Node) -> Result<(), Fault> {
        let Some((last, parents)) = self.steps.split_last() else {
            *root = match &self.operation {
                Operation::Add(value) | Operation::Replace(value) => value.clone(),
                Operation::Remove => Node::null(),
            };
            return Ok(());
        };
        let mut node = root;
        for (depth, step) in parents.iter().enumerate() {
            node = self.descend(node, step, depth)?;
        }
        self.change(node, last, parents.len())
    }

    /// The node one step below.
    fn descend<'a>(&self, node: &'a mut Node, step: &str, depth: usize) -> Result<&'a mut Node, Fault> {
        match &mut node.kind {
            Kind::Mapping(entries) => match position(entries, step) {
                Some(at) => entries.get_mut(at).map(|(_, value)| value),
                None => return Err(self.no_key(entries, step, depth)),
            },
            Kind::Sequence(items) => {
                let at = self.index(step, items.len(), depth)?;
                items.get_mut(at)
            }
            Kind::Scalar(_) => None,
        }
        .ok_or_else(|| self.no_children(depth))
    }

    /// Carries out the operation at the path's last step.
    fn change(&self, node: &mut Node, step: &str, depth: usize) -> Result<(), Fault> {
        match &mut node.kind {
            Kind::Mapping(entries) => match (position(entries, step), &self.operation) {
                (Some(at), Operation::Add(new) | Operation::Replace(new)) => {
                    if let Some((_, value)) = entries.get_mut(at) {
                        *value = new.clone();
                    }
                }
                (Some(at), Operation::Remove) => drop(entries.remove(at)),
                (None, Operation::Add(new)) => {
                    let mut key = Node::key(step);
                    key.span.line = self.line;
                    entries.push((key, new.clone()));
                }
                (None, _) => return Err(self.no_key(entries, step, depth)),
            },
            Kind::Sequence(items) => match &self.operation {
                Operation::Add(new) if step == "-" => items.push(new.clone()),
                Operation::Add(new) => items.insert(self.index(step, items.len() + 1, depth)?, new.clone()),
                Operation::Remove => drop(items.remove(self.index(step, items.len(), depth)?)),
                Operation::Replace(new) => {
                    let at = self.index(step, items.len(), depth)?;
                    if let Some(item) = items.get_mut(at) {
                        *item = new.clone();
                    }
                }
            },
            Kind::Scalar(_) => return Err(self.no_children(depth)),
        }
        Ok(())
    }

    /// The place a step names in a list, less than `limit`.
    fn index(&self, step: &str, limit: usize, depth: usize) -> Result<usize, Fault> {
        let list = self.shown(depth);
        if step == "-" {
            let hint = "Only a path of \"add\" may end in \"-\".".to_owned();
            let problem = format!("\"-\" stands for the place behind the last item of {list}");
            return Err(Fault { problem, hint: Some(hint) });
        }
        if step.is_empty() || !step.bytes().all(|b| b.is_ascii_digit()) {
            let problem = format!("{list} is a list, so \"{step}\" would have to be an index, from 0");
            return Err(Fault::new(problem));
        }
        match step.parse() {
            Ok(index) if index < limit => Ok(index),
            _ => {
                let adds = depth + 1 == self.steps.len() && matches!(self.operation, Operation::Add(_));
                let length = if adds { limit - 1 } else { limit };
                let items = if length == 1 { "1 item".to_owned() } else { format!("{length} items") };
                let problem = format!("{list} has {items}, so there is no index {step}");
                let hint = adds.then(|| "Write \"-\" as the index to append an item.".to_owned());
                Err(Fault { problem, hint })
            }
        }
    }

    fn no_key(&self, entries: &[(Node, Node)], step: &str, depth: usize) -> Fault {
        let problem = format!("{} has no key \"{step}\"", self.shown(depth));
        let keys: Vec<&str> = entries.iter().filter_map(|(key, _)| key.as_text()).collect();
        let hint = match nearest(step, &keys) {
            Some(near) => Some(format!("Did you mean \"{near}\"?")),
            None if depth + 1 == self.steps.len() && matches!(self.operation, Operation::Replace(_)) => {
                Some("Use the operation \"add\" for what is not there yet.".to_owned())
            }
            None if keys.is_empty() => None,
            None => {
                let more = keys.len().saturating_sub(LISTED);
                let listed = keys.iter().take(LISTED).map(|key| format!("\"{key}\"")).collect::<Vec<_>>();
                let more = if more > 0 { format!(" and {more} more") } else { String::new() };
                Some(format!("Its keys: {}{more}.", listed.join(", ")))
            }
        };
        Fault { problem, hint }
    }

    fn no_children(&self, depth: usize) -> Fault {
        Fault::new(format!("{} is a single value, so nothing lies below it", self.shown(depth)))
    }

    /// The part of the path that exists, with this many steps, for messages.
    fn shown(&self, depth: usize) -> String {
        if depth == 0 {
            return "the template".to_owned();
        }
        let steps = self.path.split('/').skip(1).take(depth).map(|step| format!("/{step}"));
        format!("\"{}\"", steps.collect::<String>())
    }
}

fn position(entries: &[(Node, Node)], key: &str) -> Option<usize> {
    entries.iter().position(|(k, _)| k.as_text() == Some(key))
}
