//! Whole documents: syntax, shape, name, type and what no manifest can lack.

use super::{Row, check_with, job, refused, warned};

const GOOD: &str =
    "name: report\ntype: Scheduled Job\nimage: {location: repo/app}\non: {schedule: '@daily'}\n";

const ROWS: &[Row] = &[
    job(GOOD, ""),
    refused("", &["0: the manifest is empty"]),
    refused("# nothing yet\n", &["0: the manifest is empty"]),
    refused("null\n", &["0: the manifest is empty"]),
    refused("good morning\n", &["1: a manifest is a map with `name`, `type` and so on"]),
    refused("- report\n", &["1: a manifest is a map with `name`, `type` and so on"]),
    refused("name: report\ntype: scheduled job\n", &["2 type: `scheduled job` is not a type of job"]),
    refused("name: report\n", &["1 type: the manifest has no type"]),
    refused("name: report\ntype:\n", &["2 type: the manifest has no type"]),
    refused("name: report\ntype: 7\n", &["2 type: `7` is not a type of job"]),
    refused("name: report\ntype: {is: job}\n", &["2 type: expected a text"]),
    refused(
        "name: report\ntype: Scheduled Job\nname: other\n",
        &["3: the key `name` is given twice, first in line 1 and again in line 3"],
    ),
    refused(
        "type: Scheduled Job\nimage: {location: repo/app}\non: {schedule: none}\n",
        &["1 name: the manifest has no name"],
    ),
    refused(
        "type: Scheduled Job\nimage: {location: repo/app}\nname:\non:\n  schedule:\n",
        &["3 name: the manifest has no name", "4 on.schedule: a scheduled job needs a schedule"],
    ),
    // Only the first document counts; what follows need not even be YAML.
    warned(
        "name: report\ntype: Scheduled Job\nimage: {location: repo/app}\non: {schedule: none}\n---\nname: other\n",
        "schedule: none",
        &["5: everything from this line on is left out: only the first YAML document of a manifest counts"],
    ),
    warned(
        "name: report\ntype: Scheduled Job\nimage: {location: repo/app}\non: {schedule: none}\n---\n] : {\n",
        "schedule: none",
        &["5: everything from this line on is left out: only the first YAML document of a manifest counts"],
    ),
    // `true` is not `on`.
    refused(
        "name: report\ntype: Scheduled Job\nimage: {location: repo/app}\ntrue:\n  schedule: none\n",
        &["1 on.schedule: a scheduled job needs a schedule"],
    ),
    refused("name: report\n\ttype: x\n", &["1: invalid YAML: "]),
    refused("name: report\non:\n  schedule: * * * * *\n", &["3: invalid YAML: "]),
    refused("name: report\non:\n  schedule: @hourly\n", &["3: invalid YAML: "]),
    refused(
        "name: report\ntype: Scheduled Job\nimage: {location: repo/app}\non: hourly\n",
        &["4 on: expected a map, found `hourly`"],
    ),
    refused(
        "name: report\ntype: Scheduled Job\nimage: {location: repo/app}\n",
        &["1 on.schedule: a scheduled job needs a schedule"],
    ),
    refused(
        "name: report\ntype: Scheduled Job\non: {schedule: none}\n",
        &["1 image: no image: neither `build` nor `location` is given"],
    ),
];

#[test]
fn documents() {
    check_with("documents", ROWS, str::to_owned);
}
