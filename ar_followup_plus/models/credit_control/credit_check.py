"""The gate before credit: accepted terms, and no hold. See engine/gate.py."""

from odoo import api, fields, models
from odoo.exceptions import RedirectWarning
from odoo.tools import SQL

from ...engine.gate import Answer, Customer, Setting, answer


class ArDebtor(models.Model):
    _inherit = "ar.debtor"

    gate_passed_on = fields.Date(
        string="Last passed automatically on",
        readonly=True,
        copy=False,
        help="The last day on which a subscription, the shop or an import gave credit "
        "although terms were not accepted, or orders on credit wait.",
    )

    @api.model
    def _gate_setting(self, company):
        company = company.sudo()
        return Setting(company.ar_gate, company.ar_gate_invoices)

    def _gate_customer(self, company):
        """Return what the gate wants to know of one customer, in this moment.

        A hold whose reason is gone is released first: a payment needs no night.
        """
        self.ensure_one()
        if self.hold_state in ("warn", "hold"):
            self._hold_update()
        gate = company.sudo().ar_gate
        return Customer(
            needs=gate != "off" and self._ar_needs_policy(),
            grace=gate != "off" and self._gate_grace(company),
            held=self.hold_state == "hold",
        )

    def _gate_grace(self, company):
        """Return whether it is an existing customer who may go on until a day."""
        company = company.sudo()
        if not company.ar_gate_grace or company.ar_gate_grace < company._ar_today():
            return False
        return bool(
            self.env["account.move"].search_count(
                [
                    ("partner_id.commercial_partner_id", "=", self.partner_id.id),
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

    def _gate(self, document, facts, company):
        """Decide about one document; return the answer, and the pass that it uses.

        :param document: sale.order or account.move
        :param engine.gate.Document facts: what it is
        """
        self.ensure_one()
        setting, customer = self._gate_setting(company), self._gate_customer(company)
        found = answer(facts, customer, setting)
        used = self.env["ar.credit.pass"]
        if found.what == "block":
            used = self._open_pass(document, found)
            if used:
                found = answer(facts._replace(passes=True), customer, setting)
        return found, used

    def _gate_standing(self, company):
        """Return what would be said of a new order on credit, without writing."""
        self.ensure_one()
        gate = company.sudo()._ar_root().ar_gate
        why = []
        if self.hold_state == "hold":
            why.append("hold")
        if gate != "off" and self._ar_needs_policy():
            why.append("terms")
        text = self._gate_words(Answer("warn", tuple(why))) if why else ""
        if self.hold_state == "warn":
            text = f"{text} {self._hold_in_words()}".strip()
        if self.amount_written_off and self.hold_reason != "before":
            # Where no rule holds them: a person should know all the same
            lost = self.env._(
                "They owe from before: %(amount)s were written off.",
                amount=self.company_id.currency_id.format(self.amount_written_off),
            )
            text = f"{text} {lost}".strip()
        return text or False

    def _gate_words(self, found):
        """Return what is missing, and what helps."""
        self.ensure_one()
        lines = []
        if "hold" in found.why:
            lines.append(f"{self.display_name}: {self._hold_in_words()}")
        if "terms" in found.why:
            lines.append(
                self.env._(
                    "%(customer)s has not accepted the terms of payment yet.",
                    customer=self.display_name,
                )
            )
        return " ".join(lines)

    def _gate_list(self, companies):
        """List the customers who got credit by themselves, in one statement.

        What somebody else holds is left: a posting waits for nobody.

        :param res.company companies: the root companies of these customers
        """
        if not self:
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
                self.ids,
            )
        )
        self.invalidate_model(["gate_passed_on"])

    def action_payment_proof(self):
        """Ask for the proof that lets the next order pass."""
        self.ensure_one()
        self.check_access("write")
        return self.env["ar.gate.ask"]._open(self)

    @api.model
    def _gate_is_automatic(self):
        """Return whether nobody sits before it who could be told.

        Scheduled actions, the shop and the portal, and imports.
        """
        return bool(
            self.env.uid == api.SUPERUSER_ID
            or not self.env.user._is_internal()
            or self.env.context.get("import_file")
        )

    def _gate_raise(self, found, documents):
        """Refuse, say what is missing, and offer what can be done about it.

        :raise RedirectWarning: always
        """
        text = "\n".join(
            [
                *(debtor._gate_words(answer) for debtor, answer in found),
                self.env._(
                    "Orders paid in advance always pass. Ask for the acceptance, enter "
                    "a proof of payment against a credit hold, or let a credit manager "
                    "decide."
                ),
            ]
        )
        debtor, _answer = found[0]
        raise RedirectWarning(
            text,
            self.env["ar.gate.ask"]._open(debtor, documents[0]),
            self.env._("What can be done"),
        )
