//! Tables for `.dockerignore` matching.

use super::*;

/// Whether `path` is excluded, walking down from the context as the archive does.
fn excluded(ignore: &Ignore, path: &str) -> bool {
    let mut matched = Matched::default();
    let mut result = false;
    let ends = path.match_indices('/').map(|(at, _)| at).chain([path.len()]);
    for end in ends {
        (result, matched) = ignore.excludes(&path[..end], &matched);
    }
    result
}

#[test]
fn single_patterns() {
    for (pattern, path, expected) in [
        ("**", "file", true),
        ("**", "file/", true),
        ("**/", "dir/file", true),
        ("**/**", "dir/file", true),
        ("dir/**", "dir/file", true),
        ("dir/**", "dir/dir2/file", true),
        ("dir/**", "other/dir", false),
        ("**/dir2/*", "dir/dir2/file", true),
        ("**/dir2/*", "dir/dir2/dir2/file", true),
        ("**/dir2/**", "dir/dir2/dir2/file", true),
        ("**file", "file", true),
        ("**file", "dir/file", true),
        ("**/file", "dir/file", true),
        ("**/file", "file", true),
        ("**/file", "xfile", false),
        ("**file", "xfile", true),
        ("**/file*", "dir/dir/file.txt", true),
        ("**/file*txt", "dir/dir/file.txt", true),
        ("**/file*.txt*", "dir/dir/file.txt", true),
        ("**/*.txt", "a/b/c.txt", true),
        ("**/*.txt", "c.txt", true),
        ("a**", "abc", true),
        ("a/**/b", "a/b", true),
        ("a/**/b", "a/x/y/b", true),
        ("a/**/b", "a/xb", false),
        ("a**/*.txt", "abc/def/x.txt", true),
        ("a*/*.txt", "abc/def/x.txt", false),
        ("*.txt", "a.txt", true),
        ("*.txt", "dir/a.txt", false),
        ("*/a.txt", "dir/a.txt", true),
        ("a?c", "abc", true),
        ("a?c", "a/c", false),
        ("a", "a/b/c", true),
        ("a/b", "a", false),
        ("/a", "a", true),
        ("a/", "a", true),
        ("./a", "a", true),
        ("a/../b", "b", true),
        ("/", "a", false),
        (".", "a", false),
        ("../a", "a", false),
        ("a.b", "axb", false),
        ("(x)|y$", "(x)|y$", true),
        ("[ab]c", "bc", true),
        ("[a-c]x", "cx", true),
        ("[^a-c]x", "dx", true),
        ("[^a-c]x", "ax", false),
        ("a]b", "a]b", true),
        (r"a\*b", "a*b", true),
        (r"a\*b", "axb", false),
        (r"[\]a]b", "]b", true),
        (r"\a", "a", false),
        (r"\d", "5", true),
        (r"\dist", "dist", false),
        (r"\w.x", "_.x", true),
        (r"\W\_\ x", "-_ x", true),
        (r"dist\bin", "dist/bin", false),
        ("日*語", "日本語", true),
        ("?", "é", true),
    ] {
        let ignore = Ignore::parse(pattern).unwrap();
        assert_eq!(excluded(&ignore, path), expected, "{pattern} against {path}");
    }
}

#[test]
fn order_and_exceptions() {
    for (patterns, path, expected) in [
        ("*\n!keep", "keep", false),
        ("*\n!keep", "keep/below", false),
        ("*\n!keep", "drop", true),
        ("!keep\n*", "keep", true),
        ("docs\n!docs/README.md", "docs/README.md", false),
        ("docs\n!docs/README.md", "docs/other", true),
        ("*.md\n!README*.md\nREADME-secret.md", "README-secret.md", true),
        ("*.md\n!README*.md\nREADME-secret.md", "README-x.md", false),
        ("**\n!**/*.go", "a/b/c.go", false),
        ("**\n!**/*.go", "a/b/c.rs", true),
        ("*\n!src\nsrc/target", "src/target/x", true),
        ("*\n!src\nsrc/target", "src/main.rs", false),
        ("!/a", "a", false),
        ("*\n! spaced ", "spaced", false),
        ("# comment\n\n  a  ", "a", true),
        (" #a", "#a", true),
        ("\u{feff}a", "a", true),
        ("a\r\nb\r\n", "b", true),
        // Docker evaluates the second `d` only where the first had not matched yet.
        ("d\n!d/f\nd", "d/f", false),
    ] {
        let ignore = Ignore::parse(patterns).unwrap();
        assert_eq!(excluded(&ignore, path), expected, "{patterns:?} against {path}");
    }
}

#[test]
fn malformed_patterns_name_their_line() {
    for (text, message) in [
        ("a\n[", "line 2: pattern `[` has a malformed character class"),
        ("[a", "line 1: pattern `[a` has a `[` without its `]`"),
        ("[]a]", "line 1: pattern `[]a]` has a malformed character class"),
        ("a\\", "line 1: pattern `a\\` ends in a lone backslash"),
        (
            r"src\out",
            r"line 1: pattern `src\out` has a backslash before a letter, which Docker refuses; write `/` between names",
        ),
        ("!", "line 1: pattern `!` names nothing to keep; write a path after the `!`"),
        ("!/..", "line 1: pattern `!/..` names nothing to keep; write a path after the `!`"),
    ] {
        assert_eq!(Ignore::parse(text).unwrap_err().to_string(), message);
    }
}

#[test]
fn excluded_directories_are_entered_only_when_something_may_come_back() {
    let ignore = Ignore::parse("*\n!a/b/c").unwrap();
    assert!(ignore.may_include_below("a"));
    assert!(ignore.may_include_below("a/b"));
    assert!(!ignore.may_include_below("a/x"));
    assert!(!ignore.may_include_below("node_modules"));
    assert!(Ignore::parse("*\n!**/x").unwrap().may_include_below("node_modules"));
    assert!(!Ignore::parse("*").unwrap().may_include_below("a"));
}

#[test]
fn lexical_cleaning() {
    for (path, cleaned) in [
        ("", "."),
        (".", "."),
        ("a//b/./c/", "a/b/c"),
        ("a/../..", ".."),
        ("/../a", "/a"),
        ("../../a", "../../a"),
        ("/", "/"),
        ("./a/../", "."),
    ] {
        assert_eq!(clean(path), cleaned, "{path}");
    }
}

proptest::proptest! {
    #[test]
    fn never_panics(text in ".{0,40}", path in "[a-z/*.]{1,20}") {
        if let Ok(ignore) = Ignore::parse(&text) {
            ignore.excludes(&path, &Matched::default());
        }
    }
}
