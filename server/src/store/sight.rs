//! Who sees a document: the server and its sessions ask the same question.

pub use umbra_sync_protocol::session::Viewer;
