//! What `package` makes: a template, and what goes with it into a stack, for others to deploy; or a comparison with what is
//! deployed.

mod files;

use crate::error::Result;
use crate::ops::desired::DesiredStack;
use crate::report::Console;
use crate::template::cfn::configuration::configuration;
use files::Output;

pub use files::Directory;

/// What is made.
#[derive(Clone, Debug)]
pub enum Purpose {
    /// A template, and with a directory the files that go with it.
    Package {
        /// Where the files go; the template alone is returned without one.
        directory: Option<Directory>,
        /// Build and push images and upload what the template names.
        upload: bool,
    },
    /// A comparison with what is deployed.
    Compare,
}

/// What was made of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The template's text.
    Template(String),
    /// Files.
    Written,
    /// A comparison; it has been shown.
    Compared {
        /// Whether anything differs.
        changed: bool,
    },
}

/// Names of the files.
pub(crate) struct Names {
    pub template: String,
    pub configuration: String,
    pub addons: String,
}

impl Names {
    /// All of them.
    pub(crate) fn all(&self) -> [&str; 3] {
        [&self.template, &self.configuration, &self.addons]
    }
}

/// Writes the files of what `subject` names and says so.
pub(crate) fn write(
    subject: &str,
    directory: &Directory,
    names: &Names,
    desired: &DesiredStack,
    addons: Option<String>,
    console: &Console<'_>,
) -> Result<()> {
    let stale = addons.is_none() && directory.has(&names.addons);
    let output = |name: &String, content: String| Output { name: name.clone(), content };
    let configuration = configuration(&desired.parameters, &desired.tags);
    let mut files = vec![
        output(&names.template, desired.template.to_yaml()),
        output(&names.configuration, configuration),
    ];
    files.extend(addons.map(|text| output(&names.addons, text)));
    directory.write(&files)?;
    if stale {
        console.warn(format!(
            "{subject} has no addons: {} is from an earlier run",
            directory.display(&names.addons)
        ));
    }
    let written: Vec<String> = files.iter().map(|file| directory.display(&file.name)).collect();
    console.note(format!("Wrote {}", written.join(", ")));
    Ok(())
}
