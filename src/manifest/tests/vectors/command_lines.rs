//! `command` and `entrypoint`: words of a text, or a list.

use super::{Row, check, job, refused};

const ROWS: &[Row] = &[
    job("command: report --all", r#"command: ["report", "--all"]"#),
    job("command: ['--all']", r#"command: ["--all"]"#),
    job("entrypoint: ['sh', '-c']", r#"entrypoint: ["sh", "-c"]"#),
    job(r#"command: '-c print "two words"'"#, r#"command: ["-c", "print", "two words"]"#),
    job(r"entrypoint: /bin/sh -c 'echo two words'", r#"entrypoint: ["/bin/sh", "-c", "echo two words"]"#),
    refused("command: {--all}", &["1 command: expected a text or a list of texts, found a map"]),
    refused(
        "entrypoint: {'/bin/sh', '-c'}",
        &["1 entrypoint: expected a text or a list of texts, found a map"],
    ),
    job("command: \"a   b\\tc\\nd\"", r#"command: ["a", "b", "c", "d"]"#),
    job(r#"command: 'a "" b'"#, r#"command: ["a", "", "b"]"#),
    job(r"command: two\ words here", r#"command: ["two words", "here"]"#),
    // In double quotes a backslash only drops out, in single quotes it stays.
    job(r#"command: '"x\ty"'"#, r#"command: ["xty"]"#),
    job(r#"command: "'x\\ty'""#, r#"command: ["x\\ty"]"#),
    job(r#"command: 'to="two words"'"#, r#"command: ["to=two words"]"#),
    job("command: 'report #all'", r#"command: ["report"]"#),
    job("command: 'c#7 all'", r#"command: ["c#7", "all"]"#),
    job("command: '#nothing'", ""),
    job("command: \"report #all\\nsome\"", r#"command: ["report", "some"]"#),
    job("command: ''", ""),
    job("command: '   '", ""),
    job("command: []", ""),
    job("command:", ""),
    refused("command: \"that's\"", &["1 command: `that's` has a quote (') that is not closed"]),
    refused("command: 'print \"two'", &["1 command: `print \"two` has a quote (\") that is not closed"]),
    refused(r"command: 'report \'", &[r"1 command: `report \` ends with a backslash"]),
    job("command: '$USER $(date) a|b;c>d'", r#"command: ["$USER", "$(date)", "a|b;c>d"]"#),
    job("command: 7", r#"command: ["7"]"#),
    job("command: '[\"report\",\"two words\"]'", r#"command: ["report", "two words"]"#),
    // Elements of a list from a variable that look like null are dropped.
    job("command: ${WORDS}", r#"command: ["7", "false", "end"]"#)
        .given(&[("WORDS", r#"["7","false","null","","~","end"]"#)]),
];

#[test]
fn command_lines() {
    check("command lines", ROWS);
}
