"""This client against a real server: it signs in, syncs, edits, and gets verdicts."""

import unittest

from server import Server, genesis
from umbra_interop import rest, wire
from umbra_interop.session import Closed, Replica, Session

PASSWORD = "correct horse battery"


class Live(unittest.IsolatedAsyncioTestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = Server().__enter__()
        cls.addClassCleanup(cls.server.__exit__)
        cls.ann = rest.sign_in(cls.server.url, "setup", "ann", PASSWORD)
        rest.ask(cls.ann.url, "PUT", "/api/admin/settings", {"registration": "open"}, cls.ann.token)
        cls.genesis = genesis()

    def replica(self):
        return Replica(dict(self.genesis))

    def register(self, name):
        return rest.sign_in(self.server.url, "auth/register", name, PASSWORD)

    def another_device(self, name):
        return rest.sign_in(self.server.url, "auth/login", name, PASSWORD)

    def test_the_document_gives_every_genesis(self):
        self.assertEqual(set(self.genesis), {"space", "todo", "event", "comment", "prefs"})

    def test_a_wrong_password_is_a_named_problem(self):
        with self.assertRaises(rest.Problem) as raised:
            rest.sign_in(self.server.url, "auth/login", "ann", "not the password")
        self.assertEqual((raised.exception.status, raised.exception.code), (401, "bad_credentials"))

    async def test_an_edit_is_accepted_and_reaches_another_device(self):
        async with Session(self.ann, self.replica()) as laptop:
            await laptop.synced()
            space = await laptop.create_space("list")
            doc, verdicts = await laptop.create(space, "todo", title="Buy milk")
            self.assertEqual([it.name for it in verdicts], ["accepted"])
            async with Session(self.another_device("ann"), self.replica(), views=True) as phone:
                await phone.synced()
                held = phone.replica.docs[doc]
                self.assertEqual((held.document.get("title"), held.kind), ("Buy milk", "todo"))
                self.assertEqual(held.view["title"], "Buy milk")
                verdicts = await phone.edit(doc, lambda it, _: [it.put("title", "Buy oat milk")])
                self.assertEqual(verdicts[0].name, "accepted")
                mine = laptop.replica.docs[doc]
                await laptop.until(lambda: mine.document.get("title") == "Buy oat milk")
                verdicts = await laptop.edit(doc, lambda it, actor: it.prepend("notes", "Two. é", actor))
                self.assertEqual(verdicts[0].name, "accepted")
                await phone.until(lambda: held.view.get("notes") == "Two. é")
                self.assertEqual(held.document.heads, mine.document.heads)

    async def test_pushing_again_gets_the_same_verdict(self):
        async with Session(self.ann, self.replica()) as session:
            await session.synced()
            space = await session.create_space("list")
            doc, (first,) = await session.create(space, "todo", title="Once")
            document = session.replica.docs[doc].document
            change = document.edit(session.actor(doc), 0, [document.put("title", "Twice")])
            one = await session.push(doc, change)
            two = await session.push(doc, change)
            self.assertEqual([it.fields for it in one], [it.fields for it in two])
            self.assertGreater(one[0].seq, first.seq)

    async def test_a_viewer_is_refused_with_the_reason_and_then_promoted(self):
        bob = self.register("bob")
        async with Session(self.ann, self.replica()) as owner:
            await owner.synced()
            space = await owner.create_space("list")
            doc, _ = await owner.create(space, "todo", title="Ours")
            members = rest.Members(self.ann, space)
            members.add("bob", "viewer")
            async with Session(bob, self.replica()) as guest:
                await guest.synced()
                verdicts = await guest.edit(doc, lambda it, _: [it.put("title", "Mine")])
                (refused,) = verdicts
                self.assertEqual((refused.name, refused.code), ("refused", "role_too_weak"))
                self.assertEqual((refused.path, refused.permanent), ("title", True))
                self.assertEqual(refused.rule, "todo.write.editor")
                members.change(bob.user, "editor")
                await guest.until(lambda: guest.replica.spaces[space].role == "editor")
                (accepted,) = await guest.edit(doc, lambda it, _: [it.put("title", "Mine")])
                self.assertEqual(accepted.name, "accepted")
                held = owner.replica.docs[doc]
                await owner.until(lambda: held.document.get("title") == "Mine")

    async def test_a_removed_member_is_told_to_purge_and_cut_off(self):
        carol = self.register("carol")
        async with Session(self.ann, self.replica()) as owner:
            await owner.synced()
            space = await owner.create_space("list")
            doc, _ = await owner.create(space, "todo", title="Ours")
            members = rest.Members(self.ann, space)
            members.add("carol", "editor")
            replica = self.replica()
            async with Session(carol, replica) as guest:
                await guest.synced()
                self.assertIn(doc, replica.docs)
                members.remove(carol.user)
                with self.assertRaises(Closed) as raised:
                    await guest.until(lambda: False)
                self.assertEqual(raised.exception.code, 4403)
            self.assertNotIn(doc, replica.docs)
            async with Session(carol, replica) as guest:
                await guest.synced()
                self.assertNotIn(space, replica.spaces)
                # What arrived before the end was confirmed then, or is ordered again.
                await guest.until(lambda: len(replica.purged) > 0)
                (order,) = members.purges()
                self.assertEqual((order["user_name"], order["reason"]), ("carol", "removed"))

    async def test_reconnecting_costs_what_changed(self):
        replica = self.replica()
        laptop = self.another_device("ann")
        async with Session(laptop, replica) as session:
            await session.synced()
            space = await session.create_space("list")
            docs = [(await session.create(space, "todo", title=f"Todo {n}"))[0] for n in range(20)]
        async with Session(laptop, replica) as session:
            await session.synced()
            self.assertEqual(session.streamed, 0)
        async with Session(self.another_device("ann"), self.replica()) as phone:
            await phone.synced()
            await phone.edit(docs[7], lambda it, _: [it.put("title", "Changed")])
        async with Session(laptop, replica) as session:
            await session.synced()
            self.assertEqual(replica.docs[docs[7]].document.get("title"), "Changed")
            self.assertLess(session.streamed, 400)

    async def test_presence_is_stamped_and_passed_on(self):
        async with Session(self.ann, self.replica()) as one:
            await one.synced()
            space = await one.create_space("list")
            async with Session(self.another_device("ann"), self.replica()) as two:
                await two.synced()
                await two.send(wire.presence(space, None, b"here"))
                await one.until(lambda: len(one.presence) > 0)
                peer = one.presence[0]
                self.assertEqual((peer.user, peer.device), (self.ann.user, two.account.device))
                self.assertEqual((peer.space, peer.state), (space, b"here"))

    async def test_what_is_no_frame_closes_with_a_fault(self):
        async with Session(self.ann, self.replica()) as session:
            await session.send(bytes.fromhex("82186301"))
            with self.assertRaises(Closed) as raised:
                await session.until(lambda: False)
            self.assertEqual(raised.exception.code, 4400)
            self.assertEqual([(it.code, it.fatal) for it in session.faults], [("frame_malformed", True)])

    async def test_a_change_in_anothers_name_is_refused(self):
        async with Session(self.ann, self.replica()) as session:
            await session.synced()
            space = await session.create_space("list")
            doc, _ = await session.create(space, "todo", title="Mine")
            document = session.replica.docs[doc].document
            forged = document.edit(bytes(8) + bytes(range(8)), 0, [document.put("title", "Theirs")])
            (refused,) = await session.push(doc, forged)
            self.assertEqual((refused.code, refused.permanent), ("actor_foreign", True))


if __name__ == "__main__":
    unittest.main()
