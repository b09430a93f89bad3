//! The differences as a list for machines, and applying such a list.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::calls::Call;
use super::compare::{Branch, Part, Place, Tree, Via};
use super::normal::Side;
use crate::yaml::document::{NodeId, RawKind};

/// One change, in the manner of a JSON patch (RFC 6902) with the old value besides. Applied one after the
/// other, the changes make the new template of the old one; a position in a list is that at this moment.
///
/// Values are JSON: scalars are strings as written, short function calls have their long form, merge keys
/// are expanded, an alias is its name (`*name`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// What is done.
    pub op: Op,
    /// Keys and positions from the outside in; empty for the whole template.
    pub path: Vec<Key>,
    /// The value before; absent for [`Op::Add`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub old: Option<Value>,
    /// The value after; absent for [`Op::Remove`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub new: Option<Value>,
}

/// What a change does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Op {
    /// A new key, or an item before the one at the position.
    Add,
    /// The key or item goes away.
    Remove,
    /// The value becomes another one.
    Replace,
}

/// A step of a path.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Key {
    /// A position in a list, from 0.
    Index(usize),
    /// A key of a map.
    Name(String),
}

/// The list of changes.
pub(super) fn changes(tree: &Tree, old: &Side, new: &Side) -> Vec<Change> {
    let mut list = List { old, new, changes: Vec::new(), path: Vec::new() };
    match tree {
        Tree::Whole { old, new } => list.change(*old, *new),
        Tree::Parts(parts) => list.parts(parts),
    }
    list.changes
}

struct List<'a> {
    old: &'a Side,
    new: &'a Side,
    changes: Vec<Change>,
    path: Vec<Key>,
}

impl List<'_> {
    fn parts(&mut self, parts: &[Part]) {
        let mut position = 0;
        for part in parts {
            let (place, removed) = match part {
                Part::Same(count) => {
                    position += count;
                    continue;
                }
                Part::Leaf { place, new, .. } => (place, new.is_none()),
                Part::Branch(branch) => (&branch.place, false),
            };
            self.path.push(match place {
                Place::Key(key) => Key::Name(key.clone()),
                Place::Item => Key::Index(position),
            });
            position += usize::from(!removed);
            match part {
                Part::Leaf { old, new, .. } => self.change(*old, *new),
                Part::Branch(branch) => self.branch(branch),
                Part::Same(_) => {}
            }
            self.path.pop();
        }
    }

    fn branch(&mut self, branch: &Branch) {
        let calls = (self.old.info(branch.old).call.as_ref(), self.new.info(branch.new).call.as_ref());
        match (branch.via, calls) {
            (Via::SplitCall, (Some(old), Some(new))) => {
                // The argument changes from a text to a list or back.
                self.path.push(Key::Name(old.function.to_owned()));
                self.change(Some(old.argument), Some(new.argument));
                self.path.pop();
            }
            // A short call's list is the argument of its long form.
            (Via::Values, (Some(Call { function, long: false, .. }), _)) => {
                self.path.push(Key::Name((*function).to_owned()));
                self.parts(&branch.parts);
                self.path.pop();
            }
            _ => self.parts(&branch.parts),
        }
    }

    fn change(&mut self, old: Option<NodeId>, new: Option<NodeId>) {
        let op = match (old, new) {
            (Some(_), Some(_)) => Op::Replace,
            (None, Some(_)) => Op::Add,
            (Some(_), None) => Op::Remove,
            (None, None) => return,
        };
        self.changes.push(Change {
            op,
            path: self.path.clone(),
            old: old.map(|id| value(self.old, id)),
            new: new.map(|id| value(self.new, id)),
        });
    }
}

/// A node as JSON.
pub(super) fn value(side: &Side, id: NodeId) -> Value {
    let info = side.info(id);
    if let Some(Call { function, long: false, argument, .. }) = &info.call {
        let argument = value(side, *argument);
        return Value::Object(Map::from_iter([((*function).to_owned(), argument)]));
    }
    match &side.node(id).kind {
        RawKind::Scalar(scalar) => Value::String(scalar.text.clone()),
        RawKind::Alias { name, .. } => Value::String(format!("*{name}")),
        RawKind::Sequence { items, .. } => items.iter().map(|item| value(side, *item)).collect(),
        RawKind::Mapping { .. } => {
            let entries = info.entries.iter().map(|(k, v)| (side.key(*k).to_owned(), value(side, *v)));
            Value::Object(entries.collect())
        }
    }
}

/// Why a list of changes does not fit a value.
#[derive(Debug, thiserror::Error)]
#[error("change {number} of the list does not fit: nothing is at its path")]
pub struct Misfit {
    /// The change, from 1.
    pub number: usize,
}

/// Applies changes one after the other; the value of no template is null.
///
/// # Errors
///
/// A path that leads nowhere.
pub fn apply(value: &mut Value, changes: &[Change]) -> Result<(), Misfit> {
    for (position, change) in changes.iter().enumerate() {
        apply_one(value, change).ok_or(Misfit { number: position + 1 })?;
    }
    Ok(())
}

fn apply_one(root: &mut Value, change: &Change) -> Option<()> {
    let Some((last, path)) = change.path.split_last() else {
        *root = change.new.clone().unwrap_or(Value::Null);
        return Some(());
    };
    let mut place = root;
    for key in path {
        place = match key {
            Key::Index(at) => place.get_mut(*at)?,
            Key::Name(name) => place.get_mut(name)?,
        };
    }
    match (place, last, change.op) {
        (Value::Object(map), Key::Name(name), Op::Remove) => map.shift_remove(name).map(drop),
        (Value::Object(map), Key::Name(name), Op::Add) => {
            map.insert(name.clone(), change.new.clone()?);
            Some(())
        }
        (Value::Array(list), Key::Index(at), Op::Remove) => {
            (*at < list.len()).then(|| drop(list.remove(*at)))
        }
        (Value::Array(list), Key::Index(at), Op::Add) => {
            let new = change.new.clone()?;
            (*at <= list.len()).then(|| list.insert(*at, new))
        }
        (Value::Object(map), Key::Name(name), Op::Replace) => {
            *map.get_mut(name)? = change.new.clone()?;
            Some(())
        }
        (Value::Array(list), Key::Index(at), Op::Replace) => {
            *list.get_mut(*at)? = change.new.clone()?;
            Some(())
        }
        _ => None,
    }
}
