//! Where the job's image comes from.

use std::path::{Component, Path, PathBuf};

use super::{ImageSource, Request, dockerfiles};
use crate::error::{Error, Result};
use crate::files;
use crate::image::dockerfile;
use crate::manifest::job::write::{self, NewImage};
use crate::ops::adapters::Adapters;
use crate::ops::port::ImageEngine as _;
use crate::report::Console;

const OTHER: &str = "Another Dockerfile";
const EXISTING: &str = "An image that exists";
const FLAG: &str = "--dockerfile or --image";

/// Asks for a Dockerfile, or for an image that exists.
///
/// # Errors
/// When there is nobody to ask.
pub(crate) fn ask(cwd: &Path, console: &Console<'_>) -> Result<ImageSource> {
    let mut options = dockerfiles::find(cwd);
    options.extend([OTHER, EXISTING].map(str::to_owned));
    let chosen = console.select("What is the job's image built from?", FLAG, &options)?;
    match options.swap_remove(chosen.min(options.len() - 1)).as_str() {
        OTHER => {
            let check = |path: &str| check_dockerfile(cwd, path).map_err(|error| error.to_string());
            console.text("Path of the Dockerfile", "--dockerfile", None, &check).map(ImageSource::Dockerfile)
        }
        EXISTING => {
            let check = |location: &str| check_location(cwd, location);
            let question = "Image, as [registry/]repository[:tag|@digest]";
            console.text(question, "--image", None, &check).map(ImageSource::Location)
        }
        path => {
            check_dockerfile(cwd, path)?;
            Ok(ImageSource::Dockerfile(path.to_owned()))
        }
    }
}

/// Refuses what cannot be built from.
///
/// # Errors
/// When there is no such file, or it is no Dockerfile.
pub(crate) fn check_dockerfile(cwd: &Path, path: &str) -> Result<()> {
    let wrong = |what: String| Error::usage(format!("--dockerfile `{path}`: {what}"));
    let file = cwd.join(path);
    if path.is_empty() {
        return Err(wrong("it is empty".to_owned()));
    }
    if file.is_dir() {
        return Err(wrong("it is a directory".to_owned()).hint("Name the Dockerfile in it."));
    }
    let content = files::read(&file, files::TEXT).map_err(|e| {
        let error = wrong(format!("{} cannot be read: {e}", file.display()));
        match dockerfiles::find(cwd) {
            found if found.is_empty() => error,
            found => error.hint(format!("Dockerfiles here: {}.", found.join(", "))),
        }
    })?;
    match dockerfile::fault(&content) {
        None => Ok(()),
        Some(fault) => {
            let line = fault.line.map(|line| format!("line {line} ")).unwrap_or_default();
            Err(wrong(format!("{line}{}", fault.what)).hint(fault.hint))
        }
    }
}

/// What is wrong with the name of an image.
pub(super) fn check_location(cwd: &Path, location: &str) -> Result<(), String> {
    if location.is_empty() {
        return Err("it is empty".to_owned());
    }
    if let Some(c) = location.chars().find(|c| !c.is_ascii_graphic()) {
        return Err(format!(
            "it holds `{}` (U+{:04X}), which no image's name has",
            c.escape_debug(),
            u32::from(c)
        ));
    }
    if location.contains("://") {
        return Err("leave out the protocol: it is [registry/]repository[:tag|@digest]".to_owned());
    }
    let is_path = location.starts_with(['.', '/', '~']) || cwd.join(location).is_file();
    if is_path {
        return Err("it is a file; --dockerfile takes one to build an image from".to_owned());
    }
    Ok(())
}

/// The image as the manifest has it: a Dockerfile's path is taken from the workspace's root.
///
/// # Errors
/// When the path cannot be written into a manifest.
pub(super) fn of_manifest(request: &Request, image: &ImageSource) -> Result<NewImage> {
    let path = match image {
        ImageSource::Location(location) => return Ok(NewImage::Location(location.clone())),
        ImageSource::Dockerfile(path) => request.cwd.join(path),
    };
    // Links are left as they are, unless the way from one to the other leads through them.
    let real = |path: &Path| path.canonicalize().unwrap_or_else(|_| plain(path));
    let (root, file) = (real(request.workspace.root()), plain(&path));
    let relative = match file.strip_prefix(&root) {
        Ok(inside) => inside.to_owned(),
        Err(_) => between(&root, &real(&file)),
    };
    match relative.to_str() {
        Some(text) => Ok(NewImage::Dockerfile(text.to_owned())),
        None => Err(Error::usage(format!(
            "the path of the Dockerfile {} is not UTF-8, and cannot be written into a manifest",
            relative.display()
        ))),
    }
}

/// The path without `.` and, where that is certain without looking, `..`.
fn plain(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => drop(plain.pop()),
            part => plain.push(part),
        }
    }
    plain
}

/// The way from a directory to a file, both absolute.
fn between(from: &Path, to: &Path) -> PathBuf {
    let common = from.components().zip(to.components()).take_while(|(a, b)| a == b).count();
    let up = from.components().skip(common).map(|_| Component::ParentDir);
    up.chain(to.components().skip(common)).collect()
}

/// The platform to write for the images that the local engine builds; `None` where nothing has to be written, or no engine
/// is there to tell.
pub(super) async fn platform<W: Adapters>(world: &W, console: &Console<'_>) -> Result<Option<String>> {
    let Ok(engine) = world.engine().await else {
        console.note("No Docker Engine was found. `copilot job deploy` needs one to build the image.");
        return Ok(None);
    };
    let (os, arch) = engine.platform().split_once('/').unwrap_or_default();
    let platform = write::platform(os, arch);
    if let Some(platform) = &platform {
        console.warn(format!(
            "the Docker Engine builds for {os}/{arch} by itself; the manifest says `platform: {platform}`, which most clusters run. \
             Write `platform: {os}/arm64` for ARM tasks."
        ));
    }
    Ok(platform)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ways_between_directories() {
        for (from, to, expected) in [
            ("/r/infra", "/r/apps/x/Dockerfile", "../apps/x/Dockerfile"),
            ("/r/infra", "/r/infra/a/Dockerfile", "a/Dockerfile"),
            ("/r", "/s/Dockerfile", "../s/Dockerfile"),
        ] {
            assert_eq!(between(Path::new(from), Path::new(to)), Path::new(expected), "{from} {to}");
        }
        assert_eq!(plain(Path::new("/a/./b/../c")), Path::new("/a/c"));
    }

    #[test]
    fn names_of_images() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("app.tar"), "").unwrap();
        let told = ["", "nginx:1", "repo/a@sha256:ab", "./Dockerfile", "app.tar", "https://x/y", "a\u{a0}b"]
            .map(|location| format!("{location:?}: {:?}", check_location(dir.path(), location)));
        insta::assert_snapshot!(told.join("\n"), @r#"
        "": Err("it is empty")
        "nginx:1": Ok(())
        "repo/a@sha256:ab": Ok(())
        "./Dockerfile": Err("it is a file; --dockerfile takes one to build an image from")
        "app.tar": Err("it is a file; --dockerfile takes one to build an image from")
        "https://x/y": Err("leave out the protocol: it is [registry/]repository[:tag|@digest]")
        "a\u{a0}b": Err("it holds `\\u{a0}` (U+00A0), which no image's name has")
        "#);
    }
}
