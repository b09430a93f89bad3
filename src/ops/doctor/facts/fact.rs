//! A fact that several checks need is read once, when the first of them needs it.

use std::future::Future;
use std::time::Duration;

use tokio::sync::OnceCell;

use crate::error::{Error, Result};

/// How long a fact is waited for: less than its checks are given, so that they can say what did not answer.
const LIMIT: Duration = Duration::from_secs(9);

/// Why something is not known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Unknown {
    /// What happened.
    pub why: String,
    /// What to do about it.
    pub hints: String,
    /// Whether no policy allows the call.
    pub denied: bool,
    /// Whether AWS does not accept the credentials, so that no other call will tell more.
    pub credentials: bool,
}

/// What is known, or why it is not.
pub(crate) type Known<T> = Result<T, Unknown>;

impl Unknown {
    pub(crate) fn new(why: impl Into<String>) -> Self {
        Self { why: why.into(), hints: String::new(), denied: false, credentials: false }
    }
}

impl From<Error> for Unknown {
    fn from(error: Error) -> Self {
        const CREDENTIALS: [&str; 8] = [
            "ExpiredToken",
            "InvalidAccessKeyId",
            "InvalidClientTokenId",
            "InvalidSignatureException",
            "RequestExpired",
            "SignatureDoesNotMatch",
            "UnrecognizedClientException",
            "cannot be renewed",
        ];
        let why = error.to_string();
        Self {
            credentials: CREDENTIALS.iter().any(|sign| why.contains(sign)),
            hints: error.hints().join(" "),
            denied: error.is_denied(),
            why,
        }
    }
}

/// Something that is read once at most.
#[derive(Debug)]
pub(crate) struct Fact<T>(OnceCell<Known<T>>);

impl<T> Default for Fact<T> {
    fn default() -> Self {
        Self(OnceCell::new())
    }
}

impl<T> Fact<T> {
    /// The fact, read now if it was not before. `what` is told when nothing answers.
    pub(crate) async fn read(&self, what: &str, reading: impl Future<Output = Result<T>>) -> Known<&T> {
        let limited = async {
            match tokio::time::timeout(LIMIT, reading).await {
                Ok(answer) => answer.map_err(Unknown::from),
                Err(_) => Err(Unknown::new(format!("{what} has not answered in {} s", LIMIT.as_secs()))),
            }
        };
        self.0.get_or_init(|| limited).await.as_ref().map_err(Clone::clone)
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    #[tokio::test]
    async fn a_fact_is_read_once() {
        let (fact, reads) = (Fact::default(), Cell::new(0));
        let read = async || {
            fact.read("it", async {
                reads.set(reads.get() + 1);
                tokio::task::yield_now().await;
                Ok(7)
            })
            .await
        };
        assert_eq!(tokio::join!(read(), read()), (Ok(&7), Ok(&7)));
        assert_eq!(reads.get(), 1);
    }

    #[test]
    fn refused_credentials_are_told_from_refused_calls() {
        let unknown = |text: &str| Unknown::from(Error::new(text)).credentials;
        assert!(unknown(
            "ssm:GetParameter on x failed: ExpiredTokenException: The security token is expired"
        ));
        assert!(!unknown("ssm:GetParameter on x failed: AccessDeniedException: no"));
    }
}
