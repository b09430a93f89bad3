//! Command lines for GitHub Copilot CLI, another program that is called `copilot`.

use std::ffi::OsString;

use crate::error::Error;

/// Commands and flags that begin a command line of the other program, and mean nothing here.
const COMMANDS: [&str; 9] =
    ["explain", "suggest", "login", "logout", "mcp", "plugin", "update", "alias", "config"];
const FLAGS: [&str; 20] = [
    "-p",
    "--prompt",
    "-i",
    "--interactive",
    "-s",
    "--silent",
    "--model",
    "--agent",
    "--resume",
    "--continue",
    "--banner",
    "--acp",
    "--yolo",
    "--autopilot",
    "--allow-all",
    "--allow-all-tools",
    "--allow-tool",
    "--deny-tool",
    "--add-dir",
    "--additional-mcp-config",
];

/// The error for a command line that this program does not understand and the other one would.
pub(super) fn meant(arguments: &[OsString]) -> Option<Error> {
    let first = arguments.get(1)?.to_str()?;
    let name = first.split_once('=').map_or(first, |(name, _)| name);
    let what = match (COMMANDS.contains(&first), FLAGS.contains(&name)) {
        (true, _) => "a command",
        (_, true) => "a flag",
        _ => return None,
    };
    Some(
        Error::usage(format!(
            "`copilot {name}` is {what} of GitHub Copilot CLI, another program of the same name; this `copilot` deploys scheduled jobs to \
             Amazon ECS"
        ))
        .hint("Where both are installed the first one in PATH is run: `type -a copilot` lists them."),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::parse;

    fn words(line: &str) -> Vec<OsString> {
        ["copilot"].into_iter().chain(line.split_whitespace()).map(OsString::from).collect()
    }

    #[test]
    fn lines_of_the_other_program_are_known() {
        for line in ["-p hello", "--prompt=hello", "--model x", "explain ls", "mcp add", "update", "-i x"] {
            assert!(parse(words(line)).is_err(), "{line}");
            assert!(meant(&words(line)).is_some(), "{line}");
        }
        for line in ["", "deploy", "--prompts", "job explain", "init --prompt"] {
            assert!(meant(&words(line)).is_none(), "{line}");
        }
    }

    #[test]
    fn no_command_of_this_program_is_taken_for_one() {
        let own = crate::cli::command();
        assert!(COMMANDS.iter().all(|name| own.find_subcommand(name).is_none()));
        let is_own = |flag: &&str| {
            own.get_arguments()
                .any(|own| own.get_long().map(|long| format!("--{long}")).as_deref() == Some(flag))
        };
        assert!(!FLAGS.iter().any(is_own));
    }
}
