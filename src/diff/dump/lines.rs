//! Lines, columns, comments and texts of several lines: what the dump is made of.

use super::super::scalar::is_break;
use super::{Dumper, STEP};

impl Dumper<'_> {
    pub(super) fn single_quoted(&mut self, text: &str) {
        self.indicator("'", true, false, false);
        let mut after_break = false;
        for c in text.chars() {
            if is_break(c) {
                if !after_break && c == '\n' {
                    self.new_line();
                }
                self.line_break(c);
                after_break = true;
                continue;
            }
            if c != ' ' {
                if after_break {
                    self.new_entry();
                }
                if c == '\'' {
                    self.put('\'');
                }
                self.at_start = false;
                after_break = false;
            }
            self.put(c);
        }
        self.indicator("'", false, false, false);
    }

    /// A text block with its header.
    pub(super) fn block(&mut self, header: &str, text: &str, folded: bool) {
        self.indicator(header, true, false, false);
        if text.starts_with(|c| c == ' ' || is_break(c)) {
            self.indicator(&STEP.to_string(), false, false, false);
        }
        let mut end = text.chars().rev();
        match (end.next().is_some_and(is_break), end.next()) {
            (false, _) => self.indicator("-", false, false, false),
            (true, None) => self.indicator("+", false, false, false),
            (true, Some(c)) if is_break(c) => self.indicator("+", false, false, false),
            _ => {}
        }
        self.end_line_comment();
        self.after_white = true;
        // The first run of line breaks decides for all of them, as in the original.
        let first_run = text.chars().find(|c| !is_break(*c));
        let doubled =
            text.starts_with(|c| !is_break(c)) || !matches!(first_run, None | Some(' ' | '\t' | '\0'));
        let (mut after_break, mut after_blank) = (true, true);
        for c in text.chars() {
            if is_break(c) {
                if folded && !after_break && !after_blank && c == '\n' && doubled {
                    self.new_line();
                }
                self.line_break(c);
                after_break = true;
            } else {
                if after_break {
                    self.new_entry();
                    after_blank = c == ' ' || c == '\t';
                }
                self.put(c);
                self.at_start = false;
                after_break = false;
            }
        }
    }

    /// Starts a line at the block's column, unless one has begun there already.
    pub(super) fn new_entry(&mut self) {
        let column = self.indent.unwrap_or(0);
        if !self.at_start || self.column > column || (self.column == column && !self.after_white) {
            self.new_line();
        }
        if self.foot_column == Some(column) {
            self.new_line();
        }
        self.out.extend(std::iter::repeat_n(' ', column.saturating_sub(self.column)));
        self.column = self.column.max(column);
        self.after_white = true;
        self.foot_column = None;
    }

    pub(super) fn comment_line(&mut self, comment: &str) {
        self.new_entry();
        self.comment(comment);
    }

    /// A comment below an entry, set off from what follows.
    pub(super) fn foot(&mut self, comment: &str) {
        if !comment.is_empty() {
            self.comment_line(comment);
            self.foot_column = Some(self.indent.unwrap_or(0));
        }
    }

    pub(super) fn end_line_comment(&mut self) {
        let comment = std::mem::take(&mut self.line_comment);
        if comment.is_empty() {
            return;
        }
        if !self.after_white {
            self.put(' ');
        }
        self.comment(&comment);
    }

    pub(super) fn comment(&mut self, comment: &str) {
        let mut after_break = false;
        for c in comment.chars() {
            if is_break(c) {
                self.line_break(c);
                after_break = true;
                continue;
            }
            if after_break {
                self.new_entry();
            }
            self.put(c);
            self.at_start = false;
            after_break = false;
        }
        if !after_break {
            self.new_line();
        }
        self.after_white = true;
    }

    /// Writes a sign or a text on one line, after a blank if it needs one.
    pub(super) fn indicator(&mut self, text: &str, set_off: bool, is_white: bool, keeps_start: bool) {
        if set_off && !self.after_white {
            self.put(' ');
        }
        self.out.push_str(text);
        self.column += text.chars().count();
        self.after_white = is_white;
        self.at_start &= keeps_start;
    }

    /// A name right after its sign.
    pub(super) fn text(&mut self, text: &str) {
        self.indicator(text, false, false, false);
    }

    pub(super) fn put(&mut self, c: char) {
        self.out.push(c);
        self.column += 1;
    }

    pub(super) fn new_line(&mut self) {
        self.line_break('\n');
    }

    pub(super) fn line_break(&mut self, c: char) {
        self.out.push(c);
        self.column = 0;
        self.at_start = true;
    }
}
