//! `${VARIABLES}`: the text that results, which also is what the template's metadata shows. The tree that
//! is decoded must be the one that text has.

use crate::manifest::findings::{Diagnostics, Finding};
use crate::manifest::interpolate::{Scope, interpolate};
use crate::yaml::{Kind, Node, load};

/// A text, the process's variables, and the text it becomes or the mistakes in it (`LINE:COLUMN FIELD:
/// MESSAGE`, separated by ` | `; the beginning is enough); why that is not what the old tool does.
type Row = (&'static str, Variables, Result<&'static str, &'static str>, Option<&'static str>);
type Variables = &'static [(&'static str, &'static str)];

const NONE: Variables = &[];
const V: Variables = &[("V", "blue")];

const LAYOUT: Option<&str> = Some("it wrote the whole text anew; here the author's layout stays");
const ONE_PASS: Option<&str> =
    Some("it replaced a name everywhere in the text as often as it occurs, so escapes and values got lost");
const FLOW: Option<&str> = Some("it wrote a list with dashes; the list is the same");

/// The application is `shop`, the environment `test`.
const NAMES: &[Row] = &[
    ("a: ${MISSING}\n", NONE, Err("1:4 a: the variable `MISSING` is not defined"), None),
    (
        "a: ${COPILOT_SERVICE_NAME}\n",
        NONE,
        Err("1:4 a: the variable `COPILOT_SERVICE_NAME` is not defined"),
        None,
    ),
    (
        "environments:\n  other:\n    cpu: ${MISSING}\n",
        NONE,
        Err("3:10 environments.other.cpu: the variable `MISSING` is not defined"),
        None,
    ),
    (
        "a: ${COPILOT_ENVIRONMENT_NAME}\n",
        &[("COPILOT_ENVIRONMENT_NAME", "other")],
        Err("1:4 a: the variable `COPILOT_ENVIRONMENT_NAME` is predefined"),
        None,
    ),
    ("a: ${COPILOT_ENVIRONMENT_NAME}\n", &[("COPILOT_ENVIRONMENT_NAME", "test")], Ok("a: test\n"), None),
    (
        "a: \"x ${COPILOT_ENVIRONMENT_NAME}\"\ne:\n  t: |\n    x\n    y ${MISSING}\n",
        &[("COPILOT_ENVIRONMENT_NAME", "other")],
        Err(
            "1:7 a: the variable `COPILOT_ENVIRONMENT_NAME` is predefined, but the process environment sets it to `other` | 5:7 e.t: the variable `MISSING`",
        ),
        None,
    ),
    ("a: 1\n", &[("COPILOT_ENVIRONMENT_NAME", "other")], Ok("a: 1\n"), None),
    ("a: ${COPILOT_APPLICATION_NAME}/${COPILOT_ENVIRONMENT_NAME}\n", NONE, Ok("a: shop/test\n"), None),
    ("a: x${EMPTY}y\n", &[("EMPTY", "")], Ok("a: xy\n"), None),
    ("a: 256#${V}\n", V, Ok("a: 256#blue\n"), None),
    ("a: 512 # ${MISSING}\n", NONE, Ok("a: 512 # ${MISSING}\n"), None),
    ("${V}: ${V}\n", V, Ok("${V}: blue\n"), None),
    ("a: ${0v}.${v-v}\n", &[("0v", "x")], Ok("a: ${0v}.${v-v}\n"), None),
    (
        "a: ${AWS::Region} $V $${x} ${} ${ V } ${v:-w}\n",
        &[("V", "blue"), ("x", "X"), ("v", "w")],
        Ok("a: \"${AWS::Region} $V $X ${} ${ V } ${v:-w}\"\n"),
        QUOTED,
    ),
    ("say \\${V}\n", V, Ok("\"say ${V}\"\n"), QUOTED),
    ("${A}${B}\\${C}${D}\n", &[("A", "1"), ("B", "2"), ("C", "3"), ("D", "4")], Ok("\"12${C}4\"\n"), QUOTED),
    ("a: ${V} \\${V}\n", V, Ok("a: \"blue ${V}\"\n"), ONE_PASS),
    ("a: \\${V} ${V}\n", V, Ok("a: \"${V} blue\"\n"), ONE_PASS),
    ("a: ${W} ${V}\n", &[("W", "${V}"), ("V", "blue")], Ok("a: \"${V} blue\"\n"), ONE_PASS),
    ("a: ${V} ${W}\n", &[("W", "${V}"), ("V", "blue")], Ok("a: \"blue ${V}\"\n"), QUOTED),
    ("a: \"\\${V}\"\n", V, Err("1:4: invalid YAML: "), None),
    ("a: \"\\\\${V}\"\n", V, Ok("a: \"${V}\"\n"), None),
    ("a: '\\${V}'\n", V, Ok("a: '${V}'\n"), None),
];

/// Braces would end a plain scalar inside a list or map in flow notation.
const QUOTED: Option<&str> = Some("it left the scalar without quotes, which is the same text");

/// A substituted text stays a text.
const TYPES: &[Row] = &[
    ("a: ${V}\n", &[("V", "512")], Ok("a: \"512\"\n"), None),
    ("a: ${V}\n", &[("V", "true")], Ok("a: \"true\"\n"), None),
    (
        "a: ${V}\n",
        &[("V", "yes")],
        Ok("a: \"yes\"\n"),
        Some(
            "it left out the quotes; other readers take that for a flag, and flags take it with quotes, too",
        ),
    ),
    ("a: ${V}\n", &[("V", "null")], Ok("a: \"null\"\n"), None),
    ("a: ${V}\n", &[("V", "")], Ok("a: \"\"\n"), None),
    ("a: ${V}\n", &[("V", "2031-12-24")], Ok("a: \"2031-12-24\"\n"), None),
    ("a: ${V}\n", &[("V", "k: v")], Ok("a: \"k: v\"\n"), None),
    (
        "a: ${V}\n",
        &[("V", "one\ntwo")],
        Ok("a: \"one\\ntwo\"\n"),
        Some("it wrote a block scalar, which is the same text"),
    ),
];

/// A text that is a JSON list of texts becomes a list.
const LISTS: &[Row] = &[
    ("a: ${V}\n", &[("V", r#"["sg-7","sg-8"]"#)], Ok("a: [sg-7, sg-8]\n"), FLOW),
    ("a: '[\"sg-7\",\"sg-8\"]'\n", NONE, Ok("a: [sg-7, sg-8]\n"), FLOW),
    ("a: >\n  [\"sg-7\"]\nb: 1\n", NONE, Ok("a: [sg-7]\nb: 1\n"), FLOW),
    ("a: |\n  [\"sg-7\",\"sg-8\"]\n", NONE, Ok("a: |\n  [\"sg-7\",\"sg-8\"]\n"), None),
    ("a: ${V}\n", &[("V", "[]")], Ok("a: \"[]\"\n"), None),
    ("a: ${V}\n", &[("V", "[7,8]")], Ok("a: \"[7,8]\"\n"), None),
    ("a: ${V}\n", &[("V", r#"["sg-7",8]"#)], Ok("a: \"[\\\"sg-7\\\",8]\"\n"), None),
    ("a: ${V}\n", &[("V", r#"{"k":"v"}"#)], Ok("a: \"{\\\"k\\\":\\\"v\\\"}\"\n"), None),
    ("a: ${V}\n", &[("V", "[null]")], Ok("a: [null]\n"), FLOW),
    (
        "a: ${V}\n",
        &[("V", r#"["7","false","k: v","~","null",""]"#)],
        Ok("a: [7, false, \"k: v\", null, null, null]\n"),
        FLOW,
    ),
    ("a:\n  - ${V}\n  - z\n", &[("V", r#"["x","y"]"#)], Ok("a:\n  - [x, y]\n  - z\n"), FLOW),
    (
        "a: &list ${V}\nb: *list\n",
        &[("V", r#"["x"]"#)],
        Ok("a: &list [x]\nb: *list\n"),
        Some("it dropped the anchor, so that the alias referred to nothing"),
    ),
];

/// What else the text consists of stays as it is.
const STRUCTURE: &[Row] = &[
    ("a: !Sub ${V}\n", V, Ok("a: !Sub ${V}\n"), None),
    ("a: !Join ['-', ['${V}']]\n", V, Ok("a: !Join ['-', ['blue']]\n"), None),
    ("a: !Map {'${V}': '${V}'}\n", V, Ok("a: !Map {'blue': 'blue'}\n"), None),
    ("a: &v ${V}\nb: *v\n", V, Ok("a: &v blue\nb: *v\n"), None),
    ("on: {schedule: }\n", NONE, Ok("on: {schedule: }\n"), Some("it turned this null into an empty text")),
    ("on:\n  schedule:\n", NONE, Ok("on:\n  schedule:\n"), None),
    ("a:\n    b: 1\n\n\n    c: 2   # d\n", NONE, Ok("a:\n    b: 1\n\n\n    c: 2   # d\n"), LAYOUT),
    ("a: 512    # ${MISSING}\n", NONE, Ok("a: 512    # ${MISSING}\n"), LAYOUT),
    ("a: ${V}\n---\nb: ${MISSING}\n", V, Ok("a: blue\n"), None),
    (
        "a: ${V}\na: 2\n",
        V,
        Err("2:1: the key `a` is given twice"),
        Some("it noticed only when it decoded the map"),
    ),
];

/// How lines end and documents begin, and scalars of all styles.
const STYLES: &[Row] = &[
    ("a: \\\\${V}\n", V, Ok("a: \"\\\\${V}\"\n"), None),
    ("a: '\\${V} ${Q}'\n", &[("Q", "it's")], Ok("a: '${V} it''s'\n"), None),
    ("a: [\"${N}\", '${N}', 'x${V}']\n", LINES, Ok("a: [\"x\\ny\", \"x\\ny\", 'xblue']\n"), None),
    ("a: |\n  one ${V}\n  two \\${V}\nb: 1\n", V, Ok("a: |\n  one blue\n  two ${V}\nb: 1\n"), None),
    ("a: |- # ${V}\n  one ${N}\nb: 1\n", LINES, Ok("a: \"one x\\ny\"\nb: 1\n"), None),
    ("a: >\n  one\n  ${V}\n", V, Ok("a: >\n  one\n  blue\n"), None),
    ("\u{feff}a: ${V}\r\nb: 1\r\n", V, Ok("a: blue\nb: 1\n"), None),
    ("---\na: ${V} # c\n# d\n--- # e\nb: ${MISSING}\n", V, Ok("---\na: blue # c\n# d\n"), None),
    ("a: |\n  ${V}\n\n---\nb: ${MISSING}\n", V, Ok("a: |\n  blue\n\n"), None),
    ("{a: '${V}'}\n...\n", V, Ok("{a: 'blue'}\n"), None),
];

const LINES: Variables = &[("V", "blue"), ("N", "x\ny")];

/// The text, or all mistakes.
fn run(text: &str, variables: Variables) -> Result<String, String> {
    let root = match load(text) {
        Ok(root) => root.unwrap(),
        Err(error) => return Err(format!("{}:{}: {}", error.span.line, error.span.column, error.message)),
    };
    let lookup = |name: &str| variables.iter().find(|(n, _)| *n == name).map(|(_, v)| (*v).to_owned());
    let mut diagnostics = Diagnostics::default();
    let scope = Scope { app: "shop", env: "test", lookup: &lookup };
    let result = interpolate(root, text, &scope, &mut diagnostics);
    let errors = diagnostics.finish("manifest.yml", text, &[]).errors;
    let words = |f: &Finding| format!("{}:{} {}: {}", f.span.line, f.span.column, f.field, f.message);
    if !errors.is_empty() {
        return Err(errors.iter().map(words).collect::<Vec<_>>().join(" | "));
    }
    if shape(&load(&result.text).unwrap().unwrap()) == shape(&result.root) {
        Ok(result.text)
    } else {
        Err(format!("the text {:?} is not the tree {}", result.text, shape(&result.root)))
    }
}

/// A tree without styles and positions.
fn shape(node: &Node) -> String {
    match &node.kind {
        Kind::Scalar(_) if node.is_null() => "null".to_owned(),
        Kind::Scalar(s) => format!("{} {:?}", node.tag.as_deref().unwrap_or_default(), s.text),
        Kind::Sequence(items) => format!("{:?}", items.iter().map(shape).collect::<Vec<_>>()),
        Kind::Mapping(entries) => {
            format!("{:?}", entries.iter().map(|(k, v)| (shape(k), shape(v))).collect::<Vec<_>>())
        }
    }
}

fn check(table: &str, rows: &[Row]) {
    let failures: Vec<String> = rows
        .iter()
        .filter_map(|(text, variables, want, unlike)| {
            let got = run(text, variables);
            let right = match (&got, want) {
                (Ok(got), Ok(want)) => got == want,
                (Err(got), Err(want)) => got.starts_with(want),
                _ => false,
            };
            let note = unlike.map(|why| format!("\n    (unlike the old tool: {why})")).unwrap_or_default();
            (!right)
                .then(|| format!("{text:?} with {variables:?}\n    gives {got:?}\n    not {want:?}{note}"))
        })
        .collect();
    let unlike = rows.iter().filter(|(.., unlike)| unlike.is_some()).count();
    assert!(
        failures.is_empty(),
        "{} of {} rows about {table} failed ({unlike} rows decide unlike the old tool):\n{}",
        failures.len(),
        rows.len(),
        failures.join("\n")
    );
}

#[test]
fn names_and_escapes() {
    check("names and escapes", NAMES);
}

#[test]
fn types() {
    check("types of substituted values", TYPES);
}

#[test]
fn lists() {
    check("JSON lists", LISTS);
}

#[test]
fn structure() {
    check("the text around variables", STRUCTURE);
}

#[test]
fn styles() {
    check("styles", STYLES);
}
