//! `variables`, `secrets` and `env_file`.

use super::{Row, check, job, refused, warned};

const ROWS: &[Row] = &[
    job("variables: {LEVEL: info}", "variables: [LEVEL=info]"),
    job("variables: {QUEUE: {from_cfn: shop-queue}}", "variables: [QUEUE from_cfn shop-queue]"),
    refused(
        "variables:\n  QUEUE: {import: shop-queue}",
        &["2 variables.QUEUE: the map needs at least one of: from_cfn"],
    ),
    refused(
        "variables: {QUEUE: {from_cfn: ''}}",
        &["1 variables.QUEUE: the name of the export in `from_cfn` is empty"],
    ),
    warned(
        "variables: {QUEUE: {from_cfn: shop-queue, region: here}}",
        "variables: [QUEUE from_cfn shop-queue]",
        &["1 variables.QUEUE.region: unknown field, ignored"],
    ),
    refused(
        "variables: {QUEUE: {from_cfn: [shop-queue]}}",
        &["1 variables.QUEUE.from_cfn: expected a text, found a list"],
    ),
    refused(
        "variables: {LEVEL: [info]}",
        &["1 variables.LEVEL: expected a text or a map with `from_cfn`, found a list"],
    ),
    // A text that is a JSON list becomes a list.
    refused(
        "variables: {LEVEL: '[\"info\"]'}",
        &["1 variables.LEVEL: expected a text or a map with `from_cfn`, found a list"],
    ),
    refused("variables: {LEVEL: {}}", &["1 variables.LEVEL: the map needs at least one of: from_cfn"]),
    refused("variables: [LEVEL=info]", &["1 variables: expected a map, found a list"]),
    job("secrets: {TOKEN: /shop/token}", "secrets: [TOKEN=/shop/token]"),
    job("secrets: {TOKEN: {from_cfn: shop-token}}", "secrets: [TOKEN from_cfn shop-token]"),
    job(
        "secrets: {TOKEN: 'arn:aws:secretsmanager:eu-west-1:123456789012:secret:token-Ab1'}",
        "secrets: [TOKEN=arn:aws:secretsmanager:eu-west-1:123456789012:secret:token-Ab1]",
    ),
    job("secrets: {TOKEN: {secretsmanager: shop/token}}", "secrets: [TOKEN secretsmanager shop/token]"),
    refused(
        "secrets: {TOKEN: {parameter: token}}",
        &["1 secrets.TOKEN: the map needs at least one of: secretsmanager, from_cfn"],
    ),
    warned(
        "secrets: {TOKEN: {from_cfn: shop-token, secretsmanager: shop/token}}",
        "secrets: [TOKEN secretsmanager shop/token]",
        &["1 secrets.TOKEN.from_cfn: has no effect beside `secretsmanager`"],
    ),
    refused(
        "secrets: {TOKEN: {from_cfn: ''}}",
        &["1 secrets.TOKEN: the name of the export in `from_cfn` is empty"],
    )
    .unlike("CloudFormation refused the import"),
    refused(
        "secrets: {TOKEN: {secretsmanager: ''}}",
        &["1 secrets.TOKEN: the name of the secret in `secretsmanager` is empty"],
    )
    .unlike("the task could not start"),
    refused(
        "secrets:\n  TOKEN: \"/shop/token\u{a0}\"\n  KEY: {secretsmanager: \"\u{feff}key\"}\n  ID: {from_cfn: \"i\u{200b}d\"}\n  TAB: \"t\\t\"",
        &[
            "2 secrets.TOKEN: `/shop/token\u{a0}` holds an invisible character, U+00A0",
            "3 secrets.KEY: `\u{feff}key` holds an invisible character, U+FEFF",
            "4 secrets.ID: `i\u{200b}d` holds an invisible character, U+200B",
            "5 secrets.TAB: `t",
        ],
    )
    .unlike("it was Amazon ECS that refused the name, when the task started"),
    warned("secrets: {TOKEN: ''}", "secrets: [TOKEN=]", &["1 secrets.TOKEN: the secret is empty"]),
    refused(
        "secrets: {TOKEN: [token]}",
        &["1 secrets.TOKEN: expected the name of an SSM parameter, an ARN, or a map"],
    ),
    refused("env_file: settings", &["1 env_file: `settings` does not end in .env"]),
    job("env_file: conf/report.env", "env_file: conf/report.env"),
    job("env_file: .env", "env_file: .env"),
    job("env_file: conf/.env", "env_file: conf/.env"),
    refused("env_file: .env/report", &["1 env_file: `.env/report` does not end in .env"]),
    refused("env_file: report.ENV", &["1 env_file: `report.ENV` does not end in .env"]),
    refused("env_file: ''", &["1 env_file: `` does not end in .env"]),
    refused(
        "logging:\n  env_file: conf/router.sh",
        &["2 logging.env_file: `conf/router.sh` does not end in .env"],
    ),
    job(
        "logging: {env_file: router.env}",
        r#"logging: Logging { retention: 30, router: Some(LogRouter { image: None, destination: {}, enable_metadata: None, secret_options: {}, config_file_path: None, variables: {}, secrets: {}, env_file: Some("router.env") }) }"#,
    ),
];

#[test]
fn variables_secrets_and_environment_files() {
    check("variables, secrets and environment files", ROWS);
}
