"""Numbers, runs, deltas and flags (PROTOCOL.md section 9)."""

from __future__ import annotations

from typing import Callable, Optional


def uleb(number: int) -> bytes:
    """An unsigned LEB128 number."""
    out = bytearray()
    while True:
        byte, number = number & 0x7F, number >> 7
        out.append(byte | (0x80 if number else 0))
        if not number:
            return bytes(out)


def sleb(number: int) -> bytes:
    """A signed LEB128 number."""
    out = bytearray()
    while True:
        byte, number = number & 0x7F, number >> 7
        done = (number == 0 and not byte & 0x40) or (number == -1 and byte & 0x40)
        out.append(byte | (0 if done else 0x80))
        if done:
            return bytes(out)


def text(value: str) -> bytes:
    """A text with its length before it."""
    raw = value.encode()
    return uleb(len(raw)) + raw


class Reader:
    """A place in some bytes."""

    def __init__(self, data: bytes):
        self.data, self.at = data, 0

    def __bool__(self) -> bool:
        return self.at < len(self.data)

    def take(self, length: int) -> bytes:
        if self.at + length > len(self.data):
            raise ValueError("the bytes end in the middle")
        self.at += length
        return self.data[self.at - length : self.at]

    def uleb(self) -> int:
        number = shift = 0
        while True:
            byte = self.take(1)[0]
            number |= (byte & 0x7F) << shift
            shift += 7
            if not byte & 0x80:
                return number

    def sleb(self) -> int:
        number = shift = 0
        while True:
            byte = self.take(1)[0]
            number |= (byte & 0x7F) << shift
            shift += 7
            if not byte & 0x80:
                return number - (1 << shift) if byte & 0x40 else number

    def text(self) -> str:
        return self.take(self.uleb()).decode()


def runs(values: list, encode: Callable[..., bytes]) -> bytes:
    """A column of values, `None` among them, in its one spelling."""
    if all(value is None for value in values):
        return b""
    out, at, literals = bytearray(), 0, []

    def flush() -> None:
        if literals:
            out.extend(sleb(-len(literals)) + b"".join(map(encode, literals)))
            literals.clear()

    while at < len(values):
        end = at
        while end < len(values) and values[end] == values[at]:
            end += 1
        if values[at] is None:
            flush()
            out.extend(sleb(0) + uleb(end - at))
        elif end - at > 1:
            flush()
            out.extend(sleb(end - at) + encode(values[at]))
        else:
            literals.append(values[at])
        at = end
    flush()
    return bytes(out)


def deltas(values: list[Optional[int]]) -> bytes:
    """A column of numbers, each as its distance from the one before."""
    last, distances = 0, []
    for value in values:
        distances.append(None if value is None else value - last)
        last = last if value is None else value
    return runs(distances, sleb)


def flags(values: list[bool]) -> bytes:
    """A column of flags: lengths of runs, of false first."""
    out, current, length = bytearray(), False, 0
    for value in values:
        if value != current:
            out.extend(uleb(length))
            current, length = value, 0
        length += 1
    return bytes(out + uleb(length)) if values else b""


def read_runs(data: bytes, count: Optional[int], decode: Callable[[Reader], object]) -> list:
    """The values of a column; nulls where it is left out."""
    if not data:
        return [None] * (count or 0)
    reader, values = Reader(data), []
    while reader:
        header = reader.sleb()
        if header > 0:
            values.extend([decode(reader)] * header)
        elif header < 0:
            values.extend(decode(reader) for _ in range(-header))
        else:
            values.extend([None] * reader.uleb())
    if count is not None and len(values) != count:
        raise ValueError(f"a column has {len(values)} rows, not {count}")
    return values


def read_deltas(data: bytes, count: Optional[int]) -> list:
    """The numbers of a column of distances."""
    last, values = 0, []
    for distance in read_runs(data, count, Reader.sleb):
        if distance is not None:
            last += distance
        values.append(None if distance is None else last)
    return values


def read_flags(data: bytes, count: int) -> list[bool]:
    """The flags of a column."""
    reader, values, current = Reader(data), [], False
    while reader:
        values.extend([current] * reader.uleb())
        current = not current
    return values or [False] * count
