//! What must be right with a Dockerfile before an engine gets it.

use super::ignore_file::foreign_encoding;

/// What a Dockerfile may start its lines with; other words are not repeated in messages, because the file may be
/// another one than its owner thinks.
const INSTRUCTIONS: [&str; 17] = [
    "ADD",
    "CMD",
    "COPY",
    "ENTRYPOINT",
    "ENV",
    "EXPOSE",
    "HEALTHCHECK",
    "LABEL",
    "MAINTAINER",
    "ONBUILD",
    "RUN",
    "SHELL",
    "STOPSIGNAL",
    "USER",
    "VOLUME",
    "WORKDIR",
    "ARG",
];
/// The images that read Dockerfiles; files for any other reader may look like anything.
const FRONTENDS: [&str; 2] = ["docker/dockerfile", "docker/dockerfile-upstream"];

/// Why a Dockerfile cannot be built.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The line, from 1; `None` when it is about the whole file.
    pub line: Option<usize>,
    /// What is wrong.
    pub what: String,
    /// What to do.
    pub hint: &'static str,
}

/// Looks for a `FROM`. A Docker Engine of version 20.10 ends, with everything that runs on it, when it gets a
/// Dockerfile that has none.
pub fn fault(content: &[u8]) -> Option<Fault> {
    if let Some(encoding) = foreign_encoding(content) {
        let what = format!("is in {encoding}; Docker reads UTF-8");
        return Some(Fault { line: None, what, hint: "Save it as UTF-8." });
    }
    let text = String::from_utf8_lossy(content);
    let text = text.trim_start_matches('\u{feff}');
    if has_other_frontend(text) {
        return None;
    }
    let instructions = instructions(text);
    let keyword = |text: &str| text.split_whitespace().next().unwrap_or_default().to_ascii_uppercase();
    if instructions.iter().any(|instruction| keyword(&instruction.text) == "FROM") {
        return None;
    }
    let first = instructions.iter().find(|instruction| keyword(&instruction.text) != "ARG");
    let (line, what) = match first {
        None if instructions.is_empty() => (None, "has no instruction, not even a FROM".to_owned()),
        None => (None, "has no FROM, only ARG".to_owned()),
        Some(Instruction { number, text, .. }) => {
            let keyword = keyword(text);
            let what = match INSTRUCTIONS.contains(&keyword.as_str()) {
                true => format!("has {keyword} where its FROM should be, and no FROM at all"),
                false => "has no FROM, and this line starts with no instruction of Docker's".to_owned(),
            };
            (Some(*number), what)
        }
    };
    Some(Fault {
        line,
        what,
        hint: "A Dockerfile starts with `FROM <image>`; only comments and ARG may come before it.",
    })
}

/// Whether the file says that another program than Docker's own reads it.
fn has_other_frontend(text: &str) -> bool {
    let other = frontend(text).is_some_and(|image| {
        let image = image.strip_prefix("docker.io/").unwrap_or(image);
        let name = image.split([':', '@']).next().unwrap_or_default();
        !FRONTENDS.contains(&name)
    });
    // JSON may name its reader as well.
    other || (text.trim_start().starts_with('{') && text.contains("\"syntax\""))
}

/// The image that reads the file: what `# syntax=` names before the first instruction.
pub fn frontend(text: &str) -> Option<&str> {
    let mut heads =
        text.lines().map(str::trim).take_while(|line| line.is_empty() || line.starts_with(['#', '/']));
    heads.find_map(|line| {
        let (key, value) = line.trim_start_matches(['#', '/']).split_once('=')?;
        key.trim().eq_ignore_ascii_case("syntax").then(|| value.trim())
    })
}

/// An instruction of a Dockerfile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Instruction<'a> {
    /// Number of its first line, from 1.
    pub number: usize,
    /// Its lines as written; comments and blank lines between them left out.
    pub lines: Vec<&'a str>,
    /// The lines joined, without what continues them.
    pub text: String,
}

/// The instructions of a Dockerfile.
pub fn instructions(text: &str) -> Vec<Instruction<'_>> {
    let mut found: Vec<Instruction<'_>> = Vec::new();
    let mut escape = '\\';
    let mut may_direct = true;
    let mut continues = false;
    for (number, written) in (1..).zip(text.lines()) {
        let line = written.trim();
        if let Some(comment) = line.strip_prefix('#') {
            match comment.split_once('=') {
                Some((key, value)) if may_direct => {
                    if key.trim().eq_ignore_ascii_case("escape") && value.trim() == "`" {
                        escape = '`';
                    }
                }
                _ => may_direct &= number == 1 && comment.starts_with('!'),
            }
            continue;
        }
        may_direct = false;
        if line.is_empty() {
            continue;
        }
        // Blanks before a line that continues another one belong to it.
        let part = if continues { written.trim_end() } else { line };
        let (part, more) = part.strip_suffix(escape).map_or((part, false), |part| (part, true));
        match found.last_mut() {
            Some(Instruction { lines, text, .. }) if continues => {
                lines.push(written);
                text.push_str(part);
            }
            _ => found.push(Instruction { number, lines: vec![written], text: part.to_owned() }),
        }
        continues = more;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reader_is_named_before_the_first_instruction() {
        for (text, expected) in [
            ("# syntax=docker/dockerfile:1\nFROM x\n", Some("docker/dockerfile:1")),
            ("\n#Syntax = own/reader\n", Some("own/reader")),
            ("// syntax=own/reader\n", Some("own/reader")),
            ("# syntax highlighting is nice\nFROM x\n", None),
            ("FROM x\n# syntax=own/reader\n", None),
        ] {
            assert_eq!(frontend(text), expected, "{text}");
        }
    }

    #[test]
    fn a_from_is_found_where_the_builders_find_it() {
        for text in [
            "FROM scratch",
            "from scratch",
            "\u{feff}FROM scratch\r\nRUN x\r\n",
            "\u{feff}# escape=`\r\nARG A=`\r\n  1\r\nFrom x\r\n",
            "# comment\n\n  # another\n\tFROM\tx",
            "ARG A=1\nARG B\nFROM $A",
            "ARG A=1 \\\n  # inside\n\n  B=2\nFROM x",
            "FR\\\nOM x",
            "#syntax=docker/dockerfile:1\nFROM x\nRUN <<E\nx\nE\n",
            "# syntax = docker.io/docker/dockerfile-upstream@sha256:0\nFROM x",
            "#!/usr/bin/env docker\n# escape=`\nARG A=\\\nFROM x",
            // Not for Docker to read.
            "# syntax=example.com/mopy\napiVersion: v1\n",
            "// syntax=example.com/x\nlet",
            "{\"syntax\": \"example.com/x\"}",
        ] {
            assert_eq!(fault(text.as_bytes()), None, "{text:?}");
        }
    }

    #[test]
    fn files_without_one_are_told_with_the_line() {
        let mut table = String::new();
        for text in [
            &b""[..],
            b"\xef\xbb\xbf",
            b"# FROM scratch\n\n",
            b"ARG A=1\nARG B=2\n",
            b"# x\n\nrun make\nCOPY a b\n",
            b"ARG A=1 \\\nFROM x\nRUN y\n",
            b"# escape=`\nRUN x `\nFROM y\n",
            b"# other\n# escape=`\nRUN x \\\nFROM y\n",
            b"FORM scratch\n",
            b"root:x:0:0\n",
            b"ONBUILD FROM x\n",
            b"FROMage x\n",
            b"# syntax=docker/dockerfile:1.4\nRUN x\n",
            b"\xff\xfeF\0R\0O\0M\0",
        ] {
            let Fault { line, what, .. } = fault(text).unwrap();
            table += &format!("{:?} {line:?} {what}\n", String::from_utf8_lossy(text));
        }
        insta::assert_snapshot!(table, @r##"
        "" None has no instruction, not even a FROM
        "\u{feff}" None has no instruction, not even a FROM
        "# FROM scratch\n\n" None has no instruction, not even a FROM
        "ARG A=1\nARG B=2\n" None has no FROM, only ARG
        "# x\n\nrun make\nCOPY a b\n" Some(3) has RUN where its FROM should be, and no FROM at all
        "ARG A=1 \\\nFROM x\nRUN y\n" Some(3) has RUN where its FROM should be, and no FROM at all
        "# escape=`\nRUN x `\nFROM y\n" Some(2) has RUN where its FROM should be, and no FROM at all
        "# other\n# escape=`\nRUN x \\\nFROM y\n" Some(3) has RUN where its FROM should be, and no FROM at all
        "FORM scratch\n" Some(1) has no FROM, and this line starts with no instruction of Docker's
        "root:x:0:0\n" Some(1) has no FROM, and this line starts with no instruction of Docker's
        "ONBUILD FROM x\n" Some(1) has ONBUILD where its FROM should be, and no FROM at all
        "FROMage x\n" Some(1) has no FROM, and this line starts with no instruction of Docker's
        "# syntax=docker/dockerfile:1.4\nRUN x\n" Some(2) has RUN where its FROM should be, and no FROM at all
        "��F\0R\0O\0M\0" None is in UTF-16; Docker reads UTF-8
        "##);
    }
}
