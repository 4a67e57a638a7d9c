//! Everything that must have a sample.

use umbra_sync_protocol::wire::{ClientFrame, Command, Event, ServerFrame};

pub const ALL: &[&str] = &[
    "hello",
    "push",
    "create_space",
    "set_privacy",
    "restore_member",
    "recovered",
    "credit",
    "purged",
    "presence",
    "welcome",
    "pack",
    "entries",
    "current",
    "verdicts",
    "answer",
    "purge",
    "peer",
    "space",
    "fault",
    "change",
    "created",
    "saved",
    "member",
    "privacy",
    "doc_purged",
    "founded",
    "docs",
];

pub fn of_client(frame: &ClientFrame) -> &'static str {
    match frame {
        ClientFrame::Hello(_) => "hello",
        ClientFrame::Push(_) => "push",
        ClientFrame::Command(_, Command::CreateSpace(..)) => "create_space",
        ClientFrame::Command(_, Command::SetPrivacy(..)) => "set_privacy",
        ClientFrame::Command(_, Command::RestoreMember(..)) => "restore_member",
        ClientFrame::Command(_, Command::Recovered(_)) => "recovered",
        ClientFrame::Credit(_) => "credit",
        ClientFrame::Purged(_) => "purged",
        ClientFrame::Presence(_) => "presence",
    }
}

pub fn of_server(frame: &ServerFrame) -> &'static str {
    match frame {
        ServerFrame::Welcome(_) => "welcome",
        ServerFrame::Pack(_) => "pack",
        ServerFrame::Entries(_) => "entries",
        ServerFrame::Current(..) => "current",
        ServerFrame::Verdicts(_) => "verdicts",
        ServerFrame::Answer(_) => "answer",
        ServerFrame::Purge(_) => "purge",
        ServerFrame::Presence(_) => "peer",
        ServerFrame::Space(_) => "space",
        ServerFrame::Fault(_) => "fault",
    }
}

pub fn of_event(event: &Event) -> &'static str {
    match event {
        Event::Change { .. } => "change",
        Event::Created { .. } => "created",
        Event::Saved(_) => "saved",
        Event::Member(_) => "member",
        Event::Privacy { .. } => "privacy",
        Event::Purged { .. } => "doc_purged",
        Event::Founded { .. } => "founded",
    }
}
