//! Stacks that are not ready for a change set: busy, stuck in a rollback, half deleted, left over.

mod failed_updates;
mod leftovers;
mod rollbacks;
mod waiting;

use std::time::Duration;

use crate::local_aws::{Event, Script};
use crate::support::{LOCATION, STACK, Workspace, World};

fn script(millis: u64, events: Vec<Event>) -> Script {
    Script { events, every: Duration::from_millis(millis) }
}

fn function(status: &str, reason: &str) -> Event {
    Event::resource("EnvControllerFunction", "AWS::Lambda::Function", status, reason)
}

/// A world whose stack ended like this, with another update to do.
fn ended_as(events: Vec<Event>) -> World {
    let world = World::new(Workspace::new(LOCATION)).with_an_update_to_do();
    world.account.script(STACK, script(0, events));
    world.deploy(&[]).ends_with(1);
    world.workspace.manifest(&format!("{LOCATION}variables:\n  LOG_LEVEL: info\n"));
    world
}
