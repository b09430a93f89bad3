//! Whole templates of manifests as people write them, each checked and kept as a snapshot.

use super::inputs::{ImageRef, Inputs};
use super::testing::{inputs, keep_rendered};
use super::{asl_tests, reference_tests, render};
use crate::manifest::{self, Source, Target};
use crate::template::cfn::patches::Patches;
use crate::template::cfn::template::Template;
use crate::yaml;

/// A job whose image and sidecar are built, with an environment file.
const BUILT: &str = "\
name: built
type: Scheduled Job
image:
  build:
    dockerfile: docker/Dockerfile
    context: docker
    args: {VERSION: '1.0'}
  depends_on: {warm-cache: success, proxy: healthy}
command: python -m report --since '1 day'
sidecars:
  proxy:
    port: 2000/udp
    image: {build: proxy/Dockerfile}
    healthcheck: {command: [CMD, /healthy], interval: 5s}
    envFile: proxy.env
  warm-cache:
    image: public.ecr.aws/docker/library/busybox:1
    essential: false
    command: ['true']
    variables: {MODE: 'off', WHEN: '1:30', ZIP: '01234'}
cpu: 1024
memory: 4096
on: {schedule: 'rate(10 minutes)'}
";

/// ARM in a partition of its own, in given subnets.
const ARM: &str = "\
name: arm
type: Scheduled Job
image: {location: example.com/arm:1}
platform: linux/arm64
cpu: 512
memory: 1024
exec: true
network:
  vpc:
    placement:
      subnets: [subnet-1, subnet-2]
    security_groups: [sg-1]
on: {schedule: '0 9 * * MON-FRI'}
timeout: 1h30m
retries: 2
";

/// Every kind of secret, in every container.
const SECRETS: &str = "\
name: secrets
type: Scheduled Job
image: {location: example.com/secrets:1}
cpu: 256
memory: 512
variables: {PLAIN: 'yes', IMPORTED: {from_cfn: shop-Table}}
secrets:
  PARAMETER: /copilot/shop/test/secrets/TOKEN
  PARAMETER_ARN: arn:aws:ssm:us-west-2:123456789012:parameter/token
  SECRET_ARN: 'arn:aws:secretsmanager:us-west-2:123456789012:secret:db-AbCdEf'
  SECRET: {secretsmanager: 'shop/db'}
  SECRET_KEY: {secretsmanager: 'shop/db:password::'}
  IMPORTED_SECRET: {from_cfn: shop-Secret}
sidecars:
  agent:
    image: example.com/agent:1
    secrets: {KEY: {secretsmanager: shop/agent}}
logging:
  retention: 1
  destination: {Name: datadog, apikey: none}
  secretOptions: {apikey: {secretsmanager: shop/datadog}}
on: {schedule: 'none'}
";

/// File systems of both owners, with ids of one's own.
const FILES: &str = "\
name: mounted
type: Scheduled Job
image: {location: example.com/mounted:1}
cpu: 256
memory: 512
storage:
  ephemeral: 100
  volumes:
    managed:
      path: /managed
      read_only: false
      efs: {uid: 1000, gid: 1000}
    own:
      path: /own
      efs: {id: fs-1234, root_dir: /data, auth: {iam: true}}
on: {schedule: '@weekly'}
";

/// Overrides of the task definition, then patches.
const OVERRIDDEN: &str = "\
name: overridden
type: Scheduled Job
image: {location: example.com/overridden:1}
cpu: 256
memory: 512
on: {schedule: '@monthly'}
taskdef_overrides:
  - path: ContainerDefinitions[0].Ulimits[-]
    value: {Name: nofile, SoftLimit: 1024, HardLimit: 2048}
  - path: ContainerDefinitions[0].Privileged
    value: false
  - path: Tags[-]
    value: {Key: owner, Value: !Ref AppName}
";

const PATCHES: &str = "\
- {op: replace, path: /Resources/TaskDefinition/Properties/ContainerDefinitions/0/Ulimits/0/HardLimit, value: 4096}
- {op: remove, path: /Resources/LogGroup/Properties/RetentionInDays}
- op: add
  path: /Resources/DeadLetters
  value:
    Type: AWS::SQS::Queue
    Properties: {MessageRetentionPeriod: 1209600}
- op: add
  path: /Resources/Rule/Properties/Targets/0/DeadLetterConfig
  value: {Arn: !GetAtt DeadLetters.Arn}
- op: add
  path: /Outputs
  value:
    Queue: {Value: !Ref DeadLetters}
";

fn template(text: &str, change: impl Fn(&mut Inputs)) -> Template {
    let document = yaml::load(text).unwrap().unwrap();
    let job = document.get("name").unwrap().as_text().unwrap();
    let target = Target { app: "shop", env: "test", job, environments: &[], lookup: &|_| None };
    let manifest = manifest::load(Source { path: "manifest.yml", text }, target)
        .unwrap_or_else(|findings| panic!("{job}: {findings}"));
    let mut inputs = Inputs { manifest_text: manifest.text.clone(), ..inputs(job) };
    change(&mut inputs);
    let template = render(&manifest.job, &inputs).unwrap();
    assert_eq!(render(&manifest.job, &inputs).unwrap().to_yaml(), template.to_yaml(), "not deterministic");
    template
}

fn checked(name: &str, template: &Template) {
    assert_eq!(reference_tests::unresolved(&template.body), Vec::<String>::new(), "{name}");
    assert_eq!(asl_tests::mistakes_of_template(&template.body), Vec::<String>::new(), "{name}");
    let text = template.to_yaml();
    keep_rendered(&format!("manifest-{name}"), &text);
    let read = Template { body: yaml::load(&text).unwrap().unwrap(), header: template.header };
    assert_eq!(read.to_yaml(), text, "{name}");
    insta::assert_snapshot!(format!("manifest_{name}"), text);
}

#[test]
fn built_images() {
    let known = |tag: &str| ImageRef { tag: Some(tag.to_owned()), digest: None };
    checked(
        "built",
        &template(BUILT, |inputs| {
            inputs.images.insert("built".to_owned(), known("1f2e3d4"));
            inputs.images.insert("proxy".to_owned(), known("1f2e3d4"));
            inputs.env_file_arns.insert(
                "proxy".to_owned(),
                "arn:aws:s3:::artifacts/manual/env-files/proxy.env/00.env".to_owned(),
            );
        }),
    );
}

#[test]
fn arm_in_the_government_partition_with_a_boundary() {
    checked(
        "arm",
        &template(ARM, |inputs| {
            inputs.region = "us-gov-west-1".to_owned();
            inputs.permissions_boundary = Some("Boundary".to_owned());
        }),
    );
}

#[test]
fn secrets_of_every_kind() {
    checked("secrets", &template(SECRETS, |_| {}));
}

#[test]
fn file_systems() {
    checked("mounted", &template(FILES, |_| {}));
}

#[test]
fn overrides_and_patches() {
    let rendered = template(OVERRIDDEN, |_| {});
    checked("overridden", &Patches::read("cfn.patches.yml", PATCHES).unwrap().apply(&rendered).unwrap());
}
