//! Plans of whole jobs and the path rules.

use std::fs;

use super::*;
use crate::manifest::job::Sidecar;
use crate::manifest::tests as manifest_tests;
use crate::template::job::testing;

fn image(source: ImageSource) -> Image {
    Image {
        source,
        credentials: None,
        labels: BTreeMap::new(),
        depends_on: BTreeMap::new(),
        healthcheck: None,
    }
}

fn sidecar(source: ImageSource) -> Sidecar {
    Sidecar { image: image(source), ..testing::sidecar(testing::location("image")) }
}

fn job(source: ImageSource) -> Job {
    Job { image: image(source), ..testing::minimal_job("report") }
}

fn build(dockerfile: Option<&str>, context: Option<&str>) -> Build {
    Build {
        dockerfile: dockerfile.map(str::to_owned),
        context: context.map(str::to_owned),
        ..Build::default()
    }
}

#[test]
fn main_container_and_sidecars() {
    let mut job = job(ImageSource::Build(build(Some("app/Dockerfile"), None)));
    job.sidecars.insert("proxy".to_owned(), sidecar(ImageSource::Build(build(None, Some("proxy")))));
    job.sidecars.insert("agent".to_owned(), sidecar(ImageSource::Location("agent:1".to_owned())));
    job.platform = Some(Platform { os: Os::Linux, arch: Arch::Arm64 });
    let (tags, _) = ImageTags::new(Some("mine"), Some("v1")).unwrap();
    let plans = plans(&job, Path::new("/ws"), "registry/app/report", &tags).unwrap();

    let summary: Vec<_> = plans
        .iter()
        .map(|p| (p.container.as_str(), p.field.as_str(), p.references().collect::<Vec<_>>()))
        .collect();
    assert_eq!(
        summary,
        [
            (
                "report",
                "image.build",
                vec!["registry/app/report:latest".into(), "registry/app/report:mine".into()]
            ),
            (
                "proxy",
                "sidecars.proxy.image.build",
                vec!["registry/app/report:proxy-latest".into(), "registry/app/report:proxy-v1".into()]
            ),
        ]
    );
    assert!(plans.iter().all(|plan| plan.platform == "linux/arm64"));
    assert_eq!(
        plans[1].labels.iter().map(|(k, v)| format!("{k}={v}")).collect::<Vec<_>>(),
        [
            "com.aws.copilot.image.builder=copilot-cli".to_owned(),
            "com.aws.copilot.image.container.name=proxy".to_owned(),
            format!("com.aws.copilot.image.version=v{}", env!("CARGO_PKG_VERSION")),
        ]
    );
}

#[test]
fn nothing_to_build() {
    let job = job(ImageSource::Location("busybox".to_owned()));
    assert!(plans(&job, Path::new("/ws"), "r", &ImageTags::default()).unwrap().is_empty());
}

#[test]
fn path_rules() {
    for (dockerfile, context, expected) in [
        (Some("Dockerfile"), None, ("/ws/Dockerfile", "/ws")),
        (Some("./a/Dockerfile"), None, ("/ws/a/Dockerfile", "/ws/a")),
        (Some("a/x.Dockerfile"), Some("b"), ("/ws/a/x.Dockerfile", "/ws/b")),
        (None, Some("b/"), ("/ws/b/Dockerfile", "/ws/b")),
        (None, None, ("/ws/Dockerfile", "/ws")),
        (Some(""), Some(""), ("/ws/Dockerfile", "/ws")),
        (Some("/a/Dockerfile"), None, ("/ws/a/Dockerfile", "/ws/a")),
        (Some("/Dockerfile"), None, ("/ws/Dockerfile", "/ws")),
        (Some("../up/Dockerfile"), Some(".."), ("/up/Dockerfile", "/")),
        (Some("a/../Dockerfile"), Some("a/.."), ("/ws/Dockerfile", "/ws")),
    ] {
        let (file, directory) = paths(&build(dockerfile, context));
        let root = Path::new("/ws");
        assert_eq!(
            (join(root, &file), join(root, &directory)),
            (PathBuf::from(expected.0), PathBuf::from(expected.1)),
            "{dockerfile:?} {context:?}"
        );
    }
}

#[test]
fn another_platform_than_the_engines_is_mentioned_only_when_not_chosen() {
    let mut job = job(ImageSource::Build(Build::default()));
    assert_eq!(platform_note(&job, "linux/amd64"), None);
    assert!(platform_note(&job, "linux/arm64").unwrap().contains("linux/amd64"));
    job.platform = Some(Platform { os: Os::Linux, arch: Arch::X86_64 });
    assert_eq!(platform_note(&job, "linux/arm64"), None);
}

#[test]
fn missing_files_are_named_with_their_field() {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path();
    fs::create_dir_all(root.join("directory/Dockerfile")).unwrap();
    fs::write(root.join("Dockerfile"), "FROM scratch").unwrap();
    let check_build = |dockerfile, context| {
        let job = job(ImageSource::Build(build(dockerfile, context)));
        check(&plans(&job, root, "r", &ImageTags::default()).unwrap()[0])
    };
    check_build(None, None).unwrap();
    for (dockerfile, context, message) in [
        (Some("gone"), None, "the Dockerfile {root}/gone does not exist"),
        (Some("directory/Dockerfile"), None, "the Dockerfile {root}/directory/Dockerfile is not a file"),
        (Some("Dockerfile"), Some("gone"), "the build context {root}/gone does not exist"),
        (Some("Dockerfile"), Some("Dockerfile"), "the build context {root}/Dockerfile is not a directory"),
    ] {
        let error = check_build(dockerfile, context).unwrap_err();
        let message = message.replace("{root}", root.to_str().unwrap());
        assert_eq!(error.to_string(), format!("manifest field `image.build`: {message}"));
    }
}

#[test]
fn a_dockerfile_without_a_stage_is_told_with_file_and_line() {
    let dir = tempfile::tempdir().unwrap();
    let check_text = |text: &str, fragment: &str| {
        fs::write(dir.path().join("Dockerfile"), text).unwrap();
        let job = manifest_tests::job(fragment);
        let said = match check(&plans(&job, dir.path(), "r", &ImageTags::default()).unwrap()[0]) {
            Ok(()) => "ok".to_owned(),
            Err(error) => format!("{error}\n    {}", error.hints().join(" ")),
        };
        said.replace(&dir.path().display().to_string(), "/ws")
    };
    insta::assert_snapshot!(check_text("", "image: {build: Dockerfile}"), @"
    manifest field `image.build`: the Dockerfile /ws/Dockerfile has no instruction, not even a FROM
        A Dockerfile starts with `FROM <image>`; only comments and ARG may come before it.
    ");
    insta::assert_snapshot!(check_text("ARG A\nRUN x\n", "image: {build: Dockerfile}"), @"
    manifest field `image.build`: the Dockerfile /ws/Dockerfile:2 has RUN where its FROM should be, and no FROM at all
        A Dockerfile starts with `FROM <image>`; only comments and ARG may come before it.
    ");
    let with_other_reader = "image: {build: {args: {BUILDKIT_SYNTAX: example.com/x}}}";
    assert_eq!(check_text("RUN x\n", with_other_reader), "ok");
}

#[test]
fn backslashes_in_paths_are_pointed_at() {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir(dir.path().join("docker")).unwrap();
    for name in ["Dockerfile", "docker/Dockerfile", r"docker/odd\name"] {
        fs::write(dir.path().join(name), "FROM scratch\n").unwrap();
    }
    let mut table = String::new();
    for build in [
        r"'.\Dockerfile'",
        r"'docker\Dockerfile'",
        r"{context: 'docker\'}",
        r"{context: '.\docker', dockerfile: docker/Dockerfile}",
        r"'docker\gone'",
        r"'docker/odd\name'",
    ] {
        let job = manifest_tests::job(&format!("image: {{build: {build}}}"));
        let said = match check(&plans(&job, dir.path(), "r", &ImageTags::default()).unwrap()[0]) {
            Ok(()) => "ok".to_owned(),
            Err(error) => format!("{error}\n    {}", error.hints().join("\n    ")),
        };
        table += &format!("{build}: {}\n", said.replace(&dir.path().display().to_string(), "/ws"));
    }
    insta::assert_snapshot!(table, @r"
    '.\Dockerfile': manifest field `image.build`: the Dockerfile /ws/.\Dockerfile does not exist
        Paths in the manifest start at the workspace root, the directory that contains `copilot/`.
        Write `/` between the names, on Windows too: /ws/Dockerfile is there.
    'docker\Dockerfile': manifest field `image.build`: the Dockerfile /ws/docker\Dockerfile does not exist
        Paths in the manifest start at the workspace root, the directory that contains `copilot/`.
        Write `/` between the names, on Windows too: /ws/docker/Dockerfile is there.
    {context: 'docker\'}: manifest field `image.build`: the Dockerfile /ws/docker\/Dockerfile does not exist
        Paths in the manifest start at the workspace root, the directory that contains `copilot/`.
        Write `/` between the names, on Windows too: /ws/docker/Dockerfile is there.
    {context: '.\docker', dockerfile: docker/Dockerfile}: manifest field `image.build`: the build context /ws/.\docker does not exist
        Paths in the manifest start at the workspace root, the directory that contains `copilot/`.
        Write `/` between the names, on Windows too: /ws/docker is there.
    'docker\gone': manifest field `image.build`: the Dockerfile /ws/docker\gone does not exist
        Paths in the manifest start at the workspace root, the directory that contains `copilot/`.
        A backslash is part of a name here: write `/` between the names, on Windows too.
    'docker/odd\name': ok
    ");
}

/// What is built for manifests, as `CONTAINER: DOCKERFILE in CONTEXT …`, for which platform; why the old
/// tool gave Docker another platform.
#[test]
fn manifests() {
    const DEFAULT: &str =
        "it named no platform and so built for the machine's own, which Fargate may not run";
    const NAME: &str = "it handed on the manifest's word; Docker's own is `amd64`";
    let rows: [(&str, &[&str], &str, Option<&str>); 11] = [
        (
            "image: {build: app/Dockerfile}",
            &["report: /ws/app/Dockerfile in /ws/app"],
            "linux/amd64",
            Some(DEFAULT),
        ),
        (
            "image: {build: {dockerfile: docker/app, context: src/app}}",
            &["report: /ws/docker/app in /ws/src/app"],
            "linux/amd64",
            Some(DEFAULT),
        ),
        (
            "image: {build: {context: src/app}}",
            &["report: /ws/src/app/Dockerfile in /ws/src/app"],
            "linux/amd64",
            Some(DEFAULT),
        ),
        (
            "image: {build: {args: {LEVEL: 3}}}",
            &["report: /ws/Dockerfile in /ws args {\"LEVEL\": \"3\"}"],
            "linux/amd64",
            Some(DEFAULT),
        ),
        (
            "image: {build: {target: slim, cache_from: ['repo/a', 'repo/b']}}",
            &["report: /ws/Dockerfile in /ws target slim cache_from [\"repo/a\", \"repo/b\"]"],
            "linux/amd64",
            Some(DEFAULT),
        ),
        ("image: {build: Dockerfile}", &["report: /ws/Dockerfile in /ws"], "linux/amd64", Some(DEFAULT)),
        ("image: {location: repo/app}", &[], "", None),
        (
            "image: {build: D}\nsidecars: {proxy: {image: {build: proxy/Dockerfile}}, agent: {image: {location: repo/agent}}}",
            &["report: /ws/D in /ws", "proxy: /ws/proxy/Dockerfile in /ws/proxy"],
            "linux/amd64",
            Some(DEFAULT),
        ),
        ("image: {build: D}\nplatform: linux/arm64", &["report: /ws/D in /ws"], "linux/arm64", None),
        ("image: {build: D}\nplatform: LINUX/ARM64", &["report: /ws/D in /ws"], "linux/arm64", None),
        (
            "image: {build: D}\nplatform: {osfamily: windows_server_2022_full, architecture: x86_64}",
            &["report: /ws/D in /ws"],
            "windows/amd64",
            Some(NAME),
        ),
    ];
    let mut failures = Vec::new();
    for (fragment, builds, platform, unlike) in rows {
        let plans = plans(
            &manifest_tests::job(fragment),
            Path::new("/ws"),
            "registry/app/report",
            &ImageTags::default(),
        )
        .unwrap();
        let got: Vec<String> = plans.iter().map(words).collect();
        if got != builds || plans.iter().any(|plan| plan.platform != platform) {
            let platforms: Vec<&str> = plans.iter().map(|plan| plan.platform.as_str()).collect();
            failures.push(format!(
                "{fragment:?}\n    gives {got:?} for {platforms:?} (unlike the old tool: {unlike:?})"
            ));
        }
    }
    assert!(
        failures.is_empty(),
        "{} of {} manifests failed:\n{}",
        failures.len(),
        rows.len(),
        failures.join("\n")
    );
}

/// A plan in short words.
fn words(plan: &BuildPlan) -> String {
    let mut text = format!("{}: {} in {}", plan.container, plan.dockerfile.display(), plan.context.display());
    if let Some(target) = &plan.target {
        text += &format!(" target {target}");
    }
    if !plan.args.is_empty() {
        text += &format!(" args {:?}", plan.args);
    }
    if !plan.cache_from.is_empty() {
        text += &format!(" cache_from {:?}", plan.cache_from);
    }
    text
}
