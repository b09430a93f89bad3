//! The rules of comparing and of laying out, one row each.

use super::*;

pub(super) fn diff(old: &str, new: &str) -> String {
    templates(old, new).unwrap_or_else(|e| panic!("{e}\n{old}\n---\n{new}")).text()
}

/// Rows of old, new and the text between them.
pub(super) fn check(rows: &[(&str, &str, &str)]) {
    for (old, new, want) in rows {
        assert_eq!(diff(old, new), *want, "\n{old}\n---\n{new}");
    }
}

fn refused(old: &str, new: &str) -> String {
    templates(old, new).map(|diff| diff.text()).expect_err("must be refused").to_string()
}

#[test]
fn a_new_variable_of_a_job() {
    let old = "\
Resources:
  TaskDefinition:
    Type: AWS::ECS::TaskDefinition
    Properties:
      Cpu: !Ref TaskCPU
      ContainerDefinitions:
        - Name: !Ref WorkloadName
          Image: !Ref ContainerImage
          Environment:
            - Name: APP
              Value: !Sub '${AppName}'
            - Name: ENDPOINT
              Value: test.shop.local
            - Name: ENVIRONMENT
              Value: !Sub '${EnvName}'
            - Name: JOB
              Value: !Sub '${WorkloadName}'
";
    let new = format!("{old}            - Name: LOG_LEVEL\n              Value: \"info\"\n");
    let want = "\
~ Resources:
    ~ TaskDefinition:
        ~ Properties:
            ~ ContainerDefinitions:
                ~ - (changed item)
                  ~ Environment:
                      (4 unchanged items)
                      + - Name: LOG_LEVEL
                      +   Value: \"info\"
";
    assert_eq!(diff(old, &new), want);
}

#[test]
fn documents() {
    check(&[
        ("", "", ""),
        ("# only words\n", "  \n", ""),
        ("", "A: 1\nMetadata: {Manifest: x}\n", "+ A: 1\n+ Metadata: {Manifest: x}\n"),
        ("A:\n  B: 1\n", "", "- A:\n-     B: 1\n"),
        ("---\n", "A: 1\n", "+ A: 1\n"),
        ("null\n", "~\n", ""),
        ("A: 1\n---\nB: 1\n", "A: 1\n", ""),
        ("A: 1\r\nB: 2\r\n", "A: 1\nB: 2\n", ""),
        ("B: 1\nA: 'x' # note\n", "# head\nA: x\nB: \"1\"\n", ""),
        ("{\"A\": {\"B\": \"x\"}}", "A:\n  B: y\n", "~ A:\n    ~ B: \"x\" -> y\n"),
    ]);
}

#[test]
fn unacceptable_templates() {
    for (old, new, want) in [
        ("A: [", "", "read the deployed template: line 1, column 4: invalid YAML: unclosed bracket '['"),
        ("", "A: [", "read the new template: line 1, column 4: invalid YAML: unclosed bracket '['"),
        ("- a\n", "A: 1\n", "read the deployed template: line 1: a template is a map of sections"),
        ("text\n", "A: 1\n", "read the deployed template: line 1: a template is a map of sections"),
        (
            "A: 1\nB:\n  x: 1\n  x: 2\n",
            "",
            "read the deployed template: line 4: the key `x` is given twice, first in line 3",
        ),
        ("? [a]\n: 1\n", "", "read the deployed template: line 1: a key is a list or a map"),
        (
            "A:\n  <<: 5\n",
            "",
            "read the deployed template: line 2: the merge key `<<` needs a map, an alias of a map, or a list of \
             these",
        ),
        (
            "A: *x\n",
            "",
            "read the deployed template: line 1, column 4: `*x` refers to an anchor that does not exist",
        ),
        (
            "A: &x [*x]\n",
            "",
            "read the deployed template: line 1, column 8: an alias stands inside the value it refers to",
        ),
    ] {
        assert_eq!(refused(old, new), want);
    }
    let error = templates("A: [", "A: 1\n").map(|diff| diff.text()).expect_err("must be refused");
    assert!(error.hints().first().is_some_and(|hint| hint.contains("get-template")), "{error:?}");
}

#[test]
fn leaves() {
    check(&[
        ("A: 1\nB: null\nC: ''\nD: !Ref X\n", "A: '1'\nB: \"null\"\nC:\nD: !Sub X\n", ""),
        ("A: 1.0\nB: yes\n", "A: 1\nB: true\n", "~ A: 1.0 -> 1\n~ B: yes -> true\n"),
        ("A: {}\nB: []\n", "A: []\nB: []\n", "- A: {}\n+ A: []\n"),
        ("A: x\n", "A: {b: 1}\n", "- A: x\n+ A: {b: 1}\n"),
        ("A: {}\n", "A: {b: 1}\n", "~ A:\n    + b: 1\n"),
        ("A: [x]\n", "A: []\n", "~ A:\n    - - x\n"),
        ("X: &a 1\nA: *a\n", "X: &a 2\nA: *a\n", "~ X: &a 1 -> &a 2\n"),
        ("X: &a 1\nA: *a\n", "X: &b 1\nA: *b\n", "~ A: *a -> *b\n"),
        ("X: &a 1\nA: *a\n", "X: 1\nA: 1\n", "- A: *a\n+ A: 1\n"),
    ]);
}

#[test]
fn maps() {
    check(&[
        ("z: 1\n_: 1\nZ: 1\n10: 1\n9: 1\n", "", "- z: 1\n- _: 1\n- Z: 1\n- 10: 1\n- 9: 1\n"),
        (
            "z: 1\n_: 1\nZ: 1\n10: 1\n9: 1\n",
            "a: 1\n",
            "- \"10\": 1\n- \"9\": 1\n- Z: 1\n- _: 1\n+ a: 1\n- z: 1\n",
        ),
        ("X: &a {k: 1}\nY: {<<: *a, l: 1}\n", "X: {k: 1}\nY: {k: 1, l: 1}\n", ""),
        ("Y: {<<: [{k: 1}, {k: 2, m: 3}], m: 4}\n", "Y: {m: 4, k: 1}\n", ""),
        ("Y: {'<<': 1}\n", "Y: {}\n", "~ Y:\n    - \"<<\": 1\n"),
    ]);
}

#[test]
fn lists() {
    check(&[
        (
            "L: [a, b, d]\n",
            "L: [a, b, c, d]\n",
            "~ L:\n    (2 unchanged items)\n    + - c\n    (1 unchanged item)\n",
        ),
        ("L: [x]\n", "L: [a, b]\n", "~ L:\n    ~ - x -> a\n    + - b\n"),
        ("L: [a, x]\n", "L: [b]\n", "~ L:\n    ~ - a -> b\n    - - x\n"),
        (
            "L: [a, c, b, b, d]\n",
            "L: [a, B, b, c, c, d]\n",
            "~ L:\n    (1 unchanged item)\n    ~ - c -> B\n    - - b\n    (1 unchanged item)\n    + - c\n    + - c\n    \
             (1 unchanged item)\n",
        ),
        // Items are not found again by their name.
        (
            "L:\n- {Name: a, v: 1}\n- {Name: b, v: 1}\n",
            "L:\n- {Name: b, v: 2}\n- {Name: a, v: 1}\n",
            "~ L:\n    + - {Name: b, v: 2}\n    (1 unchanged item)\n    - - {Name: b, v: 1}\n",
        ),
        ("L: [[1, 2]]\n", "L: [{a: 1}]\n", "~ L:\n    - - [1, 2]\n    + - {a: 1}\n"),
        (
            "L: [[1, [2]]]\n",
            "L: [[1, [3]]]\n",
            "~ L:\n    ~ - (changed item)\n      (1 unchanged item)\n      ~ - (changed item)\n        ~ - 2 -> 3\n",
        ),
        // Other notations are equal in lists, too, though not all of them with each other.
        (
            "L: [a, !Ref X, {Ref: Y}]\n",
            "L: [{Ref: X}, !Ref Y, b]\n",
            "~ L:\n    - - a\n    (2 unchanged items)\n    + - b\n",
        ),
        (
            "L: [X, {Ref: X}]\n",
            "L: [{Ref: X}, {Ref: X}]\n",
            "~ L:\n    - - X\n    (1 unchanged item)\n    + - {Ref: X}\n",
        ),
        (
            "L: [!GetAtt A.B.C, x]\n",
            "L: [{Fn::GetAtt: [A, B.C]}, y]\n",
            "~ L:\n    (1 unchanged item)\n    ~ - x -> y\n",
        ),
    ]);
}

#[test]
fn the_manifest_is_ignored_once_metadata_was_seen() {
    check(&[
        (
            "Metadata: {Version: v1, Manifest: a}\n",
            "Metadata: {Version: v2, Manifest: b}\n",
            "~ Metadata:\n    ~ Version: v1 -> v2\n",
        ),
        ("Metadata: {Version: v1}\n", "Metadata: {Version: v1, Manifest: b}\n", ""),
        ("R: 1\n", "Metadata: {Manifest: b}\nR: 1\n", "+ Metadata: {Manifest: b}\n"),
        (
            "Metadata: {}\nR: {Manifest: 1, x: 1}\n",
            "Metadata: {}\nR: {Manifest: 2, x: 2}\n",
            "~ R:\n    ~ x: 1 -> 2\n",
        ),
        (
            "C: {Manifest: 1}\nMetadata: {}\n",
            "C: {Manifest: 2}\nMetadata: {}\n",
            "~ C:\n    ~ Manifest: 1 -> 2\n",
        ),
        ("R: {Manifest: 1}\n", "R: {Manifest: 2}\n", "~ R:\n    ~ Manifest: 1 -> 2\n"),
        ("Metadata: {}\nR: [{Manifest: 1}]\n", "Metadata: {}\nR: [{Manifest: 2}]\n", ""),
        // A list arms the rule for what follows.
        (
            "L: [{Manifest: 1, Metadata: 1}]\nM: {Manifest: 1}\n",
            "L: [{Manifest: 2, Metadata: 1}]\nM: {Manifest: 2}\n",
            "~ L:\n    ~ - (changed item)\n      ~ Manifest: 1 -> 2\n",
        ),
        // Within a call other rules hold.
        (
            "Metadata: {}\nR: !Join [{Manifest: 1}]\n",
            "Metadata: {}\nR: {Fn::Join: [{Manifest: 2}]}\n",
            "~ R:\n    ~ Fn::Join:\n        ~ - (changed item)\n          ~ Manifest: 1 -> 2\n",
        ),
    ]);
}

#[test]
fn function_calls() {
    check(&[
        ("A: !Sub x\nB: !Equals [a, !Ref P]\n", "A: {Fn::Sub: x}\nB: {Fn::Equals: [a, {Ref: P}]}\n", ""),
        ("A: !Condition C\nB: !Or [x]\n", "A: {Condition: C}\nB: {Fn::Or: [x]}\n", ""),
        ("A: !Sub one\n", "A: {Fn::Sub: two}\n", "~ A:\n    ~ Fn::Sub: one -> two\n"),
        ("A: !Ref a\n", "A: !Ref b\n", "~ A: !Ref a -> !Ref b\n"),
        ("A: {Ref: a}\n", "A: {Ref: b}\n", "~ A:\n    ~ Ref: a -> b\n"),
        ("A: !Join ['', [a]]\n", "A: !Select ['', [a]]\n", ""),
        (
            "A: !Transform {Name: x}\n",
            "A: {Fn::Transform: {Name: x}}\n",
            "~ A:\n    + Fn::Transform: {Name: x}\n    - Name: x\n",
        ),
        ("A: !Length [x]\n", "A: {Fn::Length: [x]}\n", "- A: !Length [x]\n+ A: {'Fn::Length': [x]}\n"),
        (
            "A: !Join '1,2'\n",
            "A: {Fn::Join: [1, 2]}\n",
            "~ A:\n    - Fn::Join: '1,2'\n    + Fn::Join: [1, 2]\n",
        ),
        // The comment and the tag of what is converted are lost.
        ("A: !Sub x # c\n", "A: {Fn::Sub: y}\n", "~ A:\n    ~ Fn::Sub: x -> y\n"),
    ]);
}

#[test]
fn get_att() {
    check(&[
        (
            "A: !GetAtt Q.Arn\nB: !GetAtt [Q, Arn]\n",
            "A: {Fn::GetAtt: [Q, Arn]}\nB: {Fn::GetAtt: Q.Arn}\n",
            "",
        ),
        ("A: !GetAtt S.Outputs.N\n", "A: !GetAtt [S, Outputs.N]\n", ""),
        ("A: !GetAtt a.b\n", "A: !GetAtt c.b\n", "~ A:\n    ~ Fn::GetAtt: a.b -> c.b\n"),
        (
            "A: !GetAtt a.b.c\n",
            "A: {Fn::GetAtt: [d, b.c]}\n",
            "~ A:\n    ~ Fn::GetAtt:\n        ~ - a -> d\n        (1 unchanged item)\n",
        ),
        ("A: !GetAtt\n", "A: !GetAtt [b]\n", "~ A:\n    ~ Fn::GetAtt:\n        + - b\n"),
        // Inside another call compared across forms it is a value like others.
        (
            "A: {Fn::Join: ['', [Fn::GetAtt: [Q, Arn]]]}\n",
            "A: !Join ['', [!GetAtt Q.Arn]]\n",
            "~ A:\n    ~ Fn::Join:\n        (1 unchanged item)\n        ~ - (changed item)\n          ~ - (changed item)\n            \
             - Fn::GetAtt: [Q, Arn]\n            + Fn::GetAtt: Q.Arn\n",
        ),
    ]);
}

#[test]
fn lines_and_joined_paths() {
    check(&[
        ("A: {B: {C: 1, D: 1}}\n", "A: {B: {C: 2, D: 2}}\n", "~ A/B:\n    ~ C: 1 -> 2\n    ~ D: 1 -> 2\n"),
        (
            "A: {B: {C: 1}, E: 1}\n",
            "A: {B: {C: 2}, E: 2}\n",
            "~ A:\n    ~ B:\n        ~ C: 1 -> 2\n    ~ E: 1 -> 2\n",
        ),
        // A chain that ends in a list is not joined; one that starts in an item is.
        (
            "A: {B: [{C: {D: {e: 1}}}]}\n",
            "A: {B: [{C: {D: {e: 2}}}]}\n",
            "~ A:\n    ~ B:\n        ~ - (changed item)\n          ~ C/D:\n              ~ e: 1 -> 2\n",
        ),
        (
            "A: {\"1\": a, '': b, 'x: y': c}\n",
            "A: {\"1\": A, '': B, 'x: y': C}\n",
            "~ A:\n    ~ : b -> B\n    ~ 1: a -> A\n    ~ x: y: c -> C\n",
        ),
        ("A:\nB: x\n", "A: x\nB:\n", "~ A:  -> x\n~ B: x -> \n"),
        ("A: |\n  one\n\n  two\n", "A: x\n", "~ A: |\n~     one\n~ \n~     two -> x\n"),
        ("L: [\"a\"]\n", "L:\n- |\n  b\n", "~ L:\n    ~ - \"a\" -> |\n    ~     b\n"),
        ("A: 1 # one\n", "A: 2 # two\n", "~ A: 1 # one -> 2 # two\n"),
    ]);
}

#[test]
fn values_with_control_characters_are_escaped() {
    check(&[("A: 1\n", "A: \"\\e[31m\"\n", "~ A: 1 -> \"\\e[31m\"\n")]);
}

#[test]
fn colours() {
    let diff =
        templates("A: 1\nB: {x: 1}\nC: 1\nL: [a, b, {c: 1}]\n", "B: {x: 2}\nC: []\nL: [a, b, {c: 2}]\n");
    assert_eq!(
        diff.map(|diff| colour::ansi(&diff.segments())).unwrap_or_default(),
        "\u{1b}[91m- A: 1\n\u{1b}[0m~ B:\n\u{1b}[93m    ~ x: 1 -> 2\n\u{1b}[0m\u{1b}[91m- C: 1\n\u{1b}[0m\
         \u{1b}[92m+ C: []\n\u{1b}[0m~ L:\n\u{1b}[2m    (2 unchanged items)\n\u{1b}[22m    ~ \u{1b}[2m- (changed item)\
         \u{1b}[22m\n\u{1b}[93m      ~ c: 1 -> 2\n\u{1b}[0m"
    );
}

fn changes_of(old: &str, new: &str) -> String {
    let diff = templates(old, new).unwrap_or_else(|e| panic!("{e}"));
    serde_json::to_string(&diff.changes()).unwrap_or_default()
}

#[test]
fn changes_for_machines() {
    for (old, new, want) in [
        ("A: 1\n", "A: 1\n", "[]"),
        ("", "A: !Ref B\n", r#"[{"op":"add","path":[],"new":{"A":{"Ref":"B"}}}]"#),
        ("A: [x, y]\n", "", r#"[{"op":"remove","path":[],"old":{"A":["x","y"]}}]"#),
        (
            "A: {b: 1}\nL: [a, b, c, d]\n",
            "A: {c: 1}\nL: [b, x, y, d]\n",
            r#"[{"op":"remove","path":["A","b"],"old":"1"},{"op":"add","path":["A","c"],"new":"1"},{"op":"remove","path":["L",0],"old":"a"},{"op":"replace","path":["L",1],"old":"c","new":"x"},{"op":"add","path":["L",2],"new":"y"}]"#,
        ),
        (
            "A: !Join [a, b]\nB: !Sub x\nC: !GetAtt a.b\n",
            "A: !Join [a, c]\nB: {Fn::Sub: y}\nC: !GetAtt [a, c]\n",
            r#"[{"op":"replace","path":["A","Fn::Join",1],"old":"b","new":"c"},{"op":"replace","path":["B","Fn::Sub"],"old":"x","new":"y"},{"op":"replace","path":["C","Fn::GetAtt"],"old":"a.b","new":["a","c"]}]"#,
        ),
    ] {
        assert_eq!(changes_of(old, new), want);
        let changes: Vec<Change> = serde_json::from_str(want).unwrap_or_default();
        let mut value = templates(old, new).map(|diff| diff.old_value()).unwrap_or_default();
        assert!(apply(&mut value, &changes).is_ok(), "{want}");
    }
}

#[test]
fn changes_that_do_not_fit_are_refused() {
    let change = |text: &str| serde_json::from_str::<Change>(text).unwrap_or_else(|e| panic!("{e}"));
    let first = change(r#"{"op":"add","path":["A"],"new":"1"}"#);
    for text in [
        r#"{"op":"replace","path":["B"],"new":"1"}"#,
        r#"{"op":"remove","path":["A",0]}"#,
        r#"{"op":"add","path":["A"]}"#,
        r#"{"op":"add","path":["A","b"],"new":"1"}"#,
    ] {
        let mut value = serde_json::json!({});
        let error = apply(&mut value, &[first.clone(), change(text)]).expect_err(text);
        assert_eq!(error.to_string(), "change 2 of the list does not fit: nothing is at its path");
    }
}

#[test]
fn hostile_templates() {
    let deep = format!("A: {}{}", "[".repeat(200), "]".repeat(200));
    assert!(refused("", &deep).contains("nest deeper than 128 levels"));
    let nested = |leaf: &str| format!("A: {}{leaf}{}", "[".repeat(120), "]".repeat(120));
    assert!(diff(&nested("x"), &nested("y")).ends_with("~ - x -> y\n"));
    let forms = |leaf: &str| format!("A: {}{leaf}{}", "{Fn::Not: [".repeat(60), "]}".repeat(60));
    let short = format!("A: {}x{}", "!Not [".repeat(60), "]".repeat(60));
    assert!(diff(&forms("x"), &short).is_empty());
    assert!(!diff(&forms("y"), &short).is_empty());
    // Aliases are not expanded.
    let mut bomb = "a0: &a0 [x, x, x]\n".to_owned();
    for i in 1..40 {
        bomb.push_str(&format!("a{i}: &a{i} [*a{0}, *a{0}, *a{0}]\n", i - 1));
    }
    assert_eq!(diff(&bomb, &bomb.replacen('x', "y", 1)), "~ a0:\n    ~ - x -> y\n    (2 unchanged items)\n");
    let mut merges: String =
        "m: &m\n".to_owned() + &(0..1000).map(|i| format!("  k{i}: 1\n")).collect::<String>();
    merges.extend((0..600).map(|i| format!("n{i}: {{<<: *m}}\n")));
    assert!(refused("", &merges).contains("merge keys bring more than 500000 entries"));
}

#[test]
fn items_in_many_forms_end_soon() {
    // 4,096 items of twelve calls in every mixture of both forms: all equal, none written alike.
    let list = |short: bool| {
        let item = |i: usize| {
            let call = |bit: usize| match ((i >> bit) & 1 == 0) == short {
                true => format!("!Ref A{bit}"),
                false => format!("{{Ref: A{bit}}}"),
            };
            format!("  - [{}]\n", (0..12).map(call).collect::<Vec<_>>().join(", "))
        };
        format!("L:\n{}", (0..4096).map(item).collect::<String>())
    };
    let diff = templates(&list(true), &list(false)).map(|diff| diff.text().is_empty());
    assert!(diff.is_ok());
}
