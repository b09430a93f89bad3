//! The user's registry logins for base images: what `docker login` left in Docker's configuration, and the
//! credential helpers named there. Nothing is ever written to it, and only the registries that a build
//! really needs are looked up. Our own pushes do not use it.

use std::collections::HashMap;
use std::path::PathBuf;
use std::process::Stdio;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::process::Command;
use tokio::sync::Mutex;

use crate::docker::config::{Config, Json};
use crate::ops::port::RegistryCredentials;
use crate::programs::Programs;

/// The name under which logins for Docker Hub are kept.
const HUB: &str = "https://index.docker.io/v1/";
/// How long a credential helper may take; it may have to ask its user.
const HELPER_LIMIT: Duration = Duration::from_secs(60);
/// Bytes of a helper's answer.
const LONGEST_ANSWER: u64 = 1 << 20;
/// User name under which helpers hand out an identity token instead of a password.
const TOKEN_USER: &str = "<token>";

/// Where logins are looked up.
#[derive(Clone, Default)]
pub(crate) struct Logins {
    /// Docker's configuration.
    directory: Option<PathBuf>,
    /// Its settings, read when they are needed first.
    config: Arc<OnceLock<Result<Config, String>>>,
    /// Where helpers are.
    programs: Programs,
}

impl std::fmt::Debug for Logins {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Logins").field("directory", &self.directory).finish_non_exhaustive()
    }
}

#[derive(Deserialize)]
struct Answer {
    #[serde(rename = "Username")]
    username: String,
    #[serde(rename = "Secret")]
    secret: String,
}

impl Logins {
    pub(crate) fn new(directory: Option<PathBuf>, programs: Programs) -> Self {
        Self { directory, config: Arc::default(), programs }
    }

    /// The settings; `None` without a directory for them.
    pub(crate) fn config(&self) -> Option<Result<&Config, String>> {
        let directory = self.directory.as_ref()?;
        Some(self.config.get_or_init(|| Config::read(directory)).as_ref().map_err(Clone::clone))
    }

    /// What is wrong with the settings, as far as that can be told without asking for a login.
    pub(crate) fn problems(&self) -> Vec<String> {
        let helpers = || -> Result<Vec<String>, String> {
            let Some(config) = self.config() else { return Ok(Vec::new()) };
            let config = config?;
            let named = config.map("credHelpers")?;
            let named = named.values().filter_map(|helper| match helper {
                Json::Text(helper) => Some(helper.clone()),
                _ => None,
            });
            let mut helpers: Vec<String> = named
                .chain([config.text("credsStore")?.to_owned()])
                .filter(|name| !name.is_empty())
                .collect();
            helpers.sort();
            helpers.dedup();
            Ok(helpers)
        };
        match helpers() {
            Ok(helpers) => helpers
                .into_iter()
                .map(|helper| format!("docker-credential-{helper}"))
                .filter(|program| self.programs.find(program).is_none())
                .map(|program| format!("{program}, which Docker's configuration names, is not installed"))
                .collect(),
            Err(why) => vec![why],
        }
    }

    /// The login for a registry, by the host that an image's name starts with. An empty user name stands
    /// for an identity token.
    ///
    /// # Errors
    /// Why it cannot be told, as a sentence fragment.
    pub(crate) async fn find(&self, host: &str) -> Result<Option<RegistryCredentials>, String> {
        let Some(config) = self.config() else { return Ok(None) };
        let config = config?;
        let helpers = config.map("credHelpers")?;
        let key = if is_hub(host) { HUB } else { host };
        let named = match helpers.get(key).or_else(|| helpers.get(host)) {
            Some(Json::Text(helper)) => helper,
            Some(Json::Null) => "",
            Some(_) => return Err(config.wrong("a helper in `credHelpers` is not a text")),
            None => config.text("credsStore")?,
        };
        let auths = config.map("auths")?;
        let same = |name: &&&str| host_of(name) == host_of(key);
        let stored = auths.get(key).or_else(|| auths.keys().find(same).and_then(|name| auths.get(name)));
        let stored = match stored.copied().map(from_file) {
            Some(login) => login.map_err(|why| config.wrong(&format!("`auths`, {host}: {why}")))?,
            None => None,
        };
        if named.is_empty() {
            return Ok(stored);
        }
        match self.ask(named, key).await {
            Ok(Some(login)) => Ok(Some(login)),
            Ok(None) => Ok(stored),
            Err(_) if stored.is_some() => Ok(stored),
            Err(why) => Err(why),
        }
    }

    /// Runs a credential helper; the registry's name goes to its standard input.
    async fn ask(&self, helper: &str, key: &str) -> Result<Option<RegistryCredentials>, String> {
        let name = format!("docker-credential-{helper}");
        let shown = name.clone();
        if helper.contains(['/', '\\']) {
            return Err(format!("`{helper}` is not the name of a credential helper"));
        }
        let Some(program) = self.programs.find(&name) else {
            return Err(format!("{shown} is not installed"));
        };
        let mut command = Command::new(program);
        command.env("PATH", self.programs.path());
        let (success, output) =
            limited(command, key, HELPER_LIMIT).await.map_err(|why| format!("{shown} {why}"))?;
        if success {
            let answer: Answer = serde_json::from_slice(&output)
                .map_err(|_| format!("{shown} gave an answer that cannot be read"))?;
            let username = if answer.username == TOKEN_USER { String::new() } else { answer.username };
            return Ok(Some(RegistryCredentials { username, password: answer.secret })
                .filter(|login| !login.password.is_empty()));
        }
        let said = String::from_utf8_lossy(&output).into_owned();
        if said.contains("credentials not found") {
            return Ok(None);
        }
        let said = said.lines().next().unwrap_or_default().chars().take(200).collect::<String>();
        Err(format!("{shown} failed: {}", said.trim()))
    }
}

/// Whether a helper succeeded, and its answer; else what it does.
async fn limited(command: Command, key: &str, limit: Duration) -> Result<(bool, Vec<u8>), String> {
    match tokio::time::timeout(limit, run(command, key)).await {
        Ok(ended) => ended.map_err(|error| format!("does not run: {error}")),
        Err(_) => Err(format!("did not answer within {} s", limit.as_secs())),
    }
}

async fn run(mut command: Command, key: &str) -> std::io::Result<(bool, Vec<u8>)> {
    let mut child = command
        .arg("get")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()?;
    if let Some(mut input) = child.stdin.take() {
        // A helper that does not read says so by how it ends.
        let _ = input.write_all(key.as_bytes()).await;
    }
    let mut output = Vec::new();
    if let Some(stdout) = child.stdout.take() {
        stdout.take(LONGEST_ANSWER).read_to_end(&mut output).await?;
    }
    Ok((child.wait().await?.success(), output))
}

/// A login as `config.json` itself may hold it: base64 of `user:password`.
fn from_file(auth: &Json) -> Result<Option<RegistryCredentials>, String> {
    let text = |name| auth.text(name).map(str::to_owned);
    let login = |username, password| Ok(Some(RegistryCredentials { username, password }));
    let (token, password) = (text("identitytoken")?, text("password")?);
    if !token.is_empty() {
        return login(String::new(), token);
    }
    if !password.is_empty() {
        return login(text("username")?, password);
    }
    let decoded = STANDARD.decode(text("auth")?.trim()).ok();
    let decoded = decoded.and_then(|bytes| String::from_utf8(bytes).ok()).unwrap_or_default();
    match decoded.split_once(':').map(|(user, password)| (user, password.trim_end_matches('\0'))) {
        Some((user, password)) if !password.is_empty() => login(user.to_owned(), password.to_owned()),
        _ => Ok(None),
    }
}

fn is_hub(host: &str) -> bool {
    matches!(host, "docker.io" | "index.docker.io" | "registry-1.docker.io")
}

/// The host of an entry that may be written as a URL.
fn host_of(key: &str) -> &str {
    let rest = key.strip_prefix("https://").or_else(|| key.strip_prefix("http://")).unwrap_or(key);
    rest.split('/').next().unwrap_or(rest)
}

/// The logins of one build: each registry is looked up once, and what went wrong is remembered.
#[derive(Clone, Debug)]
pub(crate) struct Keyring {
    logins: Logins,
    found: Arc<Mutex<HashMap<String, Option<RegistryCredentials>>>>,
    /// What is known without looking, by registry host, for registries that the configuration has no login for.
    given: Arc<HashMap<String, RegistryCredentials>>,
    problems: Arc<std::sync::Mutex<Problems>>,
}

/// Lookups that failed, and how many of them were told.
#[derive(Debug, Default)]
struct Problems {
    all: Vec<String>,
    told: usize,
}

impl Keyring {
    pub(crate) fn new(logins: Logins, given: HashMap<String, RegistryCredentials>) -> Self {
        Self { logins, found: Arc::default(), given: Arc::new(given), problems: Arc::default() }
    }

    /// The login for a registry: the user's own, else the one given. A lookup that fails is no error: most
    /// base images need no login.
    pub(crate) async fn login(&self, host: &str) -> Option<RegistryCredentials> {
        let mut found = self.found.lock().await;
        if let Some(known) = found.get(host) {
            return known.clone();
        }
        let given = self.given.get(host).cloned();
        let login = match self.logins.find(host).await {
            Ok(login) => login.or(given),
            Err(_) if given.is_some() => given,
            Err(why) => {
                let problem = format!("no login for the registry {host} could be read: {why}");
                self.problems().all.push(problem);
                None
            }
        };
        found.insert(host.to_owned(), login.clone());
        login
    }

    /// What went wrong so far.
    pub(crate) fn all_problems(&self) -> Vec<String> {
        self.problems().all.clone()
    }

    /// What went wrong since the last call.
    pub(crate) fn new_problems(&self) -> Vec<String> {
        let mut problems = self.problems();
        let (all, told) = (problems.all.len(), problems.told);
        problems.told = all;
        problems.all.iter().skip(told).cloned().collect()
    }

    fn problems(&self) -> std::sync::MutexGuard<'_, Problems> {
        self.problems.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests;
