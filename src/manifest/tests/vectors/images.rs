//! `image`: built here or taken from a registry, its health check and dependencies.

use super::{Row, check, job, refused, warned};

const LOST: &str = "it lost the mistyped field without a word";

const ROWS: &[Row] = &[
    job("image: {build: ./report/Dockerfile}", "build dockerfile=./report/Dockerfile"),
    job("image: {build: {dockerfile: docker/report}}", "build dockerfile=docker/report"),
    job(
        "image: {build: {dockerfile: docker/report, context: src/report, args: {RELEASE: 'yes', LEVEL: 3}}}",
        "build dockerfile=docker/report context=src/report args([LEVEL=3][RELEASE=yes])",
    ),
    job(
        "image: {build: {cache_from: ['repo/app:latest', 'repo/base:2.1'], target: slim}}",
        "build target=slim cache_from(repo/app:latest repo/base:2.1)",
    ),
    refused(
        "image:\n  build: {wrong: one, worse: two}",
        &["2 image.build: the map needs at least one of: dockerfile, context, target, args, cache_from"],
    ),
    refused("image: {build: {}}", &["1 image.build: the map needs at least one of: dockerfile"]),
    job(
        "image: {build: {dockerfile: D, secrets: {a: {env: A}, b: {file: f}, c: {ssm: /p}, d: {secretsmanager: s}}}}",
        "build dockerfile=D secrets(a:Env(\"A\") b:File(\"f\") c:Ssm(\"/p\") d:SecretsManager(\"s\"))",
    ),
    job("image: {build: {ssh: true}}", "build ssh(default)"),
    job("image: {build: {ssh: [github, default]}}", "build ssh(github default)"),
    job("image: {build: {ssh: false}}", "build"),
    job(
        "image: {build: {contexts: {lib: ../lib, base: 'docker-image://node:24'}}}",
        "build contexts(base:Reference(\"docker-image://node:24\") lib:Directory(\"../lib\"))",
    ),
    job("image: {build: {no_cache: yes, network: none}}", "build no_cache network=None"),
    job(
        "image: {build: {cache_to: [type=inline, 'type=registry,ref=r/c,mode=max', r/d]}}",
        "build cache_to(Inline Registry({\"mode\": \"max\", \"ref\": \"r/c\"}) Registry({\"ref\": \"r/d\"}))",
    ),
    refused(
        "image: {build: {dockerfile: D, secrets: {a: TOKEN}}}",
        &[
            "1 image.build.secrets.a: expected a map with `env`, `file`, `ssm` or `secretsmanager`, found `TOKEN`",
        ],
    ),
    refused(
        "image: {build: {dockerfile: D, secrets: {a: {env: A, file: f}}}}",
        &[
            "1 image.build.secrets.a: a secret has one source: write one of `env`, `file`, `ssm` and `secretsmanager`",
        ],
    ),
    refused(
        "image:\n  build:\n    dockerfile: D\n    secrets:\n      a: {env: ''}\n      b: {var: X}",
        &[
            "5 image.build.secrets.a.env: it is empty",
            "6 image.build.secrets.b: the map needs at least one of: env, file, ssm, secretsmanager",
        ],
    ),
    refused("image: {build: {secrets: [a]}}", &["1 image.build.secrets: expected a map, found a list"]),
    refused(
        "image: {build: {ssh: key}}",
        &["1 image.build.ssh: expected true, false or a list of ids, found `key`"],
    ),
    refused(
        "image: {build: {network: bridge}}",
        &["1 image.build.network: expected default, none or host, found `bridge`"],
    ),
    refused("image: {build: {no_cache: 2}}", &["1 image.build.no_cache: expected true or false, found `2`"]),
    refused(
        "image: {build: {contexts: {a: 'ftp://x', b: ''}}}",
        &[
            "1 image.build.contexts.a: `ftp://` is not supported here",
            "1 image.build.contexts.b: it is empty",
        ],
    ),
    refused(
        "image: {build: {cache_to: [type=gha, type=registry, mode=max, 'type=inline,x=y', 'type=inline,x']}}",
        &[
            "1 image.build.cache_to[0]: the cache type `gha` is not supported",
            "1 image.build.cache_to[1]: `ref` is missing",
            "1 image.build.cache_to[2]: `type` is missing",
            "1 image.build.cache_to[3]: `type=inline` has no further settings",
            "1 image.build.cache_to[4]: expected key=value, found `x`",
        ],
    ),
    refused(
        "image: {build: {cache_to: type=inline}}",
        &["1 image.build.cache_to: expected a list, found `type=inline`"],
    ),
    refused(
        "image: {build: [D]}",
        &["1 image.build: expected the path of a Dockerfile or a map, found a list"],
    ),
    job("image: {location: repo/other}", "location: repo/other"),
    refused(
        "image:\n  build: D\n  location: repo/app",
        &["3 image.location: `build` and `location` exclude each other"],
    ),
    refused(
        "image: {build: {dockerfile: D}, location: repo/app}",
        &["1 image.location: `build` and `location` exclude each other"],
    ),
    refused("cpu: 256\nimage:", &["2 image: no image: neither `build` nor `location` is given"]),
    refused("cpu: 256\nimage: {}", &["2 image: no image: neither `build` nor `location` is given"]),
    refused("image:\n  location:", &["1 image: no image: neither `build` nor `location` is given"]),
    refused("image: {build: ''}", &["1 image.build: no image: neither `build` nor `location` is given"]),
    refused("image: repo/app", &["1 image: expected a map, found `repo/app`"]),
    // An empty build is none.
    job("image: {build: '', location: repo/other}", "location: repo/other"),
    job("image:\n  build:\n  location: repo/other", "location: repo/other"),
    job("image: {build: , location: repo/other}", "location: repo/other"),
    // A scalar of any type is a path or a location.
    job("image: {build: 7}", "build dockerfile=7"),
    job("image: {location: 7}", "location: 7"),
    job("image: {location: ''}", "location: "),
    warned(
        "image: {build: {dockerfile: D, tag: x}}",
        "build dockerfile=D",
        &["1 image.build.tag: unknown field, ignored"],
    ),
    refused(
        "image: {build: {dockerfile: D, args: [A=b]}}",
        &["1 image.build.args: expected a map, found a list"],
    )
    .unlike(LOST),
    refused(
        "image: {build: {dockerfile: D, cache_from: repo/app}}",
        &["1 image.build.cache_from: expected a list, found `repo/app`"],
    )
    .unlike(LOST),
    refused("image: {build: {context: [src]}}", &["1 image.build.context: expected a text, found a list"])
        .unlike("it took the path for an empty one"),
    // An empty list is a setting, so this is a build with all defaults.
    job("image: {build: {cache_from: []}}", "build"),
    refused(
        "image: {location: repo/app, depends_on: {proxy: running}}\nsidecars: {proxy: {image: repo/proxy}}",
        &["1 image.depends_on.proxy: `running` is not a condition"],
    ),
    job(
        "image: {location: repo/app, healthcheck: {command: [CMD, ok], interval: 20s, retries: 4, timeout: 1m, start_period: 0s}}",
        r#"healthcheck: Some(HealthCheck { command: ["CMD", "ok"], interval: 20, retries: 4, start_period: 0, timeout: 60 })"#,
    ),
    refused(
        "image: {location: repo/app, healthcheck: {command: ok}}",
        &["1 image.healthcheck.command: expected a list, found `ok`"],
    ),
    refused(
        "image:\n  location: repo/app\n  healthcheck:\n    interval: 20",
        &["4 image.healthcheck.interval: expected a duration, found `20`"],
    ),
    job("image: {location: repo/app, healthcheck: {}}", ""),
];

#[test]
fn images() {
    check("images", ROWS);
}
