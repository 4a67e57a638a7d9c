//! Queries, strictly.

use axum::extract::{FromRequestParts, Query};
use axum::http::request::Parts;
use serde::de::DeserializeOwned;

use super::problem::{Problem, ProblemCode};
use crate::limits::{PAGE_ROWS, PAGE_ROWS_MAX};

/// A query of exactly this shape: no unknown parameter, none twice, no NUL.
#[derive(Clone, Copy, Debug)]
pub(super) struct Asked<T>(pub(super) T);

impl<S: Send + Sync, T: DeserializeOwned + Send> FromRequestParts<S> for Asked<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        // PostgreSQL takes no text with a NUL.
        if parts.uri.query().is_some_and(|query| query.contains("%00")) {
            return Err(ProblemCode::NulRefused.into());
        }
        match Query::<T>::from_request_parts(parts, state).await {
            Ok(Query(it)) => Ok(Self(it)),
            Err(rejection) => {
                Err(Problem::from(ProblemCode::QueryInvalid).detail(rejection.body_text()))
            }
        }
    }
}

/// How many rows a page has.
pub(super) fn page_rows(limit: Option<u32>) -> Result<i64, Problem> {
    let limit = limit.unwrap_or(PAGE_ROWS);
    if (1..=PAGE_ROWS_MAX).contains(&limit) {
        return Ok(i64::from(limit));
    }
    let text = format!("limit is between 1 and {PAGE_ROWS_MAX}");
    Err(Problem::from(ProblemCode::QueryInvalid).detail(text))
}
