use super::*;

#[test]
fn patterns_fit_as_in_git() {
    for (patterns, ignored, kept) in [
        ("*.log", "a.log sub/a.log", "a.logs log"),
        ("build", "build build/ sub/build", "builds"),
        ("build/", "build/ sub/build/", "build sub/build"),
        ("/build", "build build/", "sub/build"),
        ("/*/", "a/ b/", "a"),
        ("*/", "a/ sub/b/", "a sub/b"),
        ("**/", "a/ sub/b/", "a sub/b"),
        ("**", "a a/ sub/b", ""),
        ("sub/*", "sub/a sub/b/", "sub/ sub/a/b a"),
        ("sub/**", "sub/a sub/a/b", "sub/ sub a"),
        ("**/deep", "deep sub/deep a/b/deep", "deeper"),
        ("a/**/b", "a/b a/x/b a/x/y/b", "a/bb x/a/b"),
        ("a**/b", "a/b ax/b a/x/b ab", "b/a"),
        ("a/x**b", "a/xb a/xyb", "a/x/b"),
        ("*.py[cod]", "a.pyc a.pyo", "a.py a.pyx"),
        ("[!a-c]x", "dx", "ax bx"),
        ("[[:digit:]]x", "1x", "ax"),
        ("[]-]x", "]x -x", "ax"),
        ("[a", "", "a [a"),
        ("a?c", "abc", "a/c ac"),
        ("x/a?c", "x/abc", "x/a/c"),
        ("*.log\n!keep.log", "a.log", "keep.log sub/keep.log"),
        ("!a\na", "a", ""),
        ("\\#a\n#b\n\\!c", "#a !c", "b #b c"),
        ("trail  \nkept\\ ", "trail", "kept"),
        ("dos\r\n", "dos", ""),
        ("\u{feff}bom", "bom", ""),
        ("/\n!\n\n  ", "", "a a/"),
    ] {
        let parsed = Patterns::parse(b"", patterns.as_bytes());
        let ignores = |path: &str| {
            let (path, is_directory) = (path.trim_end_matches('/'), path.ends_with('/'));
            parsed.ignores(path.as_bytes(), is_directory) == Some(true)
        };
        for path in ignored.split_whitespace() {
            assert!(ignores(path), "{patterns:?} ignores {path}");
        }
        for path in kept.split_whitespace() {
            assert!(!ignores(path), "{patterns:?} keeps {path}");
        }
    }
}

#[test]
fn patterns_are_for_what_lies_below_their_file() {
    let parsed = Patterns::parse(b"sub/", b"/a\nb\n");
    for (path, answer) in
        [("sub/a", Some(true)), ("sub/x/a", None), ("sub/x/b", Some(true)), ("a", None), ("b", None)]
    {
        assert_eq!(parsed.ignores(path.as_bytes(), false), answer, "{path}");
    }
}
