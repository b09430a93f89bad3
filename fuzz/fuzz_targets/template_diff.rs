//! Any two texts are compared or refused with a reason; what differs can be shown, written as a list and
//! applied, and a template does not differ from itself.

#![no_main]

use copilot::diff::{self, Meaning};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &str| {
    let (old, new) = input.split_once("\u{1}").unwrap_or((input, input));
    let diff = match diff::templates(old, new) {
        Ok(diff) => diff,
        Err(error) => {
            assert!(!error.to_string().contains('\u{1b}'), "an escape code reaches the terminal");
            return;
        }
    };
    let text = diff.text();
    assert_eq!(diff.is_empty(), text.is_empty());
    assert!(text.is_empty() || text.ends_with('\n'));
    assert!(!text.contains('\u{1b}'), "an escape code reaches the terminal");
    let plain: String = diff.segments().into_iter().map(|segment| segment.text).collect();
    assert_eq!(plain, text);
    assert!(diff.segments().iter().all(|s| s.meaning != Meaning::Insertion || s.text.ends_with('\n')));
    let mut value = diff.old_value();
    diff::apply(&mut value, &diff.changes()).expect("the changes fit the old template");
    for template in [old, new] {
        let same = diff::templates(template, template).expect("it was read before");
        assert!(same.is_empty(), "{template:?} differs from itself: {}", same.text());
    }
});
