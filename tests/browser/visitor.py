"""Somebody in front of a page of ours, with an authenticator."""

from __future__ import annotations

from typing import Any, Optional

from chromium import Chromium

ASK = """async (method, path, body) => {
    const headers = { "content-type": "application/json", "x-requested-with": "umbra" };
    const answer = await fetch(path, { method, headers, body: body && JSON.stringify(body) });
    const text = await answer.text();
    return [answer.status, text ? JSON.parse(text) : null];
}"""

CREATE = """async (options) => {
    const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(options.publicKey);
    return (await navigator.credentials.create({ publicKey })).toJSON();
}"""

GET = """async (options, changes) => {
    const asked = { ...options.publicKey, ...changes };
    const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(asked);
    const mediation = options.mediation;
    return (await navigator.credentials.get({ publicKey, mediation })).toJSON();
}"""

DEVICE = {"name": "browser", "platform": "web"}


class Visitor:
    """Asks the server from its page, as the web app would: by fetch, with a cookie."""

    def __init__(self, browser: Chromium, url: str):
        self.page = browser.page(url)
        self.page.ask("WebAuthn.enable")
        authenticator = {
            "protocol": "ctap2", "ctap2Version": "ctap2_1", "transport": "internal",
            "hasResidentKey": True, "hasUserVerification": True, "isUserVerified": True,
            "automaticPresenceSimulation": True,
        }
        made = self.page.ask("WebAuthn.addVirtualAuthenticator", options=authenticator)
        self._authenticator = made["authenticatorId"]

    def verifies(self, yes: bool) -> None:
        """Whether the authenticator recognises who is in front of it."""
        self._tell("WebAuthn.setUserVerified", isUserVerified=yes)

    def credentials(self) -> list[dict]:
        """What the authenticator holds."""
        return self._tell("WebAuthn.getCredentials")["credentials"]

    def _tell(self, method: str, **parameters: Any) -> dict:
        return self.page.ask(method, authenticatorId=self._authenticator, **parameters)

    def ask(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        status, answer = self.page.call(ASK, method, path, body)
        return status, answer

    def ok(self, method: str, path: str, body: Any = None) -> Any:
        """The answer to what must not be refused."""
        status, answer = self.ask(method, path, body)
        if not 200 <= status < 300:
            raise AssertionError(f"{method} {path}: {status} {answer}")
        return answer

    def register(self, name: str, password: str) -> dict:
        return self._enter("/api/auth/register", name, password)

    def sign_in(self, name: str, password: str) -> dict:
        return self._enter("/api/auth/login", name, password)

    def _enter(self, path: str, name: str, password: str) -> dict:
        body = {"name": name, "password": password, "device": DEVICE, "credential": "cookie"}
        return self.ok("POST", path, body)

    def make_passkey(self, name: str) -> dict:
        begun = self.ok("POST", "/api/auth/passkeys", {})
        passkey = self.page.call(CREATE, begun["options"])
        body = {"ceremony": begun["ceremony"], "name": name, "passkey": passkey}
        return self.ok("POST", "/api/auth/passkeys/finish", body)

    def challenge(self) -> dict:
        """A challenge to sign in, as a page asks for it: without a name."""
        return self.ok("POST", "/api/auth/login/passkey", {})

    def answer(self, options: dict, **changes: Any) -> dict:
        """What the authenticator says to these options, some of them changed."""
        return self.page.call(GET, options, changes)

    def finish(self, begun: dict, passkey: dict) -> tuple[int, Any]:
        body = {"ceremony": begun["ceremony"], "passkey": passkey, "device": DEVICE}
        return self.ask("POST", "/api/auth/login/passkey/finish", {**body, "credential": "cookie"})

    def signed_in(self) -> Optional[dict]:
        """Who the server takes this page for."""
        return self.ok("GET", "/api/auth/status")["signed_in"]
