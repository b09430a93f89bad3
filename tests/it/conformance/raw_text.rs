//! The old tool's own text of each case beside this program's: the comparison of templates compares scalars by their text,
//! so `True` and `true` differ in it although they mean the same.

use std::fs;
use std::path::PathBuf;

use copilot::diff;

use super::cases::{CONFORMANCE_DIR, load, read};

/// What may differ: the function's runtime.
const RUNTIME: &str = "\
~ Resources/EnvControllerFunction/Properties:
    ~ Runtime: nodejs20.x -> nodejs24.x
";

/// Cases with `template.yml`: the text that the old tool gave to CloudFormation.
#[test]
fn the_comparison_with_the_old_tools_own_text_shows_nothing_but_the_runtime() {
    let folder = std::env::var_os(CONFORMANCE_DIR).map(|folder| PathBuf::from(folder).join("cases"));
    let cases =
        folder.iter().flat_map(|folder| fs::read_dir(folder).unwrap()).map(|entry| entry.unwrap().path());
    let mut cases: Vec<PathBuf> = cases.filter(|case| case.join("template.yml").exists()).collect();
    cases.sort();
    if cases.is_empty() {
        println!(
            "raw texts were NOT checked: set {CONFORMANCE_DIR} to a folder with cases/NAME/template.yml"
        );
    }
    let mut failures = Vec::new();
    for case in cases {
        let name = case.file_name().unwrap().to_str().unwrap().to_owned();
        let told = match load(&case, &name) {
            Ok(loaded) => {
                diff::templates(&read(&case.join("template.yml")), &loaded.template.to_yaml()).unwrap().text()
            }
            Err(error) => error,
        };
        match told == RUNTIME || told.is_empty() {
            true => println!("same text    {name}"),
            false => failures.push(format!("{name}:\n{told}")),
        }
    }
    assert!(failures.is_empty(), "{} cases differ\n{}", failures.len(), failures.join("\n"));
}
