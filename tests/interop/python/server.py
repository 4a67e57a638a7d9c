"""A real server for the tests: the binary that UMBRA_SERVER names."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import tempfile
import time
import urllib.request
from pathlib import Path

DOCUMENT = Path(__file__).parents[3] / "docs" / "PROTOCOL.md"


def genesis() -> dict[str, bytes]:
    """The first change of each kind, as the document gives it."""
    rows = re.findall(r"^\| (\w+) \| `[0-9a-f]{64}` \| `([0-9a-f]+)` \|$", DOCUMENT.read_text(), re.M)
    return {kind: bytes.fromhex(chunk) for kind, chunk in rows}


class Server:
    """Starts it over an empty directory, with these flags of `serve`, and over this
    PostgreSQL database where one is given; it ends with the `with`."""

    def __init__(self, *flags: str, database: str | None = None) -> None:
        self._flags = flags or ("--credential-tests-per-minute", "1000")
        # The environment hides the database's password from the list of processes.
        self._environment = {**os.environ, "DATABASE_URL": database} if database else None

    def __enter__(self) -> "Server":
        self._dir = tempfile.TemporaryDirectory()
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"
        self.database_file = Path(self._dir.name) / "data" / "umbra.sqlite"
        self._log = open(Path(self._dir.name) / "log", "w+")
        # The password hash is made cheap: it isn't what is tested here.
        command = [
            os.environ["UMBRA_SERVER"], "--data", f"{self._dir.name}/data",
            "--password-memory-kib", "64", "--password-passes", "1",
            "serve", "--listen", f"127.0.0.1:{port}", *self._flags,
        ]
        self._process = subprocess.Popen(
            command, stderr=self._log, stdout=self._log, env=self._environment
        )
        self._wait()
        return self

    def _wait(self) -> None:
        end = time.monotonic() + 30
        while time.monotonic() < end and self._process.poll() is None:
            try:
                urllib.request.urlopen(self.url + "/health", timeout=5).read()
                return
            except OSError:
                time.sleep(0.05)
        self.__exit__()
        raise RuntimeError("the server doesn't start")

    def log(self) -> str:
        self._log.flush()
        return (Path(self._dir.name) / "log").read_text()

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.wait(timeout=30)
        self._log.close()
        self._dir.cleanup()
