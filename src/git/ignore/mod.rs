//! Which untracked files git ignores. libgit2 answers this differently for patterns such as `/*/` and `**/`, and for
//! exceptions (`!name`), and would take new files for ignored ones.

/// The patterns of one file, below one directory.
#[derive(Debug, Default)]
pub(super) struct Patterns {
    /// The file's directory, relative to the repository and ending in `/`; empty for the top.
    base: Vec<u8>,
    patterns: Vec<Pattern>,
}

#[derive(Debug)]
struct Pattern {
    text: Vec<u8>,
    /// Length of the beginning that has no special characters.
    literal: usize,
    is_exception: bool,
    directories_only: bool,
    /// Without a slash it is for the last component alone.
    names_only: bool,
}

impl Patterns {
    /// Reads a file of patterns.
    pub(super) fn parse(base: &[u8], content: &[u8]) -> Self {
        let content = content.strip_prefix(b"\xef\xbb\xbf").unwrap_or(content);
        let lines = content.split(|byte| *byte == b'\n');
        Self { base: base.to_owned(), patterns: lines.filter_map(Pattern::parse).collect() }
    }

    /// Whether the last pattern that fits a path ignores it; `None` when none fits.
    pub(super) fn ignores(&self, path: &[u8], is_directory: bool) -> Option<bool> {
        let below = path.strip_prefix(self.base.as_slice())?;
        let name = path.rsplit(|byte| *byte == b'/').next().unwrap_or(path);
        let fits = |pattern: &&Pattern| {
            (is_directory || !pattern.directories_only)
                && if pattern.names_only { pattern.fits(name, false) } else { pattern.fits(below, true) }
        };
        self.patterns.iter().rev().find(fits).map(|pattern| !pattern.is_exception)
    }
}

impl Pattern {
    fn parse(line: &[u8]) -> Option<Self> {
        if line.starts_with(b"#") {
            return None;
        }
        let mut text = without_trailing_spaces(line.strip_suffix(b"\r").unwrap_or(line));
        let is_exception = text.first() == Some(&b'!');
        if is_exception {
            text = text.get(1..)?;
        }
        let directories_only = text.last() == Some(&b'/');
        if directories_only {
            text = text.get(..text.len() - 1)?;
        }
        let names_only = !text.contains(&b'/');
        // A leading slash only says that the pattern is for paths.
        let text = text.strip_prefix(b"/").unwrap_or(text);
        if text.is_empty() {
            return None;
        }
        let literal = text.iter().position(|byte| b"*?[\\".contains(byte)).unwrap_or(text.len());
        Some(Self { text: text.to_owned(), literal, is_exception, directories_only, names_only })
    }

    fn fits(&self, text: &[u8], is_path: bool) -> bool {
        // As git does it: what follows the literal beginning is a pattern of its own, so that its `**` is at a start.
        let (literal, rest) = self.text.split_at(self.literal);
        match is_path {
            true => text.strip_prefix(literal).is_some_and(|text| matches(rest, text, true)),
            false => matches(&self.text, text, false),
        }
    }
}

/// Spaces at the end do not count, unless a backslash stands before them.
fn without_trailing_spaces(line: &[u8]) -> &[u8] {
    let (mut at, mut end) = (0, 0);
    while let Some(byte) = line.get(at) {
        at += if *byte == b'\\' { 2 } else { 1 };
        if *byte != b' ' {
            end = at;
        }
    }
    line.get(..end).unwrap_or(line)
}

/// Whether a pattern fits a whole text. In paths only `**` between slashes fits a slash.
fn matches(pattern: &[u8], text: &[u8], is_path: bool) -> bool {
    let (mut p, mut t) = (0, 0);
    loop {
        let (Some(special), found) = (pattern.get(p), text.get(t)) else { return t == text.len() };
        match (*special, found) {
            (b'*', _) => return star(pattern, p, text.get(t..).unwrap_or_default(), is_path),
            (_, None) => return false,
            (b'?', Some(b'/')) if is_path => return false,
            (b'[', Some(byte)) => match class(pattern, p, *byte) {
                Some((true, end)) if *byte != b'/' || !is_path => p = end,
                _ => return false,
            },
            (b'\\', Some(byte)) => {
                p += 1;
                if pattern.get(p) != Some(byte) {
                    return false;
                }
            }
            (literal, Some(byte)) if literal == b'?' || literal == *byte => {}
            _ => return false,
        }
        p += 1;
        t += 1;
    }
}

/// Goes on from a star.
fn star(pattern: &[u8], at: usize, text: &[u8], is_path: bool) -> bool {
    let stars = pattern.iter().skip(at).take_while(|byte| **byte == b'*').count();
    let rest = pattern.get(at + stars..).unwrap_or_default();
    let starts = at == 0 || pattern.get(at - 1) == Some(&b'/');
    let ends = rest.is_empty() || rest.starts_with(b"/") || rest.starts_with(b"\\/");
    let is_deep = stars > 1 && starts && ends;
    if is_path && is_deep && rest.starts_with(b"/") && matches(rest.get(1..).unwrap_or_default(), text, true)
    {
        // No directory at all.
        return true;
    }
    let reach = match is_path && !is_deep {
        true => text.iter().position(|byte| *byte == b'/').unwrap_or(text.len()),
        false => text.len(),
    };
    (0..=reach).any(|skipped| matches(rest, text.get(skipped..).unwrap_or_default(), is_path))
}

/// Whether a byte is in the class that begins at a bracket, and where the class ends; `None` when it does not end.
fn class(pattern: &[u8], start: usize, byte: u8) -> Option<(bool, usize)> {
    let mut at = start + 1;
    let is_negated = matches!(pattern.get(at)?, b'!' | b'^');
    if is_negated {
        at += 1;
    }
    let (mut is_in, mut previous) = (false, None);
    loop {
        let mut one = *pattern.get(at)?;
        let named =
            (one == b'[' && pattern.get(at + 1) == Some(&b':')).then(|| named_class(pattern, at)).flatten();
        if let Some((name, end)) = named {
            is_in |= has(name, byte)?;
            (at, previous) = (end, None);
        } else if let (b'-', Some(from), Some(to)) = (one, previous, pattern.get(at + 1))
            && *to != b']'
        {
            at += 1;
            let mut to = *to;
            if to == b'\\' {
                at += 1;
                to = *pattern.get(at)?;
            }
            is_in |= (from..=to).contains(&byte);
            previous = None;
        } else {
            if one == b'\\' {
                at += 1;
                one = *pattern.get(at)?;
            }
            is_in |= one == byte;
            previous = Some(one);
        }
        at += 1;
        if pattern.get(at)? == &b']' {
            return Some((is_in != is_negated, at));
        }
    }
}

/// The name within `[:name:]`, and where it ends; `None` when these are mere characters.
fn named_class(pattern: &[u8], at: usize) -> Option<(&[u8], usize)> {
    let rest = pattern.get(at + 2..)?;
    let end = rest.iter().position(|byte| *byte == b']')?;
    Some((rest.get(..end)?.strip_suffix(b":")?, at + 2 + end))
}

/// Whether a named class has a byte; `None` for an unknown one, with which a pattern fits nothing.
fn has(name: &[u8], byte: u8) -> Option<bool> {
    Some(match name {
        b"alnum" => byte.is_ascii_alphanumeric(),
        b"alpha" => byte.is_ascii_alphabetic(),
        b"blank" => matches!(byte, b' ' | b'\t'),
        b"cntrl" => byte.is_ascii_control(),
        b"digit" => byte.is_ascii_digit(),
        b"graph" => byte.is_ascii_graphic(),
        b"lower" => byte.is_ascii_lowercase(),
        b"print" => byte.is_ascii_graphic() || byte == b' ',
        b"punct" => byte.is_ascii_punctuation(),
        b"space" => byte.is_ascii_whitespace() || byte == 0x0b,
        b"upper" => byte.is_ascii_uppercase(),
        b"xdigit" => byte.is_ascii_hexdigit(),
        _ => return None,
    })
}

#[cfg(test)]
mod tests;
