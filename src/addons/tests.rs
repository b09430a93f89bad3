//! Merging, checking and connecting addons, on texts and on real directories.

use std::fs;

use proptest::prelude::*;
use read::Source;

use super::*;
use crate::template::job::inputs::AddonOutputKind;
use crate::template::job::testing::{minimal_job, texts};

const DIR: &str = "copilot/report-gen/addons";
const TARGET: Target<'_> = Target { app: "shop", env: "test" };
/// What every job's addons need.
const BASE: &str = "Parameters: {App: {Type: String}, Env: {Type: String}, Name: {Type: String}}
Resources:
  Topic: {Type: AWS::SNS::Topic}
";

fn job() -> Job {
    use crate::manifest::job::{Secret, Variable};
    let mut job = minimal_job("report-gen");
    job.variables =
        texts([("TABLE_NAME", "items")]).into_iter().map(|(k, v)| (k, Variable::Plain(v))).collect();
    job.secrets = texts([("DB_SECRET", "/db")]).into_iter().map(|(k, v)| (k, Secret::Plain(v))).collect();
    job
}

/// Loads files given by name and text; `addons.parameters.*` is the parameter file.
fn loaded(files: &[(&str, &str)]) -> Result<Loaded> {
    let (parameters, templates) =
        files.iter().partition::<Vec<_>, _>(|(name, _)| name.starts_with("addons.parameters"));
    let source =
        |(name, text): &(&str, &str)| Source { file: format!("{DIR}/{name}"), text: (*text).to_owned() };
    let sources = Sources {
        templates: templates.into_iter().map(source).collect(),
        parameters: parameters.into_iter().map(source).next(),
        is_empty: false,
    };
    from_sources(sources, DIR.to_owned(), Owner::Job(&job()), &TARGET)
}

fn addons(files: &[(&str, &str)]) -> Addons {
    loaded(files).unwrap().addons.unwrap()
}

/// Message, details and hints as a user sees them.
fn told<T>(result: Result<T>) -> String {
    let Err(error) = result else { return "no error\n".to_owned() };
    let mut told = format!("{error}\n");
    for line in error.detail_lines() {
        told.push_str(&format!("  | {line}\n"));
    }
    for hint in error.hints() {
        told.push_str(&format!("  {hint}\n"));
    }
    told
}

#[test]
fn one_file_keeps_its_content() {
    let text = "# A comment
AWSTemplateFormatVersion: 2010-09-09
Description: left out
Outputs:
  TableName:
    Condition: IsProd
    Value: !Ref Table
Resources:
  Table:
    Type: AWS::DynamoDB::Table
    Condition: IsProd
    Properties:
      TableName: !Sub '${App}-${Env}-items' # another
      Number: 0012
      Text: \"0012\"
      Version: '2012-10-17'
      Flag: true
      Script: |
        line one

          line two
      Folded: >-
        one
        line
      Nothing:
Transform: AWS::Serverless-2016-10-31
Conditions: {IsProd: !Equals [!Ref Env, prod]}
Parameters:
  App: {Type: String}
  Env: {Type: String}
  Name: {Type: String}
Metadata: {}
";
    insta::assert_snapshot!(addons(&[("a.yml", text)]).text());
}

#[test]
fn several_files_become_one() {
    let a = "Metadata: {Team: data}
Parameters: {App: {Type: String}, Env: {Type: String}, Name: {Type: String}}
Mappings:
  Sizes: {test: {Size: 1}}
Transform: [Y, X]
Resources:
  Table: {Type: AWS::DynamoDB::Table}
Outputs:
  TableArn: {Value: !GetAtt Table.Arn}
";
    let b = "Mappings:
  Sizes: {test: {Size: 1}, prod: {Size: 2}}
  Other: {a: {b: c}}
Parameters:
  Name: { Type: 'String' }   # same, written otherwise
  App:
    Type: \"String\"
  Depth: {Type: Number, Default: 3}
Transform: Z
Resources:
  Bucket: {Type: AWS::S3::Bucket}
  Table:
    Type: AWS::DynamoDB::Table
";
    let c = "Transform: [X, {Name: AWS::Include, Parameters: {Location: s3://b/k}}, Z]
Conditions: {C: !Not [!Equals [!Ref Depth, '3']]}
Outputs: {BucketName: {Value: {Ref: Bucket}}}
";
    let addons = addons(&[("a.yml", a), ("b.yaml", b), ("c.yml", c)]);
    insta::assert_snapshot!(addons.text());
    for (section, key, file) in [
        ("Parameters", "Name", "a.yml"),
        ("Parameters", "Depth", "b.yaml"),
        ("Resources", "Table", "a.yml"),
        ("Mappings", "Other", "b.yaml"),
        ("Conditions", "C", "c.yml"),
    ] {
        assert_eq!(addons.origin(section, key), format!("{DIR}/{file}"), "{section}.{key}");
    }
    assert_eq!(addons.origin("Resources", "Nowhere"), DIR);
}

#[test]
fn outputs_become_what_they_refer_to() {
    let text = format!(
        "{BASE}  Secret: {{Type: AWS::SecretsManager::Secret}}
  Policy: {{Type: AWS::IAM::ManagedPolicy}}
  Group: {{Type: AWS::EC2::SecurityGroup}}
Outputs:
  SecretArn: {{Value: !Ref Secret}}
  SecretToo: {{Value: {{Ref: Secret}}}}
  SecretText: {{Value: !Sub '${{Secret}}'}}
  GroupId: {{Value: !GetAtt Group.GroupId}}
  GroupRef: {{Value: !Ref Group}}
  PolicyArn: {{Value: !Ref Policy}}
  Region: {{Value: !Ref AWS::Region}}
  Nested: {{Value: {{Fn::Join: ['', [!Ref Secret]]}}}}
  Gone: {{Value: !Ref Nothing}}
  Fixed: {{Value: 12}}
  Fn::ForEach::More: [X, [a, b], {{'Out${{X}}': {{Value: !Ref X}}}}]
"
    );
    use AddonOutputKind::*;
    let found = addons(&[("a.yml", &text)]).inputs.outputs;
    let found: Vec<_> = found.iter().map(|output| (output.name.as_str(), output.kind)).collect();
    let expected = [
        ("SecretArn", Secret),
        ("SecretToo", Secret),
        ("SecretText", Variable),
        ("GroupId", Variable),
        ("GroupRef", SecurityGroup),
        ("PolicyArn", ManagedPolicy),
        ("Region", Variable),
        ("Nested", Variable),
        ("Gone", Variable),
        ("Fixed", Variable),
    ];
    assert_eq!(found, expected);
}

#[test]
fn values_of_parameters_stay_as_written() {
    let template = format!("{BASE}---\n").replace(
        "Name: {Type: String}",
        "Name: {Type: String}, Role: {Type: String}, Text: {Type: String, Default: ''}, Image: {Type: String}",
    );
    let values = "Parameters:\n  Role: !GetAtt TaskRole.Arn\n  Image: {'Fn::Sub': '${ContainerImage}'}\n";
    let addons = addons(&[("a.yml", &template), ("addons.parameters.yml", values)]);
    let written = Node::mapping(addons.inputs.parameters);
    insta::assert_snapshot!(yaml::emit(&written));
    // Empty is as good as absent.
    for values in ["Parameters: {}\n", "Parameters:\n"] {
        let loaded = loaded(&[("a.yml", BASE), ("addons.parameters.yaml", values)]).unwrap();
        assert!(loaded.addons.unwrap().inputs.parameters.is_empty());
        assert!(loaded.warnings.is_empty());
    }
}

#[test]
fn mistakes_are_told_with_their_places() {
    let other = "Resources:\n  Topic: {Type: AWS::SNS::Topic, Properties: {TopicName: x}}\n";
    let long = format!("Resources: {{? {}\n: []}}\n", "x".repeat(300));
    let cases: &[(&str, &[(&str, &str)])] = &[
        ("no YAML", &[("a.yml", BASE), ("b.yml", "Resources:\n  - [\n"), ("c.yml", "a: *b\n")]),
        ("a key twice", &[("a.yml", "Resources:\n  A: {Type: X}\n  A: {Type: X}\n")]),
        ("no map", &[("a.yml", "- a\n"), ("b.yml", "text\n")]),
        ("sections of the wrong kind", &[("a.yml", "Resources: [a]\nOutputs: x\nMetadata: 1\n? [k]\n: v\n")]),
        (
            "entries of the wrong kind",
            &[(
                "a.yml",
                "Resources:\n  A: x\n  B:\n  C: {Type: [x]}\n  ? [k]\n  : {}\nMappings: {M: []}\nOutputs: {O: !Ref A}\nParameters: {P: String}\n",
            )],
        ),
        ("control characters", &[("a.yml", "Resources:\n  \"\\e[31mred\\n\": x\n")]),
        ("a long name", &[("a.yml", &long)]),
        ("a conflict", &[("a.yml", BASE), ("b.yml", other)]),
        (
            "several conflicts",
            &[
                (
                    "a.yml",
                    "Parameters: {P: {Type: String}}\nMappings: {M: {K: {v: 1}}}\nConditions: {C: !Not [x]}\nMetadata: {K: v}\nResources: {R: {Type: A}}\nOutputs: {O: {Value: '12'}}\n",
                ),
                (
                    "b.yml",
                    "Parameters: {P: {Type: Number}}\nMappings: {M: {K: {v: 2}}}\nConditions: {C: !And [x]}\nMetadata: {K: w}\nResources: {R: {Type: B}}\nOutputs: {O: {Value: 12}}\n",
                ),
                ("c.yml", "Resources: {R: {Type: C}}\nOutputs: {O: {Value: \"12\"}}\n"),
            ],
        ),
        ("nothing at all", &[("a.yml", "# nothing\n")]),
        (
            "reserved parameters are missing",
            &[("a.yml", "Parameters: {Env: {Type: String}}\nResources: {R: {Type: A}}\n")],
        ),
        (
            "reserved parameters are given",
            &[("a.yml", BASE), ("addons.parameters.yml", "Parameters: {App: x, Name: y}\n")],
        ),
        (
            "unknown and empty values",
            &[
                ("a.yml", &BASE.replace("Name:", "P: {Type: String}, Name:")),
                ("addons.parameters.yml", "Parameters:\n  P:\n  Q: x\n"),
            ],
        ),
        (
            "no value",
            &[
                ("a.yml", BASE),
                (
                    "b.yml",
                    "Parameters:\n  P: {Type: String}\n  D: {Type: String, Default: ''}\n  Q: {Type: String}\n",
                ),
            ],
        ),
        ("no Parameters", &[("a.yml", BASE), ("addons.parameters.yml", "Role: x\n")]),
        ("an empty parameter file", &[("a.yml", BASE), ("addons.parameters.yml", "")]),
        ("Parameters of the wrong kind", &[("a.yml", BASE), ("addons.parameters.yml", "Parameters: [x]\n")]),
        (
            "entries without what they must have",
            &[
                ("a.yml", BASE),
                (
                    "b.yml",
                    "Resources:\n  R-1: {Type: A}\n  S: {Properties: {}}\nOutputs:\n  O: {Description: x}\n",
                ),
            ],
        ),
        (
            "names that nothing defines",
            &[
                ("a.yml", BASE),
                (
                    "b.yml",
                    "Conditions: {C: !Equals [!Ref Stage, x]}\nResources:\n  R:\n    Type: A\n    DependsOn: Topics\n    Properties:\n      Name: !Sub '${App}-${Role}'\n",
                ),
                ("c.yml", "Outputs:\n  Arn: {Condition: D, Value: !GetAtt Queue.Arn}\n"),
            ],
        ),
        (
            "values that are no single ones",
            &[
                ("a.yml", &BASE.replace("Name:", "L: {Type: CommaDelimitedList}, M: {Type: String}, N: {Type: String}, O: {Type: String}, P: {Type: String}, Name:")),
                (
                    "addons.parameters.yml",
                    "Parameters:\n  L: [a, b]\n  M:\n    ref: TaskRole\n  N: {GetAtt: TaskRole.Arn}\n  O: !Split [',', 'a,b']\n  P: {a: b, c: d}\n",
                ),
            ],
        ),
        (
            "keys that CloudFormation does not know",
            &[
                ("a.yml", BASE),
                (
                    "b.yml",
                    "Resources:\n  R:\n    Type: A\n    Property: {}\n  S: {Type: A, QueueName: x, DeletionPolicy: Keep}\nOutputs:\n  O: {Value: x, value: y}\n",
                ),
            ],
        ),
        (
            "keys that mappings do not have",
            &[
                (
                    "a.yml",
                    "Parameters: {App: {Type: String}, Env: {Type: String}, Name: {Type: String}, Stage: {Type: String}, Tier: {Type: String, Default: gold}, Role: {Type: String}}\n\
                     Mappings:\n  Sizes: {prod: {Size: 2}}\n",
                ),
                (
                    "b.yml",
                    "Mappings:\n  Sizes: {staging: {Size: 1}}\n  Tiers: {silver: {Size: 1}}\nResources:\n  Q:\n    Type: T\n    Properties:\n      A: !FindInMap [Sizes, !Ref Env, Size]\n      B: !FindInMap [Size, !Ref Env, Size]\n      \
                     C: !FindInMap [Sizes, !Ref Stage, Size]\n      D: !FindInMap [Sizes, prod, Size]\n      E: !FindInMap [Sizes, !Ref Role, Size]\n      F: !FindInMap [Tiers, !Ref Tier, Size]\n",
                ),
                ("addons.parameters.yml", "Parameters: {Stage: !Ref EnvName, Role: !GetAtt TaskRole.Arn}\n"),
            ],
        ),
        (
            "names that are taken",
            &[(
                "a.yml",
                &format!(
                    "{BASE}  S: {{Type: AWS::SecretsManager::Secret}}\nOutputs:\n  DbSecret: {{Value: !Ref S}}\n  TableName: {{Value: !Ref S}}\n"
                ),
            )],
        ),
    ];
    let mut all = String::new();
    for (case, files) in cases {
        all.push_str(&format!("{case}:\n{}\n", told(loaded(files))));
    }
    insta::assert_snapshot!(all);
}

#[test]
fn what_is_left_out_is_told_when_it_matters() {
    let text = format!(
        "AWSTemplateFormatVersion: '2010-09-09'\nDescription: d\n{BASE}Rules: {{}}\nGlobals: {{}}\nOutput: {{}}\n---\nResources: {{}}\n"
    );
    let outputs = "Outputs: {TableName: {Value: x}, Topic: {Value: y}, topic: {Value: z}}\n";
    let files = [
        ("a.yml", text.as_str()),
        ("b.yml", outputs),
        ("addons.parameters.yml", "Parameters: {}\nOthers: {}\n"),
    ];
    insta::assert_snapshot!(loaded(&files).unwrap().warnings.join("\n"));
}

#[test]
fn outputs_that_functions_make_are_told() {
    let outputs = "Transform: AWS::LanguageExtensions\nOutputs:\n  Fn::ForEach::More: [X, [a, b], {'Out${X}': {Value: !Ref X}}]\n  One: {Value: x}\n";
    let warnings = loaded(&[("a.yml", BASE), ("b.yml", outputs)]).unwrap().warnings;
    insta::assert_snapshot!(warnings.join("\n"), @"copilot/report-gen/addons/b.yml:3:3: the outputs that `Fn::ForEach::More` makes do not reach the job: their names are known to CloudFormation only; write each output that the job needs by itself");
}

#[test]
fn only_files_directly_in_the_directory_count() {
    let dir = tempfile::tempdir().unwrap();
    let addons = dir.path().join("addons");
    let load = || load(&addons, DIR, Owner::Job(&job()), &TARGET);
    assert!(load().unwrap().addons.is_none());
    fs::create_dir(&addons).unwrap();
    assert!(load().unwrap().warnings.is_empty());
    fs::create_dir(addons.join("lambda")).unwrap();
    fs::write(addons.join("lambda/x.yml"), "no: template").unwrap();
    fs::write(addons.join("x.json"), "{}").unwrap();
    fs::write(addons.join("x.yml.bak"), "x").unwrap();
    fs::write(addons.join("X.YML"), "x").unwrap();
    let nothing = load().unwrap();
    assert!(nothing.addons.is_none());
    insta::assert_snapshot!(nothing.warnings.join("\n"));
    fs::write(addons.join("b.yml"), BASE).unwrap();
    fs::write(addons.join("a.yaml"), "Resources: {First: {Type: AWS::SNS::Topic}}\n").unwrap();
    let text = load().unwrap().addons.unwrap().text();
    assert!(text.find("First").unwrap() < text.find("Topic:").unwrap(), "{text}");
}

#[test]
fn what_cannot_be_read_is_an_error() {
    let dir = tempfile::tempdir().unwrap();
    let addons = dir.path().join("addons");
    let mut all = String::new();
    let mut note = |case: &str| {
        all.push_str(&format!("{case}:\n{}\n", told(load(&addons, DIR, Owner::Job(&job()), &TARGET))));
    };
    fs::write(&addons, "").unwrap();
    note("a file instead of the directory");
    fs::remove_file(&addons).unwrap();
    std::os::unix::fs::symlink("nowhere", &addons).unwrap();
    note("a link to nowhere instead of the directory");
    fs::remove_file(&addons).unwrap();
    fs::create_dir(&addons).unwrap();
    fs::write(addons.join("a.yml"), BASE).unwrap();
    fs::create_dir(addons.join("b.yml")).unwrap();
    std::os::unix::fs::symlink("nowhere", addons.join("c.yml")).unwrap();
    fs::write(addons.join("d.yaml"), b"Resources:\n  caf\xe9: {}\n").unwrap();
    note("unreadable files");
    for file in ["c.yml", "d.yaml"] {
        fs::remove_file(addons.join(file)).unwrap();
    }
    fs::remove_dir(addons.join("b.yml")).unwrap();
    for file in ["addons.parameters.yml", "addons.parameters.yaml"] {
        fs::write(addons.join(file), "Parameters: {}\n").unwrap();
    }
    note("two parameter files");
    insta::assert_snapshot!(all);
}

#[test]
fn layout_is_no_difference() {
    let ours = addons(&[("a.yml", BASE)]).text();
    let laid_out = "Parameters: {App: {Type: 'String'}, Env: {Type: String}, Name: {Type: String}}\n# c\nResources: {Topic: {Type: \"AWS::SNS::Topic\"}}\n";
    assert!(same_meaning(laid_out, &ours));
    assert!(same_meaning(&ours, &ours));
    for other in ["", "[", &laid_out.replace("Topic:", "topic:"), &format!("{laid_out}Outputs: {{}}\n")] {
        assert!(!same_meaning(other, &ours), "{other}");
    }
    assert!(!same_meaning("A: 12\n", "A: '12'\n"));
}

proptest! {
    #[test]
    fn any_text_is_merged_or_refused(one in "[-{}\\[\\]:,&*!a-zA-Z0-9 \n'\"|>#]{0,60}", two in "\\PC{0,40}") {
        let _ = loaded(&[("a.yml", &one), ("b.yml", &two), ("addons.parameters.yml", &two)]).map_err(|e| e.to_string());
    }
}

/// Files of different origin describe `App`, `Env` and `Name` in words of their own.
#[test]
fn parameters_that_differ_in_their_description_are_the_same() {
    let described =
        BASE.replace("Name: {Type: String}", "Name: {Type: String, Description: Your workload's name.}");
    let text = addons(&[("a.yml", &described), ("b.yml", BASE)]).text();
    assert!(text.contains("Description: Your workload's name."), "{text}");
    let other = BASE.replace("Name: {Type: String}", "Name: {Type: String, Default: x}");
    let told = told(loaded(&[("a.yml", &described), ("b.yml", &other)]));
    insta::assert_snapshot!(told, @"
    the parameter `Name` is defined in copilot/report-gen/addons/a.yml:1:56 and differently in copilot/report-gen/addons/b.yml:1:56
      The files are merged into one template: write it in one of them only, or rename one.
    ");
    // Of everything else the description counts.
    let topic = |text: &str| format!("{BASE}Outputs:\n  Topic: {{Value: !Ref Topic, Description: {text}}}\n");
    assert!(loaded(&[("a.yml", &topic("one")), ("b.yml", &topic("two"))]).is_err());
}

#[test]
fn new_templates_are_merged_with_those_that_are_there() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("there.yml"), "Resources:\n  Table: {Type: AWS::DynamoDB::Table}\n").unwrap();
    fs::write(dir.path().join("broken.yml"), "Resources: [\n").unwrap();
    let check = |text: &str| check_new(dir.path(), DIR, "job", &[("addons/new.yml", text)]);
    check("Resources:\n  Topic: {Type: AWS::SNS::Topic}\n").unwrap();
    insta::assert_snapshot!(told(check("Resources:\n  Table: {Type: AWS::SNS::Topic}\n")), @"
    the resource `Table` is defined in copilot/report-gen/addons/there.yml:2:3 and differently in addons/new.yml:2:3
      The files are merged into one template: write it in one of them only, or rename one.
    ");
    check_new(&dir.path().join("gone"), DIR, "job", &[("gone/new.yml", BASE)]).unwrap();
}
