//! Values of flags, parsed as scripts written for the old tool expect.

use std::collections::BTreeMap;

use crate::context::Context;
use crate::error::Result as CommandResult;
use crate::workspace::Workspace;

/// The value of a flag; an empty one counts as not given.
pub(super) fn given(value: Option<String>) -> Option<String> {
    value.filter(|value| !value.is_empty())
}

/// The application that a command in a workspace is about: the one of the flag, or else the workspace's.
pub(super) fn application(flag: Option<String>, workspace: &Workspace) -> CommandResult<String> {
    given(flag).map_or_else(|| workspace.application(), Ok)
}

/// The same for a command that can be run anywhere; `None` outside of a workspace.
pub(super) fn application_anywhere(flag: Option<String>, context: &Context) -> CommandResult<Option<String>> {
    match given(flag) {
        Some(app) => Ok(Some(app)),
        None => Workspace::application_of(&context.cwd),
    }
}

/// One occurrence of `--resource-tags`.
///
/// With exactly one `=` the whole text is one pair, commas and all; with more it is one CSV record
/// of pairs, each split at its first `=`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Tags(pub BTreeMap<String, String>);

/// Parses one occurrence of `--resource-tags`.
pub(super) fn parse_tags(text: &str) -> Result<Tags, String> {
    let tags = split_tags(text)?;
    tags.iter().try_for_each(|(key, value)| check_tag(key, value))?;
    Ok(Tags(tags))
}

fn split_tags(text: &str) -> Result<BTreeMap<String, String>, String> {
    let malformed = |part: &str| format!("`{part}` is not of the form key=value");
    let fields = match text.matches('=').count() {
        0 => return Err(malformed(text)),
        1 => vec![text.trim_matches('"').to_owned()],
        _ => csv_fields(text)?,
    };
    let pair = |field: &String| {
        // AWS takes no tag without a key, but would say so only after images were pushed.
        let pair = field.split_once('=').filter(|(key, _)| !key.is_empty());
        pair.map(|(key, value)| (key.to_owned(), value.to_owned())).ok_or_else(|| malformed(field))
    };
    fields.iter().map(pair).collect()
}

/// Refuses what AWS takes for no tag. The narrowest service decides: the tags also go to the job's roles, and IAM knows fewer
/// characters than others.
fn check_tag(key: &str, value: &str) -> Result<(), String> {
    const LONGEST_KEY: usize = 128;
    const LONGEST_VALUE: usize = 256;
    let is_taken =
        |c: char| c.is_alphanumeric() || (c.is_whitespace() && !c.is_control()) || "_.:/=+-@".contains(c);
    let foreign = |text: &str| text.chars().find(|c| !is_taken(*c));
    if key.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("aws:")) {
        return Err(format!("the key `{key}` begins with `aws:`, which AWS keeps for itself"));
    }
    if let Some(c) = foreign(key) {
        return Err(format!("the key `{}` holds {}, {ALLOWED}", key.escape_debug(), described(c)));
    }
    let length = key.chars().count();
    if length > LONGEST_KEY {
        return Err(format!("the key `{key}` has {length} characters, and AWS takes {LONGEST_KEY} at most"));
    }
    if let Some(c) = foreign(value) {
        return Err(format!("the value of `{key}` holds {}, {ALLOWED}", described(c)));
    }
    let length = value.chars().count();
    if length > LONGEST_VALUE {
        return Err(format!(
            "the value of `{key}` has {length} characters, and AWS takes {LONGEST_VALUE} at most"
        ));
    }
    Ok(())
}

const ALLOWED: &str = "and AWS takes letters, digits, blanks and _ . : / = + - @ only";

fn described(c: char) -> String {
    match c {
        '\n' | '\r' => "a line break".to_owned(),
        c => format!("`{}`", c.escape_debug()),
    }
}

/// Splits one CSV record; a field in double quotes may hold commas, and `""` for a quote.
fn csv_fields(record: &str) -> Result<Vec<String>, String> {
    let mut fields = Vec::new();
    let mut rest = record;
    loop {
        let (field, after) = if let Some(quoted) = rest.strip_prefix('"') {
            quoted_field(quoted).ok_or_else(|| format!("`{record}` has an unclosed double quote"))?
        } else {
            let end = rest.find(',').unwrap_or(rest.len());
            (rest[..end].to_owned(), &rest[end..])
        };
        fields.push(field);
        match after.strip_prefix(',') {
            Some(next) => rest = next,
            None if after.is_empty() => return Ok(fields),
            None => return Err(format!("`{record}` has text after a closing double quote")),
        }
    }
}

/// The content of a quoted field whose opening quote is gone, and what follows its closing quote.
fn quoted_field(text: &str) -> Option<(String, &str)> {
    let mut field = String::new();
    let mut rest = text;
    loop {
        let (before, after) = rest.split_once('"')?;
        field.push_str(before);
        match after.strip_prefix('"') {
            Some(next) => {
                field.push('"');
                rest = next;
            }
            None => return Some((field, after)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tags(text: &str) -> Vec<(String, String)> {
        split_tags(text).unwrap().into_iter().collect()
    }

    fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect()
    }

    #[test]
    fn tags_follow_the_old_rules() {
        for (text, expected) in [
            ("a=b", pairs(&[("a", "b")])),
            ("a=b,c", pairs(&[("a", "b,c")])),
            ("\"a=1,2\",c=d", pairs(&[("a", "1,2"), ("c", "d")])),
            ("\"a=b\"", pairs(&[("a", "b")])),
            ("a=b,c=d", pairs(&[("a", "b"), ("c", "d")])),
            ("a=b=c", pairs(&[("a", "b=c")])),
            ("\"a=say \"\"hi\"\"\",c=d", pairs(&[("a", "say \"hi\""), ("c", "d")])),
            ("a=,b=", pairs(&[("a", ""), ("b", "")])),
            (
                "source/revision=bb133e7,deployment/initiator=manual",
                pairs(&[("deployment/initiator", "manual"), ("source/revision", "bb133e7")]),
            ),
        ] {
            assert_eq!(tags(text), expected, "{text}");
        }
    }

    #[test]
    fn malformed_tags_are_refused() {
        for text in ["", "a", "=b", "a=b,=c", "a,b", "a=b,c,d=e", "\"a=b,c=d", "\"a=b\"x,c=d"] {
            assert!(parse_tags(text).is_err(), "{text}");
        }
    }

    #[test]
    fn tags_that_aws_refuses_are_refused() {
        let (long, value) = (format!("{}=x", "k".repeat(129)), format!("a={}", "v".repeat(257)));
        let told =
            ["aws:team=x", "AWS:team=x", &long, &value, "a=b\nc", "a=1,b=x\r", "a=b|c", "te#am=x", "a=\u{7}"]
                .map(|text| parse_tags(text).unwrap_err());
        insta::assert_snapshot!(told.join("\n").replace(&"k".repeat(129), "KEY"), @r"
        the key `aws:team` begins with `aws:`, which AWS keeps for itself
        the key `AWS:team` begins with `aws:`, which AWS keeps for itself
        the key `KEY` has 129 characters, and AWS takes 128 at most
        the value of `a` has 257 characters, and AWS takes 256 at most
        the value of `a` holds a line break, and AWS takes letters, digits, blanks and _ . : / = + - @ only
        the value of `b` holds a line break, and AWS takes letters, digits, blanks and _ . : / = + - @ only
        the value of `a` holds `|`, and AWS takes letters, digits, blanks and _ . : / = + - @ only
        the key `te#am` holds `#`, and AWS takes letters, digits, blanks and _ . : / = + - @ only
        the value of `a` holds `\u{7}`, and AWS takes letters, digits, blanks and _ . : / = + - @ only
        ");
        let (longest, widest) = (format!("{}=x", "k".repeat(128)), format!("a={}", "\u{e9}".repeat(256)));
        for text in ["aws=x", "xaws:a=b", "a=aws:b", "a b=c d", "\u{1f30}=\u{65e5}", &longest, &widest] {
            assert!(parse_tags(text).is_ok(), "{text}");
        }
    }
}
