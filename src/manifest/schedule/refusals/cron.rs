//! `cron()` expressions.

use super::told;

#[test]
fn cron_expressions_that_are_refused() {
    insta::assert_snapshot!(told(&[
        // The fields for days.
        "cron(0 9 * * * *)",
        "cron(0 9 * * 1 *)",
        "cron(0 9 * * MON-FRI *)",
        "cron(0 9 1 * * *)",
        "cron(0 9 1 * 2 *)",
        "cron(0 9 * ? MON *)",
        "cron(0 9 ?/2 * ? *)",
        // Values.
        "cron(60 9 * * ? *)",
        "cron(0 25 * * ? *)",
        "cron(0 24 * * ? *)",
        "cron(0 9 0 * ? *)",
        "cron(0 9 32 * ? *)",
        "cron(0 9 1 0 ? *)",
        "cron(0 9 1 13 ? *)",
        "cron(0 9 1 JANUAR-FOO ? *)",
        "cron(0 9 ? * 0 *)",
        "cron(0 9 ? * 8 *)",
        "cron(0 9 ? * 0-6 *)",
        "cron(0 9 ? * XYZ *)",
        "cron(0 9 * * ? 1969)",
        "cron(0 9 * * ? 2200)",
        "cron(-1 9 * * ? *)",
        "cron(+1 9 * * ? *)",
        "cron(0 9am * * ? *)",
        // Steps.
        "cron(*/60 * * * ? *)",
        "cron(0/60 * * * ? *)",
        "cron(*/90 * * * ? *)",
        "cron(*/120 * * * ? *)",
        "cron(5/75,30 * * * ? *)",
        "cron(0 */24 * * ? *)",
        "cron(0 */36 * * ? *)",
        "cron(0 0/24 * * ? *)",
        "cron(*/x * * * ? *)",
        // `L`, `W` and `#`.
        "cron(0 9 32W * ? *)",
        "cron(0 9 W * ? *)",
        "cron(0 9 ? * 8L *)",
        "cron(0 9 ? * 6#6 *)",
        "cron(0 9 ? * 3#1,6#3 *)",
        "cron(0 9 ? * 6W *)",
        "cron(0 L * * ? *)",
        // Several at once.
        "cron(*/60 */24 * * * *)",
        "cron(0 25 * * 8 *)",
        // The number of fields.
        "cron(0 9 * * 1)",
        "cron(0 9 * *)",
        "cron(0 0 9 * * ? *)",
        "cron()",
    ]), @r#"
    cron(0 9 * * * *)
      error: EventBridge refuses `cron(0 9 * * * *)`: it takes a day of month or a day of week, and `?` in the field of the other
      help: write "cron(0 9 * * ? *)"
    cron(0 9 * * 1 *)
      error: EventBridge refuses `cron(0 9 * * 1 *)`: it takes a day of month or a day of week, and `?` in the field of the other
      help: write "cron(0 9 ? * 1 *)"
    cron(0 9 * * MON-FRI *)
      error: EventBridge refuses `cron(0 9 * * MON-FRI *)`: it takes a day of month or a day of week, and `?` in the field of the other
      help: write "cron(0 9 ? * MON-FRI *)"
    cron(0 9 1 * * *)
      error: EventBridge refuses `cron(0 9 1 * * *)`: it takes a day of month or a day of week, and `?` in the field of the other
      help: write "cron(0 9 1 * ? *)"
    cron(0 9 1 * 2 *)
      error: EventBridge refuses `cron(0 9 1 * 2 *)`: it takes a day of month or a day of week, and `?` in the field of the other
      help: write `?` for one of them, or make two jobs: one with day of month `1`, one with day of week `2`
    cron(0 9 * ? MON *)
      error: EventBridge refuses `cron(0 9 * ? MON *)`: it takes a day of month or a day of week, and `?` in the field of the other
      help: write "cron(0 9 ? * MON *)"
    cron(0 9 ?/2 * ? *)
      error: EventBridge refuses `cron(0 9 ?/2 * ? *)`: the day of month field has `?/2`: `?` stands alone, in one of the fields for days
      help: in the field for the day of month write `1`, `1,15`, `1-7`, `*/2`, `L` or `15W`
    cron(60 9 * * ? *)
      error: EventBridge refuses `cron(60 9 * * ? *)`: the minute field has `60`: values are 0-59
      help: in the field for the minute write `0`, `0,30`, `0-29` or `*/15`
    cron(0 25 * * ? *)
      error: EventBridge refuses `cron(0 25 * * ? *)`: the hour field has `25`: values are 0-23
      help: in the field for the hour write `9`, `9,17`, `9-17` or `*/6`
    cron(0 24 * * ? *)
      error: EventBridge refuses `cron(0 24 * * ? *)`: the hour field has `24`: values are 0-23
      help: in the field for the hour write `9`, `9,17`, `9-17` or `*/6`
    cron(0 9 0 * ? *)
      error: EventBridge refuses `cron(0 9 0 * ? *)`: the day of month field has `0`: values are 1-31
      help: in the field for the day of month write `1`, `1,15`, `1-7`, `*/2`, `L` or `15W`
    cron(0 9 32 * ? *)
      error: EventBridge refuses `cron(0 9 32 * ? *)`: the day of month field has `32`: values are 1-31
      help: in the field for the day of month write `1`, `1,15`, `1-7`, `*/2`, `L` or `15W`
    cron(0 9 1 0 ? *)
      error: EventBridge refuses `cron(0 9 1 0 ? *)`: the month field has `0`: values are 1-12 or JAN-DEC
      help: in the field for the month write `1`, `1,7`, `JAN-MAR` or `*/3`
    cron(0 9 1 13 ? *)
      error: EventBridge refuses `cron(0 9 1 13 ? *)`: the month field has `13`: values are 1-12 or JAN-DEC
      help: in the field for the month write `1`, `1,7`, `JAN-MAR` or `*/3`
    cron(0 9 1 JANUAR-FOO ? *)
      error: EventBridge refuses `cron(0 9 1 JANUAR-FOO ? *)`: the month field has `JANUAR-FOO`: values are 1-12 or JAN-DEC
      help: in the field for the month write `1`, `1,7`, `JAN-MAR` or `*/3`
    cron(0 9 ? * 0 *)
      error: EventBridge refuses `cron(0 9 ? * 0 *)`: the day of week field has `0`: values are 1-7 or SUN-SAT
      help: write "cron(0 9 ? * 1 *)"
    cron(0 9 ? * 8 *)
      error: EventBridge refuses `cron(0 9 ? * 8 *)`: the day of week field has `8`: values are 1-7 or SUN-SAT
      help: in the field for the day of week write `1` for Sunday to `7` for Saturday, `MON-FRI`, `6L` or `6#3`
    cron(0 9 ? * 0-6 *)
      error: EventBridge refuses `cron(0 9 ? * 0-6 *)`: the day of week field has `0-6`: values are 1-7 or SUN-SAT
      help: write "cron(0 9 ? * 1-7 *)"
    cron(0 9 ? * XYZ *)
      error: EventBridge refuses `cron(0 9 ? * XYZ *)`: the day of week field has `XYZ`: values are 1-7 or SUN-SAT
      help: in the field for the day of week write `1` for Sunday to `7` for Saturday, `MON-FRI`, `6L` or `6#3`
    cron(0 9 * * ? 1969) → cron(0 9 * * ? 1969)
      warning: EventBridge may refuse `cron(0 9 * * ? 1969)` or take it in another sense: the year field has `1969`: values are 1970-2199
      help: UNDOCUMENTED
    cron(0 9 * * ? 2200) → cron(0 9 * * ? 2200)
      warning: EventBridge may refuse `cron(0 9 * * ? 2200)` or take it in another sense: the year field has `2200`: values are 1970-2199
      help: UNDOCUMENTED
    cron(-1 9 * * ? *)
      error: EventBridge refuses `cron(-1 9 * * ? *)`: the minute field has `-1`: values are 0-59
      help: in the field for the minute write `0`, `0,30`, `0-29` or `*/15`
    cron(+1 9 * * ? *)
      error: EventBridge refuses `cron(+1 9 * * ? *)`: the minute field has `+1`: values are 0-59
      help: in the field for the minute write `0`, `0,30`, `0-29` or `*/15`
    cron(0 9am * * ? *)
      error: EventBridge refuses `cron(0 9am * * ? *)`: the hour field has `9am`: values are 0-23
      help: in the field for the hour write `9`, `9,17`, `9-17` or `*/6`
    cron(*/60 * * * ? *)
      error: EventBridge refuses `cron(*/60 * * * ? *)`: the minute field has `*/60`: a step is below 60
      help: write "cron(0 * * * ? *)"
    cron(0/60 * * * ? *)
      error: EventBridge refuses `cron(0/60 * * * ? *)`: the minute field has `0/60`: a step is below 60
      help: write "cron(0 * * * ? *)"
    cron(*/90 * * * ? *)
      error: EventBridge refuses `cron(*/90 * * * ? *)`: the minute field has `*/90`: a step is below 60
      help: write "cron(0 * * * ? *)"; for an interval write "@every 90m"
    cron(*/120 * * * ? *)
      error: EventBridge refuses `cron(*/120 * * * ? *)`: the minute field has `*/120`: a step is below 60
      help: write "cron(0 * * * ? *)"; for an interval write "@every 2h"
    cron(5/75,30 * * * ? *)
      error: EventBridge refuses `cron(5/75,30 * * * ? *)`: the minute field has `5/75`: a step is below 60
      help: write "cron(5,30 * * * ? *)"
    cron(0 */24 * * ? *)
      error: EventBridge refuses `cron(0 */24 * * ? *)`: the hour field has `*/24`: a step is below 24
      help: write "cron(0 0 * * ? *)"
    cron(0 */36 * * ? *)
      error: EventBridge refuses `cron(0 */36 * * ? *)`: the hour field has `*/36`: a step is below 24
      help: write "cron(0 0 * * ? *)"; for an interval write "@every 36h"
    cron(0 0/24 * * ? *)
      error: EventBridge refuses `cron(0 0/24 * * ? *)`: the hour field has `0/24`: a step is below 24
      help: write "cron(0 0 * * ? *)"
    cron(*/x * * * ? *)
      error: EventBridge refuses `cron(*/x * * * ? *)`: the minute field has `*/x`: the step behind `/` is a number
      help: in the field for the minute write `0`, `0,30`, `0-29` or `*/15`
    cron(0 9 32W * ? *)
      error: EventBridge refuses `cron(0 9 32W * ? *)`: the day of month field has `32W`: values are 1-31
      help: in the field for the day of month write `1`, `1,15`, `1-7`, `*/2`, `L` or `15W`
    cron(0 9 W * ? *)
      error: EventBridge refuses `cron(0 9 W * ? *)`: the day of month field has `W`: values are 1-31
      help: in the field for the day of month write `1`, `1,15`, `1-7`, `*/2`, `L` or `15W`
    cron(0 9 ? * 8L *)
      error: EventBridge refuses `cron(0 9 ? * 8L *)`: the day of week field has `8L`: values are 1-7 or SUN-SAT
      help: in the field for the day of week write `1` for Sunday to `7` for Saturday, `MON-FRI`, `6L` or `6#3`
    cron(0 9 ? * 6#6 *)
      error: EventBridge refuses `cron(0 9 ? * 6#6 *)`: the day of week field has `6#6`: a number from 1 to 5 stands behind `#`
      help: in the field for the day of week write `1` for Sunday to `7` for Saturday, `MON-FRI`, `6L` or `6#3`
    cron(0 9 ? * 3#1,6#3 *)
      error: EventBridge refuses `cron(0 9 ? * 3#1,6#3 *)`: the day of week field has `3#1`: with `#` there is only one day
      help: in the field for the day of week write `1` for Sunday to `7` for Saturday, `MON-FRI`, `6L` or `6#3`
    cron(0 9 ? * 6W *)
      error: EventBridge refuses `cron(0 9 ? * 6W *)`: the day of week field has `6W`: values are 1-7 or SUN-SAT
      help: in the field for the day of week write `1` for Sunday to `7` for Saturday, `MON-FRI`, `6L` or `6#3`
    cron(0 L * * ? *)
      error: EventBridge refuses `cron(0 L * * ? *)`: the hour field has `L`: values are 0-23
      help: in the field for the hour write `9`, `9,17`, `9-17` or `*/6`
    cron(*/60 */24 * * * *)
      error: EventBridge refuses `cron(*/60 */24 * * * *)`: the minute field has `*/60`: a step is below 60; the hour field has `*/24`: a step is below 24; it takes a day of month or a day of week, and `?` in the field of the other
      help: write "cron(0 0 * * ? *)"
    cron(0 25 * * 8 *)
      error: EventBridge refuses `cron(0 25 * * 8 *)`: the hour field has `25`: values are 0-23; the day of week field has `8`: values are 1-7 or SUN-SAT; it takes a day of month or a day of week, and `?` in the field of the other
      help: in the field for the hour write `9`, `9,17`, `9-17` or `*/6`; in the field for the day of week write `1` for Sunday to `7` for Saturday, `MON-FRI`, `6L` or `6#3`
    cron(0 9 * * 1)
      error: `cron(0 9 * * 1)` has 5 fields
      help: AWS cron expressions have six fields: minute, hour, day of month, month, day of week, year; write "0 9 * * 1" or "cron(0 9 ? * 2 *)"
    cron(0 9 * *)
      error: `cron(0 9 * *)` has 4 fields
      help: AWS cron expressions have six fields: minute, hour, day of month, month, day of week, year
    cron(0 0 9 * * ? *)
      error: `cron(0 0 9 * * ? *)` has 7 fields
      help: AWS cron expressions have six fields: minute, hour, day of month, month, day of week, year
    cron()
      error: `cron()` has 0 fields
      help: AWS cron expressions have six fields: minute, hour, day of month, month, day of week, year
    "#);
}

#[test]
fn cron_expressions_that_are_taken_or_doubtful() {
    insta::assert_snapshot!(told(&[
        "cron(0 9 * * ? *)",
        "cron(0  9 ?  * 2-6  *)",
        "cron(00 09 ? * MON-FRI 2027-2030)",
        "cron(0/5 8-17 ? * MON,wed,6 *)",
        "cron(0 11-23/2 1,15 1-12/3 ? 2026/2)",
        "cron(*/59 */23 * * ? *)",
        "cron(0 9 L * ? *)",
        "cron(0 9 3W * ? *)",
        "cron(0 9 ? * L *)",
        "cron(0 9 ? * 6L *)",
        "cron(0 9 ? * 6#3 *)",
        "cron(0 9 ? * FRI#3 *)",
        "cron(0 9 31 2 ? *)",
        "cron(0 9 1 1 ? 2020)",
        // Nobody knows.
        "cron(0 9 ? * ? *)",
        "cron(0 ? * * ? *)",
        "cron(0 9 * * ? ?)",
        "cron(0 9 1,? * ? *)",
        "cron(0/5, 9-18, ?, *, MON-FRI, *)",
        "cron(0, 9 * * ? *)",
        "cron(, 9 * * ? *)",
        "cron(0 9 LW * ? *)",
        "cron(0 9 L-3 * ? *)",
        "cron(0 9 ? * FRI-MON *)",
        "cron(0 22-2 * * ? *)",
        "cron(0 9 ? * MONDAY *)",
        "cron(0 9 ? * MONDAY-FRIDAY *)",
        "cron(0 9 1 january ? *)",
        "cron(0 9 ? * 2/2 *)",
        "cron(0 9 */40 * ? *)",
        "cron(0 9 1 */13 ? *)",
        "cron(*/0 9 * * ? *)",
        "cron(/5 9 * * ? *)",
    ]), @r#"
    cron(0 9 * * ? *) → cron(0 9 * * ? *)
    cron(0  9 ?  * 2-6  *) → cron(0  9 ?  * 2-6  *)
    cron(00 09 ? * MON-FRI 2027-2030) → cron(00 09 ? * MON-FRI 2027-2030)
    cron(0/5 8-17 ? * MON,wed,6 *) → cron(0/5 8-17 ? * MON,wed,6 *)
    cron(0 11-23/2 1,15 1-12/3 ? 2026/2) → cron(0 11-23/2 1,15 1-12/3 ? 2026/2)
    cron(*/59 */23 * * ? *) → cron(*/59 */23 * * ? *)
    cron(0 9 L * ? *) → cron(0 9 L * ? *)
    cron(0 9 3W * ? *) → cron(0 9 3W * ? *)
    cron(0 9 ? * L *) → cron(0 9 ? * L *)
    cron(0 9 ? * 6L *) → cron(0 9 ? * 6L *)
    cron(0 9 ? * 6#3 *) → cron(0 9 ? * 6#3 *)
    cron(0 9 ? * FRI#3 *) → cron(0 9 ? * FRI#3 *)
    cron(0 9 31 2 ? *) → cron(0 9 31 2 ? *)
    cron(0 9 1 1 ? 2020) → cron(0 9 1 1 ? 2020)
    cron(0 9 ? * ? *) → cron(0 9 ? * ? *)
      warning: EventBridge may refuse `cron(0 9 ? * ? *)` or take it in another sense: neither of the fields for days says which days
      help: write "cron(0 9 * * ? *)"
    cron(0 ? * * ? *) → cron(0 ? * * ? *)
      warning: EventBridge may refuse `cron(0 ? * * ? *)` or take it in another sense: the hour field has `?`: `?` is documented for the fields for days alone, without other values
      help: write "cron(0 * * * ? *)"
    cron(0 9 * * ? ?) → cron(0 9 * * ? ?)
      warning: EventBridge may refuse `cron(0 9 * * ? ?)` or take it in another sense: the year field has `?`: `?` is documented for the fields for days alone, without other values
      help: write "cron(0 9 * * ? *)"
    cron(0 9 1,? * ? *) → cron(0 9 1,? * ? *)
      warning: EventBridge may refuse `cron(0 9 1,? * ? *)` or take it in another sense: the day of month field has `?`: `?` is documented for the fields for days alone, without other values
      help: write "cron(0 9 1,* * ? *)"
    cron(0/5, 9-18, ?, *, MON-FRI, *) → cron(0/5, 9-18, ?, *, MON-FRI, *)
      warning: EventBridge may refuse `cron(0/5, 9-18, ?, *, MON-FRI, *)` or take it in another sense: the minute field `0/5,` has an empty place; the hour field `9-18,` has an empty place; the day of month field `?,` has an empty place; the month field `*,` has an empty place; the day of week field `MON-FRI,` has an empty place
      help: write "cron(0/5 9-18 ? * MON-FRI *)"
    cron(0, 9 * * ? *) → cron(0, 9 * * ? *)
      warning: EventBridge may refuse `cron(0, 9 * * ? *)` or take it in another sense: the minute field `0,` has an empty place
      help: write "cron(0 9 * * ? *)"
    cron(, 9 * * ? *) → cron(, 9 * * ? *)
      warning: EventBridge may refuse `cron(, 9 * * ? *)` or take it in another sense: the minute field `,` has an empty place
      help: UNDOCUMENTED
    cron(0 9 LW * ? *) → cron(0 9 LW * ? *)
      warning: EventBridge may refuse `cron(0 9 LW * ? *)` or take it in another sense: the day of month field has `LW`: this form is not documented
      help: UNDOCUMENTED
    cron(0 9 L-3 * ? *) → cron(0 9 L-3 * ? *)
      warning: EventBridge may refuse `cron(0 9 L-3 * ? *)` or take it in another sense: the day of month field has `L-3`: this form is not documented
      help: UNDOCUMENTED
    cron(0 9 ? * FRI-MON *) → cron(0 9 ? * FRI-MON *)
      warning: EventBridge may refuse `cron(0 9 ? * FRI-MON *)` or take it in another sense: the day of week field has `FRI-MON`: it is not documented that a range can begin with its higher end
      help: write "cron(0 9 ? * FRI-SAT,SUN-MON *)"
    cron(0 22-2 * * ? *) → cron(0 22-2 * * ? *)
      warning: EventBridge may refuse `cron(0 22-2 * * ? *)` or take it in another sense: the hour field has `22-2`: it is not documented that a range can begin with its higher end
      help: write "cron(0 22-23,0-2 * * ? *)"
    cron(0 9 ? * MONDAY *) → cron(0 9 ? * MONDAY *)
      warning: EventBridge may refuse `cron(0 9 ? * MONDAY *)` or take it in another sense: the day of week field has `MONDAY`: names have three letters
      help: write "cron(0 9 ? * MON *)"
    cron(0 9 ? * MONDAY-FRIDAY *) → cron(0 9 ? * MONDAY-FRIDAY *)
      warning: EventBridge may refuse `cron(0 9 ? * MONDAY-FRIDAY *)` or take it in another sense: the day of week field has `MONDAY-FRIDAY`: names have three letters
      help: write "cron(0 9 ? * MON-FRI *)"
    cron(0 9 1 january ? *) → cron(0 9 1 january ? *)
      warning: EventBridge may refuse `cron(0 9 1 january ? *)` or take it in another sense: the month field has `january`: names have three letters
      help: write "cron(0 9 1 JAN ? *)"
    cron(0 9 ? * 2/2 *) → cron(0 9 ? * 2/2 *)
      warning: EventBridge may refuse `cron(0 9 ? * 2/2 *)` or take it in another sense: the day of week field has `2/2`: steps are not documented for this field
      help: UNDOCUMENTED
    cron(0 9 */40 * ? *) → cron(0 9 */40 * ? *)
      warning: EventBridge may refuse `cron(0 9 */40 * ? *)` or take it in another sense: the day of month field has `*/40`: the step leads past all values
      help: write "cron(0 9 1 * ? *)"
    cron(0 9 1 */13 ? *) → cron(0 9 1 */13 ? *)
      warning: EventBridge may refuse `cron(0 9 1 */13 ? *)` or take it in another sense: the month field has `*/13`: the step leads past all values
      help: write "cron(0 9 1 1 ? *)"
    cron(*/0 9 * * ? *) → cron(*/0 9 * * ? *)
      warning: EventBridge may refuse `cron(*/0 9 * * ? *)` or take it in another sense: the minute field has `*/0`: the step is 0
      help: UNDOCUMENTED
    cron(/5 9 * * ? *) → cron(/5 9 * * ? *)
      warning: EventBridge may refuse `cron(/5 9 * * ? *)` or take it in another sense: the minute field has `/5`: nothing stands before the step
      help: UNDOCUMENTED
    "#);
}
