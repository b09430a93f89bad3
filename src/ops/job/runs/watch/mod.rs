//! Follows a run to its end: events of the execution where somebody may read them, the run's tasks, and what the containers
//! log. Where nobody may read events, the tasks tell how far the run is and the state machine's log how it ended.

use std::time::Duration;

use crate::error::{Error, Kind as ErrorKind, Result};
use crate::ops::job::logs::follow::Follower;
use crate::ops::job::runs::clock::Clock;
use crate::ops::job::runs::event::{Kind, RunEvent, Status};
use crate::ops::job::runs::ladder::Ladder;
use crate::ops::job::runs::logged;
use crate::ops::job::runs::plan::Plan;
use crate::ops::job::runs::port::Followed;
use crate::ops::job::runs::run::{Run, Trigger};
use crate::ops::job::runs::story::{Story, duration};
use crate::ops::job::runs::target::Target;
use crate::ops::job::runs::task::Task;
use crate::ops::job::runs::verdict::{Judgement, Verdict, judge};
use crate::report::Console;
use crate::report::events::{Event, RunProgress};

/// How long lines may come in after a task has stopped. CloudWatch shows them some seconds late.
const LATE_LINES: Duration = Duration::from_millis(8_500);
/// The same while lines keep coming.
const LAST_LINES: Duration = Duration::from_secs(30);
/// How long ECS may take to tell the exit code of a task that has stopped.
const LATE_EXIT_CODE: Duration = Duration::from_secs(20);
/// How long an execution that was just started may be unknown to other calls.
const UNKNOWN: Duration = Duration::from_secs(30);
/// Without the execution itself: how long no other attempt may begin until a success is one.
const NO_NEW_ATTEMPT: Duration = Duration::from_secs(90);
/// Without the execution itself: how long the state machine's log is waited for.
const LATE_LOG: Duration = Duration::from_secs(20);
/// Without the execution itself: how much later than its limit a run is taken for timed out.
const LATE_TIMEOUT: Duration = Duration::from_mins(1);
/// How long calls may fail, one after the other.
const PATIENCE: Duration = Duration::from_mins(10);
/// How often the state machine's log is looked at, which costs more than other calls.
const LOG_INTERVAL: Duration = Duration::from_secs(5);
/// How often a run is called still going where nothing else happens.
const HEARTBEAT: Duration = Duration::from_mins(5);

/// How a run is followed.
#[derive(Clone, Copy)]
pub(crate) struct Options<'a> {
    /// Show what the containers log.
    pub logs: bool,
    /// How long to wait; without one, as long as the job may take and five minutes, or for ever.
    pub timeout: Option<Duration>,
    /// Time as it passes.
    pub clock: &'a dyn Clock,
}

/// A run that has ended.
#[derive(Clone, Debug)]
pub(crate) struct Ended {
    pub run: Run,
    pub judgement: Judgement,
}

/// What is followed, and how far it is.
pub(crate) struct Watch<'a, P> {
    target: &'a Target<P>,
    ladder: Ladder<'a, P>,
    plan: &'a Plan,
    options: Options<'a>,
    console: &'a Console<'a>,
    run: Run,
    story: Story,
    follower: Option<Follower<'a, P>>,
    /// When the following began, and how old the run was then.
    begun: Duration,
    before: Duration,
    seen: bool,
    log_read: Option<Duration>,
    all_stopped: Option<Duration>,
}

/// Pause between two looks.
fn interval(elapsed: Duration) -> Duration {
    Duration::from_millis(match elapsed.as_secs() {
        0..120 => 1_000,
        120..600 => 2_000,
        _ => 5_000,
    })
}

impl<'a, P: Followed> Watch<'a, P> {
    /// A run that was started, or that somebody else has started.
    pub(crate) fn new(
        target: &'a Target<P>,
        plan: &'a Plan,
        run: Run,
        options: Options<'a>,
        console: &'a Console<'a>,
    ) -> Self {
        let age = run.started.map(|started| options.clock.unix_ms().saturating_sub(started));
        let age = age.and_then(|ms| u64::try_from(ms).ok()).map(Duration::from_millis);
        let follower = options.logs.then(|| Follower::new(&target.manager, &target.log_group, &target.job));
        Self {
            target,
            ladder: Ladder::new(&target.manager, target.own.as_ref()),
            plan,
            options,
            console,
            story: Story::new(&run.name, &target.job, plan),
            run,
            follower,
            begun: options.clock.elapsed(),
            before: age.unwrap_or_default(),
            seen: false,
            log_read: None,
            all_stopped: None,
        }
    }

    /// Follows it to its end.
    ///
    /// # Errors
    /// When the end is not seen: the time is over, the job is gone, or AWS does not answer.
    pub(crate) async fn follow(mut self) -> Result<Ended> {
        let clock = self.options.clock;
        let mut failing: Option<Duration> = None;
        let mut told = clock.elapsed();
        loop {
            match self.look().await {
                Ok(()) => failing = None,
                Err(error) if error.is_expired() => return Err(self.expired(&error)),
                Err(error) if error.is_transient() => {
                    let since = *failing.get_or_insert_with(|| {
                        self.console.warn(format!("The run goes on, but cannot be looked at: {error}."));
                        clock.elapsed()
                    });
                    if self.since(since) > PATIENCE {
                        return Err(self.lost(&format!("cannot be followed any longer: {error}")));
                    }
                }
                Err(error) if error.kind() == ErrorKind::Undetermined => return Err(error),
                Err(error) => return Err(self.lost(&format!("can no longer be looked at: {error}"))),
            }
            if self.story.tell(&self.run, self.console) {
                told = clock.elapsed();
            }
            if let Some(ended) = self.end() {
                self.last_lines().await;
                self.story.tell(&self.run, self.console);
                return Ok(ended);
            }
            if let Some((limit, Duration::ZERO)) = self.limit() {
                return Err(self.lost(&format!("has not ended within {}", duration(limit))));
            }
            if self.since(told) >= HEARTBEAT {
                told = clock.elapsed();
                self.story.still(&self.run, clock.unix_ms(), self.elapsed(), self.console);
            }
            self.pause().await;
        }
    }

    /// Waits until the next look is due.
    async fn pause(&self) {
        let pause = interval(self.since(self.begun));
        let left = self.limit().map_or(pause, |(_, left)| left.max(Duration::from_millis(10)));
        self.options.clock.sleep(pause.min(left)).await;
    }

    /// How long it is followed at most, and what is left of that. The user's limit counts from now on, the job's own from the
    /// run's beginning.
    fn limit(&self) -> Option<(Duration, Duration)> {
        if let Some(limit) = self.options.timeout {
            return Some((limit, limit.saturating_sub(self.since(self.begun))));
        }
        let limit = self.plan.timeout? + Duration::from_mins(5);
        Some((limit, limit.saturating_sub(self.elapsed())))
    }

    fn since(&self, moment: Duration) -> Duration {
        self.options.clock.elapsed().saturating_sub(moment)
    }

    /// Time since the run began. Of one that was just started this machine's time of day tells nothing: it may be wrong.
    fn elapsed(&self) -> Duration {
        self.before + self.since(self.begun)
    }

    /// Looks once at everything.
    async fn look(&mut self) -> Result<()> {
        let names: Vec<String> = self.run.tasks().map(|task| task.id().to_owned()).collect();
        let target = self.target;
        let state = look(
            target,
            &self.ladder,
            &self.run,
            self.log_read.is_none_or(|at| self.since(at) >= LOG_INTERVAL),
        );
        let lines = async {
            match &mut self.follower {
                Some(follower) => follower.look(&names).await.map(Some),
                None => Ok(None),
            }
        };
        let (seen, lines) = tokio::join!(state, lines);
        if let Ok(seen) = &seen {
            self.run.learn_tasks(&seen.tasks);
        }
        // Lines that were read are shown, whatever else went wrong.
        let missed = match lines {
            Ok(lines) => {
                self.story.lines(&self.run, lines.unwrap_or_default(), self.console);
                None
            }
            Err(error) => Some(error),
        };
        let seen = seen?;
        if seen.read_log {
            self.log_read = Some(self.options.clock.elapsed());
        }
        match seen.events {
            Events::Of(events) => {
                self.seen = true;
                self.run.learn_events(&events);
            }
            Events::Unreadable(events) => self.run.learn_events(&events),
            Events::Gone => {
                let certain = self.seen || self.since(self.begun) >= UNKNOWN;
                if certain || self.target.manager.definition(&self.target.machine).await?.is_none() {
                    return Err(self.gone());
                }
            }
        }
        // Lines are missed only until the next look; what is refused stays refused.
        match missed {
            Some(error) if error.is_transient() => Err(error),
            Some(error) => {
                self.follower = None;
                self.console.warn(format!("What the containers log cannot be read: {error}."));
                Ok(())
            }
            None => Ok(()),
        }
    }

    /// The end, once it is certain.
    fn end(&mut self) -> Option<Ended> {
        let stopped = !self.run.attempts.is_empty()
            && self.run.attempts.iter().all(|attempt| {
                attempt.ended.is_some() || attempt.task.as_ref().is_some_and(Task::has_stopped)
            });
        match stopped {
            true => _ = self.all_stopped.get_or_insert(self.options.clock.elapsed()),
            false => self.all_stopped = None,
        }
        let since_stop = self.all_stopped.map(|at| self.since(at));
        if !self.run.has_ended() && (self.ladder.is_exhausted() || self.run.trigger == Trigger::Direct) {
            self.infer(since_stop);
        }
        if !self.run.has_ended() {
            return None;
        }
        let judgement = judge(&self.run, &self.target.job);
        // ECS may tell the exit code a moment after the stop.
        let waits = judgement.exit_code.is_none()
            && judgement.verdict != Verdict::Stopped
            && self.run.tasks().last().is_some_and(|task| task.started.is_some())
            && since_stop.is_some_and(|since| since < LATE_EXIT_CODE);
        (!waits).then(|| Ended { run: self.run.clone(), judgement })
    }

    /// What the tasks tell about the end of a run whose events nobody may read, and of a task without a state machine.
    fn infer(&mut self, since_stop: Option<Duration>) {
        let direct = self.run.trigger == Trigger::Direct;
        let Some(task) = self.run.tasks().last().filter(|_| since_stop.is_some()).cloned() else {
            let late = self.plan.timeout.is_some_and(|own| self.elapsed() >= own + LATE_TIMEOUT);
            if late && !direct {
                self.conclude(Status::TimedOut, None);
            }
            return;
        };
        let since = since_stop.unwrap_or_default();
        let known = task.containers.iter().all(|container| container.exit_code.is_some());
        if !known && since < LATE_EXIT_CODE && task.started.is_some() {
            return;
        }
        let well = known && task.containers.iter().all(|container| container.exit_code == Some(0));
        let attempts = u64::try_from(self.run.attempts.len()).unwrap_or(u64::MAX);
        let last = direct || self.plan.attempts().is_some_and(|most| attempts >= most);
        let patience = NO_NEW_ATTEMPT.max(self.longest_pause() * 2);
        match well {
            true if direct || self.plan.is_plain || since >= NO_NEW_ATTEMPT => {
                self.conclude(Status::Succeeded, task.stopped);
            }
            // Who killed it is in the state machine's log, which comes late.
            false if last && !direct && was_killed(&task) && since < LATE_LOG => {}
            false if last || since >= patience => {
                let ran = self.elapsed().saturating_sub(since);
                let late = !direct && self.plan.timeout.is_some_and(|own| ran >= own);
                self.conclude(if late { Status::TimedOut } else { Status::Failed }, task.stopped);
            }
            _ => {}
        }
    }

    fn longest_pause(&self) -> Duration {
        self.plan.pause_after(self.run.attempts.len()).unwrap_or_default()
    }

    fn conclude(&mut self, status: Status, at: Option<i64>) {
        let at = at.unwrap_or_else(|| self.options.clock.unix_ms());
        let ended = Kind::Ended { status, error: String::new(), cause: String::new() };
        self.run.learn_events(&[RunEvent { at, kind: ended }]);
    }

    /// Reads lines until no more are to be expected.
    async fn last_lines(&mut self) {
        // Of a task that never ran there are none.
        let may_have_run = |task: &&Task| {
            let ended = task.containers.iter().any(|container| container.exit_code.is_some());
            task.started.is_some() || ended || !task.has_stopped()
        };
        let names: Vec<String> =
            self.run.tasks().filter(may_have_run).map(|task| task.id().to_owned()).collect();
        let clock = self.options.clock;
        let stopped = self.all_stopped.unwrap_or_else(|| clock.elapsed());
        let mut quiet_until = stopped + LATE_LINES;
        while let Some(follower) = &mut self.follower {
            let Ok(lines) = follower.look(&names).await else { return };
            if !lines.is_empty() {
                quiet_until = (clock.elapsed() + LATE_LINES / 4).max(quiet_until).min(stopped + LAST_LINES);
            }
            self.story.lines(&self.run, lines, self.console);
            let now = clock.elapsed();
            if now >= quiet_until || names.is_empty() {
                return;
            }
            clock.sleep(quiet_until.saturating_sub(now).min(interval(Duration::ZERO))).await;
        }
    }

    fn gone(&self) -> Error {
        let Target { job, environment, .. } = self.target;
        Error::undetermined(format!("run {} can no longer be followed: job {job} was deleted", self.run.name))
            .hint(format!(
                "Its log, if it is still there: log group {} in {}.",
                self.target.log_group, environment.region
            ))
    }

    fn lost(&self, what: &str) -> Error {
        let state = self.story.state(&self.run, self.options.clock.unix_ms());
        Error::undetermined(format!("run {} {what}; when last seen: {state}", self.run.name))
            .hint(self.goes_on())
    }

    fn expired(&self, error: &Error) -> Error {
        let state = self.story.state(&self.run, self.options.clock.unix_ms());
        let time = crate::manifest::schedule::words::timestamp(self.options.clock.unix_ms() / 1000);
        Error::undetermined(format!(
            "the credentials expired at {time}, so the end of run {} is not known; when last seen: {state}",
            self.run.name
        ))
        .details([error.to_string()])
        .hint(format!("Sign in again. {}", self.goes_on()))
    }

    fn goes_on(&self) -> String {
        goes_on(&self.target.flags(), &self.run)
    }
}

/// What to do with a run that goes on.
pub(crate) fn goes_on(flags: &str, run: &Run) -> String {
    let name = &run.name;
    format!(
        "The run goes on in AWS. Follow it again with `copilot job run {flags} --attach {name}`, stop it with `copilot job stop {flags} \
         {name}`."
    )
}

/// Whether a container of a task was ended from outside.
fn was_killed(task: &Task) -> bool {
    const SIGNALS: [i64; 2] = [137, 143];
    task.containers.iter().any(|container| container.exit_code.is_some_and(|code| SIGNALS.contains(&code)))
}

/// What one look has found.
struct Seen {
    events: Events,
    tasks: Vec<Task>,
    read_log: bool,
}

/// Events of the execution.
enum Events {
    Of(Vec<RunEvent>),
    /// Nobody may read them; what the state machine has logged.
    Unreadable(Vec<RunEvent>),
    Gone,
}

async fn look<P: Followed>(
    target: &Target<P>,
    ladder: &Ladder<'_, P>,
    run: &Run,
    log_is_due: bool,
) -> Result<Seen> {
    let direct = run.trigger == Trigger::Direct;
    let events = async {
        if direct {
            return Ok::<_, Error>((Events::Unreadable(Vec::new()), false));
        }
        let arn = target.execution(&run.name);
        match ladder.ask(async |place: &P| place.execution_events(&arn).await).await? {
            Some(Some(events)) => Ok((Events::Of(events), false)),
            Some(None) => Ok((Events::Gone, false)),
            None if log_is_due => {
                let events = logged::events(target, &run.name, run.started).await?;
                Ok((Events::Unreadable(events), true))
            }
            None => Ok((Events::Unreadable(Vec::new()), false)),
        }
    };
    let (events, tasks) = tokio::join!(events, tasks(target, ladder, run));
    let (events, read_log) = events?;
    let tasks = match tasks {
        // The execution tells the end without them.
        Err(error) if error.is_denied() && matches!(events, Events::Of(_)) => Vec::new(),
        tasks => tasks?,
    };
    Ok(Seen { events, tasks, read_log })
}

/// Tasks of the run that have not been seen to end, as they are.
async fn tasks<P: Followed>(target: &Target<P>, ladder: &Ladder<'_, P>, run: &Run) -> Result<Vec<Task>> {
    let Some(cluster) = &target.cluster else { return Ok(Vec::new()) };
    let settled = |task: &Task| {
        task.has_stopped() && task.containers.iter().all(|container| container.exit_code.is_some())
    };
    let mut arns: Vec<String> =
        run.tasks().filter(|task| !settled(task)).map(|task| task.arn.clone()).collect();
    if ladder.is_exhausted() && run.trigger != Trigger::Direct {
        let family = target.family();
        let (running, stopped) = tokio::try_join!(
            target.manager.task_arns(cluster, &family, false),
            target.manager.task_arns(cluster, &family, true)
        )?;
        let known = |arn: &String| run.tasks().any(|task| task.arn == *arn && settled(task));
        arns.extend(running.into_iter().chain(stopped).filter(|arn| !known(arn)));
        arns.sort();
        arns.dedup();
    }
    match arns.is_empty() {
        true => Ok(Vec::new()),
        false => target.manager.describe_tasks(cluster, &arns).await,
    }
}

/// Reports a run that is followed from here on.
pub(crate) fn announce(run: &str, url: Option<String>, console: &Console<'_>) {
    console.report(Event::Run { run: run.to_owned(), event: RunProgress::Started { url } });
}

#[cfg(test)]
mod tests;
