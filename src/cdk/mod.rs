//! The user's CDK app, run with the user's Node.js: `<npm|yarn> install`, then `cdk synth`.

mod command;
mod manager;

use std::path::{Path, PathBuf};

use crate::error::{Error, Result};
use crate::files;
use crate::ops::port::{CdkInput, CdkRunner};
use crate::programs::Programs;
use crate::report::events::CommandEvent;
use crate::text::decode;
use command::Command;
use manager::Manager;

/// Where the template lies for the app, relative to it.
const INPUT: &str = ".build/in.yml";
/// The CDK's own program, relative to the app.
const PROGRAM: &str = "node_modules/.bin/cdk";
const SETTINGS: &str = "cdk.json";

/// Runs CDK apps.
pub struct Cdk {
    programs: Programs,
    /// Where the user stands.
    cwd: PathBuf,
}

impl Cdk {
    /// One that finds programs in the value of `PATH` and judges lock files from a working directory.
    pub fn new(path: Option<&str>, cwd: &Path) -> Self {
        Self { programs: Programs::of(path), cwd: cwd.to_owned() }
    }

    fn manager(&self, app: &Path) -> Result<Manager> {
        let installed = |manager: &Manager| self.programs.find(manager.name()).is_some();
        manager::choose(&Manager::ALL.into_iter().filter(installed).collect::<Vec<_>>(), app, &self.cwd)
            .ok_or_else(|| {
                Error::new(format!(
                    "{} is a CDK app, and neither `npm` nor `yarn` is in the PATH",
                    app.join(SETTINGS).display()
                ))
                .hint("Install Node.js with npm (https://nodejs.org) or Yarn (https://yarnpkg.com).")
            })
    }
}

impl CdkRunner for Cdk {
    fn check(&self, app: &Path) -> Result<()> {
        let settings = app.join(SETTINGS);
        let bytes = files::read(&settings, files::TEXT)
            .map_err(|e| Error::new(format!("cannot read {}: {e}", settings.display())))?;
        let text = decode(bytes).map_err(|e| e.error(&settings.display().to_string()))?;
        let parsed = serde_json::from_str::<serde_json::Map<String, serde_json::Value>>(&text);
        parsed.map_err(|e| {
            Error::new(format!("{} holds no JSON object: {}", settings.display(), e))
                .hint("It names the app: `{\"app\": \"npx ts-node --prefer-ts-exts bin/override.ts\"}`.")
        })?;
        // Without one of these, package managers would install into a directory above.
        if !app.join("package.json").is_file() && !app.join("node_modules").is_dir() {
            return Err(Error::new(format!("{} is a CDK app without its package.json", settings.display()))
                .hint("Restore the file; it must depend on `aws-cdk` and `aws-cdk-lib`."));
        }
        if self.programs.find("node").is_none() {
            return Err(Error::new(format!(
                "{} is a CDK app, and `node` is not in the PATH",
                settings.display()
            ))
            .hint("Install Node.js (https://nodejs.org), or turn the app into YAML patches."));
        }
        self.manager(app).map(drop)
    }

    async fn install(&self, app: &Path, on: &(dyn Fn(CommandEvent) + Sync)) -> Result<()> {
        let name = self.manager(app)?.name();
        let program = self
            .programs
            .find(name)
            .ok_or_else(|| Error::new(format!("`{name}` is no longer in the PATH")))?;
        let install = Command { program: &program, shown: &format!("{name} install"), app, variables: &[] };
        // Whatever it prints is talk.
        install.run(&["install"], true, on).await.map(drop)
    }

    async fn synthesize(
        &self,
        app: &Path,
        input: &CdkInput<'_>,
        on: &(dyn Fn(CommandEvent) + Sync),
    ) -> Result<String> {
        let program = app.join(PROGRAM);
        if !program.exists() {
            return Err(Error::new(format!(
                "there is no {} after the installation of the packages",
                program.display()
            ))
            .hint(format!("Add `aws-cdk` to {}.", app.join("package.json").display()))
            .hint("Yarn must keep packages in node_modules: `nodeLinker: node-modules` in .yarnrc.yml."));
        }
        write(&app.join(INPUT), input.template)?;
        let synth = Command {
            program: &program,
            shown: "cdk synth",
            app,
            variables: &[("COPILOT_APPLICATION_NAME", input.app), ("COPILOT_ENVIRONMENT_NAME", input.env)],
        };
        // With CI=true the CDK would put its warnings into the template.
        let printed = synth.run(&["synth", "--no-version-reporting", "--ci=false"], false, on).await?;
        String::from_utf8(printed)
            .map_err(|_| Error::new(format!("`cdk synth` in {} printed no UTF-8 text", app.display())))
    }
}

fn write(file: &Path, text: &str) -> Result<()> {
    let written =
        file.parent().map_or(Ok(()), std::fs::create_dir_all).and_then(|()| std::fs::write(file, text));
    written.map_err(|e| {
        Error::new(format!("cannot write the template for the CDK app to {}: {e}", file.display()))
    })
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn programs_of_the_directory_the_user_stands_in_are_not_run() {
        let dir = tempfile::tempdir().unwrap();
        let (app, bin) = (dir.path().join("app"), dir.path().join("bin"));
        std::fs::create_dir_all(&app).unwrap();
        std::fs::create_dir_all(&bin).unwrap();
        for file in ["cdk.json", "package.json"] {
            std::fs::write(app.join(file), "{}").unwrap();
        }
        for directory in [dir.path(), &bin] {
            for name in ["node", "npm", "yarn"] {
                std::fs::write(directory.join(name), "").unwrap();
                let mode = std::fs::Permissions::from_mode(0o755);
                std::fs::set_permissions(directory.join(name), mode).unwrap();
            }
        }
        let check =
            |path: &str| Cdk::new(Some(path), dir.path()).check(&app).map_err(|error| error.to_string());
        for path in ["", ":", ".", "bin", "./bin:"] {
            assert!(check(path).unwrap_err().ends_with("`node` is not in the PATH"), "{path}");
        }
        assert_eq!(check(&format!(":bin:{}", bin.display())), Ok(()));
    }
}
