//! What most manifests consist of.

use std::collections::BTreeMap;

use super::{job, load_text, mistakes, refuse, warnings};
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
fn images() {
    let build = |fragment: &str| match job(fragment).image.source {
        ImageSource::Build(build) => build,
        ImageSource::Location(location) => panic!("{location}"),
    };
    assert_eq!(build("image: {build: D}").dockerfile.as_deref(), Some("D"));
    let all = build(
        "image: {build: {dockerfile: d, context: c, target: t, args: {A: 1, B: b}, cache_from: [x, y]}}",
    );
    assert_eq!(
        (all.dockerfile.as_deref(), all.context.as_deref(), all.target.as_deref()),
        (Some("d"), Some("c"), Some("t"))
    );
    assert_eq!(
        all.args.into_iter().collect::<Vec<_>>(),
        [("A".to_owned(), "1".to_owned()), ("B".to_owned(), "b".to_owned())]
    );
    assert_eq!(all.cache_from, ["x", "y"]);
    assert_eq!(build("image: {build: {cache_from: []}}"), Build::default());
    for location in
        ["image: {location: x}", "image: {build: '', location: x}", "image: {build: , location: x}"]
    {
        assert_eq!(job(location).image.source, ImageSource::Location("x".to_owned()), "{location}");
    }
    refuse(&[
        ("image: {}", "image: no image: neither `build` nor `location` is given"),
        ("image: {build: ''}", "image.build: no image: neither `build` nor `location` is given"),
        ("image: nginx", "image: expected a map, found `nginx`"),
        ("image: {build: D, location: x}", "image.location: `build` and `location` exclude each other"),
        ("image: {build: [a]}", "image.build: expected the path of a Dockerfile or a map, found a list"),
        (
            "image: {build: {}}",
            "image.build: the map needs at least one of: dockerfile, context, target, args, cache_from",
        ),
        ("image: {build: {dockerfile: D, args: [A=b]}}", "image.build.args: expected a map, found a list"),
        (
            "image: {build: {dockerfile: D, cache_from: one}}",
            "image.build.cache_from: expected a list, found `one`",
        ),
    ]);
}

#[test]
fn health_checks() {
    let check =
        job("image: {location: x, healthcheck: {interval: 15s, timeout: 1m}}").image.healthcheck.unwrap();
    assert_eq!(check.command, ["CMD-SHELL", "curl -f http://localhost/ || exit 1"]);
    assert_eq!((check.interval, check.timeout, check.retries, check.start_period), (15, 60, 2, 0));
    assert_eq!(job("image: {location: x, healthcheck: {}}").image.healthcheck, None);
    let short = "image: {location: x, healthcheck: {interval: 500ms}}";
    assert_eq!(job(short).image.healthcheck.unwrap().interval, 0);
    assert_eq!(warnings(short), "image.healthcheck.interval: ECS takes 5 to 300 seconds; this is 0");
    refuse(&[(
        "image: {location: x, healthcheck: {interval: 10}}",
        "image.healthcheck.interval: expected a duration, found `10`",
    )]);
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
        ("cpu: '256'", "cpu: expected a number, found the text `256`"),
        (
            "cpu: x\nmemory: [y]",
            "cpu: expected a number, found `x` | memory: expected a number, found a list",
        ),
        ("count: {spot: 1}", "count: a scheduled job cannot scale automatically"),
    ]);
}

#[test]
fn schedules_timeouts_and_retries() {
    assert_eq!(job("on: {schedule: none}").schedule, Schedule::Disabled);
    assert_eq!(job("timeout: ''").timeout_seconds, None);
    assert_eq!(job("retries: 1.9").retries, 1);
    let lost = "on: {schedule: '0 9 */2 * *'}";
    assert_eq!(job(lost).schedule.parameter(), "cron(0 9 * * ? *)");
    assert!(warnings(lost).starts_with("on.schedule: the step of a day field"));
    refuse(&[
        ("on:", "on.schedule: a scheduled job needs a schedule"),
        ("on: daily", "on: expected a map, found `daily`"),
        ("on: {schedule: ''}", "on.schedule: the schedule is empty"),
        ("on: {schedule: '@on-demand'}", "on.schedule: `@on-demand` is not a preset"),
        ("timeout: 90", "timeout: `90` is not a duration"),
        ("timeout: 500ms", "timeout: `500ms` is shorter than a second"),
        ("timeout: 1s40ms", "timeout: `1s40ms` is not a whole number of seconds"),
        ("retries: -4", "retries: the number of retries is negative (-4)"),
    ]);
}

#[test]
fn platforms() {
    for (written, os, arch) in [
        ("linux/amd64", Os::Linux, Arch::X86_64),
        ("Linux/ARM", Os::Linux, Arch::Arm64),
        ("{osfamily: linux, architecture: arm64}", Os::Linux, Arch::Arm64),
        ("{osfamily: WINDOWS_SERVER_2022_FULL, architecture: X86_64}", Os::Windows2022Full, Arch::X86_64),
        ("windows/amd64", Os::Windows2019Core, Arch::X86_64),
    ] {
        let job = job(&format!("platform: {written}\ncpu: 1024\nmemory: 2048"));
        assert_eq!(job.platform, Some(Platform { os, arch }), "{written}");
    }
    assert!(
        warnings("platform: windows/amd64")
            .starts_with("platform: Windows tasks need at least 1024 CPU units")
    );
    refuse(&[
        ("platform: linux", "platform: `linux` is not a platform"),
        ("platform: windows/arm64", "platform: `windows/arm64` is not a platform"),
        (
            "platform: windows_server_2019_core/amd64",
            "platform: `windows_server_2019_core/amd64` is not a platform",
        ),
        ("platform: {osfamily: linux}", "platform: `osfamily` and `architecture` must be given together"),
        (
            "platform: {osfamily: linux, architecture: mips}",
            "platform: `linux` with `mips` is not a platform",
        ),
        ("platform: {}", "platform: the map needs at least one of: osfamily, architecture"),
    ]);
}

#[test]
fn command_lines() {
    assert_eq!(job("entrypoint: [sh, -c, 1, null, '']").entrypoint, ["sh", "-c", "1", ""]);
    assert_eq!(job("command: '[\"a\", \"null\", \"b\"]'").command, ["a", "b"]);
    assert_eq!(job("command: 5").command, ["5"]);
    assert_eq!(job("command: '   '").command, [""; 0]);
    refuse(&[
        ("command: \"it's\"", "command: `it's` has a quote (') that is not closed"),
        ("command: {a: b}", "command: expected a text or a list of texts, found a map"),
        ("entrypoint: [[a]]", "entrypoint[0]: expected a text, found a list"),
    ]);
}

#[test]
fn variables_secrets_and_environment_files() {
    let job = job("variables: {A: 0x10, B: true, C: , D: 2024-01-01}\nsecrets: {S: {from_cfn: x}}");
    let texts: Vec<_> = job.variables.values().cloned().collect();
    assert_eq!(texts, ["0x10", "true", "", "2024-01-01"].map(|text| Variable::Plain(text.to_owned())));
    assert_eq!(job.secrets["S"], Secret::FromCfn("x".to_owned()));
    assert_eq!(
        warnings("secrets: {S: ''}"),
        "secrets.S: the secret is empty; ECS will not be able to start the task"
    );
    refuse(&[
        ("variables: {A: {from_cfn: ''}}", "variables.A: the name of the export in `from_cfn` is empty"),
        ("variables: {A: {from: x}}", "variables.A: the map needs at least one of: from_cfn"),
        ("variables: {A: '[\"x\"]'}", "variables.A: expected a text or a map with `from_cfn`, found a list"),
        ("variables: [A=b]", "variables: expected a map, found a list"),
        (
            "secrets: {A: {secretsmanager: ''}}",
            "secrets.A: the name of the secret in `secretsmanager` is empty",
        ),
        ("env_file: a.ENV", "env_file: `a.ENV` does not end in .env"),
        ("env_file: .env/file", "env_file: `.env/file` does not end in .env"),
    ]);
    assert_eq!(mistakes("env_file: conf/.env"), "none");
}

#[test]
fn subnets_by_tags() {
    let tags =
        job("network: {vpc: {placement: {subnets: {from_tags: {k: v, l: [x, y], m: }}}}}").network.placement;
    let want = [("k", vec!["v"]), ("l", vec!["x", "y"]), ("m", vec![])];
    let want = want.map(|(key, values)| (key.to_owned(), values.into_iter().map(str::to_owned).collect()));
    assert_eq!(tags, Placement::SubnetsFromTags(BTreeMap::from(want)));
}
