"""Checks that an invoice is ready to be paid: missing details that delay payment."""

from odoo import api, fields, models
from odoo.tools import SQL, str2bool

READERS = "account.group_account_invoice,account.group_account_readonly"
#: Days after its creation in which an invoice is checked ...
NEW_DAYS = 3
#: ... and days before its due date in which it is checked again.
DUE_DAYS = 10
#: Invoices checked in one batch.
SLICE = 1000
#: Details missing on the company and not on one invoice: reported once, for it.
OF_COMPANY = ("our_name", "our_bank", "way")


class AccountMove(models.Model):
    _inherit = "account.move"

    ar_missing = fields.Char(
        string="Missing information for payment",
        compute="_compute_ar_missing",
        groups=READERS,
    )

    @api.depends_context("uid", "lang")
    def _compute_ar_missing(self):
        """List the missing details; for forms only, not for lists."""
        asked = self.filtered(lambda move: move._ar_waits_for_payment())
        found = asked._origin.sudo()._ar_what_is_missing() if asked else {}
        for move in self:
            move.ar_missing = ", ".join(found.get(move._origin.id, ())) or False

    def _ar_waits_for_payment(self):
        """Return whether the invoice is waiting for payment."""
        return (
            self.state == "posted"
            and self.move_type == "out_invoice"
            and self.payment_state in ("not_paid", "partial")
        )

    def _ar_what_is_missing(self, but=()):
        """Return the missing details, ``{move id: [words]}``, of invoices not ready.

        A constant number of statements.

        :param but: keys of the checks to skip
        """
        result = {}
        rows = self.env.execute_query_dict(self._ar_ready_sql()) if self.ids else []
        for row in rows:
            words = [
                text
                for key, text in self._ar_ready_words()
                if row[key] and key not in but  # each is true if the detail is missing
            ]
            if words:
                result[row["id"]] = words
        return result

    @api.model
    def _ar_ready_words(self):
        return (
            ("our_name", self.env._("our address or web site")),
            ("customer", self.env._("the customer's legal name or invoice address")),
            ("description", self.env._("a description on every line")),
            ("due", self.env._("amount or due date")),
            ("order_number", self.env._("the customer's order number")),
            ("reference", self.env._("a payment reference")),
            ("bank", self.env._("our bank account")),
            ("our_bank", self.env._("our bank account")),
            ("way", self.env._("a link to pay or a QR code")),
            ("sent", self.env._("it was not sent")),
            ("refused", self.env._("it was refused or came back")),
        )

    @api.model
    def _ar_paid_online(self):
        """Return the ids of root companies with a payment provider."""
        providers = (
            self.env["payment.provider"]
            .sudo()
            .search([("state", "in", ("enabled", "test"))])
        )
        return providers.company_id.root_id.ids

    @api.model
    def _ar_portal_pays(self):
        """Return whether Odoo's own setting allows invoices to be paid online."""
        get_param = self.env["ir.config_parameter"].sudo().get_param
        return str2bool(get_param("account_payment.enable_portal_payment") or "False")

    def _ar_ready_sql(self):
        for name in (
            *("account.move", "account.move.line", "res.company"),
            *("res.partner", "res.partner.bank"),
        ):
            self.env[name].flush_model()
        self.env["ar.debtor"].flush_model(["wants_order_number"])
        online = self._ar_paid_online() if self._ar_portal_pays() else []
        refused = SQL("FALSE")
        if "peppol_move_state" in self._fields:
            refused = SQL("COALESCE(m.peppol_move_state, '') = 'error'")
        return SQL(
            """SELECT m.id,
                      COALESCE(op.name, '') = '' OR COALESCE(op.street, '') = ''
                          OR COALESCE(op.city, '') = ''
                          OR COALESCE(op.website, '') = '' AS our_name,
                      COALESCE(NULLIF(cp.name, ''), p.name, '') = ''
                          OR COALESCE(p.street, p.street2, '') = ''
                          OR COALESCE(p.city, '') = '' AS customer,
                      EXISTS (SELECT 1 FROM account_move_line l
                               WHERE l.move_id = m.id AND l.display_type = 'product'
                                 AND COALESCE(btrim(l.name), '') = '') AS description,
                      m.amount_total <= 0 OR m.invoice_date_due IS NULL AS due,
                      COALESCE(d.wants_order_number, FALSE)
                          AND COALESCE(btrim(m.ref), '') = '' AS order_number,
                      COALESCE(m.payment_reference, '') = '' AS reference,
                      m.partner_bank_id IS NULL AND own.has_bank AS bank,
                      m.partner_bank_id IS NULL AND NOT own.has_bank AS our_bank,
                      NOT (split_part(co.parent_path, '/', 1)::int = ANY(%(online)s)
                           OR COALESCE(co.qr_code, FALSE)) AS way,
                      NOT COALESCE(m.is_move_sent, FALSE)
                          AND m.invoice_date < %(today)s AS sent,
                      %(refused)s OR EXISTS (
                          SELECT 1 FROM mail_message msg
                            JOIN mail_notification note
                              ON note.mail_message_id = msg.id
                           WHERE msg.model = 'account.move' AND msg.res_id = m.id
                             AND note.notification_status = 'bounce') AS refused
                 FROM account_move m
                 JOIN res_company co ON co.id = m.company_id
                 JOIN res_partner op ON op.id = co.partner_id
                CROSS JOIN LATERAL (
                     SELECT EXISTS (SELECT 1 FROM res_partner_bank b
                                     WHERE b.partner_id = op.id AND b.active)
                         AS has_bank) own
                 JOIN res_partner p ON p.id = m.partner_id
                 JOIN res_partner cp ON cp.id = m.commercial_partner_id
                 LEFT JOIN ar_debtor d
                   ON d.partner_id = m.commercial_partner_id
                  AND d.company_id = split_part(co.parent_path, '/', 1)::int
                WHERE m.id = ANY(%(ids)s)""",
            online=online,
            today=self.env.company._ar_today(),
            refused=refused,
            ids=self.ids,
        )

    # === EVERY NIGHT === #

    @api.model
    def _ar_check_ready(self):
        """Give invoicing one activity for each invoice with missing details.

        Check it when it is new, and again before it is due. Check an invoice with an
        activity every night until it is complete, or paid. Report details missing on
        the company once, for the company.
        """
        self.flush_model()
        self.env["mail.activity"].flush_model()
        for company in self.env["res.company"].search([("parent_id", "=", False)]):
            if company.ar_state == "off":
                continue
            today = company._ar_today()
            rows = self.env.execute_query(
                SQL(
                    """SELECT m.id FROM account_move m
                         JOIN res_company co ON co.id = m.company_id
                        WHERE co.parent_path LIKE %s AND m.state = 'posted'
                          AND m.move_type = 'out_invoice'
                          AND m.payment_state IN ('not_paid', 'partial')
                          AND m.invoice_date_due >= %s
                          AND (m.invoice_date >= %s OR m.invoice_date_due <= %s)
                        UNION
                       SELECT m.id FROM mail_activity act
                         JOIN account_move m ON m.id = act.res_id
                         JOIN res_company co ON co.id = m.company_id
                        WHERE act.res_model = 'account.move'
                          AND act.activity_type_id = %s AND act.active
                          AND co.parent_path LIKE %s
                        ORDER BY id""",
                    f"{company.id}/%",
                    today,
                    fields.Date.subtract(today, days=NEW_DAYS),
                    fields.Date.add(today, days=DUE_DAYS),
                    self.env.ref("ar_followup_plus.activity_complete_invoice").id,
                    f"{company.id}/%",
                )
            )
            ids = [row[0] for row in rows]
            for start in range(0, len(ids), SLICE):
                self.browse(ids[start : start + SLICE])._ar_tell_invoicing(company)
            self._ar_tell_companies(company)

    @api.model
    def _ar_tell_companies(self, root):
        """Keep one activity for each company whose own details are missing.

        Checked on its newest invoice waiting for payment; without one no activity is
        needed.
        """
        for company in self.env["res.company"].search([("id", "child_of", root.id)]):
            newest = self.search(
                [
                    ("company_id", "=", company.id),
                    ("state", "=", "posted"),
                    ("move_type", "=", "out_invoice"),
                    ("payment_state", "in", ("not_paid", "partial")),
                ],
                order="id desc",
                limit=1,
            )
            keys = [key for key, _text in self._ar_ready_words()]
            others = [key for key in keys if key not in OF_COMPANY]
            found = newest._ar_what_is_missing(but=others).get(newest.id)
            company._ar_company_activity(
                "activity_complete_company",
                found and self.env._("Missing: %(what)s", what=", ".join(found)),
                root.ar_invoicing_user_id.filtered("active")
                or root.ar_user_id.filtered("active")
                or self.env.ref("base.user_admin"),
            )

    def _ar_tell_invoicing(self, company):
        """Keep one activity for each invoice not ready, and none for the others."""
        waiting = self.filtered(lambda move: move._ar_waits_for_payment())
        missing = waiting._ar_what_is_missing(but=OF_COMPANY)
        kind = self.env.ref("ar_followup_plus.activity_complete_invoice")
        Activity = self.env["mail.activity"]
        known = {
            activity.res_id: activity
            for activity in Activity.search(
                [
                    ("activity_type_id", "=", kind.id),
                    ("res_model", "=", self._name),
                    ("res_id", "in", self.ids),
                ]
            )
        }
        done = Activity.union(
            *(activity for res_id, activity in known.items() if res_id not in missing)
        )
        done.unlink()
        model_id = self.env["ir.model"]._get_id(self._name)
        vals_list = []
        for move in self.filtered(lambda m: m.id in missing):
            text = self.env._("Missing: %(what)s", what=", ".join(missing[move.id]))
            if move.id in known:
                if known[move.id].summary != text:
                    known[move.id].summary = text
                continue
            user = (
                company.ar_invoicing_user_id.filtered("active")
                or move.invoice_user_id.filtered("active")
                or company.ar_user_id.filtered("active")
            )
            vals_list.append(
                {
                    "activity_type_id": kind.id,
                    "automated": True,
                    "date_deadline": company._ar_today(),
                    "res_id": move.id,
                    "res_model_id": model_id,
                    "summary": text,
                    "user_id": (user or self.env.ref("base.user_admin")).id,
                }
            )
        Activity.with_context(mail_activity_quick_update=True).create(vals_list)
