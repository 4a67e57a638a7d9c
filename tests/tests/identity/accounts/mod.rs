//! Accounts: how they come, what administrators do with them, how they end.

mod administration;
mod audit;
mod deletion;
mod export;
mod invitations;
mod last_admin;
mod links;
mod names;
mod passwords;
mod quotas;
mod record;
mod settings;
mod setup;
mod transfer;
mod users;

use serde_json::{Value, json};
use sqlx::{Connection, Executor, PgConnection, SqliteConnection};
use umbra_model::{Kind, SpaceId};
use umbra_sync_protocol::wire::Verdict;
use umbra_tests::{Answer, Pen, Person, TestServer, login, push_of};

/// Does to the database what only time does.
async fn tamper(server: &TestServer, sql: &str) {
    let sql = sqlx::AssertSqlSafe(sql.to_owned());
    let touched = match &server.config.database_url {
        Some(url) => {
            let mut connection = PgConnection::connect(url.expose()).await.unwrap();
            connection.execute(sql).await.unwrap().rows_affected()
        }
        None => {
            let file = server.config.data_dir.join("umbra.sqlite");
            let url = format!("sqlite://{}", file.display());
            let mut connection = SqliteConnection::connect(&url).await.unwrap();
            connection.execute(sql).await.unwrap().rows_affected()
        }
    };
    assert!(touched > 0, "nothing was changed");
}

/// Long after everybody has proved who they are.
async fn grow_stale(server: &TestServer) {
    tamper(server, "UPDATE sessions SET fresh_at = 1").await;
}

/// Tries to register.
async fn register(server: &TestServer, name: &str, invitation: Option<&str>) -> Answer {
    let mut body = login(name, umbra_tests::PASSWORD);
    if let Some(token) = invitation {
        body["invitation"] = json!(token);
    }
    server.anonymous().post("/api/auth/register", body).await
}

/// Tries to sign in.
async fn sign_in(server: &TestServer, name: &str, password: &str) -> Answer {
    server.anonymous().post("/api/auth/login", login(name, password)).await
}

/// Writes a todo, or says why not.
async fn add_todo(by: &Person, space: SpaceId, title: &str) -> Result<(), String> {
    let (mut pen, doc) = (Pen::new(by.prefix), Pen::new_doc());
    let chunk = pen.begin(doc, Kind::Todo, "title", title);
    let mut socket = by.live().await;
    let pushed = socket.push(push_of(1, doc, Some((space, Kind::Todo)), &[&chunk])).await;
    match pushed.verdicts.into_iter().next().unwrap() {
        Verdict::Accepted { .. } => Ok(()),
        Verdict::Refused { code, .. } => Err(code),
    }
}

/// A text of an answer.
#[track_caller]
fn text<'a>(value: &'a Value, field: &str) -> &'a str {
    value[field].as_str().unwrap_or_else(|| panic!("{field} is no text in {value}"))
}
