//! `on.schedule`: what EventBridge gets for it.

use super::{Row, Want, check_with, complete};

const ZONE: &str = "it put the zone among the fields, or crashed; EventBridge rules know UTC only";
const ANYWHERE: &str = "it let every text pass that had `none`, `rate(…)` or `cron(…)` somewhere in it, for EventBridge to refuse";
const DIGITS: &str = "it raised every digit of the field, also those of steps and leading zeros; EventBridge refused the outcome or ran on other days";
const VERBATIM: &str = "EventBridge refused what only the old tool's cron reader understood";

const STEP_LOST: &[&str] = &["1 on.schedule: the step of a day field"];

/// The schedule becomes this expression.
const fn gives(schedule: &'static str, expression: &'static str) -> Row {
    Row { text: schedule, variables: &[], want: Want::Job(expression, &[]), unlike: None }
}

/// The expression runs the job more often than the schedule says, as ever, but that is told.
const fn gives_all_days(schedule: &'static str, expression: &'static str) -> Row {
    Row { text: schedule, variables: &[], want: Want::Job(expression, STEP_LOST), unlike: None }
}

/// The schedule is refused with this mistake.
const fn refused(schedule: &'static str, mistake: &'static [&'static str]) -> Row {
    Row { text: schedule, variables: &[], want: Want::Mistakes(mistake), unlike: None }
}

const INTERVALS: &[Row] = &[
    gives("@every 2h15m", "schedule: rate(135 minutes)"),
    gives("@every 1m", "schedule: rate(1 minute)"),
    gives("@every 60000ms", "schedule: rate(1 minute)"),
    gives("@every 60s", "schedule: rate(1 minute)"),
    gives("@every 2.5h", "schedule: rate(150 minutes)"),
    gives("@every 3h", "schedule: rate(180 minutes)"),
    gives("@every 24h", "schedule: rate(1440 minutes)"),
    gives("@every +7m", "schedule: rate(7 minutes)"),
    gives("@every 525600m", "schedule: rate(525600 minutes)"),
    refused("@every 300 seconds", &["1 on.schedule: `300 seconds` is not a duration"]),
    refused("@every 5M", &["1 on.schedule: `5M` is not a duration"]),
    refused("@every 2d", &["1 on.schedule: `2d` is not a duration"]),
    refused("@every  2h", &["1 on.schedule: ` 2h` is not a duration"]),
    refused("@every 2h 15m", &["1 on.schedule: `2h 15m` is not a duration"]),
    refused("@every", &["1 on.schedule: `@every` is not a preset"]),
    refused("@every 119s", &["1 on.schedule: `119s` is not a whole number of minutes"]),
    refused("@every 90s", &["1 on.schedule: `90s` is not a whole number of minutes"]),
    refused("@every 30s", &["1 on.schedule: `30s` is not a whole number of minutes"]),
    refused("@every 2h0.5m", &["1 on.schedule: `2h0.5m` is not a whole number of minutes"]),
    refused("@every 1m1ns", &["1 on.schedule: `1m1ns` is not a whole number of minutes"]),
    refused("@every -7m", &["1 on.schedule: `-7m` is shorter than a minute"]),
    refused("@every 0m", &["1 on.schedule: `0m` is shorter than a minute"]),
    refused("@every 0", &["1 on.schedule: `0` is shorter than a minute"]),
    refused("every 7m", &["1 on.schedule: `every 7m` is not a schedule"]),
    refused("every 2 hours", &["1 on.schedule: `every 2 hours` is not a schedule"]),
];

const PRESETS_AND_EXPRESSIONS: &[Row] = &[
    refused("", &["1 on.schedule: the schedule is empty"]),
    gives("@hourly", "schedule: cron(0 * * * ? *)"),
    // This is the schedule of the completed fragment, too.
    gives("@daily", ""),
    gives("@midnight", ""),
    gives("@weekly", "schedule: cron(0 0 ? * 1 *)"),
    gives("@monthly", "schedule: cron(0 0 1 * ? *)"),
    gives("@yearly", "schedule: cron(0 0 1 1 ? *)"),
    gives("@annually", "schedule: cron(0 0 1 1 ? *)"),
    refused("@minutely", &["1 on.schedule: `@minutely` is not a preset"]),
    refused("@reboot", &["1 on.schedule: `@reboot` is not a preset"]),
    refused("@Daily", &["1 on.schedule: `@Daily` is not a preset"]),
    refused("@daily ", &["1 on.schedule: `@daily ` is not a preset"]),
    refused(" @daily", &["1 on.schedule: ` @daily` is not a schedule"]),
    gives("none", "schedule: none"),
    refused("None", &["1 on.schedule: `None` is not a schedule"]),
    refused(" none ", &["1 on.schedule: ` none ` is not a schedule"]).unlike(ANYWHERE),
    refused("nonesuch", &["1 on.schedule: `nonesuch` is not a schedule"]).unlike(ANYWHERE),
    gives("rate(7 minutes)", "schedule: rate(7 minutes)"),
    gives("cron(0 * * * ? *)", "schedule: cron(0 * * * ? *)"),
    refused("brate(7 minutes)", &["1 on.schedule: `brate(7 minutes)` is not a schedule"]).unlike(ANYWHERE),
    refused("cron(0 9 ? * 2 *) and more", &["1 on.schedule: `cron(0 9 ? * 2 *) and more` is not a schedule"])
        .unlike(ANYWHERE),
    refused("rate()", &["1 on.schedule: EventBridge refuses `rate()`: a rate is a number and a unit"])
        .unlike(ANYWHERE),
    refused("rate(1 hours)", &["1 on.schedule: EventBridge refuses `rate(1 hours)`"]).unlike(ANYWHERE),
    refused("cron(0 25 * * ? *)", &["1 on.schedule: EventBridge refuses `cron(0 25 * * ? *)`"])
        .unlike(ANYWHERE),
    refused("RATE(7 minutes)", &["1 on.schedule: `RATE(7 minutes)` is not a schedule"]),
    refused("rate(7 minutes", &["1 on.schedule: `rate(7 minutes` is not a schedule"]),
    refused("at(2031-12-24T18:00:00)", &["1 on.schedule: `at(2031-12-24T18:00:00)` is not a schedule"]),
];

const CRON: &[Row] = &[
    gives("* * * * *", "schedule: cron(* * * * ? *)"),
    gives("* * * * ?", "schedule: cron(* * * * ? *)"),
    gives("* * ? * *", "schedule: cron(* * * * ? *)"),
    gives("* * ? * ?", "schedule: cron(* * * * ? *)"),
    gives("30 6 ? * ?", "schedule: cron(30 6 * * ? *)"),
    gives("* * * * MON-FRI", "schedule: cron(* * ? * MON-FRI *)"),
    gives("* * ? * MON", "schedule: cron(* * ? * MON *)"),
    gives("* * 1 * ?", "schedule: cron(* * 1 * ? *)"),
    gives("* * 1 * *", "schedule: cron(* * 1 * ? *)"),
    gives("* * ? * 2-6", "schedule: cron(* * ? * 3-7 *)"),
    gives("* * * * 2-6", "schedule: cron(* * ? * 3-7 *)"),
    gives("30 6 * * 0", "schedule: cron(30 6 ? * 1 *)"),
    gives("30 6 * * 6", "schedule: cron(30 6 ? * 7 *)"),
    gives("30 6 * * 0-6", "schedule: cron(30 6 ? * 1-7 *)"),
    gives("30 6 * * 0,6", "schedule: cron(30 6 ? * 1,7 *)"),
    gives("30 6 * * 1,3,5", "schedule: cron(30 6 ? * 2,4,6 *)"),
    gives("30 6 * * 1,MON", "schedule: cron(30 6 ? * 2,MON *)"),
    gives("30 6 * * sun", "schedule: cron(30 6 ? * sun *)"),
    gives("30 6 * * SUN,TUE", "schedule: cron(30 6 ? * SUN,TUE *)"),
    gives("30 6 1,15 * *", "schedule: cron(30 6 1,15 * ? *)"),
    gives("30 6 1-7 * *", "schedule: cron(30 6 1-7 * ? *)"),
    gives("30 6 1 JAN *", "schedule: cron(30 6 1 JAN ? *)"),
    gives("30 6 1 jan-mar *", "schedule: cron(30 6 1 jan-mar ? *)"),
    gives("*/5 * * * *", "schedule: cron(*/5 * * * ? *)"),
    gives("0/5 * * * *", "schedule: cron(0/5 * * * ? *)"),
    gives("5/15 * * * *", "schedule: cron(5/15 * * * ? *)"),
    refused(
        "*/90 * * * *",
        &["1 on.schedule: EventBridge refuses `*/90 * * * *`, which becomes `cron(*/90 * * * ? *)`: "],
    )
    .unlike(VERBATIM),
    refused("*/60 * * * *", &["1 on.schedule: EventBridge refuses `*/60 * * * *`"]).unlike(VERBATIM),
    refused("0 */24 * * *", &["1 on.schedule: EventBridge refuses `0 */24 * * *`"]).unlike(VERBATIM),
    // Such a day never comes.
    gives("0 0 31 2 *", "schedule: cron(0 0 31 2 ? *)"),
    gives("  30 6 * * 1  ", "schedule: cron(30 6 ? * 2 *)"),
    gives("30\t6\t*\t*\t1", "schedule: cron(30 6 ? * 2 *)"),
    refused("30 6 * * 7", &["1 on.schedule: `30 6 * * 7` is not a schedule: the day of week field has `7`"]),
    refused(
        "30 6 * * 3-7",
        &["1 on.schedule: `30 6 * * 3-7` is not a schedule: the day of week field has `3-7`"],
    ),
    refused(
        "30 6 * * 5-1",
        &["1 on.schedule: `30 6 * * 5-1` is not a schedule: the day of week field has `5-1`"],
    ),
    refused(
        "30 6 * * FRI-MON",
        &["1 on.schedule: `30 6 * * FRI-MON` is not a schedule: the day of week field"],
    ),
    refused("* * * * MONDAY", &["1 on.schedule: `* * * * MONDAY` is not a schedule: the day of week field"]),
    refused("30 6 * * 5#2", &["1 on.schedule: `30 6 * * 5#2` is not a schedule: the day of week field"]),
    refused("30 6 L * *", &["1 on.schedule: `30 6 L * *` is not a schedule: the day of month field has `L`"]),
    refused(
        "30 6 15W * *",
        &["1 on.schedule: `30 6 15W * *` is not a schedule: the day of month field has `15W`"],
    ),
    refused("60 * * * *", &["1 on.schedule: `60 * * * *` is not a schedule: the minute field has `60`"]),
    refused("0 24 * * *", &["1 on.schedule: `0 24 * * *` is not a schedule: the hour field has `24`"]),
    refused("0 0 0 * *", &["1 on.schedule: `0 0 0 * *` is not a schedule: the day of month field has `0`"]),
    refused(
        "0 0 32 * *",
        &["1 on.schedule: `0 0 32 * *` is not a schedule: the day of month field has `32`"],
    ),
    refused("0 0 1 0 *", &["1 on.schedule: `0 0 1 0 *` is not a schedule: the month field has `0`"]),
    refused("0 0 1 13 *", &["1 on.schedule: `0 0 1 13 *` is not a schedule: the month field has `13`"]),
    refused(
        "30 6 * * 1/0",
        &["1 on.schedule: `30 6 * * 1/0` is not a schedule: the day of week field has `1/0`"],
    ),
    refused("30 6 * * 1-2-3", &["1 on.schedule: `30 6 * * 1-2-3` is not a schedule: the day of week field"]),
    refused("30 6 * * 1/2/3", &["1 on.schedule: `30 6 * * 1/2/3` is not a schedule: the day of week field"]),
    refused(
        "30 6 * * 1-",
        &["1 on.schedule: `30 6 * * 1-` is not a schedule: the day of week field has `1-`"],
    ),
    refused("30 6 * *", &["1 on.schedule: `30 6 * *` is not a schedule: a cron schedule has five fields"]),
    refused(
        "* * * * * *",
        &["1 on.schedule: `* * * * * *` is not a schedule: a cron schedule has five fields"],
    ),
    refused(
        "* * * wrong *",
        &["1 on.schedule: `* * * wrong *` is not a schedule: the month field has `wrong`"],
    ),
    refused("7", &["1 on.schedule: `7` is not a schedule"]),
    refused(
        "* * 1 * SUN",
        &["1 on.schedule: `* * 1 * SUN` is not a schedule: EventBridge takes a day of month or"],
    ),
    refused(
        "30 6 1 * 1",
        &["1 on.schedule: `30 6 1 * 1` is not a schedule: EventBridge takes a day of month or"],
    ),
    refused(
        "30 6 1-31 * 0-6",
        &["1 on.schedule: `30 6 1-31 * 0-6` is not a schedule: EventBridge takes a day of"],
    ),
];

const DAY_STEPS_AND_ZONES: &[Row] = &[
    gives("30 6 * * 1-5/2", "schedule: cron(30 6 ? * 2,4,6 *)").unlike(DIGITS),
    gives("30 6 * * 1/2", "schedule: cron(30 6 ? * 2,4,6 *)").unlike(DIGITS),
    gives("30 6 * * 1-5/1", "schedule: cron(30 6 ? * 2-6 *)").unlike(DIGITS),
    gives("30 6 * * 1-5/9", "schedule: cron(30 6 ? * 2 *)").unlike(DIGITS),
    gives("30 6 * * 1/10", "schedule: cron(30 6 ? * 2 *)").unlike(DIGITS),
    gives("30 6 * * 01", "schedule: cron(30 6 ? * 2 *)").unlike(DIGITS),
    gives("30 6 * * 00", "schedule: cron(30 6 ? * 1 *)").unlike(DIGITS),
    gives("30 6 * * +1", "schedule: cron(30 6 ? * 2 *)").unlike(VERBATIM),
    gives("30 6 * * 1,", "schedule: cron(30 6 ? * 2 *)").unlike(VERBATIM),
    refused(
        "30 6 * * ,",
        &["1 on.schedule: `30 6 * * ,` is not a schedule: the day of week field `,` has no value"],
    )
    .unlike(VERBATIM),
    // These run every day in the old tool, and jobs live with that: kept, but told.
    gives_all_days("30 6 * * */2", "schedule: cron(30 6 * * ? *)"),
    gives_all_days("30 6 */2 * *", "schedule: cron(30 6 * * ? *)"),
    gives_all_days("30 6 */2 * 1", "schedule: cron(30 6 ? * 2 *)"),
    gives_all_days("30 6 1 * */2", "schedule: cron(30 6 1 * ? *)"),
    gives_all_days("30 6 * * ?/2", "schedule: cron(30 6 * * ? *)"),
    // No step, so nothing is lost.
    gives("30 6 * * *-5", "schedule: cron(30 6 * * ? *)"),
    gives("30 6 * * 1,*", "schedule: cron(30 6 * * ? *)"),
    refused("TZ=UTC 30 6 * * 1", &["1 on.schedule: `TZ=UTC 30 6 * * 1` names a time zone"]).unlike(ZONE),
    refused(
        "CRON_TZ=Asia/Tokyo 30 6 * * *",
        &["1 on.schedule: `CRON_TZ=Asia/Tokyo 30 6 * * *` names a time zone"],
    )
    .unlike(ZONE),
    refused("TZ=No/Where 30 6 * * *", &["1 on.schedule: `TZ=No/Where 30 6 * * *` names a time zone"]),
    refused("TZ=UTC", &["1 on.schedule: `TZ=UTC` names a time zone"]).unlike(ZONE),
    refused("TZ=UTC @daily", &["1 on.schedule: `TZ=UTC @daily` names a time zone"]).unlike(ZONE),
];

/// A manifest with this schedule in its first line.
fn with_schedule(schedule: &str) -> String {
    complete(&format!("on: {{schedule: \"{}\"}}", schedule.replace('\t', "\\t")))
}

#[test]
fn intervals() {
    check_with("intervals", INTERVALS, with_schedule);
}

#[test]
fn presets_and_expressions() {
    check_with("presets and AWS expressions", PRESETS_AND_EXPRESSIONS, with_schedule);
}

#[test]
fn cron() {
    check_with("cron schedules", CRON, with_schedule);
}

#[test]
fn day_steps_and_zones() {
    check_with("steps of day fields and time zones", DAY_STEPS_AND_ZONES, with_schedule);
}
