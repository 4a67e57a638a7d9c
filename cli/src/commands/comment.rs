//! `umbra comment`.

use std::collections::BTreeMap;

use clap::Args;
use serde_json::Value;
use umbra_client_core::replica::{Document, Filter};
use umbra_model::{Kind, Millis, UserId};

use crate::app::App;
use crate::document::{done_json, json_list, text};
use crate::exit::Exit;
use crate::failure::Result;
use crate::look::{Look, Paint, plain, plain_lines};
use crate::output::{Report, Said};

/// Comment on a todo or an event, or read the comments
#[derive(Args, Debug)]
pub struct Comment {
    /// The todo or event: words of its title, or its id
    subject: String,
    /// What to say; without it the comments are shown
    words: Vec<String>,
}

impl Comment {
    /// Does it.
    pub async fn run(self, app: &App<'_>) -> Result<Exit> {
        let filter = Filter { kinds: vec![Kind::Todo, Kind::Event], ..Filter::default() };
        let subject = app.document(&self.subject, &filter).await?;
        if self.words.is_empty() {
            let comments = app.replica.comments(subject.id).await?;
            let members = app.replica.members(subject.space).await?;
            let names = members.into_iter().map(|member| (member.user, member.name)).collect();
            return app.output.report(&Comments { comments, names });
        }
        let id = app.replica.comment(subject.id, &self.words.join(" ")).await?;
        let comment = app.replica.get(id).await?;
        let text = format!("Commented on `{}`.", plain(&subject.title));
        app.output.report(&Said { json: done_json("commented", &comment), text })
    }
}

struct Comments {
    comments: Vec<Document>,
    names: BTreeMap<UserId, String>,
}

impl Report for Comments {
    fn json(&self) -> Value {
        json_list(&self.comments)
    }

    fn text(&self, look: &Look) -> String {
        if self.comments.is_empty() {
            return "No comments.".to_owned();
        }
        let shown = |comment: &Document| {
            let name = self.names.get(&comment.creator).map_or("somebody", String::as_str);
            let made = comment.view.get("createdAt").and_then(Value::as_i64).map(Millis);
            let made = made.map(|at| look.ago(at)).unwrap_or_default();
            let body: String = plain_lines(text(comment, "body"))
                .lines()
                .map(|line| format!("  {line}"))
                .collect::<Vec<_>>()
                .join("\n");
            let name = look.paint(Paint::Strong, &plain(name));
            format!("{name} {}\n{body}", look.paint(Paint::Dim, &made))
        };
        self.comments.iter().map(shown).collect::<Vec<_>>().join("\n")
    }
}
