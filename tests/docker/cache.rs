//! Builds while other programs remove images from the engine.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use copilot::docker::Provided;
use copilot::docker::engine::Builder;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{UnixListener, UnixStream};

use crate::connections::{SOCKET, connect};
use crate::fixture::Fixture;

/// A way to the engine on which so many builds end as when another program removes images meanwhile; gives its address.
fn removing_images(directory: &Path, builds: usize) -> String {
    let path = directory.join("engine.sock");
    let listener = UnixListener::bind(&path).unwrap();
    let left = Arc::new(AtomicUsize::new(builds));
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(interrupted(stream, Arc::clone(&left)));
        }
    });
    format!("unix://{}", path.display())
}

async fn interrupted(client: UnixStream, left: Arc<AtomicUsize>) {
    let (mut from_client, mut to_client) = client.into_split();
    let (mut from_engine, mut to_engine) = UnixStream::connect(SOCKET).await.unwrap().into_split();
    let mut chunk = vec![0; 64 * 1024];
    let (cancel, cancelled) = tokio::sync::oneshot::channel();
    let answers = tokio::spawn(async move {
        tokio::select! {
            _ = tokio::io::copy(&mut from_engine, &mut to_client) => {}
            _ = cancelled => {
                let message = r#"unable to find image \"sha256:0a1b\""#;
                let body = format!(
                    "{{\"stream\":\"Step 1/2 : FROM scratch\\n\"}}\n{{\"errorDetail\":{{\"message\":\"{message}\"}},\"error\":\"{message}\"}}\n"
                );
                let head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n";
                let text = format!("{head}Content-Length: {}\r\n\r\n{body}", body.len());
                to_client.write_all(text.as_bytes()).await.unwrap();
            }
        }
    });
    while let Ok(count @ 1..) = from_client.read(&mut chunk).await {
        let is_build =
            chunk.starts_with(b"POST ") && String::from_utf8_lossy(&chunk[..count]).contains("/build?");
        let take = |left: usize| left.checked_sub(1);
        if is_build && left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, take).is_ok() {
            let _ = cancel.send(());
            // What is left of the request is taken, as the engine would.
            while let Ok(1..) = from_client.read(&mut chunk).await {}
            break;
        }
        to_engine.write_all(&chunk[..count]).await.unwrap();
    }
    let _ = answers.await;
}

/// The classic builder looks through all images for one that fits, and gives up when one is gone by then.
#[tokio::test(flavor = "multi_thread")]
async fn images_may_be_removed_while_the_classic_builder_looks_for_one() {
    let (dir, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let fixture = Fixture::new("FROM scratch\nCOPY a /\n").file("a", "a");
    let address = removing_images(dir.path(), 4);
    let engine = connect(&[("DOCKER_HOST", &address)]).await.unwrap().with_builder(Builder::Classic);
    fixture.build_with(&engine, Provided::default()).await.unwrap();
    let mut warnings = fixture.warnings();
    assert_eq!(warnings.len(), 4);
    warnings.dedup();
    insta::assert_snapshot!(warnings.join("\n"), @"the engine looked through its build cache while something removed an image from it, and gave up; the build is begun again");

    let address = removing_images(other.path(), usize::MAX);
    let engine = connect(&[("DOCKER_HOST", &address)]).await.unwrap().with_builder(Builder::Classic);
    let error = fixture.build_with(&engine, Provided::default()).await.unwrap_err().to_string();
    insta::assert_snapshot!(error, @r#"build the image of container "report": Dockerfile:1: step [1/2] FROM scratch: unable to find image "sha256:0a1b""#);
}
