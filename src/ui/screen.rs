//! The block of lines at the bottom of a terminal that is replaced again and again, and the lines above it that
//! stay. Pure: makes the bytes that turn what is on the screen into what shall be.
//!
//! `indicatif` (0.18) is no replacement: when a terminal becomes narrower or lower while it draws, it leaves copies of its
//! lines in the scrollback (seen in tmux, 8 lines of 100 characters, 120 to 40 columns), and it wraps lines that this cuts.

use console::{measure_text_width as width_of, strip_ansi_codes, truncate_str};

/// What is on the screen of the block that was written last.
#[derive(Default)]
pub(super) struct Screen {
    /// Its lines without colours.
    drawn: Vec<String>,
}

impl Screen {
    /// Whether there is no block on the screen.
    pub(super) fn is_empty(&self) -> bool {
        self.drawn.is_empty()
    }

    /// The bytes that remove the block, write lines that stay, and below them a block of at most `rows` - 1
    /// lines, each cut to the width. The cursor is left below the block, at the start of a line.
    pub(super) fn replace(
        &mut self,
        kept: &[String],
        block: &[String],
        rows: usize,
        columns: usize,
    ) -> String {
        let columns = columns.max(1);
        // A terminal that got narrower has broken lines into several rows. What left it at the top is gone.
        let taken: usize = self.drawn.iter().map(|line| rows_of(line, columns)).sum();
        let broken = taken > self.drawn.len();
        let taken = taken.min(rows.saturating_sub(1));
        let mut bytes = String::new();
        let up = match taken {
            0 => String::new(),
            _ => format!("\r\x1b[{taken}A"),
        };
        bytes.push_str(&up);
        if broken || !kept.is_empty() || block.is_empty() {
            // Row by row: tmux would put a screen that is cleared as a whole into its history.
            bytes.push_str(&"\x1b[2K\n".repeat(taken));
            bytes.push_str(&up);
        }
        for text in kept {
            bytes.push_str(text);
            bytes.push('\n');
        }
        let shown = block.get(block.len().saturating_sub(rows.saturating_sub(1).max(1))..).unwrap_or(block);
        self.drawn.clear();
        for text in shown {
            let text = truncate_str(text, columns, "…");
            self.drawn.push(strip_ansi_codes(&text).into_owned());
            // Written over the old line: wiping the block first would make it flicker.
            bytes.push_str(&format!("\r\x1b[2K{text}\n"));
        }
        if !shown.is_empty() && taken > 0 {
            bytes.push_str("\x1b[J");
        }
        bytes
    }
}

/// Rows that a terminal of that width needs for a line.
fn rows_of(line: &str, columns: usize) -> usize {
    let (mut rows, mut used) = (1, 0);
    for c in line.chars() {
        let width = width_of(c.encode_utf8(&mut [0; 4]));
        if used + width > columns {
            rows += 1;
            used = 0;
        }
        used += width;
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A terminal that breaks and joins lines when its width changes, as most do.
    struct Reflowing {
        lines: Vec<String>,
        columns: usize,
    }

    /// The rows that a line takes.
    fn split(line: &str, columns: usize) -> Vec<String> {
        let mut rows = vec![String::new()];
        for c in line.chars() {
            let row = rows.last_mut().unwrap();
            match width_of(&format!("{row}{c}")) > columns && !row.is_empty() {
                true => rows.push(c.to_string()),
                false => row.push(c),
            }
        }
        rows
    }

    impl Reflowing {
        fn write(&mut self, bytes: &str) {
            let mut rest = bytes;
            // The line the cursor is in; the ones after it still have their old text.
            let mut at = self.lines.len();
            while !rest.is_empty() {
                if let Some(after) = rest.strip_prefix("\x1b[J") {
                    self.lines.truncate(at);
                    rest = after;
                } else if let Some(after) = rest.strip_prefix("\x1b[2K") {
                    if let Some(line) = self.lines.get_mut(at) {
                        line.clear();
                    }
                    rest = after;
                } else if let Some(after) = rest.strip_prefix("\x1b[") {
                    let (count, after) = after.split_once('A').expect("a move up");
                    let mut up: usize = count.parse().unwrap();
                    while up > 0 {
                        at -= 1;
                        let rows = split(&self.lines.remove(at), self.columns);
                        up = up.checked_sub(rows.len()).expect("moves to a line's start");
                        self.lines.splice(at..at, rows);
                    }
                    rest = after;
                } else if let Some(after) = rest.strip_prefix('\r') {
                    rest = after;
                } else {
                    let (line, after) = rest.split_once('\n').expect("whole lines");
                    if let Some(old) = self.lines.get_mut(at) {
                        assert_eq!(*old, "", "written over");
                        line.clone_into(old);
                    } else {
                        self.lines.push(line.to_owned());
                    }
                    at += 1;
                    rest = after;
                }
            }
            let below = self.lines.split_off(at);
            assert!(below.iter().all(String::is_empty), "left below the cursor: {below:?}");
        }
    }

    #[test]
    fn a_block_is_written_over_without_being_wiped() {
        let mut screen = Screen::default();
        assert_eq!(screen.replace(&[], &["a".into(), "b".into()], 24, 80), "\r\x1b[2Ka\n\r\x1b[2Kb\n");
        assert_eq!(screen.replace(&[], &["c".into()], 24, 80), "\r\x1b[2A\r\x1b[2Kc\n\x1b[J");
        assert_eq!(screen.replace(&["kept".into()], &[], 24, 80), "\r\x1b[1A\x1b[2K\n\r\x1b[1Akept\n");
        assert_eq!(screen.replace(&[], &[], 24, 80), "");
    }

    #[test]
    fn a_block_is_no_taller_than_the_terminal() {
        let block: Vec<String> = (0..30).map(|n| n.to_string()).collect();
        let mut screen = Screen::default();
        let bytes = screen.replace(&[], &block, 10, 80);
        assert_eq!(bytes.matches('\n').count(), 9);
        assert!(bytes.contains("\x1b[2K29\n") && !bytes.contains("\x1b[2K20\n"), "{bytes:?}");
    }

    proptest::proptest! {
        #[test]
        fn resizing_leaves_no_stale_lines(
            frames in proptest::collection::vec(
                (proptest::bool::weighted(0.3), proptest::collection::vec("[a-z日]{0,30}", 0..5), 2_usize..40),
                1..12,
            ),
        ) {
            let mut terminal = Reflowing { lines: Vec::new(), columns: 80 };
            let mut screen = Screen::default();
            let mut expected: Vec<String> = Vec::new();
            for (keeps, lines, columns) in frames {
                terminal.columns = columns;
                let kept: Vec<String> = if keeps { vec!["kept".to_owned()] } else { Vec::new() };
                terminal.write(&screen.replace(&kept, &lines, 1000, columns));
                expected.extend(kept);
                let block = lines.iter().map(|line| truncate_str(line, columns, "…").into_owned());
                let all: Vec<String> = expected.iter().cloned().chain(block).collect();
                proptest::prop_assert_eq!(&terminal.lines, &all);
            }
            terminal.write(&screen.replace(&[], &[], 1000, terminal.columns));
            proptest::prop_assert_eq!(&terminal.lines, &expected);
        }
    }
}
