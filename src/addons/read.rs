//! The files of an addons directory. What cannot be read is an error, never "no addons": leaving them out
//! would delete their resources.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use crate::error::{Error, Result};
use crate::files;
use crate::text::decode;

/// Names of the file with the parameters' values; one may exist.
const PARAMETER_FILES: [&str; 2] = ["addons.parameters.yml", "addons.parameters.yaml"];

/// A file's text.
#[derive(Clone, Debug)]
pub(super) struct Source {
    /// The file, as people write it.
    pub file: String,
    pub text: String,
}

/// What counts of a directory.
#[derive(Clone, Debug, Default)]
pub(super) struct Sources {
    /// By file name.
    pub templates: Vec<Source>,
    pub parameters: Option<Source>,
    /// There is nothing at all in the directory.
    pub is_empty: bool,
}

/// Reads the templates and the parameter file that lie directly in a directory; `None` when it does not exist.
/// Other files and directories are assets or none of our business.
pub(super) fn read(dir: &Path, shown: &str, noun: &str) -> Result<Option<Sources>> {
    let unreadable = |e: std::io::Error| {
        Error::new(format!("cannot list the addons directory {shown}: {e}"))
            .hint("Deploying without the addons would delete their resources, so nothing was done.")
    };
    let entries = match fs::read_dir(dir) {
        Ok(entries) => entries,
        // A link that points nowhere exists nevertheless.
        Err(e) if e.kind() == ErrorKind::NotFound && fs::symlink_metadata(dir).is_err() => return Ok(None),
        Err(e) => return Err(unreadable(e)),
    };
    let mut names = Vec::new();
    for entry in entries {
        names.push(entry.map_err(unreadable)?.file_name());
    }
    names.sort();
    let mut sources = Sources { is_empty: names.is_empty(), ..Sources::default() };
    let (mut parameter_files, mut broken) = (Vec::new(), Vec::new());
    for name in names {
        let bytes = name.as_encoded_bytes();
        if !bytes.ends_with(b".yml") && !bytes.ends_with(b".yaml") {
            continue;
        }
        let file = format!("{shown}/{}", name.to_string_lossy().replace('\n', "�"));
        let source = match read_text(&dir.join(&name), &file) {
            Ok(text) => Source { file, text },
            Err(error) => {
                broken.push(error);
                continue;
            }
        };
        if name.to_str().is_some_and(is_parameter_file) {
            parameter_files.push(source);
        } else {
            sources.templates.push(source);
        }
    }
    if let [one, other, ..] = parameter_files.as_slice() {
        let error = Error::new(format!("there are both {} and {}: only one may exist", one.file, other.file));
        broken.push(error.hint("Move all values into one of them and remove the other."));
    }
    super::all(noun, broken)?;
    sources.parameters = parameter_files.pop();
    Ok(Some(sources))
}

/// Whether a path is that of a file with the parameters' values.
pub(super) fn is_parameter_file(path: &str) -> bool {
    PARAMETER_FILES.contains(&path.rsplit('/').next().unwrap_or(path))
}

fn read_text(path: &Path, shown: &str) -> Result<String> {
    let unreadable = |reason: String| Error::new(format!("cannot read {shown}: {reason}"));
    // Reading from a pipe could wait for ever.
    if !fs::metadata(path).map_err(|e| unreadable(e.to_string()))?.is_file() {
        return Err(unreadable("it is not a file".to_owned()));
    }
    decode(files::read(path, files::TEXT).map_err(|e| unreadable(e.to_string()))?).map_err(|e| e.error(shown))
}
