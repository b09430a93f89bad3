//! `--diff`: what a deployment would change, shown before anything leaves this machine, and the question whether to
//! go on (`design §2.6`). Images are built by then, so that what cannot be built is not asked about.

use std::collections::BTreeMap;

use super::addons::{self, Compared};
use super::differences::{Contents, Differences, ImageChange, KNOWN_AFTER_PUSH};
use super::events::{Event, Reporter};
use super::images::{Begun, Named, Sources, names_before_push};
use super::interrupt::Interrupt;
use super::ports::{Account, CdkRunner, EnvironmentAccount, ImageEngine, Prompter};
use super::prepare::Prepared;
use super::state::{Start, State};
use super::takeover::{self, Comparison};
use super::uploads::{self, Draft};
use super::{Outcome, Request, Target};
use crate::error::{Error, Result};
use crate::template::inputs::{ImageRef, Inputs};

const FLAG: &str = "--diff-yes";
const NOTHING: &str = "nothing was pushed or deployed";
static NONE: BTreeMap<String, String> = BTreeMap::new();

/// What the question is about.
pub(super) struct Question<'a, E> {
    pub request: &'a Request,
    pub target: &'a Target,
    pub prepared: &'a Prepared,
    pub state: &'a State<E>,
}

/// What follows from the answer.
pub(super) enum Answer {
    Continue(Begun),
    Stop(Outcome),
}

impl<E: EnvironmentAccount> Question<'_, E> {
    /// Builds the images, shows what would change and asks. Nothing is pushed, uploaded or proposed.
    ///
    /// # Errors
    /// When an image cannot be built, when the templates cannot be compared or shown, when nobody answers, or when the
    /// user interrupts any of it.
    pub async fn ask<A, D>(
        &self,
        sources: &Sources<'_, A, D, impl CdkRunner>,
        inputs: &Inputs,
        prompter: &impl Prompter,
        reporter: &dyn Reporter,
        interrupt: &Interrupt,
    ) -> Result<Answer>
    where
        A: Account<EnvironmentAccount = E>,
        D: ImageEngine,
    {
        let Self { prepared, state, .. } = *self;
        let work = async {
            // A job that cannot be rendered is not built.
            prepared.overrides.template(sources.cdk, &prepared.job, inputs, reporter).await?;
            let addons = async { Ok(addons::compare(prepared, state, reporter).await) };
            let (built, addons) = tokio::try_join!(sources.build(prepared, state, inputs, reporter), addons)?;
            let named = names_before_push(sources, prepared, state.login.as_ref(), &built).await?;
            let inputs = with_images(inputs, &named, &addons.placed.url);
            let draft = self.draft(&inputs, sources.cdk, reporter).await?;
            Ok((built, addons, named, draft))
        };
        let (built, addons, named, draft) = interrupt.guard(NOTHING, work).await?;
        let differences = self.differences(&draft, &addons, named)?;
        reporter.differences(&differences).map_err(|e| {
            Error::new(format!("cannot write the differences to stdout: {e}"))
                .hint("Nothing was pushed or deployed.")
        })?;
        addons.warn_if_unreadable(reporter);
        let deployed = state.deployed.as_ref().and_then(|deployed| deployed.document.as_ref());
        let comparison = Comparison::new(deployed, &draft.template.body);
        takeover::announce(
            self.target,
            state,
            &draft.template.body,
            &draft.parameters,
            &comparison,
            reporter,
        );
        if differences.is_empty() && !self.is_worth_another_try(&comparison, reporter) {
            let stack = self.target.stack.clone();
            return Ok(Answer::Stop(Outcome::Unchanged { stack, pushed: Vec::new() }));
        }
        if !self.request.diff_yes {
            let question = prompter.confirm("Continue with the deployment?", FLAG);
            if !interrupt.guard(NOTHING, question).await? {
                return Ok(Answer::Stop(Outcome::Declined { stack: self.target.stack.clone() }));
            }
        }
        Ok(Answer::Continue(Begun { built: Some(built) }))
    }

    /// Renders what the stack shall become.
    ///
    /// # Errors
    /// When the overrides cannot be applied.
    pub async fn draft(
        &self,
        inputs: &Inputs,
        cdk: &impl CdkRunner,
        reporter: &dyn Reporter,
    ) -> Result<Draft> {
        uploads::draft(self.target, self.request, self.prepared, self.state, inputs, cdk, reporter).await
    }

    /// Compares the stack with a draft of it.
    ///
    /// # Errors
    /// When the templates cannot be compared.
    pub fn differences(&self, draft: &Draft, addons: &Compared, named: Vec<Named>) -> Result<Differences> {
        let text = draft.template.to_yaml();
        let parameters: BTreeMap<String, String> = draft.parameters.iter().cloned().collect();
        // What cannot be read cannot be compared.
        let old_addons = addons.old.as_deref().unwrap_or(&addons.new);
        let old = deployed(self.state, old_addons);
        let new =
            Contents { template: &text, parameters: &parameters, tags: &draft.tags, addons: &addons.new };
        let used = |named: Named| {
            let Named { container, moved, .. } = named;
            let reference = moved?;
            let names = |text: &str| names_image(text, &reference);
            let used = names(old.template) || old.parameters.values().any(|value| names(value));
            used.then_some(ImageChange { container, reference })
        };
        let images = named.into_iter().filter_map(used).collect();
        Ok(Differences::new(&old, &new)?.with_images(images))
    }

    /// Whether going on may change something although no difference is shown; says why.
    fn is_worth_another_try(&self, comparison: &Comparison, reporter: &dyn Reporter) -> bool {
        let stack = &self.target.stack;
        let status = self.state.stack.as_ref().map(|stack| stack.status.as_str()).unwrap_or_default();
        if let "CREATE_FAILED" | "UPDATE_FAILED" = status {
            reporter.report(Event::Warning(format!(
                "stack {stack} was given this template before, and that failed without a rollback ({status}); going on tries it \
                 again"
            )));
            return true;
        }
        let lines = comparison.lines();
        if lines.is_empty() {
            return false;
        }
        reporter.report(Event::Note(format!(
            "The templates differ in their notation, such as a function in place of a text, in: {}",
            lines.join("; ")
        )));
        true
    }
}

/// The stack as it is; nothing when it has to be created, even though something may be left of an earlier attempt.
pub(super) fn deployed<'a, E>(state: &'a State<E>, addons: &'a str) -> Contents<'a> {
    match (state.start(), &state.stack) {
        (Start::Stack, Some(stack)) => Contents {
            template: state.deployed.as_ref().map(|deployed| deployed.text.as_str()).unwrap_or_default(),
            parameters: &stack.parameters,
            tags: &stack.tags,
            addons,
        },
        _ => Contents { template: "", parameters: &NONE, tags: &NONE, addons: "" },
    }
}

/// Inputs with all that is known of the images before they are pushed.
pub(super) fn with_images(inputs: &Inputs, named: &[Named], addons_template_url: &str) -> Inputs {
    let mut inputs = inputs.clone();
    inputs.addons_template_url = addons_template_url.to_owned();
    for Named { container, name, .. } in named {
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
