//! Which ignore file is in force for a build, and its patterns.

use std::io;
use std::path::{Path, PathBuf};

use super::ignore::Ignore;
use super::tree::resolve;
use crate::error::{Context as _, Error, Result};
use crate::files;

/// The name of a context's ignore file, and the ending of a Dockerfile's own.
const NAME: &str = ".dockerignore";

/// The ignore file in force; without patterns when there is none.
#[derive(Clone, Debug, Default)]
pub struct IgnoreFile {
    /// Its patterns.
    pub ignore: Ignore,
    /// Where it is.
    pub path: PathBuf,
    /// Whether it is the Dockerfile's own, not the context's.
    pub is_own: bool,
    /// Ignore files without effect, because they are links that lead out of their directory.
    pub unfollowed: Vec<PathBuf>,
}

/// What a builder makes of an ignore file that is a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Links {
    /// It goes where the link leads, as any program that opens the file.
    Followed,
    /// It stays in the directory: BuildKit gets the link, takes the directory for the root of everything, and
    /// goes without an ignore file when it finds none.
    Confined,
}

impl IgnoreFile {
    /// Reads `<Dockerfile>.dockerignore` beside the Dockerfile, or else the context's `.dockerignore`. The
    /// Dockerfile's name is the one given, also when that is a link.
    ///
    /// # Errors
    /// A file that cannot be read or is not UTF-8, or a malformed pattern.
    pub fn read(root: &Path, dockerfile: &Path, links: Links) -> Result<Self> {
        let mut own = dockerfile.file_name().unwrap_or_default().to_owned();
        own.push(NAME);
        let beside = dockerfile.parent().unwrap_or(root);
        let mut unfollowed = Vec::new();
        for (directory, name, is_own) in [(beside, Path::new(&own), true), (root, Path::new(NAME), false)] {
            let path = directory.join(name);
            let found =
                content(directory, name, links).with_context(|| format!("read {}", path.display()))?;
            match found {
                Found::Content(bytes) => {
                    let ignore = parse(&bytes).with_context(|| format!("read {}", path.display()))?;
                    return Ok(Self { ignore, path, is_own, unfollowed });
                }
                Found::Outside => unfollowed.push(path),
                Found::Nothing => {}
            }
        }
        Ok(Self { unfollowed, ..Self::default() })
    }

    /// Checks the ignore file of a further context.
    ///
    /// # Errors
    /// As [`IgnoreFile::read`].
    pub fn check(root: &Path) -> Result<()> {
        let reading = || format!("read {}", root.join(NAME).display());
        match content(root, Path::new(NAME), Links::Confined).with_context(reading)? {
            Found::Content(bytes) => parse(&bytes).with_context(reading).map(drop),
            _ => Ok(()),
        }
    }
}

enum Found {
    Content(Vec<u8>),
    Outside,
    Nothing,
}

fn content(directory: &Path, name: &Path, links: Links) -> Result<Found> {
    let mut path = directory.join(name);
    if links == Links::Confined {
        let within = resolve(directory, name).map(|(_, resolved)| directory.join(resolved));
        match within.filter(|within| within.symlink_metadata().is_ok()) {
            Some(within) => path = within,
            None if path.exists() => return Ok(Found::Outside),
            None => return Ok(Found::Nothing),
        }
    }
    let metadata = match path.metadata() {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Found::Nothing),
        metadata => metadata?,
    };
    if metadata.is_dir() && links == Links::Confined {
        return Ok(Found::Nothing);
    }
    let content = files::read(&path, files::TEXT);
    let content = match metadata.is_file() {
        true => content?,
        false => {
            content.map_err(|error| Error::new(error).hint("Replace it with a text file, or remove it."))?
        }
    };
    Ok(Found::Content(content))
}

fn parse(bytes: &[u8]) -> Result<Ignore> {
    if let Some(encoding) = foreign_encoding(bytes) {
        return Err(Error::new(format!("it is in {encoding}, in which Docker finds no pattern"))
            .hint("Save it as UTF-8; otherwise the image would contain everything that it lists."));
    }
    Ignore::parse(&String::from_utf8_lossy(bytes))
}

/// The name of the encoding of a text that Docker, which reads UTF-8 only, would take for something else.
pub(super) fn foreign_encoding(bytes: &[u8]) -> Option<&'static str> {
    match bytes {
        [0xff, 0xfe, 0, 0, ..] | [0, 0, 0xfe, 0xff, ..] => Some("UTF-32"),
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => Some("UTF-16"),
        _ if bytes.contains(&0) => Some("UTF-16 without a byte order mark, or no text at all"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::symlink;

    use super::*;

    /// What is in force of a directory with these files; `->` makes a link.
    fn read(files: &[(&str, &str)], links: Links) -> String {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().join("ws");
        for (name, content) in [("ws/app/Dockerfile", "")].iter().chain(files) {
            let path = dir.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            match content.strip_prefix("-> ") {
                Some(target) => symlink(target, path).unwrap(),
                None => fs::write(path, content).unwrap(),
            }
        }
        let shown = |path: &Path| path.strip_prefix(&root).unwrap_or(path).display().to_string();
        match IgnoreFile::read(&root, &root.join("app/Dockerfile"), links) {
            Ok(file) => {
                let by = file.ignore.excluded_by("x").map(|(line, text)| format!("{line}: {text}"));
                let outside: Vec<_> = file.unfollowed.iter().map(|path| shown(path)).collect();
                format!("{} {by:?} own {} unfollowed {outside:?}", shown(&file.path), file.is_own)
            }
            Err(error) => error.to_string().replace(&root.display().to_string(), ""),
        }
    }

    #[test]
    fn the_dockerfiles_own_comes_first_and_links_are_followed_as_the_builder_does() {
        let mut table = String::new();
        for files in [
            &[][..],
            &[("ws/.dockerignore", "\u{feff}#c\n\n x \n")],
            &[("ws/.dockerignore", "x"), ("ws/app/Dockerfile.dockerignore", "*\n!a")],
            &[("ws/.dockerignore", "-> lists/ignored"), ("ws/lists/ignored", "x")],
            &[("ws/.dockerignore", "-> ../ignored"), ("ignored", "x")],
            &[("ws/.dockerignore", "-> /gone")],
            &[("ws/.dockerignore", "-> .dockerignore")],
            &[
                ("ws/.dockerignore", "x"),
                ("ws/app/Dockerfile.dockerignore", "-> ../lists"),
                ("ws/lists", "y"),
            ],
            &[("ws/.dockerignore/x", "")],
        ] {
            for links in [Links::Followed, Links::Confined] {
                table += &format!("{files:?} {links:?}\n    {}\n", read(files, links));
            }
        }
        insta::assert_snapshot!(table, @r#"
        [] Followed
             None own false unfollowed []
        [] Confined
             None own false unfollowed []
        [("ws/.dockerignore", "\u{feff}#c\n\n x \n")] Followed
            .dockerignore Some("3: x") own false unfollowed []
        [("ws/.dockerignore", "\u{feff}#c\n\n x \n")] Confined
            .dockerignore Some("3: x") own false unfollowed []
        [("ws/.dockerignore", "x"), ("ws/app/Dockerfile.dockerignore", "*\n!a")] Followed
            app/Dockerfile.dockerignore Some("1: *") own true unfollowed []
        [("ws/.dockerignore", "x"), ("ws/app/Dockerfile.dockerignore", "*\n!a")] Confined
            app/Dockerfile.dockerignore Some("1: *") own true unfollowed []
        [("ws/.dockerignore", "-> lists/ignored"), ("ws/lists/ignored", "x")] Followed
            .dockerignore Some("1: x") own false unfollowed []
        [("ws/.dockerignore", "-> lists/ignored"), ("ws/lists/ignored", "x")] Confined
            .dockerignore Some("1: x") own false unfollowed []
        [("ws/.dockerignore", "-> ../ignored"), ("ignored", "x")] Followed
            .dockerignore Some("1: x") own false unfollowed []
        [("ws/.dockerignore", "-> ../ignored"), ("ignored", "x")] Confined
             None own false unfollowed [".dockerignore"]
        [("ws/.dockerignore", "-> /gone")] Followed
             None own false unfollowed []
        [("ws/.dockerignore", "-> /gone")] Confined
             None own false unfollowed []
        [("ws/.dockerignore", "-> .dockerignore")] Followed
            read /.dockerignore: Too many levels of symbolic links (os error 40)
        [("ws/.dockerignore", "-> .dockerignore")] Confined
             None own false unfollowed []
        [("ws/.dockerignore", "x"), ("ws/app/Dockerfile.dockerignore", "-> ../lists"), ("ws/lists", "y")] Followed
            app/Dockerfile.dockerignore None own true unfollowed []
        [("ws/.dockerignore", "x"), ("ws/app/Dockerfile.dockerignore", "-> ../lists"), ("ws/lists", "y")] Confined
            .dockerignore Some("1: x") own false unfollowed ["app/Dockerfile.dockerignore"]
        [("ws/.dockerignore/x", "")] Followed
            read /.dockerignore: Is a directory (os error 21)
        [("ws/.dockerignore/x", "")] Confined
             None own false unfollowed []
        "#);
    }

    #[test]
    fn other_encodings_are_named() {
        let dir = tempfile::tempdir().unwrap();
        let wide = |text: &str| text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>();
        let mut table = String::new();
        for bytes in [
            [&[0xff, 0xfe][..], &wide("secret\n")].concat(),
            [&[0xfe, 0xff][..], b"\0s"].concat(),
            wide("secret"),
            vec![0xff, 0xfe, 0, 0, b's', 0, 0, 0],
            b"caf\xe9\n".to_vec(),
        ] {
            fs::write(dir.path().join(NAME), bytes).unwrap();
            let read = IgnoreFile::read(dir.path(), &dir.path().join("Dockerfile"), Links::Confined);
            let said =
                read.err().map_or("ok".to_owned(), |error| format!("{error}\n    {}", error.hints()[0]));
            assert_eq!(said == "ok", IgnoreFile::check(dir.path()).is_ok());
            table += &(said.replace(&dir.path().display().to_string(), "") + "\n");
        }
        insta::assert_snapshot!(table, @"
        read /.dockerignore: it is in UTF-16, in which Docker finds no pattern
            Save it as UTF-8; otherwise the image would contain everything that it lists.
        read /.dockerignore: it is in UTF-16, in which Docker finds no pattern
            Save it as UTF-8; otherwise the image would contain everything that it lists.
        read /.dockerignore: it is in UTF-16 without a byte order mark, or no text at all, in which Docker finds no pattern
            Save it as UTF-8; otherwise the image would contain everything that it lists.
        read /.dockerignore: it is in UTF-32, in which Docker finds no pattern
            Save it as UTF-8; otherwise the image would contain everything that it lists.
        ok
        ");
    }

    #[test]
    fn a_pipe_is_not_waited_for() {
        let dir = tempfile::tempdir().unwrap();
        let made = std::process::Command::new("mkfifo").arg(dir.path().join(NAME)).status().unwrap();
        assert!(made.success());
        for links in [Links::Followed, Links::Confined] {
            let error = IgnoreFile::read(dir.path(), &dir.path().join("Dockerfile"), links).unwrap_err();
            assert!(error.to_string().ends_with("/.dockerignore: it is a named pipe, not a file"), "{error}");
        }
    }
}
