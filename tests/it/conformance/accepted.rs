//! No check refuses a template that `CloudFormation` took: all templates below a conformance folder are accepted.

use std::fs;
use std::path::{Path, PathBuf};

use copilot::template::cfn::check::{dangling, required};
use copilot::template::cfn::find_in_map;
use copilot::template::cfn::values::Values;
use copilot::yaml::{self, Kind, Node};

use super::cases::CONFORMANCE_DIR;

#[test]
fn every_template_is_accepted() {
    let Some(folder) = std::env::var_os(CONFORMANCE_DIR) else {
        println!("conformance was NOT checked: set {CONFORMANCE_DIR} to the folder with the cases");
        return;
    };
    let mut files = Vec::new();
    collect(Path::new(&folder), &mut files);
    files.sort();
    let (mut templates, mut refused) = (0, Vec::new());
    for file in &files {
        let Ok(text) = fs::read_to_string(file) else { continue };
        let Ok(Some(body)) = yaml::load(&text) else { continue };
        if !matches!(body.get("Resources"), Some(Node { kind: Kind::Mapping(_), .. })) {
            continue;
        }
        templates += 1;
        refused.extend(faults(&body).into_iter().map(|fault| format!("{}: {fault}", file.display())));
    }
    println!("{templates} templates, {} refused", refused.len());
    assert!(templates > 0, "{CONFORMANCE_DIR} has no templates");
    assert!(refused.is_empty(), "{}", refused.join("\n"));
}

fn faults(body: &Node) -> Vec<String> {
    let values = Values::default();
    let findings = required::find(body).into_iter().chain(find_in_map::find(body, &values));
    let dangling = dangling::find(body).into_iter().map(|dangling| dangling.told());
    findings.map(|finding| finding.message).chain(dangling).collect()
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display())) {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, files);
        } else if path
            .extension()
            .is_some_and(|e| ["json", "yml", "yaml", "template"].iter().any(|n| e == *n))
        {
            files.push(path);
        }
    }
}
