//! Table X: `taskdef_overrides`, decoded and applied to the rendered task definition.

use super::rendering::rendered;
use super::row::{Row, check, row};
use crate::manifest::tests::{complete, load_text};
use crate::template::job::render;
use crate::template::job::testing::inputs;

const DECODED: &[Row] = &[
    row("X01", "taskdef_overrides: [{path: 'ContainerDefinitions[0].Ulimits[-].HardLimit', value: 5}]")
        .gives(&["override ContainerDefinitions[0].Ulimits[-].HardLimit = 5"]),
    row("X02", "taskdef_overrides: [{path: Family, value: x}]").refused(&[(
        "taskdef_overrides[0].path",
        "Family",
        "cannot be overridden",
    )]),
    row("X03", "taskdef_overrides: [{path: 'ContainerDefinitions[1].Name', value: x}]").refused(&[(
        "taskdef_overrides[0].path",
        "'ContainerDefinitions[1].Name'",
        "cannot be overridden",
    )]),
    row("X04", "taskdef_overrides: [{path: 'ContainerDefinitions[0]xName', value: x}]")
        .refused(&[(
            "taskdef_overrides[0].path",
            "'ContainerDefinitions[0]xName'",
            "is not a part of a path",
        )])
        .differs("refused there too, but as if it were a container's name"),
    row("X05", "taskdef_overrides: [{path: family, value: x}]")
        .refused(&[("taskdef_overrides[0].path", "family", "a task definition has no `family`")])
        .differs("it let the path pass, and CloudFormation refuses the property beside the right one"),
    row("X06", "taskdef_overrides: [{path: 'ContainerDefinitions[-].Name', value: x}]")
        .gives(&["override ContainerDefinitions[-].Name = x"]),
    row("X07", "taskdef_overrides: [{path: '', value: x}]").refused(&[(
        "taskdef_overrides[0].path",
        "''",
        "the override has no path",
    )]),
    row("X08", "taskdef_overrides: [{path: 'ContainerDefinition[0][0]', value: x}]").refused(&[(
        "taskdef_overrides[0].path",
        "'ContainerDefinition[0][0]'",
        "is not a part of a path",
    )]),
    row("X09", "taskdef_overrides: [{path: 'ContainerDefinition[0-]', value: x}]").refused(&[(
        "taskdef_overrides[0].path",
        "'ContainerDefinition[0-]'",
        "is not a part of a path",
    )]),
    row("X10", "taskdef_overrides: [{path: 'A.', value: x}]").refused(&[(
        "taskdef_overrides[0].path",
        "'A.'",
        "is not a part of a path",
    )]),
    // The next ones are about the template: see the other tables.
    row("X11", "taskdef_overrides: [{path: 'ContainerDefinitions[5].Cpu', value: 1}]")
        .gives(&["override ContainerDefinitions[5].Cpu = 1"]),
    row(
        "X12",
        "taskdef_overrides: [{path: 'ContainerDefinitions[0].VolumesFrom[1].SourceContainer', value: c}]",
    )
    .gives(&["override ContainerDefinitions[0].VolumesFrom[1].SourceContainer = c"]),
    row("X13", "taskdef_overrides: [{path: 'Foos[7]', value: 1}]").gives(&["override Foos[7] = 1"]),
    row("X14", "taskdef_overrides: [{path: 'ContainerDefinitions[3]', value: 1}]")
        .gives(&["override ContainerDefinitions[3] = 1"]),
    row("X15", "taskdef_overrides: [{path: 'Cpu[0].X', value: 1}]").gives(&["override Cpu[0].X = 1"]),
    row("X16", "taskdef_overrides: [{path: Foo}]").gives(&["override Foo = null"]),
    row("X17", "taskdef_overrides: [{path: Foo, value: !Ref Bar}]").gives(&["override Foo = !Ref Bar"]),
    row("X18", "taskdef_overrides: [abc]").refused(&[("taskdef_overrides[0]", "abc", "expected a map")]),
];

/// Rows that are accepted: rule, property of the task definition, its value afterwards.
const APPLIED: [(&str, &str, &str, &str); 5] = [
    (
        "X01",
        "{path: 'ContainerDefinitions[0].Ulimits[-].HardLimit', value: 5}",
        "ContainerDefinitions.first.Ulimits",
        "[{HardLimit: 5}]",
    ),
    ("X06", "{path: 'ContainerDefinitions[-].Name', value: x}", "ContainerDefinitions.last", "{Name: x}"),
    // Kept as it is in deployed templates: a list of one item, whatever the index.
    ("X13", "{path: 'Foos[7]', value: 1}", "Foos", "[1]"),
    ("X16", "{path: Foo}", "Foo", "null"),
    ("X17", "{path: Foo, value: !Ref Bar}", "Foo", "!Ref Bar"),
];

/// Rows whose path leads nowhere in the template: rule and message.
const REFUSED: [(&str, &str, &str); 4] = [
    (
        "X11",
        "{path: 'ContainerDefinitions[5].Cpu', value: 1}",
        "\"ContainerDefinitions[5]\" does not exist: \"ContainerDefinitions\" has 1 item(s)",
    ),
    (
        "X12",
        "{path: 'ContainerDefinitions[0].VolumesFrom[1].SourceContainer', value: c}",
        "\"VolumesFrom[1]\" does not exist: there is no \"VolumesFrom\"",
    ),
    (
        "X14",
        "{path: 'ContainerDefinitions[3]', value: 1}",
        "\"ContainerDefinitions[3]\" does not exist: \"ContainerDefinitions\" has 1 item(s)",
    ),
    (
        "X15",
        "{path: 'Cpu[0].X', value: 1}",
        "\"Cpu[0]\" does not exist: \"Cpu\" is a single value, not a list",
    ),
];

#[test]
fn decoded() {
    check("X", 18, &[DECODED]);
}

#[test]
fn applied() {
    for (id, rule, property, value) in APPLIED {
        let path = format!("TaskDefinition.Properties.{property}");
        assert_eq!(rendered(&format!("taskdef_overrides: [{rule}]"), &path).as_deref(), Some(value), "{id}");
    }
    let lost = rendered("taskdef_overrides: [{path: Cpu.X, value: 1}]", "TaskDefinition.Properties.Cpu");
    assert_eq!(lost.as_deref(), Some("!Ref TaskCPU"));
}

#[test]
fn paths_that_lead_nowhere() {
    for (id, rule, message) in REFUSED {
        let job = load_text(&complete(&format!("taskdef_overrides: [{rule}]")), &[]).unwrap().job;
        let error = render(&job, &inputs("report")).unwrap_err();
        assert!(format!("{error:#}").contains(message), "{id}: {error:#}");
        assert!(error.to_string().contains("taskdef_overrides[0]"), "{id}: {error}");
    }
}
