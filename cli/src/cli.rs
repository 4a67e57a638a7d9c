//! What can be typed.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

use crate::commands::{
    agenda, comment, completions, event, export, import, leave, lists, login, logout, members,
    project, redo, refused, search, share, status, sync, todo, undo, unshare,
};
use crate::exit;

/// Todos, shared calendars and projects, with or without a network.
#[derive(Parser, Debug)]
#[command(
    name = "umbra",
    version,
    about,
    after_help = exit::TABLE,
    arg_required_else_help = true,
    infer_subcommands = true,
    max_term_width = 100
)]
pub struct Cli {
    /// What every command takes.
    #[command(flatten)]
    pub global: Global,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What every command takes.
#[derive(Args, Debug)]
#[command(next_help_heading = "Everywhere")]
pub struct Global {
    /// Answer in JSON, for scripts
    #[arg(long, global = true)]
    pub json: bool,
    /// Where this device keeps its replica
    #[arg(long, global = true, env = "UMBRA_DATA_DIR", value_name = "DIR")]
    pub data_dir: Option<PathBuf>,
    /// The server to sign in at, such as `https://umbra.example`
    #[arg(long, global = true, env = "UMBRA_SERVER", value_name = "URL")]
    pub server: Option<String>,
}

/// What to do.
#[derive(Subcommand, Debug)]
pub enum Command {
    /// Sign this device in
    Login(login::Login),
    /// Sign this device out; what is here stays
    Logout(logout::Logout),
    /// Lists, calendars and projects
    Lists(lists::Lists),
    /// Todos
    Todo(todo::Todo),
    /// What happens and is due in the next days
    Agenda(agenda::Agenda),
    /// Events
    Event(event::Event),
    /// Projects, with their sections
    Project(project::Project),
    /// Comment on a todo or an event, or read the comments
    Comment(comment::Comment),
    /// Let somebody into a list, calendar or project
    Share(share::Share),
    /// Remove a member
    Unshare(unshare::Unshare),
    /// Who is in a list, calendar or project
    Members(members::Members),
    /// Leave something that was shared with you
    Leave(leave::Leave),
    /// Exchange changes with the server
    Sync(sync::Sync),
    /// How this device stands with its server
    Status(status::Status),
    /// Edits that the server refused
    Refused(refused::Refused),
    /// Take back your last edit
    Undo(undo::Undo),
    /// Make the edit again that was last taken back
    Redo(redo::Redo),
    /// Find words in everything
    Search(search::Search),
    /// Read an iCalendar file
    Import(import::Import),
    /// Write everything as JSON, or a calendar or list as an iCalendar file
    Export(export::Export),
    /// Write completions for a shell
    Completions(completions::Completions),
}

#[cfg(test)]
#[path = "cli_tests.rs"]
mod tests;
