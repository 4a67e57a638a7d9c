//! `umbra members`.

use clap::Args;
use serde_json::{Value, json};
use umbra_client_core::replica::{Member, Space};

use crate::app::App;
use crate::exit::Exit;
use crate::failure::Result;
use crate::look::{Look, Paint};
use crate::output::Report;
use crate::table::{Cell, table};

/// Who is in a list, calendar or project
#[derive(Args, Debug)]
pub struct Members {
    /// The list, calendar or project: its name or id
    space: String,
}

impl Members {
    /// Does it.
    pub async fn run(self, app: &App<'_>) -> Result<Exit> {
        let space = app.space(&self.space, &[]).await?;
        let members = app.replica.members(space.id).await?;
        app.output.report(&MembersOf { space, members })
    }
}

struct MembersOf {
    space: Space,
    members: Vec<Member>,
}

impl Report for MembersOf {
    fn json(&self) -> Value {
        json!({ "space": self.space.id, "members": self.members })
    }

    fn text(&self, look: &Look) -> String {
        let row = |member: &Member| {
            let name =
                if member.me { format!("{} (you)", member.name) } else { member.name.clone() };
            vec![Cell::painted(Paint::Strong, name), Cell::new(member.role.as_str())]
        };
        let rows: Vec<_> = self.members.iter().map(row).collect();
        table(look, &["name", "role"], &["role"], &rows)
    }
}
