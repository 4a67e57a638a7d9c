"""A document as the sum of its changes (PROTOCOL.md sections 7, 9 and 10).

It keeps what the next change needs: the heads, the highest counter, and under
each key the ids and values of the operations that no other has superseded. The
saved form is Automerge's document chunk, whose format is public:
https://automerge.org/automerge-binary-format-spec/
"""

from __future__ import annotations

import zlib
from typing import Optional

from . import columns
from .change import (
    DELETE, HEAD, PUT, Change, Op, OpId, Scalar, hash_of, key_of, parse, read_columns, read_ids,
    unwrap, value_of,
)
from .columns import Reader

DOCUMENT = 0

Place = tuple[Optional[OpId], str]


class Document:
    """One document, as far as a client that edits single fields needs it."""

    def __init__(self, genesis: bytes):
        self.heads: set[bytes] = set()
        self.max_op = 0
        self.values: dict[Place, dict[OpId, Scalar]] = {}
        self.containers: dict[str, OpId] = {}
        self.seqs: dict[bytes, int] = {}
        self.known: set[bytes] = set()
        self.apply(genesis)

    def apply(self, chunk: bytes) -> None:
        """Applies a change, unless it is known."""
        hash_ = hash_of(chunk)
        if hash_ in self.known:
            return
        change = parse(chunk)
        self.known.add(hash_)
        self.heads = (self.heads - set(change.deps)) | {hash_}
        self.max_op = max(self.max_op, change.max_op)
        self.seqs[change.actor] = change.seq
        for at, op in enumerate(change.ops):
            if op.is_map:
                self.enter(OpId(change.start_op + at, change.actor), op)

    def enter(self, id_: OpId, op: Op) -> None:
        here = self.values.setdefault((op.obj, op.key), {})
        for pred in op.pred:
            here.pop(pred, None)
        if op.action == PUT:
            here[id_] = op.value
        elif op.action != DELETE:
            self.containers[op.key] = id_

    def get(self, key: str, container: Optional[str] = None) -> Scalar:
        """The value of a field, or of an entry of a map: of several, the one with the
        greatest id."""
        here = self.values.get((self.place(container), key), {})
        return here[max(here)] if here else None

    def place(self, container: Optional[str]) -> Optional[OpId]:
        return None if container is None else self.containers[container]

    def edit(self, actor: bytes, time: int, ops: list[Op]) -> Change:
        """A change of these operations, on top of all that is known."""
        start_op = self.max_op + 1
        return Change(actor, self.seqs.get(actor, 0) + 1, start_op, sorted(self.heads), ops, time)

    def put(self, key: str, value: Scalar, container: Optional[str] = None) -> Op:
        """The operation that gives a field, or an entry of a map, a value."""
        obj = self.place(container)
        return Op(obj, key, PUT, value, pred=sorted(self.values.get((obj, key), {})))

    def prepend(self, container: str, text: str, actor: bytes, before: int = 0) -> list[Op]:
        """The operations that put characters before a text. `before` is how many
        operations of the same change come first."""
        obj, behind, ops = self.containers[container], HEAD, []
        for character in text:
            ops.append(Op(obj, behind, PUT, character, insert=True, is_map=False))
            behind = OpId(self.max_op + before + len(ops), actor)
        return ops

    @classmethod
    def load(cls, saved: bytes, genesis: bytes) -> "Document":
        """A document as Automerge saved it."""
        self = cls(genesis)
        kind, body = unwrap(saved)
        if kind != DOCUMENT:
            raise ValueError(f"a chunk of type {kind} is no document")
        reader = Reader(body)
        actors = [reader.take(reader.uleb()) for _ in range(reader.uleb())]
        self.heads = {reader.take(32) for _ in range(reader.uleb())}
        self.known |= self.heads
        changes, ops = read_column_lists(reader)
        self.load_clock(changes, actors)
        self.load_ops(ops, actors)
        return self

    def load_clock(self, found: dict[int, bytes], actors: list[bytes]) -> None:
        """Each change's actor, sequence number and highest counter."""
        of = columns.read_runs(found.get(0x01, b""), None, Reader.uleb)
        seqs = columns.read_deltas(found.get(0x03, b""), len(of))
        max_ops = columns.read_deltas(found.get(0x13, b""), len(of))
        for actor, seq in zip(of, seqs):
            self.seqs[actors[actor]] = max(seq, self.seqs.get(actors[actor], 0))
        self.max_op = max(max_ops)

    def load_ops(self, found: dict[int, bytes], actors: list[bytes]) -> None:
        """The operations, each with those that superseded it."""
        actions = columns.read_runs(found.get(0x42, b""), None, Reader.uleb)
        count = len(actions)
        column = lambda id_, decode=Reader.uleb: columns.read_runs(
            found.get(id_, b""), count, decode
        )
        ids = read_ids(found, 0x21, 0x23, count, actors)
        successors = [it or 0 for it in column(0x80)]
        metas, raw, keys = column(0x56), Reader(found.get(0x57, b"")), column(0x15, Reader.text)
        objects = zip(column(0x01), column(0x02))
        self.values.clear()
        for at, ((obj_actor, obj_counter), id_) in enumerate(zip(objects, ids)):
            value = value_of(metas[at] or 0, raw)
            obj = None if obj_counter is None else OpId(obj_counter, actors[obj_actor or 0])
            if keys[at] is None:
                continue
            if actions[at] == PUT and not successors[at]:
                self.values.setdefault((obj, keys[at]), {})[id_] = value
            elif actions[at] != PUT:
                self.containers[keys[at]] = id_


def read_column_lists(reader: Reader) -> tuple[dict[int, bytes], dict[int, bytes]]:
    """The columns of changes and of operations: first both lists, then both data."""
    lists = [
        [(reader.uleb(), reader.uleb()) for _ in range(reader.uleb())] for _ in range(2)
    ]
    changes, ops = [
        {id_ & ~DEFLATED: inflate(id_, reader.take(length)) for id_, length in listed}
        for listed in lists
    ]
    return changes, ops


DEFLATED = 0x08


def inflate(id_: int, data: bytes) -> bytes:
    """A column that may be deflated on its own."""
    return zlib.decompress(data, wbits=-15) if id_ & DEFLATED else data
