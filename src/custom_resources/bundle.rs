//! Makes one file of a function's source and the shared files it requires, since a deployment package has one file.
//!
//! Each shared file becomes a function that is called once, before whoever requires it. What the Lambda runtime itself
//! offers is required as usual.

use crate::error::{Error, Result};

/// The shared files, by the name they are required by.
const SHARED: [(&str, &str); 5] = [
    ("certificates.js", include_str!("shared/certificates.js")),
    ("names.js", include_str!("shared/names.js")),
    ("protocol.js", include_str!("shared/protocol.js")),
    ("route53.js", include_str!("shared/route53.js")),
    ("waiting.js", include_str!("shared/waiting.js")),
];

/// How the functions and the shared files require a shared file.
const REQUIRES: [&str; 2] = ["require(\"../shared/", "require(\"./"];

/// The source with all it requires, as one file.
///
/// # Errors
/// When it requires a file that is not shared.
pub(super) fn bundle(source: &str) -> Result<String> {
    let mut bundle =
        Bundle { text: "\"use strict\";\nconst __shared = {};\n".to_owned(), ..Bundle::default() };
    let source = bundle.resolve(source)?;
    bundle.text.push_str(&source);
    Ok(bundle.text)
}

#[derive(Default)]
struct Bundle {
    text: String,
    included: Vec<String>,
}

impl Bundle {
    /// Adds what the source requires, and returns the source with references to it.
    fn resolve(&mut self, source: &str) -> Result<String> {
        let mut resolved = String::new();
        let mut rest = source;
        while let Some((start, call)) = next_require(rest) {
            let (before, after) = (&rest[..start], &rest[start + call.len()..]);
            let (name, after) = after
                .split_once("\")")
                .ok_or_else(|| Error::new("the call of require() for a shared file does not end"))?;
            self.include(name)?;
            resolved.push_str(before);
            resolved.push_str(&format!("__shared[\"{name}\"]"));
            rest = after;
        }
        resolved.push_str(rest);
        Ok(resolved)
    }

    fn include(&mut self, name: &str) -> Result<()> {
        if self.included.iter().any(|included| included == name) {
            return Ok(());
        }
        self.included.push(name.to_owned());
        let source = SHARED.iter().find(|(file, _)| *file == name);
        let (_, source) = source.ok_or_else(|| Error::new(format!("{name} is no shared file")))?;
        let source = self.resolve(source)?;
        self.text.push_str(&format!(
            "__shared[\"{name}\"] = ((module) => {{\n{source}return module.exports;\n}})({{ exports: {{}} }});\n"
        ));
        Ok(())
    }
}

/// The first call that requires a shared file.
fn next_require(source: &str) -> Option<(usize, &'static str)> {
    REQUIRES.iter().filter_map(|call| Some((source.find(call)?, *call))).min()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_required_comes_first_and_once() {
        let source = "const { poll } = require(\"../shared/waiting.js\");\nconst { sleep } = require(\"../shared/waiting.js\");\n";
        let bundle = bundle(source).unwrap();
        let waiting = SHARED.iter().find(|(name, _)| *name == "waiting.js").unwrap().1;
        insta::assert_snapshot!(bundle.replace(waiting, "[the shared file]\n"), @r#"
        "use strict";
        const __shared = {};
        __shared["waiting.js"] = ((module) => {
        [the shared file]
        return module.exports;
        })({ exports: {} });
        const { poll } = __shared["waiting.js"];
        const { sleep } = __shared["waiting.js"];
        "#);
    }

    #[test]
    fn files_that_are_not_shared_are_refused() {
        let error = bundle("require(\"../shared/other.js\")").unwrap_err();
        insta::assert_snapshot!(format!("{error:#}"), @"other.js is no shared file");
    }
}
