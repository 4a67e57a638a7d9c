"""One change, to bytes and back (PROTOCOL.md section 9)."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import NamedTuple, Optional, Union

from . import columns
from .columns import Reader, sleb, uleb

MAGIC = bytes.fromhex("856f4a83")
CHANGE = 1
PUT, DELETE = 1, 3

Scalar = Union[None, bool, int, str]


class OpId(NamedTuple):
    """The id of an operation. Ids sort by counter, then actor."""

    counter: int
    actor: bytes


ROOT: Optional[OpId] = None
HEAD = "the head of a text"


@dataclass
class Op:
    """One operation: `key` is a map's key, an element's id, or HEAD."""

    obj: Optional[OpId]
    key: Union[str, OpId]
    action: int
    value: Scalar = None
    insert: bool = False
    pred: list[OpId] = field(default_factory=list)
    is_map: bool = True


@dataclass
class Change:
    """One change. Operation i has the id (start_op + i, actor)."""

    actor: bytes
    seq: int
    start_op: int
    deps: list[bytes]
    ops: list[Op]
    time: int = 0
    message: str = ""

    @property
    def max_op(self) -> int:
        return self.start_op + len(self.ops) - 1

    def others(self) -> list[bytes]:
        """The actors that operations name, without the change's own."""
        named = set()
        for op in self.ops:
            ids = [op.obj, *op.pred] + ([op.key] if isinstance(op.key, OpId) else [])
            named.update(it.actor for it in ids if it is not None)
        return sorted(named - {self.actor})

    def body(self) -> bytes:
        out = uleb(len(self.deps)) + b"".join(sorted(self.deps))
        out += uleb(16) + self.actor + uleb(self.seq) + uleb(self.start_op) + sleb(self.time)
        out += columns.text(self.message)
        others = self.others()
        out += uleb(len(others)) + b"".join(uleb(16) + it for it in others)
        filled = [(id_, data) for id_, data in self.columns([self.actor, *others]) if data]
        out += uleb(len(filled))
        out += b"".join(uleb(id_) + uleb(len(data)) for id_, data in filled)
        return out + b"".join(data for _, data in filled)

    def columns(self, actors: list[bytes]) -> list[tuple[int, bytes]]:
        rows = [Row.of(op, actors) for op in self.ops]
        values = [value_bytes(op.value) for op in self.ops]
        preds = [pred for op in self.ops for pred in sorted(op.pred)]
        return [
            (0x01, columns.runs([row.obj_actor for row in rows], uleb)),
            (0x02, columns.runs([row.obj_counter for row in rows], uleb)),
            (0x11, columns.runs([row.key_actor for row in rows], uleb)),
            (0x13, columns.deltas([row.key_counter for row in rows])),
            (0x15, columns.runs([row.key for row in rows], columns.text)),
            (0x34, columns.flags([op.insert for op in self.ops])),
            (0x42, columns.runs([op.action for op in self.ops], uleb)),
            (0x56, columns.runs([meta for meta, _ in values], uleb)),
            (0x57, b"".join(raw for _, raw in values)),
            (0x70, columns.runs([len(op.pred) for op in self.ops], uleb)),
            (0x71, columns.runs([actors.index(pred.actor) for pred in preds], uleb)),
            (0x73, columns.deltas([pred.counter for pred in preds])),
        ]

    def chunk(self) -> bytes:
        """The change as it travels."""
        body = self.body()
        hashed = bytes([CHANGE]) + uleb(len(body)) + body
        return MAGIC + hashlib.sha256(hashed).digest()[:4] + hashed

    @property
    def hash(self) -> bytes:
        return hash_of(self.chunk())


@dataclass
class Row:
    """An operation's places, as columns hold them."""

    obj_actor: Optional[int] = None
    obj_counter: Optional[int] = None
    key_actor: Optional[int] = None
    key_counter: Optional[int] = None
    key: Optional[str] = None

    @classmethod
    def of(cls, op: Op, actors: list[bytes]) -> "Row":
        row = cls()
        if op.obj is not None:
            row.obj_actor, row.obj_counter = actors.index(op.obj.actor), op.obj.counter
        if isinstance(op.key, OpId):
            row.key_actor, row.key_counter = actors.index(op.key.actor), op.key.counter
        elif op.key is HEAD:
            row.key_counter = 0
        else:
            row.key = op.key
        return row


def value_bytes(value: Scalar) -> tuple[int, bytes]:
    """The meta number and the bytes of a value."""
    if value is None:
        return 0, b""
    if isinstance(value, bool):
        return (2 if value else 1), b""
    if isinstance(value, int):
        raw = sleb(value)
        return len(raw) << 4 | 4, raw
    raw = value.encode()
    return len(raw) << 4 | 6, raw


def value_of(meta: int, reader: Reader) -> Scalar:
    """The value with this meta number; the next bytes are its own."""
    kind, raw = meta & 0xF, reader.take(meta >> 4)
    if kind in (0, 1, 2):
        return {0: None, 1: False, 2: True}[kind]
    if kind == 4:
        return Reader(raw).sleb()
    if kind == 6:
        return raw.decode()
    raise ValueError(f"no document holds a value of type {kind}")


def hash_of(chunk: bytes) -> bytes:
    """The hash of a change: of its type, length and body."""
    return hashlib.sha256(chunk[8:]).digest()


def unwrap(chunk: bytes) -> tuple[int, bytes]:
    """The type and the body of a chunk."""
    reader = Reader(chunk)
    if reader.take(4) != MAGIC:
        raise ValueError("it does not begin as a chunk")
    checksum, kind = reader.take(4), reader.take(1)[0]
    body = reader.take(reader.uleb())
    if reader or hash_of(chunk)[:4] != checksum:
        raise ValueError("the chunk is damaged")
    return kind, body


def parse(chunk: bytes) -> Change:
    """The change that a chunk is."""
    kind, body = unwrap(chunk)
    if kind != CHANGE:
        raise ValueError(f"a chunk of type {kind} is no change")
    reader = Reader(body)
    deps = [reader.take(32) for _ in range(reader.uleb())]
    actor = reader.take(reader.uleb())
    seq, start_op, time, message = reader.uleb(), reader.uleb(), reader.sleb(), reader.text()
    actors = [actor] + [reader.take(reader.uleb()) for _ in range(reader.uleb())]
    found = read_columns(reader)
    return Change(actor, seq, start_op, deps, read_ops(found, actors), time, message)


def read_columns(reader: Reader) -> dict[int, bytes]:
    """The columns whose list comes next, by id."""
    listed = [(reader.uleb(), reader.uleb()) for _ in range(reader.uleb())]
    return {id_: reader.take(length) for id_, length in listed}


def read_ops(found: dict[int, bytes], actors: list[bytes]) -> list[Op]:
    actions = columns.read_runs(found.get(0x42, b""), None, Reader.uleb)
    count = len(actions)
    column = lambda id_, decode=Reader.uleb: columns.read_runs(found.get(id_, b""), count, decode)
    key_counters = columns.read_deltas(found.get(0x13, b""), count)
    inserts = columns.read_flags(found.get(0x34, b""), count)
    pred_counts = [it or 0 for it in column(0x70)]
    pred_ids = read_ids(found, 0x71, 0x73, sum(pred_counts), actors)
    values, raw = column(0x56), Reader(found.get(0x57, b""))
    rows = zip(column(0x01), column(0x02), column(0x11), key_counters, column(0x15, Reader.text))
    ops = []
    for at, (obj_actor, obj_counter, key_actor, key_counter, key) in enumerate(rows):
        obj = None if obj_counter is None else OpId(obj_counter, actors[obj_actor or 0])
        pred = [next(pred_ids) for _ in range(pred_counts[at])]
        value = value_of(values[at] or 0, raw)
        where = key_of(key, key_actor, key_counter, actors)
        ops.append(Op(obj, where, actions[at], value, inserts[at], pred, key is not None))
    return ops


def read_ids(found: dict[int, bytes], actor_id: int, counter_id: int, count: int, actors: list):
    """The operation ids of two columns, one after another."""
    of_actor = columns.read_runs(found.get(actor_id, b""), count, Reader.uleb)
    counters = columns.read_deltas(found.get(counter_id, b""), count)
    return iter([OpId(counter, actors[actor]) for actor, counter in zip(of_actor, counters)])


def key_of(key, key_actor, key_counter, actors):
    """A map's key, an element's id, or the head of a text."""
    if key is not None:
        return key
    return HEAD if key_actor is None else OpId(key_counter, actors[key_actor])
