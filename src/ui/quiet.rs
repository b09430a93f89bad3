//! Nothing but warnings about the deployment itself: for scripts and scheduled pipelines, whose output
//! is looked at when something is wrong. Errors are told by their own way, in `message`.

use super::paint::Paint;
use super::plain::warning;
use super::{clean, differences, github, line};
use crate::context::{Progress, Terminal};
use crate::diff::differences::Differences;
use crate::image::events::BuildEvent;
use crate::report::Reporter;
use crate::report::events::Event;

/// Drops progress, notes and warnings about the manifest.
pub struct Quiet {
    paint: Paint,
    github: bool,
    stdout_colors: bool,
}

impl Quiet {
    /// A view that says as little as possible.
    pub fn new(terminal: Terminal) -> Self {
        Self {
            paint: Paint(terminal.colors),
            github: terminal.progress == Progress::GitHub,
            stdout_colors: terminal.stdout_colors,
        }
    }
}

impl Reporter for Quiet {
    fn report(&self, _: &str, event: Event) {
        if let Event::Warning(text) | Event::Build { event: BuildEvent::Warning(text), .. } =
            clean::event(event)
        {
            match self.github {
                true => line(&github::warning(&text)),
                false => line(&warning(&text, self.paint)),
            }
        }
    }

    fn differences(&self, _: &str, differences: &Differences) -> std::io::Result<()> {
        differences::write(differences, self.stdout_colors)?;
        for text in differences::lines(differences, self.paint) {
            line(&if self.github { github::neutral(&text) } else { text.as_str().into() });
        }
        Ok(())
    }
}
