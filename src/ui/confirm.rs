//! A yes/no question on stderr, answered by a line of standard input: typed, or piped by a script.

use std::io::{BufRead, Write};

use super::paint::Paint;
use crate::context::Terminal;
use crate::error::{Error, Result};

/// Asks until the answer is understood; Enter and, on a terminal, the end of the input mean no. Blocks.
///
/// # Errors
/// When the input ends before an answer and nobody typed that end, or when it cannot be read.
pub(super) fn ask(
    question: &str,
    flag: &str,
    terminal: Terminal,
    input: &mut impl BufRead,
    output: &mut impl Write,
) -> Result<bool> {
    let typed = terminal.stdin && terminal.stderr;
    let paint = Paint(terminal.colors);
    // A closed stderr leaves nobody to ask, but a piped answer is still an answer.
    let mut say = |text: &str| drop(output.write_all(text.as_bytes()).and_then(|()| output.flush()));
    say("\n");
    // Lines between the cursor and the empty line above the question; once a complaint stands between, that stays.
    let mut above = 1;
    loop {
        say(&format!("{question} (y/N) "));
        let mut line = String::new();
        let read = input.read_line(&mut line).map_err(|e| unanswered(flag).context(e.to_string()))?;
        if read == 0 && !terminal.stdin {
            say("\n");
            return Err(unanswered(flag));
        }
        let answer = match line.trim().to_ascii_lowercase().as_str() {
            "y" | "yes" => true,
            "" | "n" | "no" => false,
            other => {
                let other = super::clean::text(other);
                let complaint = format!("\"{other}\" is not an answer: type y or n.");
                say(&format!("{}\n", paint.red(&complaint)));
                above = 0;
                continue;
            }
        };
        let word = if answer { "Yes" } else { "No" };
        // The question becomes the record of the answer. The end of the input, unlike an answer,
        // has left the cursor behind the question.
        let up = above + usize::from(read > 0);
        match (typed, up) {
            (false, _) => say(&format!("{word}\n")),
            (true, 0) => say(&format!("\r\x1b[J{question} {word}\n")),
            (true, up) => say(&format!("\x1b[{up}A\r\x1b[J{question} {word}\n")),
        }
        return Ok(answer);
    }
}

fn unanswered(flag: &str) -> Error {
    Error::new("the question needs an answer, and there is no terminal to ask on")
        .hint(format!("Pass {flag} to answer it in advance, or pipe `y` or `n` into the command."))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask_with(input: &str, stdin: bool) -> (Result<bool>, String) {
        let terminal = Terminal { stdin, stderr: stdin, ..Terminal::default() };
        let mut output = Vec::new();
        let answer = ask("Go on?", "--yes", terminal, &mut input.as_bytes(), &mut output);
        (answer, String::from_utf8(output).unwrap())
    }

    #[test]
    fn answers() {
        for (input, stdin, answer) in [
            ("y\n", true, true),
            ("YES\n", true, true),
            ("n\n", true, false),
            ("\n", true, false),
            ("", true, false),
            ("maybe\ny\n", true, true),
            ("y", false, true),
            ("No\n", false, false),
            ("\n", false, false),
        ] {
            let (answered, said) = ask_with(input, stdin);
            assert_eq!(answered.unwrap(), answer, "{input:?}");
            assert!(said.starts_with("\nGo on? (y/N) "), "{said:?}");
            assert!(said.ends_with(if answer { "Yes\n" } else { "No\n" }), "{said:?}");
        }
    }

    #[test]
    fn the_question_becomes_the_record_of_the_answer() {
        for (input, stdin, said) in [
            ("y\n", true, "\nGo on? (y/N) \u{1b}[2A\r\u{1b}[JGo on? Yes\n"),
            ("", true, "\nGo on? (y/N) \u{1b}[1A\r\u{1b}[JGo on? No\n"),
            (
                "maybe\nn\n",
                true,
                "\nGo on? (y/N) \"maybe\" is not an answer: type y or n.\nGo on? (y/N) \u{1b}[1A\r\u{1b}[JGo on? No\n",
            ),
            (
                "maybe\n",
                true,
                "\nGo on? (y/N) \"maybe\" is not an answer: type y or n.\nGo on? (y/N) \r\u{1b}[JGo on? No\n",
            ),
            ("y\n", false, "\nGo on? (y/N) Yes\n"),
        ] {
            assert_eq!(ask_with(input, stdin).1, said, "{input:?}");
        }
    }

    #[test]
    fn a_pipe_without_an_answer_is_an_error() {
        for input in ["", "maybe\n"] {
            let (answered, _) = ask_with(input, false);
            assert!(answered.unwrap_err().to_string().contains("needs an answer"));
        }
    }

    #[test]
    fn what_is_not_understood_is_shown_harmlessly() {
        let (_, said) = ask_with("\u{1b}[31mx\nn\n", true);
        assert!(!said.contains("\u{1b}[31m"), "{said:?}");
    }
}
