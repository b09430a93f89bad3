//! What AWS takes as names of storage. A wrong one would be told in the middle of a deployment, so it is told before a file is
//! written.

use super::Kind;
use super::cluster::Engine;
use crate::template::cfn::names::logical_id_safe;

/// A cluster's identifier is made of its logical id, which ends in `DBCluster`, and has 63 characters at most.
const LONGEST_CLUSTER: usize = 63 - "DBCluster".len();

/// Checks the name of storage.
///
/// # Errors
/// What is wrong with it.
pub fn storage(kind: Kind, name: &str) -> Result<(), String> {
    match kind {
        Kind::S3 => bucket(name),
        Kind::DynamoDb => table(name),
        Kind::Aurora => cluster(name),
    }?;
    if name == "addons.parameters" {
        return Err(format!("`{name}` is the name of the file with the addons' parameters"));
    }
    let id = logical_id_safe(name);
    if id.is_empty() {
        return Err(format!("`{name}` has no letter and no digit, which resources are named by"));
    }
    if kind == Kind::DynamoDb && ["App", "Env", "Name"].contains(&id.as_str()) {
        return Err(format!("`{name}` would give the table the name of a parameter of every template, {id}"));
    }
    Ok(())
}

fn bucket(name: &str) -> Result<(), String> {
    const ALLOWED: &str = "a bucket's name has 3 to 63 lower-case letters, digits, `.` and `-`";
    length(name, 3, 63, ALLOWED)?;
    characters(name, |c| c.is_ascii_lowercase() || c.is_ascii_digit() || ".-".contains(c), ALLOWED)?;
    let is_mark = |c: char| ".-".contains(c);
    if name.starts_with(is_mark) || name.ends_with(is_mark) {
        return Err(format!(
            "`{name}` does not begin and end with a letter or digit, as a bucket's name does"
        ));
    }
    let mut neighbours = name.chars().zip(name.chars().skip(1));
    if neighbours.any(|(a, b)| is_mark(a) && is_mark(b)) {
        return Err(format!("`{name}` has two of `.` and `-` in a row, which a bucket's name must not have"));
    }
    let is_number = |part: &str| part.len() <= 3 && part.bytes().all(|byte| byte.is_ascii_digit());
    if name.split('.').count() == 4 && name.split('.').all(is_number) {
        return Err(format!("`{name}` is an IP address, which a bucket's name must not be"));
    }
    Ok(())
}

fn table(name: &str) -> Result<(), String> {
    const ALLOWED: &str = "a table's name has 3 to 255 letters of a to z, digits, `_`, `.` and `-`";
    length(name, 3, 255, ALLOWED)?;
    characters(name, |c| c.is_ascii_alphanumeric() || "_.-".contains(c), ALLOWED)
}

fn cluster(name: &str) -> Result<(), String> {
    let allowed = format!(
        "a cluster's name has 1 to {LONGEST_CLUSTER} letters of a to z, digits, `_`, `.` and `-`, and begins with a letter"
    );
    length(name, 1, LONGEST_CLUSTER, &allowed)?;
    characters(name, |c| c.is_ascii_alphanumeric() || "_.-".contains(c), &allowed)?;
    begins_with_letter(name, &allowed)
}

/// Checks the name of a key.
///
/// # Errors
/// What is wrong with it.
pub fn attribute(name: &str) -> Result<(), String> {
    length(name, 1, 255, "an attribute's name has 1 to 255 bytes")?;
    match name.chars().find(|c| c.is_whitespace() || c.is_control()) {
        Some(_) => Err(format!("`{}` holds a blank, which no key's name has", name.escape_debug())),
        None => Ok(()),
    }
}

/// Checks the name of another sort key, which its index is named after.
///
/// # Errors
/// What is wrong with it.
pub fn index(name: &str) -> Result<(), String> {
    const ALLOWED: &str = "an index is named after its key, and its name has 3 to 255 letters of a to z, digits, `_`, `.` and `-`";
    length(name, 3, 255, ALLOWED)?;
    characters(name, |c| c.is_ascii_alphanumeric() || "_.-".contains(c), ALLOWED)
}

/// Checks the name of a cluster's first database.
///
/// # Errors
/// What is wrong with it.
pub fn database(engine: Engine, name: &str) -> Result<(), String> {
    let (longest, taken): (_, &[&str]) = match engine {
        Engine::MySql => (64, &["information_schema", "mysql", "performance_schema", "sys"]),
        Engine::PostgreSql => (63, &["rdsadmin", "template0", "template1"]),
    };
    let allowed = format!(
        "a {engine} database's name has 1 to {longest} letters of a to z, digits and `_`, and begins with a letter"
    );
    length(name, 1, longest, &allowed)?;
    characters(name, |c| c.is_ascii_alphanumeric() || c == '_', &allowed)?;
    begins_with_letter(name, &allowed)?;
    match taken.contains(&name.to_ascii_lowercase().as_str()) {
        true => Err(format!("`{name}` is a database that every {engine} cluster has for itself")),
        false => Ok(()),
    }
}

/// Checks the name of a parameter group.
///
/// # Errors
/// What is wrong with it.
pub fn parameter_group(name: &str) -> Result<(), String> {
    // Those of AWS, `default.aurora-mysql8.0`, have dots besides.
    const ALLOWED: &str =
        "a parameter group's name has 1 to 255 letters of a to z, digits and `-`, and begins with a letter";
    length(name, 1, 255, ALLOWED)?;
    characters(name, |c| c.is_ascii_alphanumeric() || "-.".contains(c), ALLOWED)?;
    begins_with_letter(name, ALLOWED)?;
    match name.ends_with('-') || name.contains("--") {
        true => Err(format!(
            "`{name}` ends with `-` or has two of them in a row, which no parameter group's name does"
        )),
        false => Ok(()),
    }
}

fn length(name: &str, shortest: usize, longest: usize, allowed: &str) -> Result<(), String> {
    match name.len() {
        0 => Err(format!("it is empty: {allowed}")),
        n if n < shortest => Err(format!("`{name}` is too short: {allowed}")),
        n if n > longest => Err(format!("`{name}` is too long: {allowed}")),
        _ => Ok(()),
    }
}

fn characters(name: &str, is_allowed: impl Fn(char) -> bool, allowed: &str) -> Result<(), String> {
    match name.chars().find(|c| !is_allowed(*c)) {
        Some(c) => Err(format!("`{}` holds `{}`: {allowed}", name.escape_debug(), c.escape_debug())),
        None => Ok(()),
    }
}

fn begins_with_letter(name: &str, allowed: &str) -> Result<(), String> {
    match name.starts_with(|c: char| c.is_ascii_alphabetic()) {
        true => Ok(()),
        false => Err(format!("`{name}` does not begin with a letter: {allowed}")),
    }
}
