//! The secrets that a job's containers are given: each must exist in the environment's account and region, and carry the
//! environment's tags, without which the role that starts the task may not read it.

mod source;

use std::collections::{BTreeMap, BTreeSet};

use crate::error::Result;
use crate::manifest::job::{Job, Secret};
use crate::manifest::unquoted;
use crate::ops::secret::port::{SecretStore, TaggedSecrets};
use crate::store::{self, secret_parameter, secrets_path};
use crate::template::cfn::call::literal;
use source::{Place, Source};

/// Where the secrets of a job in an environment come from.
pub(crate) struct NeededSecrets<'a> {
    sources: BTreeMap<String, Source>,
    app: &'a str,
    env: &'a str,
    place: Place<'a>,
}

/// What there is of them in the environment's account and region.
#[derive(Debug, Default)]
pub(crate) struct Found {
    /// The parameters that there are, of those that were asked for.
    pub parameters: BTreeSet<String>,
    /// All parameters with the environment's tags.
    pub tagged_parameters: BTreeSet<String>,
    /// ARNs of all secrets of Secrets Manager with these tags.
    pub tagged_secrets: Vec<String>,
}

/// What is wrong with a secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Problem {
    pub message: String,
    /// What to do about it, in words.
    pub advice: Option<String>,
    /// The command that mends it.
    pub command: Option<String>,
}

/// All secrets of a manifest, with where their values come from.
pub(crate) fn of_manifest(job: &Job) -> BTreeMap<String, String> {
    let text = |secret: &Secret| match secret {
        // A function of CloudFormation has a value only when the stack is changed.
        Secret::Plain(written) => literal(&unquoted::value(written)).unwrap_or_default().to_owned(),
        Secret::SecretsManager(name) => format!("{}{name}", source::NAME_OF_SECRET),
        Secret::FromCfn(_) => String::new(),
    };
    let router =
        job.logging.router.iter().flat_map(|router| router.secrets.iter().chain(&router.secret_options));
    let of_sidecars = job.sidecars.values().flat_map(|sidecar| &sidecar.secrets);
    let all = job.secrets.iter().chain(of_sidecars).chain(router);
    all.map(|(name, secret)| (name.clone(), text(secret))).collect()
}

impl<'a> NeededSecrets<'a> {
    /// `named` has the secrets with where their values come from; the environment is in this account and region.
    pub(crate) fn new(
        named: BTreeMap<String, String>,
        (app, env): (&'a str, &'a str),
        (account, region): (&'a str, &'a str),
    ) -> Self {
        let place = Place { region, account };
        let sources = named.into_iter().map(|(name, from)| (name, Source::new(&from, place)));
        Self { sources: sources.collect(), app, env, place }
    }

    /// Names of all of them.
    pub(crate) fn names(&self) -> Vec<&str> {
        self.sources.keys().map(String::as_str).collect()
    }

    /// Whether where they come from shows only when the job is deployed.
    pub(crate) fn are_unclear(&self) -> bool {
        self.sources.values().all(|source| matches!(source, Source::Elsewhere))
    }

    /// Parameters to look for: those that are named, and those that may be meant.
    pub(crate) fn parameters(&self) -> Vec<String> {
        let mut names = BTreeSet::new();
        for source in self.sources.values() {
            if let Source::Parameter(name) = source {
                names.insert(name.clone());
                names.extend(self.others(name));
            }
        }
        names.into_iter().collect()
    }

    /// Whether secrets of Secrets Manager are among them.
    pub(crate) fn are_in_secrets_manager(&self) -> bool {
        self.sources.values().any(|source| matches!(source, Source::Secret(_)))
    }

    /// Looks for them.
    ///
    /// # Errors
    /// When that fails.
    pub(crate) async fn find<R: SecretStore + TaggedSecrets>(&self, region: &R) -> Result<Found> {
        let (names, tags) = (self.parameters(), store::secret_tags(self.app, self.env));
        let parameters = async {
            match names.is_empty() {
                true => Ok((Vec::new(), BTreeSet::new())),
                false => tokio::try_join!(region.find_secrets(&names), region.tagged_parameters(&tags)),
            }
        };
        let secrets = async {
            match self.are_in_secrets_manager() {
                true => region.tagged_secrets(&tags).await,
                false => Ok(Vec::new()),
            }
        };
        let ((found, tagged_parameters), tagged_secrets) = tokio::try_join!(parameters, secrets)?;
        let parameters = found.into_iter().map(|stored| stored.parameter).collect();
        Ok(Found { parameters, tagged_parameters, tagged_secrets })
    }

    /// What is wrong with them.
    pub(crate) fn problems(&self, found: &Found) -> Vec<Problem> {
        self.sources.iter().filter_map(|(name, source)| self.judge(name, source, found)).collect()
    }

    /// Parameters that somebody may mean who wrote this name.
    fn others(&self, name: &str) -> Vec<String> {
        match name.contains('/') {
            false => vec![secret_parameter(self.app, self.env, name)],
            true if !name.starts_with('/') => vec![format!("/{name}")],
            true => Vec::new(),
        }
    }

    fn judge(&self, name: &str, source: &Source, found: &Found) -> Option<Problem> {
        let Self { app, env, place: Place { region, account }, .. } = *self;
        let tags = format!("Key=copilot-application,Value={app} Key=copilot-environment,Value={env}");
        let tag_names = "the tags copilot-application and copilot-environment of the environment";
        let problem =
            |message: String| Problem { message: format!("{name}: {message}"), advice: None, command: None };
        Some(match source {
            Source::Elsewhere => return None,
            Source::Foreign(why) => Problem {
                advice: Some(format!(
                    "The role that starts the task may read secrets of account {account}, {region} only."
                )),
                ..problem(why.clone())
            },
            Source::Parameter(parameter) if !found.parameters.contains(parameter) => {
                let other = self.others(parameter).into_iter().find(|one| found.parameters.contains(one));
                let problem =
                    problem(format!("there is no parameter {parameter} in account {account}, {region}"));
                match (other, parameter.strip_prefix(&secrets_path(app, env))) {
                    (Some(other), _) => Problem {
                        advice: Some(format!("There is {other}: write that in the manifest.")),
                        ..problem
                    },
                    (None, Some(secret)) => Problem {
                        command: Some(format!("copilot secret init --app {app} --name {secret}")),
                        ..problem
                    },
                    (None, None) => Problem {
                        advice: Some("Write its value into a file, and store it with the tags.".to_owned()),
                        command: Some(format!(
                            "aws ssm put-parameter --region {region} --type SecureString --name {parameter} --value file://FILE \
                             --tags {tags}"
                        )),
                        ..problem
                    },
                }
            }
            Source::Parameter(parameter) if !found.tagged_parameters.contains(parameter) => Problem {
                command: Some(format!(
                    "aws ssm add-tags-to-resource --region {region} --resource-type Parameter --resource-id {parameter} --tags {tags}"
                )),
                ..problem(format!("parameter {parameter} lacks {tag_names}, so the task may not read it"))
            },
            Source::Parameter(_) => return None,
            Source::Secret(secret)
                if found.tagged_secrets.iter().any(|arn| source::is_secret(arn, secret)) =>
            {
                return None;
            }
            Source::Secret(secret) => Problem {
                advice: Some(
                    "If there is one without these tags, the command adds them; otherwise create it first."
                        .to_owned(),
                ),
                command: Some(format!(
                    "aws secretsmanager tag-resource --region {region} --secret-id {secret} --tags {tags}"
                )),
                ..problem(format!(
                    "Secrets Manager has no secret {secret} with {tag_names} in account {account}, {region}"
                ))
            },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_that_a_task_may_not_read() {
        let set = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        let found = Found {
            parameters: set(&["/mine", "/untagged", "/copilot/demo/test/secrets/KEY"]),
            tagged_parameters: set(&["/mine"]),
            tagged_secrets: vec!["arn:aws:secretsmanager:us-west-2:123456789012:secret:db-AbC123".to_owned()],
        };
        let judged = |from: &str| {
            let named = BTreeMap::from([("S".to_owned(), from.to_owned())]);
            let needed = NeededSecrets::new(named, ("demo", "test"), ("123456789012", "us-west-2"));
            match needed.problems(&found).pop() {
                None => format!("{from}: fine"),
                Some(Problem { message, advice, command }) => {
                    let lines = [Some(format!("{from}: {message}")), advice, command];
                    lines.into_iter().flatten().collect::<Vec<_>>().join("\n  ")
                }
            }
        };
        let told = [
            "/mine",
            "arn:aws:ssm:us-west-2:123456789012:parameter/mine",
            "/untagged",
            "KEY",
            "mine",
            "/gone",
            "/copilot/demo/test/secrets/NEW",
            "",
            "arn:aws:ssm:eu-west-1:123456789012:parameter/mine",
            "arn:aws-cn:ssm:us-west-2:123456789012:parameter/mine",
            "arn:aws:secretsmanager:us-west-2:210987654321:secret:db-AbC123",
            "arn:aws:secretsmanager:us-west-2:123456789012:secret:db-AbC123:password::",
            "arn:aws:s3:::bucket",
            "secret:db:password::",
            "secret:other",
        ]
        .map(judged);
        insta::assert_snapshot!(told.join("\n"), @"
        /mine: fine
        arn:aws:ssm:us-west-2:123456789012:parameter/mine: S: there is no parameter mine in account 123456789012, us-west-2
          Write its value into a file, and store it with the tags.
          aws ssm put-parameter --region us-west-2 --type SecureString --name mine --value file://FILE --tags Key=copilot-application,Value=demo Key=copilot-environment,Value=test
        /untagged: S: parameter /untagged lacks the tags copilot-application and copilot-environment of the environment, so the task may not read it
          aws ssm add-tags-to-resource --region us-west-2 --resource-type Parameter --resource-id /untagged --tags Key=copilot-application,Value=demo Key=copilot-environment,Value=test
        KEY: S: there is no parameter KEY in account 123456789012, us-west-2
          There is /copilot/demo/test/secrets/KEY: write that in the manifest.
        mine: S: there is no parameter mine in account 123456789012, us-west-2
          Write its value into a file, and store it with the tags.
          aws ssm put-parameter --region us-west-2 --type SecureString --name mine --value file://FILE --tags Key=copilot-application,Value=demo Key=copilot-environment,Value=test
        /gone: S: there is no parameter /gone in account 123456789012, us-west-2
          Write its value into a file, and store it with the tags.
          aws ssm put-parameter --region us-west-2 --type SecureString --name /gone --value file://FILE --tags Key=copilot-application,Value=demo Key=copilot-environment,Value=test
        /copilot/demo/test/secrets/NEW: S: there is no parameter /copilot/demo/test/secrets/NEW in account 123456789012, us-west-2
          copilot secret init --app demo --name NEW
        : fine
        arn:aws:ssm:eu-west-1:123456789012:parameter/mine: S: `arn:aws:ssm:eu-west-1:123456789012:parameter/mine` is in region eu-west-1
          The role that starts the task may read secrets of account 123456789012, us-west-2 only.
        arn:aws-cn:ssm:us-west-2:123456789012:parameter/mine: S: `arn:aws-cn:ssm:us-west-2:123456789012:parameter/mine` is in partition aws-cn
          The role that starts the task may read secrets of account 123456789012, us-west-2 only.
        arn:aws:secretsmanager:us-west-2:210987654321:secret:db-AbC123: S: `arn:aws:secretsmanager:us-west-2:210987654321:secret:db-AbC123` is in account 210987654321
          The role that starts the task may read secrets of account 123456789012, us-west-2 only.
        arn:aws:secretsmanager:us-west-2:123456789012:secret:db-AbC123:password::: fine
        arn:aws:s3:::bucket: S: `arn:aws:s3:::bucket` is in region 
          The role that starts the task may read secrets of account 123456789012, us-west-2 only.
        secret:db:password::: fine
        secret:other: S: Secrets Manager has no secret other with the tags copilot-application and copilot-environment of the environment in account 123456789012, us-west-2
          If there is one without these tags, the command adds them; otherwise create it first.
          aws secretsmanager tag-resource --region us-west-2 --secret-id other --tags Key=copilot-application,Value=demo Key=copilot-environment,Value=test
        ");
    }
}
