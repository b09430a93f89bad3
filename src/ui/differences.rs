//! What a deployment would change, for people: the template on stdout as the old tool wrote it, everything else in
//! lines for stderr.

use std::io;

use super::clean;
use super::paint::Paint;
use crate::diff::differences::{Differences, ValueChange};
use crate::diff::{Diff, Meaning, colour};

/// Columns of a line with two values; longer ones take two lines.
const WIDE: usize = 78;

/// Writes what differs between the templates to stdout.
///
/// # Errors
/// When stdout does not take it.
pub(super) fn write(differences: &Differences, colours: bool) -> io::Result<()> {
    let segments = clean::segments(differences.template.segments());
    let text = match (differences.template.is_empty(), colours) {
        (true, _) => "No changes.\n".to_owned(),
        (false, true) => colour::ansi(&segments),
        (false, false) => segments.iter().map(|segment| segment.text.as_str()).collect(),
    };
    super::data::write(&text)
}

/// What a comparison of templates does not show, line by line.
pub(super) fn lines(differences: &Differences, paint: Paint) -> Vec<String> {
    let parameters = differences.parameters.iter().flat_map(|change| value(change, paint));
    let tags = differences.tags.iter().flat_map(|change| value(change, paint));
    let addons = differences.addons.iter().flat_map(|addons| template(addons, paint));
    let images = differences.images.iter().map(|image| {
        let reference = clean::text(&image.reference);
        paint.yellow(&format!("  ~ {reference} is pushed again under this tag; it may be another image"))
    });
    let replacements = differences.replacements.iter().filter(|replacement| !replacement.harmless);
    let replacements = replacements.map(|replacement| {
        let verb = if replacement.certain { "will" } else { "may" };
        let (id, kind) = (&replacement.logical_id, &replacement.resource_type);
        let properties = replacement.properties.join(", ");
        clean::text(&format!("  {id} ({kind}) {verb} be replaced, as {properties} changes")).into_owned()
    });
    let mut all = block("Parameters:", parameters);
    all.extend(block("Tags:", tags));
    all.extend(block("Addons template:", addons));
    all.extend(block("Images:", images));
    all.extend(block("Replacements:", replacements));
    all
}

/// Lines below a title; nothing without lines.
fn block(title: &str, lines: impl Iterator<Item = String>) -> Vec<String> {
    let lines: Vec<String> = lines.collect();
    if lines.is_empty() { lines } else { std::iter::once(title.to_owned()).chain(lines).collect() }
}

fn value(change: &ValueChange, paint: Paint) -> Vec<String> {
    let change = clean::value(change);
    let key = &change.key;
    if change.hidden {
        return vec![paint.yellow(&format!("  ~ {key}: (hidden; whether it changes cannot be told)"))];
    }
    let words = change.words.as_ref();
    let meaning = |words: Option<&String>| words.map(|words| format!(" ({words})")).unwrap_or_default();
    let old_words = meaning(words.and_then(|words| words.old.as_ref()));
    let new_words = meaning(words.and_then(|words| words.new.as_ref()));
    match (&change.old, &change.new) {
        (Some(old), Some(new)) => {
            let (old, new) = (format!("{}{old_words}", shown(old)), format!("{}{new_words}", shown(new)));
            let whole = format!("  ~ {key}: {old} -> {new}");
            if console::measure_text_width(&whole) <= WIDE {
                return vec![paint.yellow(&whole)];
            }
            vec![paint.yellow(&format!("  ~ {key}: {old}")), paint.yellow(&format!("      -> {new}"))]
        }
        (None, Some(new)) => vec![paint.green(&format!("  + {key}: {}{new_words}", shown(new)))],
        (Some(old), None) => vec![paint.red(&format!("  - {key}: {}{old_words}", shown(old)))],
        (None, None) => Vec::new(),
    }
}

/// A value on one line, where the empty one is seen.
fn shown(value: &str) -> String {
    match value {
        "" => "\"\"".to_owned(),
        value => value.to_owned(),
    }
}

/// The differences of a template, indented.
fn template(diff: &Diff, paint: Paint) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = String::new();
    for segment in clean::segments(diff.segments()) {
        for piece in segment.text.split_inclusive('\n') {
            let text = piece.strip_suffix('\n').unwrap_or(piece);
            line.push_str(&match segment.meaning {
                _ if text.is_empty() => String::new(),
                Meaning::Path => text.to_owned(),
                Meaning::Insertion => paint.green(text),
                Meaning::Deletion => paint.red(text),
                Meaning::Change => paint.yellow(text),
                Meaning::Aside => paint.faint(text),
            });
            if piece.ends_with('\n') {
                lines.push(format!("  {}", std::mem::take(&mut line)));
            }
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::diff::differences::{Contents, ImageChange, Knowledge};

    const OLD: &str = "
Parameters: {Secret: {Type: String, NoEcho: true}}
Resources: {Role: {Type: AWS::IAM::Role, Properties: {RoleName: a}}, Task: {Type: AWS::ECS::TaskDefinition}}";
    const NEW: &str = "
Parameters: {Secret: {Type: String, NoEcho: true}}
Resources: {Role: {Type: AWS::IAM::Role, Properties: {RoleName: b}}, Task: {Type: AWS::ECS::TaskDefinition, Properties: {Cpu: 1}}}";

    fn map(entries: &[(&str, &str)]) -> BTreeMap<String, String> {
        entries.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
    }

    fn everything() -> Differences {
        let long = format!("registry.example/{}:1", "x".repeat(60));
        let old = Contents {
            template: OLD,
            parameters: &map(&[
                ("ContainerImage", &long),
                ("Gone", "1"),
                ("Schedule", "cron(0 9 * * ? *)"),
                ("TaskCPU", "256"),
                ("Secret", "sesame"),
            ]),
            tags: &map(&[("team", "a\u{1b}[2J\nb")]),
            addons: "Resources: {T: {Type: X, Properties: {L: [1, 2]}}}",
        };
        let new = Contents {
            template: NEW,
            parameters: &map(&[
                ("ContainerImage", "registry.example/x@(known after push)"),
                ("Schedule", "rate(5 minutes)"),
                ("TaskCPU", "512"),
                ("Empty", ""),
                ("New", "1"),
                ("Secret", "sesame2"),
            ]),
            tags: &map(&[("team", "")]),
            addons: "Resources: {T: {Type: X, Properties: {L: [1, 3]}}, U: {Type: Y}}",
        };
        let image = ImageChange { container: "x".to_owned(), reference: "registry.example/y:1".to_owned() };
        Differences::new(&old, &new, Knowledge::of_tests()).unwrap().with_images(vec![image])
    }

    #[test]
    fn everything_that_the_template_does_not_tell() {
        let lines = lines(&everything(), Paint(false)).join("\n");
        assert!(!lines.contains("sesame") && !lines.contains('\u{1b}'), "{lines}");
        insta::assert_snapshot!(lines, @r#"
        Parameters:
          ~ ContainerImage: registry.example/xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx:1
              -> registry.example/x@(known after push)
          - Gone: 1
          + New: 1
          ~ Schedule: cron(0 9 * * ? *) (every day at 09:00 UTC)
              -> rate(5 minutes) (every 5 minutes)
          ~ Secret: (hidden; whether it changes cannot be told)
          ~ TaskCPU: 256 -> 512
        Tags:
          ~ team: a⏎b -> ""
        Addons template:
          ~ Resources:
              ~ T:
                  ~ Properties:
                      ~ L:
                          (1 unchanged item)
                          ~ - 2 -> 3
              + U: {Type: Y}
        Images:
          ~ registry.example/y:1 is pushed again under this tag; it may be another image
        Replacements:
          Role (AWS::IAM::Role) will be replaced, as RoleName changes
        "#);
    }

    #[test]
    fn colours_end_with_their_line() {
        let lines = lines(&everything(), Paint(true));
        for line in &lines {
            let plain = console::strip_ansi_codes(line);
            assert!(!plain.contains('\u{1b}') && !line.ends_with("\u{1b}[92m"), "{line:?}");
        }
        assert!(lines.contains(&"\u{1b}[33m  ~ TaskCPU: 256 -> 512\u{1b}[0m".to_owned()), "{lines:?}");
    }

    #[test]
    fn nothing_is_no_line() {
        let (none, side) = (BTreeMap::new(), "Resources: {}");
        let side = Contents { template: side, parameters: &none, tags: &none, addons: "" };
        assert_eq!(
            lines(&Differences::new(&side, &side, Knowledge::of_tests()).unwrap(), Paint(false)),
            [""; 0]
        );
    }
}
