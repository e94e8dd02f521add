"""Customers who said something: disputes, promises, plans, answers, a cheque back."""

from datetime import timedelta

from ..models.dispute.dispute_intake import DisputeIntake
from ..models.payment_plan.agreement import Agreement
from ..models.portal.answer_intake import AnswerIntake
from .situations import Situations

TALKING = (
    "dispute_open", "dispute_accepted", "promise_made", "promise_kept",
    "promise_broken", "plan_proposed", "plan_running", "plan_ended", "says_paid",
    "came_back",
)  # fmt: skip


class Talking(Situations):
    """Makes these customers; dates that have passed are written as they were.

    No agreement is frozen as PDF: demo data are loaded where nothing can print.
    """

    def build(self):
        """Make all customers; return ``{situation: partner}``."""
        for name in TALKING:
            getattr(self, name)()
        self.env.flush_all()
        return self.customers

    # === DISPUTES === #

    def dispute_open(self):
        """Says that a part of the goods was damaged; the rest is still due."""
        self._contest("dispute_open", "Broken Tiles Flooring", 640, 160, "damaged")

    def dispute_accepted(self):
        """Was right about the price: the draft credit note waits for accounting."""
        dispute = self._contest(
            "dispute_accepted", "Wrong Price Textiles", 520, 120, "price"
        )
        dispute.accept(answer="You are right: the old price was agreed.")

    def _contest(self, key, name, amount, part, code):
        partner = self._customer(key, name)
        move = self._owe(key, partner, amount, 12)
        debtor = self._debtor(partner)
        return DisputeIntake(debtor).open(
            move,
            self.env.ref(f"ar_followup_plus.ar_dispute_reason_{code}"),
            "Please compare with our order.",
            DisputeIntake(debtor).spread(move, part),
            source="customer",
        )

    # === PROMISES === #

    def promise_made(self):
        """Will pay in five days; until then nothing is asked for."""
        partner = self._customer("promise_made", "Next Friday Catering")
        self._owe("promise_made", partner, 310, 14)
        Agreement(self._debtor(partner)).promise(
            self._items(partner), self.today + timedelta(days=5), source="call"
        )

    def promise_kept(self):
        """Paid on the day that was named."""
        promise = self._promised("promise_kept", "Kept Word Carpentry", 12, 6)
        self.pay(self.invoices["promise_kept"], on=self.ago(6))
        self.env.flush_all()
        promise._mark_kept(promise.installment_ids)

    def promise_broken(self):
        """The day has passed, and nothing came: a message of its own, and a call."""
        promise = self._promised("promise_broken", "Broken Word Bikes", 20, 12)
        promise._mark_broken(promise.installment_ids)

    def _promised(self, key, name, said, day):
        """Return a promise made and named so many days ago."""
        partner = self._customer(key, name)
        self._owe(key, partner, 420, 25)
        return self._agreed(partner, "promise", said, [(self.ago(day), 420)])

    # === PLANS === #

    def plan_proposed(self):
        """Asked on the page to pay in four parts: somebody has to answer."""
        partner = self._customer("plan_proposed", "Four Parts Gym", profile="chronic")
        self._owe("plan_proposed", partner, 960, 16)
        Agreement(self._debtor(partner)).propose(
            self._items(partner),
            {"count": 4, "first_on": self.today + timedelta(days=10)},
            source="customer",
        )

    def plan_running(self):
        """Pays in three parts; the first one came."""
        partner = self._customer("plan_running", "Three Parts Theatre")
        self._owe("plan_running", partner, 900, 40)
        days = (self.ago(10), self.ago(-20), self.ago(-50))
        self._agreed(partner, "plan", 20, [(day, 300) for day in days])
        self.pay(self.invoices["plan_running"], 300, self.ago(11))

    def plan_ended(self):
        """Two parts did not come: the plan has ended, and reminders go on."""
        partner = self._customer("plan_ended", "Missed Parts Garage")
        self._owe("plan_ended", partner, 700, 60)
        days = (self.ago(40), self.ago(10))
        plan = self._agreed(partner, "plan", 50, [(day, 350) for day in days])
        plan._mark_defaulted(plan.installment_ids)

    # === WHAT ELSE THEY SAY === #

    def says_paid(self):
        """Says on the page that it is paid: somebody looks for the money."""
        partner = self._customer("says_paid", "Already Paid Optics")
        self._owe("says_paid", partner, 275, 13)
        AnswerIntake(self._debtor(partner).sudo()).take(
            "paid",
            self._items(partner),
            {"paid_on": str(self.ago(2)), "paid_way": "transfer"},
            [],
            "demo",
        )

    def came_back(self):
        """A cheque came back after four days."""
        partner = self._customer("came_back", "Returned Cheque Records")
        payment = self.pay(self._owe("came_back", partner, 390, 9), on=self.ago(4))
        self.env.flush_all()
        payment.move_id.line_ids.remove_move_reconcile()
        payment.move_id.button_draft()
        payment.action_reject()

    # === WHAT THEY ARE MADE OF === #

    def _customer(self, key, name, profile=None, **values):
        partner = super()._customer(key, name, **values)
        if profile:
            self._debtor(partner, profile=profile)
        return partner

    def _items(self, partner):
        """Return what a customer owes."""
        self.env.flush_all()
        items = self.env["ar.open.item"].search(
            [
                ("debtor_id", "=", self._debtor(partner).id),
                ("amount_residual_currency", ">", 0),
            ]
        )
        items.invalidate_recordset()
        return items

    def _agreed(self, partner, kind, since, parts):
        """Return what runs since so many days ago."""
        debtor, items = self._debtor(partner).sudo(), self._items(partner)
        plan = Agreement(debtor).make(
            kind,
            items.currency_id,
            Agreement(debtor).cover(items),
            parts,
            **({"grace_days": 3} if kind == "promise" else Agreement(debtor).terms({})),
        )
        plan.write({"state": "active", "start_on": self.ago(since)})
        plan._hold()
        return plan
