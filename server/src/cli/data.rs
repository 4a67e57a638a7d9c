//! Commands about the database as a whole.

use std::path::Path;

use umbra_server::audit::audit as audit_store;
use umbra_server::backup::{self, BackupError, RestoreError, Summary};
use umbra_server::store::StoreError;
use umbra_server::{Config, StartError, open_store};

use super::{complain, say};

/// Why it didn't come out well.
#[derive(Debug, thiserror::Error)]
pub(super) enum Trouble {
    #[error(transparent)]
    Start(#[from] StartError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Backup(#[from] BackupError),
    #[error(transparent)]
    Restore(#[from] RestoreError),
    #[error("{0} discrepancies; the first are listed above")]
    Unsound(u64),
}

pub(super) async fn backup(config: &Config, file: &Path) -> Result<(), Trouble> {
    let store = open_store(config).await?;
    let summary = backup::backup(&store, file).await?;
    say(&format!("{} in {}.", counted(&summary), file.display()));
    store.close().await;
    Ok(())
}

pub(super) async fn restore(config: &Config, file: &Path) -> Result<(), Trouble> {
    let store = open_store(config).await?;
    let summary = backup::restore(file, &store).await?;
    say(&format!(
        "{} restored. Start the server; each device gives back what is newer when it connects.",
        counted(&summary)
    ));
    store.close().await;
    Ok(())
}

pub(super) async fn audit(config: &Config) -> Result<(), Trouble> {
    let store = open_store(config).await?;
    let report = audit_store(&store).await?;
    store.close().await;
    for finding in &report.findings {
        complain(&finding.to_string());
    }
    say(&format!(
        "Replayed {} logs with {} entries, {} changes to {} documents.",
        report.spaces, report.entries, report.changes, report.documents
    ));
    match report.wrong {
        0 => {
            say("Everything is as the logs make it, and everything was permitted.");
            Ok(())
        }
        wrong => Err(Trouble::Unsound(wrong)),
    }
}

fn counted(summary: &Summary) -> String {
    let rows: u64 = summary.rows.iter().map(|(_, rows)| rows).sum();
    let mib = summary.bytes as f64 / f64::from(1 << 20);
    format!("{rows} rows, {mib:.1} MiB")
}
