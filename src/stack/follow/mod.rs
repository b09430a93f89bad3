//! Following an operation by the events of its stack, and of the stacks that its resources stand for, until it has ended.

mod branches;
mod cancel;
mod conclude;
pub mod failures;
pub(super) mod polling;
pub(super) mod silence;
mod stop;
#[cfg(test)]
pub(crate) mod testing;
mod tracked;

use std::time::Duration;

use futures_util::future::join_all;
use tokio::time::Instant;

use super::port::{CloudFormation, StackEvent};
use super::status::StackStatus;
use super::timeout;
use crate::error::{Context as _, Error, Result};
use crate::report::Console;
use crate::report::events::{Event, ResourceEvent, StackTree, TreeResource};
use crate::template::cfn::template::{ResourceDescription, descriptions};
use crate::yaml;
use branches::Branch;
pub use conclude::{Advice, Verdict, failed, verdict};
use failures::Failures;
pub(super) use polling::RetryBudget;
use polling::interval;
use silence::Silence;
use tracked::Tracked;

/// A stack that waits for others is polled this often nevertheless: somebody may have stopped it.
const ROOT_AT_LEAST: Duration = Duration::from_secs(10);

/// An operation under way on a stack.
pub struct Operation<'a> {
    /// The stack's name.
    pub stack: &'a str,
    /// The stack's id, or its name where the id is not known.
    pub id: &'a str,
    /// When it began, in seconds since 1970; older events belong to the past.
    pub since: f64,
    /// The newest event before it, where that is known.
    pub after: Option<String>,
    /// First line of the tree.
    pub title: String,
    /// The tree's other lines.
    pub resources: Vec<TreeResource>,
    /// Types of resources that stand for another stack, beside nested stacks.
    pub linked: &'a [Linked],
    /// How long to wait for its end.
    pub limit: Duration,
    /// What Ctrl-C does.
    pub on_interrupt: OnInterrupt,
    /// The command that follows the operation again.
    pub resume_with: &'a str,
}

/// A type of resource that changes another stack, which is shown below the resource while it does.
#[derive(Clone, Debug)]
pub struct Linked {
    /// The resource type.
    pub resource_type: &'static str,
    /// Name of the other stack.
    pub stack: String,
}

/// What Ctrl-C does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnInterrupt {
    /// Stops the operation and follows what that leads to.
    Stop {
        /// The operation creates the stack.
        create: bool,
    },
    /// Ends the following only: somebody else started the operation, or it cannot be stopped. The clause says that
    /// nothing was changed or deployed so far.
    Leave(&'static str),
}

/// How an operation ended.
#[derive(Debug)]
pub struct Ended {
    /// Id (an ARN) of the stack.
    pub stack_id: String,
    /// The status it ended with.
    pub status: StackStatus,
    /// CloudFormation's reason for it.
    pub reason: Option<String>,
    /// What failed.
    pub failures: Failures,
    /// What became of a Ctrl-C.
    pub interrupted: Option<Stopping>,
}

/// What was done about a Ctrl-C.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stopping {
    /// The new stack is deleted.
    Deleting,
    /// The update is cancelled and rolled back.
    Cancelling,
    /// Nothing could be stopped.
    Waiting,
}

/// The descriptions in a template.
pub fn described(template: &str) -> Vec<TreeResource> {
    // One that cannot be read describes nothing; it is CloudFormation's to judge.
    let document = yaml::load(template).ok().flatten();
    let resources = document.as_ref().map(descriptions).unwrap_or_default();
    let row = |r: ResourceDescription| TreeResource { logical_id: r.id, description: r.description };
    resources.into_iter().map(row).collect()
}

/// Reports the operation's events and returns when it has ended.
///
/// # Errors
/// When the events cannot be read for longer than a transient failure lasts, when the operation takes longer than the
/// limit, or when Ctrl-C ends the following.
pub async fn follow<E: CloudFormation>(
    cloudformation: &E,
    operation: &Operation<'_>,
    console: &Console<'_>,
) -> Result<Ended> {
    let name = operation.stack;
    console.report(Event::StackStarted(StackTree {
        stack: name.to_owned(),
        title: operation.title.clone(),
        resources: operation.resources.clone(),
        parent: None,
    }));
    let mut follower = Follower::new(cloudformation, operation, console);
    let ended = follower.run().await;
    for (stack, branch) in follower.stacks.iter().zip(&follower.branches).skip(1).rev() {
        if branch.shown.is_some() {
            console.report(Event::StackFinished { stack: stack.name.clone() });
        }
    }
    console.report(Event::StackFinished { stack: name.to_owned() });
    if ended.is_ok() {
        console.clear_pending();
    }
    ended
}

/// Returns how an operation that is over had ended: its own events are `events`, those of the stacks that its resources
/// stand for are read.
///
/// # Errors
/// None at present; the stacks behind resources are best effort.
pub async fn look_back<E: CloudFormation>(
    cloudformation: &E,
    operation: &Operation<'_>,
    events: Vec<StackEvent>,
    status: &StackStatus,
    console: &Console<'_>,
) -> Result<Ended> {
    let silent = console.silenced();
    let mut follower = Follower::new(cloudformation, operation, &silent);
    follower.take((0, Ok(events), None))?;
    console.clear_pending();
    Ok(follower.ended(status.clone()).await)
}

struct Follower<'a, E> {
    cloudformation: &'a E,
    operation: &'a Operation<'a>,
    console: &'a Console<'a>,
    /// The stack that is operated on, then those that its resources stand for.
    stacks: Vec<Tracked>,
    /// How each of them is shown.
    branches: Vec<Branch>,
    budget: RetryBudget,
    silence: Silence,
    started: Instant,
    root_seen: Instant,
    stopping: Option<Stopping>,
}

/// What a poll of a stack brought.
type Poll = (usize, Result<Vec<StackEvent>>, Option<Vec<TreeResource>>);

impl<'a, E: CloudFormation> Follower<'a, E> {
    fn new(cloudformation: &'a E, operation: &'a Operation<'a>, console: &'a Console<'a>) -> Self {
        let mut root = Tracked::new(operation.stack, operation.id, None, operation.since);
        root.seen.clone_from(&operation.after);
        Self {
            cloudformation,
            operation,
            console,
            stacks: vec![root],
            branches: vec![Branch::default()],
            budget: RetryBudget::new(polling::TOLERANCE),
            silence: Silence::new(silence::LONGEST, Instant::now()),
            started: Instant::now(),
            root_seen: Instant::now(),
            stopping: None,
        }
    }

    async fn run(&mut self) -> Result<Ended> {
        let deadline = self.started + self.operation.limit;
        let interrupt = self.console.interrupt();
        loop {
            if self.stopping.is_none() && interrupt.is_set() {
                self.stop().await?;
            }
            let listens = !interrupt.is_set();
            tokio::select! {
                biased;
                () = interrupt.wait(), if listens => continue,
                polls = self.poll(self.due()) => {
                    // The stack itself last: its status is newer than the polls of the stacks behind its resources.
                    for poll in polls.into_iter().rev() {
                        if matches!(poll, (0, Err(_), _)) && self.deleted().await {
                            continue;
                        }
                        self.take(poll)?;
                    }
                }
                () = tokio::time::sleep_until(deadline) => return Err(self.expired()),
            }
            if let Some(minutes) = self.silence.minutes(Instant::now()) {
                self.console.note(silence::told(&self.stacks, minutes));
            }
            if let Some(status) = self.end() {
                return Ok(self.ended(status).await);
            }
            tokio::select! {
                biased;
                () = interrupt.wait(), if listens => {}
                () = tokio::time::sleep(interval(self.started.elapsed())) => {}
                () = tokio::time::sleep_until(deadline) => return Err(self.expired()),
            }
        }
    }

    /// Whether a stack whose events cannot be read any more was being deleted and is gone.
    async fn deleted(&mut self) -> bool {
        let Some(root) = self.stacks.first_mut() else { return false };
        let deleting = root.status.as_ref().is_some_and(StackStatus::is_deletion);
        if !deleting && self.stopping != Some(Stopping::Deleting) {
            return false;
        }
        let gone = matches!(self.cloudformation.stack(&root.id).await, Ok(None));
        if gone {
            root.status = Some(StackStatus::deleted());
        }
        gone
    }

    /// Which stacks to poll now.
    fn due(&self) -> Vec<usize> {
        let quiet = |id: &&str| {
            let behind = self.stacks.iter().skip(1).find(|stack| stack.id == **id);
            behind.is_some_and(|s| !s.closed && s.status.is_some() && s.end().is_none())
        };
        let waits = self.stacks.first().and_then(Tracked::waits_only_for);
        let root =
            !waits.is_some_and(|ids| ids.iter().all(quiet)) || self.root_seen.elapsed() >= ROOT_AT_LEAST;
        let behind =
            (1..self.stacks.len()).filter(|index| self.stacks.get(*index).is_some_and(|s| !s.closed));
        root.then_some(0).into_iter().chain(behind).collect()
    }

    /// Polls several stacks at once.
    async fn poll(&self, due: Vec<usize>) -> Vec<Poll> {
        let polls = due.into_iter().filter_map(|index| {
            let (stack, branch) = (self.stacks.get(index)?, self.branches.get(index)?);
            Some(async move {
                let events = self.cloudformation.events(&stack.id, stack.since, stack.seen.as_deref()).await;
                // A linked stack is often not touched at all; then its template is not worth a call.
                let touched = events.as_ref().is_ok_and(|events| !events.is_empty());
                let described = match index > 0 && branch.described.is_none() && touched {
                    true => {
                        let template = self.cloudformation.template(&stack.id).await;
                        Some(described(&template.ok().flatten().unwrap_or_default()))
                    }
                    false => None,
                };
                (index, events, described)
            })
        });
        join_all(polls).await
    }

    fn take(&mut self, (index, events, described): Poll) -> Result<()> {
        let (Some(stack), Some(branch)) = (self.stacks.get_mut(index), self.branches.get_mut(index)) else {
            return Ok(());
        };
        if let Some(described) = described {
            branch.described = Some(described);
        }
        let events = match events {
            Ok(events) => events,
            Err(error) if index > 0 && !error.is_transient() => {
                // Linked stacks are best effort: a permanent error stops polling them, not the deployment.
                stack.closed = true;
                return Ok(());
            }
            Err(error) => return self.poll_failed(error),
        };
        self.budget.succeeded();
        if !events.is_empty() {
            self.silence.ends(Instant::now());
        }
        stack.closed |= std::mem::take(&mut branch.closing);
        if index == 0 {
            self.root_seen = Instant::now();
        }
        let linked = if index == 0 { self.operation.linked } else { &[] };
        let changed = stack.take(&events, linked);
        let name = stack.name.clone();
        if let (0, Some(status)) = (index, &stack.status) {
            self.console.note_pending(format!("the {} of stack {name} continues in AWS", status.operation()));
        }
        self.show_branch(index);
        for event in events {
            self.console.report(Event::Stack(ResourceEvent {
                logical_id: if self.stacks.get(index).is_some_and(|s| s.is_own(&event)) {
                    name.clone()
                } else {
                    event.logical_id
                },
                stack: name.clone(),
                resource_type: event.resource_type,
                status: event.status.to_string(),
                reason: event.reason,
                time: event.time,
            }));
        }
        for linked in changed {
            self.track(&name, linked);
        }
        Ok(())
    }

    fn poll_failed(&mut self, error: Error) -> Result<()> {
        let name = self.operation.stack;
        let message = error.to_string();
        let is_first = self.budget.failed(error, Instant::now()).with_context(|| {
            format!("the progress of stack {name} cannot be read; the operation continues in AWS")
        });
        if is_first.map_err(|e| e.hint(self.resume_hint()))? {
            self.console.warn(format!(
                "the progress of stack {name} cannot be read at the moment ({message}). Trying again for some minutes; \
                 the operation in AWS is not affected."
            ));
        }
        Ok(())
    }

    /// The status of the operation's end, once it has ended.
    fn end(&self) -> Option<StackStatus> {
        let end = self.stacks.first()?.end()?;
        // A creation that was over before it could be stopped is deleted nevertheless.
        let deleting = self.stopping == Some(Stopping::Deleting);
        (!deleting || end.is_deletion()).then(|| end.clone())
    }

    async fn ended(&mut self, status: StackStatus) -> Ended {
        if !status.succeeded() {
            // What failed behind a resource may have been reported after the last poll.
            let open = (1..self.stacks.len()).filter(|i| self.stacks.get(*i).is_some_and(|s| !s.closed));
            for poll in self.poll(open.collect()).await {
                // The operation's own end is known; more about its cause is best effort.
                let _ = self.take(poll);
            }
        }
        // It ended before anything could be done about a Ctrl-C.
        let asked = self.console.interrupt().is_set()
            && matches!(self.operation.on_interrupt, OnInterrupt::Stop { .. });
        let too_late = asked.then_some(Stopping::Waiting);
        Ended {
            stack_id: self.stacks.first().map(|root| root.id.clone()).unwrap_or_default(),
            status,
            reason: self.stacks.first().and_then(|root| root.reason.clone()),
            failures: Failures::of(&self.stacks),
            interrupted: self.stopping.or(too_late),
        }
    }

    fn expired(&self) -> Error {
        let name = self.operation.stack;
        let status = self.stacks.first().and_then(|root| root.status.as_ref());
        let status = status.map_or("not known yet", StackStatus::as_str);
        Error::new(format!(
            "stack {name} has not come to rest after {} (--timeout): its status is {status}",
            timeout::words(self.operation.limit)
        ))
        .hint(format!("The operation in AWS is not affected. {}", self.resume_hint()))
    }

    /// How to follow the operation again.
    fn resume_hint(&self) -> String {
        format!("Follow it with `{}`.", self.operation.resume_with)
    }
}
