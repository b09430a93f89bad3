//! The file of `--cli-input-yaml`: secret → environment → value.

use super::Entry;
use crate::store::{SecretValue, check_secret_name};
use crate::yaml::{self, Kind, Node};

/// What is wrong with the file, with a line from 1 where there is one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Fault {
    pub line: usize,
    pub message: String,
}

/// The entries of a file, in its order. No message repeats anything that may be a value.
pub(super) fn parse(text: &str) -> Result<Vec<Entry>, Vec<Fault>> {
    let fault = |line: usize, message: &str| vec![Fault { line, message: message.to_owned() }];
    let document = yaml::load(text).map_err(|error| {
        // The reader's message may quote a value that it takes for something else, such as one that begins with `*`.
        let twice = error.message.contains("is given twice");
        let message = match twice {
            true => error.message,
            false => "this is not YAML; put values with special characters into quotes".to_owned(),
        };
        fault(error.span.line, &message)
    })?;
    let Some(document) = document else { return Err(fault(0, "it holds no secrets")) };
    let Kind::Mapping(secrets) = &document.kind else {
        return Err(fault(
            document.span.line,
            "it must be a mapping of secrets, each a mapping of environments to values",
        ));
    };
    let mut entries = Vec::new();
    let mut faults = Vec::new();
    for (key, environments) in secrets {
        let mut note = |line: usize, message: String| faults.push(Fault { line, message });
        let name = key.as_text().unwrap_or_default();
        if let Err(wrong) = check_secret_name(name) {
            note(key.span.line, format!("this is not a name of a secret: {wrong}"));
            continue;
        }
        let Kind::Mapping(values) = &environments.kind else {
            note(key.span.line, format!("{name} must be a mapping of environments to values"));
            continue;
        };
        for (env, value) in values {
            match entry(name, env, value) {
                Ok(entry) => entries.push(entry),
                Err(message) => note(env.span.line, message),
            }
        }
    }
    if faults.is_empty() { Ok(entries) } else { Err(faults) }
}

fn entry(name: &str, env: &Node, value: &Node) -> Result<Entry, String> {
    let env_name = env.as_text().unwrap_or_default();
    let absent = value.is_null();
    let Some(text) = value.as_text().filter(|_| !absent && value.tag.is_none()) else {
        return Err(match absent {
            true => format!("{name} has no value for this environment"),
            false => format!("the value of {name} for this environment is not a text"),
        });
    };
    let value = SecretValue::new(text);
    value.check().map_err(|wrong| format!("{name} cannot be stored: {wrong}"))?;
    Ok(Entry { name: name.to_owned(), env: env_name.to_owned(), line: env.span.line, value })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &str) -> String {
        match parse(text) {
            Ok(entries) => {
                let shown = |entry: &Entry| {
                    format!("{}:{}.{}={:?}", entry.line, entry.name, entry.env, entry.value.expose())
                };
                entries.iter().map(shown).collect::<Vec<_>>().join(" ")
            }
            Err(faults) => {
                let line = |fault: &Fault| format!("line {}: {}", fault.line, fault.message);
                faults.iter().map(line).collect::<Vec<_>>().join("; ")
            }
        }
    }

    #[test]
    fn what_a_file_holds() {
        for (text, want) in [
            (
                "db_password:\n  test: a\n  prod: \"b c\"\nkey:\n  test: |\n    x\n    y\n",
                r#"2:db_password.test="a" 3:db_password.prod="b c" 5:key.test="x\ny\n""#,
            ),
            ("A: {test: 0123, prod: true}", r#"1:A.test="0123" 1:A.prod="true""#),
            ("A: {test: 1.50, prod: 'null'}", r#"1:A.test="1.50" 1:A.prod="null""#),
            ("A: &x {test: a}\nB: *x", r#"1:A.test="a" 1:B.test="a""#),
        ] {
            assert_eq!(told(text), want, "{text}");
        }
    }

    #[test]
    fn faults_tell_the_line_and_no_value() {
        let texts = [
            "",
            "# nothing",
            "hunter2",
            "- hunter2",
            "A: hunter2\nB: [hunter2]",
            "A: {test: *hunter2}",
            "A: {test: hunter2",
            "A: {test: @hunter2}",
            "A:\n  test: a\n  test: hunter2",
            "A: {test: }\nB: {test: ''}\nC: {test: [hunter2]}\nD: {test: !x hunter2}",
            "a b: {test: hunter2}",
            "A: {test: 'a {{ hunter2 }}'}",
        ];
        let told = texts.map(told).join("\n");
        assert!(!told.contains("hunter"), "{told}");
        insta::assert_snapshot!(told, @"
        line 0: it holds no secrets
        line 0: it holds no secrets
        line 1: it must be a mapping of secrets, each a mapping of environments to values
        line 1: it must be a mapping of secrets, each a mapping of environments to values
        line 1: A must be a mapping of environments to values; line 2: B must be a mapping of environments to values
        line 1: this is not YAML; put values with special characters into quotes
        line 1: this is not YAML; put values with special characters into quotes
        line 1: this is not YAML; put values with special characters into quotes
        line 3: the key `test` is given twice, first in line 2 and again in line 3
        line 1: A has no value for this environment; line 2: B cannot be stored: its value is empty, and a parameter cannot be; line 3: the value of C for this environment is not a text; line 4: the value of D for this environment is not a text
        line 1: this is not a name of a secret: it has a blank in it (U+0020), and only the letters a to z and A to Z, digits and _ . - are
        line 1: A cannot be stored: its value has text in double braces ({{…}}), which Parameter Store refuses
        ");
    }
}
