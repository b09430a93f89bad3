//! Sources of the Lambda functions that stand behind custom resources in the rendered stacks, packed for upload.
//!
//! The archives are the same bytes on every machine and in every run: their hash is part of the S3 key, and a key that
//! changes would update the function on each deploy.

mod bundle;

use std::io::Write;

use crate::archive::Archive;
use crate::error::{Context, Result};

/// The env controller, which switches an environment's shared resources on and off for a job.
const ENV_CONTROLLER: &[u8] = include_bytes!("env_controller/index.js");

/// The name Lambda's handler setting `index.handler` refers to.
const ENTRY_NAME: &str = "index.js";

/// A function of an environment's stack.
#[derive(Debug)]
pub struct EnvironmentFunction {
    /// The logical id. The custom resource's type and the folder of the code in the artifact bucket are made of it, so it
    /// can never change.
    pub name: &'static str,
    /// Lambda's handler setting. Deployed stacks have it.
    pub handler: &'static str,
    source: &'static str,
}

/// The functions of an environment's stack. All of them are uploaded, whichever the environment needs.
pub const ENVIRONMENT_FUNCTIONS: [EnvironmentFunction; 6] = [
    EnvironmentFunction {
        name: "CertificateValidationFunction",
        handler: "index.certificateRequestHandler",
        source: include_str!("certificate_validation/index.js"),
    },
    EnvironmentFunction {
        name: "DNSDelegationFunction",
        handler: "index.domainDelegationHandler",
        source: include_str!("dns_delegation/index.js"),
    },
    EnvironmentFunction {
        name: "CustomDomainFunction",
        handler: "index.handler",
        source: include_str!("custom_domain/index.js"),
    },
    EnvironmentFunction {
        name: "CertificateReplicatorFunction",
        handler: "index.certificateReplicateHandler",
        source: include_str!("certificate_replicator/index.js"),
    },
    EnvironmentFunction {
        name: "BucketCleanerFunction",
        handler: "index.handler",
        source: include_str!("bucket_cleaner/index.js"),
    },
    EnvironmentFunction {
        name: "UniqueJSONValuesFunction",
        handler: "index.handler",
        source: include_str!("unique_json_values/index.js"),
    },
];

impl EnvironmentFunction {
    /// The function of that logical id.
    pub fn named(name: &str) -> Option<&'static Self> {
        ENVIRONMENT_FUNCTIONS.iter().find(|function| function.name == name)
    }

    /// The folder of the code in the artifact bucket, below `manual/scripts/custom-resources/`.
    pub fn folder(&self) -> String {
        self.name.to_lowercase()
    }

    /// The deployment package: a zip archive with the single entry `index.js`.
    ///
    /// # Errors
    /// Only if the archive cannot be written to memory.
    pub fn zip(&self) -> Result<Vec<u8>> {
        let pack = || pack(bundle::bundle(self.source)?.as_bytes());
        pack().with_context(|| format!("pack {}", self.name))
    }
}

/// The deployment package of the env controller: a zip archive with the single entry `index.js`.
///
/// # Errors
/// Only if the archive cannot be written to memory.
pub fn env_controller_zip() -> Result<Vec<u8>> {
    pack(ENV_CONTROLLER).context("pack the env controller function")
}

fn pack(source: &[u8]) -> Result<Vec<u8>> {
    let mut archive = Archive::new();
    archive.start(ENTRY_NAME, false, source.len() as u64)?;
    archive.write_all(source)?;
    archive.finish()
}

#[cfg(test)]
mod tests {
    use std::io::{Cursor, Read};

    use sha2::{Digest, Sha256};
    use zip::ZipArchive;

    use super::*;

    fn entry(zip: Vec<u8>) -> String {
        let mut archive = ZipArchive::new(Cursor::new(zip)).unwrap();
        assert_eq!(archive.len(), 1);
        let mut entry = archive.by_index(0).unwrap();
        assert_eq!(entry.name().unwrap(), "index.js");
        let mut source = String::new();
        entry.read_to_string(&mut source).unwrap();
        source
    }

    fn digest(bytes: &[u8]) -> String {
        Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
    }

    #[test]
    fn the_archive_holds_the_handler_alone() {
        let source = entry(env_controller_zip().unwrap());
        assert_eq!(source.as_bytes(), ENV_CONTROLLER);
        assert!(source.contains("exports.handler = async"));
    }

    #[test]
    fn the_same_source_makes_the_same_bytes() {
        assert_eq!(env_controller_zip().unwrap(), env_controller_zip().unwrap());
        // A digest of known input, so that a new version of the zip or deflate crate cannot change the bytes unnoticed.
        let digest = digest(&pack(b"exports.handler = async () => {};\n").unwrap());
        insta::assert_snapshot!(digest, @"da4cd8bff36ac01491a837382dc917b6e4596a417604f726d9085626927afed6");
    }

    #[test]
    fn functions_keep_names_handlers_and_folders() {
        let table: Vec<String> = ENVIRONMENT_FUNCTIONS
            .iter()
            .map(|function| format!("{} {} {}", function.name, function.handler, function.folder()))
            .collect();
        insta::assert_snapshot!(table.join("\n"), @r"
        CertificateValidationFunction index.certificateRequestHandler certificatevalidationfunction
        DNSDelegationFunction index.domainDelegationHandler dnsdelegationfunction
        CustomDomainFunction index.handler customdomainfunction
        CertificateReplicatorFunction index.certificateReplicateHandler certificatereplicatorfunction
        BucketCleanerFunction index.handler bucketcleanerfunction
        UniqueJSONValuesFunction index.handler uniquejsonvaluesfunction
        ");
    }

    /// Other digests update the functions of every environment at its next deployment.
    #[test]
    fn packages_change_only_on_purpose() {
        let mut table = vec![format!("EnvControllerFunction {}", digest(&env_controller_zip().unwrap()))];
        for function in &ENVIRONMENT_FUNCTIONS {
            let zip = function.zip().unwrap();
            assert_eq!(zip, function.zip().unwrap());
            table.push(format!("{} {}", function.name, digest(&zip)));
        }
        insta::assert_snapshot!(table.join("\n"), @r"
        EnvControllerFunction b37a92d9c9ee4257510f5551877468307f712659ab59d5343887a0e36e3f8147
        CertificateValidationFunction d5a2f6d7c22f5d6b6d25be0c0a1b3a43fad38eacbee332f126aba844559be956
        DNSDelegationFunction e7a89101d4da8cb4828bc9390c189e78bda9b06b0b0f84b3acd979f0a0fe3c25
        CustomDomainFunction 75ed8be22629f2b291b30567bb882712f0ad0ffd61148dde2609c5efbb57fe45
        CertificateReplicatorFunction cd61523f723756d10a33d6e131488dc3042d9baa8780d6a849448ce5bab30158
        BucketCleanerFunction 3e82896cac06f4dd3bc4162afe34cbdb2d0942585cb69355aa630493734b679e
        UniqueJSONValuesFunction b72b527d9c17ffc47f1d4cdb9e0c490ffff2e0ce882bfe9a00168fee070347fe
        ");
    }

    #[test]
    fn packages_export_the_handler_and_need_no_other_file() {
        for function in &ENVIRONMENT_FUNCTIONS {
            let source = entry(function.zip().unwrap());
            let export = function.handler.replace("index.", "exports.");
            assert!(source.contains(&format!("{export} = customResource(")), "{}", function.name);
            let required: Vec<&str> =
                source.split("require(\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
            let foreign = |name: &&str| !name.starts_with("@aws-sdk/") && !name.starts_with("node:");
            assert_eq!(required.into_iter().find(foreign), None, "{}", function.name);
        }
        assert_eq!(EnvironmentFunction::named("BucketCleanerFunction").unwrap().handler, "index.handler");
        assert!(EnvironmentFunction::named("Other").is_none());
    }
}
