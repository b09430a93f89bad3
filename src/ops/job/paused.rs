//! A schedule that is switched off by hand. The rule's state is part of the job's template: every deployment takes it over from
//! the deployed one, until the job is resumed.

use crate::manifest::job::Schedule;
use crate::ops::deployed::Deployed;
use crate::ops::job::target::Target;
use crate::report::Console;
use crate::stack::port::Stack;
use crate::template::job::inputs::Inputs;
use crate::template::job::rule::State;

/// Whether the schedule of a deployed job is switched off. The rule of a job that has no schedule is off as well, and no sign of
/// that.
pub(crate) fn is_paused(stack: &Stack, deployed: &Deployed) -> bool {
    has_schedule(stack) && deployed.document.as_ref().and_then(State::of) == Some(State::Disabled)
}

/// Whether a deployed job has a schedule.
pub(crate) fn has_schedule(stack: &Stack) -> bool {
    stack.parameters.get("Schedule").map(String::as_str) != Some(Schedule::Disabled.parameter())
}

/// Tells of a job that stays paused.
pub(crate) fn tell(target: &Target, schedule: &Schedule, inputs: &Inputs, console: &Console<'_>) {
    if !inputs.paused || *schedule == Schedule::Disabled {
        return;
    }
    let Target { app, env, job, .. } = target;
    console.note(format!(
        "Job {job} is paused in environment {env} and stays so: `copilot job resume --app {app} --env {env} --name {job}` switches \
         its schedule on again."
    ));
}
