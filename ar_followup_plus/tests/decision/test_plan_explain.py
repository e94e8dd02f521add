"""explain() and preview() say what plan() does, for every item of a mixed ledger."""

from datetime import timedelta

from babel.messages.extract import extract_from_file

from odoo.tools import file_path

from ...demo.situations import Situations
from ...engine.decision.reasons import Reason
from ..common import ArCommon


class TestPlanExplain(ArCommon):
    """The customers of the demonstration, and some more, on several days."""

    with_users = False

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["res.lang"]._activate_lang("fr_FR")
        second = cls.setup_other_company(name="Other Company")["company"]
        cls._live(second)
        cls.env.user.company_ids |= second
        cls.env = cls.env(
            context=dict(
                cls.env.context, allowed_company_ids=[cls.company.id, second.id]
            )
        )
        cls._every_day()
        company = cls.company.with_env(cls.env)
        Situations(company, second.with_env(cls.env), cls.today).build()
        # Back to working days, and a mixture of ages and kinds
        cls.company.resource_calendar_id = cls._calendar(cls.company, "01234")
        for number, kind in enumerate(("business", "consumer", "public", "group")):
            partner = cls._customer(f"Mixed {kind}")
            cls._debtor(partner, kind=kind, profile=("new", "good")[number % 2])
            for days in (-4, 2, 11, 25, 44, 70):
                cls._invoice(partner, 90 * (number + 1) + days, days + number)
            cls._credit(partner, 35)
            cls._pay_on_account(partner, 20 * number + 5)
        cls.company.ar_state = "ask"
        cls._plan(cls._ago(30))
        cls._leave(cls._notices(None, "proposed"))

    def test_every_sentence_is_translated(self):
        path = file_path("ar_followup_plus/engine/decision/reasons.py")
        known = {
            found[1]
            for found in extract_from_file(
                "odoo.tools.babel:extract_python", path, keywords={"_lt": None}
            )
        }
        texts = {
            text
            for reason in Reason
            for name in ("sentence", "sentence_until", "sentence_partly")
            for text in (getattr(reason, name), reason.sentence_bare, reason.on_page)
            if text
        }
        self.assertEqual(texts, known)
        env = self.env(context={"lang": "fr_FR"})
        same = {text for text in texts if env._(text) == text}
        self.assertEqual(same, set())

    def _debtors(self):
        return self.env["ar.debtor"].search([("company_id", "=", self.company.id)])

    def _said(self, on):
        """Return ``{item: (amount, step or reason)}`` as explain() has it."""
        return {
            entry["move_line_id"]: (entry["amount"], entry["step"] or entry["reason"])
            for entry in self._debtors().explain(on)
        }

    def test_every_item_on_every_day(self):
        items = self.env["ar.open.item"].search([("company_id", "=", self.company.id)])
        self.assertGreater(len(items), 45)
        reasons = dict(self.env["ar.debtor"]._fields["next_reason"].selection)
        taken = 0
        for days in (0, 1, 4, 6, 9, 20, 45):
            day = self._ago(-days)
            said = self._said(day)
            self.assertEqual(set(said), set(items.ids))
            before = self._notices()
            self._plan(day)
            made = self._notices() - before
            steps = {
                line.move_line_id.id: (line.amount, line.step_id.name)
                for line in made.line_ids
                if line.step_id
            }
            wanted = {
                item: (amount, what)
                for item, (amount, what) in said.items()
                if what not in reasons
            }
            self.assertEqual(steps, wanted, day)
            taken += len(steps)
            self._leave(made, day)
        self.assertGreater(taken, 20)

    def test_all_have_words(self):
        for debtor in self._debtors():
            for entry in debtor.explain():
                self.assertTrue(entry["message"].strip().endswith("."), entry)
                self.assertTrue(entry["step"] or entry["reason"], entry)
                self.assertNotIn("False", entry["message"])
                self.assertEqual(entry["debtor_id"], debtor.id)

    def test_preview_writes_nothing_and_comes_true(self):
        # Money that lies at the bank unmatched is taken as theirs for good, and the
        # run forgets it after ten working days
        debtors = self._debtors().filtered(lambda d: "Bank Line" not in d.display_name)
        self.env.flush_all()
        before = self._notices()
        coming = debtors.preview(20)
        self.assertEqual(self._notices(), before)
        self.assertTrue(coming)
        self.assertEqual(
            coming, sorted(coming, key=lambda e: (e["date"], e["debtor_id"]))
        )
        happened = []
        for days in range(21):
            day = self._ago(-days)
            known = self._notices()
            self._plan(day)
            made = self._notices() - known
            first = {}
            for notice in made.filtered(lambda n: n.debtor_id in debtors):
                first.setdefault(notice.debtor_id, notice)
            happened += [
                (day, notice.debtor_id.id, notice.step_id.name, notice.amount)
                for notice in first.values()
            ]
            self._leave(made, day)
        said = [
            (
                entry["date"],
                entry["debtor_id"],
                entry["step"],
                round(entry["amount"], 2),
            )
            for entry in coming
        ]
        self.assertEqual(sorted(said), sorted(happened))

    def test_preview_of_the_past_and_of_nothing(self):
        self.assertEqual(self._debtor(self._customer("Nobody")).preview(), [])
        debtor = self._debtor(self._customer("Nobody Else"))
        self.assertEqual(debtor.explain(), [])
        self.assertEqual(debtor.explain(self.today - timedelta(days=400)), [])
