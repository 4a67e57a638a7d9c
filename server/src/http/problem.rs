//! What a client is told when a request fails: RFC 9457 problem details with a
//! stable code.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use crate::sequencer::Rejection;
use crate::store::StoreError;

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $text:literal, $status:ident, $title:literal;)+) => {
        /// The stable codes of problems.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
        pub enum ProblemCode { $($(#[$doc])* $name),+ }

        impl ProblemCode {
            /// Every code.
            pub const ALL: &'static [Self] = &[$(Self::$name),+];

            /// The code as it goes on the wire.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text),+ }
            }

            /// The HTTP status that goes with it.
            pub const fn status(self) -> StatusCode {
                match self { $(Self::$name => StatusCode::$status),+ }
            }

            /// What it means, in one sentence.
            pub const fn title(self) -> &'static str {
                match self { $(Self::$name => $title),+ }
            }
        }
    };
}

codes! {
    /// The body's type is another.
    BodyNotJson = "body_not_json", UNSUPPORTED_MEDIA_TYPE, "The body has to be application/json.";
    /// The body's type is another, where a form is expected.
    BodyNotForm = "body_not_form", UNSUPPORTED_MEDIA_TYPE, "The body has to be a plain form.";
    /// The body can't be read as JSON.
    BodyMalformed = "body_malformed", BAD_REQUEST, "The body is no JSON.";
    /// The body is JSON of another shape.
    BodyInvalid = "body_invalid", UNPROCESSABLE_ENTITY, "The body is not of the expected shape.";
    /// The body is beyond its bound.
    BodyTooLarge = "body_too_large", PAYLOAD_TOO_LARGE, "The body is too large.";
    /// A text holds the character NUL.
    NulRefused = "nul_refused", UNPROCESSABLE_ENTITY, "No text may hold the character NUL.";
    /// There is no such thing, or not for this caller.
    NotFound = "not_found", NOT_FOUND, "There is no such thing, or you have no access to it.";
    /// The path exists, with other methods.
    MethodNotAllowed = "method_not_allowed", METHOD_NOT_ALLOWED, "The path has no such method.";
    /// There is no valid credential.
    NotSignedIn = "not_signed_in", UNAUTHORIZED, "Sign in first.";
    /// The session's proof of who it is has grown old.
    FreshAuthenticationNeeded = "fresh_authentication_needed", FORBIDDEN, "Confirm first that it's you.";
    /// Name or password are wrong.
    BadCredentials = "bad_credentials", UNAUTHORIZED, "The name or the password is wrong.";
    /// The code is wrong or was used before.
    CodeWrong = "code_wrong", UNAUTHORIZED, "The code is wrong, or was used before.";
    /// The passkey isn't accepted.
    PasskeyRefused = "passkey_refused", UNAUTHORIZED, "The passkey wasn't accepted.";
    /// The password is right and not enough.
    SecondFactorNeeded = "second_factor_needed", FORBIDDEN, "Give a code of your authenticator app as well, or a recovery code.";
    /// The ceremony has expired, or was finished, or is somebody else's.
    CeremonyOver = "ceremony_over", CONFLICT, "This is over; begin anew.";
    /// The answer doesn't make a passkey.
    PasskeyInvalid = "passkey_invalid", UNPROCESSABLE_ENTITY, "This makes no passkey.";
    /// The server's origin can't have passkeys.
    PasskeysUnavailable = "passkeys_unavailable", CONFLICT, "There are no passkeys here: they need a server with a host name.";
    /// The account has no passkey that could be used.
    NoPasskey = "no_passkey", CONFLICT, "You have no passkey that could be used.";
    /// One-time codes are set up already.
    TotpEnrolled = "totp_enrolled", CONFLICT, "One-time codes are set up already.";
    /// One-time codes aren't set up.
    TotpNotEnrolled = "totp_not_enrolled", CONFLICT, "One-time codes aren't set up.";
    /// Password sign-in can't be turned off.
    CredentialsTooFew = "credentials_too_few", CONFLICT, "To do without a password you need two passkeys, or one and recovery codes.";
    /// Without it, the account might not be signed in to any more.
    CredentialNeeded = "credential_needed", CONFLICT, "You need it to sign in: add another first, or turn password sign-in on.";
    /// Password sign-in is off already.
    PasswordlessOn = "passwordless_on", CONFLICT, "Password sign-in is off already.";
    /// Password sign-in isn't off.
    PasswordlessOff = "passwordless_off", CONFLICT, "Password sign-in isn't off.";
    /// Too many wrong passwords for this name.
    SignInLocked = "sign_in_locked", TOO_MANY_REQUESTS, "Too many wrong passwords; signing in is locked for a while.";
    /// Too many requests from this address.
    RateLimited = "rate_limited", TOO_MANY_REQUESTS, "Too many requests; wait a moment.";
    /// Too many sockets of this account.
    TooManySockets = "too_many_sockets", TOO_MANY_REQUESTS, "The account has too many live connections.";
    /// A browser sent it from another site.
    CrossSite = "cross_site", FORBIDDEN, "A browser sent this from another site.";
    /// A browser's request lacks the header that other sites can't set.
    HeaderMissing = "header_missing", FORBIDDEN, "Requests signed in by cookie carry the header X-Requested-With.";
    /// An API token that doesn't reach so far.
    ScopeTooNarrow = "scope_too_narrow", FORBIDDEN, "The token's scope doesn't reach that.";
    /// A device asks whether it was let in, and nobody has decided yet.
    AuthorizationPending = "authorization_pending", BAD_REQUEST, "Nobody has approved the device yet; ask again.";
    /// A device asks too often.
    SlowDown = "slow_down", BAD_REQUEST, "Ask less often; wait longer between two questions.";
    /// A device's code has ended, was used, or never was.
    ExpiredToken = "expired_token", BAD_REQUEST, "The code has ended; begin again.";
    /// A device was not let in.
    AccessDenied = "access_denied", BAD_REQUEST, "Somebody denied the device access.";
    /// The account was disabled.
    AccountDisabled = "account_disabled", FORBIDDEN, "The account is disabled.";
    /// Only an administrator may.
    AdminOnly = "admin_only", FORBIDDEN, "Only an administrator may do that.";
    /// There is an account already.
    SetupDone = "setup_done", CONFLICT, "The first account exists already.";
    /// The first account is to be made by who runs the server.
    SetupTokenWrong = "setup_token_wrong", FORBIDDEN, "The first account needs the setup token that the server logged at its start.";
    /// Nobody can register themselves.
    RegistrationClosed = "registration_closed", FORBIDDEN, "Registration is closed; ask an administrator for an account or an invitation.";
    /// The sign-in name can't be one.
    NameInvalid = "name_invalid", UNPROCESSABLE_ENTITY, "The name can't be used.";
    /// Somebody has that name.
    NameTaken = "name_taken", CONFLICT, "The name is taken.";
    /// Registration is for those who were invited.
    InvitationNeeded = "invitation_needed", FORBIDDEN, "Registration is by invitation.";
    /// An invitation, or a link to set a password, opens nothing.
    LinkInvalid = "link_invalid", FORBIDDEN, "The link is wrong, used up, revoked or expired.";
    /// Nobody would be left to govern.
    LastAdmin = "last_admin", CONFLICT, "It is the last administrator who can sign in.";
    /// What was to be typed to confirm was something else.
    ConfirmationWrong = "confirmation_wrong", UNPROCESSABLE_ENTITY, "What was typed to confirm isn't it.";
    /// What becomes of a shared space wasn't said.
    HeirNeeded = "heir_needed", CONFLICT, "For every space that others are in, say who gets it or that it is deleted.";
    /// The account has as much as it may.
    QuotaExceeded = "quota_exceeded", CONFLICT, "There is as much as the quota allows.";
    /// A parameter of the query can't be one.
    QueryInvalid = "query_invalid", BAD_REQUEST, "The query's parameters are not as expected.";
    /// The password is easily guessed.
    PasswordWeak = "password_weak", UNPROCESSABLE_ENTITY, "The password is too easily guessed.";
    /// The password can't be one.
    PasswordInvalid = "password_invalid", UNPROCESSABLE_ENTITY, "The password can't be used.";
    /// The device is revoked and can't be signed in again.
    DeviceRevoked = "device_revoked", CONFLICT, "The device was revoked; sign in as a new one.";
    /// The caller's role doesn't reach.
    RoleTooWeak = "role_too_weak", FORBIDDEN, "Your role doesn't allow it.";
    /// There is no account of that name.
    NoSuchUser = "no_such_user", NOT_FOUND, "There is no such account.";
    /// The account is in already.
    AlreadyMember = "already_member", CONFLICT, "The account is a member already.";
    /// The account isn't in.
    NotMember = "not_member", NOT_FOUND, "The account is no member.";
    /// The id belongs to something else.
    Taken = "taken", CONFLICT, "The id is taken.";
    /// An account has one personal space.
    PersonalExists = "personal_exists", CONFLICT, "There is a personal space already.";
    /// The space waits for its owner.
    SpaceRecovering = "space_recovering", CONFLICT, "The space waits for its owner after the server was restored.";
    /// The space isn't recovering.
    NotRecovering = "not_recovering", CONFLICT, "The space isn't recovering.";
    /// The receipt isn't one of this server.
    ReceiptInvalid = "receipt_invalid", CONFLICT, "The receipt isn't one that this server gave.";
    /// A bound on how many there may be.
    TooMany = "too_many", CONFLICT, "There are too many already.";
    /// The subprotocol isn't offered, or it is no upgrade.
    UpgradeExpected = "upgrade_expected", UPGRADE_REQUIRED, "Connect here as a WebSocket with the subprotocol umbra.v1.";
    /// Too much to do.
    Busy = "busy", SERVICE_UNAVAILABLE, "The server is too busy; try again in a moment.";
    /// It took too long.
    TimedOut = "timed_out", SERVICE_UNAVAILABLE, "The request took too long.";
    /// The server failed.
    Internal = "internal", INTERNAL_SERVER_ERROR, "The server failed. Its log says more.";
}

impl ProblemCode {
    /// Whether it may come with a time after which to try again.
    pub fn says_when(self) -> bool {
        self == Self::SlowDown
            || matches!(
                self.status(),
                StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE
            )
    }
}

/// A request that failed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Problem {
    /// Which of the things that can go wrong.
    pub code: ProblemCode,
    /// More of it, where there is more to say.
    pub detail: Option<String>,
    /// After how many seconds it makes sense to try again.
    pub retry_after: Option<u64>,
}

#[derive(Serialize)]
struct Details {
    r#type: String,
    title: &'static str,
    status: u16,
    code: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<String>,
}

impl Problem {
    /// The same with more to say.
    pub fn detail(self, detail: impl Into<String>) -> Self {
        Self { detail: Some(detail.into()), ..self }
    }

    /// The same with a time after which to try again.
    pub fn retry_after(self, seconds: u64) -> Self {
        Self { retry_after: Some(seconds.max(1)), ..self }
    }

    /// Something that the server did wrong: logged, never told.
    pub fn internal(error: &dyn std::error::Error) -> Self {
        tracing::error!(error = %Chain(error), "a request failed");
        ProblemCode::Internal.into()
    }
}

impl From<ProblemCode> for Problem {
    fn from(code: ProblemCode) -> Self {
        Self { code, detail: None, retry_after: None }
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Missing => ProblemCode::NotFound.into(),
            StoreError::Taken => ProblemCode::Taken.into(),
            error @ (StoreError::Corrupt(_) | StoreError::Db(_)) => Self::internal(&error),
        }
    }
}

impl From<Rejection> for Problem {
    fn from(rejection: Rejection) -> Self {
        use ProblemCode as P;
        let code = match rejection {
            Rejection::NotFound => P::NotFound,
            Rejection::Denied(denied) => {
                return Self::from(P::RoleTooWeak).detail(denied.to_string());
            }
            Rejection::NoSuchUser => P::NoSuchUser,
            Rejection::AlreadyMember => P::AlreadyMember,
            Rejection::NotMember => P::NotMember,
            Rejection::Taken => P::Taken,
            Rejection::PersonalExists => P::PersonalExists,
            Rejection::Recovering => P::SpaceRecovering,
            Rejection::NotRecovering => P::NotRecovering,
            Rejection::ReceiptInvalid => P::ReceiptInvalid,
            Rejection::TooMany => P::TooMany,
            Rejection::QuotaExceeded => P::QuotaExceeded,
            Rejection::Busy => return Self::from(P::Busy).retry_after(1),
        };
        code.into()
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = self.code.status();
        let details = Details {
            r#type: format!("urn:umbra:problem:{}", self.code.as_str()),
            title: self.code.title(),
            status: status.as_u16(),
            code: self.code.as_str(),
            detail: self.detail,
        };
        let mut response = (status, Json(details)).into_response();
        // For what notes the outcome.
        response.extensions_mut().insert(self.code);
        let headers = response.headers_mut();
        let kind = HeaderValue::from_static("application/problem+json");
        headers.insert(header::CONTENT_TYPE, kind);
        // Whoever is told to come back later is told when.
        let later = [StatusCode::TOO_MANY_REQUESTS, StatusCode::SERVICE_UNAVAILABLE];
        let retry_after = self.retry_after.or(later.contains(&status).then_some(1));
        if let Some(seconds) = retry_after {
            headers.insert(header::RETRY_AFTER, seconds.into());
        }
        if status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}

/// An error with its causes, in one line.
struct Chain<'a>(&'a dyn std::error::Error);

impl std::fmt::Display for Chain<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.0)?;
        let mut cause = self.0.source();
        while let Some(error) = cause {
            write!(f, ": {error}")?;
            cause = error.source();
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn the_documentation_lists_every_code_with_its_status_and_no_other() {
        let document = include_str!("../../../docs/REST.md");
        let section = document.split("## 8. Problems").nth(1).unwrap();
        let rows = section.lines().filter_map(|line| {
            let mut cells = line.split('|').map(str::trim).skip(1);
            let status = cells.next()?.parse::<u16>().ok()?;
            Some((cells.next()?.trim_matches('`').to_owned(), status))
        });
        let documented: BTreeSet<_> = rows.collect();
        let known: BTreeSet<_> = ProblemCode::ALL
            .iter()
            .map(|code| (code.as_str().to_owned(), code.status().as_u16()))
            .collect();
        assert_eq!(documented, known);
    }

    #[test]
    fn a_problem_says_when_to_try_again_and_never_how_the_server_failed() {
        let busy = Problem::from(ProblemCode::Busy).retry_after(0).into_response();
        assert_eq!(busy.headers()[header::RETRY_AFTER], "1");
        let error = StoreError::Corrupt("a secret".to_owned());
        assert_eq!(Problem::from(error), ProblemCode::Internal.into());
        for code in ProblemCode::ALL {
            let limits = code.status() == StatusCode::TOO_MANY_REQUESTS;
            let told = Problem::from(*code).into_response().headers().contains_key("retry-after");
            assert!(told || !limits, "{code:?}");
        }
        let refused = Problem::from(ProblemCode::NotSignedIn).into_response();
        assert_eq!(refused.headers()[header::WWW_AUTHENTICATE], "Bearer");
    }
}
