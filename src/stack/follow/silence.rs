//! An operation without news for minutes: what it waits for is told, so that nobody takes it for one that hangs.

use std::time::Duration;

use tokio::time::Instant;

use super::tracked::{Running, Tracked};
use crate::stack::console_url;

/// How long nothing may be heard of an operation before a line says what it waits for.
pub(in crate::stack) const LONGEST: Duration = Duration::from_secs(5 * 60);

/// Resources that are named; more are counted.
const NAMED: usize = 3;

/// Watches how long nothing was heard.
#[derive(Debug)]
pub(in crate::stack) struct Silence {
    every: Duration,
    since: Instant,
    told: u32,
}

impl Silence {
    /// Begins now; `every` is how much of it is worth a line.
    pub(in crate::stack) fn new(every: Duration, now: Instant) -> Self {
        Self { every, since: now, told: 0 }
    }

    /// Something was heard.
    pub(super) fn ends(&mut self, now: Instant) {
        (self.since, self.told) = (now, 0);
    }

    /// The minutes of silence, when they are worth another line.
    pub(in crate::stack) fn minutes(&mut self, now: Instant) -> Option<u64> {
        let silent = now.saturating_duration_since(self.since);
        if silent < self.every * (self.told + 1) {
            return None;
        }
        self.told += 1;
        Some(silent.as_secs() / 60)
    }
}

/// What the operation on the first of the stacks waits for, and where to look.
pub(super) fn told(stacks: &[Tracked], minutes: u64) -> String {
    let Some(root) = stacks.first() else { return String::new() };
    let open = || stacks.iter().filter(|stack| !stack.closed);
    let all = || open().flat_map(|stack| stack.running().map(move |(id, running)| (stack, id, running)));
    // A resource that stands for another stack waits for that one's.
    let busy = |id: &str| open().any(|stack| stack.id == id && stack.running().next().is_some());
    let mut waiting: Vec<_> =
        all().filter(|(.., running)| !running.linked.as_deref().is_some_and(busy)).collect();
    waiting.sort_by(|(.., a), (.., b)| a.since.total_cmp(&b.since));
    let mut named: Vec<String> =
        waiting.iter().take(NAMED).map(|(_, id, running)| words(id, running)).collect();
    if waiting.len() > NAMED {
        named.push(format!("{} more", waiting.len() - NAMED));
    }
    let (name, waits) = (&root.name, named.join(", "));
    let waits = match (waits.is_empty(), &root.status) {
        (false, _) => format!("it waits for {waits}"),
        (true, Some(status)) => format!("its status is {status}"),
        (true, None) => "it has not begun".to_owned(),
    };
    let look = match waiting.first().map_or(root, |(stack, ..)| *stack) {
        stack if console_url::stack_events(&stack.id).is_some() => {
            console_url::stack_events(&stack.id).unwrap_or_default()
        }
        stack => format!("`aws cloudformation describe-stack-events --stack-name {}`", stack.name),
    };
    format!("Nothing was heard of stack {name} for {minutes} minutes: {waits}. Its events: {look}")
}

fn words(id: &str, running: &Running) -> String {
    #[allow(clippy::cast_possible_truncation, reason = "seconds since 1970")]
    let minute = (running.since as i64).rem_euclid(86_400) / 60;
    let (kind, status) = (&running.resource_type, &running.status);
    format!("{id} ({kind}, {status} since {:02}:{:02} UTC)", minute / 60, minute % 60)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Result;
    use crate::report::{Console, Event, Interrupt, Reporter};
    use crate::stack::follow::testing::{event, stack_event};
    use crate::stack::follow::{Follower, OnInterrupt};
    use crate::stack::port::{
        ChangeSet, ChangeSetRequest, ChangeSets, Stack, StackControl, StackEvent, Stacks,
    };
    use crate::stack::{ManagedStack, Options};

    #[test]
    fn a_line_every_five_minutes() {
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        let mut silence = Silence::new(LONGEST, start);
        let told: Vec<_> = [0, 299, 300, 304, 599, 601, 2700, 2708].map(|s| silence.minutes(at(s))).into();
        assert_eq!(told, [None, None, Some(5), None, None, Some(10), Some(45), Some(45)]);
        silence.ends(at(2710));
        assert_eq!(silence.minutes(at(2900)), None);
        assert_eq!(silence.minutes(at(3010)), Some(5));
    }

    #[test]
    fn what_is_waited_for() {
        let id = "arn:aws:cloudformation:eu-west-1:1:stack/s/u";
        let mut stack = Tracked::new("s", id, None, 0.0);
        let at = |name: &str, time| {
            let mut event = event(name, "AWS::IAM::Role", "CREATE_IN_PROGRESS", None);
            event.time = time;
            event
        };
        let mut lines = vec![told(std::slice::from_ref(&stack), 5)];
        stack.take(&[stack_event("CREATE_IN_PROGRESS", None)], &[]);
        lines.push(told(std::slice::from_ref(&stack), 5));
        stack.take(&[at("B", 3_700.0), at("A", 60.0), at("C", 7_200.0)], &[]);
        stack.take(&[event("C", "AWS::IAM::Role", "CREATE_COMPLETE", None)], &[]);
        // A second event of the same resource does not make the wait shorter.
        stack.take(&[at("A", 120.0)], &[]);
        lines.push(told(std::slice::from_ref(&stack), 10));
        let nested_id = "arn:aws:cloudformation:eu-west-1:1:stack/s-Nested/u";
        let mut of_nested = event("Nested", "AWS::CloudFormation::Stack", "CREATE_IN_PROGRESS", None);
        of_nested.physical_id = nested_id.to_owned();
        let mut parent = Tracked::new("s", id, None, 0.0);
        parent.take(&[of_nested], &[]);
        let mut nested = Tracked::new("s-Nested", nested_id, None, 0.0);
        nested.take(&["D", "E", "F", "G", "H"].map(|name| at(name, 0.0)), &[]);
        lines.push(told(&[parent, nested], 15));
        lines.push(told(&[Tracked::new("s", "s", None, 0.0)], 5));
        insta::assert_snapshot!(lines.join("\n"), @"
        Nothing was heard of stack s for 5 minutes: it has not begun. Its events: https://console.aws.amazon.com/cloudformation/home?region=eu-west-1#/stacks/events?stackId=arn%3Aaws%3Acloudformation%3Aeu-west-1%3A1%3Astack%2Fs%2Fu
        Nothing was heard of stack s for 5 minutes: its status is CREATE_IN_PROGRESS. Its events: https://console.aws.amazon.com/cloudformation/home?region=eu-west-1#/stacks/events?stackId=arn%3Aaws%3Acloudformation%3Aeu-west-1%3A1%3Astack%2Fs%2Fu
        Nothing was heard of stack s for 10 minutes: it waits for A (AWS::IAM::Role, CREATE_IN_PROGRESS since 00:01 UTC), B (AWS::IAM::Role, CREATE_IN_PROGRESS since 01:01 UTC). Its events: https://console.aws.amazon.com/cloudformation/home?region=eu-west-1#/stacks/events?stackId=arn%3Aaws%3Acloudformation%3Aeu-west-1%3A1%3Astack%2Fs%2Fu
        Nothing was heard of stack s for 15 minutes: it waits for D (AWS::IAM::Role, CREATE_IN_PROGRESS since 00:00 UTC), E (AWS::IAM::Role, CREATE_IN_PROGRESS since 00:00 UTC), F (AWS::IAM::Role, CREATE_IN_PROGRESS since 00:00 UTC), 2 more. Its events: https://console.aws.amazon.com/cloudformation/home?region=eu-west-1#/stacks/events?stackId=arn%3Aaws%3Acloudformation%3Aeu-west-1%3A1%3Astack%2Fs-Nested%2Fu
        Nothing was heard of stack s for 5 minutes: it has not begun. Its events: `aws cloudformation describe-stack-events --stack-name s`
        ");
    }

    /// A stack whose events end after the first ones, until it has been looked at so many times.
    struct Stuck(std::sync::Mutex<u32>);

    impl Stacks for Stuck {
        async fn stack(&self, _: &str) -> Result<Option<Stack>> {
            Ok(None)
        }

        async fn template(&self, _: &str) -> Result<Option<String>> {
            Ok(None)
        }

        async fn template_metadata(&self, _: &str) -> Result<Option<String>> {
            Ok(None)
        }

        async fn last_operation(&self, _: &str) -> Result<Vec<StackEvent>> {
            Ok(Vec::new())
        }

        async fn events(&self, _: &str, _: f64, _: Option<&str>) -> Result<Vec<StackEvent>> {
            let mut looks = self.0.lock().unwrap();
            *looks += 1;
            Ok(match *looks {
                1 => vec![
                    stack_event("CREATE_IN_PROGRESS", None),
                    event("Role", "AWS::IAM::Role", "CREATE_IN_PROGRESS", None),
                ],
                6 => vec![stack_event("CREATE_COMPLETE", None)],
                _ => Vec::new(),
            })
        }
    }

    impl ChangeSets for Stuck {
        async fn create_change_set(&self, _: &ChangeSetRequest) -> Result<String> {
            Ok(String::new())
        }

        async fn change_set(&self, _: &str, _: &str) -> Result<ChangeSet> {
            Ok(ChangeSet::default())
        }

        async fn execute_change_set(&self, _: &str, _: &str, _: bool) -> Result<()> {
            Ok(())
        }

        async fn delete_change_set(&self, _: &str, _: &str) -> Result<()> {
            Ok(())
        }

        async fn validation_failures(&self, _: &str) -> Result<Vec<String>> {
            Ok(Vec::new())
        }
    }

    impl StackControl for Stuck {
        async fn delete_stack(&self, _: &str, _: Option<&str>) -> Result<()> {
            Ok(())
        }

        async fn cancel_update(&self, _: &str) -> Result<bool> {
            Ok(false)
        }

        async fn continue_rollback(&self, _: &str, _: &[String]) -> Result<()> {
            Ok(())
        }
    }

    #[derive(Default)]
    struct Notes(std::sync::Mutex<Vec<String>>);

    impl Reporter for Notes {
        fn report(&self, _: &str, event: Event) {
            if let Event::Note(text) = event {
                self.0.lock().unwrap().push(text);
            }
        }

        fn differences(&self, _: &str, _: &crate::diff::differences::Differences) -> std::io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn following_tells_what_it_waits_for() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        let (notes, (_sender, interrupt)) = (Notes::default(), Interrupt::new());
        let prompter = crate::ui::prompt::Prompter::new(crate::context::Terminal::default());
        let console = Console::new(&prompter, &notes, &interrupt);
        let stuck = Stuck(std::sync::Mutex::default());
        let options = Options::default();
        let managed = ManagedStack {
            cloudformation: &stuck,
            name: "s",
            options: &options,
            linked: &[],
            resume_with: "copilot init",
        };
        let operation = managed.operation("s-id", OnInterrupt::Stop { create: true });
        let mut follower = Follower::new(&stuck, &operation, &console);
        follower.silence = Silence::new(Duration::from_millis(600), Instant::now());
        let ended = runtime.block_on(follower.run()).unwrap();
        assert!(ended.status.is("CREATE_COMPLETE"));
        insta::assert_snapshot!(notes.0.lock().unwrap().join("\n"), @"Nothing was heard of stack s for 0 minutes: it waits for Role (AWS::IAM::Role, CREATE_IN_PROGRESS since 00:00 UTC). Its events: `aws cloudformation describe-stack-events --stack-name s`");
    }
}
