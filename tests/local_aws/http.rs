//! The few HTTP pieces the parts of the local AWS share: buffered requests and responses over one connection each.

use anyhow::{Context, Result};
use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

/// A response whose body has been read completely.
pub(super) type Reply = Response<Bytes>;

/// Sends a request to a server on 127.0.0.1 and reads the whole answer.
pub(crate) async fn send(port: u16, request: Request<Full<Bytes>>) -> Result<Reply> {
    let stream = TcpStream::connect(("127.0.0.1", port))
        .await
        .with_context(|| format!("connect to 127.0.0.1:{port}"))?;
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
    let driver = tokio::spawn(connection);
    let response = sender.send_request(request).await?;
    let (head, body) = response.into_parts();
    let body = body.collect().await?.to_bytes();
    driver.abort();
    Ok(Response::from_parts(head, body))
}

/// A response made here.
pub(super) fn reply(status: u16, content_type: &str, body: impl Into<Bytes>) -> Reply {
    let mut response = Response::new(body.into());
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    if let Ok(value) = content_type.parse() {
        response.headers_mut().insert(hyper::header::CONTENT_TYPE, value);
    }
    response
}

/// The same response with another body; the length header follows it.
pub(super) fn with_body(response: Reply, body: impl Into<Bytes>) -> Reply {
    let (mut head, _) = response.into_parts();
    head.headers.remove(hyper::header::CONTENT_LENGTH);
    Response::from_parts(head, body.into())
}

/// Undoes `%41` and, as forms need it, `+`.
pub(super) fn percent_decode(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, tail)) = rest.split_first() {
        rest = tail;
        let decoded = match first {
            b'+' => Some(b' '),
            b'%' => tail.get(..2).and_then(|hex| std::str::from_utf8(hex).ok()).and_then(|hex| {
                let value = u8::from_str_radix(hex, 16).ok()?;
                rest = &tail[2..];
                Some(value)
            }),
            _ => None,
        };
        bytes.push(decoded.unwrap_or(first));
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Encodes everything but unreserved characters, for forms and queries.
pub(super) fn percent_encode(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    encoded
}

/// `a=1&b=2` as pairs, decoded.
pub(super) fn parse_form(text: &str) -> Vec<(String, String)> {
    text.split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
            (percent_decode(key), percent_decode(value))
        })
        .collect()
}

/// Pairs as `a=1&b=2`, encoded.
pub(super) fn write_form<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    let pairs: Vec<_> = pairs
        .into_iter()
        .map(|(key, value)| format!("{}={}", percent_encode(key), percent_encode(value)))
        .collect();
    pairs.join("&")
}
