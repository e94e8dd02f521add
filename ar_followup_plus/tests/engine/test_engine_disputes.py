"""Rules of the decision about disputes, and what holds for any sequence of events."""

from hypothesis import given
from hypothesis import strategies as st

from odoo.tests import BaseCase, tagged

from ...engine.decision.cover import collectible
from ...engine.decision.decide import decide, still_asked
from ...engine.values import STAGE_RANK, Reason
from .engine_common import (
    FINAL,
    FIRM,
    GENTLE,
    PLAIN,
    TODAY,
    after,
    before,
    customer,
    owe,
    rules,
)
from .engine_strategies import EXAMPLES, cases

DEBTOR = customer(contacted=True)
LIVE = rules()


def said(*items, day=TODAY, debtor=DEBTOR):
    """Return ``{item id: verdict}``."""
    verdicts = decide(debtor, list(items), PLAIN, LIVE, day).verdicts
    return {verdict.item.id: verdict for verdict in verdicts}


@tagged("post_install", "-at_install")
class TestEngineDisputes(BaseCase):
    """The disputed part leaves; the rest waits a little, and is spared the worst."""

    def test_only_the_disputed_amount_leaves(self):
        item = owe(1, 100_00, late=4, disputed=40_00)
        [contact] = decide(DEBTOR, [item], PLAIN, LIVE, TODAY).contacts
        self.assertEqual(contact.about, [(item, 60_00, GENTLE)])
        self.assertEqual(contact.apart, [(item, 40_00, Reason.DISPUTED)])

    def test_nothing_about_its_invoice_for_some_days(self):
        item = owe(1, 100_00, late=4, disputed=40_00, quiet_until=after(5))
        verdict = said(item)[1]
        self.assertIs(verdict.reason, Reason.DISPUTED)
        self.assertEqual((verdict.amount, verdict.on), (60_00, after(5)))
        self.assertFalse(still_asked(decide(DEBTOR, [item], PLAIN, LIVE, TODAY)))
        self.assertEqual(said(item, day=after(5))[1].step, GENTLE)

    def test_a_ready_notice_loses_it_in_these_days(self):
        item = owe(1, 100_00, late=4, quiet_until=after(5), outbox="ready")
        self.assertFalse(still_asked(decide(DEBTOR, [item], PLAIN, LIVE, TODAY)))

    def test_other_invoices_go_on_meanwhile(self):
        quiet = owe(1, 100_00, late=4, disputed=40_00, quiet_until=after(5))
        other = owe(2, 100_00, late=4)
        decision = decide(DEBTOR, [quiet, other], PLAIN, LIVE, TODAY)
        [contact] = decision.contacts
        self.assertEqual([entry[0].id for entry in contact.about], [2])
        self.assertEqual([entry[0].id for entry in contact.also], [])

    def test_the_rest_gets_at_most_a_firm_step(self):
        at_firm = {"taken": 10, "taken_on": before(60)}
        item = owe(1, 900_00, late=80, disputed=40_00, capped=True, **at_firm)
        self.assertEqual(said(item)[1].step, FIRM)
        past = item._replace(taken=FIRM.delay, taken_on=before(40))
        verdict = said(past)[1]
        self.assertIsNone(verdict.step)
        self.assertIs(verdict.reason, Reason.DISPUTED)
        self.assertEqual(verdict.amount, 860_00)
        self.assertEqual(said(past._replace(capped=False))[1].step, FINAL)

    def test_a_proposed_final_demand_loses_the_rest(self):
        item = owe(
            1, 900_00, late=80, taken=FIRM.delay, taken_on=before(40),
            outbox="proposed", capped=True,
        )  # fmt: skip
        self.assertFalse(still_asked(decide(DEBTOR, [item], PLAIN, LIVE, TODAY)))

    def test_late_ourselves_the_rest_waits(self):
        item = owe(1, 100_00, late=20, disputed=40_00, waiting=60_00, capped=True)
        verdict = said(item)[1]
        self.assertEqual((verdict.reason, verdict.amount), (Reason.WAITING_FOR_US, 0))

    def test_once_free_the_next_step_never_an_earlier(self):
        item = owe(1, 900_00, late=80, taken=GENTLE.delay, taken_on=before(60))
        held = item._replace(disputed=900_00, capped=True)
        self.assertIsNone(said(held)[1].step)
        free = said(item)[1].step
        self.assertGreater(free.delay, GENTLE.delay)
        self.assertLessEqual(STAGE_RANK[free.stage], STAGE_RANK["firm"])

    @EXAMPLES
    @given(cases())
    def test_never_more_than_firm_for_what_is_capped(self, case):
        for contact in decide(*case, TODAY).contacts:
            for item, _amount, step in contact.about + contact.also:
                if step is not None and item.capped:
                    self.assertLessEqual(STAGE_RANK[step.stage], STAGE_RANK["firm"])
                self.assertFalse(item.quiet_until and item.quiet_until > TODAY)

    @EXAMPLES
    @given(
        st.lists(st.integers(1, 500_00), min_size=1, max_size=4),
        st.lists(st.tuples(st.integers(0, 3), st.integers(1, 500_00)), max_size=6),
        st.lists(st.integers(1, 300_00), max_size=3),
        st.lists(st.tuples(st.integers(0, 3), st.integers(1, 500_00)), max_size=4),
    )
    def test_disputed_collectible_and_covered_make_the_residual(
        self, amounts, disputes, credits, payments
    ):
        """For any disputes, credits and payments: nothing is lost or counted twice."""
        paid = dict.fromkeys(range(len(amounts)), 0)
        for index, amount in payments:
            index %= len(amounts)
            paid[index] = min(paid[index] + amount, amounts[index])
        items = []
        for index, amount in enumerate(amounts):
            residual = amount - paid[index]
            if residual:
                claimed = sum(a for i, a in disputes if i % len(amounts) == index)
                items.append(
                    owe(
                        index + 1, residual, late=30 - index, original=amount,
                        disputed=min(claimed, residual),
                    )
                )  # fmt: skip
        items += [
            owe(50 + n, -amount, kind="payment") for n, amount in enumerate(credits)
        ]
        found = collectible(DEBTOR, items, rules(small_amount=0))
        owed = [item for item in items if item.residual > 0]
        total = sum(item.residual for item in owed)
        asked = sum(found[item.id][0] for item in owed)
        disputed = sum(item.disputed for item in owed)
        self.assertLessEqual(asked, total - disputed)
        # Credits cover what may be asked for first, and only then what is disputed
        covered = min(sum(credits), total)
        free = total - disputed
        self.assertEqual(asked, max(free - covered, 0))
        for item in owed:
            self.assertLessEqual(found[item.id][0] + item.disputed, item.residual)
