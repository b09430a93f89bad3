//! Names that users give to what they create.

/// Longest name, in characters.
const LONGEST: usize = 255;

/// Says what is wrong with the name of an application or of what belongs to one.
///
/// # Errors
/// What is wrong, as a clause, with a name that would do where one is near.
pub(crate) fn check(name: &str) -> Result<(), String> {
    let Some(wrong) = fault(name) else { return Ok(()) };
    let near = near(name);
    Err(match fault(&near) {
        None if name.chars().count() <= LONGEST => format!("{wrong}; `{near}` would do"),
        _ => wrong,
    })
}

fn fault(name: &str) -> Option<String> {
    let is_letter = |c: char| c.is_ascii_lowercase();
    let is_allowed = |c: char| is_letter(c) || c.is_ascii_digit() || c == '-';
    let length = name.chars().count();
    if let Some(c) = name.chars().find(|c| !is_allowed(*c)) {
        return Some(format!(
            "it holds `{}`, and only lower-case letters, digits and `-` are allowed",
            c.escape_debug()
        ));
    }
    match name {
        "" => Some("it is empty".to_owned()),
        _ if !name.starts_with(is_letter) => Some("it must begin with a letter".to_owned()),
        _ if length < 2 => Some("it must have at least two characters".to_owned()),
        _ if length > LONGEST => Some(format!("it has {length} characters, and {LONGEST} are allowed")),
        _ if name.contains("--") => Some("it must not have `--` in it".to_owned()),
        _ if name.ends_with('-') => Some("it must not end with `-`".to_owned()),
        _ => None,
    }
}

/// The name with what is not allowed replaced; it need not be one that would do.
pub(crate) fn near(name: &str) -> String {
    let mut near = String::new();
    for c in name.chars() {
        match c.to_ascii_lowercase() {
            c if c.is_ascii_lowercase() || c.is_ascii_digit() => near.push(c),
            _ if near.is_empty() || near.ends_with('-') => {}
            _ => near.push('-'),
        }
    }
    near.trim_end_matches('-').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_are_taken() {
        for name in ["ab", "my-app", "a1", "a-1-b", &"a".repeat(255)] {
            assert_eq!(check(name), Ok(()), "{name}");
        }
    }

    #[test]
    fn names_that_are_refused() {
        let long = "a".repeat(256);
        let names =
            ["", "a", "1a", "-a", "a-", "a--b", "My_App", "shop.de", "a b", "täglich", "9", "A\u{7}b", &long];
        let told = names.map(|name| {
            let shown = if name.len() > 20 { "…" } else { name };
            format!("{shown:?}: {}", check(name).unwrap_err().replace(&"a".repeat(255), "…"))
        });
        insta::assert_snapshot!(told.join("\n"), @r#"
        "": it is empty
        "a": it must have at least two characters
        "1a": it must begin with a letter
        "-a": it must begin with a letter
        "a-": it must not end with `-`
        "a--b": it must not have `--` in it; `a-b` would do
        "My_App": it holds `M`, and only lower-case letters, digits and `-` are allowed; `my-app` would do
        "shop.de": it holds `.`, and only lower-case letters, digits and `-` are allowed; `shop-de` would do
        "a b": it holds ` `, and only lower-case letters, digits and `-` are allowed; `a-b` would do
        "täglich": it holds `ä`, and only lower-case letters, digits and `-` are allowed; `t-glich` would do
        "9": it must begin with a letter
        "A\u{7}b": it holds `A`, and only lower-case letters, digits and `-` are allowed; `a-b` would do
        "…": it has 256 characters, and 255 are allowed
        "#);
    }
}
