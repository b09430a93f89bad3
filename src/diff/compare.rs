//! Compares two normalised documents: the tree of differences.

use std::collections::{HashMap, HashSet};

use super::calls::{Call, GET_ATT};
use super::normal::{Class, Info, MANIFEST, METADATA, Side};
use super::sequence::{Relation, Step, common, steps};
use crate::yaml::document::{NodeId, RawKind};

/// Nodes that may be visited to find out whether differently written items of lists are equal; items that
/// would go beyond are taken for different.
const MAX_VISITS: usize = 1_000_000;

/// What differs.
pub(super) enum Tree {
    /// Only the old or only the new document has values.
    Whole { old: Option<NodeId>, new: Option<NodeId> },
    /// The differences below the outermost maps.
    Parts(Vec<Part>),
}

/// A difference, or items without any.
pub(super) enum Part {
    /// Both have a value here that differs in parts.
    Branch(Branch),
    /// The values here are unlike, or one is missing.
    Leaf { place: Place, old: Option<NodeId>, new: Option<NodeId> },
    /// So many equal items in a row.
    Same(usize),
}

/// A value with differing parts.
pub(super) struct Branch {
    pub place: Place,
    pub old: NodeId,
    pub new: NodeId,
    pub via: Via,
    pub parts: Vec<Part>,
}

/// Where a difference stands in its collection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Place {
    Key(String),
    Item,
}

/// How two values were compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Via {
    /// As they are.
    Values,
    /// As function calls: the only part is the argument, below the function's long name.
    Call,
    /// As calls of `GetAtt`, one of which was split at its dot.
    SplitCall,
}

/// The special rules in force.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Rules {
    All,
    /// Within a call compared across forms.
    Forms,
    /// Within the argument of `GetAtt`.
    GetAtt,
}

/// Compares two documents.
pub(super) fn compare(old: &Side, new: &Side) -> Tree {
    let mut comparison = Comparison { old, new, armed: false, known: HashMap::new(), visits: 0 };
    match (old.document.root, new.document.root) {
        (None, None) => Tree::Parts(Vec::new()),
        (Some(a), Some(b)) => Tree::Parts(comparison.maps(a, b, Rules::All)),
        (old, new) => Tree::Whole { old, new },
    }
}

struct Comparison<'a> {
    old: &'a Side,
    new: &'a Side,
    /// A key `Metadata` was seen: keys `Manifest` are equal from now on.
    armed: bool,
    /// Whether differently written items are equal.
    known: HashMap<(Class, Class, Rules, bool), bool>,
    visits: usize,
}

impl Comparison<'_> {
    /// The difference of two values at a place, `None` without any.
    fn values(&mut self, place: Place, old: NodeId, new: NodeId, rules: Rules) -> Option<Part> {
        let (a, b) = (self.old.info(old), self.new.info(new));
        if self.same_class(a, b, rules) {
            self.armed |= rules == Rules::All && a.has_metadata;
            return None;
        }
        if let Some((first, second)) = both_call(a, b) {
            if rules != Rules::Forms
                && first.function == GET_ATT
                && let Some(result) = self.get_att(&place, old, new, first, second)
            {
                return result;
            }
            if rules != Rules::GetAtt && first.long != second.long {
                let key = Place::Key(first.function.to_owned());
                let part = self.values(key, first.argument, second.argument, Rules::Forms)?;
                return Some(Part::Branch(Branch { place, old, new, via: Via::Call, parts: vec![part] }));
            }
        }
        let parts = match (&self.old.node(old).kind, &self.new.node(new).kind) {
            (RawKind::Scalar(a), RawKind::Scalar(b)) if a.text == b.text => return None,
            (RawKind::Alias { name: a, .. }, RawKind::Alias { name: b, .. }) if a == b => return None,
            (RawKind::Sequence { items: a, .. }, RawKind::Sequence { items: b, .. }) => {
                self.lists(a, b, rules)
            }
            (RawKind::Mapping { .. }, RawKind::Mapping { .. }) => self.maps(old, new, rules),
            _ => return Some(Part::Leaf { place, old: Some(old), new: Some(new) }),
        };
        if parts.is_empty() {
            return None;
        }
        Some(Part::Branch(Branch { place, old, new, via: Via::Values, parts }))
    }

    fn same_class(&self, a: &Info, b: &Info, rules: Rules) -> bool {
        a.class == b.class || (self.armed && rules == Rules::All && a.shown == b.shown)
    }

    /// Compares two calls of `GetAtt`; the outer `None` says that their arguments are of other kinds.
    fn get_att(
        &mut self,
        place: &Place,
        old: NodeId,
        new: NodeId,
        first: &Call,
        second: &Call,
    ) -> Option<Option<Part>> {
        let kinds = (&self.old.node(first.argument).kind, &self.new.node(second.argument).kind);
        let (a, b, via) = match kinds {
            (RawKind::Scalar(_), RawKind::Scalar(_))
            | (RawKind::Sequence { .. }, RawKind::Sequence { .. }) => {
                (first.argument, second.argument, Via::Call)
            }
            (RawKind::Scalar(_), RawKind::Sequence { .. }) => (first.split?, second.argument, Via::SplitCall),
            (RawKind::Sequence { .. }, RawKind::Scalar(_)) => (first.argument, second.split?, Via::SplitCall),
            _ => return None,
        };
        let part = self.values(Place::Key(GET_ATT.to_owned()), a, b, Rules::GetAtt);
        let place = place.clone();
        Some(part.map(|part| Part::Branch(Branch { place, old, new, via, parts: vec![part] })))
    }

    /// Differences of two maps; anything else has no entries.
    fn maps(&mut self, old: NodeId, new: NodeId, rules: Rules) -> Vec<Part> {
        let (old_side, new_side) = (self.old, self.new);
        let mut a = old_side.info(old).entries.iter().peekable();
        let mut b = new_side.info(new).entries.iter().peekable();
        let mut parts = Vec::new();
        loop {
            let keys = (a.peek().map(|e| old_side.key(e.0)), b.peek().map(|e| new_side.key(e.0)));
            let key = match keys {
                (Some(a), Some(b)) => a.min(b),
                (Some(key), None) | (None, Some(key)) => key,
                (None, None) => return parts,
            };
            let old = a.next_if(|e| old_side.key(e.0) == key).map(|e| e.1);
            let new = b.next_if(|e| new_side.key(e.0) == key).map(|e| e.1);
            if rules == Rules::All && self.is_ignored(key) {
                continue;
            }
            let place = Place::Key(key.to_owned());
            parts.extend(match (old, new) {
                (Some(old), Some(new)) => self.values(place, old, new, rules),
                (old, new) => Some(Part::Leaf { place, old, new }),
            });
        }
    }

    fn is_ignored(&mut self, key: &str) -> bool {
        if self.armed {
            return key == MANIFEST;
        }
        self.armed = key == METADATA;
        false
    }

    fn lists(&mut self, old: &[NodeId], new: &[NodeId], rules: Rules) -> Vec<Part> {
        // All pairs of items are visited, so a key `Metadata` in any of them arms the rule. The old tool's
        // rule is armed in the middle of that, at the last pair first; here it is after the list, which
        // shows more of the differences.
        let inside = |side: &Side, ids: &[NodeId]| ids.iter().any(|id| side.info(*id).has_metadata);
        let arms = rules == Rules::All
            && !(old.is_empty() || new.is_empty())
            && (inside(self.old, old) || inside(self.new, new));
        let shown = self.armed && rules == Rules::All;
        let class = |info: &Info| if shown { info.shown } else { info.class };
        let a: Vec<Class> = old.iter().map(|id| class(self.old.info(*id))).collect();
        let b: Vec<Class> = new.iter().map(|id| class(self.new.info(*id))).collect();
        let relation = self.relation(old, new, &a, &b, rules);
        let pairs = common(&a, &b, &relation);
        if old.len() == new.len() && pairs.len() == old.len() {
            self.armed |= arms;
            return Vec::new();
        }
        let mut parts = Vec::new();
        let place = || Place::Item;
        for step in steps(old.len(), new.len(), &pairs) {
            let part = match step {
                Step::Same(..) => None,
                Step::Modified(i, j) => match (old.get(i), new.get(j)) {
                    (Some(old), Some(new)) => self.values(place(), *old, *new, rules),
                    _ => None,
                },
                Step::Deleted(i) => Some(Part::Leaf { place: place(), old: old.get(i).copied(), new: None }),
                Step::Inserted(j) => Some(Part::Leaf { place: place(), old: None, new: new.get(j).copied() }),
            };
            match (part, parts.last_mut()) {
                (Some(part), _) => parts.push(part),
                (None, Some(Part::Same(count))) => *count += 1,
                (None, _) => parts.push(Part::Same(1)),
            }
        }
        if parts.iter().all(|part| matches!(part, Part::Same(_))) {
            parts.clear();
        }
        self.armed |= arms;
        parts
    }

    /// Finds items that are equal though they are of different classes: written in another form.
    fn relation(
        &mut self,
        old: &[NodeId],
        new: &[NodeId],
        old_classes: &[Class],
        new_classes: &[Class],
        rules: Rules,
    ) -> Relation {
        let mut by_hash: HashMap<u64, Vec<(Class, NodeId)>> = HashMap::new();
        let mut seen = HashSet::new();
        for (id, class) in new.iter().zip(new_classes) {
            if seen.insert(*class) {
                by_hash.entry(self.new.info(*id).coarse).or_default().push((*class, *id));
            }
        }
        let mut relation = Relation::default();
        seen.clear();
        for (id, class) in old.iter().zip(old_classes) {
            if !seen.insert(*class) {
                continue;
            }
            let Some(others) = by_hash.get(&self.old.info(*id).coarse) else { continue };
            for (other, new_id) in others {
                if self.visits > MAX_VISITS {
                    return relation;
                }
                if other != class && self.equal(*id, *new_id, rules) {
                    relation.also.entry(*class).or_default().push(*other);
                }
            }
        }
        relation
    }

    fn equal(&mut self, old: NodeId, new: NodeId, rules: Rules) -> bool {
        let (a, b) = (self.old.info(old), self.new.info(new));
        let key = (a.class, b.class, rules, self.armed);
        if let Some(known) = self.known.get(&key) {
            return *known;
        }
        self.visits = self.visits.saturating_add(a.size + b.size);
        if self.visits > MAX_VISITS {
            return false;
        }
        let armed = self.armed;
        let equal = self.values(Place::Item, old, new, rules).is_none();
        self.armed = armed;
        self.known.insert(key, equal);
        equal
    }
}

/// Both values as calls of one function.
fn both_call<'a>(a: &'a Info, b: &'a Info) -> Option<(&'a Call, &'a Call)> {
    let (first, second) = (a.call.as_ref()?, b.call.as_ref()?);
    (first.function == second.function).then_some((first, second))
}
