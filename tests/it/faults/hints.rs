//! Every failure that the program knows, told about a stack and about a nested one: the user reads what to do about it.

#[path = "../../../src/stack/advice/test_reasons.rs"]
mod test_reasons;

use std::time::Duration;

use crate::local_aws::{Event, Script};
use crate::support::{LOCATION, STACK, Workspace, World, in_parallel};
use test_reasons::REASONS;

const ADDONS: &str = "demo-test-report-gen-AddonsStack-1ABC";

fn script(events: Vec<Event>) -> Script {
    Script { events, every: Duration::ZERO }
}

/// Deploys while this is told, and returns the error and the first advice.
fn told(world: &World, events: Vec<Event>) -> (String, String) {
    let mut all = vec![Event::stack("UPDATE_IN_PROGRESS", "User Initiated")];
    all.extend(events);
    all.push(Event::stack("UPDATE_ROLLBACK_IN_PROGRESS", ""));
    all.push(Event::stack("UPDATE_ROLLBACK_COMPLETE", ""));
    world.account.script(STACK, script(all));
    let said = world.deploy(&[]).ends_with(1);
    let mut end = said.lines().skip_while(|line| !line.starts_with("✘ job "));
    let error = end.next().unwrap_or_default().to_owned();
    let advice = end.find(|line| !line.starts_with("  |")).unwrap_or_default();
    (error, advice.trim().to_owned())
}

#[test]
fn every_known_failure_shows_its_advice() {
    let items: Vec<(&str, &str)> = REASONS.to_vec();
    let chunks: Vec<&[(&str, &str)]> = items.chunks(items.len().div_ceil(4)).collect();
    let advice = in_parallel(4, &chunks, |chunk| {
        let world = World::new(Workspace::new(LOCATION)).with_an_update_to_do();
        let of_one = |&(kind, reason): &(&str, &str)| {
            let failed = || Event::resource("Failing", kind, "UPDATE_FAILED", reason);
            let (error, own) = told(&world, vec![failed()]);
            assert!(error.contains(&format!("Failing ({kind}) is UPDATE_FAILED: ")), "{error}");

            let story =
                vec![Event::stack("UPDATE_IN_PROGRESS", ""), failed(), Event::stack("UPDATE_FAILED", "")];
            world.account.tell(ADDONS, script(story), None);
            let embedded = "Embedded stack was not successfully updated: [Failing].";
            let nested = |status, reason| Event::nested("AddonsStack", ADDONS, status, reason);
            let (error, within) =
                told(&world, vec![nested("UPDATE_IN_PROGRESS", ""), nested("UPDATE_FAILED", embedded)]);
            assert!(error.contains(&format!("Failing ({kind}) of stack {ADDONS}")), "{error}");
            assert_eq!(own, within, "{reason}");
            let begin: String = reason.chars().take(70).collect();
            format!("{kind}: {begin}\n  {own}\n")
        };
        chunk.iter().map(of_one).collect::<String>()
    });
    insta::assert_snapshot!(advice.concat());
}
