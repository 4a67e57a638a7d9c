//! What must hold of any bytes that are taken for a frame.

use umbra_sync_protocol::wire::{
    Body, Bytes, ClientFrame, LogEntry, PackedDoc, ServerFrame, decode, encode,
};

/// The first byte says what the rest is taken for.
pub fn check(data: &[u8]) {
    let Some((what, rest)) = data.split_first() else { return };
    match what % 6 {
        0 => {
            if let Ok(frame) = decode::<ClientFrame>(rest) {
                assert_eq!(decode::<ClientFrame>(&encode(&frame)).expect("it was one"), frame);
            }
        }
        1 => {
            if let Ok(frame) = decode::<ServerFrame>(rest) {
                assert_eq!(decode::<ServerFrame>(&encode(&frame)).expect("it was one"), frame);
            }
        }
        2 => docs(&Body::Plain(bytes(rest))),
        3 => docs(&Body::Zlib(bytes(rest))),
        4 => entries(&Body::Plain(bytes(rest))),
        _ => entries(&Body::Zlib(bytes(rest))),
    }
}

fn bytes(data: &[u8]) -> Bytes {
    data.to_vec().into()
}

fn docs(body: &Body) {
    if let Ok(docs) = body.unpack::<PackedDoc>() {
        assert_eq!(Body::pack(&docs).unpack::<PackedDoc>().expect("they were some"), docs);
    }
}

fn entries(body: &Body) {
    if let Ok(entries) = body.unpack::<LogEntry>() {
        assert_eq!(Body::pack(&entries).unpack::<LogEntry>().expect("they were some"), entries);
    }
}
