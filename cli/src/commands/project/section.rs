use clap::{Args, Subcommand};
use serde_json::json;
use umbra_client_core::Edit;
use umbra_model::SpaceKind;
use umbra_model::value::order;

use crate::app::App;
use crate::exit::Exit;
use crate::failure::{Failure, Result};
use crate::look::plain;
use crate::output::Said;
use crate::parts::{Part, parts};

/// Make, rename or remove a section
#[derive(Args, Debug)]
pub struct Section {
    /// The project (or list): its name or id
    project: String,
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand, Debug)]
enum Action {
    /// Make a section, behind the others
    Add {
        /// What to call it
        name: String,
    },
    /// Give a section another name
    Rename {
        /// The section's name
        section: String,
        /// What to call it
        name: String,
    },
    /// Remove a section; its todos stay
    Rm {
        /// The section's name
        section: String,
    },
}

impl Section {
    /// Does it.
    pub async fn run(self, app: &App<'_>) -> Result<Exit> {
        let space = app.space(&self.project, &[SpaceKind::Project, SpaceKind::List]).await?;
        let sections = parts(&space.view, "sections");
        let find = |name: &str| -> Result<&Part> {
            sections.iter().find(|it| it.name.eq_ignore_ascii_case(name.trim())).ok_or_else(|| {
                Failure::not_found(format!("`{}` has no section `{name}`", plain(&space.name)))
            })
        };
        let (id, edits, text) = match &self.action {
            Action::Add { name } => {
                let id = app.replica.new_id().to_string();
                let last = sections.last().and_then(|section| section.order.as_deref());
                let place = order::between(last, None).unwrap_or_default();
                let edits = vec![
                    Edit::put("sections", format!("{id}/name"), name.trim()),
                    Edit::put("sections", format!("{id}/order"), place),
                ];
                (id, edits, format!("Made the section `{}`.", plain(name)))
            }
            Action::Rename { section, name } => {
                let section = find(section)?;
                let edit = Edit::put("sections", format!("{}/name", section.id), name.trim());
                let text = format!("`{}` is now `{}`.", plain(&section.name), plain(name));
                (section.id.clone(), vec![edit], text)
            }
            Action::Rm { section } => {
                let section = find(section)?;
                let key = format!("{}/deletedAt", section.id);
                let edit = Edit::put("sections", key, app.look().now.0);
                (section.id.clone(), vec![edit], format!("Removed `{}`.", plain(&section.name)))
            }
        };
        app.replica.edit_space(space.id, &edits).await?;
        app.output.report(&Said { json: json!({ "space": space.id, "section": id }), text })
    }
}
