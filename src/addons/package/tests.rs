use std::fs;

use tempfile::TempDir;

use super::*;

const SCRIPT_HASH: &str = "434728a410a78f56fc1b5899c3593436e61ab0c731e9072d95e96db290205e53";

/// A workspace with a directory, a file and a nested template.
fn workspace() -> TempDir {
    let dir = TempDir::new().unwrap();
    fs::create_dir(dir.path().join("code")).unwrap();
    fs::write(dir.path().join("code/index.js"), "exports.handler = async () => {};\n").unwrap();
    fs::write(dir.path().join("file.txt"), "content\n").unwrap();
    dir
}

fn template(text: &str) -> Node {
    yaml::load(text).unwrap().unwrap()
}

fn origin(section: &str, key: &str) -> String {
    format!("addons/{section}-{key}.yml")
}

fn planned(text: &str, workspace: &TempDir) -> Packaging {
    plan(&template(text), "report", &origin, workspace.path()).unwrap()
}

/// The template with its paths replaced.
fn packaged(text: &str, workspace: &TempDir) -> String {
    let mut body = template(text);
    let packaging = plan(&body, "report", &origin, workspace.path()).unwrap();
    packaging.apply(&mut body, "bucket", "eu-west-1");
    yaml::emit(&body)
}

fn refused(text: &str, workspace: &TempDir) -> String {
    let error = plan(&template(text), "report", &origin, workspace.path()).unwrap_err();
    let lines = std::iter::once(error.to_string()).chain(error.detail_lines().iter().cloned());
    lines
        .chain(error.hints().iter().map(|hint| format!("hint: {hint}")))
        .collect::<Vec<_>>()
        .join("\n")
        .replace(&workspace.path().display().to_string(), "WORKSPACE")
}

/// A template with one resource whose property has this value.
fn resource(kind: &str, property: &str, value: &str) -> String {
    let mut text = format!("Resources:\n  One:\n    Type: {kind}\n    Properties:\n      Other: kept");
    let mut indent = 6;
    for name in property.split('.') {
        text.push_str(&format!("\n{}{name}:", " ".repeat(indent)));
        indent += 2;
    }
    format!("{text} {value}\n")
}

/// How a location is written.
#[derive(Clone, Copy, Debug)]
enum Written {
    Map(&'static str, &'static str),
    S3,
    Https,
}

/// What a path may be: a file alone; a file, or a directory that is zipped; always zipped.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Takes {
    File,
    Either,
    Zip,
}

const CODE: Written = Written::Map("S3Bucket", "S3Key");
const OBJECT: Written = Written::Map("Bucket", "Key");

/// The properties of which the old tool uploads the local path, with `https` where CloudFormation wants a template.
const ROWS: [(&str, &str, Written, Takes); 18] = [
    ("AWS::ApiGateway::RestApi", "BodyS3Location", OBJECT, Takes::File),
    ("AWS::Lambda::Function", "Code", CODE, Takes::Zip),
    ("AWS::Lambda::LayerVersion", "Content", CODE, Takes::Zip),
    ("AWS::Serverless::Function", "CodeUri", Written::S3, Takes::Zip),
    ("AWS::Serverless::LayerVersion", "ContentUri", Written::S3, Takes::Zip),
    ("AWS::Serverless::Application", "Location", Written::Https, Takes::File),
    ("AWS::AppSync::GraphQLSchema", "DefinitionS3Location", Written::S3, Takes::File),
    ("AWS::AppSync::Resolver", "RequestMappingTemplateS3Location", Written::S3, Takes::File),
    ("AWS::AppSync::Resolver", "ResponseMappingTemplateS3Location", Written::S3, Takes::File),
    ("AWS::AppSync::FunctionConfiguration", "RequestMappingTemplateS3Location", Written::S3, Takes::File),
    ("AWS::AppSync::FunctionConfiguration", "ResponseMappingTemplateS3Location", Written::S3, Takes::File),
    ("AWS::Serverless::Api", "DefinitionUri", Written::S3, Takes::File),
    ("AWS::ElasticBeanstalk::ApplicationVersion", "SourceBundle", CODE, Takes::Either),
    ("AWS::CloudFormation::Stack", "TemplateURL", Written::Https, Takes::File),
    ("AWS::Glue::Job", "Command.ScriptLocation", Written::S3, Takes::Either),
    ("AWS::StepFunctions::StateMachine", "DefinitionS3Location", OBJECT, Takes::File),
    ("AWS::Serverless::StateMachine", "DefinitionUri", OBJECT, Takes::File),
    ("AWS::CodeCommit::Repository", "Code.S3", OBJECT, Takes::Zip),
];

#[test]
fn every_property_gets_its_location() {
    let workspace = workspace();
    assert_eq!(properties::PROPERTIES.len(), ROWS.len());
    for (kind, property, written, takes) in ROWS {
        for path in ["file.txt", "code"] {
            let text = resource(kind, property, path);
            if path == "code" && takes == Takes::File {
                let error = refused(&text, &workspace);
                assert!(
                    error.contains("code is a directory, and the property needs one file"),
                    "{kind}: {error}"
                );
                continue;
            }
            let packaging = planned(&text, &workspace);
            let [asset] = packaging.assets.as_slice() else { panic!("{kind}: {:?}", packaging.assets) };
            assert_eq!(
                asset.content.starts_with(b"PK\x03\x04"),
                path == "code" || takes == Takes::Zip,
                "{kind}"
            );
            let key = &asset.key;
            assert_eq!(key.rsplit_once('/').unwrap().0, "manual/addons/report/assets");
            let value = match written {
                Written::Map(bucket, name) => format!("{{{bucket}: bucket, {name}: {key}}}"),
                Written::S3 => format!("s3://bucket/{key}"),
                Written::Https => format!("https://bucket.s3.eu-west-1.amazonaws.com/{key}"),
            };
            let expected = yaml::emit(&template(&resource(kind, property, &value)));
            assert_eq!(packaged(&text, &workspace), expected, "{kind} {property}");
        }
    }
}

#[test]
fn what_is_no_local_path_is_left_alone() {
    let workspace = workspace();
    for (kind, property, _, _) in ROWS {
        for value in [
            "",
            "''",
            "~",
            "null",
            "s3://b/k",
            "http://host/x",
            "https://host/x",
            "!Ref X",
            "!Sub \"${X}/y\"",
            "!Sub file.txt",
            "{Ref: X}",
            "{Fn::Sub: file.txt}",
            "{ZipFile: file.txt}",
            "[file.txt]",
        ] {
            let text = resource(kind, property, value);
            assert_eq!(planned(&text, &workspace).assets, [], "{kind} {value}");
            assert_eq!(packaged(&text, &workspace), yaml::emit(&template(&text)), "{kind} {value}");
        }
    }
}

#[test]
fn a_path_may_be_written_in_any_way() {
    let workspace = workspace();
    let absolute = workspace.path().join("code").display().to_string();
    let expected =
        planned(&resource("AWS::Lambda::Function", "Code", "code"), &workspace).assets[0].key.clone();
    for value in [
        "'code'",
        "\"code\"",
        "!!str code",
        "! code",
        "./code/",
        "code/../code",
        &absolute,
        "|-\n          code",
    ] {
        let text = resource("AWS::Lambda::Function", "Code", value);
        let packaging = planned(&text, &workspace);
        assert_eq!(packaging.assets[0].key, expected, "{value}");
        assert!(packaged(&text, &workspace).contains(&format!("S3Key: {expected}\n")), "{value}");
    }
}

#[test]
fn other_resources_and_places_are_left_alone() {
    let workspace = workspace();
    for text in [
        resource("AWS::S3::Bucket", "Code", "missing"),
        resource("AWS::Lambda::Function", "Properties.Code", "missing"),
        "Resources:\n  One:\n    Type: AWS::Lambda::Function\n    Code: missing\n".to_owned(),
        "Resources:\n  One:\n    Type: AWS::Lambda::Function\n    Properties: missing\n".to_owned(),
        "Resources:\n  One: {Properties: {Code: missing}}\n  Two: text\n  Three: [a]\n".to_owned(),
        "Resources:\nOutputs: text\nMetadata: [a]\n".to_owned(),
        "Parameters:\n  One:\n    Fn::Transform: {Name: AWS::Include, Parameters: {Location: missing}}\n"
            .to_owned(),
        "Outputs: {O: {Fn::Transform: {Name: AWS::Include, Parameters: {Location: s3://b/k}}}}\n".to_owned(),
        "Outputs: {O: {Fn::Transform: {Name: AWS::Include, Parameters: {Location: !Ref L}}}}\n".to_owned(),
        "Outputs: {O: {Fn::Transform: {Name: AWS::Include}}, P: {Fn::Transform: text}}\n".to_owned(),
        "text".to_owned(),
    ] {
        assert_eq!(planned(&text, &workspace).assets, [], "{text}");
        assert_eq!(packaged(&text, &workspace), yaml::emit(&template(&text)));
    }
}

#[test]
fn what_several_resources_share_is_read_and_uploaded_once() {
    let workspace = workspace();
    fs::create_dir(workspace.path().join("copy")).unwrap();
    fs::copy(workspace.path().join("code/index.js"), workspace.path().join("copy/index.js")).unwrap();
    let text = "Resources:
  A: {Type: AWS::Lambda::Function, Properties: {Code: code}}
  B: {Type: AWS::Lambda::Function, Properties: {Code: ./code/}}
  C: {Type: AWS::Lambda::LayerVersion, Properties: {Content: copy}}
  D: {Type: AWS::Lambda::LayerVersion, Properties: {Content: code/index.js}}
  E: {Type: AWS::Glue::Job, Properties: {Command: {ScriptLocation: file.txt}}}
";
    let paths: Vec<String> = planned(text, &workspace).assets.into_iter().map(|asset| asset.path).collect();
    assert_eq!(paths, ["code", "file.txt"]);
}

#[test]
fn includes_are_found_in_every_section_and_at_any_depth() {
    let workspace = workspace();
    let text = "Metadata:
  A: {Fn::Transform: {Name: AWS::Include, Parameters: {Location: file.txt}}}
Parameters:
  P: {Default: {Fn::Transform: {Name: AWS::Include, Parameters: {Location: file.txt}}}}
Mappings:
  Fn::Transform: {Name: AWS::Include, Parameters: {Location: file.txt}}
Conditions:
  C: [[{Fn::Transform: {Name: AWS::Include, Parameters: {Location: file.txt}}}]]
Transform:
  - AWS::Serverless-2016-10-31
  - Name: AWS::Include
    Parameters: {Location: file.txt}
Resources:
  R:
    Type: AWS::S3::Bucket
    Properties:
      Tags:
        - Deep:
            Fn::Transform: {Name: AWS::Include, Parameters: {Location: 'file.txt', Other: kept}}
        - !Transform {Name: AWS::Include, Parameters: {Location: file.txt}}
      Macro:
        Fn::Transform:
          Name: Own
          Parameters:
            Location: file.txt
            Body: {Fn::Transform: {Name: AWS::Include, Parameters: {Location: file.txt}}}
Outputs:
  O: {Value: {Fn::Transform: {Name: AWS::Include, Parameters: {Location: file.txt}}}}
";
    let result = packaged(text, &workspace).replace(&planned(text, &workspace).assets[0].key, "KEY");
    insta::assert_snapshot!(result, @"
    Metadata:
      A:
        Fn::Transform:
          Name: AWS::Include
          Parameters:
            Location: s3://bucket/KEY
    Parameters:
      P:
        Default:
          Fn::Transform:
            Name: AWS::Include
            Parameters:
              Location: file.txt
    Mappings:
      Fn::Transform:
        Name: AWS::Include
        Parameters:
          Location: s3://bucket/KEY
    Conditions:
      C:
        - - Fn::Transform:
              Name: AWS::Include
              Parameters:
                Location: s3://bucket/KEY
    Transform:
      - AWS::Serverless-2016-10-31
      - Name: AWS::Include
        Parameters:
          Location: s3://bucket/KEY
    Resources:
      R:
        Type: AWS::S3::Bucket
        Properties:
          Tags:
            - Deep:
                Fn::Transform:
                  Name: AWS::Include
                  Parameters:
                    Location: s3://bucket/KEY
                    Other: kept
            - !Transform
              Name: AWS::Include
              Parameters:
                Location: s3://bucket/KEY
          Macro:
            Fn::Transform:
              Name: Own
              Parameters:
                Location: file.txt
                Body:
                  Fn::Transform:
                    Name: AWS::Include
                    Parameters:
                      Location: s3://bucket/KEY
    Outputs:
      O:
        Value:
          Fn::Transform:
            Name: AWS::Include
            Parameters:
              Location: s3://bucket/KEY
    ");
    let whole = packaged("Transform: {Name: AWS::Include, Parameters: {Location: file.txt}}\n", &workspace);
    assert!(whole.contains("Location: s3://bucket/manual/addons/report/assets/"), "{whole}");
}

#[test]
fn a_file_keeps_its_content_and_its_content_makes_the_key() {
    let workspace = workspace();
    let packaging = planned(&resource("AWS::Glue::Job", "Command.ScriptLocation", "file.txt"), &workspace);
    let expected = Asset {
        key: format!("manual/addons/report/assets/{SCRIPT_HASH}"),
        content: Bytes::from_static(b"content\n"),
        path: "file.txt".to_owned(),
    };
    assert_eq!(packaging.assets, [expected]);
}

#[test]
fn templates_get_urls_of_their_partition() {
    let workspace = workspace();
    let mut body = template(&resource("AWS::CloudFormation::Stack", "TemplateURL", "file.txt"));
    let packaging = plan(&body, "report", &origin, workspace.path()).unwrap();
    packaging.apply(&mut body, "b", "cn-north-1");
    assert!(
        yaml::emit(&body).contains("TemplateURL: https://b.s3.cn-north-1.amazonaws.com.cn/manual/addons/")
    );
}

#[test]
fn all_unusable_paths_are_told_at_once() {
    let workspace = workspace();
    let text = "Metadata:
  M: {Fn::Transform: {Name: AWS::Include, Parameters: {Location: code}}}
Transform: {Name: AWS::Include, Parameters: {Location: t.yml}}
Resources:
  Fn:
    Type: AWS::Lambda::Function
    Properties:
      Code: lambdas/missing
  Good: {Type: AWS::Lambda::Function, Properties: {Code: code}}
  Same: {Type: AWS::Lambda::Function, Properties: {Code: ./lambdas/missing}}
  Job:
    Type: AWS::Glue::Job
    Properties:
      Command:
        ScriptLocation: \"a\\e[2Jb\"
";
    insta::assert_snapshot!(refused(text, &workspace), @"
    5 local files that the addons name cannot be used
    addons/Metadata-M.yml:2: Location of AWS::Include in Metadata.M: code is a directory, and the property needs one file
    addons/Transform-AWS::Include.yml: Location of AWS::Include in Transform: t.yml does not exist
    addons/Resources-Fn.yml:8: property Code of resource Fn: lambdas/missing does not exist
    addons/Resources-Same.yml:10: property Code of resource Same: ./lambdas/missing does not exist
    addons/Resources-Job.yml:15: property Command.ScriptLocation of resource Job: a[2Jb does not exist
    hint: Paths in addons start at the workspace root, the directory that contains `copilot/`: WORKSPACE
    ");
    insta::assert_snapshot!(refused(&resource("AWS::Lambda::Function", "Code", "../nothing-is-here"), &workspace), @"
    addons/Resources-One.yml:6: property Code of resource One: ../nothing-is-here does not exist
    hint: Paths in addons start at the workspace root, the directory that contains `copilot/`: WORKSPACE
    ");
}

#[test]
fn local_paths_inside_a_nested_template_are_warned_about() {
    let workspace = workspace();
    let nested = "Resources:\n  Fn:\n    Type: AWS::Lambda::Function\n    Properties:\n      Code: ./src\n";
    fs::write(workspace.path().join("nested.yml"), nested).unwrap();
    fs::write(workspace.path().join("binary"), [0xff, 0]).unwrap();
    fs::write(workspace.path().join("broken.yml"), "a: [").unwrap();
    let warnings = |path| {
        planned(&resource("AWS::CloudFormation::Stack", "TemplateURL", path), &workspace).warnings.join("\n")
    };
    insta::assert_snapshot!(warnings("nested.yml"), @"addons/Resources-One.yml:6: property TemplateURL of resource One: nested.yml, property Code of resource Fn is the local path ./src, which is not uploaded: inside nested templates write where the file lies");
    for path in ["file.txt", "binary", "broken.yml"] {
        assert_eq!(warnings(path), "", "{path}");
    }
    assert_eq!(
        planned(&resource("AWS::Glue::Job", "Command.ScriptLocation", "nested.yml"), &workspace).warnings,
        [""; 0]
    );
}
