//! Where the value of a secret comes from, by what the manifest or the task definition says.

use crate::template::cfn::names::partition_of_region;

/// What stands before the name of a secret of Secrets Manager that is given by its name.
pub(super) const NAME_OF_SECRET: &str = "secret:";

/// The environment's account and region.
#[derive(Clone, Copy)]
pub(super) struct Place<'a> {
    pub region: &'a str,
    pub account: &'a str,
}

/// Where a value comes from.
pub(super) enum Source {
    /// A parameter of the environment's account and region, by its name.
    Parameter(String),
    /// A secret of Secrets Manager there, by its name.
    Secret(String),
    /// What the role that starts the task may not read, and why.
    Foreign(String),
    /// Known only when the stack is changed.
    Elsewhere,
}

impl Source {
    pub(super) fn new(from: &str, place: Place<'_>) -> Self {
        // A value in braces is a function of CloudFormation or a variable.
        if from.is_empty() || from.contains("${") || from.contains("Fn::") || from.starts_with('!') {
            return Self::Elsewhere;
        }
        if let Some(name) = from.strip_prefix(NAME_OF_SECRET) {
            return Self::Secret(first_part(name).to_owned());
        }
        let Some(rest) = from.strip_prefix("arn:") else { return Self::Parameter(from.to_owned()) };
        let parts: Vec<&str> = rest.splitn(5, ':').collect();
        let [partition, service, region, account, resource] = parts.as_slice() else {
            return Self::Foreign(format!("`{from}` is no ARN"));
        };
        let wrong = [
            ("partition", *partition, partition_of_region(place.region)),
            ("region", *region, place.region),
            ("account", *account, place.account),
        ]
        .into_iter()
        .find(|(_, found, wanted)| found != wanted);
        if let Some((what, found, _)) = wrong {
            return Self::Foreign(format!("`{from}` is in {what} {found}"));
        }
        match (*service, resource.split_once([':', '/'])) {
            // The name of a parameter without a path has no `/` before it.
            ("ssm", Some(("parameter", name))) if !name.contains('/') => Self::Parameter(name.to_owned()),
            ("ssm", Some(("parameter", name))) => Self::Parameter(format!("/{name}")),
            ("secretsmanager", Some(("secret", name))) => Self::Secret(first_part(name).to_owned()),
            _ => Self::Foreign(format!("`{from}` is neither a parameter nor a secret")),
        }
    }
}

/// The name without key, stage and version.
fn first_part(name: &str) -> &str {
    name.split(':').next().unwrap_or(name)
}

/// Whether an ARN is that of a secret, given by its name with or without the six characters that AWS appends.
pub(super) fn is_secret(arn: &str, name: &str) -> bool {
    const SUFFIX: usize = 7;
    let Some((_, full)) = arn.split_once(":secret:") else { return false };
    let short = full.len().checked_sub(SUFFIX).and_then(|end| full.get(..end));
    full == name || short == Some(name)
}
