//! The stacks that resources stand for: when they are polled, and what of them is shown.

use super::Follower;
use super::tracked::{LinkedStack, Tracked};
use crate::report::events::{Event, ParentResource, StackTree, TreeResource};
use crate::stack::port::CloudFormation;

/// A stack's part of the tree, for stacks behind resources.
#[derive(Default)]
pub(super) struct Branch {
    /// Resources with a description, once its template was read.
    pub described: Option<Vec<TreeResource>>,
    /// Rows shown so far; `None` before it is shown at all.
    pub shown: Option<usize>,
    /// The resource that stands for it has ended: it is polled once more, then closed.
    pub closing: bool,
}

impl<E: CloudFormation> Follower<'_, E> {
    /// Something changed at a resource that stands for another stack.
    pub(super) fn track(&mut self, parent: &str, linked: LinkedStack) {
        let index = self.stacks.iter().position(|stack| {
            stack.parent.as_ref().is_some_and(|p| p.stack == parent && p.logical_id == linked.logical_id)
                && stack.id == linked.id
        });
        match index {
            Some(index) => {
                let (Some(stack), Some(branch)) = (self.stacks.get_mut(index), self.branches.get_mut(index))
                else {
                    return;
                };
                branch.closing = !linked.open;
                // A resource that ended well without events of its stack has nothing to tell.
                stack.closed = !linked.open && !linked.failed && stack.seen.is_none();
            }
            None if linked.open || linked.failed => {
                let parent = ParentResource { stack: parent.to_owned(), logical_id: linked.logical_id };
                let since = if linked.id.starts_with("arn:") { self.operation.since } else { linked.time };
                self.stacks.push(Tracked::new(&linked.name, &linked.id, Some(parent), since));
                self.branches.push(Branch { closing: !linked.open, ..Branch::default() });
            }
            None => {}
        }
    }

    /// Shows the stack that a resource stands for, with the described resources that have had events.
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
            self.console.report(Event::StackStarted(StackTree {
                stack: stack.name.clone(),
                title: format!("Stack {}", stack.name),
                resources: rows,
                parent: Some(parent),
            }));
        }
    }
}
