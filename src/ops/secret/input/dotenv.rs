//! Files of `NAME=value` lines, as many tools read and write them: `.env`.
//!
//! - Empty lines and lines that begin with `#` are skipped; `export` before a name and blanks around it and `=` do not count.
//! - A value without quotes is everything up to the end of the line or to a `#` behind a blank.
//! - Within single quotes everything is what it is. Within double quotes `\n`, `\r`, `\t`, `\"`, `\\` and `\$` are escapes. Both may
//!   span several lines.
//! - Nothing is expanded: `$NAME` stays.
//!
//! No message repeats anything of a line: it may be part of a value.

use crate::store::{Secret, SecretValue, check_secret_name};

/// What is wrong with a line, counted from 1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Fault {
    pub line: usize,
    pub message: String,
}

/// The secrets of a file, in its order.
pub(super) fn parse(text: &str) -> Result<Vec<Secret>, Vec<Fault>> {
    let mut reader = Reader { rest: text.strip_prefix('\u{feff}').unwrap_or(text), line: 1 };
    let mut secrets: Vec<(usize, Secret)> = Vec::new();
    let mut faults = Vec::new();
    loop {
        match reader.next() {
            None => break,
            Some(Ok((line, secret))) => match secrets.iter().find(|(_, other)| other.name == secret.name) {
                Some((first, _)) => faults.push(Fault {
                    line,
                    message: format!("{} is given again; line {first} has it first", secret.name),
                }),
                None => secrets.push((line, secret)),
            },
            Some(Err(fault)) => faults.push(fault),
        }
    }
    for (line, secret) in &secrets {
        if let Err(wrong) = secret.value.check() {
            faults.push(Fault { line: *line, message: format!("{} cannot be stored: {wrong}", secret.name) });
        }
    }
    if faults.is_empty() {
        return Ok(secrets.into_iter().map(|(_, secret)| secret).collect());
    }
    faults.sort_by_key(|fault| fault.line);
    Err(faults)
}

struct Reader<'a> {
    rest: &'a str,
    line: usize,
}

impl Reader<'_> {
    /// The next secret with the line it begins in.
    fn next(&mut self) -> Option<Result<(usize, Secret), Fault>> {
        loop {
            let line = self.rest.split('\n').next().filter(|_| !self.rest.is_empty())?;
            let content = line.trim();
            if content.is_empty() || content.starts_with('#') {
                self.skip(line.len());
                continue;
            }
            let at = self.line;
            let secret = self.secret(line);
            return Some(secret.map(|secret| (at, secret)).map_err(|message| Fault { line: at, message }));
        }
    }

    /// Goes on behind so many bytes and the line break after them.
    fn skip(&mut self, bytes: usize) {
        let (passed, rest) = self.rest.split_at_checked(bytes).unwrap_or((self.rest, ""));
        self.line += passed.matches('\n').count() + usize::from(rest.starts_with('\n'));
        self.rest = rest.strip_prefix('\n').unwrap_or(rest);
    }

    fn secret(&mut self, line: &str) -> Result<Secret, String> {
        let Some((before, value)) = line.split_once('=') else {
            self.skip(line.len());
            return Err("there is no `=` in this line".to_owned());
        };
        let name = before.trim();
        let name = match name.split_once(char::is_whitespace) {
            Some(("export", rest)) => rest.trim_start(),
            _ => name,
        };
        if let Err(wrong) = check_secret_name(name) {
            self.skip(line.len());
            return Err(format!("what stands before `=` is not a name of a secret: {wrong}"));
        }
        let name = name.to_owned();
        let start = before.len() + 1 + (value.len() - value.trim_start().len());
        let value = match value.trim_start().chars().next() {
            Some(quote @ ('"' | '\'')) => self.quoted(line.len(), start + 1, quote)?,
            _ => {
                let value = plain(value).to_owned();
                self.skip(line.len());
                value
            }
        };
        Ok(Secret { name, value: SecretValue::new(value) })
    }

    /// The text between quotes, of which the first stands right before `start`.
    fn quoted(&mut self, line: usize, start: usize, quote: char) -> Result<String, String> {
        let mut value = String::new();
        let mut text = self.rest.get(start..).unwrap_or_default().char_indices();
        let end = loop {
            match text.next() {
                None => {
                    // What follows is not what it seems, so only this line is given up.
                    self.skip(line);
                    return Err(format!("the quote ({quote}) that the value begins with is never closed"));
                }
                Some((at, c)) if c == quote => break start + at + 1,
                Some((_, '\\')) if quote == '"' => match text.next() {
                    Some((_, 'n')) => value.push('\n'),
                    Some((_, 'r')) => value.push('\r'),
                    Some((_, 't')) => value.push('\t'),
                    Some((_, c @ ('"' | '\\' | '$'))) => value.push(c),
                    Some((_, other)) => value.extend(['\\', other]),
                    None => value.push('\\'),
                },
                // Windows' line ends.
                Some((_, '\r')) if text.as_str().starts_with('\n') => {}
                Some((_, c)) => value.push(c),
            }
        };
        let behind = self.rest.get(end..).unwrap_or_default().split('\n').next().unwrap_or_default();
        let remark = behind.trim();
        let is_remark =
            remark.is_empty() || (remark.starts_with('#') && behind.starts_with(char::is_whitespace));
        let end = end + behind.len();
        self.skip(end);
        match is_remark {
            true => Ok(value),
            false => Err(format!("there is text behind the closing quote ({quote})")),
        }
    }
}

/// A value without quotes: no blanks around it, and no remark behind it.
fn plain(value: &str) -> &str {
    let mut before = '=';
    for (at, c) in value.char_indices() {
        if c == '#' && before.is_whitespace() {
            return value.get(..at).unwrap_or_default().trim();
        }
        before = c;
    }
    value.trim()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &str) -> String {
        match parse(text) {
            Ok(secrets) => {
                let pair = |secret: &Secret| format!("{}={:?}", secret.name, secret.value.expose());
                secrets.iter().map(pair).collect::<Vec<_>>().join(" ")
            }
            Err(faults) => {
                let line = |fault: &Fault| format!("line {}: {}", fault.line, fault.message);
                faults.iter().map(line).collect::<Vec<_>>().join("; ")
            }
        }
    }

    #[test]
    fn what_a_file_holds() {
        for (text, want) in [
            ("", ""),
            ("\u{feff}A=1", "A=\"1\""),
            ("# c\n\nexport A=1\nB = 2\n  C=3\n", "A=\"1\" B=\"2\" C=\"3\""),
            ("export\tA=1\nexport=2", "A=\"1\" export=\"2\""),
            ("A=1\r\nB=\"x\ny\"\r\nC='z'\r\nD=4", "A=\"1\" B=\"x\\ny\" C=\"z\" D=\"4\""),
            ("TOKEN=ab#cd\nA=b # note\nP=#x", "TOKEN=\"ab#cd\" A=\"b\" P=\"#x\""),
            ("GREETING=hello big  world  ", "GREETING=\"hello big  world\""),
            (
                r#"CERT="-----BEGIN X-----\nMIIF\n-----END X-----\n""#,
                r#"CERT="-----BEGIN X-----\nMIIF\n-----END X-----\n""#,
            ),
            (r"RAW='a\nb'", r#"RAW="a\\nb""#),
            (r#"A="q\"q \\ \$H $H \x" # note"#, r#"A="q\"q \\ $H $H \\x""#),
            ("A=\"line\n  # no remark\nB=1\"\nC=2", "A=\"line\\n  # no remark\\nB=1\" C=\"2\""),
            ("A=it's\nB=a\"b\"", "A=\"it's\" B=\"a\\\"b\\\"\""),
            ("A=b=c==", "A=\"b=c==\""),
            ("db.pass-word_1=x", "db.pass-word_1=\"x\""),
        ] {
            assert_eq!(told(text), want, "{text:?}");
        }
    }

    #[test]
    fn faults_tell_the_line_and_nothing_of_it() {
        let texts = [
            "A=1\nhunter2\nB=2",
            "A=1\n\nhunter two=3",
            "=hunter2",
            "A=",
            "A= # hunter2",
            "A='hunter2",
            "A=\"hunter2\" hunter3\nB=1",
            "A=\"hunter2\"#hunter3",
            "A=1\nB=2\nA=3",
            "A=''",
            "A={{hunter2}}",
            "-----BEGIN-----\nhunter2",
        ];
        let told = texts.map(told).join("\n");
        assert!(!told.contains("hunter"), "{told}");
        insta::assert_snapshot!(told, @r#"
        line 2: there is no `=` in this line
        line 3: what stands before `=` is not a name of a secret: it has a blank in it (U+0020), and only the letters a to z and A to Z, digits and _ . - are
        line 1: what stands before `=` is not a name of a secret: it is empty
        line 1: A cannot be stored: its value is empty, and a parameter cannot be
        line 1: A cannot be stored: its value is empty, and a parameter cannot be
        line 1: the quote (') that the value begins with is never closed
        line 1: there is text behind the closing quote (")
        line 1: there is text behind the closing quote (")
        line 3: A is given again; line 1 has it first
        line 1: A cannot be stored: its value is empty, and a parameter cannot be
        line 1: A cannot be stored: its value has text in double braces ({{…}}), which Parameter Store refuses
        line 1: there is no `=` in this line; line 2: there is no `=` in this line
        "#);
    }

    #[test]
    fn windows_line_ends_change_nothing() {
        let text = "# c\nA=1\nB=\"x\ny\"\nC='z' # n\n\nD=a b";
        assert_eq!(parse(text), parse(&text.replace('\n', "\r\n")));
    }

    proptest::proptest! {
        #[test]
        fn single_quotes_keep_everything(value in "[^'\r\0{}]{1,40}") {
            let secrets = parse(&format!("A='{value}'")).unwrap();
            proptest::prop_assert_eq!(secrets[0].value.expose(), value.as_str());
        }

        #[test]
        fn any_text_is_read(text in ".*") {
            let _ = parse(&text);
        }
    }
}
