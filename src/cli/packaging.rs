//! What the commands that package something have in common.

use std::process::ExitCode;

use crate::context::Context;
use crate::error::Result;
use crate::ops::package::{Directory, Outcome, Purpose};
use crate::ui;

/// Exit code of a comparison that found differences.
const DIFFERENT: u8 = 1;

/// What the flags ask for.
pub(super) fn purpose(context: &Context, diff: bool, output_dir: Option<String>, upload: bool) -> Purpose {
    match diff {
        true => Purpose::Compare,
        false => Purpose::Package {
            directory: output_dir.map(|shown| Directory::new(&context.cwd, &shown)),
            upload,
        },
    }
}

/// Prints what was made; the exit code tells what a comparison found.
pub(super) fn finish(outcome: Outcome) -> Result<ExitCode> {
    match outcome {
        Outcome::Template(text) => ui::data::print(&text)?,
        Outcome::Compared { changed: true } => return Ok(ExitCode::from(DIFFERENT)),
        Outcome::Compared { changed: false } | Outcome::Written => {}
    }
    Ok(ExitCode::SUCCESS)
}
