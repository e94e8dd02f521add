"""Kills, cuts and flaky servers at random moments; ``script/chaos`` does it at length."""

import random

from odoo.tests import BaseCase, tagged

from ..chaos_common import Broken, Chaos

#: Customers, and processes killed at random moments.
CUSTOMERS, KILLS = 80, 20


@tagged("post_install", "-at_install")
class TestChaos(BaseCase):
    """Every notice that should exist exists once, and every inbox has it once."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.seed = random.randrange(10**6)
        cls.chaos = Chaos(random.Random(cls.seed), CUSTOMERS)
        cls.addClassCleanup(cls.chaos.close)

    def _with(self, fault, *arguments, **options):
        """Let a fault happen; the seed is part of what a failure says."""
        try:
            return getattr(self.chaos, fault)(*arguments, **options)
        except Broken as error:
            raise self.failureException(f"Seed {self.seed}: {error}") from error

    def test_killed_at_random_moments(self):
        killed, rounds = 0, 0
        while killed < KILLS:
            rounds += 1
            self.assertLess(rounds, KILLS)
            killed += self._with("kills")
        self.assertGreater(self.chaos.counts["paid meanwhile"], 0)
        self.assertGreater(self.chaos.counts["stopped meanwhile"], 0)
        self.assertGreater(self.chaos.counts["excluded meanwhile"], 0)

    def test_the_check_finds_what_is_wrong(self):
        """A message lost, one sent twice, and one to somebody left alone."""
        chaos = self.chaos
        chaos._begin()
        chaos._work("night")
        chaos.check()
        debtor = next(iter(chaos.wanted))
        address = chaos.addresses[debtor]
        [path] = [
            path
            for path in chaos.sink.folder.glob("*.eml")
            if f"X-Sent-To: {address}\n" in path.read_text().replace("\r", "")
        ]
        text = path.read_bytes()
        path.unlink()
        with self.assertRaises(Broken):
            chaos.check()
        for name in ("a.eml", "b.eml"):
            path.with_name(name).write_bytes(text)
        with self.assertRaises(Broken):
            chaos.check()
        path.with_name("b.eml").unlink()
        chaos.check()
        chaos.alone.add(debtor)
        with self.assertRaises(Broken):
            chaos.check()

    def test_eight_processes_at_once(self):
        self._with("crowd", 8)

    def test_connections_cut(self):
        self._with("cuts")
        self.assertGreater(self.chaos.counts["connections cut"], 0)

    def test_flaky_mail_server(self):
        self._with("flaky")

    def test_random_books(self):
        self._with("oracle", 2)
        self.assertEqual(self.chaos.counts["books read a second time"], 2)

    def test_template_raises_for_one(self):
        self._with("rotten")

    def test_poisoned_files(self):
        self._with("poison", packs=2, kills=1)

    def test_wkhtmltopdf_missing(self):
        self._with("no_pdf", missing=True, some=2)

    def test_wkhtmltopdf_killed(self):
        self._with("no_pdf", missing=False, some=2)

    def test_accountants_are_not_disturbed(self):
        """No error, no retry caused by us, and no wait for a lock of a second.

        None of ours writes what is accounting's: it would raise.
        """
        found = self._with("accountants", seconds=8)
        self.assertFalse(found["errors"], "\n".join(found["errors"]))
        self.assertGreaterEqual(found["acts"], 10)
        self.assertGreaterEqual(found["rounds"], 2)
        self.assertLess(found["longest wait"], 1)
