//! Every secret that a run gets to see is planted and then looked for in all that it says and sends to `CloudFormation`.

use base64::Engine as _;

use crate::local_aws::{Action, LocalAws, Rule};
use crate::support::{JOB, Run, Workspace, World, in_parallel};

/// Every planted value begins like this.
const PLANTED: &str = "planted-";

/// A job whose build has secrets of every source.
fn world() -> World {
    let workspace = Workspace::new(&format!(
        "name: {JOB}\ntype: Scheduled Job\nimage:\n  build:\n    dockerfile: Dockerfile\n    secrets:\n      \
         env: {{env: BUILD_TOKEN}}\n      ssm: {{ssm: /copilot/demo/test/secrets/token}}\n      \
         manager: {{secretsmanager: build-token}}\ncpu: 256\nmemory: 512\non:\n  schedule: \"@daily\"\n"
    ));
    // The build fails: what leads there has seen every secret.
    workspace.file("Dockerfile", "FROM scratch\nCOPY missing /missing\n");
    let world = World::new(workspace);
    let emulator = world.account.emulator();
    LocalAws::shared()
        .block_on(async move {
            let parameter = serde_json::json!({
                "Name": "/copilot/demo/test/secrets/token", "Value": format!("{PLANTED}ssm"), "Type": "SecureString"
            });
            emulator.json("ssm", "AmazonSSM.PutParameter", &parameter).await?;
            let secret = serde_json::json!({
                "Name": "build-token", "SecretString": format!("{PLANTED}manager"),
                "ClientRequestToken": uuid::Uuid::new_v4().to_string()
            });
            emulator.json("secretsmanager", "secretsmanager.CreateSecret", &secret).await
        })
        .unwrap();
    world
}

/// The manager role's credentials.
fn role(world: &World) -> String {
    format!(
        "<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>{}</AccessKeyId><SecretAccessKey>{PLANTED}\
         role</SecretAccessKey><SessionToken>{PLANTED}role-token</SessionToken><Expiration>2099-01-01T00:00:00Z\
         </Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>",
        world.account.id()
    )
}

/// The login to the registry.
fn login() -> String {
    let token = base64::engine::general_purpose::STANDARD.encode(format!("AWS:{PLANTED}ecr"));
    serde_json::json!({ "authorizationData": [
        { "authorizationToken": token, "expiresAt": 4_000_000_000_u64, "proxyEndpoint": "http://127.0.0.1:1" }
    ] })
    .to_string()
}

fn replace(on: &str, content_type: &str, body: String) -> Rule {
    Rule::on(on, Action::Replace { status: 200, content_type: content_type.to_owned(), body })
}

fn run(world: &World, flags: &[&str]) -> Run {
    let mut command = world.deploying(flags);
    command
        .env("AWS_SECRET_ACCESS_KEY", format!("{PLANTED}key"))
        .env("AWS_SESSION_TOKEN", format!("{PLANTED}token"))
        .env("BUILD_TOKEN", format!("{PLANTED}env"))
        .env("TMPDIR", world.workspace.path());
    Run::of(command)
}

#[test]
fn no_secret_is_said_or_sent() {
    /// Cuts an answer off, so that it cannot be read.
    fn cut(text: &str) -> String {
        text[..text.len() - 12].to_owned()
    }
    type Arrange = fn(&World) -> Vec<Rule>;
    let cases: Vec<(&str, Arrange)> = vec![
        ("a build that fails", |_| vec![]),
        ("a role's answer cut off", |world| vec![replace("sts:AssumeRole", "text/xml", cut(&role(world)))]),
        ("a login cut off", |_| {
            vec![replace("ecr:GetAuthorizationToken", "application/json", cut(&login()))]
        }),
        ("a parameter cut off", |_| {
            let body = format!("{{\"Parameter\":{{\"Name\":\"n\",\"Value\":\"{PLANTED}ssm\",\"Ty");
            vec![replace("ssm:GetParameter", "application/json", body).about("secrets/token")]
        }),
        ("a secret cut off", |_| {
            let body = format!("{{\"Name\":\"n\",\"SecretString\":\"{PLANTED}manager\",\"Arn");
            vec![replace("secretsmanager:GetSecretValue", "application/json", body)]
        }),
        ("a parameter refused", |_| vec![Rule::deny("ssm:GetParameter").about("secrets/token")]),
        ("a secret refused", |_| vec![Rule::deny("secretsmanager:GetSecretValue")]),
        ("calls refused", |_| vec![Rule::deny("s3:PutObject"), Rule::deny("ecr:GetAuthorizationToken")]),
        ("a signature refused", |_| {
            let message = "The request signature we calculated does not match the signature you provided.";
            vec![Rule::error("cloudformation:*", 403, "SignatureDoesNotMatch", message)]
        }),
    ];
    in_parallel(2, &cases, |(case, arrange)| {
        for flags in [&[][..], &["--json"], &["--quiet"]] {
            let world = world();
            for rule in arrange(&world) {
                world.account.fault(rule);
            }
            // Where no rule says otherwise, everything secret is a planted value.
            world.account.fault(replace("sts:AssumeRole", "text/xml", role(&world)));
            world.account.fault(replace("ecr:GetAuthorizationToken", "application/json", login()));
            let run = run(&world, flags);
            assert_eq!(run.code, Some(1), "{case}: {}{}", run.stdout, run.stderr);
            let all = format!("{}{}", run.stdout, run.stderr);
            assert!(!all.contains(PLANTED), "{case} {flags:?}: {all}");
            let encoded = base64::engine::general_purpose::STANDARD.encode(format!("AWS:{PLANTED}ecr"));
            assert!(!all.contains(&encoded), "{case} {flags:?}: {all}");
            let calls = world.account.calls();
            assert!(calls.0.iter().all(|call| !format!("{call:?}").contains(PLANTED)), "{case}: {calls:?}");
            for (path, (_, content)) in crate::support::tree(world.workspace.path()) {
                assert!(!String::from_utf8_lossy(&content).contains(PLANTED), "{case}: {}", path.display());
            }
        }
    });
}
