//! `umbra-server serve`.

use tokio::signal::unix::{SignalKind, signal};
use umbra_server::{Config, StartError};

/// Serves until somebody says to stop.
pub(super) async fn run(config: Config) -> Result<(), StartError> {
    let running = umbra_server::start(config).await?;
    told_to_stop().await;
    tracing::info!("stopping");
    running.shutdown().await;
    Ok(())
}

/// Waits for Ctrl-C, or for a service manager's word.
async fn told_to_stop() {
    let interrupt = tokio::signal::ctrl_c();
    let terminate = async {
        match signal(SignalKind::terminate()) {
            Ok(mut signal) => drop(signal.recv().await),
            Err(_) => std::future::pending().await,
        }
    };
    tokio::select! {
        _ = interrupt => {}
        () = terminate => {}
    }
}
