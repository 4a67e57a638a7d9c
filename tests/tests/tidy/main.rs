//! What can be checked of the source itself: who may import whom, how long things
//! may grow, which words have no business here, and that what must change together
//! did. `cargo test -p umbra-tests --test tidy` takes a second.

mod changelog;
mod claims;
mod crate_edges;
mod dependencies;
mod length;
mod links;
mod migrations;
mod protocol_md;
mod purity;
mod tree;
mod wire_hash;
mod words;
