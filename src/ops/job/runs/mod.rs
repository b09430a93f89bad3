//! Runs of a deployed job: found, followed, judged. What is known of a run comes from four places: its execution, which not
//! everybody may read; the tasks of ECS, which forgets them after an hour; the state machine's log; its definition.

pub(crate) mod causes;
pub mod clock;
pub mod describe;
pub mod event;
pub(crate) mod find;
pub(crate) mod history;
pub(crate) mod ladder;
pub(crate) mod logged;
pub(crate) mod plan;
pub mod port;
pub mod run;
pub(crate) mod story;
pub mod target;
pub mod task;
pub mod verdict;
pub(crate) mod watch;
