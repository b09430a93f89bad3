//! The followed stacks and what is known of their resources. Pure: the clock is
//! handed in. A nested stack's tree, or the environment stack's, hangs below the row that stands for it.

use std::collections::HashMap;
use std::time::Instant;

use super::paint::Paint;
use super::row::{Changed, Phase, Row};
use super::tree_lines::{self, Line};
use crate::report::events::{ParentResource, ResourceEvent, StackTree, TreeResource};

/// The state of all followed stacks.
#[derive(Default)]
pub(super) struct StackViews {
    stacks: Vec<Followed>,
    clock: Clock,
}

struct Followed {
    name: String,
    parent: Option<ParentResource>,
    root: Row,
    resources: Vec<Resource>,
    by_id: HashMap<String, usize>,
}

struct Resource {
    logical_id: String,
    described: bool,
    row: Row,
}

/// The clock of the events: ours plus a difference that the events tell. One that took no time to arrive would
/// tell it exactly, so the largest is the best.
#[derive(Default)]
struct Clock {
    origin: Option<Instant>,
    offset: Option<f64>,
}

/// A change that is worth a line where nothing can be redrawn.
pub(super) struct Change {
    /// What the resource belongs to, where that is not the one followed stack.
    pub within: Option<String>,
    /// The resource's description.
    pub description: String,
    /// What the event changed.
    pub changed: Changed,
}

impl Clock {
    fn hear(&mut self, time: f64, now: Instant) {
        let difference = time - self.since_origin(now);
        self.offset = Some(self.offset.map_or(difference, |offset| offset.max(difference)));
    }

    fn since_origin(&mut self, now: Instant) -> f64 {
        now.saturating_duration_since(*self.origin.get_or_insert(now)).as_secs_f64()
    }

    /// Now, in seconds since 1970.
    fn now(&self, now: Instant) -> f64 {
        let since = self.origin.map_or(0.0, |origin| now.saturating_duration_since(origin).as_secs_f64());
        since + self.offset.unwrap_or_default()
    }
}

impl Followed {
    fn new(tree: &StackTree) -> Self {
        let mut followed = Self {
            name: tree.stack.clone(),
            parent: tree.parent.clone(),
            root: Row::new(&tree.title),
            resources: Vec::new(),
            by_id: HashMap::new(),
        };
        followed.gain(tree);
        followed
    }

    /// Adds what is not there yet. A row that came with its first event gets its description.
    fn gain(&mut self, tree: &StackTree) {
        for TreeResource { logical_id, description } in &tree.resources {
            let known = self.by_id.get(logical_id).and_then(|index| self.resources.get_mut(*index));
            match known {
                Some(resource) => {
                    resource.described = true;
                    resource.row.description.clone_from(description);
                }
                None => drop(self.add(logical_id, description, true)),
            }
        }
    }

    fn add(&mut self, logical_id: &str, description: &str, described: bool) -> usize {
        let index = self.resources.len();
        self.by_id.insert(logical_id.to_owned(), index);
        let row = Row::new(description);
        self.resources.push(Resource { logical_id: logical_id.to_owned(), described, row });
        index
    }

    /// Resources without a description stay hidden until they fail; in a tree below another one the others
    /// stay hidden until they start, because few of the environment's resources ever do.
    fn shows(&self, resource: &Resource) -> bool {
        match resource.described {
            true => self.parent.is_none() || resource.row.phase() != Phase::NotStarted,
            false => resource.row.is_cause(),
        }
    }

    fn shown(&self, logical_id: &str) -> Option<&Resource> {
        let resource = self.resources.get(*self.by_id.get(logical_id)?)?;
        self.shows(resource).then_some(resource)
    }
}

impl StackViews {
    /// Follows one more stack, in which nothing has started; one that is followed already gains the rows it
    /// lacks.
    pub(super) fn start(&mut self, tree: &StackTree) {
        match self.stacks.iter_mut().find(|followed| followed.name == tree.stack) {
            Some(followed) => followed.gain(tree),
            None => self.stacks.push(Followed::new(tree)),
        }
    }

    /// Takes an event; tells what changed, when that is shown.
    pub(super) fn apply(&mut self, event: &ResourceEvent, now: Instant) -> Option<Change> {
        self.clock.hear(event.time, now);
        let at = self.stacks.iter().position(|followed| followed.name == event.stack)?;
        let stack = self.stacks.get_mut(at)?;
        if event.logical_id == stack.name && event.resource_type == "AWS::CloudFormation::Stack" {
            let changed = stack.root.apply(event)?;
            let description = stack.root.description.clone();
            let told_by_parent = self.parent_row(at).is_some_and(|row| row.description == description);
            return (!told_by_parent).then_some(Change { within: None, description, changed });
        }
        let index = match stack.by_id.get(&event.logical_id) {
            Some(index) => *index,
            None => {
                let name = format!("{} ({})", event.logical_id, event.resource_type);
                stack.add(&event.logical_id, &name, false)
            }
        };
        let changed = stack.resources.get_mut(index)?.row.apply(event)?;
        let resource = self.stacks.get(at)?.resources.get(index)?;
        if !self.stacks.get(at)?.shows(resource) {
            return None;
        }
        let description = resource.row.description.clone();
        Some(Change { within: self.within(at), description, changed })
    }

    /// Ends the following of a stack. The lines of a tree of its own, which stay on the screen; none for one
    /// that hangs below another, which goes with that one.
    pub(super) fn finish(&mut self, stack: &str, now: Instant, width: usize, paint: Paint) -> Vec<String> {
        let Some(at) = self.stacks.iter().position(|followed| followed.name == stack) else {
            return Vec::new();
        };
        if self.parent_of(at).is_some() {
            return Vec::new();
        }
        let mut lines = Vec::new();
        let mut members = Vec::new();
        self.tree(at, 0, false, &mut lines, &mut members);
        let text = tree_lines::all(&lines, self.clock.now(now), width, paint);
        let mut index = 0;
        self.stacks.retain(|_| {
            index += 1;
            !members.contains(&(index - 1))
        });
        text
    }

    /// Whether none is followed.
    pub(super) fn is_empty(&self) -> bool {
        self.stacks.is_empty()
    }

    /// All trees as at most `height` lines no wider than `width` columns.
    pub(super) fn lines(&self, now: Instant, width: usize, height: usize, paint: Paint) -> Vec<String> {
        let mut lines = Vec::new();
        for at in (0..self.stacks.len()).filter(|at| self.parent_of(*at).is_none()) {
            self.tree(at, 0, false, &mut lines, &mut Vec::new());
        }
        tree_lines::window(&lines, self.clock.now(now), width, height, paint)
    }

    /// The followed stack that another one hangs below. It was there first, so there are no circles.
    fn parent_of(&self, at: usize) -> Option<usize> {
        let parent = self.stacks.get(at)?.parent.as_ref()?;
        self.stacks.iter().take(at).position(|followed| followed.name == parent.stack)
    }

    /// The row that a stack's tree hangs below.
    fn parent_row(&self, at: usize) -> Option<&Row> {
        let parent = self.stacks.get(self.parent_of(at)?)?;
        let logical_id = &self.stacks.get(at)?.parent.as_ref()?.logical_id;
        parent.shown(logical_id).map(|resource| &resource.row)
    }

    fn within(&self, at: usize) -> Option<String> {
        let stack = self.stacks.get(at)?;
        if let Some(row) = self.parent_row(at) {
            return Some(row.description.clone());
        }
        let alone = (0..self.stacks.len()).filter(|other| self.parent_of(*other).is_none()).count() == 1;
        (!alone || self.parent_of(at).is_some()).then(|| stack.name.clone())
    }

    /// Adds a stack's lines and those of the trees below it.
    fn tree<'a>(
        &'a self,
        at: usize,
        indent: usize,
        titled: bool,
        lines: &mut Vec<Line<'a>>,
        members: &mut Vec<usize>,
    ) {
        let Some(stack) = self.stacks.get(at) else { return };
        members.push(at);
        let inner = match titled {
            // The row above is the tree's title.
            true => indent,
            false => {
                lines.push(Line { indent, row: &stack.root, root: indent == 0 });
                indent + 2
            }
        };
        let below: Vec<usize> =
            (0..self.stacks.len()).filter(|other| self.parent_of(*other) == Some(at)).collect();
        let hangs_below = |child: &usize, id: &str| {
            let parent = self.stacks.get(*child).and_then(|followed| followed.parent.as_ref());
            parent.is_some_and(|parent| parent.logical_id == id)
        };
        for resource in stack.resources.iter().filter(|resource| stack.shows(resource)) {
            lines.push(Line { indent: inner, row: &resource.row, root: false });
            for child in below.iter().filter(|child| hangs_below(child, &resource.logical_id)) {
                let title = self.stacks.get(*child).map(|followed| &followed.root.description);
                let titled = title == Some(&resource.row.description);
                self.tree(*child, inner + 2, titled, lines, members);
            }
        }
        for child in below.iter().filter(|child| self.parent_row(**child).is_none()) {
            self.tree(*child, inner, false, lines, members);
        }
    }
}

#[cfg(test)]
mod tests;
