//! The commands, a file each.

pub mod agenda;
pub mod comment;
pub mod completions;
pub mod event;
pub mod export;
pub mod import;
pub mod leave;
pub mod lists;
pub mod login;
pub mod logout;
pub mod members;
pub mod project;
pub mod redo;
pub mod refused;
pub mod search;
pub mod share;
pub mod status;
pub mod sync;
pub mod todo;
pub mod undo;
pub mod unshare;

use crate::app::App;
use crate::cli::{Cli, Command};
use crate::exit::Exit;
use crate::failure::Result;
use crate::output::Output;

/// Does what was asked.
pub async fn run(cli: Cli, output: &Output) -> Result<Exit> {
    if let Command::Completions(completions) = cli.command {
        return completions.run(output);
    }
    let app = App::open(&cli.global, output).await?;
    match cli.command {
        Command::Login(login) => login.run(&app).await,
        Command::Logout(logout) => logout.run(&app).await,
        Command::Lists(lists) => lists.run(&app).await,
        Command::Todo(todo) => todo.run(&app).await,
        Command::Agenda(agenda) => agenda.run(&app).await,
        Command::Event(event) => event.run(&app).await,
        Command::Project(project) => project.run(&app).await,
        Command::Comment(comment) => comment.run(&app).await,
        Command::Share(share) => share.run(&app).await,
        Command::Unshare(unshare) => unshare.run(&app).await,
        Command::Members(members) => members.run(&app).await,
        Command::Leave(leave) => leave.run(&app).await,
        Command::Sync(sync) => sync.run(&app).await,
        Command::Status(status) => status.run(&app).await,
        Command::Refused(refused) => refused.run(&app).await,
        Command::Undo(undo) => undo.run(&app).await,
        Command::Redo(redo) => redo.run(&app).await,
        Command::Search(search) => search.run(&app).await,
        Command::Import(import) => import.run(&app).await,
        Command::Export(export) => export.run(&app).await,
        Command::Completions(completions) => completions.run(output),
    }
}
