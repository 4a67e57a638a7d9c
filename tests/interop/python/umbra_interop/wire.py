"""Frames (PROTOCOL.md sections 4 to 7)."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from typing import Any, Optional

import cbor2

INFLATED_BYTES_MAX = 8 << 20


@dataclass
class Frame:
    """A frame, an event or a verdict: a choice by name, with its fields by name."""

    name: str
    fields: dict[str, Any]

    def __getattr__(self, field: str) -> Any:
        try:
            return self.__dict__["fields"][field]
        except KeyError:
            raise AttributeError(field) from None


def record(names: str, values: list) -> dict[str, Any]:
    """The fields of a record. What follows those we know is of a later version; what
    is missing at the end is absent."""
    fields = dict.fromkeys(names.split())
    fields.update(zip(fields, values))
    return fields


FAULT = "code message fatal"
SPACE = "space kind role head reset recovering"
MEMBER = "user name role by receipt"
PACKED = "doc kind creator privacy seq saved chunks view"

SERVER = {
    0: ("welcome", "version epoch user device prefix spaces now"),
    1: ("pack", "space seq packed_to last body members"),
    2: ("entries", "space from_ to body"),
    3: ("current", None),
    4: ("verdicts", "id verdicts covers"),
    5: ("answer", "id error"),
    6: ("purge", "order space doc reason"),
    7: ("presence", "user device space doc state"),
    8: ("space", SPACE),
    9: ("fault", FAULT),
}

EVENTS = {
    0: ("change", "doc chunk view"),
    1: ("created", "doc kind creator privacy"),
    2: ("saved", PACKED),
    3: ("member", MEMBER),
    4: ("privacy", "doc privacy"),
    5: ("purged", "doc"),
    6: ("founded", "kind founder"),
}

#: Events whose one field is a record.
WRAPPED = {"saved", "member"}


def decode(message: bytes) -> Frame:
    """The frame that a message from the server is."""
    tag, values = cbor2.loads(message)
    name, names = SERVER[tag]
    if names is None:
        return Frame(name, record("space seq", values))
    frame = Frame(name, record(names, values[0]))
    if name == "welcome":
        frame.fields["spaces"] = [Frame("space", record(SPACE, it)) for it in frame.spaces]
    elif name == "pack":
        frame.fields["docs"] = [Frame("doc", record(PACKED, it)) for it in unpack(frame.body)]
        members = [] if frame.members is None else unpack(frame.members)
        frame.fields["members"] = [entry(it) for it in members]
    elif name == "entries":
        frame.fields["entries"] = [entry(it) for it in unpack(frame.body)]
    elif name == "verdicts":
        frame.fields["verdicts"] = [verdict(it) for it in frame.verdicts]
        frame.fields["covers"] = [Frame("cover", record("space from_ to", it)) for it in frame.covers]
    elif name == "answer" and frame.error is not None:
        frame.fields["error"] = Frame("fault", record(FAULT, frame.error))
    return frame


def unpack(body: list) -> list:
    """The records in a body."""
    tag, (data,) = body[0], body[1][:1]
    if tag == 1:
        inflate = zlib.decompressobj()
        data = inflate.decompress(data, INFLATED_BYTES_MAX)
        if not inflate.eof:
            raise ValueError("the body inflates to more than it may")
    return cbor2.loads(data)


def entry(values: list) -> Frame:
    """A log entry: the event, with its place in the log as `seq`; the seq of a saved
    document itself is `contains`."""
    seq, (tag, fields) = values[:2]
    name, names = EVENTS[tag]
    fields = record(names, fields[0] if name in WRAPPED else fields)
    if name == "saved":
        fields["contains"] = fields["seq"]
    return Frame(name, {**fields, "seq": seq})


def verdict(values: list) -> Frame:
    tag, fields = values
    if tag == 0:
        return Frame("accepted", record("hash seq receipt", fields))
    return Frame("refused", record("hash code path rule permanent", fields))


def encode(tag: int, *fields: Any) -> bytes:
    """A frame of the client."""
    return cbor2.dumps([tag, list(fields)])


def hello(epoch: Optional[bytes], cursors: list, views: bool, credit: int) -> bytes:
    return encode(0, [1, epoch, cursors, views, credit, "umbra-interop-python 1"])


def push(id_: int, items: list, atomic: bool = False) -> bytes:
    return encode(1, [id_, atomic, items])


def item(doc: bytes, chunks: list[bytes], create: Optional[list] = None) -> list:
    """The changes of one document; `create` is space, kind and privacy."""
    return [doc, create, chunks]


def create_space(id_: int, space: bytes, kind: str) -> bytes:
    return encode(2, id_, [0, [space, kind]])


def credit(more: int) -> bytes:
    return encode(3, more)


def purged(order: int) -> bytes:
    return encode(4, [order])


def presence(space: bytes, doc: Optional[bytes], state: Optional[bytes]) -> bytes:
    return encode(5, [space, doc, state])
