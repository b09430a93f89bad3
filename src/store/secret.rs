//! Secrets: encrypted parameters of an environment, which its jobs read as environment variables.

use std::fmt;

/// Longest name of a secret, in characters.
const LONGEST_NAME: usize = 2029;
/// Longest name of a parameter, in characters, with what its ARN has before it.
const LONGEST_PARAMETER: usize = 1011;
/// The largest value of a parameter of the standard tier, in bytes.
pub const STANDARD: usize = 4096;
/// The largest value of a parameter of the advanced tier, in bytes.
pub const ADVANCED: usize = 8192;

/// Path below which an environment's secrets lie.
pub fn secrets_path(app: &str, env: &str) -> String {
    format!("/copilot/{app}/{env}/secrets/")
}

/// Parameter that holds a secret.
pub fn secret_parameter(app: &str, env: &str, name: &str) -> String {
    format!("{}{name}", secrets_path(app, env))
}

/// The parameter's name as a manifest has it, where it stands for the one of each environment.
pub fn secret_reference(name: &str) -> String {
    secret_parameter("${COPILOT_APPLICATION_NAME}", "${COPILOT_ENVIRONMENT_NAME}", name)
}

/// The tags without which the jobs of an environment may not read a secret.
pub fn secret_tags(app: &str, env: &str) -> [(&'static str, String); 2] {
    [("copilot-application", app.to_owned()), ("copilot-environment", env.to_owned())]
}

/// A value that is never shown: not in messages, not in debug output.
#[derive(Clone, PartialEq, Eq)]
pub struct SecretValue(String);

impl SecretValue {
    /// Hides a text.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text itself, for the call that stores it.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Whether only the advanced tier takes it.
    pub fn needs_advanced_tier(&self) -> bool {
        self.0.len() > STANDARD
    }

    /// How long it is, for people who want to see that nothing is missing.
    pub fn length(&self) -> String {
        let characters = self.0.chars().count();
        let plural = |count: usize| if count == 1 { "" } else { "s" };
        let lines = self.0.lines().count();
        let length = format!("{characters} character{}", plural(characters));
        if lines > 1 { format!("{length} in {lines} lines") } else { length }
    }

    /// Says why the value cannot be a secret, without telling any of it.
    ///
    /// # Errors
    /// What is wrong, as a clause.
    pub fn check(&self) -> Result<(), String> {
        let text = self.0.as_str();
        if text.is_empty() {
            return Err("its value is empty, and a parameter cannot be".to_owned());
        }
        if text.contains('\0') {
            return Err("its value has a NUL character, which an environment variable cannot hold".to_owned());
        }
        let nested = text.split_once("{{").is_some_and(|(_, rest)| rest.contains("}}"));
        if nested {
            return Err(
                "its value has text in double braces ({{…}}), which Parameter Store refuses".to_owned()
            );
        }
        if text.len() > ADVANCED {
            return Err(format!(
                "its value has {} bytes, and Parameter Store takes {ADVANCED} at most",
                text.len()
            ));
        }
        Ok(())
    }
}

impl fmt::Debug for SecretValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretValue(…)")
    }
}

/// A secret to be stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Secret {
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: SecretValue,
}

/// Says what is wrong with a secret's name.
///
/// # Errors
/// What is wrong, as a clause that does not repeat the name: it may be part of a value that was mistaken for one.
pub fn check_secret_name(name: &str) -> Result<(), String> {
    let is_allowed = |c: char| c.is_ascii_alphanumeric() || "_.-".contains(c);
    let length = name.chars().count();
    match name.chars().find(|c| !is_allowed(*c)) {
        _ if name.is_empty() => Err("it is empty".to_owned()),
        Some(c) if c.is_whitespace() => Err(format!("it has a blank in it ({}), {ALLOWED}", code_point(c))),
        Some(c) => Err(format!("it has a character that is not allowed ({}), {ALLOWED}", code_point(c))),
        None if length > LONGEST_NAME => {
            Err(format!("it has {length} characters, and {LONGEST_NAME} are allowed"))
        }
        None => Ok(()),
    }
}

const ALLOWED: &str = "and only the letters a to z and A to Z, digits and _ . - are";

fn code_point(c: char) -> String {
    format!("U+{:04X}", u32::from(c))
}

/// Says whether the whole name of a secret's parameter is too long for its environment.
///
/// # Errors
/// What is wrong, as a clause.
pub fn check_parameter_name(
    parameter: &str,
    region: &str,
    account: &str,
    partition: &str,
) -> Result<(), String> {
    let length = format!("arn:{partition}:ssm:{region}:{account}:parameter{parameter}").chars().count();
    if length > LONGEST_PARAMETER {
        return Err(format!(
            "the ARN of its parameter would have {length} characters, and Parameter Store takes {LONGEST_PARAMETER}"
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        for name in ["A", "db_password", "a.b-c_9", &"x".repeat(2029)] {
            assert_eq!(check_secret_name(name), Ok(()), "{name}");
        }
        let long = "x".repeat(2030);
        let told = ["", "a b", "a/b", "k\u{a0}", "k\u{200b}", "\u{feff}k", "k\t", "é", &long]
            .map(|name| check_secret_name(name).unwrap_err());
        insta::assert_snapshot!(told.join("\n"), @"
        it is empty
        it has a blank in it (U+0020), and only the letters a to z and A to Z, digits and _ . - are
        it has a character that is not allowed (U+002F), and only the letters a to z and A to Z, digits and _ . - are
        it has a blank in it (U+00A0), and only the letters a to z and A to Z, digits and _ . - are
        it has a character that is not allowed (U+200B), and only the letters a to z and A to Z, digits and _ . - are
        it has a character that is not allowed (U+FEFF), and only the letters a to z and A to Z, digits and _ . - are
        it has a blank in it (U+0009), and only the letters a to z and A to Z, digits and _ . - are
        it has a character that is not allowed (U+00E9), and only the letters a to z and A to Z, digits and _ . - are
        it has 2030 characters, and 2029 are allowed
        ");
    }

    #[test]
    fn values() {
        let told = |text: &str| SecretValue::new(text).check().err().unwrap_or_else(|| "fine".to_owned());
        let (large, too_large) = ("a".repeat(8192), "a".repeat(8193));
        let values = ["x", "{{", "}} {{", "{\"a\":{\"b\":{}}}", &large, "", "a\0b", "a {{ b }}", &too_large];
        insta::assert_snapshot!(values.map(told).join("\n"), @"
        fine
        fine
        fine
        fine
        fine
        its value is empty, and a parameter cannot be
        its value has a NUL character, which an environment variable cannot hold
        its value has text in double braces ({{…}}), which Parameter Store refuses
        its value has 8193 bytes, and Parameter Store takes 8192 at most
        ");
        assert!(!SecretValue::new("a".repeat(4096)).needs_advanced_tier());
        assert!(SecretValue::new("a".repeat(4097)).needs_advanced_tier());
    }

    #[test]
    fn lengths() {
        let told = ["a", "日本", "a\nb\n", "a\r\nb", "\n"].map(|text| SecretValue::new(text).length());
        insta::assert_snapshot!(told.join("\n"), @"
        1 character
        2 characters
        4 characters in 2 lines
        4 characters in 2 lines
        1 character
        ");
    }

    #[test]
    fn values_are_not_in_debug_output() {
        let secret = Secret { name: "A".to_owned(), value: SecretValue::new("hunter2") };
        assert_eq!(format!("{secret:?}"), "Secret { name: \"A\", value: SecretValue(…) }");
    }

    #[test]
    fn parameters_that_are_too_long() {
        let name = secret_parameter("demo", "test", &"x".repeat(1000));
        insta::assert_snapshot!(
            check_parameter_name(&name, "us-west-2", "111111111111", "aws").unwrap_err(),
            @"the ARN of its parameter would have 1071 characters, and Parameter Store takes 1011"
        );
        let name = secret_parameter("demo", "test", "x");
        assert_eq!(check_parameter_name(&name, "us-west-2", "111111111111", "aws"), Ok(()));
    }
}
