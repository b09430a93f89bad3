//! The session of one BuildKit build: a connection on which the engine is the client and asks us for
//! directories, logins, secrets and the SSH agent as it needs them. Nothing of them is sent ahead.
//!
//! bollard's own session takes secrets from files and environment variables only, holds the whole context
//! in memory and has no local named contexts; hence this one.

pub(crate) mod files;
mod follow_paths;
mod services;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use bollard_buildkit_proto::health::health_server::HealthServer;
use bollard_buildkit_proto::moby::buildkit::secrets::v1::secrets_server::SecretsServer;
use bollard_buildkit_proto::moby::filesync::packet::file_sync_server::FileSyncServer;
use bollard_buildkit_proto::moby::filesync::v1::auth_server::AuthServer;
use bollard_buildkit_proto::moby::sshforward::v1::ssh_server::SshServer;
use futures_util::StreamExt as _;
use tokio::sync::oneshot;
use tonic::transport::Server;

use self::files::Directories;
use self::services::{Agents, Alive, Registries, Vault};
use crate::docker::connection::Connector;
use crate::docker::registry::logins::Keyring;
use crate::error::Result;
use crate::image::secrets::SecretValues;

/// What the engine may ask for.
pub(crate) struct Offers {
    pub(crate) directories: Directories,
    pub(crate) keyring: Keyring,
    pub(crate) secrets: Arc<SecretValues>,
    /// Sockets of SSH agents by id.
    pub(crate) agents: BTreeMap<String, PathBuf>,
    /// Contexts with the same key share what was sent before.
    pub(crate) shared_key: String,
}

/// A running session; it ends when this is dropped.
pub(crate) struct Session {
    id: String,
    /// Ends the server when it is dropped.
    _end: oneshot::Sender<()>,
}

impl Session {
    /// Opens a session with a fresh id: the engine ties a session to one build.
    ///
    /// # Errors
    /// The engine cannot be reached or does not offer sessions.
    pub(crate) async fn open(connector: &Connector, offers: Offers) -> Result<Self> {
        let id = uuid::Uuid::new_v4().to_string();
        let mut headers = vec![
            ("X-Docker-Expose-Session-Uuid".to_owned(), id.clone()),
            ("X-Docker-Expose-Session-Name".to_owned(), "copilot".to_owned()),
            ("X-Docker-Expose-Session-Sharedkey".to_owned(), offers.shared_key),
        ];
        let mut methods = vec![
            "/grpc.health.v1.Health/Check",
            "/moby.filesync.v1.FileSync/DiffCopy",
            "/moby.filesync.v1.Auth/Credentials",
        ];
        if !offers.secrets.is_empty() {
            methods.push("/moby.buildkit.secrets.v1.Secrets/GetSecret");
        }
        if !offers.agents.is_empty() {
            methods.extend(["/moby.sshforward.v1.SSH/CheckAgent", "/moby.sshforward.v1.SSH/ForwardAgent"]);
        }
        headers.extend(
            methods
                .iter()
                .map(|method| ("X-Docker-Expose-Session-Grpc-Method".to_owned(), (*method).to_owned())),
        );
        let stream = connector.upgrade("/session", &headers).await?;
        let router = Server::builder()
            .add_service(HealthServer::new(Alive))
            .add_service(FileSyncServer::new(offers.directories))
            .add_service(AuthServer::new(Registries(offers.keyring)))
            .add_service(SecretsServer::new(Vault(offers.secrets)))
            .add_service(SshServer::new(Agents(offers.agents)));
        // The server ends its connections with the stream of new ones, hence one that does not end.
        let incoming = futures_util::stream::iter([Ok::<_, std::io::Error>(stream)]);
        let incoming = incoming.chain(futures_util::stream::pending());
        let (end, ended) = oneshot::channel::<()>();
        // How the connection ends does not matter: the build tells how it went.
        tokio::spawn(router.serve_with_incoming_shutdown(incoming, async move { drop(ended.await) }));
        Ok(Self { id, _end: end })
    }

    /// The id that the build names this session by.
    pub(crate) fn id(&self) -> &str {
        &self.id
    }
}
