//! Sources of the Lambda functions that stand behind custom resources in the rendered stacks, packed for upload.
//!
//! The archives are the same bytes on every machine and in every run: their hash is part of the S3 key, and a key that
//! changes would update the function on each deploy.

use std::io::Write;

use crate::archive::Archive;
use crate::error::{Context, Result};

/// The env controller, which switches an environment's shared resources on and off for a job.
const ENV_CONTROLLER: &[u8] = include_bytes!("env_controller/index.js");

/// The name Lambda's handler setting `index.handler` refers to.
const ENTRY_NAME: &str = "index.js";

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

    #[test]
    fn the_archive_holds_the_handler_alone() {
        let mut archive = ZipArchive::new(Cursor::new(env_controller_zip().unwrap())).unwrap();
        assert_eq!(archive.len(), 1);
        let mut entry = archive.by_index(0).unwrap();
        assert_eq!(entry.name().unwrap(), "index.js");
        let mut source = Vec::new();
        entry.read_to_end(&mut source).unwrap();
        assert_eq!(source, ENV_CONTROLLER);
        assert!(String::from_utf8(source).unwrap().contains("exports.handler = async"));
    }

    #[test]
    fn the_same_source_makes_the_same_bytes() {
        assert_eq!(env_controller_zip().unwrap(), env_controller_zip().unwrap());
        // A digest of known input, so that a new version of the zip or deflate crate cannot change the bytes unnoticed.
        let digest = Sha256::digest(pack(b"exports.handler = async () => {};\n").unwrap());
        let digest: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
        insta::assert_snapshot!(digest, @"da4cd8bff36ac01491a837382dc917b6e4596a417604f726d9085626927afed6");
    }
}
