use std::collections::{BTreeMap, BTreeSet};

use chrono::Days;
use clap::Args;
use serde_json::Value;
use umbra_client_core::replica::{Document, Filter, Order, Trash};
use umbra_model::value::{LocalTime, Repeat};
use umbra_model::{DocId, Kind, SpaceId, SpaceKind};

use super::fields::parse;
use crate::app::App;
use crate::document::{cluster, json_list, next_due, short_ids, space_names, text};
use crate::exit::Exit;
use crate::failure::Result;
use crate::look::{Look, Paint};
use crate::output::Report;
use crate::table::{Cell, table};

/// Show todos, the earliest due first
#[derive(Args, Debug)]
pub struct Ls {
    /// Only with these words, or beginnings of words
    words: Vec<String>,
    /// Only in this list or project
    #[arg(long, short, value_name = "NAME")]
    list: Option<String>,
    /// Those too that are done
    #[arg(long, short)]
    all: bool,
    /// Only those that are done
    #[arg(long, conflicts_with = "all")]
    done: bool,
    /// Only what is due by then: `overdue`, `today`, `week` or a day
    #[arg(long, short, value_name = "BY")]
    due: Option<String>,
    /// What is in the trash
    #[arg(long)]
    trash: bool,
}

impl Ls {
    /// Does it.
    pub async fn run(self, app: &App<'_>) -> Result<Exit> {
        let mut filter = Filter {
            kinds: vec![Kind::Todo],
            done: if self.all || self.trash { None } else { Some(self.done) },
            text: (!self.words.is_empty()).then(|| self.words.join(" ")),
            trash: if self.trash { Trash::Only } else { Trash::Without },
            order: Order::Due,
            ..Filter::default()
        };
        if let Some(name) = &self.list {
            let space = app.space(name, &[SpaceKind::List, SpaceKind::Project]).await?;
            filter.spaces = vec![space.id];
        }
        let mut todos = app.replica.list(&filter).await?;
        if let Some(by) = &self.due {
            let by = self.by(app, by)?;
            let is_due =
                |it: &Document| next_due(it, app.look()).is_some_and(|due| due.date() <= by);
            todos.retain(is_due);
        }
        let ids = short_ids(&app.replica, &todos).await?;
        let spaces = match self.list {
            Some(_) => None,
            None => Some(space_names(&app.replica).await?),
        };
        let empty = match (self.trash, self.words.is_empty() && self.due.is_none()) {
            (true, _) => "The trash is empty.",
            (_, true) => "Nothing to do.",
            (_, false) => "Nothing found.",
        };
        app.output.report(&Todos { todos: todos.into_iter().zip(ids).collect(), spaces, empty })
    }

    /// The last day that counts.
    fn by(&self, app: &App<'_>, text: &str) -> Result<chrono::NaiveDate> {
        let today = app.look().today();
        Ok(match text.trim().to_lowercase().as_str() {
            "overdue" => today.pred_opt().unwrap_or(today),
            "week" => today.checked_add_days(Days::new(7)).unwrap_or(today),
            _ => parse(app, text)?.date(),
        })
    }
}

/// Todos, a line each, parts under their wholes.
pub struct Todos {
    /// The todos with their short ids.
    pub todos: Vec<(Document, String)>,
    /// The names of the spaces that they are in, where that is to be shown.
    pub spaces: Option<BTreeMap<SpaceId, String>>,
    /// What to say where there is none.
    pub empty: &'static str,
}

impl Report for Todos {
    fn json(&self) -> Value {
        let todos: Vec<Document> = self.todos.iter().map(|(todo, _)| todo.clone()).collect();
        json_list(&todos)
    }

    fn text(&self, look: &Look) -> String {
        if self.todos.is_empty() {
            return look.paint(Paint::Good, self.empty);
        }
        let rows: Vec<Vec<Cell>> = self
            .in_order(look)
            .into_iter()
            .map(|(depth, (todo, id))| self.row(look, depth, todo, id))
            .collect();
        let header = ["", "id", "title", "due", "pri", "list"];
        table(look, &header, &["", "id", "due", "pri"], &rows)
    }
}

impl Todos {
    /// Each with how deep it is below a whole that is shown too.
    fn in_order(&self, look: &Look) -> Vec<(usize, &(Document, String))> {
        let mut sorted: Vec<&(Document, String)> = self.todos.iter().collect();
        sorted.sort_by_cached_key(|(todo, _)| {
            let due = next_due(todo, look).map(|due| due.date_time());
            (due.is_none(), due, text(todo, "order").to_owned())
        });
        let here: BTreeSet<DocId> = self.todos.iter().map(|(todo, _)| todo.id).collect();
        let parent = |todo: &Document| {
            text(todo, "parent").parse::<DocId>().ok().filter(|parent| here.contains(parent))
        };
        let mut ordered = Vec::new();
        let mut seen = BTreeSet::new();
        // A stack of what is to be shown, the next on top. Each is pushed once as a
        // root and once as a part, and shown once.
        let mut stack: Vec<(usize, &(Document, String))> = Vec::new();
        let roots = sorted.iter().filter(|(todo, _)| parent(todo).is_none());
        // Parts of one another have no root; they are shown at the end.
        for root in roots.chain(&sorted) {
            stack.push((0, *root));
            while let Some((depth, entry)) = stack.pop() {
                if !seen.insert(entry.0.id) {
                    continue;
                }
                ordered.push((depth, entry));
                let parts =
                    sorted.iter().rev().filter(|(todo, _)| parent(todo) == Some(entry.0.id));
                stack.extend(parts.map(|part| (depth + 1, *part)));
            }
        }
        ordered
    }

    fn row(&self, look: &Look, depth: usize, todo: &Document, id: &str) -> Vec<Cell> {
        let (mark, paint) = match text(todo, "state") {
            "done" => ("✓", Paint::Good),
            "doing" => ("◐", Paint::Soon),
            "cancelled" => ("✗", Paint::Dim),
            _ => ("○", Paint::Dim),
        };
        let repeats = if cluster::<Repeat>(todo, "repeat").is_some() { " ↻" } else { "" };
        let unsent = if todo.pending > 0 { " ↑" } else { "" };
        let title = format!("{}{}{repeats}{unsent}", "\u{a0}\u{a0}".repeat(depth), todo.title);
        let title = if todo.done { Cell::painted(Paint::Dim, title) } else { Cell::new(title) };
        let space = self.spaces.as_ref().and_then(|names| names.get(&todo.space));
        vec![
            Cell::painted(paint, mark),
            Cell::painted(Paint::Id, id),
            title,
            due_cell(look, todo),
            priority_cell(todo),
            Cell::painted(Paint::Dim, space.map(String::as_str).unwrap_or_default()),
        ]
    }
}

fn due_cell(look: &Look, todo: &Document) -> Cell {
    let Some(due) = next_due(todo, look) else { return Cell::new("") };
    let shown = look.local(due);
    let late = match due {
        LocalTime::Date(day) => day < look.today(),
        LocalTime::DateTime(time) => time < look.local_now(),
    };
    match (todo.done, late, due.date() == look.today()) {
        (true, ..) => Cell::painted(Paint::Dim, shown),
        (_, true, _) => Cell::painted(Paint::Late, shown),
        (.., true) => Cell::painted(Paint::Soon, shown),
        _ => Cell::new(shown),
    }
}

fn priority_cell(todo: &Document) -> Cell {
    match todo.view.get("priority").and_then(Value::as_i64) {
        Some(3) => Cell::painted(Paint::Late, "!!!"),
        Some(2) => Cell::painted(Paint::Soon, "!!"),
        Some(1) => Cell::new("!"),
        _ => Cell::new(""),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use umbra_model::{Privacy, UserId};

    use super::*;

    fn todo(number: u8, title: &str, view: Value, pending: u32) -> (Document, String) {
        let mut all = json!({ "title": title, "state": "open" });
        all.as_object_mut().unwrap().extend(view.as_object().unwrap().clone());
        let document = Document {
            id: DocId::from_bytes([number; 16]),
            space: SpaceId::from_bytes([9; 16]),
            kind: Kind::Todo,
            creator: UserId::from_bytes([1; 16]),
            privacy: Privacy::Default,
            title: title.to_owned(),
            start: None,
            due: None,
            done: all["state"] == "done",
            repeats: false,
            deleted: false,
            pending,
            view: all,
        };
        (document, format!("{number:02x}{number:02x}"))
    }

    #[test]
    fn todos_come_by_their_due_day_with_their_parts() {
        let look = Look::plain("2026-11-24T12:00:00", "Europe/Paris");
        let whole = DocId::from_bytes([2; 16]).to_string();
        let spaces = BTreeMap::from([(SpaceId::from_bytes([9; 16]), "Home".to_owned())]);
        let todos = Todos {
            todos: vec![
                todo(1, "Read", json!({}), 0),
                todo(2, "Party", json!({ "due": r#"{"date":"2026-11-27"}"#, "priority": 3 }), 1),
                todo(3, "Cake", json!({ "parent": whole, "state": "done" }), 0),
                todo(
                    4,
                    "Water the plants",
                    json!({
                        "due": r#"{"date":"2026-11-01"}"#,
                        "repeat": r#"{"mode":"fixed","onMissed":"latest","rule":"FREQ=DAILY;INTERVAL=3"}"#,
                    }),
                    0,
                ),
                todo(
                    5,
                    "Call",
                    json!({ "due": r#"{"date":"2026-11-24","time":"09:00:00","tz":"Europe/London"}"# }),
                    0,
                ),
            ],
            spaces: Some(spaces),
            empty: "",
        };
        let shown = todos.text(&look).replace('\u{a0}', " ");
        assert_eq!(
            shown,
            "   ID    TITLE               DUE          PRI  LIST\n\
             ○  0404  Water the plants ↻  22 Nov            Home\n\
             ○  0505  Call                today 10:00       Home\n\
             ○  0202  Party ↑             Fri          !!!  Home\n\
             ✓  0303    Cake                                Home\n\
             ○  0101  Read                                  Home"
        );
    }

    #[test]
    fn parts_of_one_another_are_shown() {
        let look = Look::plain("2026-11-24T12:00:00", "UTC");
        let id = |number| DocId::from_bytes([number; 16]).to_string();
        let todos = Todos {
            todos: vec![
                todo(1, "Hen", json!({ "parent": id(2) }), 0),
                todo(2, "Egg", json!({ "parent": id(1) }), 0),
            ],
            spaces: None,
            empty: "None.",
        };
        assert_eq!(todos.in_order(&look).len(), 2);
        assert_eq!(Todos { todos: Vec::new(), ..todos }.text(&look), "None.");
    }
}
