//! Why a command didn't do what was asked, and what can be done about it.

use std::fmt::Display;

use serde_json::{Value, json};
use umbra_client_core::{BadInput, Error, Fault};

use crate::exit::Exit;
use crate::look::{Look, Paint};

/// What a command answers.
pub type Result<T, E = Failure> = std::result::Result<T, E>;

/// Why a command didn't do what was asked.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Failure {
    /// How the command ends.
    pub exit: Exit,
    /// A stable code, for scripts.
    pub code: String,
    /// What is wrong. It names the input.
    pub message: String,
    /// What can be done about it.
    pub remedy: Option<String>,
}

impl Failure {
    /// It can't be done as it was asked.
    pub fn usage(message: impl Display) -> Self {
        Self::new(Exit::Usage, "usage", message)
    }

    /// There is no such thing here.
    pub fn not_found(message: impl Display) -> Self {
        Self::new(Exit::NotFound, "not_found", message)
    }

    /// Several things may be meant.
    pub fn ambiguous(message: impl Display) -> Self {
        Self::new(Exit::Usage, "ambiguous", message)
    }

    /// Something is broken here.
    pub fn internal(message: impl Display) -> Self {
        Self::new(Exit::Internal, "internal", message)
    }

    /// The failure of something that names an account, as it isn't this replica's to
    /// know.
    #[must_use]
    pub fn about_user(mut self, user: &str) -> Self {
        if self.exit == Exit::Usage {
            self.exit = Exit::NotFound;
            self.message = format!("{user}: {}", self.message);
        }
        self
    }

    /// The failure of something that only the server can do: it isn't kept for the
    /// next sync.
    #[must_use]
    pub fn of_command(mut self) -> Self {
        if self.exit == Exit::Offline {
            self.remedy = Some("Only the server can do this; try again with a network.".to_owned());
        }
        self
    }

    fn new(exit: Exit, code: &str, message: impl Display) -> Self {
        Self { exit, code: code.to_owned(), message: message.to_string(), remedy: None }
    }

    /// The same, with what can be done about it.
    #[must_use]
    pub fn remedy(mut self, remedy: impl Into<String>) -> Self {
        self.remedy = Some(remedy.into());
        self
    }

    /// For a script.
    pub fn json(&self) -> Value {
        json!({
            "error": {
                "code": self.code,
                "message": self.message,
                "remedy": self.remedy,
                "exit": self.exit as u8,
            }
        })
    }

    /// For a person.
    pub fn text(&self, look: &Look) -> String {
        let error = format!("{} {}", look.paint(Paint::Error, "error:"), self.message);
        match &self.remedy {
            Some(remedy) => format!("{error}\n{} {remedy}", look.paint(Paint::Hint, " help:")),
            None => error,
        }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let exit = match error.fault() {
            Fault::Input => match &error {
                Error::Input(
                    BadInput::NoDocument(_) | BadInput::NoSpace(_) | BadInput::NoRefused(_),
                ) => Exit::NotFound,
                _ => Exit::Usage,
            },
            Fault::Offline => Exit::Offline,
            Fault::SignIn => Exit::NeedsSignIn,
            Fault::Refused => Exit::Refused,
            Fault::Conflict => Exit::Conflict,
            Fault::Busy => Exit::Busy,
            Fault::Server => Exit::Server,
            Fault::Internal => Exit::Internal,
        };
        let remedy = match exit {
            Exit::NeedsSignIn => {
                Some("Sign in with `umbra login`; what you have here stays.".to_owned())
            }
            // Only what a role decides can be had by asking for another role.
            Exit::Refused if !is_about_role(&error) => None,
            _ => error.remedy(),
        };
        Self { exit, code: error.code().to_owned(), message: error.to_string(), remedy }
    }
}

fn is_about_role(error: &Error) -> bool {
    matches!(error, Error::Refused(refused) if refused.rule.is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_says_what_can_be_done() {
        let look = Look::plain("2026-11-24T12:00:00", "UTC");
        let failure = Failure::not_found("there is no list `Home`").remedy("Make it.");
        assert_eq!(failure.text(&look), "error: there is no list `Home`\n help: Make it.");
        assert_eq!(
            failure.json().to_string(),
            r#"{"error":{"code":"not_found","exit":3,"message":"there is no list `Home`","remedy":"Make it."}}"#
        );
    }

    #[test]
    fn what_only_the_server_can_do_is_not_kept() {
        let error = Error::Offline { server: "http://x".to_owned(), reason: "refused".to_owned() };
        let remedy = |failure: Failure| failure.remedy.unwrap_or_default();
        assert!(remedy(Failure::from(error)).contains("next sync"));
        let error = Error::Offline { server: "http://x".to_owned(), reason: "refused".to_owned() };
        assert!(remedy(Failure::from(error).of_command()).contains("Only the server"));
    }

    #[test]
    fn every_fault_has_its_exit() {
        let offline =
            Error::Offline { server: "http://x".to_owned(), reason: "refused".to_owned() };
        for (error, exit) in [
            (BadInput::NoRefused(3).into(), Exit::NotFound),
            (BadInput::Other("x".to_owned()).into(), Exit::Usage),
            (offline, Exit::Offline),
            (Error::NeedsSignIn("x".to_owned()), Exit::NeedsSignIn),
            (Error::Conflict("x".to_owned()), Exit::Conflict),
            (Error::Busy("x".to_owned()), Exit::Busy),
            (Error::Internal("x".to_owned()), Exit::Internal),
        ] {
            assert_eq!(Failure::from(error).exit, exit);
        }
    }
}
