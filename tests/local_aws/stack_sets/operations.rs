//! An operation under way: one real stack after the other, or a stack of every region at once.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant as Moment, SystemTime};

use futures_util::future::join_all;

use super::super::emulator::Emulator;
use super::super::faults::Action as Fault;
use super::super::gateway::State;
use super::super::record::{Call, Caller};
use super::super::stack_view::{Pace, stack_name};
use super::super::xml;
use super::{Action, Definition, INSTANCES, Key, Operation, Outcome, Pairs, Target};

/// No operation is over before its start has been answered.
const SHORTEST: Duration = Duration::from_millis(20);
const CANCELLED: &str = "Cancelled since failure tolerance has exceeded";

/// Runs an operation that has begun to its end.
pub(crate) async fn run(state: Arc<State>, key: Key, id: String) {
    let started = Moment::now();
    let Ok(operation) = state.stack_sets.with(&key, |set| set.operation(&id).cloned()) else { return };
    let mut regions: BTreeMap<(usize, &str), Vec<&Target>> = BTreeMap::new();
    for target in operation.results.keys() {
        let order = &operation.preferences.region_order;
        let rank = order.iter().position(|region| *region == target.1).unwrap_or(order.len());
        regions.entry((rank, &target.1)).or_default().push(target);
    }
    let mut failed = false;
    if operation.preferences.parallel {
        let all = regions.values().map(|targets| run_region(&state, &key, &operation, targets));
        failed = join_all(all).await.contains(&false);
    } else {
        for targets in regions.values() {
            if failed {
                cancel(&state, &key, &id, targets, CANCELLED);
            } else {
                failed = !run_region(&state, &key, &operation, targets).await;
            }
        }
    }
    tokio::time::sleep(SHORTEST.saturating_sub(started.elapsed())).await;
    let _ = state.stack_sets.with(&key, |set| {
        let operation = set.operation(&id)?;
        operation.ended = Some(SystemTime::now());
        operation.status = match (operation.status, failed) {
            ("STOPPING", _) => "STOPPED",
            (_, true) => "FAILED",
            (_, false) => "SUCCEEDED",
        };
        Ok(())
    });
}

/// One account after the other; `false` when more of them fail than the operation tolerates.
async fn run_region(state: &State, key: &Key, operation: &Operation, targets: &[&Target]) -> bool {
    let mut failures = 0;
    for (index, target) in targets.iter().enumerate() {
        let stopping =
            state.stack_sets.with(key, |set| Ok(set.operation(&operation.id)?.status == "STOPPING"));
        if stopping.unwrap_or(true) {
            cancel(state, key, &operation.id, &targets[index..], "Cancelled by user");
            return true;
        }
        note(state, key, &operation.id, target, "RUNNING", None);
        let outcome = run_instance(state, key, operation, target).await;
        failures += usize::from(outcome.is_err());
        settle(state, key, operation, target, &outcome);
        if failures > operation.preferences.failure_tolerance {
            cancel(state, key, &operation.id, &targets[index + 1..], CANCELLED);
            return false;
        }
    }
    true
}

fn cancel(state: &State, key: &Key, id: &str, targets: &[&Target], reason: &str) {
    for target in targets {
        note(state, key, id, target, "CANCELLED", Some(reason));
    }
}

/// Notes how far an instance is.
fn note(state: &State, key: &Key, id: &str, target: &Target, status: &'static str, reason: Option<&str>) {
    let _ = state.stack_sets.with(key, |set| {
        if let Some(instance) = set.instances.get_mut(target) {
            instance.detailed_status = status;
            instance.reason = reason.map(str::to_owned);
        }
        let outcome = Outcome { status, reason: reason.map(str::to_owned) };
        set.operation(id)?.results.insert(target.clone(), outcome);
        Ok(())
    });
}

fn settle(state: &State, key: &Key, operation: &Operation, target: &Target, outcome: &Result<(), String>) {
    let (status, detailed) = match (outcome, operation.action) {
        (Ok(()), _) => ("CURRENT", "SUCCEEDED"),
        (Err(_), Action::Delete) => ("INOPERABLE", "FAILED"),
        (Err(_), _) => ("OUTDATED", "FAILED"),
    };
    let reason = outcome.as_ref().err().map(String::as_str);
    note(state, key, &operation.id, target, detailed, reason);
    let _ = state.stack_sets.with(key, |set| {
        if outcome.is_ok() && operation.action == Action::Delete {
            set.instances.remove(target);
        } else if let Some(instance) = set.instances.get_mut(target) {
            instance.status = status;
        }
        Ok(())
    });
}

/// Makes, changes or deletes one stack, with the faults in force, and records it; an error is the reason of the failure.
async fn run_instance(
    state: &State,
    key: &Key,
    operation: &Operation,
    target: &Target,
) -> Result<(), String> {
    let started = Moment::now();
    let name = match operation.action {
        Action::Create => "CreateInstance",
        Action::Update => "UpdateInstance",
        Action::Delete => "DeleteInstance",
    };
    let resource = format!("{}/{}/{}", key.name, target.0, target.1);
    let (delay, fault) = state.faults.decide(&key.account, (INSTANCES, name), &Caller::StackSet, &resource);
    tokio::time::sleep(delay).await;
    let outcome = match fault {
        Some(Fault::Error { message, .. }) => Err(message),
        _ => change_stack(state, key, operation, target).await,
    };
    let pace = state.stack_sets.pace_of(&key.account);
    tokio::time::sleep(pace.saturating_sub(started.elapsed())).await;
    if operation.request.is_empty() {
        return outcome;
    }
    state.log.add(Call {
        service: INSTANCES.to_owned(),
        operation: name.to_owned(),
        account: key.account.clone(),
        region: target.1.clone(),
        caller: Caller::StackSet,
        resource,
        form: Vec::new(),
        status: if outcome.is_ok() { 200 } else { 400 },
        started,
        finished: Moment::now(),
    });
    outcome
}

async fn change_stack(
    state: &State,
    key: &Key,
    operation: &Operation,
    target: &Target,
) -> Result<(), String> {
    let found = state.stack_sets.with(key, |set| {
        let instance = set.instances.get(target);
        let stack = instance.and_then(|instance| instance.stack_id.clone());
        let overrides = instance.map(|instance| instance.overrides.clone()).unwrap_or_default();
        Ok((set.definition.clone(), stack, overrides))
    });
    let Ok((definition, stack, overrides)) = found else { return Err("The stack set is gone".to_owned()) };
    let emulator = state.emulator(&target.0, &target.1);
    if operation.action == Action::Delete && (operation.retain || stack.is_none()) {
        return Ok(());
    }
    check_role(&emulator, &definition).await?;
    let stacks = Stacks { state, key, emulator, definition, overrides };
    match (operation.action, stack) {
        (Action::Delete, Some(stack)) => stacks.delete(&stack).await,
        (_, Some(stack)) => match stacks.status(&stack).await.as_deref() {
            Some("ROLLBACK_COMPLETE" | "ROLLBACK_FAILED" | "CREATE_FAILED" | "DELETE_FAILED") => {
                stacks.delete(&stack).await?;
                stacks.create(target).await
            }
            Some(status) if status != "DELETE_COMPLETE" => stacks.update(&stack).await,
            _ => stacks.create(target).await,
        },
        (_, None) => stacks.create(target).await,
    }
}

/// The service works in the account as the execution role, which must be there.
async fn check_role(emulator: &Emulator, definition: &Definition) -> Result<(), String> {
    let role = &definition.execution_role;
    let known = emulator.query("iam", "GetRole", &[("RoleName", role)]).await;
    let administration = definition.administration_role.rsplit('/').next().unwrap_or_default();
    known.map(drop).map_err(|_| {
        format!(
            "Account {} should have '{role}' role with trust relationship to Role '{administration}'.",
            emulator.account
        )
    })
}

/// The stack of one instance.
struct Stacks<'a> {
    state: &'a State,
    key: &'a Key,
    emulator: Emulator,
    definition: Definition,
    overrides: Pairs,
}

impl Stacks<'_> {
    async fn create(&self, target: &Target) -> Result<(), String> {
        let name = format!("StackSet-{}-{}", self.key.name, uuid::Uuid::new_v4());
        self.pace(&name).await;
        let answer = self.call("CreateStack", &name).await?;
        let id = xml::text(&answer, "StackId");
        let _ = self.state.stack_sets.with(self.key, |set| {
            if let Some(instance) = set.instances.get_mut(target) {
                instance.stack_id = id;
            }
            Ok(())
        });
        self.settled(&name, "CREATE_COMPLETE").await
    }

    async fn update(&self, stack: &str) -> Result<(), String> {
        self.pace(stack).await;
        match self.call("UpdateStack", stack).await {
            Ok(_) => self.settled(stack, "UPDATE_COMPLETE").await,
            Err(message) if message.contains("No updates are to be performed") => Ok(()),
            Err(message) => Err(message),
        }
    }

    async fn delete(&self, stack: &str) -> Result<(), String> {
        self.pace(stack).await;
        let deleted = self.emulator.query("cloudformation", "DeleteStack", &[("StackName", stack)]).await;
        deleted.map_err(|error| reason(&error))?;
        match self.status(stack).await {
            None => Ok(()),
            Some(_) => self.settled(stack, "DELETE_COMPLETE").await,
        }
    }

    /// The status when the stack has come to rest; `None` when it is gone.
    async fn status(&self, stack: &str) -> Option<String> {
        let description = self.emulator.settled_stack(stack).await.ok()?;
        xml::text(&description, "StackStatus")
    }

    async fn settled(&self, stack: &str, wanted: &str) -> Result<(), String> {
        match self.status(stack).await {
            Some(status) if status == wanted => Ok(()),
            None if wanted == "DELETE_COMPLETE" => Ok(()),
            status => Err(self.failure(stack, &status.unwrap_or_default()).await),
        }
    }

    /// What the first resource that failed in the last operation says.
    async fn failure(&self, stack: &str, status: &str) -> String {
        let events = self.events(stack).await;
        let name = stack_name(stack);
        let of_stack = |event: &str| xml::text(event, "LogicalResourceId").is_some_and(|id| id == name);
        let status_of = |event: &str| xml::text(event, "ResourceStatus").unwrap_or_default();
        let begins = |event: &str| {
            let begun = ["CREATE_IN_PROGRESS", "UPDATE_IN_PROGRESS", "DELETE_IN_PROGRESS"];
            of_stack(event) && begun.contains(&status_of(event).as_str())
        };
        let operation = xml::members(&events, "StackEvents").into_iter().take_while(|event| !begins(event));
        let first =
            operation.filter(|event| !of_stack(event) && status_of(event).ends_with("_FAILED")).last();
        let Some(first) = first else { return format!("The stack ended in {status}") };
        let text = |tag| xml::text(first, tag).unwrap_or_default();
        format!(
            "ResourceLogicalId:{}, ResourceType:{}, ResourceStatusReason:{}",
            text("LogicalResourceId"),
            text("ResourceType"),
            text("ResourceStatusReason")
        )
    }

    async fn events(&self, stack: &str) -> String {
        let fields = [("StackName", stack)];
        self.emulator.query("cloudformation", "DescribeStackEvents", &fields).await.unwrap_or_default()
    }

    /// Who looks at the stack meanwhile sees it take its time.
    async fn pace(&self, stack: &str) {
        let pace = self.state.stack_sets.pace_of(&self.key.account);
        let views = &self.state.views;
        if pace.is_zero() {
            views.release(&self.emulator.account, stack);
            return;
        }
        let events = self.events(stack).await;
        views.pace(&self.emulator.account, stack, Pace::EndAfter(pace));
        views.begin(&self.emulator.account, stack, &events);
    }

    async fn call(&self, action: &str, stack: &str) -> Result<String, String> {
        let Definition { template, parameters, tags, capabilities, .. } = &self.definition;
        let mut fields =
            vec![("StackName".to_owned(), stack.to_owned()), ("TemplateBody".to_owned(), template.clone())];
        let mut values: BTreeMap<&str, &str> =
            parameters.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
        values.extend(self.overrides.iter().map(|(key, value)| (key.as_str(), value.as_str())));
        for (number, (key, value)) in (1..).zip(values) {
            fields.push((format!("Parameters.member.{number}.ParameterKey"), key.to_owned()));
            fields.push((format!("Parameters.member.{number}.ParameterValue"), value.to_owned()));
        }
        for (number, (key, value)) in (1..).zip(tags) {
            fields.push((format!("Tags.member.{number}.Key"), key.clone()));
            fields.push((format!("Tags.member.{number}.Value"), value.clone()));
        }
        for (number, capability) in (1..).zip(capabilities) {
            fields.push((format!("Capabilities.member.{number}"), capability.clone()));
        }
        let fields: Vec<_> = fields.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
        let answer = self.emulator.query("cloudformation", action, &fields).await;
        answer.map_err(|error| reason(&error))
    }
}

/// What the service said, without which call said it.
fn reason(error: &anyhow::Error) -> String {
    let text = error.to_string();
    text.split_once(": ").map_or(text.clone(), |(_, said)| said.to_owned())
}
