//! A run put together from what is known of it: events of its execution, and its tasks. Pure.

use super::event::{Kind, RunEvent, Status};
use super::task::Task;

/// A run of a job.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Run {
    /// Name of the execution, and group of its tasks.
    pub name: String,
    /// What began it.
    pub trigger: Trigger,
    /// When it began, in milliseconds since 1970.
    pub started: Option<i64>,
    /// When it ended.
    pub ended: Option<i64>,
    /// How Step Functions has it; running also when nothing is known of its end.
    pub status: Status,
    /// Error name of an execution that ended badly.
    pub error: String,
    /// Why it did.
    pub cause: String,
    /// Tasks that were started for it, in order.
    pub attempts: Vec<Attempt>,
}

/// What began a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Trigger {
    /// The job's schedule.
    Schedule,
    /// A person or a program, by way of the state machine.
    #[default]
    Manual,
    /// A person or a program that started the task itself.
    Direct,
}

/// What the names of runs begin with that `copilot job run` starts.
pub(crate) const MANUAL: &str = "manual-";
/// The same of tasks that it starts without the state machine.
pub(crate) const DIRECT: &str = "direct-";

impl Trigger {
    /// What a run's name tells. EventBridge gives names of two identifiers with an underscore in between.
    pub(crate) fn of_name(name: &str) -> Self {
        let is_uuid =
            |text: &str| text.len() == 36 && text.bytes().all(|b| b.is_ascii_hexdigit() || b == b'-');
        match name.split_once('_') {
            Some((event, target)) if is_uuid(event) && is_uuid(target) => Self::Schedule,
            _ if name.starts_with(DIRECT) => Self::Direct,
            _ => Self::Manual,
        }
    }

    /// In one word.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Schedule => "schedule",
            Self::Manual => "manual",
            Self::Direct => "direct",
        }
    }
}

/// One try of a run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Attempt {
    /// Its task; `None` when ECS took none.
    pub task: Option<Task>,
    /// When ECS took the task, or refused it.
    pub began: Option<i64>,
    /// When it ended, as Step Functions has it.
    pub ended: Option<i64>,
    /// Error name and cause, when it failed.
    pub failure: Option<(String, String)>,
}

impl Run {
    /// A run of which nothing is known but its name.
    pub(crate) fn new(name: &str) -> Self {
        Self { name: name.to_owned(), trigger: Trigger::of_name(name), ..Self::default() }
    }

    /// Takes in events of the execution, oldest first. Those that were taken in before change nothing.
    pub(crate) fn learn_events(&mut self, events: &[RunEvent]) {
        for event in events {
            let at = event.at;
            match &event.kind {
                Kind::Started { scheduled } => {
                    self.started = Some(at);
                    if *scheduled {
                        self.trigger = Trigger::Schedule;
                    }
                }
                Kind::Submitted { task } => {
                    let attempt = self.attempt_of(task);
                    attempt.began.get_or_insert(at);
                }
                Kind::TaskSucceeded { task } => {
                    if let Some(task) = task {
                        self.learn_task(task);
                        self.attempt_of(&task.arn).ended.get_or_insert(at);
                    }
                }
                Kind::TaskFailed { error, cause, task } => {
                    let attempt = match task {
                        Some(task) => {
                            self.learn_task(task);
                            self.attempt_of(&task.arn)
                        }
                        None => self.attempt_that_ends(at),
                    };
                    attempt.ended = Some(at);
                    attempt.failure.get_or_insert_with(|| (error.clone(), cause.clone()));
                }
                Kind::Ended { status, error, cause } => {
                    self.ended = Some(at);
                    self.status = *status;
                    self.error.clone_from(error);
                    self.cause.clone_from(cause);
                }
                Kind::Other => {}
            }
        }
    }

    /// Takes in what ECS says about tasks; those of other runs are passed over.
    pub(crate) fn learn_tasks(&mut self, tasks: &[Task]) {
        for task in tasks {
            if task.group == self.name {
                self.learn_task(task);
            }
        }
    }

    fn learn_task(&mut self, task: &Task) {
        let known = &mut self.attempt_of(&task.arn).task;
        let ended = |task: &Task| task.containers.iter().filter(|one| one.exit_code.is_some()).count();
        // What says how containers ended is not given up for less.
        let better = known
            .as_ref()
            .is_none_or(|known| (task.has_stopped(), ended(task)) >= (known.has_stopped(), ended(known)));
        if better {
            *known = Some(task.clone());
        }
        let moment = |attempt: &Attempt| {
            let task = attempt.task.as_ref();
            attempt.began.or_else(|| task.and_then(|task| task.created))
        };
        self.attempts.sort_by_key(|attempt| moment(attempt).unwrap_or(i64::MAX));
    }

    fn attempt_of(&mut self, arn: &str) -> &mut Attempt {
        let is_it = |attempt: &Attempt| attempt.task.as_ref().is_some_and(|task| task.arn == arn);
        let index = match self.attempts.iter().position(is_it) {
            Some(index) => index,
            None => {
                let task = Task { arn: arn.to_owned(), group: self.name.clone(), ..Task::default() };
                self.attempts.push(Attempt { task: Some(task), ..Attempt::default() });
                self.attempts.len() - 1
            }
        };
        &mut self.attempts[index]
    }

    /// The attempt that an error without a task ends: the one under way, or one that ECS took no task for.
    fn attempt_that_ends(&mut self, at: i64) -> &mut Attempt {
        // Events that were taken in before come again.
        let known = self.attempts.iter().position(|attempt| attempt.ended == Some(at));
        let under_way =
            |attempt: &Attempt| attempt.ended.is_none() && attempt.began.is_none_or(|began| began <= at);
        let index = match known.or_else(|| self.attempts.iter().rposition(under_way)) {
            Some(index) => index,
            None => {
                self.attempts.push(Attempt { began: Some(at), ..Attempt::default() });
                self.attempts.len() - 1
            }
        };
        &mut self.attempts[index]
    }

    /// ARNs of its tasks.
    pub(crate) fn tasks(&self) -> impl Iterator<Item = &Task> {
        self.attempts.iter().filter_map(|attempt| attempt.task.as_ref())
    }

    /// Whether Step Functions has called it ended.
    pub(crate) fn has_ended(&self) -> bool {
        self.status != Status::Running
    }
}

#[cfg(test)]
mod tests {
    use super::super::task::Container;
    use super::*;

    fn task(id: &str, status: &str, exit_code: Option<i64>) -> Task {
        Task {
            arn: format!("arn:aws:ecs:us-west-2:1:task/demo/{id}"),
            group: "r-1".to_owned(),
            status: status.to_owned(),
            containers: vec![Container { name: "report".to_owned(), exit_code, ..Container::default() }],
            ..Task::default()
        }
    }

    fn event(at: i64, kind: Kind) -> RunEvent {
        RunEvent { at, kind }
    }

    fn failed(task: Option<Task>) -> Kind {
        Kind::TaskFailed { error: "States.TaskFailed".to_owned(), cause: "why".to_owned(), task }
    }

    #[test]
    fn attempts_of_events_and_tasks() {
        let first = task("one", "STOPPED", Some(1));
        let events = [
            event(1, Kind::Started { scheduled: true }),
            event(2, Kind::Submitted { task: first.arn.clone() }),
            event(3, failed(Some(first.clone()))),
            event(4, failed(None)),
            event(5, Kind::Submitted { task: task("two", "", None).arn }),
        ];
        let mut run = Run::new("r-1");
        run.learn_events(&events);
        // Heard twice, and of another run.
        run.learn_events(&events);
        run.learn_tasks(&[
            task("one", "STOPPED", None),
            task("two", "RUNNING", None),
            Task { group: "r-2".to_owned(), ..task("three", "RUNNING", None) },
        ]);
        assert_eq!((run.trigger, run.started, run.has_ended()), (Trigger::Schedule, Some(1), false));
        let told: Vec<String> = run
            .attempts
            .iter()
            .map(|attempt| {
                let task = attempt.task.as_ref().map(|task| (task.id(), task.status.as_str()));
                let code = attempt.task.as_ref().and_then(|task| task.container("report")?.exit_code);
                format!("{task:?} {code:?} {:?}..{:?}", attempt.began, attempt.ended)
            })
            .collect();
        insta::assert_snapshot!(told.join("\n"), @r#"
        Some(("one", "STOPPED")) Some(1) Some(2)..Some(3)
        None None Some(4)..Some(4)
        Some(("two", "RUNNING")) None Some(5)..None
        "#);
    }

    #[test]
    fn names_tell_what_began_a_run() {
        let uuid = "0a1b2c3d-0000-4000-8000-0123456789ab";
        let triggers =
            [format!("{uuid}_{uuid}"), uuid.to_owned(), "manual-x".to_owned(), "direct-x".to_owned()];
        let told = triggers.map(|name| Trigger::of_name(&name).word());
        assert_eq!(told, ["schedule", "manual", "manual", "direct"]);
    }
}
