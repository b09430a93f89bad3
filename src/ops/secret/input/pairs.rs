//! The text of `--values`: `ENV=VALUE,ENV=VALUE`.
//!
//! Values may hold commas and equals signs. Only the first `=` of a pair splits it. A comma begins another pair when an
//! environment of the application and `=` follow; when something follows that could be the misspelt name of one, the text is
//! refused. A pair in double quotes ends with them, and `""` in it is a quote: that is how the old tool took commas.

use crate::store::SecretValue;

/// Splits the text by the environments there are.
///
/// # Errors
/// What is wrong, without anything of the text: all of it may be secret.
pub(super) fn split(text: &str, environments: &[&str]) -> Result<Vec<(String, SecretValue)>, String> {
    let mut pairs: Vec<(String, SecretValue)> = Vec::new();
    let mut rest = text;
    loop {
        let number = pairs.len() + 1;
        let (pair, behind) = match rest.strip_prefix('"') {
            Some(quoted) => quoted_pair(quoted)
                .ok_or_else(|| format!("the quote before pair {number} is never closed"))?,
            None => plain_pair(rest, environments, number)?,
        };
        let (env, value) =
            pair.split_once('=').ok_or_else(|| format!("pair {number} is not of the form ENV=VALUE"))?;
        let Some(known) = environments.iter().find(|known| **known == env) else {
            return Err(format!("pair {number} does not begin with the name of an environment"));
        };
        if pairs.iter().any(|(env, _)| env == known) {
            return Err(format!("environment {known} is given twice"));
        }
        pairs.push(((*known).to_owned(), SecretValue::new(value)));
        match behind {
            "" => return Ok(pairs),
            behind => {
                rest = behind
                    .strip_prefix(',')
                    .ok_or_else(|| format!("there is text behind the closing quote of pair {number}"))?;
            }
        }
    }
}

/// The pair that a text begins with, and what follows, which is empty or begins with a comma.
fn plain_pair<'a>(text: &'a str, environments: &[&str], number: usize) -> Result<(String, &'a str), String> {
    for (at, _) in text.match_indices(',') {
        let (pair, behind) = text.split_at_checked(at).unwrap_or((text, ""));
        let next = behind.strip_prefix(',').unwrap_or_default();
        let Some((word, _)) = next.strip_prefix('"').unwrap_or(next).split_once('=') else { continue };
        if environments.contains(&word) {
            return Ok((pair.to_owned(), behind));
        }
        if environments.contains(&word.trim()) {
            return Err(format!("a blank follows the comma behind pair {number}"));
        }
        if looks_like_a_name(word) {
            return Err(format!(
                "what follows a comma in pair {number} looks like an environment that there is not"
            ));
        }
    }
    Ok((text.to_owned(), ""))
}

fn looks_like_a_name(word: &str) -> bool {
    word.starts_with(|c: char| c.is_ascii_alphabetic())
        && word.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_')
}

/// The same of a text whose opening quote is gone.
fn quoted_pair(text: &str) -> Option<(String, &str)> {
    let mut pair = String::new();
    let mut rest = text;
    loop {
        let (before, behind) = rest.split_once('"')?;
        pair.push_str(before);
        match behind.strip_prefix('"') {
            Some(next) => {
                pair.push('"');
                rest = next;
            }
            None => return Some((pair, behind)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &str) -> String {
        match split(text, &["prod", "test"]) {
            Ok(pairs) => {
                let shown = |(env, value): &(String, SecretValue)| format!("{env}={:?}", value.expose());
                pairs.iter().map(shown).collect::<Vec<_>>().join(" ")
            }
            Err(message) => message,
        }
    }

    #[test]
    fn what_the_text_holds() {
        for (text, want) in [
            ("test=a", r#"test="a""#),
            ("test=a,prod=b", r#"test="a" prod="b""#),
            ("test=https://example.com/x?a=b", r#"test="https://example.com/x?a=b""#),
            ("test=file:///etc/hostname,prod=@x", r#"test="file:///etc/hostname" prod="@x""#),
            ("test=a,b", r#"test="a,b""#),
            ("test=a,b,prod=c,d", r#"test="a,b" prod="c,d""#),
            ("test=a,", r#"test="a,""#),
            ("test={\"a\":1,\"b\":\"x=y\"}", r#"test="{\"a\":1,\"b\":\"x=y\"}""#),
            ("\"test=a,key=b\",prod=c", r#"test="a,key=b" prod="c""#),
            ("\"test=say \"\"hi\"\"\"", r#"test="say \"hi\"""#),
            ("test=\"a\"", r#"test="\"a\"""#),
            ("test= a ", r#"test=" a ""#),
            ("test=", r#"test="""#),
            ("test=a==", r#"test="a==""#),
        ] {
            assert_eq!(told(text), want, "{text}");
        }
    }

    #[test]
    fn texts_that_are_refused() {
        let texts = [
            "",
            "hunter2",
            "hunter2==",
            "staging=hunter2",
            "test=a,hunter=b",
            "test=a,test=hunter2",
            "\"test=hunter2",
            "\"test=hunter2\"hunter3",
            "test=a,\"prdo=hunter2\"",
            "test=a, prod=hunter2",
        ];
        let told = texts.map(told).join("\n");
        assert!(!told.contains("hunter"), "{told}");
        insta::assert_snapshot!(told, @"
        pair 1 is not of the form ENV=VALUE
        pair 1 is not of the form ENV=VALUE
        pair 1 does not begin with the name of an environment
        pair 1 does not begin with the name of an environment
        what follows a comma in pair 1 looks like an environment that there is not
        environment test is given twice
        the quote before pair 1 is never closed
        there is text behind the closing quote of pair 1
        what follows a comma in pair 1 looks like an environment that there is not
        a blank follows the comma behind pair 1
        ");
    }
}
