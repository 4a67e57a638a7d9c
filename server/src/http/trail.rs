//! Entries of the audit log as they are shown and written.

use std::fmt::Write;

use schemars::JsonSchema;
use serde::Serialize;
use umbra_model::{DeviceId, UserId};

use super::problem::{Problem, ProblemCode};
use crate::limits::NAME_CHARS_MAX;
use crate::store::{AuditEntry, AuditFilter, Store, StoreError};

/// Something that happened around accounts.
#[derive(Serialize, JsonSchema)]
pub(super) struct EntryBody {
    /// Its number: what happened later has a greater one.
    pub(super) id: i64,
    /// When.
    pub(super) at: i64,
    /// Who did it; null where nobody is known to have.
    pub(super) actor: Option<UserId>,
    /// Their sign-in name, while there is the account.
    pub(super) actor_name: Option<String>,
    /// Whom it is about.
    pub(super) subject: Option<UserId>,
    /// Their sign-in name, while there is the account.
    pub(super) subject_name: Option<String>,
    /// With which device, or about which.
    pub(super) device: Option<DeviceId>,
    /// What.
    pub(super) action: String,
    /// What came of it: `ok`, or the code of a problem.
    pub(super) outcome: String,
    /// From which address.
    pub(super) address: Option<String>,
    /// More of it.
    pub(super) detail: Option<String>,
}

/// A page of what happened.
#[derive(Serialize, JsonSchema)]
pub(super) struct TrailPage {
    /// The latest first.
    pub(super) entries: Vec<EntryBody>,
    /// `before` of the next page; null where this is the last.
    pub(super) next: Option<i64>,
}

/// A page of what happened before this number.
pub(super) async fn page(
    store: &Store,
    filter: &AuditFilter,
    before: i64,
    most: i64,
) -> Result<TrailPage, StoreError> {
    let found = store.audit_trail(filter, before, most + 1).await?;
    let page = usize::try_from(most).unwrap_or(usize::MAX);
    let next = (found.len() > page).then(|| found[page - 1].id);
    Ok(TrailPage { entries: found.into_iter().take(page).map(body).collect(), next })
}

/// A word that is looked for.
pub(super) fn text(text: Option<String>) -> Result<Option<String>, Problem> {
    match text {
        Some(text) if text.chars().count() > NAME_CHARS_MAX => {
            let bad = format!("a word has at most {NAME_CHARS_MAX} characters");
            Err(Problem::from(ProblemCode::QueryInvalid).detail(bad))
        }
        text => Ok(text),
    }
}

pub(super) fn body(entry: AuditEntry) -> EntryBody {
    EntryBody {
        id: entry.id,
        at: entry.at.0,
        actor: entry.actor,
        actor_name: entry.actor_name,
        subject: entry.subject,
        subject_name: entry.subject_name,
        device: entry.device,
        action: entry.action,
        outcome: entry.outcome,
        address: entry.address,
        detail: entry.detail,
    }
}

/// The first line of an export as comma-separated values.
pub(super) const CSV_HEAD: &str =
    "id,at,actor,actor_name,subject,subject_name,device,action,outcome,address,detail\r\n";

/// One line of it.
pub(super) fn csv_line(line: &mut String, entry: &AuditEntry) {
    let id = |id: Option<uuid::Uuid>| id.map(|id| id.to_string()).unwrap_or_default();
    let _ = write!(line, "{},{}", entry.id, entry.at.0);
    for cell in [
        id(entry.actor.map(|it| it.0)).as_str(),
        entry.actor_name.as_deref().unwrap_or_default(),
        id(entry.subject.map(|it| it.0)).as_str(),
        entry.subject_name.as_deref().unwrap_or_default(),
        id(entry.device.map(|it| it.0)).as_str(),
        &entry.action,
        &entry.outcome,
        entry.address.as_deref().unwrap_or_default(),
        entry.detail.as_deref().unwrap_or_default(),
    ] {
        line.push(',');
        csv_cell(line, cell);
    }
    line.push_str("\r\n");
}

/// A cell, quoted (RFC 4180). What a spreadsheet would take for a formula begins with
/// an apostrophe, so that it takes it for a text.
fn csv_cell(line: &mut String, cell: &str) {
    let formula = cell.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠']);
    line.push('"');
    if formula {
        line.push('\'');
    }
    line.push_str(&cell.replace('"', "\"\""));
    line.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_is_quoted_and_never_a_formula() {
        for (cell, written) in [
            ("", r#""""#),
            ("plain", r#""plain""#),
            ("a,b\r\nc", "\"a,b\r\nc\""),
            (r#"say "x""#, r#""say ""x""""#),
            ("=1+1", r#""'=1+1""#),
            ("@SUM(A1)", r#""'@SUM(A1)""#),
            ("+1", r#""'+1""#),
            ("-1", r#""'-1""#),
            ("\t=1", "\"'\t=1\""),
            ("\r=1", "\"'\r=1\""),
            ("＝1", "\"'＝1\""),
            ("a=1", r#""a=1""#),
        ] {
            let mut line = String::new();
            csv_cell(&mut line, cell);
            assert_eq!(line, written, "{cell:?}");
        }
    }
}
