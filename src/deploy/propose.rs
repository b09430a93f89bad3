//! The change set: created, awaited, executed; removed again when it is not executed.

use std::time::Duration;

use uuid::Uuid;

use super::consent;
use super::events::{Event, Proposal as ProposalOutcome, Reporter};
use super::follow::Patience;
use super::interrupt::Interrupt;
use super::ports::{ChangeSet, ChangeSetRequest, EnvironmentAccount, Prompter};
use super::state::{Start, State};
use super::takeover::Comparison;
use super::uploads::Rendered;
use super::{Request, Target, recover, timeout};
use crate::error::{Error, Result};
use crate::text::sanitize;

/// Everything a change set is made of.
pub(super) struct Proposal<'a, E> {
    pub target: &'a Target,
    pub request: &'a Request,
    pub state: &'a State<E>,
    pub rendered: &'a Rendered,
    /// What the new template changes in the deployed one.
    pub comparison: &'a Comparison,
}

/// A change set that is being executed.
pub(super) struct Executed {
    /// The stack is new.
    pub create: bool,
    /// It runs in Express mode.
    pub express: bool,
    /// Id (an ARN) of the stack.
    pub stack_id: String,
    /// When the change set was created, in seconds since 1970; older events belong to the past.
    pub since: f64,
    /// Logical ids of the resources it touches.
    pub resources: Vec<String>,
}

/// What became of a proposal.
pub(super) enum Proposed {
    Executing(Executed),
    Unchanged,
}

/// Creates a change set and executes it.
pub(super) async fn propose<E: EnvironmentAccount>(
    proposal: &Proposal<'_, E>,
    prompter: &impl Prompter,
    reporter: &dyn Reporter,
    interrupt: &Interrupt,
) -> Result<Proposed> {
    let stack = &proposal.target.stack;
    if proposal.state.start() == Start::Leftover {
        recover::remove_leftover(proposal, reporter, interrupt).await?;
    }
    reporter.report(Event::Proposing { stack: stack.clone() });
    let result = create_and_execute(proposal, prompter, reporter, interrupt).await;
    let outcome = match &result {
        Ok(Proposed::Executing(_)) => ProposalOutcome::Executed,
        Ok(Proposed::Unchanged) => ProposalOutcome::Empty,
        Err(_) => ProposalOutcome::Failed,
    };
    reporter.report(Event::Proposed { stack: stack.clone(), outcome });
    result
}

async fn create_and_execute<E: EnvironmentAccount>(
    proposal: &Proposal<'_, E>,
    prompter: &impl Prompter,
    reporter: &dyn Reporter,
    interrupt: &Interrupt,
) -> Result<Proposed> {
    let manager = &proposal.state.manager;
    let stack = &proposal.target.stack;
    let start = proposal.state.start();
    let create = start != Start::Stack;
    if interrupt.is_set() {
        return Err(Error::interrupted("interrupted: nothing was deployed"));
    }
    let request = ChangeSetRequest {
        stack: stack.clone(),
        name: format!("copilot-{}", Uuid::new_v4()),
        create,
        template: proposal.rendered.source.clone(),
        parameters: proposal.rendered.parameters.clone(),
        tags: proposal.rendered.tags.clone(),
        role_arn: proposal.state.environment.execution_role_arn.clone(),
        express: proposal.request.stack.express || recover::only_express(proposal.state.stack.as_ref()),
    };
    // A shell that was there before is somebody else's to remove.
    let own_shell = create && start != Start::Shell;
    let draft = Draft { manager, stack, own_shell, request: &request, limit: proposal.request.stack.timeout };
    interrupt.leaves(format!("change set {} of stack {stack} may be left there, not executed", request.name));
    // Never dropped half-way: a change set whose creation was cut off could not be removed.
    let id = match manager.create_change_set(&request).await {
        Ok(id) => id,
        Err(e) => return Err(draft.discard_unclear(e).await),
    };
    let change_set = match draft.wait(&id, interrupt).await {
        Ok(change_set) => change_set,
        Err(e) => return Err(draft.discard(&id, e).await),
    };
    if change_set.status == "FAILED" {
        let reason = change_set.reason.unwrap_or_default();
        if is_empty(&reason) {
            // Only tidying up: the stack is as it should be either way.
            let _ = manager.delete_change_set(&id, stack).await;
            interrupt.leaves_nothing();
            return Ok(Proposed::Unchanged);
        }
        let error = Error::new(format!(
            "CloudFormation refuses the change set for stack {stack}: {}",
            sanitize(&reason)
        ))
        .details(draft.validation_failures(&id, &reason).await);
        return Err(draft.discard(&id, error).await);
    }
    if let Err(e) = consent::obtain(proposal, &change_set, prompter, reporter, interrupt).await {
        return Err(draft.discard(&id, e).await);
    }
    if let Err(e) = manager.execute_change_set(&id, stack, proposal.request.no_rollback).await {
        let look = manager.change_set(&id, stack).await;
        let status = look.map(|set| set.execution_status).unwrap_or_default();
        // Nobody else executes it: where it is executing, only the answer was lost.
        if !status.starts_with("EXECUTE_") {
            return Err(match draft.overtaken(&e).await {
                true => Draft { own_shell: false, ..draft }.discard(&id, e.hint(draft.first())).await,
                false => draft.discard(&id, e).await,
            });
        }
    }
    interrupt.leaves(format!("the deployment of stack {stack} goes on in AWS"));
    let stack_id = Some(&change_set.stack_id).filter(|id| !id.is_empty()).unwrap_or(stack).clone();
    Ok(Proposed::Executing(Executed {
        create,
        express: request.express,
        stack_id,
        since: change_set.created,
        resources: change_set.resources(),
    }))
}

/// CloudFormation's ways to say that a change set is empty.
fn is_empty(reason: &str) -> bool {
    reason.contains("didn't contain changes") || reason.contains("No updates are to be performed")
}

/// How long looks at the change set may fail one after the other, beyond the repetitions of each.
const LOOKS_MAY_FAIL: Duration = Duration::from_secs(30);

/// How long to try to remove a change set that may not even be there, on a connection that fails.
const UNCLEAR: Duration = Duration::from_secs(30);

/// A change set that exists and is not executed yet.
struct Draft<'a, E> {
    manager: &'a E,
    stack: &'a str,
    /// The change set created the stack it belongs to.
    own_shell: bool,
    request: &'a ChangeSetRequest,
    limit: Duration,
}

impl<E: EnvironmentAccount> Draft<'_, E> {
    /// Waits until the change set is complete or has failed.
    async fn wait(&self, id: &str, interrupt: &Interrupt) -> Result<ChangeSet> {
        let mut waiting = Waiting::new(self.limit);
        let mut patience = Patience::new(LOOKS_MAY_FAIL);
        loop {
            let change_set = match self.manager.change_set(id, self.stack).await {
                Ok(change_set) => change_set,
                Err(e) => {
                    patience.failed(e, tokio::time::Instant::now())?;
                    tokio::select! {
                        () = interrupt.wait() => return Err(cancelled()),
                        () = waiting.pause() => continue,
                    }
                }
            };
            patience.succeeded();
            match change_set.status.as_str() {
                "CREATE_COMPLETE" | "FAILED" => {
                    return if interrupt.is_set() { Err(cancelled()) } else { Ok(change_set) };
                }
                _ if waiting.expired() => {
                    return Err(Error::new(format!(
                        "the change set {} for stack {} is still {} after {} (--timeout)",
                        self.request.name,
                        self.stack,
                        change_set.status,
                        timeout::words(self.limit)
                    )));
                }
                _ => {}
            }
            tokio::select! {
                () = interrupt.wait() => return Err(cancelled()),
                () = waiting.pause() => {}
            }
        }
    }

    /// What CloudFormation's early validation found, where the reason only says that it found something.
    async fn validation_failures(&self, id: &str, reason: &str) -> Vec<String> {
        if !reason.contains("EarlyValidation") && !reason.contains("DescribeEvents") {
            return Vec::new();
        }
        // More about an error that is told anyway; least-privilege policies may not allow the call.
        self.manager.validation_failures(id).await.unwrap_or_default()
    }

    /// Whether another change set of the stack was executed before this one, whose execution was refused like this.
    async fn overtaken(&self, refusal: &Error) -> bool {
        let refusal = refusal.to_string();
        if refusal.contains("[OBSOLETE]") || refusal.contains("ChangeSetNotFound") {
            return true;
        }
        let refused = refusal.contains("InvalidChangeSetStatus") || refusal.contains("ValidationError");
        let busy = |status: &str| status.ends_with("_IN_PROGRESS") && status != "REVIEW_IN_PROGRESS";
        refused && matches!(self.manager.stack(self.stack).await, Ok(Some(stack)) if busy(&stack.status))
    }

    /// What to say then.
    fn first(&self) -> String {
        format!(
            "Another deployment of stack {} came first. Run the command again when it has ended, or pass --wait-for-stack to \
             wait for it.",
            self.stack
        )
    }

    /// What to do when its creation failed: without a clear answer it may be there all the same.
    async fn discard_unclear(&self, error: Error) -> Error {
        if !error.is_transient() {
            return error;
        }
        let name = &self.request.name;
        let left =
            format!("Change set {name} of stack {} may be there all the same, not executed.", self.stack);
        let hints = tokio::time::timeout(UNCLEAR, self.remove(name)).await;
        hints.unwrap_or_else(|_| vec![left]).into_iter().fold(error, Error::hint)
    }

    /// Removes the change set. What cannot be removed is named in the error.
    async fn discard(&self, id: &str, error: Error) -> Error {
        self.remove(id).await.into_iter().fold(error, Error::hint)
    }

    /// Removes the change set, and the stack when it is only the change set's shell. Says what cannot be removed.
    async fn remove(&self, id: &str) -> Vec<String> {
        let mut left = Vec::new();
        if let Err(e) = self.manager.delete_change_set(id, self.stack).await {
            left.push(format!("Change set {} could not be removed ({e}).", self.request.name));
        }
        if !self.own_shell {
            return left;
        }
        // Only the shell is this run's to remove: when it is unclear whether the execution has begun, the
        // stack may be more than that.
        let unclear = match self.manager.stack(self.stack).await {
            Ok(None) => return left,
            Ok(Some(stack)) if stack.status == "REVIEW_IN_PROGRESS" => None,
            Ok(Some(stack)) => Some(format!("is {}", stack.status)),
            Err(e) => Some(format!("cannot be looked at ({e})")),
        };
        if let Some(unclear) = unclear {
            left.push(format!(
                "Stack {} {unclear}: its deployment may have begun all the same. See its events with `aws \
                 cloudformation describe-stack-events --stack-name {}`.",
                self.stack, self.stack
            ));
        } else if let Err(e) = self.manager.delete_stack(self.stack).await {
            left.push(format!("The empty stack {} could not be removed ({e}).", self.stack));
        }
        left
    }
}

fn cancelled() -> Error {
    Error::interrupted("interrupted: nothing was deployed, the change set was removed")
}

/// Pauses between looks: short at first, then longer.
struct Waiting {
    started: tokio::time::Instant,
    limit: Duration,
    next: Duration,
}

impl Waiting {
    /// Most change sets are complete within seconds, and nothing else can happen until then.
    const FIRST: Duration = Duration::from_millis(200);

    fn new(limit: Duration) -> Self {
        Self { started: tokio::time::Instant::now(), limit, next: Self::FIRST }
    }

    fn expired(&self) -> bool {
        self.started.elapsed() > self.limit
    }

    /// Grows to a second, after a minute to five.
    async fn pause(&mut self) {
        tokio::time::sleep(self.next).await;
        let longest = if self.started.elapsed() < Duration::from_secs(60) { 1 } else { 5 };
        self.next = (self.next * 5 / 4).min(Duration::from_secs(longest));
    }
}
