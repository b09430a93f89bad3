//! What `copilot` on the command line is: GitHub Copilot CLI has a program of the same name.

use crate::ops::doctor::finding::{About, Check, Finding};
use crate::ops::doctor::port::Program;
use crate::template::version::TEMPLATE_VERSION;

pub(crate) fn program(program: &Program) -> Finding {
    let about = About::all(Check::Program);
    let version = concat!("v", env!("CARGO_PKG_VERSION"));
    match (&program.own, &program.on_path) {
        (Some(own), Some(other)) if own != other => about
            .warning(format!(
                "`copilot` on the command line is {}, not this program, which is {}",
                other.display(),
                own.display()
            ))
            .advice(
                "GitHub Copilot CLI has a program of the same name, and so has AWS Copilot CLI. Put the directory of this one first in PATH.",
            )
            .command("command -v copilot"),
        (Some(own), Some(_)) => {
            about.ok(format!("{version} at {}, which writes templates {TEMPLATE_VERSION}", own.display()))
        }
        (Some(own), None) => about.ok(format!(
            "{version} at {}, which is not in PATH; it writes templates {TEMPLATE_VERSION}",
            own.display()
        )),
        (None, _) => about.ok(format!("{version}, which writes templates {TEMPLATE_VERSION}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ops::doctor::finding::Status;

    #[test]
    fn another_program_of_the_name_is_told() {
        let judged = |own: &str, on_path: Option<&str>| {
            program(&Program { own: Some(own.into()), on_path: on_path.map(Into::into) })
        };
        assert_eq!(judged("/a/copilot", Some("/a/copilot")).status, Status::Ok);
        assert_eq!(judged("/a/copilot", None).status, Status::Ok);
        let other = judged("/a/copilot", Some("/opt/node/copilot"));
        assert_eq!(other.status, Status::Warning);
        insta::assert_snapshot!(other.evidence, @"`copilot` on the command line is /opt/node/copilot, not this program, which is /a/copilot");
    }
}
