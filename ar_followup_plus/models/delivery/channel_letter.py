"""The letter channel: printed by a person, and sent once it was posted."""

import logging

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..decision.outlook import Outlook
from ..ladder.channel import CHANNELS, Channel

_logger = logging.getLogger(__name__)

#: Working days after which an unposted letter raises an alarm.
POST_DAYS = 3
#: From this stage on letters go to the registered address.
REGISTERED_STAGES = ("final", "notice", "handover")
POSTAGE_SELECTION = [
    ("ordinary", "Ordinary"),
    ("registered", "Registered"),
    ("courier", "Courier"),
]


class ArNotice(models.Model):
    _inherit = "ar.notice"

    letter_id = fields.Many2one(
        "ir.attachment",
        readonly=True,
        ondelete="set null",
        index="btree_not_null",
        help="As it was printed: printed again, it is the same to the last byte.",
    )
    printed_at = fields.Datetime(string="Printed", readonly=True)
    posted_by = fields.Many2one("res.users", readonly=True)
    postage = fields.Selection(POSTAGE_SELECTION, readonly=True)
    tracking_number = fields.Char(readonly=True)

    # === BUTTONS === #

    def action_print_letter(self):
        """Print the letters; those printed before are printed unchanged."""
        return self._print_letters()

    def action_print_day(self):
        """Print the selected letters, else all pending ones, as one PDF."""
        letters = self or self.search(
            [
                ("channel", "=", "letter"),
                ("state", "=", "ready"),
                ("date", "<=", fields.Date.context_today(self)),
            ],
            order="company_id, amount desc, id",
        )
        if not letters:
            raise UserError(self.env._("No letters to print."))
        return letters._print_letters()

    def action_preview_letter(self):
        """Show the letter as it was printed, or as it would be today."""
        report = self.env.ref("ar_followup_plus.action_report_letter")
        return report.report_action(self, config=False)

    def action_post(self):
        """Ask how the letters were posted."""
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "ar_followup_plus.ar_letter_post_action"
        )
        action["context"] = {"active_model": self._name, "active_ids": self.ids}
        return action

    # === POSTED === #

    @api.private
    def mark_posted(self, postage="ordinary", tracking_number=None):
        """Record that letters were posted: only now they count as sent.

        :param str postage: 'ordinary', 'registered' or 'courier'
        :param str tracking_number: of a registered letter or a courier
        :raise UserError: for anything but a printed letter, or under a contact stop
        """
        self.check_access("write")
        for notice in self:
            notice._check_letter()
            if not notice.letter_id:
                raise UserError(
                    self.env._(
                        "%(notice)s was not printed: print it first.",
                        notice=notice.display_name,
                    )
                )
        notices_sudo = self.sudo()  # collectors have no right to write notices
        number = (tracking_number or "").strip()
        kinds = dict(self._fields["postage"]._description_selection(self.env))
        notices_sudo.write(
            {
                "posted_by": self.env.uid,
                "postage": postage,
                "tracking_number": number or False,
            }
        )
        for notice_sudo in notices_sudo:
            notice_sudo.next_on = notice_sudo.announced_day
            notice_sudo.debtor_id.message_post(
                body=self.env._(
                    "Letter %(number)s posted (%(how)s).",
                    number=notice_sudo.number,
                    how=", ".join(filter(None, (kinds[postage], number))),
                ),
                attachment_ids=[],
            )
        notices_sudo._sent()
        Outlook(notices_sudo.debtor_id).write_next_contact()
        notices_sudo.debtor_id.activity_unlink(
            ["ar_followup_plus.activity_post_letter"]
        )

    @api.model
    def _alarm_letters(self):
        """Alert about letters not posted in time: they do not count as sent."""
        for company in self.env["res.company"].search([("parent_id", "=", False)]):
            # A company without a printer posts only letters that somebody printed
            # anyway
            by_post = (
                [("printed_at", "!=", False)] if company.ar_letter_by_email else []
            )
            calendar, today = company._ar_calendar(), company._ar_today()
            late = self.search(
                [
                    ("company_id", "=", company.id),
                    ("channel", "=", "letter"),
                    ("state", "=", "ready"),
                    ("date", "<", today),
                    *by_post,
                ]
            ).filtered(
                lambda n, c=calendar, t=today: c.add_working(n.date, POST_DAYS) < t
            )
            late.debtor_id._ar_activity(
                "activity_post_letter",
                self.env._("Letter not mailed for several days"),
            )

    # === CHECKS === #

    def _check_letter(self):
        """Check that a letter may be sent: approved, no contact stop, an address."""
        self.ensure_one()
        why = self._why_no_letter()
        if why:
            raise UserError(why)

    def _why_no_letter(self, by_post=True):
        """Return a text saying why a letter may not be sent now, or None.

        :param bool by_post: it needs an address on its envelope
        """
        self.ensure_one()
        if self.channel != "letter" or self.state != "ready":
            return self.env._(
                "%(notice)s is not an approved letter.", notice=self.display_name
            )
        company_sudo = self.company_id.sudo()
        first_day = max(self.date, company_sudo.ar_not_before or self.date)
        if first_day > company_sudo._ar_today():
            return self.env._("%(notice)s is not sent yet.", notice=self.display_name)
        # sudo: contacts of the customer may belong to a branch
        debtor_sudo = self.debtor_id.sudo()
        why = debtor_sudo._why_held()
        if why:
            return why
        if by_post and not self.sudo()._letter_partner()._ar_has_address():
            return self.env._(
                "%(customer)s has no postal address: add one first.",
                customer=debtor_sudo.display_name,
            )
        return None

    def _letter_partner(self):
        """Return the partner to whose address the letter goes.

        Reminders go to the invoice address. Final demands go to the registered address,
        and those to a consumer to nobody else.
        """
        self.ensure_one()
        customer = self.partner_id
        if self.stage in REGISTERED_STAGES or self.debtor_id.kind == "consumer":
            return customer
        invoice = customer.child_ids.filtered(
            lambda p: p.type == "invoice" and p.active and p._ar_has_address()
        )[:1]
        return invoice or customer

    # === CONTENTS === #

    def _letter_values(self):
        """Return the values that the letter's template needs besides the notice.

        :rtype: dict
        """
        self.ensure_one()
        partner = self._letter_partner()
        values = self.text_values
        name = partner.commercial_partner_id.name
        lines = partner._display_address(without_company=True).splitlines()
        if partner.country_id == self.company_id.country_id:
            lines = [line for line in lines if line != partner.country_id.name]
        own = "" if partner.type in ("invoice", "other") else partner.name
        address = [name, own, *lines]
        return {
            "v": values,
            "address": list(
                dict.fromkeys(filter(None, map(str.strip, filter(None, address))))
            ),
            "subject": values.get(f"subject_{self.stage}") or values["subject_gentle"],
            "body": self._letter_body(),
            "annex": self._letter_annex(),
            "bank": self._bank(),
            "codes": self._letter_codes(),
            "enclosed": values.get("enclosed", ""),
        }

    def _letter_body(self):
        """Return the text of the letter: the step's own, else the text it selects."""
        self.ensure_one()
        step = self.step_id.with_context(lang=self.env.lang)
        body = step.letter_body or step._letter_text(self.stage).body
        return step._fill_letter(body, self) if body else None

    def _letter_annex(self):
        """Return the calculation of the charges that the letter may mention."""
        if not self._letter_allowed().get("charges"):
            return ""
        return self.charges_annex

    def _letter_codes(self):
        """Return a payment QR code for each currency, as on Odoo's invoices.

        Only if the company shows them on its invoices and its country supports them.

        :return: ``[(text of the amount, image as data URL)]``
        """
        bank = self._bank()
        if not bank or not self.company_id.qr_code:
            return []
        sums = {}
        about = self.line_ids.filtered(lambda line: line.role == "about")
        for line in about:
            sums[line.currency_id] = sums.get(line.currency_id, 0) + line.amount
        reference = self.text_values["payment_reference"] or self.number or ""
        single = about.move_id.payment_reference if len(about.move_id) == 1 else ""
        codes = []
        for currency, amount in sums.items():
            try:
                image = bank.build_qr_code_base64(
                    currency.round(amount),
                    reference,
                    single or "",
                    currency,
                    self.partner_id,
                )
            except Exception as error:
                # A server that cannot generate codes still prints letters
                _logger.warning("No payment code on %s: %s", self, error)
                return []
            if image:
                codes.append((currency.format(amount), image))
        return codes


class LetterChannel(Channel):
    """A letter that a person posts, or a PDF by e-mail if there is no printer."""

    code = "letter"
    on_paper = True

    def reachable(self):
        # IMPLEMENTS Channel
        return SQL(
            """SELECT TRUE AS yes WHERE COALESCE(p.city, '') <> ''
                  AND COALESCE(p.street, p.street2, '') <> ''
                  AND NOT COALESCE(d.returned_mail, FALSE)"""
        )

    def claimable(self, company):
        # IMPLEMENTS Channel: a person posts the printed letter
        return SQL(
            "%s AND n.letter_id IS NOT NULL AND n.printed_at IS NULL",
            bool(company.ar_letter_by_email),
        )

    def deliver(self, notices, company, counts):
        # IMPLEMENTS Channel: only if a company has no printer
        return CHANNELS["email"].deliver(notices, company, counts)

    def mail_template(self, notice):
        # IMPLEMENTS Channel
        return notice.env.ref("ar_followup_plus.mail_template_letter")

    def preview(self, notice):
        # IMPLEMENTS Channel. sudo: the address may belong to a branch
        address = " ".join((notice.sudo().partner_id.contact_address or "").split())
        return None, notice._letter_body(), address, None, None

    def has_pdf(self, notice):
        # IMPLEMENTS Channel
        return True

    def preview_pdf(self, notice):
        # IMPLEMENTS Channel
        report = notice.env["ir.actions.report"].with_company(notice.company_id)
        return report._render_qweb_pdf(
            "ar_followup_plus.action_report_letter", notice.ids
        )[0]


CHANNELS[LetterChannel.code] = LetterChannel()
