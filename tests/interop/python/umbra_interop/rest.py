"""Signing in and members (PROTOCOL.md section 2, REST.md)."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
import uuid
from typing import Any, Optional

from .session import Account


class Problem(Exception):
    """What the server answered instead."""

    def __init__(self, status: int, body: dict):
        super().__init__(f"{status} {body.get('code')}: {body.get('detail')}")
        self.status, self.code = status, body.get("code")


def ask(url: str, method: str, path: str, body: Any = None, token: Optional[str] = None) -> Any:
    """One request; the JSON of its answer."""
    headers = {"Content-Type": "application/json"}
    if token:
        headers["Authorization"] = f"Bearer {token}"
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url + path, data, headers, method=method)
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            text = answer.read()
    except urllib.error.HTTPError as error:
        raise Problem(error.code, json.loads(error.read() or b"{}")) from None
    return json.loads(text) if text else None


def sign_in(url: str, how: str, name: str, password: str) -> Account:
    """Signs in as a new device: `how` is `setup`, `auth/register` or `auth/login`."""
    device = {"name": "interop", "platform": "linux"}
    body = {"name": name, "password": password, "device": device}
    answer = ask(url, "POST", f"/api/{how}", body)
    return Account(
        url,
        answer["token"],
        uuid.UUID(answer["user"]["id"]).bytes,
        uuid.UUID(answer["device"]["id"]).bytes,
        bytes.fromhex(answer["device"]["prefix"]),
    )


class Members:
    """Who is in a space, as its owner decides."""

    def __init__(self, account: Account, space: bytes):
        self.account, self.path = account, f"/api/spaces/{uuid.UUID(bytes=space)}"

    def _ask(self, method: str, path: str, body: Any = None) -> Any:
        return ask(self.account.url, method, self.path + path, body, self.account.token)

    def add(self, name: str, role: str) -> None:
        self._ask("POST", "/members", {"name": name, "role": role})

    def change(self, user: bytes, role: str) -> None:
        self._ask("PATCH", f"/members/{uuid.UUID(bytes=user)}", {"role": role})

    def remove(self, user: bytes) -> None:
        self._ask("DELETE", f"/members/{uuid.UUID(bytes=user)}")

    def purges(self) -> list:
        return self._ask("GET", "/purges")
