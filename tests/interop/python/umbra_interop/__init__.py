"""A small client for Umbra, written from docs/PROTOCOL.md alone.

It exists to show that the document is enough. It uses no code of Umbra's and no
Automerge library: changes are read and written by hand, a field at a time.

    columns   numbers, runs, deltas and flags of Automerge's binary format
    change    one change, to bytes and back
    document  a document as the sum of its changes, or as it was saved
    wire      frames
    session   one connection, and the replica that it feeds
"""
