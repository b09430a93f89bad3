//! What the check of `--json` records notices.

use crate::support::json_records::Schema;

#[test]
fn wrong_records_are_noticed() {
    let schema = Schema::read();
    for (record, expected) in [
        (r#"{"type":"note","time":"x","message":"a","subject":"job"}"#, ""),
        (r#"{"type":"note","time":"x"}"#, "note: `message` is missing"),
        (r#"{"type":"note","message":1}"#, "no text `time`; note: `message` is no text: 1"),
        (r#"{"type":"build","time":"x","event":"other"}"#, "there is no record `build other`"),
        (
            r#"{"type":"proposed","time":"x","stack":"s","outcome":"lost","more":1}"#,
            "proposed: `more` is not described; proposed: `outcome` is no `questioned`, `executed`, `empty` or `failed`: \"lost\"",
        ),
        (
            r#"{"type":"stack_started","time":"x","stack":"s","title":"t","resources":[{"logical_id":"A"}]}"#,
            "resources: `description` is missing",
        ),
    ] {
        assert_eq!(schema.problems(&serde_json::from_str(record).unwrap()).join("; "), expected);
    }
}
