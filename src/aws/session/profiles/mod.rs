//! The files `~/.aws/config` and `~/.aws/credentials`, read as the AWS CLI and the old tool do.
//!
//! The SDK has a stricter reader, which takes indented settings for parts of others, ignores profiles whose names hold
//! blanks, and forgets a whole file because of one line. So the files are read here and handed to the SDK in the form that it
//! understands.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::error::{Error, Result};

/// A setting of a section.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Setting {
    pub value: String,
    /// Settings below one without a value, as `services` and `s3` have them.
    pub nested: Vec<(String, Setting)>,
    /// File and line.
    pub place: String,
}

type Section = BTreeMap<String, Setting>;

/// All profiles of both files, and what belongs to them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Profiles {
    profiles: BTreeMap<String, Section>,
    sso_sessions: BTreeMap<String, Section>,
    services: BTreeMap<String, Section>,
}

/// Which of the two files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Config,
    Credentials,
}

impl Profiles {
    /// Adds a file's content; what it sets replaces what is there.
    ///
    /// # Errors
    /// When a line cannot be understood; names file and line.
    pub(super) fn add(&mut self, file: &str, text: &str, kind: Kind) -> Result<()> {
        let sections = read(file, text)?;
        let prefixed: Vec<String> =
            sections.iter().filter_map(|(title, _)| named(title, "profile")).collect();
        for (title, section) in sections {
            let (group, name) = match kind {
                Kind::Credentials => (&mut self.profiles, named(&title, "profile").unwrap_or(title)),
                Kind::Config => {
                    match ["profile", "sso-session", "services"].map(|word| named(&title, word)) {
                        [Some(name), ..] => (&mut self.profiles, name),
                        [_, Some(name), _] => (&mut self.sso_sessions, name),
                        [.., Some(name)] => (&mut self.services, name),
                        // `[dev]` counts where there is no `[profile dev]`.
                        _ if prefixed.contains(&title) => continue,
                        _ => (&mut self.profiles, title),
                    }
                }
            };
            group.entry(name).or_default().extend(section);
        }
        Ok(())
    }

    /// Whether there is a profile of this name.
    pub(super) fn has(&self, profile: &str) -> bool {
        self.profiles.contains_key(profile)
    }

    /// The names of all profiles.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.profiles.keys().map(String::as_str)
    }

    /// A setting of a profile that says something.
    pub(super) fn setting(&self, profile: &str, key: &str) -> Option<&Setting> {
        self.profiles.get(profile)?.get(key).filter(|setting| !setting.value.is_empty())
    }

    /// The addresses of AWS that a profile sets, each with its name.
    pub(super) fn endpoints(&self, profile: &str) -> Vec<(String, &str, &str)> {
        let own = self.setting(profile, ENDPOINT).into_iter();
        let own = own.map(|set| (ENDPOINT.to_owned(), set.value.as_str(), set.place.as_str()));
        let services = self.setting(profile, "services").and_then(|set| self.services.get(&set.value));
        let services = services.into_iter().flatten().flat_map(|(service, set)| {
            let nested = set.nested.iter().filter(|(key, set)| key == ENDPOINT && !set.value.is_empty());
            nested.map(move |(key, set)| (format!("{service}.{key}"), set.value.as_str(), set.place.as_str()))
        });
        own.chain(services).collect()
    }

    /// Makes a profile get its credentials with a web identity token instead of what it says itself.
    pub(super) fn use_web_identity(&mut self, profile: &str, settings: [(&str, Option<&String>); 3]) {
        let section = self.profiles.entry(profile.to_owned()).or_default();
        section.retain(|key, _| !OF_CREDENTIALS.contains(&key.as_str()));
        for (key, value) in settings {
            if let Some(value) = value {
                section.insert(key.to_owned(), Setting { value: value.clone(), ..Setting::default() });
            }
        }
    }

    /// Makes a profile use its own keys instead of a role that is assumed with them.
    pub(super) fn forget_role(&mut self, profile: &str) {
        const OF_ROLE: [&str; 5] =
            ["role_arn", "source_profile", "mfa_serial", "external_id", "role_session_name"];
        if let Some(section) = self.profiles.get_mut(profile) {
            section.retain(|key, _| !OF_ROLE.contains(&key.as_str()));
        }
    }

    /// Checks what the credentials of a profile need: each profile and session that it names, and a way to sign in that is
    /// known here.
    ///
    /// # Errors
    /// When something is missing or unknown; names file and line.
    pub(super) fn check(&self, profile: &str) -> Result<()> {
        let mut seen = vec![profile];
        let mut current = profile;
        loop {
            self.check_one(current)?;
            let assumes = self.setting(current, "role_arn").is_some();
            let Some(source) = self.setting(current, "source_profile").filter(|_| assumes) else {
                return Ok(());
            };
            if source.value == current {
                return Ok(());
            }
            if !self.has(&source.value) {
                return Err(Error::new(format!(
                    "{}: profile `{current}` takes its credentials from profile `{}` (source_profile), which is not there",
                    source.place, source.value
                ))
                .hint(self.known()));
            }
            if seen.contains(&source.value.as_str()) {
                return Err(Error::new(format!(
                    "{}: profiles take their credentials from each other: {} -> {} (source_profile)",
                    source.place,
                    seen.join(" -> "),
                    source.value
                ))
                .hint("Let one of them have credentials of its own."));
            }
            current = source.value.as_str();
            seen.push(current);
        }
    }

    fn check_one(&self, profile: &str) -> Result<()> {
        let Some(section) = self.profiles.get(profile) else { return Ok(()) };
        let set = |key: &str| section.get(key).filter(|setting| !setting.value.is_empty());
        if let Some(role) = set("role_arn") {
            let sources = ["source_profile", "credential_source", "web_identity_token_file"].map(set);
            if sources.iter().all(Option::is_none) {
                return Err(Error::new(format!(
                    "{}: profile `{profile}` names a role (role_arn) but no credentials to assume it with",
                    role.place
                ))
                .hint("Add source_profile = <profile with credentials>, or credential_source = Ec2InstanceMetadata, EcsContainer or Environment."));
            }
            if let [Some(source), Some(_), _] = sources {
                return Err(Error::new(format!(
                    "{}: profile `{profile}` has both source_profile and credential_source",
                    source.place
                ))
                .hint("Remove one of them."));
            }
        }
        if let Some(session) = set("sso_session") {
            if !self.sso_sessions.contains_key(&session.value) {
                return Err(Error::new(format!(
                    "{}: profile `{profile}` signs in with the session `{}` (sso_session), which is not there",
                    session.place, session.value
                ))
                .hint(format!("Add [sso-session {}] with sso_region and sso_start_url, or run `aws configure sso`.", session.value)));
            }
            if !is_plain(&session.value) {
                return Err(Error::new(format!(
                    "{}: sessions whose names hold blanks or quotes are not supported (sso_session of profile `{profile}`)",
                    session.place
                ))
                .hint("Give the session a name of letters, digits and hyphens."));
            }
        }
        let has_keys = set("aws_access_key_id").is_some();
        let others = ["role_arn", "credential_process", "sso_start_url", "sso_session"].map(set);
        if let Some(login) = set("login_session").filter(|_| !has_keys && others.iter().all(Option::is_none))
        {
            return Err(Error::new(format!(
                "{}: profile `{profile}` is signed in with `aws login` (login_session), which this program cannot use by itself",
                login.place
            ))
            .hint(format!(
                "Run `eval \"$(aws configure export-credentials --profile '{profile}' --format env)\"` in this shell, then run the command again."
            ))
            .hint(format!(
                "Or, for good, add a profile with `credential_process = aws configure export-credentials --profile '{profile}' --format process` and use that one."
            )));
        }
        Ok(())
    }

    /// What to say about the profiles there are.
    pub(super) fn known(&self) -> String {
        let names: Vec<String> = self.names().map(|name| format!("`{name}`")).collect();
        match names.as_slice() {
            [] => "There is no profile at all in ~/.aws/config and ~/.aws/credentials: run `aws configure`."
                .to_owned(),
            _ => format!("The profiles there are: {}.", names.join(", ")),
        }
    }

    /// The text of one file that has everything, for the SDK.
    pub(super) fn to_text(&self) -> String {
        let mut text = String::new();
        let profiles = self.profiles.iter().map(|(name, section)| ("profile ", encoded(name), section));
        let sessions =
            self.sso_sessions.iter().map(|(name, section)| ("sso-session ", name.clone(), section));
        let services = self.services.iter().map(|(name, section)| ("services ", name.clone(), section));
        for (kind, name, section) in profiles.chain(sessions).chain(services) {
            let _ = writeln!(text, "[{kind}{name}]");
            // Of two ways the keys come first for the AWS CLI and the old tool, the program for the SDK.
            let has_keys = section.get("aws_access_key_id").is_some_and(|set| !set.value.is_empty());
            for (key, setting) in section {
                let said = !setting.value.is_empty() || !setting.nested.is_empty();
                if !said || (has_keys && key == "credential_process") {
                    continue;
                }
                let value = match key.as_str() {
                    "source_profile" => encoded(&setting.value),
                    _ => setting.value.clone(),
                };
                let _ = writeln!(text, "{}", format!("{key} = {value}").trim_end());
                for (key, Setting { value, .. }) in &setting.nested {
                    let _ = writeln!(text, "  {}", format!("{key} = {value}").trim_end());
                }
            }
        }
        text
    }
}

const ENDPOINT: &str = "endpoint_url";

/// Settings of a profile that say where its credentials come from.
const OF_CREDENTIALS: [&str; 16] = [
    "aws_access_key_id",
    "aws_secret_access_key",
    "aws_session_token",
    "role_arn",
    "role_session_name",
    "external_id",
    "source_profile",
    "credential_source",
    "web_identity_token_file",
    "credential_process",
    "login_session",
    "sso_session",
    "sso_start_url",
    "sso_region",
    "sso_account_id",
    "sso_role_name",
];

fn is_plain(name: &str) -> bool {
    name.chars().all(|c| c.is_ascii_alphanumeric() || "_-/.%@:+".contains(c))
}

/// A profile's name in the letters that the SDK takes.
pub(super) fn encoded(name: &str) -> String {
    if is_plain(name) {
        return name.to_owned();
    }
    let mut encoded = String::new();
    for byte in name.bytes() {
        match char::from(byte) {
            c if c.is_ascii_alphanumeric() || "_-/.@:+".contains(c) => encoded.push(c),
            _ => drop(write!(encoded, "%{byte:02X}")),
        }
    }
    encoded
}

/// The name in `<word> <name>`, without quotes around it.
fn named(title: &str, word: &str) -> Option<String> {
    let rest = title.strip_prefix(word)?;
    if !rest.starts_with([' ', '\t', '"', '\'']) {
        return None;
    }
    let name = rest.trim();
    let bare = ['"', '\''].iter().find_map(|quote| name.strip_prefix(*quote)?.strip_suffix(*quote));
    Some(bare.unwrap_or(name).to_owned())
}

/// The sections of a file in their order.
fn read(file: &str, text: &str) -> Result<Vec<(String, Section)>> {
    let mut sections: Vec<(String, Section)> = Vec::new();
    // The last setting's name, how far it is indented, and whether settings below it belong to it.
    let mut last: Option<(String, usize, bool)> = None;
    for (number, line) in text.trim_start_matches('\u{feff}').lines().enumerate() {
        let place = format!("{file}, line {}", number + 1);
        let wrong =
            |what: &str, hint: &str| Err(Error::new(format!("{place}: {what}")).hint(hint.to_owned()));
        let content = line.trim();
        if content.is_empty() || content.starts_with(['#', ';']) {
            continue;
        }
        if let Some(title) = content.strip_prefix('[') {
            let Some((title, _)) = title.split_once(']') else {
                return wrong("a section has no closing bracket", "Write it as [default] or [profile name].");
            };
            sections.push((title.trim().to_owned(), Section::new()));
            last = None;
            continue;
        }
        let indent = line.chars().take_while(|c| c.is_whitespace()).count();
        let Some((_, section)) = sections.last_mut() else {
            return wrong(
                "a setting stands before the first section",
                "Put it below [default] or [profile name].",
            );
        };
        let Some(at) = content.find(['=', ':']).filter(|at| *at > 0) else {
            return wrong(
                "this is neither a section nor a setting",
                "Settings are written as `name = value`. Correct or remove the line; `#` in front makes it a comment.",
            );
        };
        let key = content[..at].trim().to_ascii_lowercase();
        let value = value(&key, content[at + 1..].trim());
        match &last {
            Some((parent, column, true)) if indent > *column => {
                section
                    .entry(parent.clone())
                    .or_default()
                    .nested
                    .push((key, Setting { value, nested: Vec::new(), place }));
            }
            _ => {
                last = Some((key.clone(), indent, value.is_empty()));
                section.insert(key, Setting { value, nested: Vec::new(), place });
            }
        }
    }
    Ok(sections)
}

/// A value without a comment behind it and without double quotes around it, which commands need themselves.
fn value(key: &str, text: &str) -> String {
    let mut end = text.len();
    for (at, c) in text.char_indices() {
        let after_blank = text[..at].chars().next_back().is_none_or(char::is_whitespace);
        if matches!(c, '#' | ';') && after_blank {
            end = at;
            break;
        }
    }
    let text = text[..end].trim();
    let quoted = text.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    match quoted {
        Some(inside) if key != "credential_process" && !inside.contains('"') => inside.to_owned(),
        _ => text.to_owned(),
    }
}

#[cfg(test)]
mod tests;
