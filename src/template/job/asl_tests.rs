//! A check for tests: a state machine's definition is valid Amazon States Language, as far as jobs use it
//! (<https://states-language.net/spec.html>).

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::reference_tests::{keys, variables};
use crate::yaml::Node;

/// The states and the fields each must have.
const TYPES: [(&str, &[&str]); 8] = [
    ("Task", &["Resource"]),
    ("Pass", &[]),
    ("Wait", &[]),
    ("Choice", &["Choices"]),
    ("Parallel", &["Branches"]),
    ("Map", &[]),
    ("Succeed", &[]),
    ("Fail", &[]),
];

/// The largest number that counts and times may have.
const LARGEST: u64 = 99_999_999;

/// What is wrong with the definition of a template's state machine.
pub(super) fn mistakes_of_template(body: &Node) -> Vec<String> {
    let machine =
        ["Resources", "StateMachine", "Properties"].iter().fold(body, |node, key| node.get(key).unwrap());
    let text = machine.get("DefinitionString").unwrap().as_text().unwrap();
    let known = keys(machine.get("DefinitionSubstitutions"));
    let used: BTreeSet<String> = variables(text).map(str::to_owned).collect();
    let mut mistakes: Vec<String> =
        used.difference(&known).map(|name| format!("the variable {name} is not substituted")).collect();
    // Values stand within strings.
    let text = used.iter().fold(text.to_owned(), |text, name| text.replace(&format!("${{{name}}}"), "value"));
    mistakes.extend(mistakes_of(&text));
    mistakes
}

/// What is wrong with a definition.
fn mistakes_of(definition: &str) -> Vec<String> {
    let machine = match serde_json::from_str(definition) {
        Ok(Value::Object(machine)) => machine,
        Ok(_) => return vec!["no object".to_owned()],
        Err(e) => return vec![format!("no JSON: {e}")],
    };
    let mut found = Vec::new();
    for key in machine.keys() {
        if !["Comment", "QueryLanguage", "StartAt", "States", "TimeoutSeconds", "Version"]
            .contains(&key.as_str())
        {
            found.push(format!("unknown field {key}"));
        }
    }
    if machine.get("TimeoutSeconds").is_some_and(|t| !t.as_u64().is_some_and(|t| (1..=LARGEST).contains(&t)))
    {
        found.push("TimeoutSeconds is no positive number".to_owned());
    }
    let Some(states) = machine.get("States").and_then(Value::as_object).filter(|states| !states.is_empty())
    else {
        found.push("no States".to_owned());
        return found;
    };
    let start = machine.get("StartAt").and_then(Value::as_str).unwrap_or_default();
    if !states.contains_key(start) {
        found.push(format!("StartAt {start:?} does not exist"));
    }
    for (name, state) in states {
        let Some(state) = state.as_object() else {
            found.push(format!("{name}: no object"));
            continue;
        };
        found
            .extend(mistakes_of_state(state, states).into_iter().map(|mistake| format!("{name}: {mistake}")));
    }
    let reached = reached_from(start, states);
    found.extend(
        states.keys().filter(|name| !reached.contains(*name)).map(|name| format!("{name}: never reached")),
    );
    let ends = |name: &String| {
        states[name].get("End").is_some() || matches!(states[name]["Type"].as_str(), Some("Succeed" | "Fail"))
    };
    if !reached.iter().any(ends) {
        found.push("it never ends".to_owned());
    }
    found
}

fn mistakes_of_state(state: &Map<String, Value>, states: &Map<String, Value>) -> Vec<String> {
    let mut found = Vec::new();
    let kind = state.get("Type").and_then(Value::as_str).unwrap_or_default();
    match TYPES.iter().find(|(known, _)| *known == kind) {
        None => found.push(format!("unknown Type {kind:?}")),
        Some((_, needed)) => {
            found.extend(needed.iter().filter(|n| !state.contains_key(**n)).map(|n| format!("no {n}")));
        }
    }
    let end = state.get("End").map(|end| end == &Value::Bool(true));
    let valid = match (state.contains_key("Next"), end) {
        (false, None) => matches!(kind, "Choice" | "Succeed" | "Fail"),
        (true, None) | (false, Some(true)) => !matches!(kind, "Choice" | "Succeed" | "Fail"),
        _ => false,
    };
    if !valid {
        found.push("needs either Next or End: true".to_owned());
    }
    for next in next_states(state) {
        if !states.contains_key(&next) {
            found.push(format!("Next {next:?} does not exist"));
        }
    }
    for field in ["Retry", "Catch"] {
        let Some(rules) = state.get(field) else { continue };
        let Some(rules) = rules.as_array().filter(|_| matches!(kind, "Task" | "Parallel" | "Map")) else {
            found.push(format!("{field} is no list or not allowed here"));
            continue;
        };
        for (index, rule) in rules.iter().enumerate() {
            let last = index + 1 == rules.len();
            found.extend(
                mistakes_of_rule(field, rule, last).into_iter().map(|m| format!("{field}[{index}]: {m}")),
            );
        }
    }
    paths("", &Value::Object(state.clone()), &mut found);
    found
}

fn mistakes_of_rule(field: &str, rule: &Value, last: bool) -> Vec<String> {
    let mut found = Vec::new();
    let known: &[&str] = match field {
        "Retry" => &[
            "ErrorEquals",
            "IntervalSeconds",
            "MaxAttempts",
            "BackoffRate",
            "MaxDelaySeconds",
            "JitterStrategy",
        ],
        _ => &["ErrorEquals", "Next", "ResultPath"],
    };
    for key in rule.as_object().into_iter().flat_map(Map::keys) {
        if !known.contains(&key.as_str()) {
            found.push(format!("unknown field {key}"));
        }
    }
    let errors: Vec<&str> =
        rule["ErrorEquals"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    if errors.is_empty() {
        found.push("no ErrorEquals".to_owned());
    }
    if errors.contains(&"States.ALL") && (errors.len() > 1 || !last) {
        found.push("States.ALL must stand alone and last".to_owned());
    }
    for (key, least) in [("IntervalSeconds", 1), ("MaxAttempts", 0)] {
        let valid = |n: &Value| n.as_u64().is_some_and(|n| (least..=LARGEST).contains(&n));
        if rule.get(key).is_some_and(|n| !valid(n)) {
            found.push(format!("{key} is out of range"));
        }
    }
    if rule.get("BackoffRate").is_some_and(|n| !n.as_f64().is_some_and(|n| n >= 1.0)) {
        found.push("BackoffRate is below 1".to_owned());
    }
    if field == "Catch" && rule["Next"].as_str().is_none() {
        found.push("no Next".to_owned());
    }
    found
}

/// Fields whose name ends in `.$` hold a path or an intrinsic function.
fn paths(at: &str, value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            for (key, value) in fields {
                let at = format!("{at}.{key}");
                let path = value.as_str().is_some_and(|p| p.starts_with('$') || p.starts_with("States."));
                if key.ends_with(".$") && !path {
                    found.push(format!("{at} is no path"));
                }
                paths(&at, value, found);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| paths(at, item, found)),
        _ => {}
    }
}

/// Where a state may lead to.
fn next_states(state: &Map<String, Value>) -> Vec<String> {
    let rules = ["Catch", "Choices"].into_iter().filter_map(|field| state.get(field)?.as_array()).flatten();
    let of_rules = rules.filter_map(|rule| rule.get("Next"));
    let all = state.get("Next").into_iter().chain(state.get("Default")).chain(of_rules);
    all.map(|next| next.as_str().unwrap_or_default().to_owned()).collect()
}

fn reached_from(start: &str, states: &Map<String, Value>) -> BTreeSet<String> {
    let (mut reached, mut open) = (BTreeSet::new(), vec![start.to_owned()]);
    while let Some(name) = open.pop() {
        let Some(state) = states.get(&name).and_then(Value::as_object) else { continue };
        if reached.insert(name) {
            open.extend(next_states(state));
        }
    }
    reached
}

#[test]
fn mistakes_are_found() {
    let machine = |states: &str| format!(r#"{{"StartAt": "A", "States": {{{states}}}}}"#);
    let cases = [
        ("[]".to_owned(), "no object"),
        ("{".to_owned(), "no JSON: EOF while parsing an object at line 1 column 1"),
        (r#"{"StartAt": "A", "States": {}}"#.to_owned(), "no States"),
        (r#"{"StartAt": "B", "TimeoutSeconds": 0, "Sates": 1, "States": {"A": {"Type": "Pass", "End": true}}}"#.to_owned(),
            "unknown field Sates; TimeoutSeconds is no positive number; StartAt \"B\" does not exist; A: never reached; it never ends"),
        (machine(r#""A": {"Type": "Pass", "End": true}"#), ""),
        (machine(r#""A": {"Type": "Task", "End": true}"#), "A: no Resource"),
        (machine(r#""A": {"Type": "Tusk", "End": true}"#), "A: unknown Type \"Tusk\""),
        (machine(r#""A": {"Type": "Pass"}, "B": {"Type": "Succeed"}"#),
            "A: needs either Next or End: true; B: never reached; it never ends"),
        (machine(r#""A": {"Type": "Pass", "Next": "A", "End": true}"#), "A: needs either Next or End: true"),
        (machine(r#""A": {"Type": "Pass", "Next": "C"}"#), "A: Next \"C\" does not exist; it never ends"),
        (machine(r#""A": {"Type": "Pass", "Next": "A"}"#), "it never ends"),
        (machine(r#""A": {"Type": "Choice", "Choices": [{"Next": "B"}], "Default": "A"}, "B": {"Type": "Fail"}"#), ""),
        (machine(r#""A": {"Type": "Task", "Resource": "r", "End": true, "Parameters": {"Group.$": "x"},
            "Retry": [{"ErrorEquals": ["States.ALL"], "MaxAttempts": -1, "BackoffRate": 0.5, "Interval": 1}, {}],
            "Catch": [{"ErrorEquals": ["States.ALL"]}]}"#),
            "A: Retry[0]: unknown field Interval; A: Retry[0]: States.ALL must stand alone and last; \
             A: Retry[0]: MaxAttempts is out of range; A: Retry[0]: BackoffRate is below 1; A: Retry[1]: no ErrorEquals; \
             A: Catch[0]: no Next; A: .Parameters.Group.$ is no path"),
        (machine(r#""A": {"Type": "Pass", "End": true, "Retry": []}"#), "A: Retry is no list or not allowed here"),
    ];
    for (definition, expected) in cases {
        assert_eq!(mistakes_of(&definition).join("; "), expected, "{definition}");
    }
}
