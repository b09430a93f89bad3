//! Where in the Dockerfile a build failed, as BuildKit tells it beside its error.

use std::path::Path;

use bollard_buildkit_proto::google::rpc;
use bollard_buildkit_proto::pb::{Range, SourceInfo};
use prost::Message;
use tonic::Status;

use super::step::FailedStep;
use crate::error::Error;
use crate::files;
use crate::image::dockerfile::{self, Instruction};
use crate::image::plan::BuildPlan;
use crate::image::secrets::Mask;

/// The most lines of an instruction that are shown.
const LONGEST: usize = 20;

/// `errdefs.Source` of BuildKit.
#[derive(Clone, PartialEq, Message)]
struct Source {
    #[prost(message, optional, tag = "1")]
    info: Option<SourceInfo>,
    #[prost(message, repeated, tag = "2")]
    ranges: Vec<Range>,
}

/// A line of the Dockerfile. Its texts are sanitised.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Number, from 1.
    pub number: u32,
    /// The instruction that starts there, all its lines.
    pub text: Vec<String>,
}

/// The place that the details of an error name; the innermost if there are several.
pub(crate) fn of_status(status: &Status) -> Option<Line> {
    let details = rpc::Status::decode(status.details()).ok()?;
    let sources = details.details.iter().filter(|detail| detail.type_url.ends_with("errdefs.Source"));
    sources.filter_map(|detail| line(&Source::decode(detail.value.as_slice()).ok()?)).next_back()
}

fn line(source: &Source) -> Option<Line> {
    let range = source.ranges.first()?;
    let start = u32::try_from(range.start?.line).ok().filter(|line| *line > 0)?;
    let end = range.end.and_then(|end| u32::try_from(end.line).ok()).unwrap_or(start).max(start);
    let text = String::from_utf8_lossy(&source.info.as_ref()?.data).into_owned();
    let numbers = (start as usize - 1, (end - start) as usize + 1);
    let lines = text.lines().skip(numbers.0).take(numbers.1.min(LONGEST));
    Some(Line { number: start, text: lines.map(std::borrow::ToOwned::to_owned).collect() })
}

/// The place named by a message such as `dockerfile parse error on line 3: …`.
pub(crate) fn of_message(message: &str, dockerfile: &Path) -> Option<Line> {
    let message = message.to_ascii_lowercase();
    let (_, rest) = message.split_once("parse error")?;
    let rest = rest.trim_start();
    let rest = rest.strip_prefix("on ").unwrap_or(rest).strip_prefix("line ")?;
    let number: usize = rest.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()?;
    let content = files::read(dockerfile, files::TEXT).ok()?;
    let content = String::from_utf8_lossy(&content);
    let line = content.lines().nth(number.checked_sub(1)?)?;
    Some(Line { number: u32::try_from(number).ok()?, text: vec![line.to_owned()] })
}

/// The only instruction that reads like the name of a step (`[2/4] RUN make`), for engines that tell no
/// place. One whose variables were filled in reads otherwise and is not found.
pub(crate) fn of_step(name: &str, dockerfile: &Path) -> Option<Line> {
    let (_, wanted) = name.split_once("] ")?;
    let wanted = words(wanted);
    let content = files::read(dockerfile, files::TEXT).ok()?;
    let content = String::from_utf8_lossy(&content);
    let mut found =
        dockerfile::instructions(&content).into_iter().filter(|found| words(&found.text) == wanted);
    let Instruction { number, lines, .. } = found.next()?;
    if found.next().is_some() {
        return None;
    }
    let text = lines.iter().take(LONGEST).map(|line| (*line).to_owned()).collect();
    Some(Line { number: u32::try_from(number).ok()?, text })
}

/// Why a build failed and where.
pub(crate) type Failed = (Error, Option<FailedStep>, Option<Line>);

/// A failure with what may be shown of it. Secrets are hidden, and of a Dockerfile that a link brings in from
/// elsewhere no line is shown: a repository could name any file of this machine that way.
pub(crate) fn within((cause, step, line): Failed, plan: &BuildPlan, mask: &Mask) -> Failed {
    if !is_foreign(plan) {
        let masked =
            |line: Line| Line { text: line.text.into_iter().map(|text| mask.apply(text)).collect(), ..line };
        return (cause, step, line.map(masked));
    }
    // A builder that got as far as a step has read a Dockerfile. One that did not quotes what it could not read.
    let cause = match step {
        Some(_) => cause,
        None => Error::new("the builder cannot read the Dockerfile").hint(format!(
            "{} is a link that leads out of the workspace, so nothing of it is shown.",
            plan.dockerfile.display()
        )),
    };
    (cause, step, line.map(|line| Line { text: Vec::new(), ..line }))
}

/// Whether a link leads from where the Dockerfile should be out of the workspace and the build context. A path
/// that itself says so (`../Dockerfile`) is what the manifest asks for.
fn is_foreign(plan: &BuildPlan) -> bool {
    let Ok(real) = plan.dockerfile.canonicalize() else { return false };
    let places = [&plan.workspace, &plan.context];
    if places.into_iter().any(|place| place.canonicalize().is_ok_and(|place| real.starts_with(place))) {
        return false;
    }
    let shared = plan.workspace.ancestors().find(|directory| plan.dockerfile.starts_with(directory));
    let expected = shared.and_then(|shared| {
        Some(shared.canonicalize().ok()?.join(plan.dockerfile.strip_prefix(shared).ok()?))
    });
    expected.is_none_or(|expected| expected != real)
}

/// The words, the keyword in upper case.
fn words(text: &str) -> Vec<String> {
    let mut words: Vec<String> = text.split_whitespace().map(str::to_owned).collect();
    if let Some(keyword) = words.first_mut() {
        keyword.make_ascii_uppercase();
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parse_errors_name_their_line() {
        let dir = tempfile::tempdir().unwrap();
        let dockerfile = dir.path().join("Dockerfile");
        std::fs::write(&dockerfile, "FROM scratch\nCOPPY a b\n").unwrap();
        let found = Some(Line { number: 2, text: vec!["COPPY a b".to_owned()] });
        for (message, expected) in [
            ("dockerfile parse error line 2: unknown instruction: COPPY", &found),
            ("Dockerfile parse error on line 2: unknown instruction", &found),
            ("dockerfile parse error line 9: x", &None),
            ("parse error: x", &None),
            ("exit code: 1", &None),
        ] {
            assert_eq!(of_message(message, &dockerfile), *expected, "{message}");
        }
    }

    #[test]
    fn lines_that_a_link_brings_in_from_elsewhere_are_not_shown() {
        let dir = tempfile::tempdir().unwrap();
        let at = |path: &str| dir.path().join(path);
        for directory in ["ws/docker", "ws/context", "outside", "linked"] {
            std::fs::create_dir_all(at(directory)).unwrap();
        }
        for file in ["ws/Dockerfile", "ws/docker/real", "outside/secret", "ws/context/real"] {
            std::fs::write(at(file), "hunter2\n").unwrap();
        }
        for (link, target) in [
            ("ws/inside", "docker/real"),
            ("ws/out", "../outside/secret"),
            ("ws/up", "../outside"),
            ("ws/chain", "out"),
            ("ws/to-context", "context/real"),
            ("root", "ws"),
        ] {
            std::os::unix::fs::symlink(target, at(link)).unwrap();
        }
        for (workspace, dockerfile, foreign) in [
            ("ws", "ws/Dockerfile", false),
            ("ws", "ws/inside", false),
            ("ws", "ws/to-context", false),
            ("ws", "ws/out", true),
            ("ws", "ws/chain", true),
            ("ws", "ws/up/secret", true),
            ("ws", "outside/secret", false),
            ("root", "root/Dockerfile", false),
            ("root", "root/out", true),
            ("root", "root/inside", false),
        ] {
            let plan = BuildPlan {
                workspace: at(workspace),
                context: at("ws/context"),
                dockerfile: at(dockerfile),
                ..BuildPlan::default()
            };
            assert_eq!(is_foreign(&plan), foreign, "{dockerfile}");
            let line = Some(Line { number: 1, text: vec!["hunter2".to_owned()] });
            let (cause, _, line) =
                within((Error::new("unknown instruction: hunter2"), None, line), &plan, &Mask::default());
            let shown = format!("{cause} {line:?}");
            assert_eq!((shown.contains("hunter2"), line.unwrap().number), (!foreign, 1), "{shown}");
        }
    }

    #[test]
    fn a_step_is_found_by_its_words_when_they_are_unique() {
        let dir = tempfile::tempdir().unwrap();
        let dockerfile = dir.path().join("Dockerfile");
        let text =
            "# x\nFROM scratch AS a\n\nrun make \\\n  # why\n  --all\nCOPY a b\nFROM a\nCOPY a b\nRUN $X\n";
        std::fs::write(&dockerfile, text).unwrap();
        let found = |name| of_step(name, &dockerfile).map(|line| (line.number, line.text.len()));
        assert_eq!(found("[a 2/4] RUN make   --all"), Some((4, 2)));
        assert_eq!(found("[4/4] RUN $X"), Some((10, 1)));
        for name in ["[3/4] COPY a b", "[4/4] RUN filled-in", "exporting to image"] {
            assert_eq!(found(name), None, "{name}");
        }
        std::fs::write(&dockerfile, "# escape=`\nFROM scratch\nRUN make`\n  --all\n").unwrap();
        assert_eq!(found("[2/2] RUN make   --all"), Some((3, 2)));
    }
}
