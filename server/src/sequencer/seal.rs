//! Receipts: the server's seal on what it accepted, by which a server that was
//! restored from a backup knows what it has lost.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use umbra_model::{DeviceId, DocId, Role, SpaceId, UserId};
use umbra_sync_protocol::wire::{ChangeHash, Receipt};

/// The key under which this database seals.
#[derive(Clone)]
pub struct Seal(Hmac<Sha256>);

/// What is sealed of a change.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SealedChange {
    /// The space.
    pub space: SpaceId,
    /// Its place in the space's log.
    pub seq: u64,
    /// The document.
    pub doc: DocId,
    /// The change.
    pub hash: ChangeHash,
    /// The author's device.
    pub device: DeviceId,
}

/// What is sealed of a membership event.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SealedMember {
    /// The space.
    pub space: SpaceId,
    /// Its place in the space's log.
    pub seq: u64,
    /// The member.
    pub user: UserId,
    /// Their role from there on.
    pub role: Option<Role>,
    /// Who decided it.
    pub by: UserId,
}

impl Seal {
    /// Seals under this key.
    pub fn new(key: &[u8; 32]) -> Self {
        // Any length of key will do for HMAC; this one is its own.
        let Ok(mac) = Hmac::new_from_slice(key) else { unreachable!("HMAC takes any key") };
        Self(mac)
    }

    /// The receipt of a change.
    pub fn change(&self, it: &SealedChange) -> Receipt {
        let seq = it.seq.to_be_bytes();
        self.over([
            b"change",
            it.space.as_bytes(),
            &seq,
            it.doc.as_bytes(),
            &it.hash.0,
            it.device.as_bytes(),
        ])
    }

    /// The receipt of a membership event.
    pub fn member(&self, it: &SealedMember) -> Receipt {
        let seq = it.seq.to_be_bytes();
        let role = it.role.map_or("none", Role::as_str);
        self.over([
            b"member",
            it.space.as_bytes(),
            &seq,
            it.user.as_bytes(),
            role.as_bytes(),
            it.by.as_bytes(),
        ])
    }

    /// Whether the receipt is ours.
    pub fn holds(ours: &Receipt, shown: &Receipt) -> bool {
        // Without an early end, so that the time taken tells nothing.
        ours.0.iter().zip(shown.0).fold(0, |differ, (a, b)| differ | (a ^ b)) == 0
    }

    fn over<const N: usize>(&self, parts: [&[u8]; N]) -> Receipt {
        let mut mac = self.0.clone();
        for part in parts {
            mac.update(part);
        }
        let whole = mac.finalize().into_bytes();
        let mut receipt = [0; 16];
        receipt.copy_from_slice(&whole[..16]);
        Receipt(receipt)
    }
}

impl std::fmt::Debug for Seal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Seal(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: [u8; 32] = [7; 32];

    fn change() -> SealedChange {
        SealedChange {
            space: SpaceId::from_bytes([1; 16]),
            seq: 258,
            doc: DocId::from_bytes([2; 16]),
            hash: ChangeHash([3; 32]),
            device: DeviceId::from_bytes([4; 16]),
        }
    }

    fn member() -> SealedMember {
        SealedMember {
            space: SpaceId::from_bytes([1; 16]),
            seq: 258,
            user: UserId::from_bytes([2; 16]),
            role: Some(Role::Editor),
            by: UserId::from_bytes([3; 16]),
        }
    }

    fn hex(receipt: Receipt) -> String {
        receipt.0.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// Clients keep receipts for ever, so they must mean the same for ever. The
    /// values are from an independent HMAC.
    #[test]
    fn receipts_are_pinned() {
        let seal = Seal::new(&KEY);
        assert_eq!(hex(seal.change(&change())), "877e49aa30a0dd4d9ac8c191f7e102f5");
        assert_eq!(hex(seal.member(&member())), "051f4057c0927fd274b193eee35e2838");
        assert_eq!(
            hex(seal.member(&SealedMember { role: None, ..member() })),
            "4668bfbd320cc965a94a4e81c0eb53a0"
        );
    }

    #[test]
    fn a_receipt_holds_for_nothing_else() {
        let seal = Seal::new(&KEY);
        let given = seal.change(&change());
        assert!(Seal::holds(&seal.change(&change()), &given));
        for other in [
            SealedChange { space: SpaceId::from_bytes([9; 16]), ..change() },
            SealedChange { seq: 259, ..change() },
            SealedChange { doc: DocId::from_bytes([9; 16]), ..change() },
            SealedChange { hash: ChangeHash([9; 32]), ..change() },
            SealedChange { device: DeviceId::from_bytes([9; 16]), ..change() },
        ] {
            assert!(!Seal::holds(&seal.change(&other), &given), "{other:?}");
        }
        assert!(!Seal::holds(&Seal::new(&[8; 32]).change(&change()), &given));
        let given = seal.member(&member());
        for other in [
            SealedMember { seq: 1, ..member() },
            SealedMember { user: UserId::from_bytes([9; 16]), ..member() },
            SealedMember { role: Some(Role::Manager), ..member() },
            SealedMember { role: None, ..member() },
            SealedMember { by: UserId::from_bytes([9; 16]), ..member() },
        ] {
            assert!(!Seal::holds(&seal.member(&other), &given), "{other:?}");
        }
    }
}
