//! `.dockerignore` patterns, matched the way Docker's own clients match them.
//!
//! The rules are those of the `moby/patternmatcher` library, including the parts that surprise:
//! patterns are evaluated in order and the last match wins, `*` and `?` stay within one path
//! segment, `**` does not, a pattern that matches a directory covers everything below it, and a
//! pattern skipped for a directory is looked at again for its children, but not for the directory
//! on their behalf.

use crate::error::{Error, Result};

/// The patterns of one ignore file.
#[derive(Clone, Debug, Default)]
pub struct Ignore {
    patterns: Vec<Pattern>,
}

/// Which patterns matched a directory; needed to evaluate its children.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Matched(Vec<bool>);

#[derive(Clone, Debug)]
struct Pattern {
    /// Its line in the file, and its text there.
    line: usize,
    text: String,
    /// Starts with `!`: takes a path back in.
    negated: bool,
    cleaned: String,
    matcher: Matcher,
}

#[derive(Clone, Debug)]
enum Matcher {
    /// No wildcards.
    Exact,
    /// Everything starts with this (`dir/**`).
    Prefix(String),
    /// Everything ends with this (`**/name`, `**.log`).
    Suffix(String),
    Tokens(Vec<Token>),
}

#[derive(Clone, Debug)]
enum Token {
    Literal(char),
    /// `?`: one character within a segment.
    One,
    /// `*`: any characters within a segment.
    Star,
    /// `**` before something else: any number of whole leading segments.
    Segments,
    /// `**` at the end: anything.
    Rest,
    Class {
        negated: bool,
        ranges: Vec<(char, char)>,
    },
}

impl Ignore {
    /// Parses an ignore file. Lines that start with `#` are comments, blank lines are skipped.
    ///
    /// # Errors
    /// A malformed pattern, with its line number.
    pub fn parse(text: &str) -> Result<Self> {
        let mut patterns = Vec::new();
        for (index, line) in text.trim_start_matches('\u{feff}').lines().enumerate() {
            if line.starts_with('#') {
                continue;
            }
            let line = line.trim();
            if line.is_empty() {
                continue;
            }
            let pattern = Pattern::parse(index + 1, line)
                .map_err(|why| Error::new(format!("line {}: pattern `{line}` {why}", index + 1)))?;
            patterns.push(pattern);
        }
        Ok(Self { patterns })
    }

    /// Builds the rules from patterns that were parsed elsewhere, one each.
    ///
    /// # Errors
    /// A malformed pattern.
    pub fn from_patterns<'a>(patterns: impl IntoIterator<Item = &'a str>) -> Result<Self> {
        let parse = |line: &str| {
            Pattern::parse(0, line).map_err(|why| Error::new(format!("the ignore pattern `{line}` {why}")))
        };
        let patterns =
            patterns.into_iter().filter(|line| !line.is_empty()).map(parse).collect::<Result<_>>()?;
        Ok(Self { patterns })
    }

    /// Whether `path` is left out, its parent directories considered.
    pub fn excludes_path(&self, path: &str) -> bool {
        self.evaluate(path).0
    }

    /// Which line of the file leaves `path` out, and what it says.
    pub fn excluded_by(&self, path: &str) -> Option<(usize, &str)> {
        let (excluded, Matched(matched)) = self.evaluate(path);
        let matching =
            self.patterns.iter().zip(matched).rev().find(|(pattern, hit)| *hit && !pattern.negated);
        matching.filter(|_| excluded).map(|(pattern, _)| (pattern.line, pattern.text.as_str()))
    }

    fn evaluate(&self, path: &str) -> (bool, Matched) {
        let mut matched = Matched::default();
        let mut excluded = false;
        for end in path.match_indices('/').map(|(at, _)| at).chain([path.len()]) {
            (excluded, matched) = self.excludes(path.get(..end).unwrap_or(path), &matched);
        }
        (excluded, matched)
    }

    /// Whether `path` (relative to the context, `/` between segments) is left out, given what
    /// matched its parent directory (the default for a path directly in the context).
    pub fn excludes(&self, path: &str, parent: &Matched) -> (bool, Matched) {
        let mut excluded = false;
        let mut matched = vec![false; self.patterns.len()];
        for (index, pattern) in self.patterns.iter().enumerate() {
            let mut hit = parent.0.get(index).copied().unwrap_or(false);
            if !hit {
                // A pattern that could not change the outcome is not evaluated; children see it
                // as not matching.
                if pattern.negated != excluded {
                    continue;
                }
                hit = pattern.matches(path);
            }
            if let Some(slot) = matched.get_mut(index) {
                *slot = hit;
            }
            if hit {
                excluded = !pattern.negated;
            }
        }
        (excluded, Matched(matched))
    }

    /// Whether something below the excluded directory `dir` may be taken back in by a `!` pattern.
    pub fn may_include_below(&self, dir: &str) -> bool {
        self.patterns.iter().filter(|pattern| pattern.negated).any(|pattern| {
            !matches!(pattern.matcher, Matcher::Exact)
                || pattern.cleaned.strip_prefix(dir).is_some_and(|rest| rest.starts_with('/'))
        })
    }
}

impl Pattern {
    fn parse(number: usize, line: &str) -> Result<Self, &'static str> {
        let (negated, text) = match line.strip_prefix('!') {
            Some(rest) => (true, rest.trim()),
            None => (false, line),
        };
        let mut cleaned = clean(text);
        // Docker refuses the root here, but not among ordinary patterns, where it matches nothing.
        if text.is_empty() || (negated && cleaned == "/") {
            return Err("names nothing to keep; write a path after the `!`");
        }
        if cleaned.len() > 1 && cleaned.starts_with('/') {
            cleaned.remove(0);
        }
        let matcher = compile(&cleaned)?;
        Ok(Self { line: number, text: line.to_owned(), negated, cleaned, matcher })
    }

    fn matches(&self, path: &str) -> bool {
        match &self.matcher {
            Matcher::Exact => path == self.cleaned,
            Matcher::Prefix(prefix) => path.starts_with(prefix.as_str()),
            Matcher::Suffix(suffix) => {
                path.ends_with(suffix.as_str()) || suffix.strip_prefix('/').is_some_and(|name| path == name)
            }
            Matcher::Tokens(tokens) => matches_tokens(tokens, path),
        }
    }
}

/// Lexical path cleaning as Go's `path.Clean`: `.` segments, doubled and trailing slashes vanish,
/// `..` takes back the segment before it. Empty becomes `.`.
pub fn clean(path: &str) -> String {
    let rooted = path.starts_with('/');
    let mut segments: Vec<&str> = Vec::new();
    for segment in path.split('/') {
        match segment {
            "" | "." => {}
            ".." => match segments.last() {
                Some(&last) if last != ".." => {
                    segments.pop();
                }
                _ if rooted => {}
                _ => segments.push(".."),
            },
            other => segments.push(other),
        }
    }
    let joined = segments.join("/");
    match (rooted, joined.is_empty()) {
        (true, _) => format!("/{joined}"),
        (false, true) => ".".to_owned(),
        (false, false) => joined,
    }
}

fn compile(pattern: &str) -> Result<Matcher, &'static str> {
    #[derive(PartialEq)]
    enum Shape {
        Exact,
        Prefix,
        Suffix,
        Tokens,
    }
    let mut shape = Shape::Exact;
    let mut tokens = Vec::new();
    let mut chars = pattern.chars().peekable();
    let mut first = true;
    while let Some(c) = chars.next() {
        match c {
            '*' if chars.peek() == Some(&'*') => {
                chars.next();
                if chars.peek() == Some(&'/') {
                    chars.next();
                }
                if chars.peek().is_some() {
                    tokens.push(Token::Segments);
                    shape = Shape::Tokens;
                } else {
                    tokens.push(Token::Rest);
                    shape = if shape == Shape::Exact { Shape::Prefix } else { Shape::Tokens };
                }
                if first {
                    shape = Shape::Suffix;
                }
            }
            '*' => {
                tokens.push(Token::Star);
                shape = Shape::Tokens;
            }
            '?' => {
                tokens.push(Token::One);
                shape = Shape::Tokens;
            }
            '[' => {
                tokens.push(class(&mut chars)?);
                shape = Shape::Tokens;
            }
            '\\' => {
                tokens.push(escaped(&mut chars)?);
                shape = Shape::Tokens;
            }
            other => tokens.push(Token::Literal(other)),
        }
        first = false;
    }
    Ok(match shape {
        Shape::Exact => Matcher::Exact,
        Shape::Prefix => Matcher::Prefix(pattern.trim_end_matches("**").to_owned()),
        Shape::Suffix => Matcher::Suffix(pattern.strip_prefix("**").unwrap_or(pattern).to_owned()),
        Shape::Tokens => Matcher::Tokens(tokens),
    })
}

/// What stands behind a backslash. Docker hands it on to regular expressions, so that letters mean something else:
/// `\d` is a digit, not a `d`.
fn escaped(chars: &mut std::iter::Peekable<std::str::Chars<'_>>) -> Result<Token, &'static str> {
    const DIGITS: &[(char, char)] = &[('0', '9')];
    const BLANKS: &[(char, char)] = &[('\t', '\n'), ('\u{c}', '\r'), (' ', ' ')];
    const WORDS: &[(char, char)] = &[('0', '9'), ('A', 'Z'), ('_', '_'), ('a', 'z')];
    let class = |negated, ranges: &[_]| Token::Class { negated, ranges: ranges.to_vec() };
    Ok(match chars.next().ok_or("ends in a lone backslash")? {
        'a' => Token::Literal('\u{7}'),
        'f' => Token::Literal('\u{c}'),
        'n' => Token::Literal('\n'),
        'r' => Token::Literal('\r'),
        't' => Token::Literal('\t'),
        'v' => Token::Literal('\u{b}'),
        'd' => class(false, DIGITS),
        'D' => class(true, DIGITS),
        's' => class(false, BLANKS),
        'S' => class(true, BLANKS),
        'w' => class(false, WORDS),
        'W' => class(true, WORDS),
        // Edges of words and texts and the like, which match nothing where people mean a path.
        'A' | 'B' | 'C' | 'E' | 'P' | 'Q' | 'b' | 'p' | 'x' | 'z' => class(false, &[]),
        other if other.is_ascii() && !other.is_ascii_alphanumeric() => Token::Literal(other),
        _ => return Err("has a backslash before a letter, which Docker refuses; write `/` between names"),
    })
}

/// Parses a character class behind its `[`.
fn class(chars: &mut std::iter::Peekable<std::str::Chars<'_>>) -> Result<Token, &'static str> {
    const UNCLOSED: &str = "has a `[` without its `]`";
    let negated = chars.next_if_eq(&'^').is_some();
    let mut ranges = Vec::new();
    loop {
        if chars.peek() == Some(&']') && !ranges.is_empty() {
            chars.next();
            return Ok(Token::Class { negated, ranges });
        }
        let low = class_char(chars)?;
        let high = if chars.next_if_eq(&'-').is_some() { class_char(chars)? } else { low };
        if chars.peek().is_none() {
            return Err(UNCLOSED);
        }
        ranges.push((low, high));
    }
}

fn class_char(chars: &mut std::iter::Peekable<std::str::Chars<'_>>) -> Result<char, &'static str> {
    match chars.next() {
        Some('-' | ']') | None => Err("has a malformed character class"),
        Some('\\') => chars.next().ok_or("ends in a lone backslash"),
        Some(c) => Ok(c),
    }
}

/// Runs the tokens as a small state machine: time grows with pattern × path, whatever the pattern.
fn matches_tokens(tokens: &[Token], path: &str) -> bool {
    let mut active = vec![false; tokens.len() + 1];
    activate(&mut active, tokens, 0);
    for c in path.chars() {
        let mut next = vec![false; tokens.len() + 1];
        for (state, token) in tokens.iter().enumerate() {
            if !active.get(state).copied().unwrap_or(false) {
                continue;
            }
            match token {
                Token::Literal(literal) if *literal == c => activate(&mut next, tokens, state + 1),
                Token::One if c != '/' => activate(&mut next, tokens, state + 1),
                Token::Star if c != '/' => activate(&mut next, tokens, state),
                Token::Rest => activate(&mut next, tokens, state),
                Token::Segments => {
                    // Within a segment it may only go on once the segment is complete.
                    if let Some(slot) = next.get_mut(state) {
                        *slot = true;
                    }
                    if c == '/' {
                        activate(&mut next, tokens, state + 1);
                    }
                }
                Token::Class { negated, ranges }
                    if ranges.iter().any(|(low, high)| (*low..=*high).contains(&c)) != *negated =>
                {
                    activate(&mut next, tokens, state + 1);
                }
                _ => {}
            }
        }
        active = next;
    }
    active.last().copied().unwrap_or(false)
}

/// Makes a state active, with those reachable from it without a character.
fn activate(active: &mut [bool], tokens: &[Token], mut state: usize) {
    loop {
        if let Some(slot) = active.get_mut(state) {
            *slot = true;
        }
        match tokens.get(state) {
            Some(Token::Star | Token::Segments | Token::Rest) => state += 1,
            _ => return,
        }
    }
}

#[cfg(test)]
mod tests;
