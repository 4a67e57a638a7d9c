"""This client and the golden vectors agree: frames and changes, byte for byte."""

import json
import unittest
from pathlib import Path

import cbor2

from umbra_interop import change, wire
from umbra_interop.change import HEAD, Op, OpId
from umbra_interop.document import Document

VECTORS = Path(__file__).parents[2] / "vectors"


def plain(value):
    """A decoded item as the vectors write it."""
    if isinstance(value, bytes):
        return {"hex": value.hex()}
    return [plain(it) for it in value] if isinstance(value, list) else value


def vector(name):
    return json.loads((VECTORS / "wire" / f"{name}.json").read_text())


class Frames(unittest.TestCase):
    def test_every_vector_is_the_cbor_it_says(self):
        files = sorted((VECTORS / "wire").glob("*_*.json"))
        self.assertGreaterEqual(len(files), 30)
        for file in files:
            with self.subTest(file.name):
                if file.name == "zlib_body.json":
                    continue
                case = json.loads(file.read_text())
                data = bytes.fromhex(case["hex"])
                self.assertEqual(plain(cbor2.loads(data)), case["value"])
                self.assertEqual(cbor2.dumps(cbor2.loads(data)).hex(), case["hex"])

    def test_every_frame_of_the_server_is_understood(self):
        seen = set()
        for file in sorted((VECTORS / "wire").glob("server_*.json")):
            with self.subTest(file.name):
                frame = wire.decode(bytes.fromhex(json.loads(file.read_text())["hex"]))
                seen.add(frame.name)
        self.assertEqual(seen, {name for name, _ in wire.SERVER.values()})

    def test_fields_are_where_the_document_says(self):
        welcome = wire.decode(bytes.fromhex(vector("server_welcome")["hex"]))
        self.assertEqual((welcome.version, welcome.now), (1, 1767225600000))
        self.assertEqual((welcome.spaces[0].role, welcome.spaces[0].head), ("editor", 1300))
        verdicts = wire.decode(bytes.fromhex(vector("server_verdicts")["hex"]))
        accepted, refused, no_change = verdicts.verdicts
        self.assertEqual((accepted.name, accepted.seq), ("accepted", 1311))
        self.assertEqual((refused.code, refused.path), ("role_too_weak", "title"))
        self.assertEqual((no_change.hash, no_change.permanent), (None, True))
        events = [wire.entry(it) for it in cbor2.loads(bytes.fromhex(vector("body_entries")["hex"]))]
        self.assertEqual([it.seq for it in events], list(range(1, 10)))
        self.assertEqual({it.name for it in events}, {name for name, _ in wire.EVENTS.values()})
        self.assertEqual((events[4].role, events[5].role), ("viewer", None))
        self.assertEqual(events[7].contains, 1250)

    def test_our_frames_are_those_of_the_vectors(self):
        space, doc, other = bytes([0x51] * 16), bytes([0xD0] * 16), bytes([0xD1] * 16)
        items = [
            wire.item(doc, [b"chunk one", b"chunk two"], [space, "todo", "default"]),
            wire.item(other, [b"chunk"]),
        ]
        ours = {
            "client_push": wire.push(1, items),
            "client_command_create_space": wire.create_space(3, space, "list"),
            "client_credit": wire.credit(1 << 20),
            "client_purged": wire.purged(12),
            "client_presence": wire.presence(space, doc, b"title"),
        }
        for name, frame in ours.items():
            with self.subTest(name):
                self.assertEqual(frame.hex(), vector(name)["hex"])

    def test_what_is_tolerated_reads_like_the_frame_it_is(self):
        for case in vector("tolerated"):
            if case["is"] == "server":
                frame = wire.decode(bytes.fromhex(case["hex"]))
                self.assertEqual(frame, wire.decode(bytes.fromhex(vector(case["same_as"])["hex"])))

    def test_a_compressed_body_is_inflated(self):
        case = vector("zlib_body")
        inside = wire.unpack(cbor2.loads(bytes.fromhex(case["hex"])))
        self.assertEqual(cbor2.dumps(inside).hex(), case["plain"])
        self.assertEqual(len(inside), 100)


class Changes(unittest.TestCase):
    def setUp(self):
        self.case = json.loads((VECTORS / "changes.json").read_text())
        self.genesis = bytes.fromhex(self.case["genesis"])

    def test_they_are_read_and_written_back(self):
        for text in [self.case["genesis"], *self.case["chunks"]]:
            self.assertEqual(change.parse(bytes.fromhex(text)).chunk().hex(), text)

    def test_the_same_edits_make_the_same_bytes(self):
        first, second, third, fourth = (bytes.fromhex(it) for it in self.case["chunks"])
        actor, another = (bytes.fromhex(it) for it in self.case["actors"])
        doc = Document(self.genesis)
        ours = doc.edit(
            actor, 1767225600, [doc.put("title", "Buy milk"), doc.put("createdAt", 1767225600000)]
        )
        self.assertEqual(ours.chunk().hex(), first.hex())
        doc.apply(first)
        ours = doc.edit(
            actor, 1767225660, [doc.put("title", "Buy oat milk"), *doc.prepend("notes", "Hi", actor, 1)]
        )
        self.assertEqual(ours.chunk().hex(), second.hex())
        doc.apply(second)
        notes = doc.containers["notes"]
        h, i = OpId(13, actor), OpId(14, actor)
        ours = doc.edit(another, 1767225660, [
            doc.put("title", "Buy soy milk"),
            Op(notes, h, change.PUT, "é", insert=True, is_map=False),
            Op(notes, OpId(16, another), change.PUT, "!", insert=True, is_map=False),
            Op(notes, i, change.DELETE, pred=[i], is_map=False),
            doc.put("done", None),
            doc.put("x", 1, "labels"),
        ])
        self.assertEqual(ours.chunk().hex(), third.hex())
        doc.apply(third)
        self.assertEqual(doc.get("title"), "Buy soy milk")
        ours = doc.edit(another, 1767225661, [doc.put("title", "Buy milk. " * 40)])
        self.assertEqual(ours.chunk().hex(), fourth.hex())

    def test_a_saved_document_is_the_sum_of_its_changes(self):
        doc = Document(self.genesis)
        for text in self.case["chunks"]:
            doc.apply(bytes.fromhex(text))
        for form in ["saved", "saved_deflated"]:
            loaded = Document.load(bytes.fromhex(self.case[form]), self.genesis)
            self.assertEqual(loaded.heads, doc.heads)
            self.assertEqual(loaded.max_op, doc.max_op)
            self.assertEqual(loaded.seqs, doc.seqs)
            self.assertEqual(loaded.containers, doc.containers)
            values = {at: it for at, it in doc.values.items() if at[1] not in doc.containers}
            self.assertEqual(loaded.values, values)
        self.assertNotEqual(self.case["saved"], self.case["saved_deflated"])

    def test_the_head_of_a_text_is_no_key(self):
        doc = Document(self.genesis)
        ops = doc.prepend("notes", "ab", bytes(16))
        self.assertIs(ops[0].key, HEAD)
        self.assertEqual(ops[1].key, OpId(10, bytes(16)))


if __name__ == "__main__":
    unittest.main()
