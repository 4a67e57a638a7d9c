//! What `/device` shows.

use axum::response::Html;

use super::html::{Escaped, page};
use super::problem::{Problem, ProblemCode};
use crate::identity::{Token, UserCode};
use crate::store::{CodeShown, now};

/// Who is at the page.
#[derive(Clone, Copy)]
pub(super) enum Guest<'a> {
    /// Nobody knows.
    Unknown,
    /// Somebody of this name, who has proved it lately.
    Fresh(&'a str),
    /// Somebody whose proof has grown old.
    Stale(&'a str),
    /// The same, where there is no password to ask for.
    Passwordless(&'a str),
}

/// What went wrong, for the person at the page.
pub(super) fn said(problem: &Problem) -> &'static str {
    match problem.code {
        ProblemCode::NotFound => {
            "No device waits under this code, or it waited for too long. Codes end after ten minutes."
        }
        // Whether there is an account without a password, nobody is told by this.
        ProblemCode::BadCredentials => {
            "The name or the password is wrong. If your account does without a password, sign in \
             with your passkey in this browser first, then come back to this page."
        }
        ProblemCode::CeremonyOver => "That took too long, or was tried too often. Begin again.",
        other => other.title(),
    }
}

/// Asks for the code and, where that isn't known, who is there.
pub(super) fn asking(guest: Guest<'_>, code: &str, wrong: Option<&str>) -> Html<String> {
    let wrong = alarm(wrong);
    let who = match guest {
        Guest::Unknown => NAME.to_owned() + PASSWORD,
        Guest::Fresh(name) => signed_in_as(name),
        Guest::Stale(name) => signed_in_as(name) + PASSWORD,
        Guest::Passwordless(name) => return asking_elsewhere(name),
    };
    let code = UserCode::parse(code).map(|code| code.expose()).unwrap_or_default();
    page(
        "Sign in a device",
        &format!(
            "{wrong}<p>Type the code that the device shows.</p><form method=\"post\" action=\"/device\">\
             <label for=\"user_code\">Code</label>\
             <input class=\"code\" id=\"user_code\" name=\"user_code\" value=\"{code}\" required \
             autocomplete=\"off\" autocapitalize=\"characters\" spellcheck=\"false\" \
             maxlength=\"16\" placeholder=\"XXXX-XXXX\">{who}\
             <div class=\"actions\"><button>Continue</button></div></form>"
        ),
    )
}

/// An account without a password proves elsewhere who is there: a passkey takes a script.
fn asking_elsewhere(name: &str) -> Html<String> {
    let who = signed_in_as(name);
    page(
        "Sign in a device",
        &format!(
            "{who}<p>Your account does without a password, and you signed in a while ago. Confirm \
             with your passkey that it’s you, then come back within ten minutes.</p>\
             <div class=\"actions\"><a class=\"button\" href=\"/\">Open Umbra</a>\
             <a class=\"button plain\" href=\"/device\">I’m back</a></div>"
        ),
    )
}

/// Asks for the second factor.
pub(super) fn asking_factor(ceremony: &str, wrong: Option<&str>) -> Html<String> {
    let (wrong, ceremony) = (alarm(wrong), Escaped(ceremony));
    page(
        "One more step",
        &format!(
            "{wrong}<p>Type the code that your authenticator app shows, or one of your recovery \
             codes.</p><form method=\"post\" action=\"/device/second-factor\">\
             <input type=\"hidden\" name=\"ceremony\" value=\"{ceremony}\">\
             <label for=\"code\">Code</label>\
             <input id=\"code\" name=\"code\" required autocomplete=\"one-time-code\" \
             autocapitalize=\"none\" spellcheck=\"false\" maxlength=\"64\">\
             <div class=\"actions\"><button>Continue</button></div></form>"
        ),
    )
}

/// Shows the device to whoever decides.
pub(super) fn deciding(shown: &CodeShown, ticket: &Token, name: &str, code: &str) -> Html<String> {
    let code = UserCode::parse(code).map(|code| code.expose()).unwrap_or_default();
    page(
        "Let this device in?",
        &format!(
            "<dl><dt>Device</dt><dd>{device}</dd><dt>Runs</dt><dd>{platform}</dd>\
             <dt>Address</dt><dd>{address}</dd><dt>Asked</dt><dd>{asked}</dd>\
             <dt>Code</dt><dd><code>{code}</code></dd></dl>\
             <p>It would sign in as <strong>{name}</strong> and get everything that you have here. \
             Approve only if you have just begun this on a device of your own, and it shows this code.</p>\
             <form method=\"post\" action=\"/device/decision\">\
             <input type=\"hidden\" name=\"ticket\" value=\"{ticket}\"><div class=\"actions\">\
             <button name=\"decision\" value=\"approve\">Approve</button>\
             <button class=\"plain\" name=\"decision\" value=\"deny\">Deny</button></div></form>",
            device = Escaped(&shown.name),
            platform = Escaped(&shown.platform),
            address = Escaped(&shown.address),
            asked = ago((now().0 - shown.created_at.0) / 60_000),
            name = Escaped(name),
            ticket = ticket.expose(),
        ),
    )
}

/// The device was approved.
pub(super) fn let_in(name: &str) -> Html<String> {
    let name = Escaped(name);
    let body = format!(
        "<p><strong>{name}</strong> is signed in. You can close this page and go on there.</p>"
    );
    page("Approved", &body)
}

/// The device was denied.
pub(super) fn denied(name: &str) -> Html<String> {
    page("Denied", &format!("<p><strong>{}</strong> was not signed in.</p>", Escaped(name)))
}

/// Nothing was decided.
pub(super) fn over(said: &str) -> Html<String> {
    let alarm = alarm(Some(said));
    page("That didn’t work", &format!("{alarm}<p><a href=\"/device\">Begin again</a></p>"))
}

const NAME: &str = "<label for=\"name\">Name</label>\
    <input id=\"name\" name=\"name\" required autocomplete=\"username\" autocapitalize=\"none\" spellcheck=\"false\">";

const PASSWORD: &str = "<label for=\"password\">Password</label>\
    <input id=\"password\" name=\"password\" type=\"password\" required autocomplete=\"current-password\">";

fn signed_in_as(name: &str) -> String {
    let name = Escaped(name);
    format!("<p class=\"soft\">You are signed in as <strong>{name}</strong>.</p>")
}

fn alarm(wrong: Option<&str>) -> String {
    wrong.map_or_else(String::new, |wrong| {
        format!("<p class=\"alarm\" role=\"alert\">{}</p>", Escaped(wrong))
    })
}

fn ago(minutes: i64) -> String {
    match minutes {
        ..1 => "just now".to_owned(),
        1 => "a minute ago".to_owned(),
        more => format!("{more} minutes ago"),
    }
}
