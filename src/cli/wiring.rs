//! What the commands run against.

use crate::context::Context;
use crate::error::{Error, Result};
use crate::ops::adapters::Adapters;
use crate::ops::doctor::port::{EngineDescription, Machine, Program};
use crate::programs::Programs;
use crate::report::Prompter as _;
use crate::{aws, cdk, docker, git, ui};

/// The real world: AWS, the local Docker Engine, git.
pub(super) struct Process<'a>(pub &'a Context);

/// The user's own credentials and region.
pub(super) async fn session(context: &Context) -> Result<aws::Session> {
    aws::Session::load_asking(context.vars(), &second_factor(context)).await
}

/// Asks for the code of the device that a profile's role is assumed with.
pub(super) fn second_factor(context: &Context) -> impl Fn(&str, &str) -> Result<String> + Sync {
    let terminal = context.terminal;
    move |profile, device| {
        if !(terminal.stdin && terminal.stderr) {
            return Err(Error::new(format!(
                "profile `{profile}` wants a code of the device {device} (mfa_serial), and there is no terminal to ask on"
            ))
            .hint(format!(
                "Run `eval \"$(aws configure export-credentials --profile '{profile}' --format env)\"` in this shell, then run the \
                 command again."
            )));
        }
        let prompter = ui::prompt::Prompter::new(terminal);
        let question = format!("Code of the device {device}, for profile {profile}");
        prompter.text(&question, "credentials that need no second factor", None, &|code| {
            let digits = code.trim();
            match digits.len() == 6 && digits.bytes().all(|digit| digit.is_ascii_digit()) {
                true => Ok(()),
                false => Err("a code has six digits".to_owned()),
            }
        })
    }
}

/// The credentials of a profile, and nothing of those that variables hold.
pub(super) async fn profile(context: &Context, name: &str) -> Result<aws::Session> {
    const CREDENTIALS: [&str; 6] = [
        "AWS_ACCESS_KEY_ID",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_SESSION_TOKEN",
        "AWS_WEB_IDENTITY_TOKEN_FILE",
        "AWS_ROLE_ARN",
        "AWS_ROLE_SESSION_NAME",
    ];
    let mut vars = context.vars();
    vars.retain(|name, _| !CREDENTIALS.contains(&name.as_str()));
    vars.insert("AWS_PROFILE".to_owned(), name.to_owned());
    aws::Session::load(vars).await
}

impl Adapters for Process<'_> {
    type Account = aws::Session;
    type Engine = docker::Engine;
    type Cdk = cdk::Cdk;

    async fn account(&self) -> Result<aws::Session> {
        session(self.0).await
    }

    async fn engine(&self) -> Result<docker::Engine> {
        docker::Engine::connect(&|name| self.0.var(name)).await
    }

    fn cdk(&self) -> cdk::Cdk {
        cdk::Cdk::new(self.0.var("PATH").as_deref(), &self.0.cwd)
    }

    async fn git(&self) -> git::GitState {
        let around = git::Surroundings {
            dir: &self.0.cwd,
            var: &|name| self.0.var_os(name),
            own_program: self.0.program(),
            limit: git::LIMIT,
        };
        git::describe(&around).await
    }

    fn var(&self, name: &str) -> Option<String> {
        self.0.given(name)
    }

    fn unix_time(&self) -> u64 {
        self.0.unix_time()
    }

    fn utc_offset(&self, instant: i64) -> i32 {
        self.0.utc_offset(instant)
    }
}

impl Machine for Process<'_> {
    async fn impatient_account(&self) -> Result<aws::Session> {
        Ok(session(self.0).await?.impatient())
    }

    fn program(&self) -> Program {
        let programs = Programs::of(self.0.var("PATH").as_deref());
        let real = |file: std::path::PathBuf| file.canonicalize().unwrap_or(file);
        Program { own: self.0.program().map(real), on_path: programs.find("copilot").map(real) }
    }

    async fn engine_description(&self) -> Result<EngineDescription> {
        let engine = self.engine().await?;
        Ok(EngineDescription {
            name: engine.name().to_owned(),
            address: engine.endpoint().to_string(),
            platform: engine.platform().to_owned(),
            has_buildkit: engine.builder() == docker::Builder::BuildKit,
            login_problems: engine.login_problems(),
        })
    }

    fn clock_difference(&self) -> Option<String> {
        aws::clock::difference()
    }

    fn may_ask(&self) -> bool {
        self.0.terminal.stdin && self.0.terminal.stderr
    }
}
