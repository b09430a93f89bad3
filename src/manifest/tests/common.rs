//! What most manifests consist of, as far as `vectors` does not cover it case by case.

use std::collections::BTreeMap;

use super::{job, load_text, mistakes, refuse};
use crate::manifest::job::{Arch, Build, ImageSource, Os, Placement, Platform, Schedule, Secret, Variable};

#[test]
fn an_ordinary_manifest() {
    let text = "\
# Builds the nightly report.
name: report
type: Scheduled Job
on:
  schedule: \"0 3 * * 1-5\"
retries: 2
timeout: 1h30m
image:
  build: ./report/Dockerfile
cpu: 512
memory: 1024
platform: linux/arm64
command: python -m report --to \"all of us\"
env_file: report.env
variables:
  LOG_LEVEL: info
  VERSION: 1.50
  QUEUE: {from_cfn: shop-queue}
secrets:
  TOKEN: /copilot/${COPILOT_APPLICATION_NAME}/${COPILOT_ENVIRONMENT_NAME}/secrets/token
  KEY: {secretsmanager: report/key}
network:
  vpc:
    placement: private
logging:
  retention: 7
environments:
  test:
    cpu: 1024
    memory: 2048
    variables:
      LOG_LEVEL: debug
";
    let manifest = load_text(text, &[]).unwrap();
    assert_eq!(manifest.warnings, []);
    assert!(manifest.text.starts_with("# Builds the nightly report.\n"));
    assert!(manifest.text.contains("TOKEN: /copilot/shop/test/secrets/token\n"));
    let job = manifest.job;
    assert_eq!(job.name, "report");
    assert_eq!(job.schedule, Schedule::Expression("cron(0 3 ? * 2-6 *)".to_owned()));
    assert_eq!((job.retries, job.timeout_seconds), (2, Some(5400)));
    let build = Build { dockerfile: Some("./report/Dockerfile".to_owned()), ..Build::default() };
    assert_eq!(job.image.source, ImageSource::Build(build));
    assert_eq!((job.cpu, job.memory, job.count), (1024, 2048, 1));
    assert_eq!(job.platform, Some(Platform { os: Os::Linux, arch: Arch::Arm64 }));
    assert_eq!(job.command, ["python", "-m", "report", "--to", "all of us"]);
    assert_eq!(job.entrypoint, [""; 0]);
    assert_eq!(job.env_file.as_deref(), Some("report.env"));
    let variables = [
        ("LOG_LEVEL", Variable::Plain("debug".to_owned())),
        ("QUEUE", Variable::FromCfn("shop-queue".to_owned())),
        ("VERSION", Variable::Plain("1.50".to_owned())),
    ];
    assert_eq!(job.variables, BTreeMap::from(variables.map(|(name, value)| (name.to_owned(), value))));
    let secrets = [
        ("KEY", Secret::SecretsManager("report/key".to_owned())),
        ("TOKEN", Secret::Plain("/copilot/shop/test/secrets/token".to_owned())),
    ];
    assert_eq!(job.secrets, BTreeMap::from(secrets.map(|(name, value)| (name.to_owned(), value))));
    assert_eq!(job.network.placement, Placement::Private);
    assert_eq!(job.logging.retention, 7);
    assert!(job.logging.router.is_none());
}

#[test]
fn defaults() {
    let job = job("cpu:\nmemory:\ncount:\nretries:\ntimeout:\nnetwork:\nplatform:\nlogging:\n");
    assert_eq!((job.cpu, job.memory, job.count, job.retries), (256, 512, 1, 0));
    assert_eq!((job.timeout_seconds, job.platform), (None, None));
    assert_eq!(job.network.placement, Placement::Public);
    assert_eq!(job.logging.retention, 30);
}

#[test]
fn health_checks() {
    let check =
        job("image: {location: x, healthcheck: {interval: 15s, timeout: 1m}}").image.healthcheck.unwrap();
    assert_eq!(check.command, ["CMD-SHELL", "curl -f http://localhost/ || exit 1"]);
    assert_eq!((check.interval, check.timeout, check.retries, check.start_period), (15, 60, 2, 0));
    let short = "image: {location: x, healthcheck: {interval: 500ms}}";
    assert_eq!(mistakes(short), "image.healthcheck.interval: Amazon ECS takes 5 to 300 seconds; this is 0");
}

#[test]
fn sizes() {
    for (cpu, memory) in
        [(256, 512), (256, 2048), (512, 4096), (1024, 2048), (4096, 30_720), (16_384, 122_880), (32_768, 1)]
    {
        let job = job(&format!("cpu: {cpu}\nmemory: {memory}"));
        assert_eq!((job.cpu, job.memory), (cpu, memory));
    }
    assert_eq!(job("cpu: 0x100\nmemory: 5.12e2").memory, 512);
    assert_eq!(job("cpu: 333\ntaskdef_overrides: [{path: Cpu, value: 256}]").cpu, 333);
    refuse(&[
        ("cpu: 2048", "cpu: Fargate does not combine 2048 CPU units with 512 MiB of memory"),
        ("cpu: 256\nmemory: 600", "memory: Fargate does not combine 256 CPU units with 600 MiB of memory"),
        ("cpu: 0", "cpu: Fargate has no tasks of 0 CPU units"),
    ]);
}

#[test]
fn subnets_by_tags() {
    let tags =
        job("network: {vpc: {placement: {subnets: {from_tags: {k: v, l: [x, y], m: }}}}}").network.placement;
    let want = [("k", vec!["v"]), ("l", vec!["x", "y"]), ("m", vec![])];
    let want = want.map(|(key, values)| (key.to_owned(), values.into_iter().map(str::to_owned).collect()));
    assert_eq!(tags, Placement::SubnetsFromTags(BTreeMap::from(want)));
}
