//! The stacks behind resources: when they are followed, and what of them is shown.

use super::Follower;
use super::tracked::{Door, Tracked};
use crate::deploy::events::{Event, ParentResource, StackTree, TreeResource};
use crate::deploy::ports::EnvironmentAccount;

/// A stack's part of the tree, for stacks behind resources.
#[derive(Default)]
pub(super) struct Branch {
    /// Resources with a description, once its template was read.
    pub described: Option<Vec<TreeResource>>,
    /// Rows shown so far; `None` before it is shown at all.
    pub shown: Option<usize>,
    /// The resource it stands behind has ended: one more look, then it is closed.
    pub closing: bool,
}

impl<E: EnvironmentAccount> Follower<'_, E> {
    /// Something changed at a resource that stands for another stack.
    pub(super) fn pass(&mut self, parent: &str, door: Door) {
        let index = self.stacks.iter().position(|stack| {
            stack.parent.as_ref().is_some_and(|p| p.stack == parent && p.logical_id == door.logical_id)
                && stack.id == door.id
        });
        match index {
            Some(index) => {
                let (Some(stack), Some(branch)) = (self.stacks.get_mut(index), self.branches.get_mut(index))
                else {
                    return;
                };
                branch.closing = !door.open;
                // Without news from behind a resource that ended well there is nothing to learn there.
                stack.closed = !door.open && !door.failed && stack.seen.is_none();
            }
            None if door.open || door.failed => {
                let parent = ParentResource { stack: parent.to_owned(), logical_id: door.logical_id };
                let since = if door.id.starts_with("arn:") { self.operation.since } else { door.time };
                self.stacks.push(Tracked::new(&door.name, &door.id, Some(parent), since));
                self.branches.push(Branch { closing: !door.open, ..Branch::default() });
            }
            None => {}
        }
    }

    /// Shows a stack behind a resource, with the described resources that have had events.
    pub(super) fn show_branch(&mut self, index: usize) {
        let (Some(stack), Some(branch)) = (self.stacks.get(index), self.branches.get_mut(index)) else {
            return;
        };
        let Some(parent) = stack.parent.clone() else { return };
        let described = branch.described.as_deref().unwrap_or_default();
        let rows: Vec<TreeResource> =
            described.iter().filter(|row| stack.touched.contains(&row.logical_id)).cloned().collect();
        if branch.shown.map_or(stack.seen.is_some(), |shown| rows.len() > shown) {
            branch.shown = Some(rows.len());
            self.reporter.report(Event::StackStarted(StackTree {
                stack: stack.name.clone(),
                title: format!("Stack {}", stack.name),
                resources: rows,
                parent: Some(parent),
            }));
        }
    }
}
