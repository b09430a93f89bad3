//! An application of which a newer version of the program has written a template.

use crate::app_upgrade::{OLD, aged, rewrite};
use crate::support::{Told, World, in_parallel};

const NEWER: &str = "v1.35.0";
const INIT_JOB: [&str; 8] = ["job", "init", "-n", "mailer", "--image", "a", "--schedule", "@daily"];
const INIT_ENV: [&str; 5] = ["env", "init", "-n", "test", "--default-config"];

/// An application whose templates have these versions.
fn application(roles: &'static str, stack_set: &'static str) -> World {
    let world = World::empty();
    world.run(&["app", "init", "demo"]).succeeds();
    rewrite(&world, aged(roles), aged(stack_set));
    world
}

/// The newer one of both versions counts: either template may be written.
#[test]
fn is_not_changed_by_any_command() {
    let halves = [("roles", NEWER, OLD), ("stack set", OLD, NEWER)];
    let told = in_parallel(2, &halves, |(half, roles, stack_set)| {
        let world = application(roles, stack_set);
        let mut told = Told::default();
        for command in [&INIT_ENV[..], &INIT_JOB, &["app", "upgrade"]] {
            told.runs(&format!("{half}, {}", command[..2].join(" ")), &world, world.command(command), 1);
        }
        told.all().to_owned()
    });
    insta::assert_snapshot!(told.join("\n\n"), @"
    roles, env init (1):
    ✘ application demo was changed by a newer version: its templates are v1.35.0, this program writes v1.34.1+rs.1.35.0
      Install the newest version of copilot and run the command again.
      Or pass --allow-downgrade; parts that only the newer version knows are then removed or reset.

    roles, job init (1):
    Schedule: every day at 00:00 UTC (cron(0 0 * * ? *)); next: DATE UTC, DATE UTC, DATE UTC
    ✘ application demo was changed by a newer version: its templates are v1.35.0, this program writes v1.34.1+rs.1.35.0
      Install the newest version of copilot and run the command again.
      Or pass --allow-downgrade; parts that only the newer version knows are then removed or reset.

    roles, app upgrade (1):
    ✘ application demo was changed by a newer version: its templates are v1.35.0, this program writes v1.34.1+rs.1.35.0
      Install the newest version of copilot and run the command again.

    stack set, env init (1):
    ✘ application demo was changed by a newer version: its templates are v1.35.0, this program writes v1.34.1+rs.1.35.0
      Install the newest version of copilot and run the command again.
      Or pass --allow-downgrade; parts that only the newer version knows are then removed or reset.

    stack set, job init (1):
    Schedule: every day at 00:00 UTC (cron(0 0 * * ? *)); next: DATE UTC, DATE UTC, DATE UTC
    ✘ application demo was changed by a newer version: its templates are v1.35.0, this program writes v1.34.1+rs.1.35.0
      Install the newest version of copilot and run the command again.
      Or pass --allow-downgrade; parts that only the newer version knows are then removed or reset.

    stack set, app upgrade (1):
    ✘ application demo was changed by a newer version: its templates are v1.35.0, this program writes v1.34.1+rs.1.35.0
      Install the newest version of copilot and run the command again.
    ");
}

#[test]
fn is_changed_where_the_flag_allows_it() {
    let world = application(NEWER, NEWER);
    let allowed = |command: &[&str]| world.run(&[command, &["--allow-downgrade"]].concat());
    insta::assert_snapshot!(allowed(&INIT_JOB).outline(), @"
    exit code: 0
    ----- stderr -----
    Schedule: every day at 00:00 UTC (cron(0 0 * * ? *)); next: DATE UTC, DATE UTC, DATE UTC
    Application demo has no environment yet; the first one brings the job's repository.
    Setting up job mailer of application demo, which is in account ACCOUNT, us-west-2
    Wrote the manifest copilot/mailer/manifest.yml, and its schema for editors, copilot/.schema/job.json
    ✔ Job mailer is set up.
      Next: create an environment with `copilot env init --name test`.
    ");
    allowed(&INIT_ENV).succeeds();
}
