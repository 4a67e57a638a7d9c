//! What the fuzzers begin with, and what they once found, as ordinary tests
//! (`fuzz/seeds` and `fuzz/regressions`; `UMBRA_BLESS=1` writes the seeds anew).

#[path = "../../../fuzz/checks/frames.rs"]
mod frames;
#[path = "../../../fuzz/checks/gate.rs"]
mod gate;

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;
use umbra_sync_protocol::wire::{Body, decode};

fn fuzz(folder: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz").join(folder)
}

/// The files in a folder, which may have none.
fn files(folder: &str) -> Vec<(String, Vec<u8>)> {
    let Ok(entries) = fs::read_dir(fuzz(folder)) else { return Vec::new() };
    let mut files: Vec<_> = entries
        .map(|entry| entry.unwrap())
        .map(|entry| (entry.file_name().into_string().unwrap(), fs::read(entry.path()).unwrap()))
        .collect();
    files.sort();
    files
}

/// Writes the seeds, if they are to be written anew.
fn bless(folder: &str, seeds: &[(String, Vec<u8>)]) {
    if std::env::var_os("UMBRA_BLESS").is_some() {
        let folder = fuzz(folder);
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).unwrap();
        seeds.iter().for_each(|(name, seed)| fs::write(folder.join(name), seed).unwrap());
    }
}

#[test]
fn the_seeds_of_the_gate_are_honest_changes() {
    let seeds = gate::seeds().into_iter().enumerate();
    let seeds: Vec<_> = seeds.map(|(at, seed)| (format!("{at:02}"), seed)).collect();
    bless("seeds/gate", &seeds);
    assert!(files("seeds/gate") == seeds, "the seeds are old");
    seeds.iter().for_each(|(name, seed)| assert!(gate::accepts(seed), "{name}"));
}

#[test]
fn the_seeds_of_the_frames_are_golden_ones() {
    let vectors = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/vectors/wire");
    let mut seeds: Vec<_> = fs::read_dir(vectors)
        .unwrap()
        .map(|entry| fs::read(entry.unwrap().path()).unwrap())
        .map(|vector| serde_json::from_slice::<Value>(&vector).unwrap())
        // Lists hold what is refused.
        .filter(Value::is_object)
        .map(|vector| seed_of(&vector))
        .collect();
    seeds.sort();
    bless("seeds/frames", &seeds);
    assert!(seeds.len() > 20);
    seeds.iter().for_each(|(_, seed)| frames::check(seed));
}

/// A golden frame or body, behind the byte that says what it is.
fn seed_of(vector: &Value) -> (String, Vec<u8>) {
    let hex = vector["hex"].as_str().unwrap().as_bytes().chunks(2);
    let bytes: Vec<u8> = hex
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap())
        .collect();
    let (what, bytes) = match vector["is"].as_str() {
        Some("client") => (0, bytes),
        Some("server") => (1, bytes),
        Some("docs") => (2, bytes),
        Some("entries") => (4, bytes),
        None => match decode::<Body>(&bytes).unwrap() {
            Body::Zlib(entries) => (5, entries.to_vec()),
            Body::Plain(entries) => (4, entries.to_vec()),
        },
        Some(other) => panic!("what is {other}?"),
    };
    let name = vector["name"].as_str().unwrap_or("compressed").to_owned();
    (name, [what].into_iter().chain(bytes).collect())
}

#[test]
fn nothing_that_was_found_comes_back() {
    for (folder, check) in [
        ("seeds/frames", frames::check as fn(&[u8])),
        ("regressions/frames", frames::check),
        ("seeds/gate", gate::check),
        ("regressions/gate", gate::check),
    ] {
        files(folder).iter().for_each(|(_, data)| check(data));
    }
}
