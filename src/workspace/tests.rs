//! Manifest files on disk: found or not, whose they are, which of them are jobs.

use super::*;

const JOB: &str = "type: Scheduled Job\nimage: {location: repo/app}\non: {schedule: none}\n";

/// What becomes of the file `copilot/DIRECTORY/FILE` when `DIRECTORY` is deployed: the warnings of a job,
/// or what is wrong.
fn deployed(directory: &str, file: &str, content: &str) -> Result<String, String> {
    let dir = tempfile::tempdir().unwrap();
    let workspace = Workspace { copilot_dir: dir.path().join("copilot") };
    fs::create_dir_all(workspace.copilot_dir.join(directory)).unwrap();
    fs::write(workspace.copilot_dir.join(directory).join(file), content).unwrap();
    let text = workspace.read_manifest(directory).map_err(|e| e.to_string())?;
    let path = workspace.manifest_display(directory);
    let lookup = |name: &str| (name == "NAME").then(|| directory.to_owned());
    let target =
        manifest::Target { app: "shop", env: "test", job: directory, lookup: &lookup, environments: &[] };
    match manifest::load(manifest::Source { path: &path, text: &text }, target) {
        Ok(manifest) => Ok(manifest.warnings.iter().map(|w| format!("{}: {}", w.field, w.message)).collect()),
        Err(findings) => Err(findings.to_string()),
    }
}

#[test]
fn files() {
    let named = |name: &str| format!("name: {name}\n{JOB}");
    let rows = [
        // Only `manifest.yml` is a manifest.
        (
            "report",
            "manifest.yaml",
            named("report"),
            Err("job report not found in the workspace: there is no copilot/report/manifest.yml"),
        ),
        (
            "report",
            "notes.txt",
            String::new(),
            Err("job report not found in the workspace: there is no copilot/report/manifest.yml"),
        ),
        (
            "report",
            "manifest.yml",
            "good morning".to_owned(),
            Err("copilot/report/manifest.yml:1:1: a manifest is a map"),
        ),
        (
            "report",
            "manifest.yml",
            named("other"),
            Err(
                "copilot/report/manifest.yml:1:7: name: `other` differs from the manifest's directory `report`",
            ),
        ),
        ("report", "manifest.yml", named("report"), Ok("")),
        (
            "report",
            "manifest.yml",
            format!("{}colour: red\n", named("report")),
            Ok("colour: unknown field, ignored"),
        ),
        ("2031", "manifest.yml", named("2031"), Ok("")),
        // The name is compared as it is written.
        (
            "report",
            "manifest.yml",
            named("${NAME}"),
            Err("copilot/report/manifest.yml:1:7: name: `${NAME}` differs from"),
        ),
    ];
    let failures: Vec<String> = rows
        .iter()
        .filter_map(|(directory, file, content, want)| {
            let got = deployed(directory, file, content);
            let right = match (&got, want) {
                (Ok(warnings), Ok(want)) => warnings == want,
                (Err(error), Err(want)) => error.starts_with(want),
                _ => false,
            };
            (!right)
                .then(|| format!("{directory}/{file} with {content:?}\n    gives {got:?}\n    not {want:?}"))
        })
        .collect();
    assert!(
        failures.is_empty(),
        "{} of {} files failed:\n{}",
        failures.len(),
        rows.len(),
        failures.join("\n")
    );
}

/// Unlike the old tool, which listed no jobs at all when any manifest was broken or had another name.
#[test]
fn a_listing_skips_what_is_no_job() {
    let dir = tempfile::tempdir().unwrap();
    let workspace = Workspace { copilot_dir: dir.path().join("copilot") };
    let add = |directory: &str, content: Option<&str>| {
        let directory = workspace.copilot_dir.join(directory);
        fs::create_dir_all(&directory).unwrap();
        if let Some(content) = content {
            fs::write(directory.join("manifest.yml"), content).unwrap();
        }
    };
    add("report", Some("name: report\ntype: Scheduled Job\n"));
    add("backup", Some("name: backup\ntype: Scheduled Job\ncpu: [\n"));
    add("site", Some("name: site\ntype: Load Balanced Web Service\n"));
    add("environments", None);
    add("broken", Some("good morning"));
    add("renamed", Some("name: other\ntype: Scheduled Job\n"));
    fs::write(workspace.copilot_dir.join("notes.txt"), "").unwrap();
    assert_eq!(workspace.jobs().unwrap(), ["backup", "report"]);
    let error = workspace.read_manifest("gone").unwrap_err();
    assert_eq!(
        error.to_string(),
        "job gone not found in the workspace: there is no copilot/gone/manifest.yml"
    );
}
