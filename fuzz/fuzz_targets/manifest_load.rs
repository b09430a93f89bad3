//! Any text ends in a job or in findings that can be shown: reading, interpolation, overlay, validation.

#![no_main]

use copilot::manifest::{self, Source, Target};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let lookup = |name: &str| match name {
        "TAG" => Some("1.2".to_owned()),
        "LIST" => Some("[\"a\", \"b\"]".to_owned()),
        "ODD" => Some("a: \"b\"\n# ${TAG} 日本".to_owned()),
        "EMPTY" => Some(String::new()),
        _ => None,
    };
    // The old tool's names are found in broken manifests too.
    let _ = manifest::raw_name_and_type(text);
    let source = Source { path: "copilot/report/manifest.yml", text };
    let target = Target { app: "shop", env: "test", job: "report", environments: &[], lookup: &lookup };
    match manifest::load(source, target) {
        Ok(manifest) => {
            assert_eq!(manifest.job.name, "report");
            for warning in &manifest.warnings {
                let _ = warning.to_string();
            }
        }
        Err(findings) => {
            assert!(!findings.errors.is_empty(), "refused without a reason");
            let shown = findings.to_string();
            assert!(!shown.contains('\u{1b}'), "an escape code reaches the terminal");
        }
    }
});
