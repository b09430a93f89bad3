use super::*;
use crate::yaml::load;

const BASE: &str = "Parameters:
  Env: {Type: String}
  Size: {Type: String, Default: small}
  Count: {Type: Number, Default: 3}
  Path: {Type: 'AWS::SSM::Parameter::Value<String>', Default: /small}
  Other: {Type: String, Default: small}
Mappings:
  Sizes:
    test: {small: 1, large: 2, next: large}
    staging: {small: 1, large: 2, huge: 3, next: gone}
  Accounts:
    '123456789012': {Name: dev}
    000000000042: {Name: prod}
Conditions:
  IsTest: !Equals [!Ref Env, test]
";

fn told(template: &str) -> String {
    let body = load(template).unwrap().unwrap();
    let values = Values::default().with("Env", "test").with("AWS::Region", "eu-west-1").with_unknown("Other");
    let found = find(&body, &values);
    let lines = found.iter().map(|finding| {
        let advice = finding.advice.as_deref().unwrap_or_default();
        format!("{}: {}\n   {advice}\n", finding.span.line, finding.message)
    });
    lines.collect()
}

/// The template with one queue whose delay is this value.
fn delay(value: &str) -> String {
    told(&format!("{BASE}Resources:\n  Q: {{Type: T, Properties: {{Delay: {value}}}}}\n"))
}

#[test]
fn finds_what_is_not_there() {
    let values = [
        "!FindInMap [Size, !Ref Env, small]",
        "!FindInMap [Nothing, !Ref Env, small]",
        "!FindInMap [Sizes, prod, small]",
        "!FindInMap [Sizes, !Ref Size, small]",
        "!FindInMap [Sizes, !Ref Env, huge]",
        "!FindInMap [Sizes, !Ref Env, smal]",
        "!FindInMap [Sizes, !Ref Other, tiny]",
        "!FindInMap [Sizes, !Ref 'AWS::Region', small]",
        "{Fn::FindInMap: [Sizes, {Ref: Env}, huge]}",
        "!FindInMap [Sizes, staging, !FindInMap [Sizes, staging, next]]",
        "!FindInMap [Sizes, !FindInMap [Sizes, prod, next], small]",
        "!Join ['', [a, !FindInMap [Sizes, prod, small]]]",
        "!Sub ['${V}', {V: !FindInMap [Sizes, prod, small]}]",
        "{Fn::Base64: !FindInMap [Sizes, prod, small]}",
        "[{A: !If [IsTest, !FindInMap [Gone, a, b], x]}]",
        "!FindInMap [Accounts, !Ref Other, Nmae]",
        "!FindInMap [Sizes, !Ref Env]",
        "!FindInMap [Sizes, !Ref Env, small, {DefaultValue: 1}]",
        "!FindInMap [Sizes, !Sub '${Env}', small]",
        "!FindInMap Sizes",
    ];
    let all: Vec<String> = values.iter().map(|value| format!("{value}\n{}", delay(value))).collect();
    insta::assert_snapshot!(all.join("\n"), @"
    !FindInMap [Size, !Ref Env, small]
    17: the resource `Q`, Properties/Delay: there is no mapping `Size`, did you mean `Sizes`?
       Define it below `Mappings`, or write the value itself.

    !FindInMap [Nothing, !Ref Env, small]
    17: the resource `Q`, Properties/Delay: there is no mapping `Nothing`
       Define it below `Mappings`, or write the value itself.

    !FindInMap [Sizes, prod, small]
    17: the resource `Q`, Properties/Delay: the mapping `Sizes` has no key `prod`, only `test`, `staging`
       Add `prod` to the mapping `Sizes`.

    !FindInMap [Sizes, !Ref Size, small]
    17: the resource `Q`, Properties/Delay: the mapping `Sizes` has no key `small` (the value of `Size`), only `test`, `staging`
       Add `small` to the mapping `Sizes`.

    !FindInMap [Sizes, !Ref Env, huge]
    17: the resource `Q`, Properties/Delay: the mapping `Sizes` has no key `huge` below `test` (the value of `Env`), only `small`, `large`, `next`
       Add `huge` below `test` of the mapping `Sizes`.

    !FindInMap [Sizes, !Ref Env, smal]
    17: the resource `Q`, Properties/Delay: the mapping `Sizes` has no key `smal` below `test` (the value of `Env`), did you mean `small`?
       Add `smal` below `test` of the mapping `Sizes`.

    !FindInMap [Sizes, !Ref Other, tiny]
    17: the resource `Q`, Properties/Delay: the mapping `Sizes` has no key `tiny` below any of its keys, only `small`, `large`, `next`, `huge`
       Add `tiny` to the entries of the mapping `Sizes`.

    !FindInMap [Sizes, !Ref 'AWS::Region', small]
    17: the resource `Q`, Properties/Delay: the mapping `Sizes` has no key `eu-west-1` (the value of `AWS::Region`), only `test`, `staging`
       Add `eu-west-1` to the mapping `Sizes`.

    {Fn::FindInMap: [Sizes, {Ref: Env}, huge]}
    17: the resource `Q`, Properties/Delay: the mapping `Sizes` has no key `huge` below `test` (the value of `Env`), only `small`, `large`, `next`
       Add `huge` below `test` of the mapping `Sizes`.

    !FindInMap [Sizes, staging, !FindInMap [Sizes, staging, next]]
    17: the resource `Q`, Properties/Delay: the mapping `Sizes` has no key `gone` below `staging`, only `small`, `large`, `huge`, `next`
       Add `gone` below `staging` of the mapping `Sizes`.

    !FindInMap [Sizes, !FindInMap [Sizes, prod, next], small]
    17: the resource `Q`, Properties/Delay: the mapping `Sizes` has no key `prod`, only `test`, `staging`
       Add `prod` to the mapping `Sizes`.

    !Join ['', [a, !FindInMap [Sizes, prod, small]]]
    17: the resource `Q`, Properties/Delay: the mapping `Sizes` has no key `prod`, only `test`, `staging`
       Add `prod` to the mapping `Sizes`.

    !Sub ['${V}', {V: !FindInMap [Sizes, prod, small]}]
    17: the resource `Q`, Properties/Delay: the mapping `Sizes` has no key `prod`, only `test`, `staging`
       Add `prod` to the mapping `Sizes`.

    {Fn::Base64: !FindInMap [Sizes, prod, small]}
    17: the resource `Q`, Properties/Delay: the mapping `Sizes` has no key `prod`, only `test`, `staging`
       Add `prod` to the mapping `Sizes`.

    [{A: !If [IsTest, !FindInMap [Gone, a, b], x]}]
    17: the resource `Q`, Properties/Delay/0/A: there is no mapping `Gone`
       Define it below `Mappings`, or write the value itself.

    !FindInMap [Accounts, !Ref Other, Nmae]
    17: the resource `Q`, Properties/Delay: the mapping `Accounts` has no key `Nmae` below any of its keys, did you mean `Name`?
       Add `Nmae` to the entries of the mapping `Accounts`.

    !FindInMap [Sizes, !Ref Env]
    17: the resource `Q`, Properties/Delay: FindInMap takes three arguments: a mapping, a key, and a key below it
       A default and other functions as arguments need `Transform: AWS::LanguageExtensions` in the template.

    !FindInMap [Sizes, !Ref Env, small, {DefaultValue: 1}]
    17: the resource `Q`, Properties/Delay: FindInMap takes three arguments: a mapping, a key, and a key below it
       A default and other functions as arguments need `Transform: AWS::LanguageExtensions` in the template.

    !FindInMap [Sizes, !Sub '${Env}', small]
    17: the resource `Q`, Properties/Delay: an argument of FindInMap must be a text, a Ref or another FindInMap
       A default and other functions as arguments need `Transform: AWS::LanguageExtensions` in the template.

    !FindInMap Sizes
    17: the resource `Q`, Properties/Delay: FindInMap takes three arguments: a mapping, a key, and a key below it
       A default and other functions as arguments need `Transform: AWS::LanguageExtensions` in the template.
    ");
}

#[test]
fn looks_at_conditions_resources_and_outputs() {
    let found = told(&format!(
        "{BASE}  C: !Equals [!FindInMap [Sizes, prod, small], '1']\n\
         \x20 D: !Or [!Condition IsTest, !Equals [!FindInMap [Sizes, prod, large], '1']]\n\
         Resources:\n  A:\n    Type: T\n    Properties:\n      Tags:\n        - Key: a\n          Value: !FindInMap [Sizes, prod, small]\n\
         \x20 B: {{Type: T, Condition: IsTest, Properties: {{X: !FindInMap [Sizes, prod, small], Y: !FindInMap [Gone, a, b]}}}}\n\
         Outputs:\n  O:\n    Value: !FindInMap [Sizes, prod, small]\n"
    ));
    insta::assert_snapshot!(found, @"
    16: the condition `C`: the mapping `Sizes` has no key `prod`, only `test`, `staging`
       Add `prod` to the mapping `Sizes`.
    24: the resource `A`, Properties/Tags/0/Value: the mapping `Sizes` has no key `prod`, only `test`, `staging`
       Add `prod` to the mapping `Sizes`.
    25: the resource `B`, Properties/Y: there is no mapping `Gone`
       Define it below `Mappings`, or write the value itself.
    28: the output `O`: the mapping `Sizes` has no key `prod`, only `test`, `staging`
       Add `prod` to the mapping `Sizes`.
    ");
}

#[test]
fn everything_else_is_fine() {
    for value in [
        "!FindInMap [Sizes, !Ref Env, small]",
        "!FindInMap [Sizes, !Ref Env, !Ref Size]",
        "!FindInMap [Sizes, !Ref Env, !FindInMap [Sizes, !Ref Env, next]]",
        // Not known before the deployment.
        "!FindInMap [Sizes, !Ref Other, small]",
        "!FindInMap [Sizes, !Ref Count, small]",
        "!FindInMap [Sizes, !Ref Path, small]",
        "!FindInMap [Sizes, !Ref 'AWS::AccountId', small]",
        "!FindInMap [!Ref Other, a, b]",
        // The account may be written as a number.
        "!FindInMap [Accounts, '000000000042', Name]",
        "!FindInMap [Accounts, '42', Name]",
        // Only if the condition holds.
        "!If [IsTest, 1, !FindInMap [Sizes, prod, small]]",
    ] {
        assert_eq!(delay(value), "", "{value}");
    }
    let resource = |value: &str| format!("{BASE}Resources: {{Q: {{Type: T, Properties: {{X: {value}}}}}}}\n");
    for (transform, value) in [
        ("AWS::LanguageExtensions", "!FindInMap [Sizes, prod, small, {DefaultValue: 1}]"),
        ("AWS::LanguageExtensions", "!FindInMap [Sizes, !Select [0, [test]], small]"),
        ("AWS::LanguageExtensions", "!FindInMap [Sizes, !Sub '${Env}', small]"),
        ("[AWS::LanguageExtensions, Mine]", "!FindInMap [Gone, prod, small]"),
        ("{Name: AWS::Include}", "!FindInMap [Gone, prod, small]"),
    ] {
        assert_eq!(told(&format!("Transform: {transform}\n{}", resource(value))), "", "{transform} {value}");
    }
    let included = BASE.replace("Mappings:\n", "Mappings:\n  Fn::Transform: {Name: AWS::Include}\n");
    assert_eq!(
        told(&format!("{included}Resources: {{Q: {{Properties: {{X: !FindInMap [Gone, a, b]}}}}}}\n")),
        ""
    );
}

#[test]
fn known_transforms_bring_no_mappings() {
    for transform in ["AWS::LanguageExtensions", "[AWS::Serverless-2016-10-31]"] {
        let template = format!(
            "Transform: {transform}\n{BASE}Resources: {{Q: {{Type: T, Properties: {{X: !FindInMap [Gone, a, b]}}}}}}\n"
        );
        insta::allow_duplicates! { insta::assert_snapshot!(told(&template), @"
        17: the resource `Q`, Properties/X: there is no mapping `Gone`
           Define it below `Mappings`, or write the value itself.
        "); }
    }
}
