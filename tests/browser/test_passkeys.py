"""A passkey, from its making to its end, in a browser and against a real server.

What no test without a browser can tell: that the browser takes the options as they are
sent, that the server takes the answers as the browser writes them, and that all of it
goes from a page of ours, under its policy, with a cookie.
"""

import base64
import contextlib
import sqlite3
import unittest

from chromium import Chromium, PageError
from server import Server
from umbra_interop import rest
from visitor import Visitor

PASSWORD = "correct horse battery"
PROOF_LIFE_MILLIS = 10 * 60 * 1000


class Passkeys(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = Server().__enter__()
        cls.addClassCleanup(cls.server.__exit__)
        admin = rest.sign_in(cls.server.url, "setup", "admin", PASSWORD)
        rest.ask(admin.url, "PUT", "/api/admin/settings", {"registration": "open"}, admin.token)
        # A passkey belongs to a name, never to an address.
        cls.url = cls.server.url.replace("127.0.0.1", "localhost")
        cls.browser = Chromium().__enter__()
        cls.addClassCleanup(cls.browser.__exit__)

    def visitor(self):
        visitor = Visitor(self.browser, self.url)
        self.addCleanup(visitor.page.close)
        return visitor

    def somebody(self, name):
        """Somebody with an account and a passkey, who is signed in."""
        visitor = self.visitor()
        visitor.register(name, PASSWORD)
        return visitor, visitor.make_passkey("laptop")

    def outlive_proofs(self):
        """Lets the last proof of everybody be too long ago, in place of waiting."""
        with contextlib.closing(sqlite3.connect(self.server.database_file, timeout=10)) as database:
            database.execute("UPDATE sessions SET fresh_at = fresh_at - ?", (PROOF_LIFE_MILLIS,))
            database.commit()

    def refused(self, answer, status, code):
        self.assertEqual((answer[0], answer[1]["code"]), (status, code))

    def test_a_passkey_is_made_and_signs_in_without_a_name(self):
        ada = self.visitor()
        ada.register("ada", PASSWORD)
        ada.ok("POST", "/api/auth/logout")
        self.assertIsNone(ada.signed_in())
        ada.sign_in("ada", PASSWORD)
        self.assertFalse(ada.signed_in()["has_passkeys"])

        self.outlive_proofs()
        begin = ("POST", "/api/auth/passkeys", {})
        self.refused(ada.ask(*begin), 403, "fresh_authentication_needed")
        wrong = ada.ask("POST", "/api/auth/confirm", {"password": "another"})
        self.refused(wrong, 401, "bad_credentials")
        self.refused(ada.ask(*begin), 403, "fresh_authentication_needed")
        ada.ok("POST", "/api/auth/confirm", {"password": PASSWORD})
        made = ada.make_passkey("laptop")
        self.assertEqual((made["name"], made["used_at"]), ("laptop", None))
        (held,) = ada.credentials()
        self.assertTrue(held["isResidentCredential"])
        self.assertEqual(held["rpId"], "localhost")

        ada.ok("POST", "/api/auth/logout")
        self.assertIsNone(ada.signed_in())
        begun = ada.challenge()
        self.assertEqual(begun["options"]["publicKey"]["allowCredentials"], [])
        answer = ada.answer({**begun["options"], "mediation": "optional"})
        status, _ = ada.finish(begun, answer)
        self.assertEqual(status, 200)
        who = ada.signed_in()
        self.assertEqual((who["user"]["name"], who["has_passkeys"]), ("ada", True))
        (listed,) = ada.ok("GET", "/api/auth/passkeys")
        self.assertIsNotNone(listed["used_at"])
        self.refused(ada.finish(begun, answer), 409, "ceremony_over")

        # It proves anew as well, and no script of the page can read the cookie.
        self.outlive_proofs()
        begun = ada.ok("POST", "/api/auth/confirm/passkey", {})
        body = {"ceremony": begun["ceremony"], "passkey": ada.answer(begun["options"])}
        ada.ok("POST", "/api/auth/confirm/passkey/finish", body)
        ada.ok(*begin)
        self.assertEqual(ada.page.call("() => document.cookie"), "")

    def test_whoever_was_not_verified_is_refused(self):
        bob, _ = self.somebody("bob")
        bob.ok("POST", "/api/auth/logout")
        bob.verifies(False)
        begun = bob.challenge()
        options = {**begun["options"], "mediation": "optional"}
        with self.assertRaises(PageError) as raised:
            bob.answer(options)
        self.assertEqual(raised.exception.name, "NotAllowedError")
        # A page that asks for less gets an answer, and the server doesn't take it.
        answer = bob.answer(options, userVerification="discouraged")
        data = base64.urlsafe_b64decode(answer["response"]["authenticatorData"] + "==")
        user_present, user_verified = data[32] & 1, data[32] & 4
        self.assertEqual((user_present, user_verified), (1, 0))
        self.refused(bob.finish(begun, answer), 401, "passkey_refused")
        self.assertIsNone(bob.signed_in())

    def test_a_removed_passkey_opens_nothing(self):
        carol, made = self.somebody("carol")
        carol.ok("DELETE", f"/api/auth/passkeys/{made['id']}")
        self.assertFalse(carol.signed_in()["has_passkeys"])
        carol.ok("POST", "/api/auth/logout")
        begun = carol.challenge()
        # The authenticator doesn't know, and answers as before.
        answer = carol.answer({**begun["options"], "mediation": "optional"})
        self.refused(carol.finish(begun, answer), 401, "passkey_refused")
        self.assertIsNone(carol.signed_in())

    def test_an_authenticator_holds_one_of_an_account(self):
        dave, _ = self.somebody("dave")
        with self.assertRaises(PageError) as raised:
            dave.make_passkey("again")
        self.assertEqual(raised.exception.name, "InvalidStateError")
        self.assertEqual(len(dave.credentials()), 1)

    def test_a_browser_may_offer_passkeys_where_the_name_is_typed(self):
        erin, _ = self.somebody("erin")
        erin.ok("POST", "/api/auth/logout")
        available = "() => PublicKeyCredential.isConditionalMediationAvailable()"
        self.assertTrue(erin.page.call(available))
        begun = erin.challenge()
        self.assertEqual(begun["options"]["mediation"], "conditional")
        status, _ = erin.finish(begun, erin.answer(begun["options"]))
        self.assertEqual(status, 200)
        self.assertEqual(erin.signed_in()["user"]["name"], "erin")

    def test_the_page_stays_under_a_strict_policy(self):
        visitor = self.visitor()
        # What the browser says to have stopped, and by which directive.
        violation = """(attempt) => new Promise((done) => {
            addEventListener("securitypolicyviolation", (it) => done(it.effectiveDirective));
            attempt();
        })"""
        inline = """() => {
            const script = document.createElement("script");
            script.textContent = "window.ran = true";
            document.body.append(script);
        }"""
        elsewhere = "() => fetch('http://127.0.0.1:9/').catch(() => null)"
        for attempt, directive in [(inline, "script-src-elem"), (elsewhere, "connect-src")]:
            stopped = visitor.page.call(f"() => ({violation})({attempt})")
            self.assertEqual(stopped, directive)
        self.assertIsNone(visitor.page.call("() => window.ran"))


if __name__ == "__main__":
    unittest.main()
