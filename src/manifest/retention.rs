//! How long CloudWatch Logs keeps logs.

use super::findings::{Diagnostics, Located};

/// Retentions that CloudWatch Logs knows, in days.
const RETENTIONS: [i64; 22] =
    [1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653];

/// Warns about a number of days that CloudWatch Logs does not know.
pub(super) fn check(Located { value, place }: &Located<i64>, diagnostics: &mut Diagnostics) {
    if RETENTIONS.contains(value) {
        return;
    }
    let known: Vec<String> = RETENTIONS.iter().map(ToString::to_string).collect();
    let message = format!("CloudWatch Logs has no retention of {value} days");
    diagnostics.warn(place, message, Some(format!("it takes {}", known.join(", "))));
}
