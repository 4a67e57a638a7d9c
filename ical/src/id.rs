//! Ids that are the same wherever the same thing is imported.

use sha2::{Digest, Sha256};
use umbra_model::{DocId, Kind, SpaceId};

/// The id of the event or todo that a UID becomes in a space: two devices that import
/// the same file, and the same device that imports it twice, make one document.
pub fn document_id(space: SpaceId, kind: Kind, uid: &str) -> DocId {
    DocId::from_bytes(digest(kind.as_str(), space, uid))
}

/// The id of the label that a category becomes in a space.
pub fn label_id(space: SpaceId, name: &str) -> DocId {
    DocId::from_bytes(digest("label", space, name))
}

/// A UUID of version 8 (RFC 9562), from a hash of its own domain.
fn digest(domain: &str, space: SpaceId, name: &str) -> [u8; 16] {
    let mut hash = Sha256::new();
    hash.update(b"umbra-ical/1/");
    hash.update(domain);
    hash.update([0]);
    hash.update(space.as_bytes());
    hash.update(name);
    let hash = hash.finalize();
    let mut id: [u8; 16] = std::array::from_fn(|at| hash[at]);
    id[6] = 0x80 | (id[6] & 0x0f);
    id[8] = 0x80 | (id[8] & 0x3f);
    id
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_pinned() {
        let space = SpaceId::from_bytes([7; 16]);
        let id = document_id(space, Kind::Event, "a@example.org");
        assert_eq!(id.to_string(), "32882e8c-45e7-8c85-bfb4-21f3ad9f0f85");
        assert_eq!(id.0.get_version_num(), 8);
        assert_eq!(
            label_id(space, "a@example.org").to_string(),
            "32d686cd-a86b-85f9-8641-2395b525e737"
        );
        assert_ne!(document_id(space, Kind::Todo, "a@example.org"), id);
        assert_ne!(document_id(SpaceId::from_bytes([8; 16]), Kind::Event, "a@example.org"), id);
    }
}
