//! Proofs that aren't accepted.

use umbra_model::UserId;

use crate::http::Problem;
use crate::store::StoreError;

/// Somebody doesn't get in.
#[derive(Debug)]
pub struct Refused {
    /// Whose it was, if that is known: for the audit log, not for the client.
    pub user: Option<UserId>,
    /// Why.
    pub problem: Problem,
}

impl From<Problem> for Refused {
    fn from(problem: Problem) -> Self {
        Self { user: None, problem }
    }
}

impl From<StoreError> for Refused {
    fn from(error: StoreError) -> Self {
        Problem::from(error).into()
    }
}
