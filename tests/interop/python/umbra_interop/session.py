"""One connection (PROTOCOL.md sections 3, 8, 11 and 12) and the replica it feeds."""

from __future__ import annotations

import asyncio
import json
import os
import time
import uuid
from dataclasses import dataclass, field
from typing import Any, Callable, Optional

import websockets

from . import wire
from .change import Change, Op, Scalar
from .document import Document

SUBPROTOCOL = "umbra.v1"
CREDIT = 1 << 20


@dataclass
class Account:
    """What signing in gave: PROTOCOL.md section 2."""

    url: str
    token: str
    user: bytes
    device: bytes
    prefix: bytes


@dataclass
class Held:
    """A document that the replica holds, with its facts."""

    space: bytes
    kind: str
    creator: bytes
    privacy: str
    document: Document
    #: Every log entry about it up to this one is contained.
    seq: int = 0
    view: Optional[dict] = None


@dataclass
class Replica:
    """What a device keeps. Here in memory; a real client writes it down."""

    genesis: dict[str, bytes]
    epoch: Optional[bytes] = None
    spaces: dict[bytes, wire.Frame] = field(default_factory=dict)
    cursors: dict[bytes, list] = field(default_factory=dict)
    docs: dict[bytes, Held] = field(default_factory=dict)
    members: dict[bytes, list[wire.Frame]] = field(default_factory=dict)
    receipts: dict[bytes, wire.Frame] = field(default_factory=dict)
    purged: list[int] = field(default_factory=list)

    def take_doc(self, space: bytes, packed: wire.Frame, seq: int) -> None:
        """A document from a pack, or one that was folded."""
        genesis = self.genesis[packed.kind]
        document = Document.load(packed.saved, genesis) if packed.saved else Document(genesis)
        for chunk in packed.chunks:
            document.apply(chunk)
        self.docs[packed.doc] = Held(
            space, packed.kind, packed.creator, packed.privacy, document, seq,
            json.loads(packed.view) if packed.view else None,
        )

    def take_entry(self, space: bytes, entry: wire.Frame) -> None:
        if entry.name == "created":
            document = Document(self.genesis[entry.kind])
            self.docs.setdefault(
                entry.doc, Held(space, entry.kind, entry.creator, entry.privacy, document)
            )
        elif entry.name == "change":
            held = self.docs[entry.doc]
            if entry.seq > held.seq:
                held.document.apply(entry.chunk)
                held.seq = entry.seq
            held.view = json.loads(entry.view) if entry.view else held.view
        elif entry.name == "saved":
            self.take_doc(space, entry, entry.contains)
        elif entry.name == "member":
            self.members.setdefault(space, []).append(entry)
        elif entry.name == "privacy" and entry.doc in self.docs:
            self.docs[entry.doc].privacy = entry.privacy
        elif entry.name == "purged":
            self.docs.pop(entry.doc, None)

    def remove(self, space: bytes, doc: Optional[bytes]) -> None:
        """Carries out a purge order."""
        if doc is not None:
            self.docs.pop(doc, None)
            return
        self.docs = {id_: held for id_, held in self.docs.items() if held.space != space}
        for kept in (self.spaces, self.cursors, self.members):
            kept.pop(space, None)


class Closed(Exception):
    """The server closed the connection."""

    def __init__(self, code: int, reason: str):
        super().__init__(f"closed with {code}: {reason}")
        self.code, self.reason = code, reason


class Session:
    """A connection that feeds a replica."""

    def __init__(self, account: Account, replica: Replica, views: bool = False):
        self.account, self.replica, self.views = account, replica, views
        self.current: set[bytes] = set()
        self.welcome: Optional[wire.Frame] = None
        self.faults: list[wire.Frame] = []
        self.presence: list[wire.Frame] = []
        self.streamed = 0
        self._answers: dict[tuple[str, int], wire.Frame] = {}
        self._numbers = 0
        self._actors: dict[bytes, bytes] = {}
        self._socket: Any = None

    async def __aenter__(self) -> "Session":
        url = self.account.url.replace("http", "ws", 1) + "/sync"
        headers = {"Authorization": f"Bearer {self.account.token}"}
        self._socket = await websockets.connect(
            url, subprotocols=[SUBPROTOCOL], additional_headers=headers, max_size=1 << 20,
            compression=None,
        )
        cursors = [[space, seq, to] if to else [space, seq]
                   for space, (seq, to) in self.replica.cursors.items()]
        hello = wire.hello(self.replica.epoch, cursors, self.views, CREDIT)
        await self.send(hello)
        await self.until(lambda: self.welcome is not None)
        return self

    async def __aexit__(self, *_: Any) -> None:
        await self._socket.close()

    async def until(self, done: Callable[[], bool], seconds: float = 20) -> None:
        """Takes what comes until something holds."""
        end = time.monotonic() + seconds
        while not done():
            await asyncio.wait_for(self.step(), max(0.01, end - time.monotonic()))

    async def synced(self) -> None:
        """Takes what comes until every space is current."""
        await self.until(lambda: self.current >= set(self.replica.spaces))

    async def step(self) -> None:
        """Takes one frame."""
        try:
            message = await self._socket.recv()
        except websockets.ConnectionClosed as closed:
            frame = closed.rcvd
            raise Closed(frame.code if frame else 1006, frame.reason if frame else "") from None
        frame = wire.decode(message)
        if frame.name in ("pack", "entries"):
            self.streamed += len(message)
            await self.send(wire.credit(len(message)))
        await getattr(self, f"_on_{frame.name}")(frame)

    async def _on_welcome(self, frame: wire.Frame) -> None:
        self.welcome = frame
        assert frame.prefix == self.account.prefix and frame.user == self.account.user
        self.replica.epoch = frame.epoch
        for state in frame.spaces:
            await self._on_space(state)

    async def _on_space(self, state: wire.Frame) -> None:
        if state.reset or state.space not in self.replica.cursors:
            self.replica.cursors.pop(state.space, None)
            self.current.discard(state.space)
        self.replica.spaces[state.space] = state

    async def _on_pack(self, frame: wire.Frame) -> None:
        for packed in frame.docs:
            self.replica.take_doc(frame.space, packed, packed.seq)
        for entry in frame.members:
            self.replica.take_entry(frame.space, entry)
        self.replica.cursors[frame.space] = [frame.seq, None if frame.last else frame.packed_to]

    async def _on_entries(self, frame: wire.Frame) -> None:
        cursor = self.replica.cursors[frame.space][0]
        assert frame.from_ <= cursor + 1 <= frame.to + 1, "a gap in the log"
        for entry in frame.entries:
            if entry.seq > cursor:
                self.replica.take_entry(frame.space, entry)
        self.replica.cursors[frame.space] = [max(cursor, frame.to), None]

    async def _on_current(self, frame: wire.Frame) -> None:
        self.replica.cursors[frame.space] = [frame.seq, None]
        self.current.add(frame.space)

    async def _on_verdicts(self, frame: wire.Frame) -> None:
        for cover in frame.covers:
            cursor = self.replica.cursors[cover.space]
            if cover.from_ <= cursor[0] + 1:
                cursor[0] = max(cursor[0], cover.to)
        self._answers["push", frame.id] = frame

    async def _on_answer(self, frame: wire.Frame) -> None:
        self._answers["command", frame.id] = frame

    async def _on_purge(self, frame: wire.Frame) -> None:
        self.replica.remove(frame.space, frame.doc)
        self.replica.purged.append(frame.order)
        await self.send(wire.purged(frame.order))

    async def _on_presence(self, frame: wire.Frame) -> None:
        self.presence.append(frame)

    async def _on_fault(self, frame: wire.Frame) -> None:
        self.faults.append(frame)

    async def answer(self, kind: str, number: int) -> wire.Frame:
        await self.until(lambda: (kind, number) in self._answers)
        return self._answers.pop((kind, number))

    def number(self) -> int:
        self._numbers += 1
        return self._numbers

    async def send(self, frame: bytes) -> None:
        try:
            await self._socket.send(frame)
        except websockets.ConnectionClosed:
            pass  # What was received before the end is still to be read.

    async def create_space(self, kind: str) -> bytes:
        """Brings a space into being."""
        space, number = uuid.uuid4().bytes, self.number()
        await self.send(wire.create_space(number, space, kind))
        answer = await self.answer("command", number)
        assert answer.error is None, answer.error
        await self.until(lambda: space in self.current)
        return space

    async def create(self, space: bytes, kind: str, **fields: Scalar) -> tuple[bytes, list]:
        """Brings a document into being; says its id and the verdicts."""
        doc = uuid.uuid4().bytes
        document = Document(self.replica.genesis[kind])
        fields = {"createdAt": int(time.time() * 1000), **fields}
        ops = [document.put(key, value) for key, value in fields.items()]
        change = document.edit(self.actor(doc), int(time.time()), ops)
        held = Held(space, kind, self.account.user, "default", document)
        verdicts = await self.push(doc, change, [space, kind, "default"])
        if verdicts[0].name == "accepted":
            document.apply(change.chunk())
            self.replica.docs.setdefault(doc, held)
        return doc, verdicts

    async def edit(self, doc: bytes, ops: Callable[[Document, bytes], list[Op]]) -> list:
        """Edits a document that is held; says the verdicts. What is refused leaves no
        trace, since the change is kept apart until it is accepted."""
        document, actor = self.replica.docs[doc].document, self.actor(doc)
        change = document.edit(actor, int(time.time()), ops(document, actor))
        verdicts = await self.push(doc, change)
        if verdicts[0].name == "accepted":
            document.apply(change.chunk())
        return verdicts

    async def push(self, doc: bytes, change: Change, create: Optional[list] = None) -> list:
        number = self.number()
        await self.send(wire.push(number, [wire.item(doc, [change.chunk()], create)]))
        verdicts = (await self.answer("push", number)).verdicts
        for verdict in verdicts:
            if verdict.name == "accepted":
                assert verdict.hash == change.hash
                self.replica.receipts[verdict.hash] = verdict
            elif verdict.permanent:
                # What would follow it under the same actor would be refused as well.
                del self._actors[doc]
        return verdicts

    def actor(self, doc: bytes) -> bytes:
        """This device's actor id for a document."""
        return self._actors.setdefault(doc, self.account.prefix + os.urandom(8))
