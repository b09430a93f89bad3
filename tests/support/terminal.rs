//! The program in a pseudo-terminal.

use rexpect::session::{PtySession, spawn_command};

use super::World;

const PATIENCE_MS: u64 = 60_000;

pub(crate) fn in_terminal(world: &World, args: &[&str], columns: u16) -> PtySession {
    in_shell(world, args, &format!("stty rows 40 cols {columns}; exec \"$@\""), &[])
}

/// Runs a shell script in a pseudo-terminal, in which `"$@"` is the program with these arguments.
pub(crate) fn in_shell(world: &World, args: &[&str], script: &str, env: &[(&str, &str)]) -> PtySession {
    let mut command = world.command(&[]);
    let mut shell = std::process::Command::new("sh");
    shell.args(["-c", script, "sh"]).arg(command.get_program()).args(args);
    shell
        .env_clear()
        .envs(command.get_envs().filter_map(|(k, v)| Some((k, v?))))
        .env("TERM", "xterm-256color")
        .envs(env.iter().copied());
    shell.current_dir(command.current_dir(world.workspace.path()).get_current_dir().unwrap());
    spawn_command(shell, Some(PATIENCE_MS)).unwrap()
}

/// The exit code; rexpect's type for it is not public, its text is.
pub(crate) fn exit_code(terminal: &PtySession) -> i32 {
    let status = format!("{:?}", terminal.process().wait().unwrap());
    let code = status.strip_prefix("Exited(").and_then(|rest| rest.strip_suffix(')')?.rsplit(", ").next());
    code.unwrap_or_else(|| panic!("{status}")).parse().unwrap()
}

/// Output as the bytes it was: rexpect makes a character of each.
pub(crate) fn bytes(text: &str) -> Vec<u8> {
    text.chars().filter_map(|c| u8::try_from(u32::from(c)).ok()).collect()
}

/// The text without escape sequences.
pub(crate) fn plain(text: &str) -> String {
    console::strip_ansi_codes(&String::from_utf8_lossy(&bytes(text))).into_owned()
}

/// What a terminal of that width shows after the output.
pub(crate) fn screen(output: &str, columns: u16) -> String {
    let size = |n| std::num::NonZero::new(n).unwrap();
    let mut terminal = vt100::Parser::new(size(40), size(columns), 0);
    terminal.process(&bytes(output));
    terminal.screen().contents()
}
