//! `copilot svc …` and `copilot pipeline …`: commands of the old tool that this program does not have.

use std::ffi::OsString;

use crate::error::Error;

/// Any subcommand, with any flags.
#[derive(Debug, clap::Args)]
#[command(hide = true, disable_help_flag = true, disable_help_subcommand = true)]
pub(super) struct Args {
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, hide = true)]
    _rest: Vec<OsString>,
}

/// What is not supported.
#[derive(Clone, Copy, Debug)]
pub(super) enum Unsupported {
    Services,
    Pipelines,
}

impl Unsupported {
    /// Says so, and what to do instead.
    pub(super) fn error(self) -> Error {
        match self {
            Self::Services => Error::usage(
                "services are not supported: this program deploys scheduled jobs (`copilot job`); go on using AWS Copilot CLI \
                 for services, both work on the same applications and environments",
            ),
            Self::Pipelines => Error::usage(
                "pipelines are not supported: run `copilot job deploy` in a step of your own CI service; AWS Copilot CLI still \
                 manages the pipelines that it set up",
            ),
        }
    }
}
