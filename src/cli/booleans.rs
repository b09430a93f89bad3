//! Flags as scripts written for the old tool give them: `--detach`, `--detach=false`, `-q=true`. The command tree has plain
//! flags, which take no value; this turns the ones with a value into those without, before the command line is parsed.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::iter;

use clap::error::ErrorKind;
use clap::{Arg, ArgAction, Command};

/// A boolean's value, in the words that Go's `ParseBool` takes.
pub(super) fn parse(text: &str) -> Result<bool, String> {
    match text {
        "1" | "t" | "T" | "true" | "TRUE" | "True" => Ok(true),
        "0" | "f" | "F" | "false" | "FALSE" | "False" => Ok(false),
        _ => Err("expected true or false".to_owned()),
    }
}

/// The arguments with every boolean flag of the command they name written without a value, or left out when its last
/// value is false. A flag that a hidden flag takes back, as `--cdk` does `--no-cdk`, becomes that one.
///
/// # Errors
/// A value that is neither true nor false.
pub(super) fn without_values(root: &Command, arguments: Vec<OsString>) -> Result<Vec<OsString>, clap::Error> {
    let mut path = Vec::new();
    let mut given = BTreeMap::new();
    let mut kept: Vec<Option<OsString>> = Vec::with_capacity(arguments.len());
    let mut arguments = arguments.into_iter();
    kept.push(arguments.next());
    for argument in arguments.by_ref() {
        let text = argument.to_str().unwrap_or_default();
        let command =
            path.iter().fold(root, |command, name: &String| command.find_subcommand(name).unwrap_or(command));
        if text == "--" {
            kept.push(Some(argument));
            break;
        }
        if !text.starts_with('-') {
            path.extend(command.find_subcommand(text).map(|found| found.get_name().to_owned()));
            kept.push(Some(argument));
            continue;
        }
        let (name, value) = text.split_once('=').map_or((text, None), |(name, value)| (name, Some(value)));
        let Some(flag) = command.get_arguments().find(|flag| is_switch(flag) && is_called(flag, name)) else {
            kept.push(Some(argument));
            continue;
        };
        let value = match value.map_or(Ok(true), parse) {
            Ok(value) => value,
            Err(expected) => {
                let message = format!("invalid value in '{text}': {expected}");
                let names: Vec<_> =
                    iter::once(root.get_name()).chain(path.iter().map(String::as_str)).collect();
                let mut command = command.clone().bin_name(names.join(" "));
                return Err(command.error(ErrorKind::InvalidValue, message));
            }
        };
        if let Some(index) = given.remove(flag.get_id())
            && let Some(place) = kept.get_mut::<usize>(index)
        {
            *place = None;
        }
        let opposite = || {
            let long = flag.get_long()?.strip_prefix("no-")?;
            command
                .get_arguments()
                .find(|other| other.is_hide_set() && other.get_long() == Some(long))?
                .get_long()
        };
        given.insert(flag.get_id().clone(), kept.len());
        kept.push(match value {
            true => Some(name.into()),
            false => opposite().map(|long| format!("--{long}").into()),
        });
    }
    Ok(kept.into_iter().flatten().chain(arguments).collect())
}

fn is_switch(flag: &Arg) -> bool {
    matches!(flag.get_action(), ArgAction::SetTrue)
}

/// Whether an argument such as `--quiet` or `-q` means the flag.
fn is_called(flag: &Arg, name: &str) -> bool {
    match name.strip_prefix("--") {
        Some(long) => {
            flag.get_long() == Some(long)
                || flag.get_all_aliases().is_some_and(|aliases| aliases.contains(&long))
        }
        None => {
            flag.get_short().is_some_and(|short| name.strip_prefix('-') == Some(short.to_string().as_str()))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn command() -> Command {
        let switch = |name: &'static str| Arg::new(name).long(name).action(ArgAction::SetTrue);
        let deploy = Command::new("deploy").args([
            switch("detach"),
            switch("quiet").short('q'),
            switch("no-cdk").overrides_with("cdk"),
            switch("cdk").hide(true),
            Arg::new("name").short('n').long("name"),
        ]);
        Command::new("copilot").subcommand(Command::new("job").subcommand(deploy))
    }

    fn plain(line: &str) -> String {
        let arguments = ["copilot"].into_iter().chain(line.split_whitespace()).map(OsString::from).collect();
        match without_values(&command(), arguments) {
            Ok(kept) => kept.iter().skip(1).map(|kept| kept.to_str().unwrap()).collect::<Vec<_>>().join(" "),
            Err(error) => error.to_string().lines().next().unwrap().to_owned(),
        }
    }

    #[test]
    fn values_of_flags_go_before_parsing() {
        for (line, expected) in [
            ("job deploy --detach", "job deploy --detach"),
            ("job deploy --detach=true -q=T --name x", "job deploy --detach -q --name x"),
            ("job deploy --detach=false --name=x", "job deploy --name=x"),
            ("job deploy --detach --detach=0", "job deploy"),
            ("job deploy --detach=0 --detach --detach", "job deploy --detach"),
            ("job deploy --no-cdk", "job deploy --no-cdk"),
            ("job deploy --no-cdk=f", "job deploy --cdk"),
            ("job deploy --no-cdk=f --no-cdk", "job deploy --no-cdk"),
            // What is no flag of the command is for the parser to judge.
            ("--detach=false job deploy --other=false", "--detach=false job deploy --other=false"),
            ("job deploy -- --detach=false", "job deploy -- --detach=false"),
            ("job deploy --detach=maybe", "error: invalid value in '--detach=maybe': expected true or false"),
            ("job deploy -q=", "error: invalid value in '-q=': expected true or false"),
        ] {
            assert_eq!(plain(line), expected, "{line}");
        }
    }

    #[test]
    fn words_are_those_of_go() {
        assert_eq!(parse("T"), Ok(true));
        assert_eq!(parse("0"), Ok(false));
        assert!(parse("yes").is_err());
    }
}
