//! An environment's record.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::port::Parameter;
use super::{Record, go_json, null_is_empty};
use crate::error::{Error, Result};

/// `/copilot/applications/<app>/environments/<env>`
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
pub struct Environment {
    /// Application name.
    #[serde(default, deserialize_with = "null_is_empty")]
    pub app: String,
    /// Environment name.
    pub name: String,
    /// Region of the environment.
    pub region: String,
    /// Account of the environment.
    #[serde(rename = "accountID")]
    pub account_id: String,
    /// Image registry. Only very old records have one.
    #[serde(default, deserialize_with = "null_is_empty", rename = "registryURL")]
    pub registry_url: String,
    /// Role that CloudFormation uses for the environment's and its workloads' stacks.
    #[serde(rename = "executionRoleARN")]
    pub execution_role_arn: String,
    /// Role that the command line assumes.
    #[serde(rename = "managerRoleARN")]
    pub manager_role_arn: String,
    /// Network and certificates, in records from before environments had manifests.
    #[serde(default, rename = "customConfig", skip_serializing_if = "Option::is_none")]
    pub custom_config: Option<CustomConfig>,
    /// Monitoring, in records from before environments had manifests.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub telemetry: Option<Telemetry>,
}

/// What an environment was created with before it had a manifest.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
pub struct CustomConfig {
    /// A VPC that was there before.
    #[serde(default, rename = "importVPC", skip_serializing_if = "Option::is_none")]
    pub import_vpc: Option<ImportVpc>,
    /// Addresses of the environment's own VPC.
    #[serde(default, rename = "adjustVPC", skip_serializing_if = "Option::is_none")]
    pub adjust_vpc: Option<AdjustVpc>,
    /// Certificates for a load balancer.
    #[serde(
        default,
        deserialize_with = "null_is_empty",
        rename = "importCertARNs",
        skip_serializing_if = "Vec::is_empty"
    )]
    pub import_cert_arns: Vec<String>,
    /// Subnets of the internal load balancer.
    #[serde(
        default,
        deserialize_with = "null_is_empty",
        rename = "internalALBSubnets",
        skip_serializing_if = "Vec::is_empty"
    )]
    pub internal_alb_subnets: Vec<String>,
    /// Whether the whole VPC reaches the internal load balancer.
    #[serde(
        default,
        deserialize_with = "null_is_empty",
        rename = "enableInternalALBVPCIngress",
        skip_serializing_if = "std::ops::Not::not"
    )]
    pub enable_internal_alb_vpc_ingress: bool,
}

/// A VPC that was there before. Lists are null where nothing was said.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
pub struct ImportVpc {
    /// VPC id.
    pub id: String,
    /// Public subnets.
    #[serde(default, rename = "publicSubnetIDs")]
    pub public_subnet_ids: Option<Vec<String>>,
    /// Private subnets.
    #[serde(default, rename = "privateSubnetIDs")]
    pub private_subnet_ids: Option<Vec<String>>,
}

/// Addresses of the environment's own VPC. Lists are null where nothing was said.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
pub struct AdjustVpc {
    /// Address range of the VPC.
    pub cidr: String,
    /// Availability zones of the subnets.
    #[serde(default, rename = "availabilityZoneNames")]
    pub availability_zone_names: Option<Vec<String>>,
    /// Address ranges of the public subnets.
    #[serde(default, rename = "publicSubnetCIDRs")]
    pub public_subnet_cidrs: Option<Vec<String>>,
    /// Address ranges of the private subnets.
    #[serde(default, rename = "privateSubnetCIDRs")]
    pub private_subnet_cidrs: Option<Vec<String>>,
}

/// Monitoring.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
pub struct Telemetry {
    /// Whether the cluster has Container Insights.
    #[serde(rename = "containerInsights")]
    pub container_insights: bool,
}

/// Parameter that holds an environment.
pub fn environment_parameter(app: &str, env: &str) -> String {
    format!("{}{env}", environments_path(app))
}

/// Path below which an application's environments lie.
pub fn environments_path(app: &str) -> String {
    format!("/copilot/applications/{app}/environments/")
}

impl Record for Environment {
    const ABSENT: &'static str = "no record of an environment";
    const REQUIRED: &'static [&'static str] =
        &["name", "region", "accountID", "executionRoleARN", "managerRoleARN"];
}

impl Environment {
    /// The record of an environment whose stack has this id (an ARN) and these outputs.
    ///
    /// # Errors
    /// When the stack has no roles or the id names no region and account: nothing could be done in such an environment.
    pub fn of_stack(app: &str, name: &str, id: &str, outputs: &BTreeMap<String, String>) -> Result<Self> {
        let output =
            |key: &str| {
                outputs.get(key).filter(|value| !value.is_empty()).cloned().ok_or_else(|| {
                    Error::new(format!("stack {id} is no environment: it has no output {key}"))
                })
            };
        let mut parts = id.split(':').skip(3);
        let mut part = || parts.next().filter(|part| !part.is_empty()).map(str::to_owned);
        let (Some(region), Some(account_id)) = (part(), part()) else {
            return Err(Error::new(format!("`{id}` is not the ARN of a stack")));
        };
        Ok(Self {
            app: app.to_owned(),
            name: name.to_owned(),
            region,
            account_id,
            execution_role_arn: output("CFNExecutionRoleARN")?,
            manager_role_arn: output("EnvironmentManagerRoleARN")?,
            ..Self::default()
        })
    }

    /// The parameter to create.
    pub fn parameter(&self) -> Parameter {
        Parameter {
            name: environment_parameter(&self.app, &self.name),
            value: go_json::encode(self),
            description: format!("The {} deployment stage", self.name),
            tags: vec![("copilot-application", self.app.clone()), ("copilot-environment", self.name.clone())],
        }
    }
}
