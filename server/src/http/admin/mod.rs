//! What administrators do: accounts, invitations, settings, the audit log. None of it
//! reads what is in documents.

pub(super) mod audit;
pub(super) mod invitations;
mod record;
pub(super) mod settings;
pub(super) mod standing;
pub(super) mod statistics;
pub(super) mod users;

pub(super) use record::{Note, record};
