//! Stacks as the caller sees them, where that shall differ from the emulator's: slower, or with a scripted outcome.
//!
//! The emulator finishes a stack in a fraction of a second. A [`Pace`] releases its events over time; a [`Script`] keeps an
//! operation from being carried out and tells a story about it instead.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use aws_smithy_types::date_time::{DateTime, Format};

use super::xml;

/// How fast the events of a stack's next operation become visible.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Pace {
    /// The operation's outcome is withheld for this long; everything before it is visible at once.
    EndAfter(Duration),
    /// One more event becomes visible each time this passes.
    EventEvery(Duration),
}

impl Pace {
    /// When the event at this index, oldest first, of so many becomes visible.
    fn release(self, index: usize, count: usize) -> Duration {
        match self {
            Self::EndAfter(hold) if index + 1 == count => hold,
            // Apart by a little, so that their order can be told.
            Self::EndAfter(_) => Duration::from_millis(index as u64),
            Self::EventEvery(interval) => interval * u32::try_from(index).unwrap_or(0),
        }
    }
}

/// One event of a scripted operation.
#[derive(Clone, Debug)]
pub(crate) struct Event {
    logical_id: Option<String>,
    physical_id: String,
    resource_type: String,
    status: String,
    reason: String,
}

impl Event {
    /// An event of the stack itself.
    pub(crate) fn stack(status: &str, reason: &str) -> Self {
        Self {
            logical_id: None,
            physical_id: String::new(),
            resource_type: "AWS::CloudFormation::Stack".to_owned(),
            status: status.to_owned(),
            reason: reason.to_owned(),
        }
    }

    /// An event of one of its resources.
    pub(crate) fn resource(logical_id: &str, resource_type: &str, status: &str, reason: &str) -> Self {
        Self {
            logical_id: Some(logical_id.to_owned()),
            physical_id: format!("{logical_id}-1"),
            resource_type: resource_type.to_owned(),
            status: status.to_owned(),
            reason: reason.to_owned(),
        }
    }

    /// Whether it says this status.
    pub(crate) fn has_status(&self, status: &str) -> bool {
        self.status == status
    }

    /// An event of a resource that is a nested stack of this name.
    pub(crate) fn nested(logical_id: &str, stack: &str, status: &str, reason: &str) -> Self {
        let event = Self::resource(logical_id, "AWS::CloudFormation::Stack", status, reason);
        Self { physical_id: nested_arn(stack), ..event }
    }
}

/// The ARN of a stack that exists in a story only.
fn nested_arn(stack: &str) -> String {
    format!(
        "arn:aws:cloudformation:{}:200000000000:stack/{stack}/00000000-0000-4000-8000-000000000000",
        super::REGION
    )
}

/// The story of an operation that is not carried out, oldest event first. The last event of the stack itself is its status.
#[derive(Clone, Debug)]
pub(crate) struct Script {
    pub events: Vec<Event>,
    /// Time between two events; zero shows all at once.
    pub every: Duration,
}

#[derive(Debug, Default)]
struct View {
    pace: Option<Pace>,
    /// Events that were there before the paced operation.
    known: HashSet<String>,
    script: Option<Script>,
    /// Events of scripts before this one, oldest first.
    past: Vec<String>,
    /// Set for a stack that is told about from the first look on: its template, where one is told.
    told: Option<Option<String>>,
    /// When the operation began: without it the pace and the script are only armed.
    begun: Option<(Instant, SystemTime)>,
    /// Set by a cancellation: no more of the emulator's events become visible.
    frozen: Option<usize>,
}

/// The views in force, by account and stack name.
#[derive(Debug, Default)]
pub(super) struct Views {
    views: Mutex<HashMap<(String, String), View>>,
    /// The pace of stacks without a view of their own, by account.
    paces: Mutex<HashMap<String, Pace>>,
    /// Stories about operations yet to come, by account, stack and operation.
    stories: Mutex<HashMap<(String, String, String), VecDeque<Script>>>,
}

impl Views {
    /// Slows down the stack's next operation.
    pub(super) fn pace(&self, account: &str, stack: &str, pace: Pace) {
        self.set(account, stack, View { pace: Some(pace), ..View::default() });
    }

    /// Slows down every operation on a stack without a view of its own.
    pub(super) fn pace_all(&self, account: &str, pace: Pace) {
        self.paces.lock().unwrap_or_else(PoisonError::into_inner).insert(account.to_owned(), pace);
    }

    /// Gives the stack the account's pace for the operation that begins, unless something else is in store for it.
    pub(super) fn apply_pace(&self, account: &str, stack: &str) {
        let pace = self.paces.lock().unwrap_or_else(PoisonError::into_inner).get(account).copied();
        let Some(pace) = pace else { return };
        let mut views = self.lock();
        let view = views.entry(key(account, stack)).or_default();
        if view.begun.is_some() || (view.pace.is_none() && view.script.is_none()) {
            *view = View { pace: Some(pace), ..View::default() };
        }
    }

    /// Tells a story about the stack's next operation.
    pub(super) fn script(&self, account: &str, stack: &str, script: Script) {
        self.set(account, stack, View { script: Some(script), ..View::default() });
    }

    /// Tells a story about the stack from the first look on.
    pub(super) fn tell(&self, account: &str, stack: &str, script: Script, template: Option<&str>) {
        let told = Some(template.map(str::to_owned));
        self.set(account, stack, View { script: Some(script), told, ..View::default() });
    }

    /// Keeps a story for an operation to come.
    pub(super) fn story(&self, account: &str, stack: &str, operation: &str, script: Script) {
        let (account, stack) = key(account, stack);
        let mut stories = self.stories.lock().unwrap_or_else(PoisonError::into_inner);
        stories.entry((account, stack, operation.to_owned())).or_default().push_back(script);
    }

    /// The next story about an operation.
    pub(super) fn next_story(&self, account: &str, stack: &str, operation: &str) -> Option<Script> {
        let (account, stack) = key(account, stack);
        let mut stories = self.stories.lock().unwrap_or_else(PoisonError::into_inner);
        stories.get_mut(&(account, stack, operation.to_owned()))?.pop_front()
    }

    /// Begins a told story; the template that belongs to it. `None`: nothing is told about the stack.
    pub(super) fn told(&self, account: &str, stack: &str) -> Option<Option<String>> {
        let mut views = self.lock();
        let view = views.get_mut(&key(account, stack))?;
        let template = view.told.clone()?;
        view.begun.get_or_insert_with(|| (Instant::now(), SystemTime::now()));
        Some(template)
    }

    /// Goes on with another story where the stack is now. `events` is the emulator's present list.
    pub(super) fn go_on(&self, account: &str, stack: &str, events: &str, script: Script) {
        let mut views = self.lock();
        let view = views.entry(key(account, stack)).or_default();
        let elapsed = view.begun.map_or(Duration::ZERO, |(begun, _)| begun.elapsed());
        let frozen = view.visible(&new_events(view, events), elapsed);
        view.frozen = Some(view.frozen.unwrap_or(frozen));
        let told = view.told_events(stack, &stack_id(events));
        view.past = told;
        view.script = Some(script);
        view.begun = Some((Instant::now(), SystemTime::now()));
    }

    /// Shows the stack as it is.
    pub(super) fn release(&self, account: &str, stack: &str) {
        self.lock().remove(&key(account, stack));
    }

    /// Starts the operation a view is waiting for; `events` are the stack's before it. `true`: it is scripted and must not
    /// reach the emulator. A view lasts for one operation, so the one after that lifts it.
    pub(super) fn begin(&self, account: &str, stack: &str, events: &str) -> bool {
        let mut views = self.lock();
        let key = key(account, stack);
        let Some(view) = views.get_mut(&key) else { return false };
        if view.begun.is_some() {
            views.remove(&key);
            return false;
        }
        view.begun = Some((Instant::now(), SystemTime::now()));
        view.known = xml::members(events, "StackEvents")
            .iter()
            .filter_map(|event| xml::text(event, "EventId"))
            .collect();
        view.script.is_some()
    }

    /// Whether there is a view on the stack, be it only waiting for an operation.
    pub(super) fn exists(&self, account: &str, stack: &str) -> bool {
        self.lock().contains_key(&key(account, stack))
    }

    /// Whether the stack is shown otherwise than it is.
    pub(super) fn covers(&self, account: &str, stack: &str) -> bool {
        self.lock().get(&key(account, stack)).is_some_and(|view| view.begun.is_some())
    }

    /// A `DescribeStackEvents` answer as the caller shall see it.
    pub(super) fn show_events(&self, account: &str, stack: &str, events: &str) -> String {
        let views = self.lock();
        let Some(view) = views.get(&key(account, stack)) else { return events.to_owned() };
        xml::set_members(events, "StackEvents", &view.shown(stack, events))
    }

    /// Status and reason of the stack as the caller shall see them, or `None` if they are the emulator's.
    pub(super) fn status(&self, account: &str, stack: &str, events: &str) -> Option<(String, String)> {
        let views = self.lock();
        let view = views.get(&key(account, stack))?;
        view.begun?;
        let shown = view.shown(stack, events);
        let newest = shown.iter().find(|event| is_of_stack(event, stack))?;
        let reason = xml::text(newest, "ResourceStatusReason").unwrap_or_default();
        Some((xml::text(newest, "ResourceStatus")?, reason))
    }

    fn set(&self, account: &str, stack: &str, view: View) {
        self.lock().insert(key(account, stack), view);
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<(String, String), View>> {
        self.views.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl View {
    /// The visible events, newest first.
    fn shown(&self, stack: &str, events: &str) -> Vec<String> {
        let all = xml::members(events, "StackEvents");
        let new = new_events(self, events);
        let elapsed = self.begun.map_or(Duration::ZERO, |(begun, _)| begun.elapsed());
        let visible = self.frozen.unwrap_or_else(|| self.visible(&new, elapsed));
        let hidden = new.len().saturating_sub(visible);
        let mut shown: Vec<_> = all.into_iter().skip(hidden).map(str::to_owned).collect();
        if let (Some(pace), Some((_, since))) = (self.pace, self.begun) {
            // An event happened when it became visible; the newest is the first.
            for (event, index) in shown.iter_mut().zip((0..visible).rev()) {
                *event = xml::set(event, "Timestamp", &date(since + pace.release(index, new.len())));
            }
        }
        let id =
            shown.last().and_then(|event| xml::text(event, "StackId")).unwrap_or_else(|| nested_arn(stack));
        for event in self.told_events(stack, &id) {
            shown.insert(0, event);
        }
        shown
    }

    /// The visible events of the scripts, oldest first.
    fn told_events(&self, stack: &str, id: &str) -> Vec<String> {
        let mut told = self.past.clone();
        if let (Some(script), Some((begun, since))) = (&self.script, self.begun) {
            for (index, event) in
                script.events.iter().enumerate().take(script_visible(script, begun.elapsed()))
            {
                let time = since
                    + script.every * u32::try_from(index).unwrap_or(0)
                    + Duration::from_millis(index as u64);
                told.push(event_xml(event, stack, id, time));
            }
        }
        told
    }

    /// How many of the operation's events, newest first in `new`, have been released.
    fn visible(&self, new: &[&str], elapsed: Duration) -> usize {
        match self.pace {
            None => new.len(),
            // The first event is the operation's beginning and comes at once.
            Some(Pace::EventEvery(interval)) => new.len().min(1 + steps(elapsed, interval)),
            Some(Pace::EndAfter(hold)) if elapsed >= hold => new.len(),
            Some(Pace::EndAfter(_)) => {
                let over = new.first().is_some_and(|event| {
                    !xml::text(event, "ResourceStatus").is_some_and(|status| status.ends_with("_IN_PROGRESS"))
                });
                new.len() - usize::from(over && new.len() > 1)
            }
        }
    }
}

/// The events that belong to the operation a pace is about, newest first.
fn new_events<'a>(view: &View, events: &'a str) -> Vec<&'a str> {
    if view.pace.is_none() {
        return Vec::new();
    }
    xml::members(events, "StackEvents")
        .into_iter()
        .take_while(|event| !xml::text(event, "EventId").is_some_and(|id| view.known.contains(&id)))
        .collect()
}

fn script_visible(script: &Script, elapsed: Duration) -> usize {
    if script.every.is_zero() {
        return script.events.len();
    }
    script.events.len().min(1 + steps(elapsed, script.every))
}

fn steps(elapsed: Duration, interval: Duration) -> usize {
    usize::try_from(elapsed.as_nanos() / interval.as_nanos().max(1)).unwrap_or(usize::MAX - 1)
}

fn is_of_stack(event: &str, stack: &str) -> bool {
    xml::text(event, "LogicalResourceId").is_some_and(|id| id == stack)
}

/// A time as answers have it.
pub(super) fn date(time: SystemTime) -> String {
    DateTime::from(time).fmt(Format::DateTime).unwrap_or_default()
}

fn event_xml(event: &Event, stack: &str, stack_id: &str, time: SystemTime) -> String {
    let time = date(time);
    let physical_id = if event.logical_id.is_some() { &event.physical_id } else { stack_id };
    let fields = [
        ("StackId", stack_id),
        ("StackName", stack),
        ("EventId", &format!("{}-{time}", event.logical_id.as_deref().unwrap_or(stack))),
        ("LogicalResourceId", event.logical_id.as_deref().unwrap_or(stack)),
        ("PhysicalResourceId", physical_id),
        ("ResourceType", &event.resource_type),
        ("ResourceStatus", &event.status),
        ("ResourceStatusReason", &event.reason),
        ("Timestamp", &time),
    ];
    let fields: String =
        fields.iter().map(|(tag, value)| format!("<{tag}>{}</{tag}>", xml::escape(value))).collect();
    format!("<member>{fields}</member>")
}

/// The id of the stack whose events these are.
fn stack_id(events: &str) -> String {
    xml::text(events, "StackId").unwrap_or_default()
}

fn key(account: &str, stack: &str) -> (String, String) {
    (account.to_owned(), stack_name(stack).to_owned())
}

/// The name in a stack's ARN, or the name itself.
pub(super) fn stack_name(name_or_id: &str) -> &str {
    name_or_id.split_once(":stack/").map_or(name_or_id, |(_, rest)| rest.split('/').next().unwrap_or(rest))
}
