//! Advice about a `COPY` or `ADD` that does not find a file which is there, because the ignore file leaves it out.

use std::path::Path;

use super::ignore::{Ignore, Matched, clean};
use super::ignore_file::IgnoreFile;

/// How builders say that a source is not there.
const MISSING: [&str; 5] = ["not found", "no such file", "does not exist", "no source files", "excluded by"];

/// What to do about a build of the context `root` that failed with the message `said` at `instruction`; `None`
/// when the ignore file has nothing to do with it.
pub fn advice(root: &Path, file: &IgnoreFile, said: &str, instruction: Option<&str>) -> Option<String> {
    let lower = said.to_ascii_lowercase();
    if !MISSING.iter().any(|words| lower.contains(words)) {
        return None;
    }
    let mut candidates = instruction.map_or(Some(Vec::new()), sources)?;
    candidates.extend(quoted(said));
    let hidden = candidates.iter().find_map(|source| {
        let source = clean(&format!("/{source}"));
        let names: Vec<&str> = source.split('/').filter(|name| !name.is_empty()).collect();
        expand(root, String::new(), &names, file)
    });
    let (path, line, pattern) = hidden?;

    Some(format!(
        "{path} is there, but line {line} of {}, `{}`, leaves it out of the build context. To keep it, add `!{path}` \
         below that line.",
        file.path.display(),
        pattern,
    ))
}

/// The paths that BuildKit's message names.
fn quoted(said: &str) -> Vec<String> {
    let quoted = said.split('"').skip(1).step_by(2);
    quoted.filter(|text| text.starts_with('/')).map(str::to_owned).collect()
}

/// The paths an instruction takes from the build context; `None` when it takes none.
fn sources(instruction: &str) -> Option<Vec<String>> {
    let (keyword, rest) = instruction.trim().split_once(char::is_whitespace)?;
    if !["COPY", "ADD"].iter().any(|known| keyword.eq_ignore_ascii_case(known)) {
        return None;
    }
    let mut rest = rest.trim_start();
    while rest.starts_with("--") {
        let (flag, next) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
        if flag.starts_with("--from=") {
            return None;
        }
        rest = next.trim_start();
    }
    // BuildKit shows lists without their quotes.
    let plain = |word: &str| word.trim_matches(['"', '[', ']', ',']).to_owned();
    let mut words: Vec<String> =
        serde_json::from_str(rest).unwrap_or_else(|_| rest.split_whitespace().map(plain).collect());
    words.pop();
    Some(words)
}

/// The first path that matches and is left out, with the line and the pattern that do so.
fn expand(root: &Path, path: String, names: &[&str], file: &IgnoreFile) -> Option<(String, usize, String)> {
    let Some((name, rest)) = names.split_first() else {
        let (line, pattern) = file.ignore.excluded_by(&path)?;
        return Some((path, line, pattern.to_owned()));
    };
    let directory = root.join(&path);
    let below = |name: &str| if path.is_empty() { name.to_owned() } else { format!("{path}/{name}") };
    if !name.contains(['*', '?', '[', '\\']) {
        directory.join(name).symlink_metadata().ok()?;
        return expand(root, below(name), rest, file);
    }
    let glob = Ignore::from_patterns([*name]).ok()?;
    let entries = std::fs::read_dir(directory).ok()?.flatten();
    let mut entries: Vec<_> = entries.filter_map(|entry| entry.file_name().into_string().ok()).collect();
    entries.sort_unstable();
    entries.retain(|entry| glob.excludes(entry, &Matched::default()).0);
    entries.iter().find_map(|entry| expand(root, below(entry), rest, file))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::ignore_file::Links;

    #[test]
    fn sources_that_are_there_but_left_out_are_named_with_the_line() {
        let dir = tempfile::tempdir().unwrap();
        for name in ["secret.txt", "keep", "dist/app/main.js", "a b"] {
            std::fs::create_dir_all(dir.path().join(name).parent().unwrap()).unwrap();
            std::fs::write(dir.path().join(name), "").unwrap();
        }
        std::fs::write(dir.path().join(".dockerignore"), "# outputs\n*.txt\ndist\na*\n!keep\n").unwrap();
        let file = IgnoreFile::read(dir.path(), &dir.path().join("Dockerfile"), Links::Followed).unwrap();
        let mut table = String::new();
        for (said, instruction) in [
            ("failed to compute cache key: \"/secret.txt\" not found: not found", ""),
            ("failed to compute cache key: \"/secret.txt\" not found: not found", "COPY secret.txt /"),
            ("stat dist/app: file does not exist", "add --chown=1:2 keep ./dist/app/ /x/"),
            ("COPY failed: no source files were specified", "COPY *.txt /"),
            ("not found", "COPY dist/*/main.js /"),
            ("not found", "COPY [\"a b\", \"/\"]"),
            ("not found", "ADD [keep, dist, /]"),
            ("not found", "COPY gone keep /"),
            ("not found", "COPY --from=base secret.txt /"),
            ("not found", "RUN cat secret.txt x"),
            ("exit code 1", "COPY secret.txt /"),
            ("not found", "COPY ../../secret.txt /"),
        ] {
            let step = Some(instruction).filter(|step| !step.is_empty());
            let advice = advice(dir.path(), &file, said, step).unwrap_or("nothing".to_owned());
            table += &format!("{instruction}: {}\n", advice.replace(&dir.path().display().to_string(), ""));
        }
        insta::assert_snapshot!(table, @r#"
        : secret.txt is there, but line 2 of /.dockerignore, `*.txt`, leaves it out of the build context. To keep it, add `!secret.txt` below that line.
        COPY secret.txt /: secret.txt is there, but line 2 of /.dockerignore, `*.txt`, leaves it out of the build context. To keep it, add `!secret.txt` below that line.
        add --chown=1:2 keep ./dist/app/ /x/: dist/app is there, but line 3 of /.dockerignore, `dist`, leaves it out of the build context. To keep it, add `!dist/app` below that line.
        COPY *.txt /: secret.txt is there, but line 2 of /.dockerignore, `*.txt`, leaves it out of the build context. To keep it, add `!secret.txt` below that line.
        COPY dist/*/main.js /: dist/app/main.js is there, but line 3 of /.dockerignore, `dist`, leaves it out of the build context. To keep it, add `!dist/app/main.js` below that line.
        COPY ["a b", "/"]: a b is there, but line 4 of /.dockerignore, `a*`, leaves it out of the build context. To keep it, add `!a b` below that line.
        ADD [keep, dist, /]: dist is there, but line 3 of /.dockerignore, `dist`, leaves it out of the build context. To keep it, add `!dist` below that line.
        COPY gone keep /: nothing
        COPY --from=base secret.txt /: nothing
        RUN cat secret.txt x: nothing
        COPY secret.txt /: nothing
        COPY ../../secret.txt /: secret.txt is there, but line 2 of /.dockerignore, `*.txt`, leaves it out of the build context. To keep it, add `!secret.txt` below that line.
        "#);
    }
}
