//! What EventBridge refuses, what it may refuse, and what it takes, with what the user reads.

mod cron;

use super::*;

/// `TEXT → EXPRESSION`, or what is wrong, with what to do.
fn told(texts: &[&str]) -> String {
    let told = |text: &&str| match convert(text) {
        Ok(Converted { schedule, doubts }) => {
            let doubts: String = doubts
                .iter()
                .map(|doubt| format!("\n  warning: {}\n  help: {}", doubt.message, doubt.help))
                .collect();
            format!("{text} → {}{doubts}", schedule.parameter())
        }
        Err(error) => format!("{text}\n  error: {}\n  help: {}", error.message, error.help),
    };
    let lines: Vec<String> = texts.iter().map(told).collect();
    lines.join("\n").replace(FORMS, "FORMS").replace(UNDOCUMENTED, "UNDOCUMENTED")
}

#[test]
fn rates_that_are_refused() {
    insta::assert_snapshot!(told(&[
        "rate(1 hours)",
        "rate(1 minutes)",
        "rate(5 minute)",
        "rate(2 day)",
        "rate(0 minutes)",
        "rate(0 minute)",
        "rate(-5 minutes)",
        "rate(30 seconds)",
        "rate(300 seconds)",
        "rate(1.5 hours)",
        "rate(0.5 minutes)",
        "rate(0.25 days)",
        "rate(2 weeks)",
        "rate(1 week)",
        "rate(1 month)",
        "rate(3 months)",
        "rate(5 mins)",
        "rate(1 h)",
        "rate(5minutes)",
        "rate(5m)",
        "rate(five minutes)",
        "rate(1e3 minutes)",
        "rate(inf minutes)",
        "rate(5 fortnights)",
        "rate(minutes 5)",
        "rate(1 2 3)",
    ]), @r#"
    rate(1 hours)
      error: EventBridge refuses `rate(1 hours)`: behind 1 the unit is in the singular
      help: write "rate(1 hour)"
    rate(1 minutes)
      error: EventBridge refuses `rate(1 minutes)`: behind 1 the unit is in the singular
      help: write "rate(1 minute)"
    rate(5 minute)
      error: EventBridge refuses `rate(5 minute)`: behind 5 the unit is in the plural
      help: write "rate(5 minutes)"
    rate(2 day)
      error: EventBridge refuses `rate(2 day)`: behind 2 the unit is in the plural
      help: write "rate(2 days)"
    rate(0 minutes)
      error: EventBridge refuses `rate(0 minutes)`: the number is at least 1
      help: write "rate(1 minute)", or "none" to run the job by hand only
    rate(0 minute)
      error: EventBridge refuses `rate(0 minute)`: the number is at least 1
      help: write "rate(1 minute)", or "none" to run the job by hand only
    rate(-5 minutes)
      error: EventBridge refuses `rate(-5 minutes)`: the number is at least 1
      help: write "rate(1 minute)", or "none" to run the job by hand only
    rate(30 seconds)
      error: EventBridge refuses `rate(30 seconds)`: the shortest rate is one minute
      help: write "rate(1 minute)"
    rate(300 seconds)
      error: EventBridge refuses `rate(300 seconds)`: the shortest rate is one minute
      help: write "rate(5 minutes)"
    rate(1.5 hours)
      error: EventBridge refuses `rate(1.5 hours)`: the number is not whole
      help: write "rate(90 minutes)"
    rate(0.5 minutes)
      error: EventBridge refuses `rate(0.5 minutes)`: the number is not whole
      help: count whole minutes, hours or days: "rate(90 minutes)"
    rate(0.25 days)
      error: EventBridge refuses `rate(0.25 days)`: the number is not whole
      help: write "rate(360 minutes)"
    rate(2 weeks)
      error: EventBridge refuses `rate(2 weeks)`: `weeks` is not a unit: rates count minutes, hours and days
      help: write "rate(14 days)"
    rate(1 week)
      error: EventBridge refuses `rate(1 week)`: `week` is not a unit: rates count minutes, hours and days
      help: write "rate(7 days)"
    rate(1 month)
      error: EventBridge refuses `rate(1 month)`: `month` is not a unit: rates count minutes, hours and days
      help: write "@monthly"
    rate(3 months)
      error: EventBridge refuses `rate(3 months)`: `months` is not a unit: rates count minutes, hours and days
      help: write "cron(0 0 1 1/3 ? *)"
    rate(5 mins)
      error: EventBridge refuses `rate(5 mins)`: `mins` is not a unit: rates count minutes, hours and days
      help: write "rate(5 minutes)"
    rate(1 h)
      error: EventBridge refuses `rate(1 h)`: `h` is not a unit: rates count minutes, hours and days
      help: write "rate(1 hour)"
    rate(5minutes)
      error: EventBridge refuses `rate(5minutes)`: a rate is a number and a unit
      help: write "rate(5 minutes)"
    rate(5m)
      error: EventBridge refuses `rate(5m)`: a rate is a number and a unit
      help: write "rate(5 minutes)"
    rate(five minutes)
      error: EventBridge refuses `rate(five minutes)`: `five` is not a number
      help: a rate is a number and a unit: "rate(5 minutes)"
    rate(1e3 minutes)
      error: EventBridge refuses `rate(1e3 minutes)`: `1e3` is not a number
      help: a rate is a number and a unit: "rate(5 minutes)"
    rate(inf minutes)
      error: EventBridge refuses `rate(inf minutes)`: `inf` is not a number
      help: a rate is a number and a unit: "rate(5 minutes)"
    rate(5 fortnights)
      error: EventBridge refuses `rate(5 fortnights)`: `fortnights` is not a unit: rates count minutes, hours and days
      help: a rate is a number and a unit: "rate(5 minutes)"
    rate(minutes 5)
      error: EventBridge refuses `rate(minutes 5)`: `minutes` is not a number
      help: a rate is a number and a unit: "rate(5 minutes)"
    rate(1 2 3)
      error: EventBridge refuses `rate(1 2 3)`: a rate is a number and a unit
      help: a rate is a number and a unit: "rate(5 minutes)"
    "#);
}

#[test]
fn rates_that_are_taken_or_doubtful() {
    insta::assert_snapshot!(told(&[
        "rate(1 minute)",
        "rate(1 hour)",
        "rate(1 day)",
        "rate(90 minutes)",
        "rate(7 days)",
        "rate(05 minutes)",
        "rate(5 Minutes)",
        "rate( 5  minutes )",
        "rate(5\tminutes)",
        "rate(1 Minutes)",
        "rate(01 minute)",
        "rate(99999999999 minutes)",
        "rate(01 minutes)",
    ]), @r#"
    rate(1 minute) → rate(1 minute)
    rate(1 hour) → rate(1 hour)
    rate(1 day) → rate(1 day)
    rate(90 minutes) → rate(90 minutes)
    rate(7 days) → rate(7 days)
    rate(05 minutes) → rate(05 minutes)
      warning: EventBridge may refuse `rate(05 minutes)` or take it in another sense: the number has leading zeros
      help: write "rate(5 minutes)"
    rate(5 Minutes) → rate(5 Minutes)
      warning: EventBridge may refuse `rate(5 Minutes)` or take it in another sense: only small letters and a single blank, between number and unit, are documented
      help: write "rate(5 minutes)"
    rate( 5  minutes ) → rate( 5  minutes )
      warning: EventBridge may refuse `rate( 5  minutes )` or take it in another sense: only small letters and a single blank, between number and unit, are documented
      help: write "rate(5 minutes)"
    rate(5	minutes) → rate(5	minutes)
      warning: EventBridge may refuse `rate(5	minutes)` or take it in another sense: only small letters and a single blank, between number and unit, are documented
      help: write "rate(5 minutes)"
    rate(1 Minutes)
      error: EventBridge refuses `rate(1 Minutes)`: behind 1 the unit is in the singular
      help: write "rate(1 minute)"
    rate(01 minute) → rate(01 minute)
      warning: EventBridge may refuse `rate(01 minute)` or take it in another sense: the number has leading zeros
      help: write "rate(1 minute)"
    rate(99999999999 minutes) → rate(99999999999 minutes)
      warning: EventBridge may refuse `rate(99999999999 minutes)` or take it in another sense: the number is very large
      help: UNDOCUMENTED
    rate(01 minutes)
      error: EventBridge refuses `rate(01 minutes)`: behind 1 the unit is in the singular
      help: write "rate(1 minute)"
    "#);
}

#[test]
fn unix_schedules_that_eventbridge_refuses() {
    insta::assert_snapshot!(told(&[
        "*/60 * * * *",
        "*/90 * * * *",
        "*/120 9-17 * * MON-FRI",
        "5/60 * * * *",
        "10-20/90 * * * *",
        "0,*/60 * * * *",
        "0 */24 * * *",
        "0 */36 * * 1",
        "0 2/24 * * *",
        "*/60 */24 * * *",
        "*/90 9 */2 * *",
        // Taken, or doubtful.
        "*/59 */23 * * *",
        "0 9 1/40 * *",
        "0 9 1 */13 *",
        "0 9 */2 * *",
        "0 9 * * 1-5/9",
    ]), @r#"
    */60 * * * *
      error: EventBridge refuses `*/60 * * * *`, which becomes `cron(*/60 * * * ? *)`: the minute field has `*/60`: a step is below 60
      help: write "0 * * * *"
    */90 * * * *
      error: EventBridge refuses `*/90 * * * *`, which becomes `cron(*/90 * * * ? *)`: the minute field has `*/90`: a step is below 60
      help: write "0 * * * *"; for an interval write "@every 90m"
    */120 9-17 * * MON-FRI
      error: EventBridge refuses `*/120 9-17 * * MON-FRI`, which becomes `cron(*/120 9-17 ? * MON-FRI *)`: the minute field has `*/120`: a step is below 60
      help: write "0 9-17 * * MON-FRI"
    5/60 * * * *
      error: EventBridge refuses `5/60 * * * *`, which becomes `cron(5/60 * * * ? *)`: the minute field has `5/60`: a step is below 60
      help: write "5 * * * *"
    10-20/90 * * * *
      error: EventBridge refuses `10-20/90 * * * *`, which becomes `cron(10-20/90 * * * ? *)`: the minute field has `10-20/90`: a step is below 60
      help: write "10 * * * *"
    0,*/60 * * * *
      error: EventBridge refuses `0,*/60 * * * *`, which becomes `cron(0,*/60 * * * ? *)`: the minute field has `*/60`: a step is below 60
      help: write "0 * * * *"
    0 */24 * * *
      error: EventBridge refuses `0 */24 * * *`, which becomes `cron(0 */24 * * ? *)`: the hour field has `*/24`: a step is below 24
      help: write "0 0 * * *"
    0 */36 * * 1
      error: EventBridge refuses `0 */36 * * 1`, which becomes `cron(0 */36 ? * 2 *)`: the hour field has `*/36`: a step is below 24
      help: write "0 0 * * 1"
    0 2/24 * * *
      error: EventBridge refuses `0 2/24 * * *`, which becomes `cron(0 2/24 * * ? *)`: the hour field has `2/24`: a step is below 24
      help: write "0 2 * * *"
    */60 */24 * * *
      error: EventBridge refuses `*/60 */24 * * *`, which becomes `cron(*/60 */24 * * ? *)`: the minute field has `*/60`: a step is below 60; the hour field has `*/24`: a step is below 24
      help: write "0 0 * * *"
    */90 9 */2 * *
      error: EventBridge refuses `*/90 9 */2 * *`, which becomes `cron(*/90 9 * * ? *)`: the minute field has `*/90`: a step is below 60
      help: write "0 9 */2 * *"
    */59 */23 * * * → cron(*/59 */23 * * ? *)
    0 9 1/40 * * → cron(0 9 1/40 * ? *)
      warning: EventBridge may refuse `0 9 1/40 * *`, which becomes `cron(0 9 1/40 * ? *)`, or take it in another sense: the day of month field has `1/40`: the step leads past all values
      help: write "0 9 1 * *"
    0 9 1 */13 * → cron(0 9 1 */13 ? *)
      warning: EventBridge may refuse `0 9 1 */13 *`, which becomes `cron(0 9 1 */13 ? *)`, or take it in another sense: the month field has `*/13`: the step leads past all values
      help: write "0 9 1 1 *"
    0 9 */2 * * → cron(0 9 * * ? *)
      warning: the step of a day field in `0 9 */2 * *` has no effect; the schedule becomes `cron(0 9 * * ? *)`, as the old tool made it
      help: write the days one by one ("1,3,5") to run on some days only
    0 9 * * 1-5/9 → cron(0 9 ? * 2 *)
    "#);
}
