"""Headless Chromium, spoken to in its own protocol (CDP).

Commands are JSON over a WebSocket, so the tests' WebSocket library is all it takes: no
driver to keep in step with the browser, and no second browser to download.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any, Optional

from websockets.sync.client import connect

START_SECONDS = 60
ANSWER_SECONDS = 60


class PageError(Exception):
    """What a script in a page threw; `name` is that of a DOMException, if it is one."""

    def __init__(self, description: str):
        super().__init__(description)
        self.name = description.partition(":")[0]


class CommandFailed(Exception):
    """The browser refused a command."""


class Chromium:
    """The browser that UMBRA_CHROMIUM names. It ends with the `with`."""

    def __enter__(self) -> "Chromium":
        self._last = 0
        with contextlib.ExitStack() as ends:
            directory = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
            self._directory = Path(ends.enter_context(directory))
            with open(self._directory / "log", "w") as log:
                self._process = subprocess.Popen(self._command(), stdout=log, stderr=log)
            ends.callback(self._end)
            socket = connect(self._address(), max_size=1 << 24, compression=None)
            self._socket = ends.enter_context(socket)
            self._ends = ends.pop_all()
        return self

    def _command(self) -> list[str]:
        flags = [
            "--headless", "--remote-debugging-port=0", f"--user-data-dir={self._directory}/profile",
            "--no-first-run", "--disable-background-networking", "--disable-component-update",
            "--disable-extensions", "--disable-gpu", "--disable-sync",
        ]
        if os.geteuid() == 0:
            # Chromium gives root no sandbox. Its only pages are those of our own server.
            flags.append("--no-sandbox")
        return [os.environ["UMBRA_CHROMIUM"], *flags, "about:blank"]

    def _address(self) -> str:
        """Where it listens, which it writes down once it does."""
        port_file = self._directory / "profile" / "DevToolsActivePort"
        end = time.monotonic() + START_SECONDS
        while time.monotonic() < end and self._process.poll() is None:
            lines = port_file.read_text().splitlines() if port_file.exists() else []
            if len(lines) == 2:
                return f"ws://127.0.0.1:{lines[0]}{lines[1]}"
            time.sleep(0.05)
        said = (self._directory / "log").read_text()
        raise RuntimeError(f"the browser doesn't start; it said:\n{said}")

    def ask(self, method: str, session: Optional[str] = None, **parameters: Any) -> dict:
        """One command, and what it yields. Events in between are of no interest here."""
        self._last += 1
        command = {"id": self._last, "method": method, "params": parameters}
        if session:
            command["sessionId"] = session
        self._socket.send(json.dumps(command))
        end = time.monotonic() + ANSWER_SECONDS
        while True:
            answer = json.loads(self._socket.recv(timeout=end - time.monotonic()))
            if answer.get("id") != self._last:
                continue
            if "error" in answer:
                raise CommandFailed(f"{method}: {answer['error']}")
            return answer["result"]

    def page(self, url: str) -> "Page":
        """A new page with cookies of its own."""
        context = self.ask("Target.createBrowserContext")["browserContextId"]
        made = self.ask("Target.createTarget", url="about:blank", browserContextId=context)
        attached = self.ask("Target.attachToTarget", targetId=made["targetId"], flatten=True)
        page = Page(self, context, attached["sessionId"])
        page.go(url)
        return page

    def __exit__(self, *_: object) -> None:
        self._ends.close()

    def _end(self) -> None:
        self._process.terminate()
        self._process.wait(timeout=30)


class Page:
    """A page. What is evaluated in it runs as its own script, under its own policy."""

    def __init__(self, browser: Chromium, context: str, session: str):
        self._browser, self._context, self._session = browser, context, session

    def ask(self, method: str, **parameters: Any) -> dict:
        return self._browser.ask(method, self._session, **parameters)

    def go(self, url: str) -> None:
        """Goes there, and is there once the document is complete."""
        gone = self.ask("Page.navigate", url=url)
        if "errorText" in gone:
            raise CommandFailed(f"{url}: {gone['errorText']}")
        loaded = """() => new Promise((done) => {
            if (document.readyState === "complete") done();
            else addEventListener("load", () => done());
        })"""
        self.call(loaded)

    def call(self, function: str, *arguments: Any) -> Any:
        """What this function, called with these, comes to."""
        text = ", ".join(json.dumps(it) for it in arguments)
        answer = self.ask(
            "Runtime.evaluate", expression=f"({function})({text})",
            awaitPromise=True, returnByValue=True, userGesture=True,
        )
        if "exceptionDetails" in answer:
            raise PageError(answer["exceptionDetails"]["exception"]["description"])
        return answer["result"].get("value")

    def close(self) -> None:
        self._browser.ask("Target.disposeBrowserContext", browserContextId=self._context)
