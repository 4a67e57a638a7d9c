//! Signing in by a code that a person types in a browser (RFC 8628).

use std::fmt;
use std::time::Duration;

use reqwest::{Method, StatusCode};
use serde::Deserialize;
use serde_json::json;

use super::rest::{DeviceClaim, Rest, SignedIn, problem, read};
use crate::error::{Error, Refused, Result};

/// The longest pause that a server's word is taken for.
const PAUSE_MAX: Duration = Duration::from_secs(120);

/// By how much the pause grows where the server asks for it (RFC 8628, 3.5).
const PAUSE_STEP: Duration = Duration::from_secs(5);

/// The codes of a device that waits to be let in.
#[derive(Clone, Deserialize)]
pub struct DeviceCodes {
    device_code: String,
    /// What the person types.
    pub user_code: String,
    /// Where.
    pub verification_uri: String,
    expires_in: u64,
    interval: u64,
}

impl fmt::Debug for DeviceCodes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DeviceCodes").finish_non_exhaustive()
    }
}

/// What a device that asks is told.
#[derive(Debug)]
pub(crate) enum Told {
    /// Nobody has decided yet.
    Pending,
    /// The same, and it should ask less often.
    SlowDown,
    /// It is let in.
    SignedIn(Box<SignedIn>),
}

impl DeviceCodes {
    /// How long they are good for.
    pub fn life(&self) -> Duration {
        Duration::from_secs(self.expires_in)
    }

    /// How long to wait before the first question, and after each.
    pub fn pause(&self) -> Duration {
        Duration::from_secs(self.interval.max(1)).min(PAUSE_MAX)
    }

    /// How long to wait from here on, where the server asks for more.
    pub(crate) fn longer(pause: Duration) -> Duration {
        (pause + PAUSE_STEP).min(PAUSE_MAX)
    }
}

impl Rest {
    /// Asks for codes by which somebody may let this device in.
    ///
    /// # Errors
    /// Where the server can't be reached, or too many ask.
    pub async fn device_codes(&self, device: DeviceClaim) -> Result<DeviceCodes> {
        let body = json!({ "device": device });
        read(self.send(Method::POST, "/api/auth/device/code", Some(&body)).await?).await
    }

    /// Asks whether somebody has let this device in.
    ///
    /// # Errors
    /// [`Error::Refused`] where somebody denied it, [`Error::NeedsSignIn`] where the codes
    /// have ended.
    pub(crate) async fn ask_device_token(&self, codes: &DeviceCodes) -> Result<Told> {
        let body = json!({ "device_code": codes.device_code });
        let path = "/api/auth/device/token";
        let response = self.answered(Method::POST, path, Some(&body)).await?;
        let status = response.status();
        if status.is_success() {
            return Ok(Told::SignedIn(Box::new(self.signed_in(response).await?)));
        }
        let told: super::rest::Problem = response.json().await.unwrap_or_default();
        match (status, told.code.as_str()) {
            (StatusCode::BAD_REQUEST, "authorization_pending") => Ok(Told::Pending),
            (StatusCode::BAD_REQUEST, "slow_down") => Ok(Told::SlowDown),
            (StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE, _) => {
                Ok(Told::SlowDown)
            }
            (StatusCode::BAD_REQUEST, "access_denied") => Err(Error::Refused(Refused {
                code: told.code,
                path: None,
                rule: None,
                message: "somebody denied this device the sign-in".to_owned(),
            })),
            (StatusCode::BAD_REQUEST, "expired_token") => {
                Err(Error::NeedsSignIn("nobody approved this device in time".to_owned()))
            }
            _ => Err(problem(status, told)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn codes(interval: u64) -> DeviceCodes {
        serde_json::from_value(json!({
            "device_code": "secret", "user_code": "BCDF-GHJK",
            "verification_uri": "http://localhost/device", "expires_in": 600, "interval": interval,
        }))
        .unwrap()
    }

    #[test]
    fn a_pause_is_neither_none_nor_for_ever() {
        assert_eq!(codes(0).pause(), Duration::from_secs(1));
        assert_eq!(codes(2).pause(), Duration::from_secs(2));
        assert_eq!(codes(u64::MAX).pause(), PAUSE_MAX);
        assert_eq!(DeviceCodes::longer(Duration::from_secs(2)), Duration::from_secs(7));
        assert_eq!(DeviceCodes::longer(PAUSE_MAX), PAUSE_MAX);
    }

    #[test]
    fn codes_do_not_show_themselves() {
        let shown = format!("{:?}", codes(2));
        assert!(!shown.contains("secret") && !shown.contains("BCDF"), "{shown}");
    }
}
