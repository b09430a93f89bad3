//! `--diff`: what a deployment would change, shown before anything leaves this machine, and the question whether to
//! go on. Images are built by then, so that what cannot be built is not asked about.

use std::collections::BTreeMap;

use super::takeover;
use crate::diff::differences::{Contents, Differences, ImageChange, KNOWN_AFTER_PUSH, Knowledge};
use crate::diff::meaning::Comparison;
use crate::error::Result;
use crate::manifest::schedule::words;
use crate::ops::addons::AddonsComparison;
use crate::ops::deployed::contents;
use crate::ops::desired::DesiredStack;
use crate::ops::job::build::images::{PlannedImage, PrebuiltImages, Sources, names_before_push};
use crate::ops::job::hazards;
use crate::ops::job::plan::addons;
use crate::ops::job::plan::prepare::JobPlan;
use crate::ops::job::plan::rendering::RenderedJob;
use crate::ops::job::plan::surroundings::Surroundings;
use crate::ops::job::request::Request;
use crate::ops::job::target::Target;
use crate::ops::outcome::Outcome;
use crate::ops::port::{Account, EnvironmentAccount, ImageEngine};
use crate::ops::preview::{self, NOTHING, Preview};
use crate::ops::takeover::Update;
use crate::report::Console;
use crate::template::job::inputs::{ImageRef, Inputs};

/// The parameter with the schedule's expression.
const SCHEDULE: &str = "Schedule";

/// What the question is about.
pub(crate) struct Question<'a, E> {
    pub request: &'a Request,
    pub target: &'a Target,
    pub prepared: &'a JobPlan,
    pub state: &'a Surroundings<E>,
}

/// What follows from the answer.
pub(crate) enum Answer {
    Continue(PrebuiltImages),
    Stop(Outcome),
}

impl<E: EnvironmentAccount> Question<'_, E> {
    /// Builds the images, shows what would change and asks. Nothing is pushed, uploaded or proposed.
    ///
    /// # Errors
    /// When an image cannot be built, when the templates cannot be compared or shown, when nobody answers, or when the
    /// user interrupts any of it.
    pub(crate) async fn ask<A, D>(
        &self,
        sources: &Sources<'_, A, D>,
        rendered: &RenderedJob,
        inputs: &Inputs,
        console: &Console<'_>,
    ) -> Result<Answer>
    where
        A: Account<EnvironmentAccount = E>,
        D: ImageEngine,
    {
        let Self { prepared, state, .. } = *self;
        let work = async {
            let addons = async { Ok(addons::candidate(prepared, state).compare(console).await) };
            let (built, addons) = tokio::try_join!(sources.build(prepared, state, inputs, console), addons)?;
            let named = names_before_push(sources, prepared, state.login.as_ref(), &built).await?;
            let inputs = with_images(inputs, &named, &addons.placed.url);
            let draft = self.draft(rendered, &inputs);
            Ok((built, addons, named, draft))
        };
        let (built, addons, named, draft) = console.guard(NOTHING, work).await?;
        let differences = self.differences(&draft, &addons, named)?;
        preview::show(&differences, console)?;
        addons.warn_if_unreadable(console);
        let deployed = state.deployed.as_ref().and_then(|deployed| deployed.document.as_ref());
        let comparison = &Comparison::new(deployed, &draft.template.body);
        let (stack, existing) = (self.target.stack.as_str(), state.stack.as_ref());
        let parameters = &draft.parameters;
        let update = Update { stack, existing, deployed: state.deployed.as_ref(), parameters, comparison };
        takeover::announce(&update, &draft.template.body, console);
        let preview = Preview { stack, existing, comparison, differences: &differences };
        if let Some(outcome) = preview.ask(self.request.diff_yes, console).await? {
            return Ok(Answer::Stop(outcome));
        }
        Ok(Answer::Continue(PrebuiltImages { built: Some(built) }))
    }

    /// What the stack shall become.
    pub(crate) fn draft(&self, rendered: &RenderedJob, inputs: &Inputs) -> DesiredStack {
        rendered.desired(self.target, self.request, self.prepared, self.state, inputs)
    }

    /// Compares the stack with a draft of it.
    ///
    /// # Errors
    /// When the templates cannot be compared.
    pub(crate) fn differences(
        &self,
        draft: &DesiredStack,
        addons: &AddonsComparison,
        named: Vec<PlannedImage>,
    ) -> Result<Differences> {
        let text = draft.template.to_yaml();
        let parameters: BTreeMap<String, String> = draft.parameters.iter().cloned().collect();
        // What cannot be read cannot be compared.
        let old_addons = addons.old.as_deref().unwrap_or(&addons.new);
        let old = contents(self.state.stack.as_ref(), self.state.deployed.as_ref(), old_addons);
        let new =
            Contents { template: &text, parameters: &parameters, tags: &draft.tags, addons: &addons.new };
        let used = |named: PlannedImage| {
            let PlannedImage { container, moved, .. } = named;
            let reference = moved?;
            let names = |text: &str| names_image(text, &reference);
            let used = names(old.template) || old.parameters.values().any(|value| names(value));
            used.then_some(ImageChange { container, reference })
        };
        let images = named.into_iter().filter_map(used).collect();
        let meaning = |key: &str, value: &str| (key == SCHEDULE).then(|| words::meaning(value)).flatten();
        let knowledge = Knowledge { harmless: &hazards::HARMLESS, meaning: &meaning };
        Ok(Differences::new(&old, &new, knowledge)?.with_images(images))
    }
}

/// Inputs with all that is known of the images before they are pushed.
pub(crate) fn with_images(inputs: &Inputs, named: &[PlannedImage], addons_template_url: &str) -> Inputs {
    let mut inputs = inputs.clone();
    inputs.addons_template_url = addons_template_url.to_owned();
    for PlannedImage { container, name, .. } in named {
        let digest = name.digest.clone().or_else(|| Some(KNOWN_AFTER_PUSH.to_owned()));
        inputs.images.insert(container.clone(), ImageRef { tag: name.tag.clone(), digest });
    }
    inputs
}

/// Whether a text has this reference by tag, not only as the beginning of a longer one.
fn names_image(text: &str, reference: &str) -> bool {
    text.match_indices(reference).any(|(at, _)| {
        let next = text.get(at + reference.len()..).and_then(|rest| rest.chars().next());
        next.is_none_or(|c| !c.is_ascii_alphanumeric() && !matches!(c, '_' | '.' | '-'))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reference_is_found_as_a_whole() {
        for (text, found) in [
            ("r/j:1", true),
            ("Image: \"r/j:1\"", true),
            ("r/j:12, r/j:1-rc r/j:1", true),
            ("r/j:12", false),
            ("r/j:1.0", false),
            ("r/j:1-rc", false),
            ("r/j", false),
            ("", false),
        ] {
            assert_eq!(names_image(text, "r/j:1"), found, "{text}");
        }
    }
}
