"""The e-mail channel: recipients, text, sender, attachments, and sending."""

import logging

from lxml import html
from markupsafe import Markup
from psycopg2 import InterfaceError, OperationalError

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL, formataddr
from odoo.tools.mail import generate_tracking_message_id

from ...tools.transactions import CONFLICTS, commit, in_turn, rollback
from ..customer.debtor_mail import DebtorMail
from ..ladder.channel import CHANNELS, Channel
from ..ledger.ledger_reader import recipients_sql
from ..signature.ar_guarded import KEY

_logger = logging.getLogger(__name__)

#: Separator of the bodies in one rendering; no text can contain it.
SPLIT = "<!--ar-notice-end-->"


class ArNotice(models.Model):
    _inherit = "ar.notice"

    def _draw_numbers(self, company):
        """Assign the notices their numbers from the sequence, in one statement."""
        bare = self.filtered(lambda notice: not notice.number)
        sequence = (
            self.env["ir.sequence"]
            .with_company(company)
            .search_fetch(
                [("code", "=", "ar.notice"), ("company_id", "in", (company.id, False))],
                ["implementation", "use_date_range", "prefix", "suffix", "padding"],
                order="company_id",
                limit=1,
            )
        )
        if sequence.implementation != "standard" or sequence.use_date_range:
            for notice in bare:
                notice.number = sequence.next_by_id() if sequence else notice.id
            return
        rows = self.env.execute_query(
            SQL(
                "SELECT nextval(%s) FROM generate_series(1, %s)",
                f"ir_sequence_{sequence.id:03d}",
                len(bare),
            )
        )
        for notice, (value,) in zip(bare, rows, strict=True):
            notice.number = sequence.get_next_char(value)

    def _mail_vals(self, template, lang, people, company):
        """Return the values of the mails of notices with one template and language."""
        if not template:
            raise UserError(
                self.env._(
                    "The step %(step)s has no e-mail template: choose one, then try "
                    "again.",
                    step=self.step_id[:1].name,
                )
            )
        addressed = {notice.id: people[notice.id][0].id for notice in self}
        notices = self.with_context(lang=lang, ar_addressed=addressed)
        template = template.with_context(lang=lang, ar_addressed=addressed)
        subjects = template._render_field("subject", notices.ids)
        bodies = notices._render_bodies(template)
        replies = DebtorMail(notices.debtor_id).reply_addresses(company)
        subtype_id = self.env.ref("mail.mt_comment").id
        vals_list = []
        for notice in notices:
            sender = notice._sender()
            to = people[notice.id]
            message_id = generate_tracking_message_id(
                f"{notice.debtor_id.id}-ar.debtor"
            )
            addresses = ", ".join(
                formataddr((person.name or "", person.email)) for person in to
            )
            notice.recipients = addresses
            notice.next_on = notice.announced_day
            vals_list.append(
                {
                    "ar_notice_id": notice.id,
                    "ar_origin": "sent",
                    "ar_file_sums": notice.file_sums or False,
                    # A line break in a subject blocks the mail
                    "subject": " ".join((subjects[notice.id] or "").split()),
                    "body": bodies[notice.id],
                    "body_html": bodies[notice.id],
                    "email_from": sender,
                    "email_to": addresses,
                    "reply_to": replies.get(notice.debtor_id.id) or sender,
                    "author_id": notice._author().id,
                    "model": "ar.debtor",
                    "res_id": notice.debtor_id.id,
                    "message_type": "email_outgoing",
                    "subtype_id": subtype_id,
                    "message_id": message_id,
                    "references": message_id,
                    "mail_server_id": company.ar_mail_server_id.id,
                    "attachment_ids": [fields.Command.set(notice.attachment_ids.ids)],
                    "auto_delete": False,
                    "is_notification": False,
                    "record_company_id": company.id,
                    "record_alias_domain_id": company.alias_domain_id.id,
                }
            )
        return vals_list

    def _render_bodies(self, template):
        """Render the template's body for all notices with one compilation.

        :return: ``{notice id: Markup}``
        """
        source = template.body_html or ""
        wrapped = f'<t t-foreach="notices" t-as="object"><t>{source}</t><t t-out="split"/></t>'
        tree = html.fragment_fromstring(wrapped, create_parent="div")
        values = template._render_eval_context()
        values.update(notices=list(self), split=Markup(SPLIT))
        rendered = self.env["ir.qweb"]._render(tree, values)[5:-6]
        parts = rendered.split(SPLIT)[: len(self)]
        return {
            notice.id: Markup(part) for notice, part in zip(self, parts, strict=True)
        }

    # === SENDING === #

    def _left_by_mail(self):
        """Record that the mail server accepted the e-mail of a notice."""
        self.delivery = "pending"
        self._sent()

    @api.model
    def _send_mails(self, mails, counts):
        """Hand mails to the mail server, after they were committed.

        :return: whether to continue with other mails
        """
        notices = mails.ar_notice_id
        try:
            mails.send()
            commit(self.env)
        except CONFLICTS:
            rollback(self.env)
            _logger.info("Others send mails of this batch just now.")
        except (InterfaceError, OperationalError):
            raise  # the connection is gone
        except Exception as error:
            _logger.exception("Mails of notices cannot be sent")
            rollback(self.env)
            reason = str(error)
            in_turn(
                self.env,
                lambda: notices.filtered(lambda n: n.state == "ready")._fail(reason),
            )
        notices.invalidate_recordset(flush=False)
        counts["sent"] += len(notices.filtered(lambda n: n.state == "sent"))
        failed = notices.filtered(lambda n: n.state == "failed")
        counts["failed"] += len(failed)
        if notices.filtered(lambda n: n.state == "ready" and n.mail_message_id):
            return False  # the mail server closes connections
        over = notices.filtered(lambda n: n.state in ("sent", "cancelled"))
        return bool(over or failed.filtered(lambda n: not n.can_retry))


class EmailChannel(Channel):
    """An e-mail, sent through the send gate after the commit."""

    code = "email"
    by_mail = True

    def reachable(self):
        # IMPLEMENTS Channel
        return SQL("%s LIMIT 1", recipients_sql(SQL("TRUE AS yes")))

    def claimable(self, company):
        # IMPLEMENTS Channel: its documents are created before
        return SQL(
            """(n.attachments_ready
                OR NOT COALESCE(n.attach_extra OR s.attach_statement OR s.attach_invoices
                                OR s.attach_letter OR (s.attach_policy AND %s), FALSE))""",
            company._ar_terms_sql(),
        )

    def deliver(self, notices, company, counts):
        # IMPLEMENTS Channel: create the mails; they are sent after the commit
        env = notices.env
        people = notices._recipients()
        lost = notices.filtered(lambda notice: not people[notice.id])
        if lost:
            # Decide again: use the step's next channel, else the customer is
            # unreachable
            lost._cancel("later", env._("No contact can be reached by e-mail."))
            lost.debtor_id._ar_activity(
                "activity_no_contact", env._("Nobody can be reached: add an address")
            )
            counts["cancelled"] += len(lost)
        notices -= lost
        # All people named in the texts, read in one statement
        everybody = env["res.partner"].browse(
            {person.id for some in people.values() for person in some}
        )
        everybody |= notices.partner_id | env.user.partner_id
        everybody.mapped("lang")
        notices._draw_numbers(company)
        vals_list = []
        for (template, lang), some in notices.grouped(
            lambda notice: (
                CHANNELS[notice.channel].mail_template(notice),
                notice._lang(people[notice.id]),
            )
        ).items():
            vals_list += some._mail_vals(template, lang, people, company)
        if not vals_list:
            return env["mail.mail"]
        mails = env["mail.mail"].with_context(ar_evidence=KEY).create(vals_list)
        mails = mails.with_env(env)
        for mail in mails:
            mail.ar_notice_id.mail_message_id = mail.mail_message_id
        return mails

    def mail_template(self, notice):
        # IMPLEMENTS Channel
        return notice.step_id.mail_template_id

    def preview(self, notice):
        # IMPLEMENTS Channel
        return (
            *notice._render_message(),
            notice._recipients_text(),
            notice.sudo()._sender(),
            notice._attached_text(),
        )

    def has_pdf(self, notice):
        # IMPLEMENTS Channel. sudo: whoever reads the notice may see its documents
        notice_sudo = notice.sudo()
        step_sudo = notice_sudo.step_id
        return bool(
            notice_sudo.attach_extra
            or step_sudo.attach_statement
            or step_sudo.attach_invoices
            or (
                step_sudo.attach_policy
                and notice_sudo._attachment_parts(enclosed=True)[notice.id]
            )
        )

    def preview_pdf(self, notice):
        # IMPLEMENTS Channel
        if not notice.attachment_ids:
            notice._attach_documents()
        contents = [file._ar_content() for file in notice.attachment_ids]
        return notice.env["ar.message.preview"]._merge(contents) if contents else None


CHANNELS[EmailChannel.code] = EmailChannel()
