//! `CloudFormation` as the real service behaves where the emulator does not: refusals, and operations that take their time or
//! are cancelled.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::Result;

use super::call::Incoming;
use super::faults::error_reply;
use super::gateway::{State, forward};
use super::http::{Reply, reply, with_body};
use super::stack_view::{Event, Script, stack_name};
use super::{roles, stack_sets, summaries, turns, xml};

/// Which change sets an execution has made obsolete.
#[derive(Debug, Default)]
pub(super) struct Executions(Mutex<Executed>);

#[derive(Debug, Default)]
struct Executed {
    /// When a change set was made, by its id.
    created: HashMap<String, Instant>,
    /// The last execution of a stack's change set, and its id, by account and stack.
    last: HashMap<(String, String), (Instant, String)>,
}

impl Executed {
    fn obsolete(&self, account: &str, stack: &str, id: &str) -> bool {
        let last = self.last.get(&(account.to_owned(), stack.to_owned()));
        let made = self.created.get(id);
        made.zip(last).is_some_and(|(made, (last, executed))| made < last && executed != id)
    }
}

impl Executions {
    fn created(&self, id: &str) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.created.insert(id.to_owned(), Instant::now());
    }

    /// Notes an execution; `false` when the change set was made before another one was executed.
    fn begin(&self, account: &str, stack: &str, id: &str) -> bool {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let obsolete = known.obsolete(account, stack, id);
        if !obsolete {
            known.last.insert((account.to_owned(), stack.to_owned()), (Instant::now(), id.to_owned()));
        }
        !obsolete
    }

    fn obsolete(&self, account: &str, stack: &str, id: &str) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).obsolete(account, stack, id)
    }
}

/// Answers one call.
pub(super) async fn answer(state: &State, account: &str, request: &Incoming) -> Result<Reply> {
    let mut stack = stack_name(request.field("StackName").unwrap_or_default()).to_owned();
    let mut claim = None;
    match request.operation.as_str() {
        "GetTemplateSummary" => {
            if let Some(template) = stack_sets::template(state, account, request) {
                return summaries::of_stack_set(state, account, request, template).await;
            }
        }
        "DescribeChangeSet" => {
            if let Some(told) = state.change_sets.nested(account, request) {
                return Ok(told);
            }
        }
        "CreateChangeSet" if request.field("ChangeSetType") != Some("CREATE") => {
            if let Some(refusal) = refuse_update(state, account, request, &stack).await {
                return Ok(refusal);
            }
        }
        "UpdateStack" => {
            if let Some(refusal) = refuse_update(state, account, request, &stack).await {
                return Ok(refusal);
            }
            claim = state.turns.claim(account, &stack);
            if claim.is_none() {
                return Ok(not_updatable(request, &stack, "UPDATE_IN_PROGRESS"));
            }
            if begin(state, account, request, &stack).await {
                return Ok(empty_answer("UpdateStack"));
            }
        }
        "CreateStack" => {
            begin(state, account, request, &stack).await;
        }
        "DeleteStack" => match state.views.next_story(account, &stack, "DeleteStack") {
            Some(story) => {
                tell_deletion(state, account, request, &stack, story).await;
                return Ok(empty_answer("DeleteStack"));
            }
            None => state.views.release(account, &stack),
        },
        "ContinueUpdateRollback" if state.views.covers(account, &stack) => {
            return Ok(continue_rollback(state, account, request, &stack).await);
        }
        "DescribeStacks" => settle_deletion(state, account, request, &stack).await,
        "DescribeStackEvents" | "GetTemplate" => {
            if let Some(answer) = tell(state, account, request, &stack).await {
                return Ok(answer);
            }
        }
        "ExecuteChangeSet" => {
            stack = stack_of_change_set(state, account, request).await.unwrap_or(stack);
            let id = request.field("ChangeSetName").unwrap_or_default();
            if !state.executions.begin(account, &stack, id) {
                let message = format!(
                    "ChangeSet [{id}] cannot be executed in its current execution status of [OBSOLETE]"
                );
                return Ok(error_reply(request, 400, "InvalidChangeSetStatus", &message));
            }
            if begin(state, account, request, &stack).await {
                return Ok(empty_answer("ExecuteChangeSet"));
            }
        }
        "CancelUpdateStack" if state.views.covers(account, &stack) => {
            return Ok(cancel_update(state, account, request, &stack).await);
        }
        _ => {}
    }
    if let Some(refusal) = roles::refuse(state, account, request).await {
        return Ok(refusal);
    }
    let turn = match request.operation.as_str() {
        "CreateStack" | "UpdateStack" | "DeleteStack" | "ExecuteChangeSet" => {
            Some(state.turns.take(&stack).await)
        }
        _ => None,
    };
    let response = forward(state, request, request.body.clone()).await?;
    if let Some(turn) = turn {
        turns::keep_until_settled(turn, claim, state.emulator(account, &request.region), stack.clone());
    }
    let mut text = String::from_utf8_lossy(response.body()).into_owned();
    if response.status().is_success() {
        text = match request.operation.as_str() {
            "GetTemplateSummary" => summaries::add_metadata(state, account, request, text).await,
            "CreateChangeSet" => {
                if let Some(id) = xml::text(&text, "Id") {
                    state.executions.created(&id);
                }
                text
            }
            "DescribeChangeSet" => {
                let stack = xml::text(&text, "StackName").unwrap_or_default();
                let id = xml::text(&text, "ChangeSetId").unwrap_or_default();
                if state.executions.obsolete(account, &stack, &id) {
                    text = xml::set(&text, "ExecutionStatus", "OBSOLETE");
                }
                state.change_sets.show(account, &stack, request, &text)
            }
            "DescribeStackEvents" => page(request, &state.views.show_events(account, &stack, &text)),
            "DescribeStacks" => show_statuses(state, account, request, text).await,
            _ => text,
        };
    }
    Ok(with_body(response, text))
}

/// Tells the view on a stack that an operation begins. `true`: the operation is scripted.
async fn begin(state: &State, account: &str, request: &Incoming, stack: &str) -> bool {
    state.views.apply_pace(account, stack);
    if !state.views.exists(account, stack) {
        return false;
    }
    let events = events(state, account, &request.region, stack).await;
    state.views.begin(account, stack, &events)
}

/// `CloudFormation` refuses to prepare or start an update of a stack that is busy or must be deleted first.
async fn refuse_update(state: &State, account: &str, request: &Incoming, stack: &str) -> Option<Reply> {
    let emulator = state.emulator(account, &request.region);
    let description =
        emulator.query("cloudformation", "DescribeStacks", &[("StackName", stack)]).await.ok()?;
    let shown = show_statuses(state, account, request, description).await;
    let status = xml::text(&shown, "StackStatus")?;
    let hopeless = ["ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "DELETE_FAILED", "UPDATE_ROLLBACK_FAILED"];
    if !status.ends_with("_IN_PROGRESS") && !hopeless.contains(&status.as_str()) {
        return None;
    }
    Some(not_updatable(request, &xml::text(&shown, "StackId")?, &status))
}

fn not_updatable(request: &Incoming, stack: &str, status: &str) -> Reply {
    let message = format!("Stack:{stack} is in {status} state and can not be updated.");
    error_reply(request, 400, "ValidationError", &message)
}

async fn cancel_update(state: &State, account: &str, request: &Incoming, stack: &str) -> Reply {
    let events = events(state, account, &request.region, stack).await;
    let status = state.views.status(account, stack, &events).map(|(status, _)| status);
    if status.as_deref() != Some("UPDATE_IN_PROGRESS") {
        let message = "CancelUpdateStack cannot be called from current stack status";
        return error_reply(request, 400, "ValidationError", message);
    }
    let rolled_back = || Script {
        events: vec![
            Event::stack("UPDATE_ROLLBACK_IN_PROGRESS", "User Initiated"),
            Event::stack("UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS", ""),
            Event::stack("UPDATE_ROLLBACK_COMPLETE", ""),
        ],
        every: Duration::ZERO,
    };
    let story = state.views.next_story(account, stack, "CancelUpdateStack").unwrap_or_else(rolled_back);
    state.views.go_on(account, stack, &events, story);
    empty_answer("CancelUpdateStack")
}

async fn continue_rollback(state: &State, account: &str, request: &Incoming, stack: &str) -> Reply {
    let events = events(state, account, &request.region, stack).await;
    let status = state.views.status(account, stack, &events).map(|(status, _)| status);
    if status.as_deref() != Some("UPDATE_ROLLBACK_FAILED") {
        let message = format!(
            "Stack:{stack} is in {} state and can not continue rollback.",
            status.unwrap_or_default()
        );
        return error_reply(request, 400, "ValidationError", &message);
    }
    let rolled_back = || Script {
        events: vec![
            Event::stack("UPDATE_ROLLBACK_IN_PROGRESS", "User Initiated"),
            Event::stack("UPDATE_ROLLBACK_COMPLETE", ""),
        ],
        every: Duration::ZERO,
    };
    let story = state.views.next_story(account, stack, "ContinueUpdateRollback").unwrap_or_else(rolled_back);
    state.views.go_on(account, stack, &events, story);
    empty_answer("ContinueUpdateRollback")
}

/// Tells about a deletion. One that is complete in the end is carried out when the story is over.
async fn tell_deletion(state: &State, account: &str, request: &Incoming, stack: &str, story: Script) {
    let events = events(state, account, &request.region, stack).await;
    // Until its last event shows.
    let length = story.every * u32::try_from(story.events.len().saturating_sub(1)).unwrap_or(0);
    let complete = story.events.last().is_some_and(|event| event.has_status("DELETE_COMPLETE"));
    state.views.go_on(account, stack, &events, story);
    if complete {
        let (views, turns) = (Arc::clone(&state.views), Arc::clone(&state.turns));
        let emulator = state.emulator(account, &request.region);
        let (account, stack) = (account.to_owned(), stack.to_owned());
        tokio::spawn(async move {
            tokio::time::sleep(length).await;
            let turn = turns.take(&stack).await;
            let _ = emulator.query("cloudformation", "DeleteStack", &[("StackName", &stack)]).await;
            while emulator.settled_stack(&stack).await.is_ok_and(|xml| !xml.contains("DELETE_COMPLETE")) {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
            drop(turn);
            views.release(&account, &stack);
        });
    }
}

/// A stack whose deletion is complete in a story is soon gone; until then nobody gets to see it.
async fn settle_deletion(state: &State, account: &str, request: &Incoming, stack: &str) {
    for _ in 0..1500 {
        if !state.views.covers(account, stack) {
            return;
        }
        let events = events(state, account, &request.region, stack).await;
        match state.views.status(account, stack, &events) {
            Some((status, _)) if status == "DELETE_COMPLETE" => {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            _ => return,
        }
    }
}

/// Answers about a stack that exists in a story only.
async fn tell(state: &State, account: &str, request: &Incoming, stack: &str) -> Option<Reply> {
    let template = state.views.told(account, stack)?;
    let body = match request.operation.as_str() {
        "GetTemplate" => {
            let body = xml::escape(&template?);
            format!(
                "<GetTemplateResponse><GetTemplateResult><TemplateBody>{body}</TemplateBody></GetTemplateResult></GetTemplateResponse>"
            )
        }
        _ => {
            let events = events(state, account, &request.region, stack).await;
            let events = if events.is_empty() { NO_EVENTS.to_owned() } else { events };
            page(request, &state.views.show_events(account, stack, &events))
        }
    };
    Some(reply(200, "text/xml", body))
}

const NO_EVENTS: &str = "<DescribeStackEventsResponse><DescribeStackEventsResult><StackEvents></StackEvents>\
    </DescribeStackEventsResult></DescribeStackEventsResponse>";

/// Events of one page, the newest first. The token is how many are older than what was shown.
const PAGE: usize = 100;

fn page(request: &Incoming, events: &str) -> String {
    let all: Vec<String> = xml::members(events, "StackEvents").into_iter().map(str::to_owned).collect();
    let older = request.field("NextToken").and_then(|token| token.parse().ok()).unwrap_or(all.len());
    let shown: Vec<String> = all.iter().skip(all.len().saturating_sub(older)).take(PAGE).cloned().collect();
    let text = xml::set_members(events, "StackEvents", &shown);
    match older.saturating_sub(PAGE) {
        0 => text,
        left => text.replacen("</StackEvents>", &format!("</StackEvents><NextToken>{left}</NextToken>"), 1),
    }
}

/// A change set's ARN does not say which stack it belongs to, and callers may leave the stack's name out.
async fn stack_of_change_set(state: &State, account: &str, request: &Incoming) -> Option<String> {
    if let Some(stack) = request.field("StackName") {
        return Some(stack_name(stack).to_owned());
    }
    let change_set = request.field("ChangeSetName")?;
    let emulator = state.emulator(account, &request.region);
    let description =
        emulator.query("cloudformation", "DescribeChangeSet", &[("ChangeSetName", change_set)]).await.ok()?;
    xml::text(&description, "StackName")
}

/// The newest events of a stack; empty if there is none.
async fn events(state: &State, account: &str, region: &str, stack: &str) -> String {
    let emulator = state.emulator(account, region);
    emulator.query("cloudformation", "DescribeStackEvents", &[("StackName", stack)]).await.unwrap_or_default()
}

/// Stack descriptions with the status the stacks' views give them.
async fn show_statuses(state: &State, account: &str, request: &Incoming, description: String) -> String {
    let mut stacks = Vec::new();
    for stack in xml::members(&description, "Stacks") {
        let name = xml::text(stack, "StackName").unwrap_or_default();
        if !state.views.covers(account, &name) {
            stacks.push(stack.to_owned());
            continue;
        }
        let events = events(state, account, &request.region, &name).await;
        stacks.push(match state.views.status(account, &name, &events) {
            Some((status, reason)) => {
                xml::set(&xml::set(stack, "StackStatus", &status), "StackStatusReason", &reason)
            }
            None => stack.to_owned(),
        });
    }
    xml::set_members(&description, "Stacks", &stacks)
}

/// `bucket/key` of a URL in either style.
pub(super) fn bucket_and_key(url: &str) -> Option<String> {
    let url = path_style(url).unwrap_or_else(|| url.to_owned());
    let (_, rest) = url.split_once("://")?;
    Some(rest.split_once('/')?.1.to_owned())
}

/// `https://bucket.s3.region.amazonaws.com/key` as `https://s3.region.amazonaws.com/bucket/key`.
fn path_style(url: &str) -> Option<String> {
    let (host, key) = url.strip_prefix("https://")?.split_once('/')?;
    let (bucket, service) = host.split_once(".s3.").or_else(|| host.split_once(".s3-"))?;
    service.contains("amazonaws.com").then(|| format!("https://s3.{service}/{bucket}/{key}"))
}

fn empty_answer(action: &str) -> Reply {
    reply(200, "text/xml", format!("<{action}Response><{action}Result/></{action}Response>"))
}
