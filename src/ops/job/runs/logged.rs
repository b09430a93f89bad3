//! What a state machine has logged about a run. The manager role of every environment may read it; it comes late, and AWS does
//! not promise that it comes whole.

use super::event::RunEvent;
use super::target::Target;
use crate::error::Result;
use crate::ops::job::logs::port::{EventQuery, LogReader, Streams};

/// The state machine's streams in the job's group.
pub(crate) const STREAMS: &str = "states/";

/// How much earlier than the start of a run its events are looked for: clocks differ.
const EARLIER: i64 = 60_000;

/// Events of a run, oldest first, as far as they are there.
///
/// # Errors
/// When the log cannot be read. A group that does not exist holds no events.
pub(crate) async fn events<P: LogReader>(
    target: &Target<P>,
    run: &str,
    started: Option<i64>,
) -> Result<Vec<RunEvent>> {
    let pattern = format!("\"{run}\"");
    let query = EventQuery {
        group: &target.log_group,
        streams: Streams::Prefix(STREAMS),
        start: started.map(|started| started - EARLIER),
        pattern: &pattern,
        ..EventQuery::default()
    };
    let execution = target.execution(run);
    let mut events = Vec::new();
    let mut after = None;
    loop {
        let Some(page) = target.manager.filtered_events(&query, after.as_deref()).await? else { break };
        let read = page.events.iter().filter_map(|event| RunEvent::of_log(&event.message));
        events.extend(read.filter(|(of, _)| *of == execution).map(|(_, event)| event));
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    events.sort_by_key(|event| event.at);
    Ok(events)
}
