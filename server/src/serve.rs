//! Starting and stopping.

use std::fs::DirBuilder;
use std::io;
use std::net::SocketAddr;
use std::os::unix::fs::DirBuilderExt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio::time::{interval, timeout};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use umbra_model::Millis;

use crate::app::{App, Parts};
use crate::config::{Config, Origin};
use crate::http::{Listener, Metrics, Throttle, router, wrap};
use crate::hub::Hub;
use crate::identity::{Hasher, KeyRing, Passkeys, Token, TokenKind, VaultError, open_keys};
use crate::limits::{EXPORTS_MAX, FAILURES_KEPT, FORGET_EVERY, SHUTDOWN_MAX};
use crate::sequencer::Sequencer;
use crate::settings::Settings;
use crate::store::{self, DatabaseConfig, Store, StoreError};

/// Threads that hash passwords: enough for people, too few to starve the rest.
const HASH_THREADS: usize = 2;

/// A server that serves.
pub struct Running {
    /// Where it listens; the real port where the configuration said 0.
    pub addr: SocketAddr,
    app: App,
}

/// Why the server doesn't start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The address can't be listened on.
    #[error("cannot listen on {0}: {1}")]
    Listen(SocketAddr, io::Error),
    /// The data directory can't be used.
    #[error("cannot use the data directory {0:?}: {1}")]
    DataDir(PathBuf, io::Error),
    /// The database can't be used.
    #[error("cannot use the database: {0}")]
    Database(#[from] StoreError),
    /// The keys that encrypt secrets are wrong or not there.
    #[error(transparent)]
    Keys(#[from] VaultError),
    /// The system gives no thread or no random bytes.
    #[error("the system gives no thread or no random bytes: {0}")]
    System(io::Error),
}

/// Opens the database, brings its schema up to date, and serves.
///
/// # Errors
/// [`StartError`] says in one sentence what is wrong.
pub async fn start(config: Config) -> Result<Running, StartError> {
    let metrics = Metrics::of_this_process();
    let store = open_store(&config).await?;
    let in_vain = |error| StartError::Listen(config.listen, error);
    let socket = TcpListener::bind(config.listen).await.map_err(in_vain)?;
    let addr = socket.local_addr().map_err(in_vain)?;
    let keys = open_keys(&config, &store).await?;
    let app = assemble(config, store, keys, addr)?;
    if !app.store.is_set_up().await? {
        tracing::info!(
            token = app.setup_token.expose(),
            "nobody has an account yet: make the first with `umbra-server user add NAME`, \
             or with POST /api/setup, from another machine with this token"
        );
    }
    let router = wrap(router(), &app);
    let (stop, tasks) = (app.stop.clone(), app.tasks.clone());
    tasks.spawn(Listener { socket, router, stop: stop.clone(), tasks: tasks.clone() }.run());
    if let Some(metrics) = metrics {
        tasks.spawn(stop.clone().run_until_cancelled_owned(async move {
            let mut now_and_then = interval(Duration::from_secs(10));
            loop {
                now_and_then.tick().await;
                metrics.upkeep();
            }
        }));
    }
    tasks.spawn(stop.run_until_cancelled_owned(forget(app.clone())));
    if app.config.public_origin.is_none() && !addr.ip().is_loopback() {
        tracing::warn!(
            %addr,
            "other machines reach this server over plain HTTP: put a proxy with TLS before it, \
             and name what people type with --public-origin"
        );
    }
    tracing::info!(%addr, engine = ?app.store.engine(), "serving");
    Ok(Running { addr, app })
}

/// Forgets from time to time what is kept only for a while.
async fn forget(app: App) {
    let mut now_and_then = interval(FORGET_EVERY);
    loop {
        now_and_then.tick().await;
        let now = store::now();
        let kept = i64::try_from(FAILURES_KEPT.as_millis()).unwrap_or(i64::MAX);
        if let Err(error) = app.store.forget_failures(Millis(now.0 - kept), now).await {
            tracing::warn!(%error, "old failures to sign in can't be forgotten");
        }
    }
}

/// Opens the database that the configuration names, at this build's schema.
///
/// # Errors
/// [`StartError`] where it or its directory can't be used.
pub async fn open_store(config: &Config) -> Result<Store, StartError> {
    Ok(Store::open(&database_of(config)?).await?)
}

fn database_of(config: &Config) -> Result<DatabaseConfig, StartError> {
    if let Some(url) = &config.database_url {
        return Ok(DatabaseConfig::Postgres { url: url.expose().to_owned() });
    }
    let dir = &config.data_dir;
    // Nobody else of the machine looks into it.
    let made = DirBuilder::new().recursive(true).mode(0o700).create(dir);
    made.map_err(|error| StartError::DataDir(dir.clone(), error))?;
    Ok(DatabaseConfig::Sqlite { file: dir.join("umbra.sqlite") })
}

fn assemble(
    config: Config,
    store: Store,
    keys: KeyRing,
    addr: SocketAddr,
) -> Result<App, StartError> {
    let hub = Arc::new(Hub::new());
    let hasher = Hasher::start(HASH_THREADS, config.password_cost).map_err(StartError::System)?;
    let setup_token = Token::draw(TokenKind::Setup)
        .map_err(|error| StartError::System(io::Error::other(error)))?;
    let passkeys = passkeys_of(&config, addr);
    Ok(App::new(Parts {
        sequencer: Sequencer::start(store.clone(), Arc::clone(&hub) as _),
        throttle: Throttle::new(&config.abuse),
        settings: Settings::default(),
        exports: Arc::new(Semaphore::new(EXPORTS_MAX)),
        started: Instant::now(),
        stop: CancellationToken::new(),
        tasks: TaskTracker::new(),
        config,
        store,
        hub,
        hasher,
        keys,
        passkeys,
        setup_token,
    }))
}

/// Passkeys belong to an origin for ever. Without a public one, browsers on this
/// machine come by its name.
fn passkeys_of(config: &Config, addr: SocketAddr) -> Option<Passkeys> {
    let local = || match addr.port() {
        80 => Origin::parse("http://localhost").ok(),
        port => Origin::parse(&format!("http://localhost:{port}")).ok(),
    };
    let origin = config.public_origin.clone().or_else(local)?;
    let passkeys = Passkeys::at(&origin);
    if passkeys.is_none() {
        tracing::warn!(origin = origin.as_str(), "an address has no passkeys: give it a name");
    }
    passkeys
}

impl Running {
    /// The right to make the first account from another machine, as it was logged
    /// at the start.
    pub fn setup_token(&self) -> String {
        self.app.setup_token.expose()
    }

    /// Stops: no new connections, sockets are told to come back, what was submitted
    /// is written. Returns when all is done or the bound on waiting is reached.
    pub async fn shutdown(self) {
        let app = self.app;
        app.stop.cancel();
        app.tasks.close();
        app.hub.close().await;
        if timeout(SHUTDOWN_MAX, app.tasks.wait()).await.is_err() {
            tracing::warn!(left = app.tasks.len(), "some connections didn't end in time");
        }
        app.sequencer.close().await;
        app.store.close().await;
        tracing::info!("stopped");
    }
}
