//! The bytes of every frame, pinned in `tests/vectors/wire/`. `docs/PROTOCOL.md`
//! describes the same frames, and the Python client under `tests/interop/` reads the
//! same files. `UMBRA_BLESS=1 cargo test -p umbra-sync-protocol --test wire_vectors`
//! writes them anew.

#[path = "wire_vectors/cbor_json.rs"]
mod cbor_json;
#[path = "wire_vectors/samples.rs"]
mod samples;
#[path = "wire_vectors/variants.rs"]
mod variants;

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use serde_json::{Value, json};
use umbra_sync_protocol::wire::{
    self, BadBody, Body, ClientFrame, LogEntry, PackedDoc, ServerFrame,
};

use cbor_json::{from_hex, hex, to_json};
use samples::{Sample, What};

fn dir() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/vectors/wire"))
}

fn read(name: &str) -> Value {
    let path = dir().join(format!("{name}.json"));
    let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path:?}: {error}"));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{path:?}: {error}"))
}

fn bytes_of(vector: &Value) -> Vec<u8> {
    from_hex(vector["hex"].as_str().expect("a vector has its bytes in hex"))
}

/// The vector of a sample as the code of today would write it.
fn written(sample: &Sample) -> Value {
    let (what, bytes) = match &sample.what {
        What::Client(frame) => ("client", wire::encode(frame)),
        What::Server(frame) => ("server", wire::encode(frame)),
        What::Entries(entries) => ("entries", wire::encode(&entries)),
        What::Docs(docs) => ("docs", wire::encode(&docs)),
    };
    json!({
        "name": sample.name,
        "about": sample.about,
        "is": what,
        "hex": hex(&bytes),
        "value": to_json(&bytes),
    })
}

/// A key a line, so that a change shows where it is.
fn text_of(vector: &Value) -> String {
    let keys = ["name", "about", "is", "hex", "value"];
    let lines: Vec<_> = keys.iter().map(|key| format!("  \"{key}\": {}", vector[key])).collect();
    format!("{{\n{}\n}}\n", lines.join(",\n"))
}

#[test]
fn every_frame_has_the_bytes_of_its_vector() {
    let bless = std::env::var_os("UMBRA_BLESS").is_some();
    for sample in samples::all() {
        let now = written(&sample);
        if bless {
            fs::write(dir().join(format!("{}.json", sample.name)), text_of(&now)).unwrap();
        }
        assert_eq!(read(sample.name), now, "{}: the bytes have changed", sample.name);
    }
}

#[test]
fn every_vector_is_read_back() {
    for sample in samples::all() {
        let bytes = bytes_of(&read(sample.name));
        let name = sample.name;
        match sample.what {
            What::Client(frame) => {
                assert_eq!(wire::decode::<ClientFrame>(&bytes).expect(name), frame);
            }
            What::Server(frame) => {
                assert_eq!(wire::decode::<ServerFrame>(&bytes).expect(name), frame);
            }
            What::Entries(entries) => {
                let body = Body::Plain(bytes.into());
                assert_eq!(body.unpack::<LogEntry>().expect(name), entries);
            }
            What::Docs(docs) => {
                let body = Body::Plain(bytes.into());
                assert_eq!(body.unpack::<PackedDoc>().expect(name), docs);
            }
        }
    }
}

/// No vector without a sample: a file that nobody checks is worth nothing.
#[test]
fn every_file_is_checked() {
    let samples: BTreeSet<_> = samples::all().iter().map(|it| it.name.to_owned()).collect();
    let special = ["refused", "tolerated", "zlib_body"].map(str::to_owned);
    for entry in fs::read_dir(dir()).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let name = name.strip_suffix(".json").unwrap_or(&name).to_owned();
        assert!(samples.contains(&name) || special.contains(&name), "{name} has no sample");
    }
}

/// Each variant of the frames, events, commands and bodies occurs.
#[test]
fn every_variant_has_a_sample() {
    let seen: BTreeSet<_> = samples::all()
        .iter()
        .flat_map(|sample| match &sample.what {
            What::Client(frame) => vec![variants::of_client(frame)],
            What::Server(frame) => vec![variants::of_server(frame)],
            What::Entries(entries) => {
                entries.iter().map(|it| variants::of_event(&it.event)).collect()
            }
            What::Docs(_) => vec!["docs"],
        })
        .collect();
    for variant in variants::ALL {
        assert!(seen.contains(variant), "no sample of {variant}");
    }
}

/// What must be refused, each with its code.
#[test]
fn broken_frames_are_refused() {
    for case in read("refused").as_array().unwrap() {
        let about = case["about"].as_str().unwrap();
        let bytes = bytes_of(case);
        let refused = match case["is"].as_str().unwrap() {
            "client" => wire::decode::<ClientFrame>(&bytes).err(),
            "server" => wire::decode::<ServerFrame>(&bytes).err(),
            other => panic!("{about}: {other} is no kind of frame"),
        };
        let refused = refused.unwrap_or_else(|| panic!("{about}: was accepted"));
        assert_eq!(refused.code(), case["code"].as_str().unwrap(), "{about}");
    }
}

#[test]
fn more_than_a_frame_is_not_even_read() {
    let bytes = vec![0x80; umbra_sync_protocol::limits::FRAME_BYTES_MAX + 1];
    let refused = wire::decode::<ClientFrame>(&bytes).unwrap_err();
    assert_eq!(refused.code(), "frame_too_large");
}

/// What a newer or a sloppier peer may send: understood as if it were the frame of
/// the vector that the case names.
#[test]
fn tolerated_frames_are_understood() {
    for case in read("tolerated").as_array().unwrap() {
        let about = case["about"].as_str().unwrap();
        let same_as = bytes_of(&read(case["same_as"].as_str().unwrap()));
        let bytes = bytes_of(case);
        match case["is"].as_str().unwrap() {
            "client" => assert_eq!(
                wire::decode::<ClientFrame>(&bytes).expect(about),
                wire::decode::<ClientFrame>(&same_as).unwrap(),
            ),
            _ => assert_eq!(
                wire::decode::<ServerFrame>(&bytes).expect(about),
                wire::decode::<ServerFrame>(&same_as).unwrap(),
            ),
        }
    }
}

/// A body compressed by somebody else's zlib. Its plain bytes are pinned, the
/// compressed ones are whatever a compressor makes of them.
#[test]
fn foreign_zlib_is_inflated() {
    let vector = read("zlib_body");
    let body: Body = wire::decode(&bytes_of(&vector)).expect("a body");
    assert!(matches!(body, Body::Zlib(_)));
    let entries: Vec<LogEntry> = body.unpack().expect("it inflates");
    assert_eq!(hex(&wire::encode(&entries)), vector["plain"].as_str().unwrap());
    assert!(entries.len() > 50);
}

#[test]
fn a_bomb_is_no_body() {
    let bomb = Body::of_plain(vec![0; 64 << 20]);
    assert!(bomb.len() < 1 << 20, "it would fit into a frame");
    assert!(matches!(bomb.unpack::<LogEntry>(), Err(BadBody::TooLarge)));
}
