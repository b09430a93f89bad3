//! What documents say holds.

#[test]
fn the_example_test_of_contributing_is_one_of_these_tests() {
    let document = include_str!("../../CONTRIBUTING.md");
    let (_, rest) = document.split_once("```rust\n").unwrap();
    let (example, _) = rest.split_once("```").unwrap();
    assert!(include_str!("deploy.rs").contains(example), "{example}");
}
