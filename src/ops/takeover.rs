//! What the first update of a stack that the old tool deployed will change, told before it is proposed. No side effects
//! but the report.

use crate::diff::meaning::Comparison;
use crate::ops::deployed::Deployed;
use crate::report::Console;
use crate::stack::port::Stack;
use crate::stack::status::Presence;
use crate::template::version;

/// Build metadata that every template of this program carries in its version.
const OWN_MARK: &str = "+rs.";
/// Longer lists are cut: more says nothing that the number does not.
const LISTED: usize = 12;

/// A stack that was deployed, beside what it shall become.
pub(crate) struct Update<'a> {
    pub stack: &'a str,
    pub existing: Option<&'a Stack>,
    pub deployed: Option<&'a Deployed>,
    pub parameters: &'a [(String, String)],
    pub comparison: &'a Comparison,
}

impl Update<'_> {
    /// Whether it is the first one after the old tool.
    pub(crate) fn is_takeover(&self) -> bool {
        let live = self.existing.is_some_and(|stack| stack.status.presence() == Presence::Live);
        live && self.deployed.is_some_and(|deployed| !deployed.version.contains(OWN_MARK))
    }

    /// Tells what a takeover changes.
    pub(crate) fn announce(&self, console: &Console<'_>) {
        let (Some(deployed), true) = (self.deployed, self.is_takeover()) else { return };
        let (stack, origin) = (self.stack, origin(&deployed.version));
        console.note(match self.comparison.is_readable() {
            true => format!(
                "First update of stack {stack} after AWS Copilot CLI ({origin}). It changes:{}",
                list(self.comparison, &self.changed_parameters())
            ),
            false => format!(
                "First update of stack {stack} after another tool. Its template cannot be read, so what changes \
                 cannot be told."
            ),
        });
    }

    fn changed_parameters(&self) -> Vec<&str> {
        let old = self.existing.map(|stack| &stack.parameters);
        let changed =
            self.parameters.iter().filter(|(key, new)| old.is_some_and(|old| old.get(key) != Some(new)));
        changed.map(|(key, _)| key.as_str()).collect()
    }
}

/// Which template is taken over.
fn origin(version: &str) -> String {
    match version {
        version::UNVERSIONED => "template without a version".to_owned(),
        version => format!("template {version}"),
    }
}

fn list(comparison: &Comparison, parameters: &[&str]) -> String {
    let mut lines = comparison.lines();
    if !parameters.is_empty() {
        lines.push(format!("values of parameters: {}", parameters.join(", ")));
    }
    let more = lines.len().saturating_sub(LISTED);
    lines.truncate(LISTED);
    if more > 0 {
        lines.push(format!("and {more} more"));
    }
    if lines.is_empty() {
        lines.push("nothing but the template's metadata".to_owned());
    }
    lines.iter().map(|line| format!("\n  - {line}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn compare(deployed: &str, new: &str) -> Comparison {
        let read = |text: &str| crate::yaml::load(text).unwrap().unwrap();
        Comparison::new(Some(&read(deployed)), &read(new))
    }

    #[test]
    fn long_lists_are_cut() {
        let resources: String = (0..20).map(|n| format!("R{n:02}: {{}}, ")).collect();
        let compared = compare("Resources: {}", &format!("Resources: {{{resources}}}"));
        let text = list(&compared, &["Schedule"]);
        assert!(text.starts_with("\n  - R00\n  - R01\n"), "{text}");
        assert!(text.ends_with("\n  - R11\n  - and 9 more"), "{text}");
        assert_eq!(list(&compare("A: b", "A: b"), &[]), "\n  - nothing but the template's metadata");
        assert_eq!(origin(version::UNVERSIONED), "template without a version");
        assert_eq!(origin("v1.2"), "template v1.2");
        assert_eq!(list(&compare("A: b", "A: b"), &["TaskCPU"]), "\n  - values of parameters: TaskCPU");
    }
}
