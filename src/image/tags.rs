//! Image tags: what the user asked for, what git says, and what Docker accepts.

use std::borrow::Cow;

use crate::error::{Error, Result};

/// Docker's limit for the length of a tag.
const MAX_LENGTH: usize = 128;

/// The tags all images of one deployment are made from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ImageTags {
    custom: Option<String>,
    git: Option<String>,
}

impl ImageTags {
    /// Takes the value of `--tag` and what `git describe` gives for a clean tree. The second result
    /// tells the user when Docker does not accept the git tag as it is.
    ///
    /// # Errors
    /// `custom` is not a valid tag.
    pub fn new(custom: Option<&str>, git: Option<&str>) -> Result<(Self, Option<String>)> {
        let custom = custom.filter(|tag| !tag.is_empty());
        if let Some(tag) = custom {
            validate(tag)?;
        }
        let mut notice = None;
        let git = git.filter(|tag| !tag.is_empty()).map(|tag| {
            let clean = sanitize(tag);
            if let Cow::Owned(clean) = &clean {
                notice = Some(format!(
                    "the git tag `{}` is not a valid image tag, images are tagged `{clean}`",
                    crate::text::sanitize(tag)
                ));
            }
            clean.into_owned()
        });
        Ok((Self { custom: custom.map(str::to_owned), git }, notice))
    }

    /// Tags of the main container's image. `latest` always moves along.
    pub fn main(&self) -> Vec<String> {
        let own = self.main_reference().map(str::to_owned);
        std::iter::once("latest".to_owned()).chain(own.filter(|tag| tag != "latest")).collect()
    }

    /// The tag the stack refers to the main image by; without one it is the digest.
    pub fn main_reference(&self) -> Option<&str> {
        self.custom.as_deref().or(self.git.as_deref())
    }

    /// Tags of a sidecar's image. `--tag` is for the main container only.
    ///
    /// # Errors
    /// The container's name cannot be part of a tag.
    pub fn sidecar(&self, container: &str) -> Result<Vec<String>> {
        let mut tags = vec![sidecar_tag(container, "latest")?];
        if let Some(own) = self.sidecar_reference(container)?
            && !tags.contains(&own)
        {
            tags.push(own);
        }
        Ok(tags)
    }

    /// The tag the stack refers to a sidecar's image by; without one it is the digest.
    ///
    /// # Errors
    /// The container's name cannot be part of a tag.
    pub fn sidecar_reference(&self, container: &str) -> Result<Option<String>> {
        self.git.as_deref().map(|git| sidecar_tag(container, git)).transpose()
    }
}

/// Checks a tag the user chose: a letter, digit or underscore, then at most 127 of those or `.`
/// and `-`.
///
/// # Errors
/// Says what is wrong with the tag.
pub fn validate(tag: &str) -> Result<()> {
    if is_valid(tag) {
        return Ok(());
    }
    Err(Error::usage(format!("`{}` is not a valid image tag", crate::text::sanitize(tag))).hint(
        "A tag has at most 128 characters: ASCII letters, digits, `_`, `.` and `-`, the first of them neither `.` nor `-`.",
    ))
}

/// Turns a git tag into a tag that Docker accepts: other characters become `-`. Of a name that is
/// too long the end stays, where `git describe` puts the commit.
pub fn sanitize(tag: &str) -> Cow<'_, str> {
    if is_valid(tag) {
        return Cow::Borrowed(tag);
    }
    let replaced: String = tag.chars().map(|c| if is_tag_char(c) { c } else { '-' }).collect();
    let kept = keep_end(&replaced, MAX_LENGTH);
    Cow::Owned(if kept.is_empty() { "_".to_owned() } else { kept.to_owned() })
}

fn sidecar_tag(container: &str, tag: &str) -> Result<String> {
    let whole = format!("{container}-{tag}");
    if is_valid(&whole) {
        return Ok(whole);
    }
    let room = MAX_LENGTH.saturating_sub(container.len() + 1);
    let shortened = format!("{container}-{}", keep_end(tag, room));
    // A name that leaves no room for a distinguishing part is as bad as an invalid one.
    if is_valid(&shortened) && room >= tag.len().min(16) {
        return Ok(shortened);
    }
    Err(Error::new(format!(
        "manifest field `sidecars.{}`: the name cannot be part of an image tag, which a built image needs",
        crate::text::sanitize(container)
    ))
    .hint("Name the sidecar with letters, digits, `_`, `.` and `-`, in at most 100 characters."))
}

/// The last `length` characters of an ASCII text, without what a tag cannot start with.
fn keep_end(text: &str, length: usize) -> &str {
    text.get(text.len().saturating_sub(length)..).unwrap_or(text).trim_start_matches(['.', '-'])
}

fn is_tag_char(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-')
}

fn is_valid(tag: &str) -> bool {
    !tag.is_empty() && tag.len() <= MAX_LENGTH && !tag.starts_with(['.', '-']) && tag.chars().all(is_tag_char)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_of_both_kinds_of_container() {
        for (custom, git, main, sidecar) in [
            (None, None, vec!["latest"], vec!["envoy-latest"]),
            (None, Some("v1"), vec!["latest", "v1"], vec!["envoy-latest", "envoy-v1"]),
            (Some("mine"), Some("v1"), vec!["latest", "mine"], vec!["envoy-latest", "envoy-v1"]),
            (Some("mine"), None, vec!["latest", "mine"], vec!["envoy-latest"]),
            (Some("latest"), None, vec!["latest"], vec!["envoy-latest"]),
            (Some(""), Some("v1"), vec!["latest", "v1"], vec!["envoy-latest", "envoy-v1"]),
        ] {
            let (tags, notice) = ImageTags::new(custom, git).unwrap();
            assert_eq!(notice, None);
            assert_eq!(tags.main(), main);
            assert_eq!(tags.sidecar("envoy").unwrap(), sidecar);
        }
    }

    #[test]
    fn git_tags_become_valid_and_the_user_hears_of_it() {
        let (tags, notice) = ImageTags::new(None, Some("release/1.2-3-gabc1234")).unwrap();
        assert_eq!(tags.main_reference(), Some("release-1.2-3-gabc1234"));
        assert_eq!(
            notice.unwrap(),
            "the git tag `release/1.2-3-gabc1234` is not a valid image tag, images are tagged `release-1.2-3-gabc1234`"
        );
        for (tag, clean) in [
            ("v1.2", "v1.2".to_owned()),
            ("v1+rs/é", "v1-rs--".to_owned()),
            ("-x", "x".to_owned()),
            ("...", "_".to_owned()),
            (&"a".repeat(200), "a".repeat(128)),
        ] {
            assert_eq!(sanitize(tag), clean);
            assert!(is_valid(&sanitize(tag)));
        }
    }

    #[test]
    fn user_tags_are_checked() {
        for good in ["a", "_x", "1.0-rc_1", &"a".repeat(128)] {
            validate(good).unwrap();
        }
        for bad in [".a", "-a", "a/b", "a b", "é", "a:b", "a@b", &"a".repeat(129)] {
            let error = ImageTags::new(Some(bad), None).unwrap_err();
            assert_eq!(error.exit_code(), 2, "{bad}");
        }
    }

    #[test]
    fn long_sidecar_names() {
        let (tags, _) = ImageTags::new(None, Some(&format!("{}-1-gabc1234", "v".repeat(90)))).unwrap();
        let own = tags.sidecar(&"c".repeat(60)).unwrap().pop().unwrap();
        assert_eq!(own.len(), 128);
        assert!(own.ends_with("-1-gabc1234"));
        assert!(tags.sidecar(&"c".repeat(128)).is_err());
        assert!(tags.sidecar("a/b").is_err());
    }
}
