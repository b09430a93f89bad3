//! The configuration store: applications, environments and workloads as records in SSM.
//! The old tool reads and writes the same records.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::error::{Error, Result};

/// `/copilot/applications/<app>`
#[derive(Clone, Debug, Deserialize)]
pub struct Application {
    /// Application name.
    pub name: String,
    /// Account that holds the application's stack set.
    pub account: String,
    /// Name of the policy that bounds every role, when set.
    #[serde(default, rename = "permissionsBoundary")]
    pub permissions_boundary: Option<String>,
    /// Tags for every resource.
    #[serde(default)]
    pub tags: Option<BTreeMap<String, String>>,
}

/// `/copilot/applications/<app>/environments/<env>`
#[derive(Clone, Debug, Deserialize)]
pub struct Environment {
    /// Environment name.
    pub name: String,
    /// Region of the environment.
    pub region: String,
    /// Account of the environment.
    #[serde(rename = "accountID")]
    pub account_id: String,
    /// Role that CloudFormation uses for the environment's and its workloads' stacks.
    #[serde(rename = "executionRoleARN")]
    pub execution_role_arn: String,
    /// Role that the command line assumes.
    #[serde(rename = "managerRoleARN")]
    pub manager_role_arn: String,
}

/// `/copilot/applications/<app>/components/<name>`
#[derive(Clone, Debug, Deserialize)]
pub struct Workload {
    /// Workload name.
    pub name: String,
    /// `Scheduled Job` or a service type.
    #[serde(rename = "type")]
    pub kind: String,
}

/// Parameter that holds an application.
pub fn application_parameter(app: &str) -> String {
    format!("/copilot/applications/{app}")
}

/// Parameter that holds an environment.
pub fn environment_parameter(app: &str, env: &str) -> String {
    format!("/copilot/applications/{app}/environments/{env}")
}

/// Path below which an application's environments lie.
pub fn environments_path(app: &str) -> String {
    format!("/copilot/applications/{app}/environments/")
}

/// Path below which an application's workloads lie.
pub fn workloads_path(app: &str) -> String {
    format!("/copilot/applications/{app}/components/")
}

/// Reads a record.
///
/// # Errors
/// When the text is not the JSON object that the record's kind has; names the parameter.
pub fn parse<T: for<'de> Deserialize<'de>>(parameter: &str, text: &str) -> Result<T> {
    serde_json::from_str(text).map_err(|e| {
        Error::new(format!("SSM parameter {parameter} does not hold a record this program understands: {e}"))
            .hint(format!("Look at it with `aws ssm get-parameter --name {parameter}`; AWS Copilot wrote it as one JSON object."))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_of_the_old_tool_are_read() {
        let app: Application =
            parse("p", r#"{"name":"demo","account":"1111","domain":"","version":"1.0","tags":{"team":"x"}}"#)
                .unwrap();
        assert_eq!((app.account.as_str(), app.permissions_boundary), ("1111", None));
        assert_eq!(app.tags.unwrap()["team"], "x");
        let env: Environment = parse(
            "p",
            r#"{"app":"demo","name":"test","region":"us-west-2","accountID":"0001","registryURL":"",
                "executionRoleARN":"arn:exec","managerRoleARN":"arn:mgr","customConfig":null}"#,
        )
        .unwrap();
        assert_eq!((env.account_id.as_str(), env.manager_role_arn.as_str()), ("0001", "arn:mgr"));
    }

    #[test]
    fn a_broken_record_names_its_parameter() {
        let error = parse::<Application>("/copilot/applications/demo", "{").unwrap_err().to_string();
        assert!(error.starts_with("SSM parameter /copilot/applications/demo does not hold"), "{error}");
    }
}
