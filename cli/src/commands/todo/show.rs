use clap::Args;
use serde_json::Value;
use umbra_client_core::replica::{Document, Member, Space, Trash};
use umbra_model::recurrence::{Ends, Rule};
use umbra_model::value::{Mode, OnMissed, Repeat, TaskTime};

use super::todos;
use crate::app::App;
use crate::document::{cluster, here, json, next_due, text};
use crate::exit::Exit;
use crate::failure::Result;
use crate::look::{Look, Paint, plain, plain_lines};
use crate::output::Report;
use crate::parts::parts;
use crate::repeat_input;

/// Show a todo with all that it says
#[derive(Args, Debug)]
pub struct Show {
    /// The todo: words of its title, or its id
    todo: String,
}

impl Show {
    /// Does it.
    pub async fn run(self, app: &App<'_>) -> Result<Exit> {
        let todo = app.document(&self.todo, &todos(Trash::With)).await?;
        let space = app.replica.space(todo.space).await?;
        let members = app.replica.members(todo.space).await?;
        app.output.report(&OneTodo { todo, space, members })
    }
}

struct OneTodo {
    todo: Document,
    space: Space,
    members: Vec<Member>,
}

impl Report for OneTodo {
    fn json(&self) -> Value {
        json(&self.todo)
    }

    fn text(&self, look: &Look) -> String {
        let todo = &self.todo;
        let time = |field| cluster::<TaskTime>(todo, field).map(|it| look.local(here(&it, look)));
        let repeat = cluster::<Repeat>(todo, "repeat");
        let due = next_due(todo, look).map(|due| look.local(due));
        let lines = [
            ("in", Some(plain(&self.space.name))),
            ("state", Some(self.state())),
            ("due", due),
            ("start", time("start")),
            ("deadline", some(text(todo, "deadline"))),
            ("repeats", repeat.map(|repeat| repeats(&repeat))),
            ("section", self.part("sections", text(todo, "section"))),
            ("labels", self.named("labels", |id| self.part("labels", id))),
            ("assigned", self.named("assignees", |id| self.member(id))),
            ("url", some(text(todo, "url"))),
            ("id", Some(todo.id.to_string())),
        ];
        let mut shown = vec![look.paint(Paint::Strong, &plain(&todo.title))];
        for (name, value) in lines {
            if let Some(value) = value {
                shown.push(format!("{}{value}", look.paint(Paint::Dim, &format!("{name:<10}"))));
            }
        }
        if let Some(notes) = some(text(todo, "notes")) {
            shown.push(format!("\n{}", plain_lines(&notes)));
        }
        shown.join("\n")
    }
}

impl OneTodo {
    fn state(&self) -> String {
        let state = text(&self.todo, "state");
        let trashed = if self.todo.deleted { ", in the trash" } else { "" };
        let unsent = if self.todo.pending > 0 { ", not sent yet" } else { "" };
        format!("{state}{trashed}{unsent}")
    }

    fn part(&self, field: &str, id: &str) -> Option<String> {
        let part = parts(&self.space.view, field).into_iter().find(|part| part.id == id)?;
        Some(plain(&part.name))
    }

    fn member(&self, id: &str) -> Option<String> {
        let member = self.members.iter().find(|member| member.user.to_string() == id)?;
        Some(plain(&member.name))
    }

    fn named(&self, field: &str, name: impl Fn(&str) -> Option<String>) -> Option<String> {
        let set = self.todo.view.get(field)?.as_object()?;
        let names: Vec<String> = set.keys().filter_map(|id| name(id)).collect();
        (!names.is_empty()).then(|| names.join(", "))
    }
}

fn some(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| plain_lines(text))
}

fn repeats(repeat: &Repeat) -> String {
    let rule = match Rule::parse(&repeat.rule) {
        Ok(rule) => {
            let until = repeat.until.map(Ends::Until);
            repeat_input::shown(&until.map_or(rule.clone(), |until| rule.ending(until)))
        }
        Err(_) => repeat.rule.clone(),
    };
    let mode = if repeat.mode == Mode::AfterDone { ", counted from when it is done" } else { "" };
    let missed = match repeat.on_missed {
        OnMissed::Latest => "",
        OnMissed::All => ", missed ones pile up",
        OnMissed::Skip => ", missed ones are skipped",
    };
    format!("{rule}{mode}{missed}")
}
