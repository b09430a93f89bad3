//! Typed access to a map's fields with places for the findings. Null always means "not written".

use std::collections::BTreeMap;

use crate::manifest::findings::{Diagnostics, Located, Place};
use crate::manifest::table::{self, Table};
use crate::manifest::{duration, suggest};
use crate::yaml::{Kind, Node, Style, scalar};

/// Keys of a map that are compared with the known ones when none of these is there.
const SEARCHED: usize = 20;

/// What to do when a text in JSON was read as a list.
pub(super) const JSON_LIST: &str =
    "a value that looks like a JSON list is read as one; write it as a literal block (`|`) to keep it a text";

/// What to do when a text in JSON was read as a map.
const JSON_MAP: &str = "a value that looks like a JSON object is read as a map; write it as a literal block (`|`) to keep it a text";

/// A value in the tree and what it is called.
#[derive(Clone, Debug)]
pub(super) struct Field<'a> {
    pub node: &'a Node,
    pub place: Place,
}

/// A map whose keys were compared with the known ones.
pub(super) struct Map<'a> {
    entries: &'a [(Node, Node)],
    known: usize,
    pub place: Place,
}

/// What a value is, for messages.
pub(super) fn describe(node: &Node) -> String {
    match &node.kind {
        Kind::Sequence(_) => "a list".to_owned(),
        Kind::Mapping(_) => "a map".to_owned(),
        Kind::Scalar(_) if node.is_null() => "nothing".to_owned(),
        Kind::Scalar(s) if s.style == Style::Plain && node.tag.as_deref() != Some("!!str") => {
            format!("`{}`", s.text)
        }
        Kind::Scalar(s) => format!("the text `{}`", s.text),
    }
}

/// Whether the text would be a number if nothing marked it as a text.
fn is_quoted_number(node: &Node, text: &str) -> bool {
    let marked = node.tag.is_some() || !matches!(&node.kind, Kind::Scalar(s) if s.style == Style::Plain);
    marked && scalar::integer(&Node::plain(text.trim())).is_some()
}

impl<'a> Field<'a> {
    /// The value with this place.
    pub(super) fn at<T>(&self, value: T) -> Located<T> {
        Located { value, place: self.place.clone() }
    }

    /// Whether a map is written.
    pub(super) fn is_map(&self) -> bool {
        matches!(self.node.kind, Kind::Mapping(_))
    }

    /// Whether a list is written.
    pub(super) fn is_list(&self) -> bool {
        matches!(self.node.kind, Kind::Sequence(_))
    }

    /// Reports that the value is not what the field takes.
    pub(super) fn mismatch(&self, diagnostics: &mut Diagnostics, wanted: &str) {
        diagnostics.error(&self.place, format!("expected {wanted}, found {}", describe(self.node)));
    }

    /// Any scalar's text.
    pub(super) fn string(&self, diagnostics: &mut Diagnostics) -> Option<Located<String>> {
        self.text(diagnostics, "a text")
    }

    /// A text that may have been meant as JSON.
    fn one_text(&self, diagnostics: &mut Diagnostics) -> Option<Located<String>> {
        let help = match self.node.kind {
            Kind::Scalar(_) => return self.string(diagnostics),
            Kind::Sequence(_) => JSON_LIST,
            Kind::Mapping(_) => JSON_MAP,
        };
        diagnostics.error_help(&self.place, format!("expected a text, found {}", describe(self.node)), help);
        None
    }

    /// Any scalar's text; `wanted` names what else the field takes.
    pub(super) fn text(&self, diagnostics: &mut Diagnostics, wanted: &str) -> Option<Located<String>> {
        let Some(text) = scalar::string(self.node) else {
            self.mismatch(diagnostics, wanted);
            return None;
        };
        if let Some(tag) = self.node.tag.as_deref().filter(|tag| !tag.starts_with("!!") && *tag != "!") {
            let message = format!("the tag `{tag}` has no meaning here; the text `{text}` is used as it is");
            diagnostics.warn(&self.place, message, None);
        }
        Some(self.at(text.into_owned()))
    }

    /// A whole number.
    pub(super) fn integer(&self, diagnostics: &mut Diagnostics) -> Option<Located<i64>> {
        match scalar::integer(self.node) {
            Some(value) => Some(self.at(value)),
            None => {
                let message = format!("expected a number, found {}", describe(self.node));
                match self.node.as_text() {
                    Some(text) if is_quoted_number(self.node, text) => diagnostics.error_help(
                        &self.place,
                        message,
                        "write the number without quotes; variables such as ${NAME} always give texts, never numbers",
                    ),
                    _ => diagnostics.error(&self.place, message),
                }
                None
            }
        }
    }

    /// A number of 32 bits without a sign.
    pub(super) fn unsigned(&self, diagnostics: &mut Diagnostics) -> Option<Located<u32>> {
        let value = self.integer(diagnostics)?;
        match u32::try_from(value.value) {
            Ok(number) => Some(self.at(number)),
            Err(_) => {
                diagnostics.error(&self.place, format!("{} is not between 0 and {}", value.value, u32::MAX));
                None
            }
        }
    }

    /// A boolean; `wanted` names what else the field takes.
    pub(super) fn flag(&self, diagnostics: &mut Diagnostics, wanted: &str) -> Option<Located<bool>> {
        match scalar::boolean(self.node) {
            Some(value) => Some(self.at(value)),
            None => {
                self.mismatch(diagnostics, wanted);
                None
            }
        }
    }

    /// A boolean.
    pub(super) fn boolean(&self, diagnostics: &mut Diagnostics) -> Option<Located<bool>> {
        self.flag(diagnostics, "true or false")
    }

    /// A duration in nanoseconds; bare numbers are refused, as the old tool does.
    pub(super) fn duration(&self, diagnostics: &mut Diagnostics) -> Option<Located<i64>> {
        let text = match scalar::integer(self.node) {
            Some(_) => None,
            None => self.node.as_text().and_then(duration::parse),
        };
        if text.is_none() {
            let message = format!("expected a duration, found {}", describe(self.node));
            diagnostics.error_help(
                &self.place,
                message,
                "write a number and a unit (h, m, s, ms): 10s, 1m30s",
            );
        }
        text.map(|nanoseconds| self.at(nanoseconds))
    }

    /// The elements of a list, without nulls. `None` after reporting a mismatch.
    pub(super) fn items(&self, diagnostics: &mut Diagnostics) -> Option<Vec<Field<'a>>> {
        let Kind::Sequence(items) = &self.node.kind else {
            self.mismatch(diagnostics, "a list");
            return None;
        };
        let items = items.iter().enumerate().filter(|(_, node)| !node.is_null());
        Some(items.map(|(i, node)| Field { node, place: self.place.item(i, node.span) }).collect())
    }

    /// A list of texts.
    pub(super) fn strings(&self, diagnostics: &mut Diagnostics) -> Option<Vec<String>> {
        let items = self.items(diagnostics)?;
        let count = items.len();
        let texts: Vec<String> =
            items.iter().filter_map(|item| item.string(diagnostics)).map(|text| text.value).collect();
        (texts.len() == count).then_some(texts)
    }

    /// A map's entries by name, with nulls; null keys are dropped. Empty after reporting a mismatch.
    pub(super) fn entries(&self, diagnostics: &mut Diagnostics) -> Vec<(String, Field<'a>)> {
        let Kind::Mapping(entries) = &self.node.kind else {
            self.mismatch(diagnostics, "a map");
            return Vec::new();
        };
        let mut fields = Vec::with_capacity(entries.len());
        for (key, value) in entries {
            let Some(name) = key.as_text() else {
                diagnostics.error(&self.place.child("?", key.span), "expected a name as the key");
                continue;
            };
            if !key.is_null() {
                let span = if value.is_null() { key.span } else { value.span };
                fields.push((name.to_owned(), Field { node: value, place: self.place.child(name, span) }));
            }
        }
        fields
    }

    /// A map of texts; null stands for an empty text.
    pub(super) fn texts(&self, diagnostics: &mut Diagnostics) -> BTreeMap<String, Located<String>> {
        let mut texts = BTreeMap::new();
        for (name, field) in self.entries(diagnostics) {
            let text = if field.node.is_null() {
                Some(field.at(String::new()))
            } else {
                field.one_text(diagnostics)
            };
            texts.extend(text.map(|text| (name, text)));
        }
        texts
    }

    /// A map with these keys; others are warned about. `None` after reporting a mismatch.
    pub(super) fn map(&self, known: Table, diagnostics: &mut Diagnostics) -> Option<Map<'a>> {
        let Kind::Mapping(entries) = &self.node.kind else {
            self.mismatch(diagnostics, "a map");
            return None;
        };
        let mut map = Map { entries, known: 0, place: self.place.clone() };
        for (key, value) in entries {
            let name = key.as_text().unwrap_or_default();
            if known.iter().any(|spec| spec.name == name) {
                map.known += usize::from(!value.is_null());
                continue;
            }
            // `x-…` keys hold anchors by convention.
            if self.place.field.is_empty() && name.starts_with("x-") {
                continue;
            }
            let crowded = diagnostics.crowded();
            let help = if crowded {
                None
            } else {
                suggest::for_field(name, &table::names(known), diagnostics.hints)
            };
            diagnostics.warn(&self.place.child(name, key.span), "unknown field, ignored", help);
        }
        Some(map)
    }

    /// The map form of a field that also has a simple form: at least one known key must be written.
    pub(super) fn union_map(&self, known: Table, diagnostics: &mut Diagnostics) -> Option<Map<'a>> {
        let map = self.map(known, diagnostics)?;
        if map.known > 0 {
            return Some(map);
        }
        let known = table::names(known);
        let message = format!("the map needs at least one of: {}", known.join(", "));
        let mut written = map.entries.iter().filter_map(|(key, _)| key.as_text()).take(SEARCHED);
        match written.find_map(|name| suggest::nearest(name, &known)) {
            Some(near) => diagnostics.error_help(&self.place, message, format!("did you mean `{near}`?")),
            None => diagnostics.error(&self.place, message),
        }
        None
    }
}

impl<'a> Map<'a> {
    /// A field that is written and not null.
    pub(super) fn get(&self, key: &str) -> Option<Field<'a>> {
        let (_, node) = self.entries.iter().find(|(k, v)| k.as_text() == Some(key) && !v.is_null())?;
        Some(Field { node, place: self.place.child(key, node.span) })
    }

    /// A text.
    pub(super) fn string(&self, key: &str, diagnostics: &mut Diagnostics) -> Option<Located<String>> {
        self.get(key)?.string(diagnostics)
    }

    /// A whole number.
    pub(super) fn integer(&self, key: &str, diagnostics: &mut Diagnostics) -> Option<Located<i64>> {
        self.get(key)?.integer(diagnostics)
    }

    /// A boolean.
    pub(super) fn boolean(&self, key: &str, diagnostics: &mut Diagnostics) -> Option<Located<bool>> {
        self.get(key)?.boolean(diagnostics)
    }

    /// A map of texts, empty when not written.
    pub(super) fn texts(
        &self,
        key: &str,
        diagnostics: &mut Diagnostics,
    ) -> BTreeMap<String, Located<String>> {
        self.get(key).map(|field| field.texts(diagnostics)).unwrap_or_default()
    }
}
