//! The first change of every document, byte for byte the same for all documents
//! of a kind: it makes the containers, so that two devices that create or edit
//! the same document never make rival ones.
