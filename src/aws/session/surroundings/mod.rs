//! What the process's surroundings say about credentials, region and the way to AWS, checked and put together in the old
//! tool's order. The SDK is given the outcome instead of the surroundings themselves: it takes an empty variable for a value,
//! and ends the process when an address is none.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use hyper::Uri;
use tokio::io::AsyncReadExt as _;

use super::profiles::{Kind, Profiles, Setting};
use super::proxies::Proxies;
use super::{http, profiles};
use crate::error::{Error, Result};
use crate::{files, text};

/// Environment variables by name. Empty ones count as unset.
pub(crate) type Variables = BTreeMap<String, String>;

/// Everything that a session is made of.
#[derive(Debug)]
pub(super) struct Surroundings {
    /// The variables that the SDK may see.
    pub vars: Variables,
    pub profiles: Profiles,
    /// The profile in use.
    pub profile: String,
    /// The variable that chose it.
    pub chosen_by: Option<&'static str>,
    pub region: Option<String>,
    pub proxies: Proxies,
    /// Certificates to trust instead of the system's, in PEM form.
    pub certificates: Option<Vec<u8>>,
    /// A variable that has one half of an access key.
    pub half_a_key: Option<&'static str>,
}

impl Surroundings {
    /// Puts them together.
    ///
    /// # Errors
    /// When a variable or a setting cannot be meant; the message names it, never its value.
    pub(super) async fn read(vars: Variables) -> Result<Self> {
        let config = read_file(&vars, "AWS_CONFIG_FILE", "config").await;
        let credentials = read_file(&vars, "AWS_SHARED_CREDENTIALS_FILE", "credentials").await;
        let mut surroundings = Self::new(vars, config, credentials)?;
        surroundings.read_certificates().await?;
        Ok(surroundings)
    }

    fn new(mut vars: Variables, config: File, credentials: File) -> Result<Self> {
        vars.retain(|_, value| !value.is_empty());
        for (name, value) in &vars {
            check_variable(name, value)?;
        }
        let half_a_key = settle_keys(&mut vars);
        let region = ["AWS_REGION", "AWS_DEFAULT_REGION"]
            .into_iter()
            .find_map(|name| Some((vars.get(name)?.clone(), format!("the environment variable {name}"))));
        let chosen = ["AWS_PROFILE", "AWS_DEFAULT_PROFILE"]
            .into_iter()
            .find_map(|name| Some((vars.get(name)?.clone(), name)));
        let web_identity = vars.contains_key(TOKEN_FILE) && vars.contains_key(ROLE);
        let complete = vars.contains_key(KEY) || web_identity;
        let mut profiles = match read_profiles(config, credentials) {
            // Where nothing is needed from the files, as in most pipelines, nothing in them is in the way.
            Err(_) if complete && region.is_some() && chosen.is_none() => Profiles::default(),
            read => read?,
        };
        let (profile, chosen_by) = match chosen {
            Some((profile, name)) => (profile, Some(name)),
            None => ("default".to_owned(), None),
        };
        let region = region.or_else(|| {
            let Setting { value, place, .. } = profiles.setting(&profile, "region")?;
            Some((value.clone(), format!("{place}: region of profile `{profile}`")))
        });
        if let Some((region, place)) = &region {
            check_region(region, place)?;
        }
        check_endpoints(&vars, &profiles, &profile)?;
        if web_identity && !vars.contains_key(KEY) {
            // It goes before the profile, which the SDK does the other way round.
            let token = [
                ("web_identity_token_file", vars.get(TOKEN_FILE)),
                ("role_arn", vars.get(ROLE)),
                ("role_session_name", vars.get("AWS_ROLE_SESSION_NAME")),
            ];
            profiles.use_web_identity(&profile, token);
        } else if !complete {
            profiles.check(&profile)?;
        }
        let proxies = Proxies::from_vars(&vars)?;
        let region = region.map(|(region, _)| region);
        Ok(Self { vars, profiles, profile, chosen_by, region, proxies, certificates: None, half_a_key })
    }

    /// Reads the certificates that `AWS_CA_BUNDLE`, or else the profile's `ca_bundle`, names.
    async fn read_certificates(&mut self) -> Result<()> {
        const VARIABLE: &str = "AWS_CA_BUNDLE";
        let setting = self.profiles.setting(&self.profile, "ca_bundle");
        let named = match (self.vars.get(VARIABLE), setting) {
            (Some(path), _) => Some((path.clone(), format!("environment variable {VARIABLE}"))),
            (None, Some(set)) => Some((set.value.clone(), format!("ca_bundle in {}", set.place))),
            (None, None) => None,
        };
        let Some((path, place)) = named else { return Ok(()) };
        let unusable = |problem: String| {
            Error::new(format!("the file of certificates {path} ({place}) {problem}"))
                .hint("It must hold the certificates of the authorities to trust for AWS, as the administrator of your proxy provides them.")
        };
        let read = match expand(&path, &self.vars) {
            Some(path) => read_bounded(&path).await,
            None => Err(std::io::ErrorKind::NotFound.into()),
        };
        let pem = read.map_err(|e| unusable(format!("cannot be read: {e}")))?;
        http::check_certificates(&pem).map_err(unusable)?;
        self.certificates = Some(pem);
        Ok(())
    }

    /// Variables as the SDK takes them.
    pub(super) fn env(&self) -> aws_types::os_shim_internal::Env {
        let vars: Vec<(&str, &str)> = self.vars.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
        aws_types::os_shim_internal::Env::from_slice(&vars)
    }

    /// The profile in use as the SDK names it.
    pub(super) fn encoded_profile(&self) -> String {
        profiles::encoded(&self.profile)
    }
}

const KEY: &str = "AWS_ACCESS_KEY_ID";
const SECRET: &str = "AWS_SECRET_ACCESS_KEY";
const TOKEN_FILE: &str = "AWS_WEB_IDENTITY_TOKEN_FILE";
const ROLE: &str = "AWS_ROLE_ARN";
const ENDPOINT: &str = "AWS_ENDPOINT_URL";

/// A file of profiles: its path as shown, and its content, or why there is none.
struct File {
    shown: String,
    content: Result<Option<Vec<u8>>, String>,
}

/// Reads one of the two files; one that is not there is like an empty one.
async fn read_file(vars: &Variables, variable: &str, name: &str) -> File {
    let named = vars.get(variable).filter(|path| !path.is_empty());
    let shown = named.cloned().unwrap_or_else(|| format!("~/.aws/{name}"));
    let read = match expand(&shown, vars) {
        Some(path) => read_bounded(&path).await,
        None => Err(std::io::ErrorKind::NotFound.into()),
    };
    let content = match read {
        Ok(content) => Ok(Some(content)),
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(e) => Err(e.to_string()),
    };
    File { shown, content }
}

/// A path with the home directory in place of `~`; `None` when there is no home directory. The directory that the user
/// stands in is none: whoever wrote what lies there would choose the credentials, and the program that prints them.
fn expand(path: &str, vars: &Variables) -> Option<PathBuf> {
    let Some(rest) = path.strip_prefix("~/") else { return Some(PathBuf::from(path)) };
    let set = |name| vars.get(name).filter(|home| !home.is_empty());
    let home = ["HOME", "USERPROFILE"].into_iter().find_map(set)?;
    Some(PathBuf::from(home).join(rest))
}

/// Reads what may be a pipe or an empty device as well, but not without end.
async fn read_bounded(path: &Path) -> std::io::Result<Vec<u8>> {
    let mut content = Vec::new();
    let file = tokio::fs::File::open(path).await?;
    file.take(files::TEXT + 1).read_to_end(&mut content).await?;
    if content.len() as u64 > files::TEXT { Err(files::too_large(files::TEXT)) } else { Ok(content) }
}

fn read_profiles(config: File, credentials: File) -> Result<Profiles> {
    let mut profiles = Profiles::default();
    for (File { shown, content }, kind) in [(config, Kind::Config), (credentials, Kind::Credentials)] {
        let content = content.map_err(|e| {
            Error::new(format!("cannot read {shown}: {e}"))
                .hint("It holds the profiles of the AWS CLI. Make it readable, or name another file with AWS_CONFIG_FILE or AWS_SHARED_CREDENTIALS_FILE.")
        })?;
        let Some(content) = content else { continue };
        let text = text::decode(content).map_err(|e| e.error(&shown))?;
        profiles.add(&shown, &text, kind)?;
    }
    Ok(profiles)
}

/// Gives the access key its usual names. One half of a key counts for nothing.
fn settle_keys(vars: &mut Variables) -> Option<&'static str> {
    const NAMES: [[&str; 2]; 2] = [[KEY, "AWS_ACCESS_KEY"], [SECRET, "AWS_SECRET_KEY"]];
    let [id, secret] =
        NAMES.map(|names| names.into_iter().find_map(|name| Some((name, vars.get(name)?.clone()))));
    match (id, secret) {
        (Some((_, id)), Some((_, secret))) => {
            vars.insert(KEY.to_owned(), id);
            vars.insert(SECRET.to_owned(), secret);
            None
        }
        (id, secret) => {
            for name in [KEY, SECRET, "AWS_SESSION_TOKEN"] {
                vars.remove(name);
            }
            id.or(secret).map(|(name, _)| name)
        }
    }
}

/// Refuses values that cannot be meant, before they end up in a header, an address or a path.
fn check_variable(name: &str, value: &str) -> Result<()> {
    /// Variables whose values may hold blanks.
    const PHRASES: [&str; 9] = [
        "AWS_PROFILE",
        "AWS_DEFAULT_PROFILE",
        "AWS_CONFIG_FILE",
        "AWS_SHARED_CREDENTIALS_FILE",
        "AWS_CA_BUNDLE",
        TOKEN_FILE,
        "AWS_CONTAINER_AUTHORIZATION_TOKEN",
        "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
        "AWS_EXECUTION_ENV",
    ];
    const WORDS: [&str; 21] = [
        KEY,
        "AWS_ACCESS_KEY",
        SECRET,
        "AWS_SECRET_KEY",
        "AWS_SESSION_TOKEN",
        "AWS_REGION",
        "AWS_DEFAULT_REGION",
        ROLE,
        "AWS_ROLE_SESSION_NAME",
        "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
        "AWS_CONTAINER_CREDENTIALS_FULL_URI",
        "AWS_EC2_METADATA_DISABLED",
        "AWS_EC2_METADATA_V1_DISABLED",
        "AWS_EC2_METADATA_SERVICE_ENDPOINT",
        "AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE",
        "AWS_USE_FIPS_ENDPOINT",
        "AWS_USE_DUALSTACK_ENDPOINT",
        "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",
        "AWS_ACCOUNT_ID",
        "AWS_ACCOUNT_ID_ENDPOINT_MODE",
        "AWS_SIGV4A_SIGNING_REGION_SET",
    ];
    let (word, phrase) = (WORDS.contains(&name) || name.starts_with(ENDPOINT), PHRASES.contains(&name));
    if !word && !phrase {
        return Ok(());
    }
    let is_quote = |c: char| matches!(c, '"' | '\'');
    let problem = if value.contains(['\n', '\r']) {
        "contains a line break"
    } else if value.chars().any(|c| c.is_control() || c == '\u{fffd}') {
        "contains characters that are not text"
    } else if value.starts_with(is_quote) && value.ends_with(is_quote) || (word && value.contains(is_quote)) {
        "contains quotes"
    } else if value.trim() != value || (word && value.contains(char::is_whitespace)) {
        "contains blanks"
    } else if word && !value.is_ascii() {
        "contains characters that are not ASCII"
    } else {
        return Ok(());
    };
    Err(Error::new(format!("the environment variable {name} {problem}")).hint(format!(
        "Set it again without that. In a file of variables (`docker run --env-file`, systemd) write {name}=value, without quotes and without a blank at the end."
    )))
}

/// A region's name becomes part of the names of hosts.
fn check_region(region: &str, place: &str) -> Result<()> {
    let hyphen = region.starts_with('-') || region.ends_with('-');
    if !hyphen && region.len() <= 63 && region.chars().all(|c| c.is_ascii_alphanumeric() || c == '-') {
        return Ok(());
    }
    Err(Error::new(format!("{place} is not the name of a region"))
        .hint("Write it as in `us-west-2`: letters, digits and hyphens only."))
}

/// Checks every address of AWS that is set.
fn check_endpoints(vars: &Variables, profiles: &Profiles, profile: &str) -> Result<()> {
    let usable = |url: &str| {
        let uri = url.parse::<Uri>().ok();
        uri.is_some_and(|uri| {
            matches!(uri.scheme_str(), Some("http" | "https"))
                && uri.host().is_some_and(|host| !host.is_empty())
        })
    };
    let wrong = |place: &str| {
        Err(Error::new(format!("{place} is not a URL"))
            .hint("Write it with its scheme, as in `http://localhost:4566`, or remove it."))
    };
    if vars.get("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS").is_some_and(|value| value.eq_ignore_ascii_case("true"))
    {
        return Ok(());
    }
    let of_environment = |name: &str| name == ENDPOINT || name.starts_with(&format!("{ENDPOINT}_"));
    if let Some((name, _)) = vars.iter().find(|(name, url)| of_environment(name) && !usable(url)) {
        return wrong(&format!("the environment variable {name}"));
    }
    match profiles.endpoints(profile).into_iter().find(|(_, url, _)| !usable(url)) {
        Some((key, _, place)) => wrong(&format!("{place}: {key}")),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests;
