//! What can be told wrong without asking AWS.

use std::collections::BTreeMap;

use super::{Request, choose};
use crate::error::{Error, Result};
use crate::template::tags;

/// Longest domain name, and longest part of one.
const LONGEST_DOMAIN: usize = 253;
const LONGEST_LABEL: usize = 63;

/// Checks the flags, and what is known of the workspace.
///
/// # Errors
/// The first thing that is wrong.
pub fn check(request: &Request) -> Result<()> {
    if let Some(name) = &request.name {
        choose::check_name(name)
            .map_err(|wrong| Error::usage(format!("`{name}` is no application name: {wrong}")))?;
    }
    if let Some(domain) = &request.domain {
        check_domain(domain).map_err(|wrong| Error::usage(format!("--domain `{domain}`: {wrong}")))?;
    }
    if let Some(policy) = &request.permissions_boundary {
        let wrong = |wrong| Error::usage(format!("--permissions-boundary `{policy}`: {wrong}"));
        Policy::parse(policy).map_err(wrong)?;
    }
    // A job's stack has most tags of the program's own beside these.
    let tags = tags::stack_tags(&request.resource_tags, &BTreeMap::new(), "app", "env", "job");
    if let Some(conflict) = tags::conflict(&tags) {
        return Err(Error::usage(format!("--resource-tags: {conflict}")));
    }
    choose::given(request).map(drop)
}

fn check_domain(domain: &str) -> Result<(), String> {
    if !domain.contains('.') {
        return Err("a domain has a dot in it".to_owned());
    }
    if domain.ends_with('.') {
        return Err("leave out the dot at the end".to_owned());
    }
    if domain.chars().any(|c| c.is_ascii_uppercase()) {
        return Err("write it in lower case".to_owned());
    }
    if domain.len() > LONGEST_DOMAIN {
        return Err(format!("it has {} characters, and {LONGEST_DOMAIN} are allowed", domain.len()));
    }
    let is_label = |label: &str| {
        let characters = label.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
        characters
            && !label.is_empty()
            && label.len() <= LONGEST_LABEL
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    match domain.split('.').find(|label| !is_label(label)) {
        Some("") => Err("it has an empty part".to_owned()),
        Some(label) => Err(format!("`{label}` cannot be part of a domain")),
        None => Ok(()),
    }
}

/// A policy of the account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Policy {
    /// Its path and name, as in an ARN behind `policy/`.
    pub name: String,
    /// The account that an ARN named.
    pub account: Option<String>,
}

impl Policy {
    /// Reads the name or the ARN of a policy.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let (account, name) = match text.starts_with("arn:") {
            false => (None, text),
            true => {
                let resource = text.splitn(6, ':').collect::<Vec<_>>();
                let [_, _, "iam", _, account, resource] = resource.as_slice() else {
                    return Err("it is not the ARN of a policy".to_owned());
                };
                let name = resource.strip_prefix("policy/").ok_or("it is not the ARN of a policy")?;
                (Some(*account), name)
            }
        };
        if account == Some("aws") {
            return Err(
                "it is a policy of AWS, and the roles need one of the application's account".to_owned()
            );
        }
        let is_allowed = |c: char| c.is_ascii_alphanumeric() || "_+=,.@-/".contains(c);
        if let Some(c) = name.chars().find(|c| !is_allowed(*c)) {
            return Err(format!("`{}` is no character of a policy's name", c.escape_debug()));
        }
        let own = name.rsplit('/').next().unwrap_or_default();
        if own.is_empty() || own.len() > 128 || name.starts_with('/') {
            return Err("it is not the name of a policy".to_owned());
        }
        Ok(Self { name: name.to_owned(), account: account.map(str::to_owned) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request() -> Request {
        Request {
            workspace: crate::workspace::Workspace { copilot_dir: "/nowhere/copilot".into() },
            name: None,
            domain: None,
            permissions_boundary: None,
            resource_tags: BTreeMap::new(),
        }
    }

    #[test]
    fn what_is_wrong_with_the_flags() {
        let text = |text: &str| Some(text.to_owned());
        let name = |name: &str| Request { name: text(name), ..request() };
        let domain = |domain: &str| Request { domain: text(domain), ..request() };
        let policy = |policy: &str| Request { permissions_boundary: text(policy), ..request() };
        let tags = |count: usize| Request {
            resource_tags: (0..count).map(|i| (format!("k{i}"), String::new())).collect(),
            ..request()
        };
        let told: Vec<String> = [
            name("Shop"),
            name("local"),
            name(&"a".repeat(45)),
            domain("example"),
            domain("example.com."),
            domain("Example.com"),
            domain("exa_mple.com"),
            domain("-a.com"),
            domain("a..com"),
            domain(&format!("{}.com", "a".repeat(64))),
            policy("arn:aws:iam::aws:policy/PowerUserAccess"),
            policy("arn:aws:iam::123456789012:role/x"),
            policy("arn:aws:s3:::x"),
            policy("a b"),
            policy("/a"),
            policy("a/"),
            tags(48),
        ]
        .iter()
        .map(|request| {
            let error = check(request).unwrap_err();
            format!("{error} ({})", error.exit_code())
        })
        .collect();
        insta::assert_snapshot!(told.join("\n"), @"
        `Shop` is no application name: it holds `S`, and only lower-case letters, digits and `-` are allowed; `shop` would do (2)
        `local` is no application name: it is reserved (2)
        `aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa` is no application name: it has 45 characters, and 44 are allowed: roles of environments, `aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa-ENV-CFNExecutionRole`, may have 64 (2)
        --domain `example`: a domain has a dot in it (2)
        --domain `example.com.`: leave out the dot at the end (2)
        --domain `Example.com`: write it in lower case (2)
        --domain `exa_mple.com`: `exa_mple` cannot be part of a domain (2)
        --domain `-a.com`: `-a` cannot be part of a domain (2)
        --domain `a..com`: it has an empty part (2)
        --domain `aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.com`: `aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa` cannot be part of a domain (2)
        --permissions-boundary `arn:aws:iam::aws:policy/PowerUserAccess`: it is a policy of AWS, and the roles need one of the application's account (2)
        --permissions-boundary `arn:aws:iam::123456789012:role/x`: it is not the ARN of a policy (2)
        --permissions-boundary `arn:aws:s3:::x`: it is not the ARN of a policy (2)
        --permissions-boundary `a b`: ` ` is no character of a policy's name (2)
        --permissions-boundary `/a`: it is not the name of a policy (2)
        --permissions-boundary `a/`: it is not the name of a policy (2)
        --resource-tags: the stack would have 51 tags, three of this program's own among them, and AWS takes 50 at most (2)
        ");
        for right in
            [request(), name(&"a".repeat(44)), domain("a-1.example.co.uk"), policy("path/Limits"), tags(47)]
        {
            assert!(check(&right).is_ok(), "{right:?}");
        }
    }

    #[test]
    fn policies_are_known_by_what_follows_policy_in_their_arn() {
        let policy = |name: &str, account: Option<&str>| Policy {
            name: name.into(),
            account: account.map(str::to_owned),
        };
        assert_eq!(Policy::parse("Limits"), Ok(policy("Limits", None)));
        assert_eq!(
            Policy::parse("arn:aws:iam::123456789012:policy/team/Limits"),
            Ok(policy("team/Limits", Some("123456789012")))
        );
    }
}
