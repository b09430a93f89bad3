//! Several documents in one text, of which [`super::load`] reads the first.

/// The line (from 1) of the marker behind a document that starts on line `start` (from 1), if anything follows it.
/// Within a document no line can begin with the marker.
pub fn second_document(text: &str, start: usize) -> Option<usize> {
    let is_marker = |line: &str| {
        line.strip_prefix("---").is_some_and(|rest| rest.trim_start() != rest || rest.is_empty())
    };
    let (marker, _) = text.lines().enumerate().skip(start).find(|(_, line)| is_marker(line))?;
    text.lines()
        .skip(marker + 1)
        .any(|line| !line.trim().is_empty() && !line.starts_with(['#', '.']))
        .then_some(marker + 1)
}
