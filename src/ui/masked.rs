//! A line that is typed or pasted without being shown. How much of it has arrived is shown, since a terminal that reads whole
//! lines itself keeps some thousand characters and drops the rest without a word.

use std::io::{self, Write};
use std::time::Duration;

use rustix::termios::{
    InputModes, LocalModes, OptionalActions, SpecialCodeIndex, Termios, tcgetattr, tcsetattr,
};

/// How an answer ended.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Answer {
    /// With Enter.
    Line(String),
    /// There are several lines, of which only the first could be meant.
    SeveralLines,
    /// Bytes that are no UTF-8.
    NotText,
    /// With Ctrl-C or Ctrl-D.
    Left,
}

const CTRL_C: u8 = 3;
const CTRL_D: u8 = 4;
const BACKSPACE: [u8; 2] = [8, 127];
const CTRL_U: u8 = 21;
const ESCAPE: u8 = 27;

/// What was typed so far.
#[derive(Default)]
struct Line {
    bytes: Vec<u8>,
}

impl Line {
    /// Takes what arrived at once. Returns the end, if it has come.
    fn take(&mut self, chunk: &[u8]) -> Option<Answer> {
        let mut rest = chunk.iter().copied().peekable();
        while let Some(byte) = rest.next() {
            match byte {
                CTRL_C => return Some(Answer::Left),
                CTRL_D if self.bytes.is_empty() => return Some(Answer::Left),
                b'\r' | b'\n' => {
                    let more = rest.any(|byte| !matches!(byte, b'\r' | b'\n'));
                    return Some(if more { Answer::SeveralLines } else { self.end() });
                }
                CTRL_U => self.bytes.clear(),
                byte if BACKSPACE.contains(&byte) => self.drop_character(),
                ESCAPE => {
                    // The keys of a keyboard that are no characters: ESC [ … letter, ESC O letter.
                    if matches!(rest.peek(), Some(b'[' | b'O')) {
                        rest.next();
                        while rest.next().is_some_and(|byte| !(b'@'..=b'~').contains(&byte)) {}
                    }
                }
                b'\t' => self.bytes.push(byte),
                byte if byte.is_ascii_control() => {}
                byte => self.bytes.push(byte),
            }
        }
        None
    }

    fn end(&mut self) -> Answer {
        String::from_utf8(std::mem::take(&mut self.bytes)).map_or(Answer::NotText, Answer::Line)
    }

    fn drop_character(&mut self) {
        // Bytes behind the first of a character begin with the bits 10.
        while self.bytes.pop().is_some_and(|byte| byte & 0b1100_0000 == 0b1000_0000) {}
    }

    fn shown(&self) -> String {
        counted(&String::from_utf8_lossy(&self.bytes))
    }
}

fn counted(text: &str) -> String {
    match text.chars().count() {
        0 => "> ".to_owned(),
        1 => "> 1 character".to_owned(),
        count => format!("> {count} characters"),
    }
}

/// Asks on the terminal that standard input and standard error are. Blocks.
///
/// # Errors
/// When the terminal cannot be read.
pub(super) fn ask(question: &str) -> io::Result<Answer> {
    let mut output = io::stderr();
    writeln!(output, "{question}:")?;
    let mut line = Line::default();
    write!(output, "{}", line.shown())?;
    output.flush()?;
    let terminal = Raw::begin()?;
    let mut chunk = [0; 4096];
    let answer = loop {
        let size = terminal.read(&mut chunk)?;
        let end = line.take(chunk.get(..size).unwrap_or_default());
        if size == 0 {
            break Answer::Left;
        }
        match end {
            // The rest of a paste may not have arrived yet.
            Some(Answer::Line(_)) if terminal.has_more()? => break Answer::SeveralLines,
            Some(Answer::Line(text)) => {
                write!(output, "\r\x1b[K{}", counted(&text))?;
                break Answer::Line(text);
            }
            Some(answer) => break answer,
            None => write!(output, "\r\x1b[K{}", line.shown())?,
        }
        output.flush()?;
    };
    drop(terminal);
    writeln!(output)?;
    Ok(answer)
}

/// A terminal that hands on bytes as they come. Dropped, it is as before, and what was typed but not read is gone.
struct Raw {
    before: Termios,
}

impl Raw {
    fn begin() -> io::Result<Self> {
        let before = tcgetattr(io::stdin())?;
        let mut raw = before.clone();
        raw.local_modes.remove(LocalModes::ICANON | LocalModes::ECHO | LocalModes::ISIG | LocalModes::IEXTEN);
        raw.input_modes.remove(
            InputModes::ICRNL | InputModes::INLCR | InputModes::IGNCR | InputModes::ISTRIP | InputModes::IXON,
        );
        raw.special_codes[SpecialCodeIndex::VMIN] = 1;
        raw.special_codes[SpecialCodeIndex::VTIME] = 0;
        tcsetattr(io::stdin(), OptionalActions::Flush, &raw)?;
        Ok(Self { before })
    }

    #[allow(clippy::unused_self, reason = "the terminal is read while it is in this state")]
    fn read(&self, chunk: &mut [u8]) -> io::Result<usize> {
        loop {
            match rustix::io::read(io::stdin(), &mut *chunk) {
                Err(rustix::io::Errno::INTR) => {}
                read => return Ok(read?),
            }
        }
    }

    /// Whether something that is no line end arrives right behind a line.
    fn has_more(&self) -> io::Result<bool> {
        /// In which the rest of a paste arrives.
        const MOMENT: Duration = Duration::from_millis(50);
        std::thread::sleep(MOMENT);
        let mut waiting = tcgetattr(io::stdin())?;
        waiting.special_codes[SpecialCodeIndex::VMIN] = 0;
        tcsetattr(io::stdin(), OptionalActions::Now, &waiting)?;
        let mut chunk = [0; 64];
        let size = self.read(&mut chunk)?;
        Ok(chunk.get(..size).unwrap_or_default().iter().any(|byte| !matches!(byte, b'\r' | b'\n')))
    }
}

impl Drop for Raw {
    fn drop(&mut self) {
        // A terminal that is gone needs nothing.
        let _ = tcsetattr(io::stdin(), OptionalActions::Flush, &self.before);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(chunks: &[&str]) -> (Option<Answer>, String) {
        let mut line = Line::default();
        for chunk in chunks {
            if let Some(answer) = line.take(chunk.as_bytes()) {
                return (Some(answer), line.shown());
            }
        }
        (None, line.shown())
    }

    #[test]
    fn lines() {
        for (chunks, want) in [
            (&["hunter2", "\r"][..], "hunter2"),
            (&["a b\tc\n"], "a b\tc"),
            (&["日本\u{7f}x\r"], "日x"),
            (&["gone\u{15}new\r"], "new"),
            (&["a\u{1b}[3~b\u{1b}OAc\u{1}\r"], "abc"),
            (&["\u{7f}\r"], ""),
            (&["x\r\n"], "x"),
        ] {
            assert_eq!(typed(chunks).0, Some(Answer::Line(want.to_owned())), "{chunks:?}");
        }
        assert_eq!(typed(&["a\rb\r"]).0, Some(Answer::SeveralLines));
        assert_eq!(typed(&["a", "\u{3}"]).0, Some(Answer::Left));
        assert_eq!(typed(&["\u{4}"]).0, Some(Answer::Left));
        let mut line = Line::default();
        assert_eq!(line.take(b"\xff\r"), Some(Answer::NotText));
    }

    #[test]
    fn the_count_is_shown() {
        let told = [typed(&[]), typed(&["é"]), typed(&["ab", "c"])].map(|(_, shown)| shown);
        assert_eq!(told, ["> ", "> 1 character", "> 3 characters"]);
    }
}
