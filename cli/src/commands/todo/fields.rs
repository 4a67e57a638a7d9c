//! What can be said about a todo.

use clap::Args;
use umbra_client_core::Edit;
use umbra_client_core::edit::Value;
use umbra_client_core::replica::{Document, Space};
use umbra_model::recurrence::Ends;
use umbra_model::value::{Cluster, LocalTime, Mode, OnMissed, Repeat, TaskTime, ZoneName};

use super::todos;
use crate::app::App;
use crate::date_input;
use crate::document::cluster;
use crate::failure::{Failure, Result};
use crate::look::plain;
use crate::parts::parts;
use crate::{repeat_input, span_input};

/// What can be said about a todo. `none` clears what can be empty.
#[derive(Args, Debug, Default)]
pub struct Fields {
    /// When it is planned to be done, such as `fri` or `tomorrow 9:00`
    #[arg(long, short, value_name = "WHEN")]
    pub due: Option<String>,
    /// When it can be begun
    #[arg(long, value_name = "WHEN")]
    start: Option<String>,
    /// The day after which it is too late
    #[arg(long, value_name = "DAY")]
    deadline: Option<String>,
    /// none, low, medium or high
    #[arg(long, short, value_name = "PRIORITY")]
    priority: Option<Priority>,
    /// Whatever helps to do it
    #[arg(long, short, value_name = "TEXT")]
    notes: Option<String>,
    /// How it repeats, such as `weekly`, `every mon, thu` or a rule
    #[arg(long, short, value_name = "HOW")]
    repeat: Option<String>,
    /// Count the next occurrence from the day on which it is done
    #[arg(long, requires = "repeat")]
    after_done: bool,
    /// What becomes of occurrences whose day passes
    #[arg(long, value_name = "POLICY", requires = "repeat", default_value = "latest")]
    on_missed: Missed,
    /// How long it will take, such as `45m`
    #[arg(long, value_name = "TIME")]
    estimate: Option<String>,
    /// A label to put on; it is made where it isn't there
    #[arg(long, value_name = "NAME")]
    label: Vec<String>,
    /// A label to take off
    #[arg(long, value_name = "NAME")]
    unlabel: Vec<String>,
    /// A member who is to do it
    #[arg(long, value_name = "USER")]
    assign: Vec<String>,
    /// A member who is no longer to do it
    #[arg(long, value_name = "USER")]
    unassign: Vec<String>,
    /// The section to put it in
    #[arg(long, value_name = "NAME")]
    section: Option<String>,
    /// The todo that it is a part of
    #[arg(long, value_name = "ID")]
    parent: Option<String>,
    /// A page about it
    #[arg(long, value_name = "URL")]
    url: Option<String>,
}

/// How important a todo is.
#[derive(clap::ValueEnum, Clone, Copy, PartialEq, Eq, Debug)]
enum Priority {
    /// Not important
    None,
    /// A little
    Low,
    /// Rather
    Medium,
    /// Very
    High,
}

/// What becomes of occurrences whose day passes.
#[derive(clap::ValueEnum, Clone, Copy, PartialEq, Eq, Debug, Default)]
enum Missed {
    /// Only the latest is still to be done
    #[default]
    Latest,
    /// Every one is
    All,
    /// None is
    Skip,
}

impl Fields {
    /// The edits that say so. `todo` is what is there already.
    pub async fn edits(
        &self,
        app: &App<'_>,
        space: &Space,
        todo: Option<&Document>,
    ) -> Result<Vec<Edit>> {
        let mut edits = Vec::new();
        edits.extend(self.times(app)?);
        if let Some(priority) = self.priority {
            edits.push(Edit::set("priority", priority as i64));
        }
        if let Some(notes) = &self.notes {
            edits.push(Edit::text("notes", or_none(notes).unwrap_or_default()));
        }
        if let Some(repeat) = &self.repeat {
            edits.push(Edit::set("repeat", self.repeat(repeat)?));
            self.check_anchor(todo)?;
        }
        if let Some(estimate) = &self.estimate {
            edits.push(Edit::set("estimate", minutes(estimate)?));
        }
        if let Some(url) = &self.url {
            edits.push(Edit::set("url", or_none(url)));
        }
        edits.extend(self.labels(app, space).await?);
        edits.extend(self.assignees(app, space).await?);
        if let Some(name) = &self.section {
            edits.push(Edit::set("section", section(space, name)?));
        }
        if let Some(parent) = &self.parent {
            let parent = match or_none(parent) {
                Some(text) => {
                    let filter = todos(umbra_client_core::replica::Trash::Without);
                    Some(app.document(text, &filter).await?.id.to_string())
                }
                None => None,
            };
            edits.push(Edit::set("parent", parent));
        }
        Ok(edits)
    }

    fn times(&self, app: &App<'_>) -> Result<Vec<Edit>> {
        let mut edits = Vec::new();
        for (field, text) in [("due", &self.due), ("start", &self.start)] {
            if let Some(text) = text {
                let time = or_none(text).map(|text| task_time(app, text)).transpose()?;
                edits.push(Edit::set(field, time));
            }
        }
        if let Some(text) = &self.deadline {
            let day = match or_none(text) {
                None => None,
                Some(text) => match parse(app, text)? {
                    LocalTime::Date(day) => Some(day.to_string()),
                    LocalTime::DateTime(_) => {
                        let message = format!("`{text}` has a time, and a deadline is a day");
                        return Err(Failure::usage(message));
                    }
                },
            };
            edits.push(Edit::set("deadline", day));
        }
        Ok(edits)
    }

    fn repeat(&self, text: &str) -> Result<Value> {
        let Some(text) = or_none(text) else { return Ok(Value::Null) };
        let rule = repeat_input::parse(text).map_err(Failure::usage)?;
        let until = if let Ends::Until(until) = rule.ends() { Some(until) } else { None };
        let rule = if until.is_some() { rule.ending(Ends::Never) } else { rule };
        let repeat = Repeat {
            mode: if self.after_done { Mode::AfterDone } else { Mode::Fixed },
            on_missed: match self.on_missed {
                Missed::Latest => OnMissed::Latest,
                Missed::All => OnMissed::All,
                Missed::Skip => OnMissed::Skip,
            },
            rule: rule.to_string(),
            until,
        };
        Ok(Value::Str(repeat.canonical().map_err(Failure::internal)?))
    }

    /// A todo repeats from a day on.
    fn check_anchor(&self, todo: Option<&Document>) -> Result<()> {
        let has = |field| todo.and_then(|todo| cluster::<TaskTime>(todo, field)).is_some();
        let given = self.due.is_some() || self.start.is_some();
        let clears = self.repeat.as_deref().is_some_and(|it| or_none(it).is_none());
        if given || clears || has("due") || has("start") {
            return Ok(());
        }
        Err(Failure::usage("a todo that repeats needs a day to begin with")
            .remedy("Give one with --due."))
    }

    async fn labels(&self, app: &App<'_>, space: &Space) -> Result<Vec<Edit>> {
        let mut edits = Vec::new();
        let labels = parts(&space.view, "labels");
        let find = |name: &str| labels.iter().find(|it| it.name.eq_ignore_ascii_case(name.trim()));
        for name in &self.label {
            let id = match find(name) {
                Some(label) => label.id.clone(),
                None => {
                    let id = app.replica.new_id().to_string();
                    let edit = Edit::put("labels", format!("{id}/name"), name.trim());
                    app.replica.edit_space(space.id, &[edit]).await?;
                    id
                }
            };
            edits.push(Edit::put("labels", id, app.look().now.0));
        }
        for name in &self.unlabel {
            let label = find(name).ok_or_else(|| {
                Failure::not_found(format!("`{}` has no label `{name}`", plain(&space.name)))
            })?;
            edits.push(Edit::remove("labels", label.id.clone()));
        }
        Ok(edits)
    }

    async fn assignees(&self, app: &App<'_>, space: &Space) -> Result<Vec<Edit>> {
        if self.assign.is_empty() && self.unassign.is_empty() {
            return Ok(Vec::new());
        }
        let members = app.replica.members(space.id).await?;
        let find = |name: &String| {
            let member = members.iter().find(|it| it.name == *name);
            member.map(|it| it.user.to_string()).ok_or_else(|| {
                Failure::not_found(format!("{name} is no member of `{}`", plain(&space.name)))
                    .remedy(format!("See `umbra members {:?}`.", plain(&space.name)))
            })
        };
        let mut edits = Vec::new();
        for name in &self.assign {
            edits.push(Edit::put("assignees", find(name)?, app.look().now.0));
        }
        for name in &self.unassign {
            edits.push(Edit::remove("assignees", find(name)?));
        }
        Ok(edits)
    }
}

/// The text, unless it says that there shall be none.
pub fn or_none(text: &str) -> Option<&str> {
    let text = text.trim();
    (!text.is_empty() && !text.eq_ignore_ascii_case("none")).then_some(text)
}

/// A day, or a time on the clocks here.
pub fn parse(app: &App<'_>, text: &str) -> Result<LocalTime> {
    date_input::parse(text, app.look().local_now()).map_err(Failure::usage)
}

fn task_time(app: &App<'_>, text: &str) -> Result<String> {
    let time = match parse(app, text)? {
        LocalTime::Date(day) => TaskTime::day(day),
        LocalTime::DateTime(time) => TaskTime {
            date: time.date(),
            time: Some(time.time()),
            tz: ZoneName::parse(&app.look().zone.to_string()).ok(),
        },
    };
    time.canonical().map_err(Failure::internal)
}

fn minutes(text: &str) -> Result<Value> {
    let Some(text) = or_none(text) else { return Ok(Value::Null) };
    let dur = span_input::parse(text).map_err(Failure::usage)?;
    Ok(Value::Int(i64::from(dur.days) * 1_440 + i64::from(dur.seconds / 60)))
}

fn section(space: &Space, name: &str) -> Result<Value> {
    let Some(name) = or_none(name) else { return Ok(Value::Null) };
    let sections = parts(&space.view, "sections");
    match sections.iter().find(|it| it.name.eq_ignore_ascii_case(name)) {
        Some(section) => Ok(Value::Str(section.id.clone())),
        None => {
            let project = plain(&space.name);
            let failure = Failure::not_found(format!("`{project}` has no section `{name}`"));
            Err(failure.remedy(format!("Make it: umbra project section {project:?} add {name:?}")))
        }
    }
}
