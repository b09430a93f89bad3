//! Colours; they never carry meaning alone.

/// Paints text, or leaves it as it is.
#[derive(Clone, Copy, Debug)]
pub struct Paint(pub bool);

impl Paint {
    fn wrap(self, text: &str, start: &str, end: &str) -> String {
        if self.0 { format!("\x1b[{start}m{text}\x1b[{end}m") } else { text.to_owned() }
    }

    /// Success.
    pub fn green(self, text: &str) -> String {
        self.wrap(text, "92", "0")
    }

    /// Errors and failed states.
    pub fn red(self, text: &str) -> String {
        self.wrap(text, "91", "0")
    }

    /// Reasons of failures.
    pub fn dark_red(self, text: &str) -> String {
        self.wrap(text, "31", "0")
    }

    /// Warnings.
    pub fn yellow(self, text: &str) -> String {
        self.wrap(text, "33", "0")
    }

    /// Headings.
    pub fn bold(self, text: &str) -> String {
        self.wrap(text, "1", "22")
    }

    /// What is less important.
    pub fn faint(self, text: &str) -> String {
        self.wrap(text, "2", "22")
    }
}

/// Success mark; the Windows console's fonts lack the usual one.
pub(super) const SUCCESS: &str = if cfg!(windows) { "√" } else { "✔" };
/// Error mark.
pub(super) const ERROR: &str = if cfg!(windows) { "X" } else { "✘" };
