use clap::Args;
use serde_json::Value;
use umbra_client_core::replica::Space;
use umbra_model::SpaceKind;

use crate::app::App;
use crate::choose::kind_text;
use crate::exit::Exit;
use crate::failure::Result;
use crate::look::{Look, Paint};
use crate::output::Report;
use crate::table::{Cell, table};

/// Show lists, calendars and projects
#[derive(Args, Debug)]
pub struct Ls {
    /// Show those too that are put away
    #[arg(long, short)]
    all: bool,
}

impl Ls {
    /// Does it.
    pub async fn run(self, app: &App<'_>) -> Result<Exit> {
        let mut spaces = app.replica.spaces().await?;
        spaces.retain(|it| it.kind != SpaceKind::Personal && (self.all || !it.archived));
        app.output.report(&Spaces(spaces))
    }
}

/// Spaces, a line each.
pub struct Spaces(pub Vec<Space>);

impl Report for Spaces {
    fn json(&self) -> Value {
        serde_json::to_value(&self.0).unwrap_or_default()
    }

    fn text(&self, look: &Look) -> String {
        if self.0.is_empty() {
            return "No lists yet. Make one with `umbra lists add NAME`, or just add a todo."
                .to_owned();
        }
        let row = |space: &Space| {
            let members = if space.members > 1 { space.members.to_string() } else { String::new() };
            vec![
                Cell::painted(Paint::Strong, &space.name),
                Cell::new(kind_text(space.kind)),
                Cell::new(space.role.as_str()),
                Cell::number(members),
                Cell::painted(Paint::Dim, standing(space)),
            ]
        };
        let rows: Vec<_> = self.0.iter().map(row).collect();
        table(look, &["name", "kind", "role", "members", ""], &["kind", "role", "members"], &rows)
    }
}

fn standing(space: &Space) -> String {
    let notes = [
        (space.archived, "archived"),
        (space.unsynced, "not on the server yet"),
        (space.recovering, "waits for its owner"),
    ];
    let notes: Vec<&str> = notes.into_iter().filter(|(is, _)| *is).map(|(_, note)| note).collect();
    notes.join(", ")
}

#[cfg(test)]
mod tests {
    use umbra_model::{Role, SpaceId};

    use super::*;

    fn space(name: &str, kind: SpaceKind, members: u32, unsynced: bool) -> Space {
        Space {
            id: SpaceId::from_bytes([1; 16]),
            kind,
            role: Role::Owner,
            name: name.to_owned(),
            archived: false,
            members,
            unsynced,
            recovering: false,
            view: Value::Null,
        }
    }

    #[test]
    fn spaces_are_a_line_each() {
        let look = Look::plain("2026-11-24T12:00:00", "UTC");
        let spaces = Spaces(vec![
            space("Home", SpaceKind::List, 1, true),
            space("Team", SpaceKind::Calendar, 3, false),
        ]);
        assert_eq!(
            spaces.text(&look),
            "NAME        KIND      ROLE   MEMBERS\n\
             Home        list      owner           not on the server yet\n\
             Team        calendar  owner        3"
        );
    }
}
