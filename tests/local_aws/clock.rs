//! Clocks of AWS that differ from this machine's: they date the answers and decide about signatures.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::SystemTime;

use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;
use hyper::header::DATE;

use super::call::{Incoming, Protocol, header};
use super::faults::error_reply;
use super::http::Reply;

/// Seconds that a signature may be off.
const TOLERATED: u64 = 300;

/// By account: how many seconds AWS's clock is ahead.
#[derive(Debug, Default)]
pub(super) struct Clocks(Mutex<HashMap<String, i64>>);

impl Clocks {
    pub(super) fn set(&self, account: &str, ahead: i64) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(account.to_owned(), ahead);
    }

    /// AWS's time, where it is another one.
    fn now(&self, account: &str) -> Option<i64> {
        let ahead = *self.0.lock().unwrap_or_else(PoisonError::into_inner).get(account)?;
        Some(DateTime::from(SystemTime::now()).secs() + ahead)
    }

    /// The answer to a request whose signature has another time.
    pub(super) fn refuse(&self, account: &str, request: &Incoming) -> Option<Reply> {
        let now = self.now(account)?;
        let signed = header(&request.head.headers, "x-amz-date")?;
        let (date, time) = signed.split_once('T')?;
        let part = |text: &str, from: usize, to: usize| text.get(from..to).unwrap_or_default().to_owned();
        let text = format!(
            "{}-{}-{}T{}:{}:{}Z",
            part(date, 0, 4),
            part(date, 4, 6),
            part(date, 6, 8),
            part(time, 0, 2),
            part(time, 2, 4),
            part(time, 4, 6)
        );
        let time = DateTime::from_str(&text, Format::DateTime).ok()?.secs();
        if time.abs_diff(now) <= TOLERATED {
            return None;
        }
        let (status, code) = match request.protocol {
            Protocol::S3 => (403, "RequestTimeTooSkewed"),
            Protocol::Query if request.service == "ec2" => (400, "RequestExpired"),
            Protocol::Query => (403, "SignatureDoesNotMatch"),
            _ => (400, "InvalidSignatureException"),
        };
        Some(error_reply(request, status, code, "Signature expired: it is not of the last 5 min."))
    }

    /// Dates an answer.
    pub(super) fn date(&self, account: &str, reply: &mut Reply) {
        let Some(now) = self.now(account) else { return };
        let date = DateTime::from_secs(now).fmt(Format::HttpDate).unwrap_or_default();
        if let Ok(date) = date.parse() {
            reply.headers_mut().insert(DATE, date);
        }
    }
}
