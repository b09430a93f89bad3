//! Values of flags, parsed as scripts written for the old tool expect (`spec/deploy.md §1.5`).

use std::collections::BTreeMap;

/// A boolean flag's optional value: `--detach`, `--detach=false`. Accepts what Go's `ParseBool` does.
pub fn parse_bool(text: &str) -> Result<bool, String> {
    match text {
        "1" | "t" | "T" | "true" | "TRUE" | "True" => Ok(true),
        "0" | "f" | "F" | "false" | "FALSE" | "False" => Ok(false),
        _ => Err("expected true or false".to_owned()),
    }
}

/// One occurrence of `--resource-tags`.
///
/// With exactly one `=` the whole text is one pair, commas and all; with more it is one CSV record
/// of pairs, each split at its first `=`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tags(pub BTreeMap<String, String>);

/// Parses one occurrence of `--resource-tags`.
pub fn parse_tags(text: &str) -> Result<Tags, String> {
    let malformed = |part: &str| format!("`{part}` is not of the form key=value");
    let fields = match text.matches('=').count() {
        0 => return Err(malformed(text)),
        1 => vec![text.trim_matches('"').to_owned()],
        _ => csv_fields(text)?,
    };
    fields
        .iter()
        .map(|field| {
            // AWS takes no tag without a key, but would say so only after images were pushed.
            let (key, value) =
                field.split_once('=').filter(|(key, _)| !key.is_empty()).ok_or_else(|| malformed(field))?;
            Ok((key.to_owned(), value.to_owned()))
        })
        .collect::<Result<_, String>>()
        .map(Tags)
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
        parse_tags(text).unwrap().0.into_iter().collect()
    }

    fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect()
    }

    #[test]
    fn tags_follow_the_old_rules() {
        for (text, expected) in [
            ("a=b", pairs(&[("a", "b")])),
            ("a=b,c", pairs(&[("a", "b,c")])),
            ("\"a=b\"", pairs(&[("a", "b")])),
            ("a=b,c=d", pairs(&[("a", "b"), ("c", "d")])),
            ("a=b=c", pairs(&[("a", "b=c")])),
            ("\"a=1,2\",c=d", pairs(&[("a", "1,2"), ("c", "d")])),
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
    fn booleans_are_go_booleans() {
        assert_eq!(parse_bool("T"), Ok(true));
        assert_eq!(parse_bool("0"), Ok(false));
        assert!(parse_bool("yes").is_err());
    }
}
