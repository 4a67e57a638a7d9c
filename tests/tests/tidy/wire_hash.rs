//! The frames and their specification change together.

use std::fmt::Write;

use sha2::{Digest, Sha256};

use crate::tree;

const MARK: &str = "Wire sources: sha256 ";

#[test]
fn protocol_md_knows_these_frames() {
    let mut hash = Sha256::new();
    let sources = tree::files_under("sync-protocol/src/wire");
    assert!(sources.len() >= 4, "the frames are under sync-protocol/src/wire");
    for source in &sources {
        hash.update(source.path.as_bytes());
        hash.update([0]);
        hash.update(source.text.as_bytes());
    }
    let hash = hash.finalize().iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").expect("a string takes every character");
        text
    });
    let docs = tree::files_under("docs");
    let document = docs.iter().find(|it| it.path == "docs/PROTOCOL.md").expect("it is there");
    let noted = document.text.lines().find_map(|line| line.split_once(MARK)).map(|it| it.1);
    let noted = noted.expect("PROTOCOL.md names the hash of the frames' sources");
    let noted: String = noted.chars().take_while(char::is_ascii_hexdigit).collect();
    assert_eq!(
        noted, hash,
        "the sources of the frames have changed: bring docs/PROTOCOL.md and the vectors in \
         tests/vectors/wire up to date, then note the new hash ({MARK}{hash}) there"
    );
}
