//! Tables R, S: `publish` and `logging`.

use super::row::{Row, check, row};

const TOPICS: &[Row] = &[
    row("R01", "publish: {topics: [{name: tests}]}").gives(&["topic tests"]),
    row("R02", "publish: {topics: [{name: tests, fifo: true}]}").gives(&["topic tests fifo"]),
    row("R03", "publish: {topics: [{name: tests, fifo: {content_based_deduplication: true}}]}")
        .gives(&["topic tests fifo deduplicated"]),
    row("R04", "publish: {topics: [{name: tests, fifo: apple}]}").refused(&[(
        "publish.topics[0].fifo",
        "apple",
        "expected true, false or a map",
    )]),
    row("R05", "publish: {topics: abc}").refused(&[("publish.topics", "abc", "expected a list")]),
    row("R06", "publish: {topics: [{}]}").refused(&[("publish.topics[0]", "{}", "the topic has no name")]),
    row("R07", "publish: {topics: [{name: ''}]}").refused(&[(
        "publish.topics[0]",
        "{name: ''}",
        "the topic has no name",
    )]),
    row("R08", "publish: {topics: [{name: mytopic.lifo}]}").refused(&[(
        "publish.topics[0].name",
        "mytopic.lifo",
        "contains `.`",
    )]),
    row("R09", "publish: {topics: [{name: '!@#'}]}").refused(&[(
        "publish.topics[0].name",
        "'!@#'",
        "contains `!`",
    )]),
    row("R10", "publish: {topics: [{name: a, fifo: {}}]}").refused(&[(
        "publish.topics[0].fifo",
        "{}",
        "at least one of: content_based_deduplication",
    )]),
    row("R11", "publish: {topics: [{name: a, fifo: {content_based_deduplication: false}}]}")
        .gives(&["topic a fifo not deduplicated"]),
    row("R12", "publish: {topics: [{name: a, fifo: false}]}").gives(&["topic a"]),
    row("R13", "publish: {topics: [{name: a}, {name: a}]}")
        .refused(&[("publish.topics[1].name", "a", "given twice")])
        .differs("accepted there, with a template that has one logical id twice"),
    row("R14", "publish: {topics: [{name: a-b}, {name: ab}]}")
        .refused(&[("publish.topics[1].name", "ab", "`ab` and `a-b` differ only in characters")])
        .differs("accepted there, with a template that has one logical id twice"),
    row("R15", "publish: {topics: [null, {name: a}]}").gives(&["topic a"]),
    row("R16", "publish: {topics: [orders]}").refused(&[(
        "publish.topics[0]",
        "orders",
        "expected a map, found a text",
    )]),
];

const LOGGING: &[Row] = &[
    row("S01", "logging: {retention: 7}").gives(&["retention 7"]),
    row("S02", "logging: {retention: 4}")
        .gives(&["retention 4"])
        .warned(&[("logging.retention", "no retention of 4 days")]),
    row("S03", "logging: {retention: '7'}")
        .refused(&[("logging.retention", "'7'", "expected a number, found the text `7`")]),
    row("S04", "logging: {}"),
    row(
        "S05",
        "logging: {destination: {Name: cloudwatch, n: 5}, enableMetadata: false, secretOptions: {k: p, l: {secretsmanager: s}, m: {from_cfn: e}}, configFilePath: /c, image: i, variables: {A: b}, secrets: {S: p}, env_file: l.env}",
    )
    .gives(&[
        "router i",
        "router.destination.Name cloudwatch",
        "router.destination.n 5",
        "router.metadata false",
        "router.options.k \"p\"",
        "router.options.l secretsmanager s",
        "router.options.m import e",
        "router.config /c",
        "router.variables.A \"b\"",
        "router.secrets.S \"p\"",
        "router.env_file l.env",
    ]),
    row("S06", "logging: {enableMetadata: 'false'}")
        .refused(&[("logging.enableMetadata", "'false'", "expected true or false")]),
    row("S07", "logging: {enable_metadata: false}").warned(&[("logging.enable_metadata", "unknown field, ignored")]),
    row("S08", "logging: {variables: {A: {from_cfn: ''}}}")
        .refused(&[("logging.variables.A", "{from_cfn: ''}", "the name of the export in `from_cfn` is empty")])
        .differs("accepted there, with a template that imports an export without a name"),
];

#[test]
fn topics() {
    check("R", 16, &[TOPICS]);
}

#[test]
fn logging() {
    check("S", 8, &[LOGGING]);
}
