//! Breaking text into lines by the columns it takes on a terminal.

use console::measure_text_width as width_of;

/// Breaks a text at blanks into lines of at most `width` columns; longer words are cut. A character that is
/// wider than a line stands alone.
pub(super) fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = String::new();
    let mut used = 0;
    for word in text.split_whitespace() {
        let mut room = width_of(word);
        if used > 0 && used + 1 + room > width {
            lines.push(std::mem::take(&mut line));
            used = 0;
        }
        if used > 0 {
            line.push(' ');
            used += 1;
        }
        if used + room <= width {
            line.push_str(word);
            used += room;
            continue;
        }
        for c in word.chars() {
            room = width_of(c.encode_utf8(&mut [0; 4]));
            if used > 0 && used + room > width {
                lines.push(std::mem::take(&mut line));
                used = 0;
            }
            line.push(c);
            used += room;
        }
    }
    if !line.is_empty() {
        lines.push(line);
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_break_at_blanks_and_inside_long_words() {
        for (text, width, lines) in [
            ("", 5, vec![]),
            ("one two", 7, vec!["one two"]),
            ("one two", 6, vec!["one", "two"]),
            ("a  b\n c", 9, vec!["a b c"]),
            ("abcdefgh ij", 3, vec!["abc", "def", "gh", "ij"]),
            ("日本語", 4, vec!["日本", "語"]),
            ("日本", 1, vec!["日", "本"]),
        ] {
            assert_eq!(wrap(text, width), lines, "{text:?} {width}");
        }
    }

    proptest::proptest! {
        #[test]
        fn nothing_is_lost_and_nothing_is_too_wide(text in "[a-zé日 \n]{0,60}", width in 2_usize..30) {
            let lines = wrap(&text, width);
            for line in &lines {
                proptest::prop_assert!(width_of(line) <= width, "{}", line);
            }
            let bare = |text: &str| text.split_whitespace().collect::<String>();
            proptest::prop_assert_eq!(bare(&lines.concat()), bare(&text));
        }
    }
}
