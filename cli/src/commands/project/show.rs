use clap::Args;
use serde_json::{Value, json};
use umbra_client_core::replica::{Document, Filter, Space};
use umbra_model::{Kind, SpaceKind};

use crate::app::App;
use crate::commands::todo::ls::Todos;
use crate::document::{json_list, short_ids, text};
use crate::exit::Exit;
use crate::failure::Result;
use crate::look::{Look, Paint, plain};
use crate::output::Report;
use crate::parts::parts;

/// Show the todos of a project by section
#[derive(Args, Debug)]
pub struct Show {
    /// The project (or list): its name or id
    project: String,
    /// Show those too that are done
    #[arg(long, short)]
    all: bool,
}

impl Show {
    /// Does it.
    pub async fn run(self, app: &App<'_>) -> Result<Exit> {
        let space = app.space(&self.project, &[SpaceKind::Project, SpaceKind::List]).await?;
        let filter = Filter {
            kinds: vec![Kind::Todo],
            spaces: vec![space.id],
            done: (!self.all).then_some(false),
            ..Filter::default()
        };
        let todos = app.replica.list(&filter).await?;
        let ids = short_ids(&app.replica, &todos).await?;
        app.output.report(&Board { space, todos: todos.into_iter().zip(ids).collect() })
    }
}

/// A project with its todos by section.
struct Board {
    space: Space,
    todos: Vec<(Document, String)>,
}

/// A section with its todos, or those that are in none.
struct Column {
    name: Option<String>,
    todos: Vec<(Document, String)>,
}

impl Board {
    /// Each section with its todos; first those that are in none.
    fn columns(&self) -> Vec<Column> {
        let sections = parts(&self.space.view, "sections");
        let known = |id: &str| sections.iter().any(|section| section.id == id);
        let none = self.todos.iter().filter(|(todo, _)| !known(text(todo, "section")));
        let mut board = vec![Column { name: None, todos: none.cloned().collect() }];
        for section in &sections {
            let todos = self.todos.iter().filter(|(todo, _)| text(todo, "section") == section.id);
            let todos = todos.cloned().collect();
            board.push(Column { name: Some(section.name.clone()), todos });
        }
        board
    }
}

impl Report for Board {
    fn json(&self) -> Value {
        let section = |Column { name, todos }| {
            let todos: Vec<Document> = todos.into_iter().map(|(todo, _)| todo).collect();
            json!({ "name": name, "todos": json_list(&todos) })
        };
        let sections: Vec<Value> = self.columns().into_iter().map(section).collect();
        json!({ "space": self.space, "sections": sections })
    }

    fn text(&self, look: &Look) -> String {
        let section = |Column { name, todos }| {
            let heading = name.map(|name| look.paint(Paint::Strong, &plain(&name)));
            let todos = match todos.is_empty() {
                true if heading.is_none() => return None,
                true => look.paint(Paint::Dim, "nothing"),
                false => Todos { todos, spaces: None, empty: "" }.text(look),
            };
            Some(heading.into_iter().chain([todos]).collect::<Vec<_>>().join("\n"))
        };
        let sections: Vec<String> = self.columns().into_iter().filter_map(section).collect();
        if sections.is_empty() {
            return format!("`{}` has no todos.", plain(&self.space.name));
        }
        sections.join("\n\n")
    }
}
