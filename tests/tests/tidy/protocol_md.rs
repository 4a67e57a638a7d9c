//! What `docs/PROTOCOL.md` lists is what the code has: every code, limit and byte.

use umbra_model::Kind;
use umbra_model::schema::{Shape, spec};
use umbra_server::sequencer::Rejection;
use umbra_sync_protocol::gate::Code;
use umbra_sync_protocol::genesis::genesis;
use umbra_sync_protocol::limits;
use umbra_sync_protocol::session::{CloseCode, FaultCode};

use crate::tree;

/// The cells of the table rows of the section that begins with this heading.
fn rows(heading: &str) -> Vec<Vec<String>> {
    let docs = tree::files_under("docs");
    let document = docs.iter().find(|it| it.path == "docs/PROTOCOL.md").expect("it is there");
    let from = document.text.find(&format!("\n## {heading}\n"));
    let section = &document.text[from.unwrap_or_else(|| panic!("no section `{heading}`")) + 4..];
    let section = &section[..section.find("\n## ").unwrap_or(section.len())];
    let lines = section.lines().filter(|line| line.starts_with('|') && !line.starts_with("|--"));
    let cells = |line: &str| {
        let cells = line.trim_matches('|').split(" | ");
        cells.map(|it| it.trim().trim_matches('`').to_owned()).collect()
    };
    lines.map(cells).collect()
}

fn row<'a>(rows: &'a [Vec<String>], name: &str) -> &'a [String] {
    let found = rows.iter().find(|row| row[0] == name);
    found.unwrap_or_else(|| panic!("PROTOCOL.md doesn't list {name}"))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn every_code_of_a_refusal_is_told() {
    let rows = rows("11. Verdicts");
    for code in Code::ALL {
        let permanent = if code.permanent() { "yes" } else { "no" };
        assert_eq!(row(&rows, code.as_str())[1], permanent, "{code}");
    }
    assert_eq!(rows.len(), Code::ALL.len() + 1, "a code is listed that isn't there");
}

#[test]
fn every_fault_and_close_code_is_told() {
    let rows = rows("15. Faults and close codes");
    for fault in FaultCode::ALL {
        let closes = fault.close().map_or("goes on".to_owned(), |it| it.number().to_string());
        assert_eq!(row(&rows, fault.as_str())[1], closes, "{}", fault.as_str());
    }
    for code in CloseCode::ALL {
        row(&rows, &code.number().to_string());
    }
}

/// Those that a command over the socket can meet.
#[test]
fn every_rejection_of_a_command_is_told() {
    let rows = rows("15. Faults and close codes");
    for rejection in [
        Rejection::NotFound,
        Rejection::Taken,
        Rejection::PersonalExists,
        Rejection::Recovering,
        Rejection::NotRecovering,
        Rejection::ReceiptInvalid,
        Rejection::TooMany,
        Rejection::Busy,
    ] {
        row(&rows, rejection.code());
    }
}

#[test]
fn genesis_is_told_byte_for_byte() {
    let rows = rows("10. Genesis");
    for kind in Kind::ALL {
        let genesis = genesis(*kind);
        let mine: Vec<_> = rows.iter().filter(|row| row[0] == kind.as_str()).collect();
        assert_eq!(mine.len(), 2, "{kind} is in both tables");
        assert_eq!(mine[0][1..], [hex(&genesis.hash.0), hex(&genesis.chunk)], "{kind}");
        let fields = spec(*kind).fields.iter();
        let containers = fields.filter(|field| !matches!(field.shape, Shape::Scalar(_)));
        let names: Vec<_> = containers.map(|field| field.name).collect();
        assert_eq!(mine[1][1..], [hex(&genesis.actor), names.join(", ")], "{kind}");
    }
}

macro_rules! limits {
    ($($name:ident),+ $(,)?) => { [$((stringify!($name), limits::$name as u64)),+] };
}

#[test]
fn every_limit_is_told() {
    let rows = rows("16. Limits");
    let limits = limits![
        FRAME_BYTES_MAX,
        INFLATED_BYTES_MAX,
        CHUNK_BYTES_MAX,
        CHUNK_OPS_MAX,
        CHUNK_PREDS_MAX,
        CHUNK_DEPS_MAX,
        CHUNK_ACTORS_MAX,
        PUSH_CHUNKS_MAX,
        PUSH_ITEMS_MAX,
        PUSHES_IN_FLIGHT_MAX,
        IN_FLIGHT_BYTES_MAX,
        COMMANDS_IN_FLIGHT_MAX,
        HELLO_MILLIS_MAX,
        PRESENCE_PER_SECOND_MAX,
        DOCUMENT_CHANGES_MAX,
        DOCUMENT_ACTORS_MAX,
        DOCUMENT_OPS_MAX,
        OP_COUNTER_MAX,
        CURSORS_MAX,
        PRESENCE_BYTES_MAX,
        NAME_BYTES_MAX,
        CREDIT_BYTES_MAX,
    ];
    for (name, value) in limits {
        assert_eq!(row(&rows, name)[1], value.to_string(), "{name}");
    }
}
