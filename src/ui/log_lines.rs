//! Lines of containers' logs on stdout.

use std::borrow::Cow;
use std::io::{self, BufWriter, Write};

use super::paint::Paint;
use super::{clean, github};
use crate::context::Terminal;
use crate::ops::job::logs::port::{LogEvent, Sink};
use crate::ops::job::logs::short_name;
use crate::text::{sanitize, sanitize_but_colors};

/// How events are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// For people: the beginning of the stream's name, then the message.
    Human,
    /// One JSON object a line.
    Json,
    /// The message alone, and a line break.
    Raw,
}

/// Writes events as they come. A file or a pipe gets messages as they are; a terminal gets nothing that drives it.
pub struct LogLines<W: Write> {
    out: BufWriter<W>,
    format: Format,
    painter: Painter,
    /// What is written goes straight into a log that looks for workflow commands in it.
    is_log: bool,
}

/// Large enough for some hundred lines.
const BUFFER: usize = 64 * 1024;

impl LogLines<io::Stdout> {
    /// Lines on stdout.
    pub fn stdout(format: Format, terminal: Terminal) -> Self {
        Self::new(io::stdout(), format, terminal)
    }
}

impl<W: Write> LogLines<W> {
    fn new(out: W, format: Format, terminal: Terminal) -> Self {
        Self {
            out: BufWriter::with_capacity(BUFFER, out),
            format,
            painter: Painter::new(terminal),
            is_log: terminal.stdout_is_log,
        }
    }
}

impl<W: Write> Sink for LogLines<W> {
    fn write(&mut self, event: &LogEvent) -> io::Result<()> {
        let line: Cow<'_, str> = match self.format {
            Format::Human => self.painter.human(event).into(),
            Format::Raw => self.painter.message(&event.message),
            Format::Json if self.painter.harmless => clean::text(&event.json()).into_owned().into(),
            Format::Json => event.json().into(),
        };
        let line = if self.is_log { github::neutral(&line) } else { line };
        self.out.write_all(line.as_bytes())?;
        self.out.write_all(b"\n")
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

/// Makes lines for people.
#[derive(Clone, Copy, Debug)]
pub struct Painter {
    paint: Paint,
    /// Control sequences of messages are left out, but for colours where there are any.
    harmless: bool,
}

/// Words that say how bad a line is.
const RED: [&str; 6] = ["FATA", "FATAL", "fatal", "ERR", "ERROR", "error"];
const YELLOW: [&str; 4] = ["WARN", "warn", "WARNING", "warning"];

impl Painter {
    /// One for stdout.
    pub fn new(terminal: Terminal) -> Self {
        Self { paint: Paint(terminal.stdout_colors), harmless: terminal.stdout }
    }

    /// One for a terminal, such as the one behind stderr.
    pub fn for_terminal(colors: bool) -> Self {
        Self { paint: Paint(colors), harmless: true }
    }

    /// An event as a line without its line break; a message of several lines has several.
    pub fn human(&self, event: &LogEvent) -> String {
        let name = clean::text(short_name(&event.stream)).into_owned();
        format!("{} {}", self.paint.faint(&name), self.text(&event.message))
    }

    /// A message as a line, without where it comes from.
    pub fn text(self, message: &str) -> String {
        let message = match self.harmless {
            true => message.trim_end_matches(['\r', '\n']),
            false => message,
        };
        self.levels(&self.message(message)).into_owned()
    }

    /// A message as it may be written.
    fn message(self, message: &str) -> Cow<'_, str> {
        match (self.harmless, self.paint.0) {
            (false, _) => message.into(),
            (true, true) => sanitize_but_colors(message),
            (true, false) => sanitize(message),
        }
    }

    /// The message with its levels painted, unless it has colours of its own.
    fn levels(self, message: &str) -> Cow<'_, str> {
        let is_word = |c: char| c.is_alphanumeric() || c == '_';
        if !self.paint.0 || message.contains('\u{1b}') {
            return message.into();
        }
        let mut painted = String::new();
        let mut rest = message;
        while let Some(start) = rest.find(is_word) {
            let (before, word) = rest.split_at(start);
            let (word, after) = word.split_at(word.find(|c| !is_word(c)).unwrap_or(word.len()));
            painted.push_str(before);
            match word {
                word if RED.contains(&word) => painted.push_str(&self.paint.red(word)),
                word if YELLOW.contains(&word) => painted.push_str(&self.paint.yellow(word)),
                word => painted.push_str(word),
            }
            rest = after;
        }
        match painted.len() + rest.len() == message.len() {
            true => message.into(),
            false => (painted + rest).into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TASK: &str = "0123456789abcdef0123456789abcdef";
    const HOSTILE: &str = "\u{1b}]0;x\u{7}\u{1b}]52;c;eA==\u{7}\u{1b}[2J\u{1b}[?1049h\u{9b}1mdone \u{1b}[1;93mWARN \u{1b}[0m disk";

    fn event(container: &str, message: &str) -> LogEvent {
        let stream = format!("copilot/{container}/{TASK}");
        LogEvent {
            stream: stream.into(),
            timestamp: 1,
            ingestion: 2,
            message: message.to_owned(),
            ..LogEvent::default()
        }
    }

    fn written(format: Format, terminal: Terminal, message: &str) -> String {
        let mut out = Vec::new();
        let mut lines = LogLines::new(&mut out, format, terminal);
        lines.write(&event("report", message)).unwrap();
        lines.flush().unwrap();
        drop(lines);
        String::from_utf8(out).unwrap()
    }

    fn pipe() -> Terminal {
        Terminal::default()
    }

    fn terminal(colors: bool) -> Terminal {
        Terminal { stdout: true, stdout_colors: colors, ..Terminal::default() }
    }

    #[test]
    fn levels_are_painted_as_whole_words() {
        let painter = Painter::for_terminal(true);
        let told = [
            "ERROR: no disk",
            "level=warn msg=\"an error\"",
            "[FATAL] WARNING, ERR FATA fatal warning",
            "no errors, no TERROR, ERR_FAILED",
            "\u{1b}[31mERROR\u{1b}[0m of its own",
            "grüße WARN é",
        ]
        .map(|message| painter.human(&event("report", message)).replace('\u{1b}', "^"));
        insta::assert_snapshot!(told.join("\n"), @r#"
        ^[2mcopilot/report/0123456789^[22m ^[91mERROR^[0m: no disk
        ^[2mcopilot/report/0123456789^[22m level=^[33mwarn^[0m msg="an ^[91merror^[0m"
        ^[2mcopilot/report/0123456789^[22m [^[91mFATAL^[0m] ^[33mWARNING^[0m, ^[91mERR^[0m ^[91mFATA^[0m ^[91mfatal^[0m ^[33mwarning^[0m
        ^[2mcopilot/report/0123456789^[22m no errors, no TERROR, ERR_FAILED
        ^[2mcopilot/report/0123456789^[22m ^[31mERROR^[0m of its own^[0m
        ^[2mcopilot/report/0123456789^[22m grüße ^[33mWARN^[0m é
        "#);
    }

    #[test]
    fn a_terminal_gets_nothing_but_colors() {
        let told = [terminal(true), terminal(false)]
            .map(|terminal| written(Format::Human, terminal, HOSTILE).replace('\u{1b}', "^"));
        insta::assert_snapshot!(told.concat(), @"
        ^[2mcopilot/report/0123456789^[22m done ^[1;93mWARN ^[0m disk^[0m
        copilot/report/0123456789 done WARN  disk
        ");
        assert_eq!(written(Format::Raw, terminal(false), HOSTILE), "done WARN  disk\n");
        insta::assert_snapshot!(written(Format::Json, terminal(true), HOSTILE), @r#"{"logStreamName":"copilot/report/0123456789abcdef0123456789abcdef","ingestionTime":2,"message":"\u001b]0;x\u0007\u001b]52;c;eA==\u0007\u001b[2J\u001b[?1049hdone \u001b[1;93mWARN \u001b[0m disk","timestamp":1}"#);
    }

    #[test]
    fn a_pipe_gets_messages_as_they_are() {
        let message = "a\u{0}b\r\n\tc\u{1b}[2J";
        assert_eq!(written(Format::Human, pipe(), message), format!("copilot/report/0123456789 {message}\n"));
        assert_eq!(written(Format::Raw, pipe(), "a\n"), "a\n\n");
        insta::assert_snapshot!(written(Format::Json, pipe(), HOSTILE), @r#"{"logStreamName":"copilot/report/0123456789abcdef0123456789abcdef","ingestionTime":2,"message":"\u001b]0;x\u0007\u001b]52;c;eA==\u0007\u001b[2J\u001b[?1049h1mdone \u001b[1;93mWARN \u001b[0m disk","timestamp":1}"#);
    }

    #[test]
    fn a_log_of_github_actions_gets_no_commands() {
        let log = Terminal { stdout_is_log: true, ..Terminal::default() };
        assert_eq!(written(Format::Raw, log, "::set-env name=a::b"), ": :set-env name=a::b\n");
    }

    #[test]
    fn containers_with_long_names_are_told_apart() {
        let painter = Painter::for_terminal(false);
        let told = ["report", "report-gen", "a-job-with-a-long-name", "a-job-with-a-long-name-sidecar"]
            .map(|container| painter.human(&event(container, "x")));
        insta::assert_snapshot!(told.join("\n"), @"
        copilot/report/0123456789 x
        copilot/report-gen/012345 x
        copilot/a-job-with-a-long-name/012345 x
        copilot/a-job-with-a-long-name-sidecar/012345 x
        ");
    }
}
