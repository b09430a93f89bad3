//! Following an operation by the events of its stack, and of the stacks behind its resources, until it has ended.

mod branches;
mod conclude;
pub mod failures;
mod pace;
mod stop;
#[cfg(test)]
pub(super) mod testing;
mod tracked;

use std::time::Duration;

use futures_util::future::join_all;
use tokio::time::Instant;

use super::events::{Event, Reporter, ResourceEvent, StackTree, TreeResource};
use super::interrupt::Interrupt;
use super::ports::{EnvironmentAccount, StackEvent};
use super::{Target, timeout};
use crate::error::{Context as _, Error, Result};
use crate::{template, yaml};
use branches::Branch;
pub(super) use conclude::{deployed, failed};
use failures::Failures;
pub(super) use pace::Patience;
use pace::pause;
use tracked::Tracked;

/// A stack that waits for others is looked at this often all the same: somebody may have stopped it.
const ROOT_AT_LEAST: Duration = Duration::from_secs(10);

/// An operation under way on a job's stack.
pub(super) struct Operation<'a> {
    pub target: &'a Target,
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
    /// How long to wait for its end.
    pub limit: Duration,
    pub on_interrupt: OnInterrupt,
}

/// What Ctrl-C does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum OnInterrupt {
    /// Stops the operation and follows what that leads to. `create`: it creates the stack.
    Stop { create: bool },
    /// Ends the following only: the operation is somebody else's, or cannot be stopped. Nothing was changed or deployed so
    /// far, as this clause says.
    Leave(&'static str),
}

/// How an operation ended.
#[derive(Debug)]
pub(super) struct Ended {
    /// Id (an ARN) of the stack.
    pub stack_id: String,
    pub status: String,
    pub reason: Option<String>,
    pub failures: Failures,
    /// What became of a Ctrl-C.
    pub interrupted: Option<Stopping>,
}

/// What was done about a Ctrl-C.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stopping {
    /// The new stack is deleted.
    Deleting,
    /// The update is cancelled and rolled back.
    Cancelling,
    /// Nothing could be stopped.
    Waiting,
}

impl Ended {
    pub fn succeeded(&self) -> bool {
        succeeded(&self.status)
    }
}

/// Whether a stack with this status has been deployed to successfully.
pub(super) fn succeeded(status: &str) -> bool {
    matches!(status, "CREATE_COMPLETE" | "UPDATE_COMPLETE" | "IMPORT_COMPLETE")
}

/// What goes on in a stack with this status, as a noun.
pub(super) fn doing(status: &str) -> &'static str {
    match status {
        _ if status.contains("CLEANUP") => "clean-up",
        _ if status.contains("ROLLBACK") => "rollback",
        _ if status.starts_with("CREATE") || status.starts_with("REVIEW") => "creation",
        _ if status.starts_with("DELETE") => "deletion",
        _ if status.starts_with("IMPORT") => "import",
        _ => "update",
    }
}

/// The descriptions in a template.
pub(super) fn described(template: &str) -> Vec<TreeResource> {
    // One that cannot be read describes nothing; it is CloudFormation's to judge.
    let document = yaml::load(template).ok().flatten();
    let resources = document.as_ref().map(template::descriptions).unwrap_or_default();
    let row =
        |r: template::ResourceDescription| TreeResource { logical_id: r.id, description: r.description };
    resources.into_iter().map(row).collect()
}

/// Reports the operation's events and returns when it has ended.
pub(super) async fn follow<E: EnvironmentAccount>(
    manager: &E,
    operation: &Operation<'_>,
    reporter: &dyn Reporter,
    interrupt: &Interrupt,
) -> Result<Ended> {
    let name = &operation.target.stack;
    reporter.report(Event::StackStarted(StackTree {
        stack: name.clone(),
        title: operation.title.clone(),
        resources: operation.resources.clone(),
        parent: None,
    }));
    let mut follower = Follower::new(manager, operation, reporter, interrupt);
    let ended = follower.run().await;
    for (stack, branch) in follower.stacks.iter().zip(&follower.branches).skip(1).rev() {
        if branch.shown.is_some() {
            reporter.report(Event::StackFinished { stack: stack.name.clone() });
        }
    }
    reporter.report(Event::StackFinished { stack: name.clone() });
    if ended.is_ok() {
        interrupt.leaves_nothing();
    }
    ended
}

/// How an operation that is over had ended, with `events` as its own ones; looks at the stacks behind its resources.
pub(super) async fn look_back<E: EnvironmentAccount>(
    manager: &E,
    operation: &Operation<'_>,
    events: Vec<StackEvent>,
    status: &str,
    interrupt: &Interrupt,
) -> Result<Ended> {
    let mut follower = Follower::new(manager, operation, &Silent, interrupt);
    follower.take((0, Ok(events), None))?;
    interrupt.leaves_nothing();
    Ok(follower.ended(status.to_owned()).await)
}

/// Shows nothing.
struct Silent;

impl Reporter for Silent {
    fn report(&self, _: Event) {}

    fn differences(&self, _: &super::differences::Differences) -> std::io::Result<()> {
        Ok(())
    }
}

struct Follower<'a, E> {
    manager: &'a E,
    operation: &'a Operation<'a>,
    reporter: &'a dyn Reporter,
    interrupt: &'a Interrupt,
    /// The job's stack, then those behind its resources.
    stacks: Vec<Tracked>,
    /// How each of them is shown.
    branches: Vec<Branch>,
    patience: Patience,
    started: Instant,
    root_seen: Instant,
    stopping: Option<Stopping>,
}

/// What a look at a stack brought.
type Look = (usize, Result<Vec<StackEvent>>, Option<Vec<TreeResource>>);

impl<'a, E: EnvironmentAccount> Follower<'a, E> {
    fn new(
        manager: &'a E,
        operation: &'a Operation<'a>,
        reporter: &'a dyn Reporter,
        interrupt: &'a Interrupt,
    ) -> Self {
        let mut root = Tracked::new(&operation.target.stack, operation.id, None, operation.since);
        root.seen.clone_from(&operation.after);
        Self {
            manager,
            operation,
            reporter,
            interrupt,
            stacks: vec![root],
            branches: vec![Branch::default()],
            patience: Patience::new(pace::TOLERANCE),
            started: Instant::now(),
            root_seen: Instant::now(),
            stopping: None,
        }
    }

    async fn run(&mut self) -> Result<Ended> {
        let deadline = self.started + self.operation.limit;
        let interrupt = self.interrupt;
        loop {
            if self.stopping.is_none() && interrupt.is_set() {
                self.stop().await?;
            }
            let listens = !interrupt.is_set();
            tokio::select! {
                biased;
                () = interrupt.wait(), if listens => continue,
                looks = self.look(self.due()) => {
                    // Stacks behind resources first: what the job's stack says now is newer than the looks at them.
                    for look in looks.into_iter().rev() {
                        if matches!(look, (0, Err(_), _)) && self.deleted().await {
                            continue;
                        }
                        self.take(look)?;
                    }
                }
                () = tokio::time::sleep_until(deadline) => return Err(self.expired()),
            }
            if let Some(status) = self.end() {
                return Ok(self.ended(status).await);
            }
            tokio::select! {
                biased;
                () = interrupt.wait(), if listens => {}
                () = tokio::time::sleep(pause(self.started.elapsed())) => {}
                () = tokio::time::sleep_until(deadline) => return Err(self.expired()),
            }
        }
    }

    /// Whether a stack whose events cannot be read any more was being deleted and is gone.
    async fn deleted(&mut self) -> bool {
        let Some(root) = self.stacks.first_mut() else { return false };
        let deleting = root.status.as_deref().is_some_and(|status| status.starts_with("DELETE"));
        if !deleting && self.stopping != Some(Stopping::Deleting) {
            return false;
        }
        let gone = matches!(self.manager.stack(&root.id).await, Ok(None));
        if gone {
            root.status = Some("DELETE_COMPLETE".to_owned());
        }
        gone
    }

    /// Which stacks to look at now.
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

    /// Looks at several stacks at once.
    async fn look(&self, due: Vec<usize>) -> Vec<Look> {
        let looks = due.into_iter().filter_map(|index| {
            let (stack, branch) = (self.stacks.get(index)?, self.branches.get(index)?);
            Some(async move {
                let events = self.manager.events(&stack.id, stack.since, stack.seen.as_deref()).await;
                // The environment's stack is often not touched at all; then its template is not worth a call.
                let touched = events.as_ref().is_ok_and(|events| !events.is_empty());
                let described = match index > 0 && branch.described.is_none() && touched {
                    true => {
                        let template = self.manager.template(&stack.id).await;
                        Some(described(&template.ok().flatten().unwrap_or_default()))
                    }
                    false => None,
                };
                (index, events, described)
            })
        });
        join_all(looks).await
    }

    fn take(&mut self, (index, events, described): Look) -> Result<()> {
        let (Some(stack), Some(branch)) = (self.stacks.get_mut(index), self.branches.get_mut(index)) else {
            return Ok(());
        };
        if let Some(described) = described {
            branch.described = Some(described);
        }
        let events = match events {
            Ok(events) => events,
            Err(error) if index > 0 && !error.is_transient() => {
                // What is behind a resource is worth a look, not a failure.
                stack.closed = true;
                return Ok(());
            }
            Err(error) => return self.missed(error),
        };
        self.patience.succeeded();
        stack.closed |= std::mem::take(&mut branch.closing);
        if index == 0 {
            self.root_seen = Instant::now();
        }
        let env_stack = (index == 0).then_some(self.operation.target.env_stack.as_str());
        let doors = stack.take(&events, env_stack);
        let name = stack.name.clone();
        if let (0, Some(status)) = (index, &stack.status) {
            self.interrupt.leaves(format!("the {} of stack {name} goes on in AWS", doing(status)));
        }
        self.show_branch(index);
        for event in events {
            self.reporter.report(Event::Stack(ResourceEvent {
                logical_id: if self.stacks.get(index).is_some_and(|s| s.is_own(&event)) {
                    name.clone()
                } else {
                    event.logical_id
                },
                stack: name.clone(),
                resource_type: event.resource_type,
                status: event.status,
                reason: event.reason,
                time: event.time,
            }));
        }
        for door in doors {
            self.pass(&name, door);
        }
        Ok(())
    }

    /// A look failed.
    fn missed(&mut self, error: Error) -> Result<()> {
        let name = &self.operation.target.stack;
        let told = error.to_string();
        let lost = self.patience.failed(error, Instant::now()).with_context({
            let name = name.clone();
            move || format!("the progress of stack {name} cannot be read; the operation goes on in AWS")
        });
        if lost.map_err(|e| e.hint(self.attach()))? {
            self.reporter.report(Event::Warning(format!(
                "the progress of stack {name} cannot be read at the moment ({told}). Trying again for some minutes; \
                 the operation in AWS is not affected."
            )));
        }
        Ok(())
    }

    /// The status of the operation's end, once it has ended.
    fn end(&self) -> Option<String> {
        let end = self.stacks.first()?.end()?;
        // A creation that was over before it could be stopped is deleted all the same.
        let deleting = self.stopping == Some(Stopping::Deleting);
        (!deleting || end.starts_with("DELETE")).then(|| end.to_owned())
    }

    async fn ended(&mut self, status: String) -> Ended {
        if !succeeded(&status) {
            // What failed behind a resource may have been told after the last look.
            let open = (1..self.stacks.len()).filter(|i| self.stacks.get(*i).is_some_and(|s| !s.closed));
            for look in self.look(open.collect()).await {
                // The operation's own end is known; more about its cause is welcome, not needed.
                let _ = self.take(look);
            }
        }
        // It ended before anything could be done about a Ctrl-C.
        let asked =
            self.interrupt.is_set() && matches!(self.operation.on_interrupt, OnInterrupt::Stop { .. });
        let unheard = asked.then_some(Stopping::Waiting);
        Ended {
            stack_id: self.stacks.first().map(|root| root.id.clone()).unwrap_or_default(),
            status,
            reason: self.stacks.first().and_then(|root| root.reason.clone()),
            failures: Failures::of(&self.stacks),
            interrupted: self.stopping.or(unheard),
        }
    }

    fn expired(&self) -> Error {
        let name = &self.operation.target.stack;
        let status = self.stacks.first().and_then(|root| root.status.as_deref()).unwrap_or("not known yet");
        Error::new(format!(
            "stack {name} has not come to rest after {} (--timeout): its status is {status}",
            timeout::words(self.operation.limit)
        ))
        .hint(format!("The operation in AWS is not affected. {}", self.attach()))
    }

    /// How to follow the operation again.
    fn attach(&self) -> String {
        format!("Follow it with `{}`.", self.operation.target.attach_command())
    }
}
