//! The difference between AWS's clock and this machine's, as the `Date` of AWS's answers tells it. AWS refuses what is signed
//! with a time that is minutes away from its own. It is one difference for the whole process: that of the machine.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, SystemTime};

use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;

/// How many seconds AWS's clock is ahead of this machine's.
static AHEAD: AtomicI64 = AtomicI64::new(0);

/// Seconds that are no reason for a refusal: AWS takes five minutes, and answers are under way for a while.
const TOLERATED: u64 = 240;

/// Codes with which AWS refuses a request for its time or its signature.
const REFUSALS: [&str; 6] = [
    "AuthFailure",
    "InvalidSignatureException",
    "RequestExpired",
    "RequestInTheFuture",
    "RequestTimeTooSkewed",
    "SignatureDoesNotMatch",
];

/// Notes the time of an answer, given as its header `Date`.
pub(super) fn observe(date: &str) {
    let Ok(date) = DateTime::from_str(date, Format::HttpDate) else { return };
    AHEAD.store(date.secs().saturating_sub(seconds(system_time())), Ordering::Relaxed);
}

/// How many seconds AWS's clock is ahead, when that is more than AWS tolerates; otherwise 0.
pub(super) fn correction() -> i64 {
    let ahead = AHEAD.load(Ordering::Relaxed);
    if ahead.unsigned_abs() > TOLERATED { ahead } else { 0 }
}

/// The time to sign with: this machine's unless it is known to be wrong.
pub(super) fn now() -> SystemTime {
    let (now, ahead) = (system_time(), correction());
    let difference = Duration::from_secs(ahead.unsigned_abs());
    let corrected = if ahead < 0 { now.checked_sub(difference) } else { now.checked_add(difference) };
    corrected.unwrap_or(now)
}

/// Whether AWS refuses a request with this code for its time or its signature.
pub(super) fn is_refusal(code: &str) -> bool {
    REFUSALS.contains(&code)
}

/// What is wrong with this machine's clock: `51 min behind AWS`; nothing, as far as AWS's answers have told.
pub fn difference() -> Option<String> {
    described(correction())
}

/// What to do about a refusal that this machine's clock explains.
pub(super) fn hint() -> Option<String> {
    difference().map(|difference| {
        format!(
            "This machine's clock is {difference}, which refuses requests that are signed with a wrong time. Set the clock (such as \
             `sudo timedatectl set-ntp true`, or `sudo hwclock --hctosys` in WSL), then run the command again."
        )
    })
}

fn described(ahead: i64) -> Option<String> {
    let minutes = ahead.unsigned_abs() / 60;
    let time = match (minutes / 1440, minutes / 60, minutes % 60) {
        (0, 0, 0) => return None,
        (0, 0, minutes) => format!("{minutes} min"),
        (0, hours, minutes) => format!("{hours} h {minutes} min"),
        (1, ..) => "1 day".to_owned(),
        (days, ..) => format!("{days} days"),
    };
    let direction = if ahead > 0 { "behind" } else { "ahead of" };
    Some(format!("{time} {direction} AWS"))
}

fn seconds(time: SystemTime) -> i64 {
    DateTime::from(time).secs()
}

#[allow(clippy::disallowed_methods, reason = "AWS's time is compared with the machine's clock")]
fn system_time() -> SystemTime {
    SystemTime::now()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn differences_in_words() {
        let told: Vec<_> = [0, 59, 600, -600, 3060, 7_500, -90_000, 400_000]
            .map(|ahead| described(ahead).unwrap_or_else(|| "none".to_owned()))
            .into();
        insta::assert_snapshot!(told.join("\n"), @"
        none
        none
        10 min behind AWS
        10 min ahead of AWS
        51 min behind AWS
        2 h 5 min behind AWS
        1 day ahead of AWS
        4 days behind AWS
        ");
    }
}
