//! Normalises a document for comparison: merge keys expanded, keys sorted and unique, and every subtree put
//! into a class of equal ones, so that most comparisons are one of two numbers.

use std::collections::{HashMap, HashSet};

use super::calls::{Call, calls, function};
use crate::yaml::Style;
use crate::yaml::document::{Document, NodeId, RawKind, RawNode};

/// Entries that merge keys may bring into one document.
const MAX_MERGED: usize = 500_000;

/// The key that is left out of the comparison once [`METADATA`] was seen.
pub(super) const MANIFEST: &str = "Manifest";
/// The key that arms the ignore rule.
pub(super) const METADATA: &str = "Metadata";

/// A class of subtrees; two of one class are equal wherever they stand.
pub(super) type Class = u32;

/// One document, ready to be compared.
pub(super) struct Side {
    pub document: Document,
    infos: Vec<Info>,
}

/// What the comparison needs to know about a node.
#[derive(Clone, Debug, Default)]
pub(super) struct Info {
    /// A map's keys and values, merge keys expanded, sorted by the bytes of the keys.
    pub entries: Vec<(NodeId, NodeId)>,
    /// The function it calls.
    pub call: Option<Call>,
    /// Subtrees of one class are equal.
    pub class: Class,
    /// The same when keys `Manifest` are ignored.
    pub shown: Class,
    /// Equal subtrees have one hash; different ones may share it, above all by different notations.
    pub coarse: u64,
    /// A key `Metadata` is inside.
    pub has_metadata: bool,
    /// Nodes inside, itself included.
    pub size: usize,
}

/// Numbers the classes of both documents.
#[derive(Default)]
pub(super) struct Classes(HashMap<Shape, Class>);

#[derive(PartialEq, Eq, Hash)]
enum Shape {
    Text(Option<&'static str>, String),
    Alias(String),
    List(Option<&'static str>, Vec<Class>),
    /// Classes of keys and values.
    Map(Vec<(Class, Class)>),
}

impl Classes {
    fn of(&mut self, shape: Shape) -> Class {
        let next = Class::try_from(self.0.len()).unwrap_or(Class::MAX);
        *self.0.entry(shape).or_insert(next)
    }
}

/// Why a document cannot be compared.
pub(super) struct Problem {
    pub message: String,
    pub line: usize,
}

impl Side {
    /// Normalises a document.
    pub(super) fn new(mut document: Document, classes: &mut Classes) -> Result<Self, Problem> {
        let order = parts_first(&document);
        let calls = calls(&mut document);
        let mut side = Self { infos: vec![Info::default(); document.len()], document };
        let mut merged = 0;
        let mut texts = vec![None; side.document.len()];
        let twins: Vec<NodeId> = (order.len()..side.document.len()).collect();
        for id in order.into_iter().chain(twins) {
            let entries = side.entries(id, &mut merged)?;
            let call = calls.get(&id).cloned();
            side.describe(id, entries, call, &mut texts, classes);
        }
        Ok(side)
    }

    /// What is known about a node.
    pub(super) fn info(&self, id: NodeId) -> &Info {
        static NOTHING: Info = Info {
            entries: Vec::new(),
            call: None,
            class: 0,
            shown: 0,
            coarse: 0,
            has_metadata: false,
            size: 0,
        };
        self.infos.get(id).unwrap_or(&NOTHING)
    }

    /// A node's notation.
    pub(super) fn node(&self, id: NodeId) -> &RawNode {
        self.document.node(id)
    }

    /// The text of a map's key.
    pub(super) fn key(&self, id: NodeId) -> &str {
        match &self.node(id).kind {
            RawKind::Alias { target, .. } => self.node(*target).as_text().unwrap_or_default(),
            _ => self.node(id).as_text().unwrap_or_default(),
        }
    }

    /// A map's entries as they are compared.
    fn entries(&self, id: NodeId, merged: &mut usize) -> Result<Vec<(NodeId, NodeId)>, Problem> {
        let RawKind::Mapping { entries, .. } = &self.node(id).kind else { return Ok(Vec::new()) };
        let mut own = Vec::with_capacity(entries.len());
        let mut source = None;
        for (key, value) in entries {
            let target = match self.node(*key).kind {
                RawKind::Alias { target, .. } => target,
                _ => *key,
            };
            if self.node(target).as_text().is_none() {
                let line = self.node(*key).span.line;
                return Err(Problem { message: "a key is a list or a map".to_owned(), line });
            }
            if is_merge_key(self.node(*key)) && source.replace(*value).is_none() {
                continue;
            }
            own.push((*key, *value));
        }
        own.sort_by(|(a, _), (b, _)| self.key(*a).cmp(self.key(*b)));
        let twice = own.windows(2).find_map(|pair| match pair {
            [(a, _), (b, _)] if self.key(*a) == self.key(*b) => Some((*a, *b)),
            _ => None,
        });
        if let Some((first, second)) = twice {
            let (first, line) = (self.node(first).span.line, self.node(second).span.line);
            let message = format!("the key `{}` is given twice, first in line {first}", self.key(second));
            return Err(Problem { message, line });
        }
        if let Some(source) = source {
            self.merge(&mut own, source, merged)?;
            own.sort_by(|(a, _), (b, _)| self.key(*a).cmp(self.key(*b)));
        }
        Ok(own)
    }

    /// Adds what the merge key brings: own keys win, then the first map of a list.
    fn merge(
        &self,
        entries: &mut Vec<(NodeId, NodeId)>,
        source: NodeId,
        merged: &mut usize,
    ) -> Result<(), Problem> {
        let line = self.node(source).span.line;
        let mut known: HashSet<&str> = entries.iter().map(|(key, _)| self.key(*key)).collect();
        let several = match &self.node(self.resolve(source)).kind {
            RawKind::Sequence { items, .. } => items.clone(),
            _ => vec![source],
        };
        for map in several {
            let map = self.resolve(map);
            if !matches!(self.node(map).kind, RawKind::Mapping { .. }) {
                let message = "the merge key `<<` needs a map, an alias of a map, or a list of these";
                return Err(Problem { message: message.to_owned(), line });
            }
            let more = &self.info(map).entries;
            *merged += more.len();
            if *merged > MAX_MERGED {
                let message = format!("merge keys bring more than {MAX_MERGED} entries");
                return Err(Problem { message, line });
            }
            entries.extend(more.iter().filter(|(key, _)| known.insert(self.key(*key))));
        }
        Ok(())
    }

    fn resolve(&self, id: NodeId) -> NodeId {
        match self.node(id).kind {
            RawKind::Alias { target, .. } => target,
            _ => id,
        }
    }

    fn describe(
        &mut self,
        id: NodeId,
        entries: Vec<(NodeId, NodeId)>,
        call: Option<Call>,
        texts: &mut [Option<Rolling>],
        classes: &mut Classes,
    ) {
        let node = self.node(id);
        let short = call.as_ref().filter(|call| !call.long).map(|call| call.function);
        let mut info = Info { size: 1, ..Info::default() };
        let mut text = None;
        match &node.kind {
            RawKind::Scalar(scalar) => {
                text = Some(Rolling::of(&scalar.text));
                info.class = classes.of(Shape::Text(short, scalar.text.clone()));
                info.shown = info.class;
            }
            RawKind::Alias { name, .. } => {
                info.class = classes.of(Shape::Alias(name.clone()));
                info.shown = info.class;
                info.coarse = Rolling::of(name).hash ^ ALIAS;
            }
            RawKind::Sequence { items, .. } => {
                let parts = || items.iter().map(|item| self.info(*item));
                info.size += parts().map(|part| part.size).sum::<usize>();
                info.has_metadata = parts().any(|part| part.has_metadata);
                info.class = classes.of(Shape::List(short, parts().map(|part| part.class).collect()));
                // Other rules hold within a call.
                info.shown = match short.is_some() || parts().all(|part| part.shown == part.class) {
                    true => info.class,
                    false => classes.of(Shape::List(short, parts().map(|part| part.shown).collect())),
                };
                let flat = |at: usize| items.get(at).and_then(|item| texts.get(*item).copied().flatten());
                text = match items.len() {
                    1 => flat(0),
                    2 => flat(0).zip(flat(1)).map(|(a, b)| a.then(Rolling::of(".")).then(b)),
                    _ => None,
                };
                info.coarse = parts().fold(LIST, |hash, part| mix(hash, part.coarse));
            }
            RawKind::Mapping { .. } => {
                let parts = || entries.iter().map(|(k, v)| (self.key(*k), *v, self.info(*v)));
                let shape = |kept: &mut dyn Iterator<Item = &(NodeId, NodeId)>, shown: bool| {
                    let class = |id| if shown { self.info(id).shown } else { self.info(id).class };
                    Shape::Map(kept.map(|(key, value)| (self.info(*key).class, class(*value))).collect())
                };
                info.size += parts().map(|(_, _, part)| part.size).sum::<usize>();
                info.has_metadata = parts().any(|(key, _, part)| key == METADATA || part.has_metadata);
                info.class = classes.of(shape(&mut entries.iter(), false));
                let plain = parts().all(|(key, _, part)| key != MANIFEST && part.shown == part.class);
                info.shown = match plain || call.is_some() {
                    true => info.class,
                    false => {
                        let mut kept = entries.iter().filter(|(key, _)| self.key(*key) != MANIFEST);
                        classes.of(shape(&mut kept, true))
                    }
                };
                let mut kept = parts().filter(|(key, ..)| *key != MANIFEST);
                info.coarse = match (kept.next(), kept.next()) {
                    // A call is equal to its short form.
                    (Some((key, argument, part)), None) if function(key).is_some() => {
                        text = texts.get(argument).copied().flatten();
                        part.coarse
                    }
                    _ => parts()
                        .filter(|(key, ..)| *key != MANIFEST)
                        .fold(MAP, |hash, (key, _, part)| mix(mix(hash, Rolling::of(key).hash), part.coarse)),
                };
            }
        }
        if let Some(text) = text {
            info.coarse = text.hash;
        }
        info.entries = entries;
        info.call = call;
        if let Some(place) = self.infos.get_mut(id) {
            *place = info;
        }
        if let Some(place) = texts.get_mut(id) {
            *place = text;
        }
    }
}

/// All nodes of the document, each after its parts.
fn parts_first(document: &Document) -> Vec<NodeId> {
    let mut order = Vec::with_capacity(document.len());
    let mut open: Vec<(NodeId, bool)> = document.root.map(|root| (root, false)).into_iter().collect();
    while let Some((id, entered)) = open.pop() {
        if entered {
            order.push(id);
            continue;
        }
        open.push((id, true));
        match &document.node(id).kind {
            RawKind::Sequence { items, .. } => open.extend(items.iter().rev().map(|item| (*item, false))),
            RawKind::Mapping { entries, .. } => {
                open.extend(entries.iter().rev().flat_map(|(k, v)| [(*v, false), (*k, false)]));
            }
            RawKind::Scalar(_) | RawKind::Alias { .. } => {}
        }
    }
    order
}

fn is_merge_key(key: &RawNode) -> bool {
    match &key.kind {
        RawKind::Scalar(s) => {
            s.text == "<<"
                && (key.tag.as_deref() == Some("!!merge") || (key.tag.is_none() && s.style == Style::Plain))
        }
        _ => false,
    }
}

const ALIAS: u64 = 0x9e37_79b9_7f4a_7c15;
const LIST: u64 = 0x517c_c1b7_2722_0a95;
const MAP: u64 = 0x2545_f491_4f6c_dd1d;

fn mix(hash: u64, next: u64) -> u64 {
    (hash.rotate_left(5) ^ next).wrapping_mul(0x9fb2_1c65_1e98_df25)
}

/// A hash of a text that can be had from the hashes of its halves.
#[derive(Clone, Copy, Debug)]
struct Rolling {
    hash: u64,
    power: u64,
}

impl Rolling {
    const BASE: u64 = 0x0100_0000_01b3;

    fn of(text: &str) -> Self {
        let start = Self { hash: 0, power: 1 };
        text.bytes().fold(start, |sum, byte| sum.then(Self { hash: u64::from(byte) + 1, power: Self::BASE }))
    }

    fn then(self, next: Self) -> Self {
        Self {
            hash: self.hash.wrapping_mul(next.power).wrapping_add(next.hash),
            power: self.power.wrapping_mul(next.power),
        }
    }
}
