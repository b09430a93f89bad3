//! The rules of printing nodes, one row each.

use super::tests::{check, diff};

/// A text of the new template, and its dump below a key.
fn dumped(rows: &[(&str, &str)]) {
    for (value, want) in rows {
        let got = diff("X: 1\n", &format!("X: 1\nK:{value}\n"));
        assert_eq!(got, want.lines().map(|line| format!("+ {line}\n")).collect::<String>(), "{value}");
    }
}

#[test]
fn dumps_keep_the_notation() {
    dumped(&[
        (" 'it''s'", "K: 'it''s'"),
        (" \"a\\tb\\u00e9\\x07\"", "K: \"a\\tbé\\a\""),
        (" 010", "K: 010"),
        ("", "K:"),
        (" !GetAZs", "K: !GetAZs"),
        (" !Sub ''", "K: !Sub ''"),
        (" &a !Ref b", "K: &a !Ref b"),
        (" !!str 1", "K: !!str 1"),
        (" a wrapped\n  text", "K: a wrapped text"),
        (" smile \u{1f600} ✔", "K: \"smile \\U0001F600 ✔\""),
        (" [a,   {b: c},[]]", "K: [a, {b: c}, []]"),
        (" [!Ref AWS::Region, a#b, http://x, '']", "K: [!Ref 'AWS::Region', a#b, 'http://x', '']"),
        (" {Ref: AWS::NoValue, \"k\": -1}", "K: {Ref: 'AWS::NoValue', \"k\": -1}"),
        (" a\n\n  b", "K: |-\n    a\n    b"),
        (" \"nb\u{a0}sp \\L\"", "K: \"nb\u{a0}sp \\L\""),
        (" 'a\n\n  b'", "K: 'a\n\n    b'"),
    ]);
}

#[test]
fn dumps_of_text_blocks() {
    dumped(&[
        (" |\n  a\n  b", "K: |\n    a\n    b"),
        (" |-\n  a", "K: |-\n    a"),
        (" |+\n  a\n\nL: 1", "K: |+\n    a\nL: 1"),
        (" |2\n    a\n  b", "K: |4\n      a\n    b"),
        (" >\n  a\n  b\n\n  c", "K: >\n    a b\n\n    c"),
        (" >-\n  a\n   more\n  b", "K: >-\n    a\n\n     more\n    b"),
        (" |-\n  {\n  }   ", "K: \"{\\n}   \""),
        (" |-\n  a \n  b", "K: \"a \\nb\""),
        (" |-\n  \u{1f600}", "K: \"\\U0001F600\""),
        (" |\n", "K: \"\""),
        ("\n- |\n  a\n- >-\n  b", "K:\n    - |\n      a\n    - >-\n      b"),
    ]);
}

#[test]
fn dumps_indent_by_four() {
    dumped(&[
        (
            "\n- a: 1\n  b:\n    c:\n      d: 1\n- [x]",
            "K:\n    - a: 1\n      b:\n        c:\n            d: 1\n    - [x]",
        ),
        ("\n- - 1\n  - - 2", "K:\n    - - 1\n      - - 2"),
        (" !If\n- a\n- !If\n  - b", "K: !If\n    - a\n    - !If\n      - b"),
        ("\n  l:\n  - k:\n    - v", "K:\n    l:\n        - k:\n            - v"),
    ]);
}

#[test]
fn dumps_of_keys() {
    check(&[
        (
            "A: {}\n",
            "A: {'q': 1, \"2012-10-17\": 1, 'yes': 1, 'null': 1, 'a: b': 1, \"l\\nm\": 1, '0x1F': 1, '1_0': 1, '<<': 1}\n",
            "~ A:\n    + \"0x1F\": 1\n    + \"1_0\": 1\n    + \"2012-10-17\": 1\n    + \"<<\": 1\n    + 'a: b': 1\n    + ? |-\n    +   \
             \u{20} l\n    +     m\n    + : 1\n    + \"null\": 1\n    + q: 1\n    + yes: 1\n",
        ),
        ("A: 1\n", "A: 1\nB: {'q': 1, ? \"l\\nm\" : 2}\n", "+ B: {'q': 1, ? \"l\\nm\" : 2}\n"),
    ]);
    let long = "k".repeat(129);
    check(&[("A: 1\n", &format!("A: 1\nB:\n  {long}: v\n"), &format!("+ B:\n+     ? {long}\n+     : v\n"))]);
}

#[test]
fn comments() {
    check(&[
        ("", "# file\n\n# first\nA: 1 # one\n", "+ # file\n+ \n+ # first\n+ A: 1 # one\n"),
        (
            "",
            "# file\nA: 1\n\n# below\nB:\n  # inner\n  C: 1\n",
            "+ # file\n+ A: 1\n+ # below\n+ B:\n+     # inner\n+     C: 1\n",
        ),
        ("", "X: 0\nA: 1\n# foot\n\nB: 1\n# last\n", "+ X: 0\n+ A: 1\n+ # foot\n+ \n+ B: 1\n+ # last\n"),
        ("", "X: 0\nA: 1\n\n# last\n", "+ X: 0\n+ A: 1\n+ \n+ # last\n"),
        // On the inserted key itself they are lost.
        ("A: 1\n", "A: 1\n# above\nB: # behind\n  c: 1\n", "+ B:\n+     c: 1\n"),
        (
            "",
            "Z: 0\nA: # waits\n  [a]\nB: 1\nC: # here\n  d: | # text\n    x\n",
            "+ Z: 0\n+ A: [a]\n+ B: 1 # waits\n+ C: # here\n+     d: | # text\n+         x\n",
        ),
        (
            "X: 0\n",
            "X: 0\nL:\n  # a\n  - a # l\n  # b\n  - b\n  # end\n",
            "+ L:\n+     # a\n+     - a # l\n+     # b\n+     - b\n+     # end\n",
        ),
        ("X: 0\n", "X: 0\nL: ['#', a#b] # c\nM: '#'\n", "+ L: ['#', a#b] # c\n+ M: '#'\n"),
        ("X: 0\n", "X: 0\nL: |\n  # text\nM: \"a\n  # b\"\n", "+ L: |\n+     # text\n+ M: \"a # b\"\n"),
    ]);
}
