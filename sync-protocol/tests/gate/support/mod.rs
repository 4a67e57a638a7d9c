//! What the tests of the gate are made of: devices that write honestly, a forge
//! for changes that no honest device writes, and a scene in which both meet.

pub mod device;
pub mod forge;
pub mod habits;
pub mod mutate;
pub mod raw;
pub mod scene;
pub mod values;
pub mod world;

use umbra_model::{ActorPrefix, DocId, Kind, Privacy, Role, UserId};
use umbra_sync_protocol::gate::{Author, DocFacts};

/// The account with this number.
pub fn user(number: u8) -> UserId {
    UserId::from_bytes([number; 16])
}

/// A device of the account with this number, in this role.
pub fn author(number: u8, device: u8, role: Role) -> Author {
    let prefix = ActorPrefix([number, device, 7, 7, 7, 7, 7, 7]);
    Author { user: user(number), prefix, role }
}

/// A document that the account with number 1 created, in the first kind of space
/// that has such documents.
pub fn facts(kind: Kind) -> DocFacts {
    DocFacts {
        doc: DocId::from_bytes([9; 16]),
        kind,
        space: umbra_model::schema::spec(kind).homes[0],
        creator: user(1),
        privacy: Privacy::Default,
        subject_creator: None,
    }
}
