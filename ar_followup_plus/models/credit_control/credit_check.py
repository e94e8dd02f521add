"""The credit check before credit: accepted terms, and no hold. See engine/gate.py."""

from datetime import timedelta

from odoo import api, fields
from odoo.exceptions import RedirectWarning
from odoo.fields import Domain
from odoo.tools import SQL, format_amount

from ...engine.gate import Answer, Customer, Setting, answer
from ...tools.picture_size import check_pictures
from ..credit_terms.credit_terms import CreditTerms
from .ar_credit_pass import HOURS
from .credit_hold import CreditHold

#: The amount by which payments of customer ``d`` exceed the open debts in the current
#: ledger; excluded credits pay no other invoice.
ON_ACCOUNT = SQL(
    """SELECT -sum(l.amount_residual) AS amount
         FROM res_partner lp
         JOIN account_move_line l ON l.partner_id = lp.id
          AND l.parent_state = 'posted' AND l.reconciled IS NOT TRUE
          AND NOT (COALESCE(l.no_followup, FALSE) AND l.amount_residual < 0)
         JOIN account_account la ON la.id = l.account_id
          AND la.account_type = 'asset_receivable'
         JOIN res_company lc ON lc.id = l.company_id
          AND split_part(lc.parent_path, '/', 1)::int = d.company_id
        WHERE lp.commercial_partner_id = d.partner_id"""
)


class CreditCheck:
    """The credit check of debtors: decisions, texts, overrides."""

    def __init__(self, debtors, hold=None):
        """
        :param engine.hold.Hold hold: of the only debtor, by the ledger; default: as
            stored
        """
        self.env = debtors.env
        self.debtors = debtors
        self._hold = hold

    @property
    def debtor(self):
        """Return the only debtor."""
        return self.debtors.ensure_one()

    @property
    def hold(self):
        """Return the credit hold of the only debtor."""
        return self._hold or CreditHold(self.debtor.sudo())._standing()

    @classmethod
    def by_ledger(cls, debtor):
        """Return the check of a debtor with the hold by the ledger, not as stored."""
        stored = CreditHold(debtor.sudo())
        if debtor.sudo().hold_state in ("warn", "hold"):
            return cls(debtor, stored.now())
        return cls(debtor, stored._standing())

    # === INPUT AND DECISION === #

    @staticmethod
    def setting(company):
        """Return the settings of a company for the engine."""
        company = company.sudo()
        return Setting(company.ar_gate, company.ar_gate_invoices)

    def customer(self, company):
        """Return the current input of the credit check about one customer.

        A hold whose reason has ended is released first: a payment takes effect without
        a nightly run.
        """
        if self.debtor.hold_state in ("warn", "hold"):
            CreditHold(self.debtor).update()
        gate = company.sudo().ar_gate
        return Customer(
            needs=gate != "off" and self._lacks_terms(),
            grace=gate != "off" and self._has_grace(company),
            held=self.hold.state == "hold",
        )

    def _lacks_terms(self):
        """Return whether the customer has not accepted the current terms of payment."""
        return bool(CreditTerms(self.debtor).not_accepted())

    def _has_grace(self, company):
        """Return whether it is an existing customer in the period of grace."""
        company = company.sudo()
        if not company.ar_gate_grace or company.ar_gate_grace < company._ar_today():
            return False
        return bool(
            self.env["account.move"].search_count(
                [
                    (
                        "partner_id.commercial_partner_id",
                        "=",
                        self.debtor.partner_id.id,
                    ),
                    ("company_id", "child_of", company.id),
                    ("move_type", "in", ("out_invoice", "out_receipt")),
                    ("state", "=", "posted"),
                    (
                        "create_date",
                        "<",
                        company.ar_gate_since or fields.Datetime.now(),
                    ),
                ],
                limit=1,
            )
        )

    def decide(self, document, facts, company):
        """Decide on one document; return the answer, and the override that it uses.

        :param document: sale.order or account.move
        :param engine.gate.Document facts: the facts about it
        """
        setting, customer = self.setting(company), self.customer(company)
        found = answer(facts, customer, setting)
        used = self.env["ar.credit.pass"]
        if found.what == "block":
            used = self.open_pass(document, found)
            if used:
                found = answer(facts._replace(passes=True), customer, setting)
        return found, used

    def standing_note(self, company):
        """Return the warning that a new order on credit would get, without writing."""
        gate = company.sudo()._ar_root().ar_gate
        why = []
        if self.hold.state == "hold":
            why.append("hold")
        if gate != "off" and self._lacks_terms():
            why.append("terms")
        text = self.words(Answer("warn", tuple(why))) if why else ""
        if self.hold.state == "warn":
            text = f"{text} {self._hold_words()}".strip()
        lost = CreditHold(self.debtor).lost(self.debtor.company_id)
        if lost and self.hold.reason != "before":
            # Customers whom no rule holds: tell the user anyway
            words = self.env._(
                "%(amount)s of earlier debt was written off.",
                amount=self.debtor.company_id.currency_id.format(lost[self.debtor.id]),
            )
            text = f"{text} {words}".strip()
        return text or False

    def _hold_words(self):
        return CreditHold(self.debtor).in_words(self.hold)

    def words(self, found):
        """Return a text of the missing requirements, and what to do."""
        lines = []
        if "hold" in found.why:
            lines.append(f"{self.debtor.display_name}: {self._hold_words()}")
        if "terms" in found.why:
            lines.append(
                self.env._(
                    "%(customer)s has not accepted the terms of payment yet.",
                    customer=self.debtor.display_name,
                )
            )
        return " ".join(lines)

    def list_passed(self, companies):
        """Mark the customers who got credit automatically, in one statement.

        Locked rows are skipped: a posting must not wait for locks.

        :param res.company companies: the root companies of these customers
        """
        if not self.debtors:
            return
        self.env["ar.debtor"].flush_model()
        self.env.cr.execute(
            SQL(
                """WITH mine AS (
                       SELECT d.id, t.day FROM ar_debtor d
                         JOIN (%s) AS t ON t.id = d.company_id
                        WHERE d.id = ANY(%s) AND d.gate_passed_on IS DISTINCT FROM t.day
                        ORDER BY d.id FOR NO KEY UPDATE OF d SKIP LOCKED)
                   UPDATE ar_debtor d SET gate_passed_on = mine.day
                     FROM mine WHERE mine.id = d.id""",
                companies._ar_today_sql(),
                self.debtors.ids,
            )
        )
        self.debtors.invalidate_model(["gate_passed_on"])

    @staticmethod
    def is_automatic(env):
        """Return whether nobody is there to read a warning.

        This is so in scheduled actions, the shop, the portal, and imports.
        """
        return bool(
            env.uid == api.SUPERUSER_ID
            or not env.user._is_internal()
            or env.context.get("import_file")
        )

    @staticmethod
    def refuse(found, documents):
        """Refuse with the missing requirements, and offer what can be done.

        :param list found: ``[(CreditCheck, engine.gate.Answer)]``, not empty
        :raise RedirectWarning: always
        """
        debtor = found[0][0].debtor
        env = debtor.env
        text = "\n".join(
            [
                *(check.words(answer) for check, answer in found),
                env._(
                    "Orders paid in advance always pass. Ask for the acceptance, enter "
                    "a proof of payment against a credit hold, or let a credit manager "
                    "decide."
                ),
            ]
        )
        raise RedirectWarning(
            text,
            env["ar.gate.ask"]._open(debtor, documents[0]),
            env._("What can be done"),
        )

    def on_account(self):
        """Return by how much the only debtor's payments exceed the open debts.

        By the ledger, in company currency.
        """
        for model in ("account.move", "account.move.line", "ar.debtor"):
            self.env[model].flush_model()
        [(amount,)] = self.env.execute_query(
            SQL(
                "SELECT (%s) FROM ar_debtor d WHERE d.id = %s",
                ON_ACCOUNT,
                self.debtor.id,
            )
        )
        return float(amount or 0)

    # === OVERRIDES === #

    def override(self, document, reason):
        """Permit one order or invoice. Credit managers only, with a reason.

        :param document: sale.order or account.move
        :rtype: ar.credit.pass
        """
        self.debtor.check_access("write")
        CreditHold(self.debtor)._check_manager()
        found = (
            self.env["ar.credit.pass"]
            .sudo()
            ._make(self.debtor, "manager", reason, document)
        )
        document.sudo().message_post(body=found._in_words())
        return found.with_env(self.env)

    def accept_proof(self, reason, document=None, files=(), amount=None):
        """Permit the next order for 24 hours: proof of a payment was seen.

        It overrides a credit hold whose amount it covers, but not missing terms.

        :param str reason: which payment, and where the proof was seen
        :param document: the order that it is for; None: the next one
        :param list files: ``[(name, bytes)]``, stored on the customer
        :param float amount: in company currency; None: the amount that ends the hold
        """
        self.debtor.check_access("write")
        check_pictures(self.env, files)
        amount = self.hold.amount if amount is None else amount
        found = (
            self.env["ar.credit.pass"]
            .sudo()
            ._make(self.debtor, "proof", reason, document, amount=amount)
        )
        self.debtor.message_post(body=found._in_words(), attachments=list(files))
        if document:
            document.sudo().message_post(body=found._in_words())
        return found.with_env(self.env)

    def open_pass(self, document, found):
        """Return the override that permits a document now, if any.

        A payment, or proof of one, overrides a hold whose amount it covers; any other
        block needs a credit manager.

        :param engine.gate.Answer found: why it is blocked
        """
        now = fields.Datetime.now()
        passes = self.env["ar.credit.pass"].search(
            Domain("debtor_id", "=", self.debtor.id)
            & Domain("used_on", "=", False)
            & Domain("valid_until", ">=", now)
            & (
                Domain("res_model", "=", False)
                | (
                    Domain("res_model", "=", document._name)
                    & Domain("res_id", "=", document.id)
                )
            ),
            order="res_model, id",
        )
        passes = passes.filtered(
            lambda one: (
                one.kind == "manager"
                or (not found.by_manager and self.pays_enough(one.amount))
            )
        )
        mine = passes.filtered("res_model")
        if passes or found.by_manager:
            return (mine or passes)[:1]
        return self._pass_of_payment()

    def _pass_of_payment(self):
        """Return an override for a payment that the provider recently took.

        A payment in the books has already reduced the amount to pay.
        """
        since = fields.Datetime.now() - timedelta(hours=HOURS)
        partners = self.env["res.partner"].search(
            [("commercial_partner_id", "=", self.debtor.partner_id.id)]
        )
        for transaction in self.env["payment.transaction"].search(
            [
                ("partner_id", "in", partners.ids),
                ("company_id", "child_of", self.debtor.company_id.id),
                ("state", "in", ("authorized", "done")),
                # The validation of a card is no payment
                ("operation", "not in", ("refund", "validation")),
                ("last_state_change", ">=", since),
                "|",
                ("payment_id", "=", False),
                ("payment_id.move_id", "=", False),
            ],
            order="id",
        ):
            known = self.env["ar.credit.pass"].search_count(
                [("transaction_id", "=", transaction.id)], limit=1
            )
            amount = transaction.currency_id._convert(
                transaction.amount,
                self.debtor.company_id.currency_id,
                self.debtor.company_id,
                self.debtor.company_id._ar_today(),
            )
            if not known and self.pays_enough(amount):
                return self.env["ar.credit.pass"]._make(
                    self.debtor,
                    "payment",
                    self.env._(
                        "Payment %(reference)s of %(amount)s",
                        reference=transaction.reference,
                        amount=format_amount(
                            self.env, transaction.amount, transaction.currency_id
                        ),
                    ),
                    amount=amount,
                    transaction_id=transaction.id,
                    valid_until=transaction.last_state_change + timedelta(hours=HOURS),
                )
        return self.env["ar.credit.pass"]

    def pays_enough(self, amount):
        """Return whether an amount is enough to end the hold.

        If the hold has no amount to pay, no payment ends it.
        """
        currency = self.debtor.company_id.currency_id
        needed = self.hold.amount
        return needed > 0 and currency.compare_amounts(amount, needed) >= 0
