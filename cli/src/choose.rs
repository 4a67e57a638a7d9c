//! Which space or document a person means.

use umbra_client_core::replica::{Document, Filter, Space};
use umbra_model::{Kind, SpaceKind};

use crate::app::App;
use crate::document::short_ids;
use crate::failure::{Failure, Result};
use crate::look::plain;

/// The most candidates that an error names.
const NAMED_MAX: usize = 6;

impl App<'_> {
    /// The space of one of these kinds that goes by this name or id.
    pub async fn space(&self, text: &str, kinds: &[SpaceKind]) -> Result<Space> {
        let what = kinds_text(kinds);
        let mut found = self.replica.find_spaces(text).await?;
        found.retain(|space| kinds.is_empty() || kinds.contains(&space.kind));
        match found.len() {
            1 => Ok(found.remove(0)),
            0 => {
                let spaces = self.replica.spaces().await?;
                let names = names(spaces.iter().filter(|it| is_one_of(it, kinds)));
                let failure = Failure::not_found(format!("there is no {what} `{text}` here"));
                Err(if names.is_empty() {
                    failure.remedy("If it was shared with you, sync first.")
                } else {
                    failure.remedy(format!("There is {names}."))
                })
            }
            _ => {
                let names = names(found.iter());
                let failure = Failure::ambiguous(format!("`{text}` may be several: {names}"));
                Err(failure.remedy("Give the whole name, or its id (`umbra lists --json`)."))
            }
        }
    }

    /// The space that this name means, or where no name is given the default: the
    /// one that the settings name, or the only one, or a new one where there is none.
    pub async fn space_or_default(&self, name: Option<&str>, kind: SpaceKind) -> Result<Space> {
        let kinds: &[SpaceKind] = match kind {
            SpaceKind::List => &[SpaceKind::List, SpaceKind::Project],
            _ => &[kind],
        };
        if let Some(name) = name {
            return self.space(name, kinds).await;
        }
        let mut spaces = self.replica.spaces().await?;
        spaces.retain(|space| space.kind == kind && !space.archived);
        if let Some(default) = self.default_space(kind).await?
            && let Some(at) = spaces.iter().position(|it| it.id.to_string() == default)
        {
            return Ok(spaces.swap_remove(at));
        }
        let what = kind_text(kind);
        match spaces.len() {
            1 => Ok(spaces.remove(0)),
            0 => {
                let name = if kind == SpaceKind::Calendar { "Calendar" } else { "Inbox" };
                let id = self.replica.create_space(kind, name).await?;
                self.output.hint(&format!("Made the {what} `{name}`, as there was none."));
                Ok(self.replica.space(id).await?)
            }
            _ => Err(Failure::usage(format!("there is more than one {what}"))
                .remedy(format!("Name one with --{what}: {}.", names(spaces.iter())))),
        }
    }

    /// The id of the default space that the settings name.
    async fn default_space(&self, kind: SpaceKind) -> Result<Option<String>> {
        let field = if kind == SpaceKind::Calendar { "defaultCalendar" } else { "defaultList" };
        let filter = Filter { kinds: vec![Kind::Prefs], limit: Some(1), ..Filter::default() };
        let prefs = self.replica.list(&filter).await?;
        let view = prefs.first().map(|prefs| &prefs.view);
        Ok(view.and_then(|view| view.get(field)?.as_str()).map(str::to_owned))
    }

    /// The document of this filter that goes by this id, beginning of an id, or
    /// words of its title.
    pub async fn document(&self, text: &str, filter: &Filter) -> Result<Document> {
        let what = match filter.kinds.as_slice() {
            [kind] => kind.as_str(),
            _ => "todo or event",
        };
        let mut found = self.replica.find(text, filter).await?;
        match found.len() {
            1 => Ok(found.remove(0)),
            0 => Err(Failure::not_found(format!("there is no {what} `{text}` here"))
                .remedy("Give words of its title, or its id.")),
            count => {
                let ids = short_ids(&self.replica, &found).await?;
                let named = found.iter().zip(&ids).take(NAMED_MAX);
                let mut lines: Vec<String> =
                    named.map(|(it, id)| format!("  {id}  {}", plain(&it.title))).collect();
                if count > NAMED_MAX {
                    lines.push(format!("  and {} more", count - NAMED_MAX));
                }
                let message = format!("`{text}` may be several:\n{}", lines.join("\n"));
                Err(Failure::ambiguous(message).remedy("Give its id."))
            }
        }
    }
}

fn is_one_of(space: &Space, kinds: &[SpaceKind]) -> bool {
    (kinds.is_empty() && space.kind != SpaceKind::Personal) || kinds.contains(&space.kind)
}

fn names<'a>(spaces: impl Iterator<Item = &'a Space>) -> String {
    let mut names: Vec<String> = spaces.map(|space| format!("`{}`", plain(&space.name))).collect();
    if names.len() > NAMED_MAX {
        names.truncate(NAMED_MAX);
        names.push("others".to_owned());
    }
    names.join(", ")
}

/// What a kind of space is called.
pub fn kind_text(kind: SpaceKind) -> &'static str {
    match kind {
        SpaceKind::Personal => "personal space",
        SpaceKind::List => "list",
        SpaceKind::Calendar => "calendar",
        SpaceKind::Project => "project",
    }
}

fn kinds_text(kinds: &[SpaceKind]) -> String {
    if kinds.is_empty() {
        return "list, calendar or project".to_owned();
    }
    kinds.iter().map(|kind| kind_text(*kind)).collect::<Vec<_>>().join(" or ")
}
