//! The image registry behind the accounts' ECR host names, so that the real Docker Engine pushes to it.
//!
//! `/etc/hosts` (see setup.sh) sends the names of a few accounts to 127.0.0.2. Docker treats 127.0.0.0/8 as insecure and, as
//! nobody answers TLS there, falls back to HTTP on port 80, where this listens. One process at a time can do that.

use std::io::ErrorKind;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow, bail};
use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming as Body};
use hyper::http::request::Parts;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;

use super::call::{Incoming, Protocol, header};
use super::faults::{Action, protocol_error};
use super::gateway::{State, forward};
use super::http::{Reply, reply, with_body};
use super::record::{Call, Caller};

/// The accounts whose registries have names in `/etc/hosts`; setup.sh puts them there.
pub(super) const ACCOUNTS: [&str; 32] = [
    "100000000001",
    "100000000002",
    "100000000003",
    "100000000004",
    "100000000005",
    "100000000006",
    "100000000007",
    "100000000008",
    "100000000009",
    "100000000010",
    "100000000011",
    "100000000012",
    "100000000013",
    "100000000014",
    "100000000015",
    "100000000016",
    "100000000017",
    "100000000018",
    "100000000019",
    "100000000020",
    "100000000021",
    "100000000022",
    "100000000023",
    "100000000024",
    "100000000025",
    "100000000026",
    "100000000027",
    "100000000028",
    "100000000029",
    "100000000030",
    "100000000031",
    "100000000032",
];

const ADDRESS: (&str, u16) = ("127.0.0.2", 80);
const WAIT_LIMIT: Duration = Duration::from_secs(180);
/// `AWS:ministack-auth-token`: what the emulator's `GetAuthorizationToken` hands out.
const TOKEN: &str = "Basic QVdTOm1pbmlzdGFjay1hdXRoLXRva2Vu";

/// The registry host of an account.
pub(crate) fn host(account: &str) -> String {
    format!("{account}.dkr.ecr.{}.amazonaws.com", super::REGION)
}

/// Starts listening; waits while another process's local AWS does.
pub(super) async fn listen() -> Result<TcpListener> {
    let hosts = std::fs::read_to_string("/etc/hosts").context("read /etc/hosts")?;
    if let Some(account) = ACCOUNTS.iter().find(|account| !hosts.contains(&host(account))) {
        bail!("{} is not in /etc/hosts; run tests/local_aws/setup.sh", host(account));
    }
    let deadline = Instant::now() + WAIT_LIMIT;
    let mut told = false;
    loop {
        match TcpListener::bind(ADDRESS).await {
            Ok(listener) => return Ok(listener),
            Err(error) if error.kind() == ErrorKind::AddrInUse && Instant::now() < deadline => {
                if !told {
                    eprintln!(
                        "another process listens on 127.0.0.2:80 (another local AWS?); waiting for it to end"
                    );
                    told = true;
                }
                tokio::time::sleep(Duration::from_millis(200)).await;
            }
            Err(error) => {
                return Err(error).context("listen on 127.0.0.2:80 for image pushes (port 80 needs root)");
            }
        }
    }
}

/// Accepts connections until the runtime ends.
pub(super) async fn serve(listener: TcpListener, state: Arc<State>) {
    while let Ok((stream, _)) = listener.accept().await {
        let state = Arc::clone(&state);
        tokio::spawn(async move {
            let service = service_fn(|request| handle(Arc::clone(&state), request));
            // An error here is a client that went away, or a connection dropped on purpose.
            let _ = hyper::server::conn::http1::Builder::new()
                .serve_connection(TokioIo::new(stream), service)
                .await;
        });
    }
}

/// Answers one call. An error closes the connection.
async fn handle(state: Arc<State>, request: Request<Body>) -> Result<Response<Full<Bytes>>> {
    let started = Instant::now();
    let (head, body) = request.into_parts();
    let account =
        header(&head.headers, "host").and_then(|host| host.split('.').next()).unwrap_or_default().to_owned();
    let operation = operation(&head);
    let resource = head.uri.path().trim_start_matches("/v2/").to_owned();
    let (delay, fault) = state.faults.decide(&account, ("registry", operation), &Caller::Base, &resource);
    tokio::time::sleep(delay).await;
    let answer = carry_out(&state, head, body, fault).await;
    state.log.add(Call {
        service: "registry".to_owned(),
        operation: operation.to_owned(),
        account,
        region: super::REGION.to_owned(),
        caller: Caller::Base,
        resource,
        form: Vec::new(),
        status: answer.as_ref().map_or(0, |response| response.status().as_u16()),
        started,
        finished: Instant::now(),
    });
    answer.map(|response| response.map(Full::new))
}

async fn carry_out(state: &State, head: Parts, body: Body, fault: Option<Action>) -> Result<Reply> {
    let limit = match &fault {
        Some(Action::Drop { after_bytes }) => Some(*after_bytes),
        _ => None,
    };
    let body = read(body, limit).await?;
    match fault {
        Some(Action::Drop { .. }) => Err(anyhow!("dropped on request")),
        Some(Action::Lose) => {
            serve_request(state, head, body).await?;
            Err(anyhow!("lost on request"))
        }
        Some(Action::Error { status, code, message }) => {
            Ok(protocol_error(Protocol::Registry, status, &code, &message))
        }
        Some(Action::Replace { status, content_type, body }) => Ok(reply(status, &content_type, body)),
        Some(Action::Garble) => Ok(with_body(serve_request(state, head, body).await?, "\u{0}<%{")),
        Some(Action::Delay(_) | Action::Date(_)) | None => serve_request(state, head, body).await,
    }
}

async fn serve_request(state: &State, head: Parts, body: Bytes) -> Result<Reply> {
    if header(&head.headers, "authorization") != Some(TOKEN) {
        let mut challenge = protocol_error(Protocol::Registry, 401, "UNAUTHORIZED", "Not Authorized");
        challenge
            .headers_mut()
            .insert("www-authenticate", "Basic realm=\"ecr\",service=\"ecr.amazonaws.com\"".parse()?);
        return Ok(challenge);
    }
    let request = Incoming { protocol: Protocol::Registry, ..Incoming::parse(head, body.clone()) };
    forward(state, &request, body).await
}

/// Reads the body, or gives up after so many bytes.
async fn read(mut body: Body, limit: Option<usize>) -> Result<Bytes> {
    let mut bytes = Vec::new();
    while let Some(frame) = body.frame().await {
        if let Ok(data) = frame?.into_data() {
            bytes.extend_from_slice(&data);
        }
        if limit.is_some_and(|limit| bytes.len() > limit) {
            bail!("dropped on request");
        }
    }
    Ok(bytes.into())
}

/// The interface has no operation names of its own; these are what rules and the record use.
fn operation(head: &Parts) -> &'static str {
    let path = head.uri.path();
    let method = head.method.as_str();
    if path.trim_end_matches('/') == "/v2" {
        return "Login";
    }
    let uploads = path.contains("/blobs/uploads/");
    match (method, uploads, path.contains("/manifests/")) {
        ("POST", true, _) => "StartUpload",
        ("PATCH", true, _) => "UploadChunk",
        ("PUT", true, _) => "FinishUpload",
        ("HEAD", false, true) => "HeadManifest",
        ("GET", false, true) => "GetManifest",
        ("PUT", false, true) => "PutManifest",
        ("HEAD", false, false) => "HeadBlob",
        ("GET", false, false) => "GetBlob",
        _ => "Other",
    }
}
