"""Computed texts of the notice's form, and the test message to oneself."""

import logging
from contextlib import closing

from markupsafe import Markup, escape

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_date

from ...tools.link_keys import hide_keys
from ..ladder.channel import CHANNELS

_logger = logging.getLogger(__name__)

ROLES_SHOWN = ("about", "credit", "also", "coming", "apart")


class ArNotice(models.Model):
    _inherit = "ar.notice"

    has_pdf = fields.Boolean(compute="_compute_has_pdf")
    approval = fields.Selection(related="step_id.approval")
    lines_html = fields.Html(
        string="What it lists", compute="_compute_lines_html", sanitize=False
    )
    message_html = fields.Html(
        string="Message", compute="_compute_message_html", sanitize=False
    )

    # === COMPUTE METHODS === #

    def _compute_has_pdf(self):
        for notice in self:
            notice.has_pdf = notice.state in (
                "proposed",
                "ready",
                "failed",
            ) and CHANNELS[notice.channel].has_pdf(notice)

    @api.depends("line_ids")
    def _compute_lines_html(self):
        headings = dict(
            self.env["ar.notice.line"]._fields["role"]._description_selection(self.env)
        )
        for notice in self:
            sections = []
            for role in ROLES_SHOWN:
                lines = notice.line_ids.filtered(
                    lambda line, role=role: line.role == role
                )
                if lines:
                    totals = {}
                    for line in lines:
                        currency = line.currency_id
                        totals[currency] = totals.get(currency, 0) + line.amount
                    sections.append(
                        {
                            "role": role,
                            "heading": headings[role],
                            "lines": lines,
                            "totals": [
                                currency.format(amount)
                                for currency, amount in totals.items()
                            ],
                        }
                    )
            notice.lines_html = self.env["ir.qweb"]._render(
                "ar_followup_plus.notice_lines",
                {
                    "sections": sections,
                    "day": lambda value: format_date(self.env, value),
                },
            )

    def _compute_message_html(self):
        # Render all texts first: each rendering is rolled back, which clears the cache
        shown = {notice.id: notice._shown_message() for notice in self}
        for notice in self:
            notice.message_html = shown[notice.id]

    def _shown_message(self):
        """Return the message sent, or the message that would be sent now."""
        self.ensure_one()
        if self.mail_message_id:
            message_sudo = self.sudo().mail_message_id
            return self._framed(
                message_sudo.subject, message_sudo.body, self.recipients
            )
        channel = CHANNELS[self.channel]
        if not channel.is_written or self.state in ("sent", "cancelled"):
            return Markup()
        error = shown = None
        # A link in the text may create a token: roll back, because a preview writes
        # nothing
        with closing(self.env.cr.savepoint()):
            try:
                shown = channel.preview(self)
            except Exception as exception:
                # A template edited by a person can fail in any way
                _logger.info("No text for notice %s", self.id, exc_info=True)
                error = str(exception).strip() or repr(exception)
        if error:
            return Markup('<div class="alert alert-danger">%s</div>') % self.env._(
                "The text cannot be made from the template: %(error)s",
                error=" ".join(error.split("\n")[:2]),
            )
        return self._framed(*shown)

    def _framed(self, subject, body, to, sender=None, attached=None):
        about = [
            self.env._(
                "To: %(people)s", people=to or self.env._("nobody can be reached")
            )
        ]
        if sender:
            about.append(self.env._("From: %(sender)s", sender=sender))
        if attached:
            about.append(self.env._("Attached: %(documents)s", documents=attached))
        return Markup(
            '<div class="text-muted">%s</div><h4 class="mb-3">%s</h4><div>%s</div>'
        ) % (
            Markup("<br/>").join(about),
            escape(subject or ""),
            Markup(hide_keys(body or "")),
        )

    def _attached_text(self):
        """Return the names of the documents that would be attached."""
        step_sudo = self.sudo().step_id
        names = [self.env._("letter")] if step_sudo.attach_letter else []
        names += [self.env._("statement")] if step_sudo.attach_statement else []
        if step_sudo.attach_invoices:
            about = self.line_ids.filtered(lambda line: line.role == "about")
            names += sorted(set(filter(None, about.mapped("move_name"))))
        if step_sudo.attach_policy:
            # The terms that the customer signed, else the current ones
            parts = self.sudo()._attachment_parts(enclosed=True)[self.id]
            names += [name for name, _content in parts]
        return ", ".join(names)

    def _recipients_text(self):
        """Return the recipients to whom it would be sent now."""
        # sudo: contacts may belong to a branch that the user does not see
        people = self.sudo()._recipients()[self.id]
        return ", ".join(
            f"{person.name} <{person.email}>" if person.name else person.email
            for person in people
        )

    def _render_message(self):
        """Return subject and body in the customer's language, as they are sent.

        :rtype: tuple
        :raise UserError: for a step without a template
        """
        self.ensure_one()
        # sudo: collectors may not read the invoices that the text mentions
        notice_sudo = self.sudo()
        template_sudo = notice_sudo.step_id.mail_template_id
        if not template_sudo:
            raise UserError(
                self.env._(
                    "The step %(step)s has no e-mail text.",
                    step=notice_sudo.step_id.name,
                )
            )
        people = notice_sudo._recipients()[self.id]
        context = {"lang": notice_sudo._lang(people)}
        if people:
            context["ar_addressed"] = {self.id: people[0].id}
        notice_sudo = notice_sudo.with_company(notice_sudo.company_id)
        notice_sudo = notice_sudo.with_context(**context)
        template_sudo = template_sudo.with_context(**context)
        subject = template_sudo._render_field("subject", self.ids)[self.id] or ""
        body = notice_sudo._render_bodies(template_sudo)[self.id]
        return " ".join(subject.split()), body

    # === BUTTONS === #

    def action_send_to_me(self):
        """Send the text with real data to the user alone, without changing the notice.

        :raise UserError: for a user without e-mail address, or another channel
        """
        self.ensure_one()
        self.check_access("write")
        self._check_copy()
        # Roll back: a link that was created is the customer's
        with closing(self.env.cr.savepoint()):
            subject, body = self._render_for_me()
        return self._send_copy(self.sudo().company_id, subject, body)

    def _render_for_me(self):
        """Return subject and body for a colleague: the link is one for colleagues.

        Opening the customer's own link would count as opened by the customer, and a
        notice that was not sent yet has none.
        """
        subject, body = self._render_message()
        url = self._page_url()
        own = f"{self.get_base_url()}/my/receivables/{self.debtor_id.id}"
        note = self.env._(
            "Only you get this. Its button opens the customer's page for you, once you "
            "have logged in; the customer's own link is not in it."
        )
        body = str(body).replace(url, own) if url else str(body)
        return subject, Markup("<p><i>%s</i></p>%s") % (note, Markup(body))

    def _check_copy(self):
        """Check that a copy can go to the user.

        :raise UserError: for a user without e-mail address, or another channel
        """
        if not self.env.user.email:
            raise UserError(
                self.env._("You have no e-mail address: enter one in your preferences.")
            )
        if not CHANNELS[self.channel].by_mail:
            raise UserError(self.env._("This notice is not an e-mail."))

    @api.model
    def _send_copy(self, company_sudo, subject, body):
        """Send a text to the user, and to nobody else."""
        user = self.env.user
        # sudo: only the mail system may create mails; this one goes to nobody else
        mail_sudo = (
            self.env["mail.mail"]
            .sudo()
            .create(
                {
                    "subject": self.env._(
                        "[For you to check] %(subject)s", subject=subject
                    ),
                    "body_html": body,
                    "email_to": user.email_formatted,
                    "email_from": company_sudo.email_formatted or user.email_formatted,
                    "auto_delete": True,
                }
            )
        )
        mail_sudo.send()
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": self.env._(
                    "Sent to %(address)s, and to nobody else.", address=user.email
                ),
            },
        }

    def action_preview_pdf(self):
        """Show the letter, or what would be attached to the e-mail, as one PDF."""
        self.ensure_one()
        self.check_access("read")
        # Creating documents writes; a preview must not
        with closing(self.env.cr.savepoint()):
            content = self.sudo()._preview_pdf()
        return self.env["ar.message.preview"].create({})._show_pdf(content)

    def _preview_pdf(self):
        """Return the PDF of a letter, or those attached to an e-mail as one.

        :raise UserError: if nothing would be attached
        """
        self.ensure_one()
        content = CHANNELS[self.channel].preview_pdf(self)
        if not content:
            raise UserError(self.env._("Nothing is attached to this message."))
        return content

    def action_open_cancel(self):
        """Ask for the reason, and cancel."""
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "ar_followup_plus.ar_notice_cancel_action"
        )
        action["context"] = {"active_model": self._name, "active_ids": self.ids}
        return action
