//! `proxies` of Docker's configuration: build arguments that let the steps of a build reach the network, given
//! as the `docker` program gives them.

use std::collections::{BTreeMap, BTreeSet};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::config::Config;
use super::endpoint::address::decode;
use super::engine::Builder;

/// Settings, and the build arguments they become, which are given in lower case as well.
const ARGUMENTS: [(&str, &str); 5] = [
    ("httpProxy", "HTTP_PROXY"),
    ("httpsProxy", "HTTPS_PROXY"),
    ("ftpProxy", "FTP_PROXY"),
    ("noProxy", "NO_PROXY"),
    ("allProxy", "ALL_PROXY"),
];

/// Values by the argument's name in upper case. Never shown: proxies may ask for a password.
#[derive(Default)]
pub(crate) struct Proxies(Vec<(&'static str, String)>);

impl Proxies {
    /// Those for an engine, by its address as the `docker` program writes it, else the default ones.
    ///
    /// # Errors
    /// What is wrong with the configuration, as a sentence fragment.
    pub(crate) fn of(config: &Config, daemon: &str) -> Result<Self, String> {
        let proxies = config.map("proxies")?;
        let Some(chosen) = proxies.get(daemon).or_else(|| proxies.get("default")) else {
            return Ok(Self::default());
        };
        let mut values = Vec::new();
        for (setting, argument) in ARGUMENTS {
            let value = chosen.text(setting).map_err(|why| config.wrong(&format!("`proxies`: {why}")))?;
            if !value.is_empty() {
                values.push((argument, value.to_owned()));
            }
        }
        Ok(Self(values))
    }

    /// Adds them to the arguments of a build, which win.
    pub(crate) fn add_to(self, arguments: &mut BTreeMap<String, String>, builder: Builder) {
        for (name, value) in self.0 {
            let lower = name.to_ascii_lowercase();
            // BuildKit takes both spellings for the same setting and would choose one of two values at random.
            let is_given = |name: &str| match builder {
                Builder::BuildKit => arguments.keys().any(|given| given.eq_ignore_ascii_case(name)),
                Builder::Classic => arguments.contains_key(name),
            };
            let missing: Vec<String> =
                [name.to_owned(), lower].into_iter().filter(|name| !is_given(name)).collect();
            arguments.extend(missing.into_iter().map(|name| (name, value.clone())));
        }
    }
}

/// What must not be shown of the proxies among the arguments of a build: user names with their passwords, and
/// what `curl -v` makes of them.
pub(crate) fn credentials(arguments: &BTreeMap<String, String>) -> BTreeSet<String> {
    let is_proxy = |name: &str| ARGUMENTS.iter().any(|(_, argument)| argument.eq_ignore_ascii_case(name));
    let mut found = BTreeSet::new();
    for (_, value) in arguments.iter().filter(|(name, _)| is_proxy(name)) {
        let Some(user) = user_of(value) else { continue };
        let decoded = decode(user);
        found.insert(STANDARD.encode(&decoded));
        for user in [user, decoded.as_str()] {
            found.extend(user.split_once(':').map(|(_, password)| password.to_owned()));
            found.insert(user.to_owned());
        }
    }
    found
}

/// `user:password` of a proxy's address, as it is written there.
fn user_of(address: &str) -> Option<&str> {
    let rest = address.split_once("://").map_or(address, |(_, rest)| rest);
    let (user, _) = rest.rsplit_once('@')?;
    Some(user)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arguments(
        config: &str,
        daemon: &str,
        given: &[(&str, &str)],
        builder: Builder,
    ) -> Result<String, String> {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("config.json"), config).unwrap();
        let mut arguments =
            given.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let config = Config::read(dir.path())?;
        let shown = |why: String| why.replace(&dir.path().display().to_string(), "");
        Proxies::of(&config, daemon).map_err(shown)?.add_to(&mut arguments, builder);
        let words: Vec<_> = arguments.iter().map(|(name, value)| format!("{name}={value}")).collect();
        Ok(words.join(" "))
    }

    #[test]
    fn proxies_become_arguments_by_engine_and_spelling() {
        let all = r#"{"proxies": {"default": {"httpProxy": "1", "httpsProxy": "2", "ftpProxy": "3", "noProxy": "4", "allProxy": "5"}}}"#;
        let both = r#"{"proxies": {"default": {"httpProxy": "d"}, "tcp://h:2375": {"HTTPProxy": "h", "noProxy": null}}}"#;
        let empty = r#"{"proxies": {"default": {"httpProxy": "d"}, "tcp://h:2375": null}}"#;
        for (config, daemon, given, expected) in [
            (
                all,
                "unix:///x",
                &[][..],
                "ALL_PROXY=5 FTP_PROXY=3 HTTPS_PROXY=2 HTTP_PROXY=1 NO_PROXY=4 all_proxy=5 ftp_proxy=3 http_proxy=1 https_proxy=2 no_proxy=4",
            ),
            (both, "tcp://h:2375", &[], "HTTP_PROXY=h http_proxy=h"),
            (both, "tcp://other:2375", &[], "HTTP_PROXY=d http_proxy=d"),
            (both, "tcp://h:2375", &[("A", "1"), ("HTTP_PROXY", "")], "A=1 HTTP_PROXY="),
            (both, "tcp://h:2375", &[("http_proxy", "mine")], "http_proxy=mine"),
            (empty, "tcp://h:2375", &[], ""),
            (r#"{"Proxies": null}"#, "x", &[], ""),
            ("{}", "x", &[], ""),
        ] {
            assert_eq!(
                arguments(config, daemon, given, Builder::BuildKit).unwrap(),
                expected,
                "{config} {daemon}"
            );
        }
        // The classic builder tells the two spellings apart.
        let mine = arguments(both, "x", &[("HTTP_PROXY", "mine")], Builder::Classic).unwrap();
        assert_eq!(mine, "HTTP_PROXY=mine http_proxy=d");
        for (config, why) in [
            (r#"{"proxies": "hunter2"}"#, "/config.json is not valid: `proxies` is not an object"),
            (
                r#"{"proxies": {"default": {"httpProxy": ["hunter2"]}}}"#,
                "/config.json is not valid: `proxies`: `httpProxy` is not a text",
            ),
            (
                r#"{"proxies": {"default": "hunter2"}}"#,
                "/config.json is not valid: `proxies`: it is not an object",
            ),
        ] {
            assert_eq!(arguments(config, "x", &[], Builder::BuildKit).unwrap_err(), why);
        }
    }

    #[test]
    fn credentials_in_every_form_they_may_be_printed_in() {
        let given = [
            ("http_proxy", "http://user:p%40ss@proxy:3128/"),
            ("HTTPS_PROXY", "token-word@proxy:3128"),
            ("NO_PROXY", "localhost,10.0.0.0/8"),
            ("OTHER", "http://not:this@proxy"),
        ];
        let given = given.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let found: Vec<_> = credentials(&given.into_iter().collect()).into_iter().collect();
        assert_eq!(
            found,
            ["dG9rZW4td29yZA==", "dXNlcjpwQHNz", "p%40ss", "p@ss", "token-word", "user:p%40ss", "user:p@ss"]
        );
    }
}
