"""Reads the contents of notices' texts, in a constant number of SQL statements."""

from odoo.tools import SQL, str2bool

from ...engine.decision.forecast import next_after
from ...engine.values import Debtor
from ...tools.customer_format import one_line
from ..ladder.channel import written
from ..ledger.early_discount import early_discounts

_LINE_FIELDS = [
    "notice_id",
    "move_id",
    "role",
    "move_name",
    "date_due",
    "currency_id",
    "amount_residual_currency",
    "amount",
    "move_line_id",
    "step_id",
]
_MOVE_FIELDS = [
    "name",
    "ref",
    "payment_reference",
    "partner_bank_id",
    "move_type",
    "state",
    "invoice_payment_term_id",
]

#: Days for which what a customer said counts, also when it was about another invoice.
TALK_DAYS = 30
#: Notices whose customer gave an answer since the oldest due date, in whatever way.
_ANSWERED = """
    SELECT n.id FROM ar_notice n
      JOIN LATERAL (SELECT LEAST(min(l.date_due), n.date - %(talk)s) AS day
                      FROM ar_notice_line l
                     WHERE l.notice_id = n.id AND l.role = 'about') due ON TRUE
     WHERE n.id = ANY(%(ids)s)
       AND (EXISTS (SELECT 1 FROM mail_message m
                     WHERE m.model = 'ar.debtor' AND m.res_id = n.debtor_id
                       AND m.message_type IN ('email', 'comment') AND m.date > due.day
                       AND NOT EXISTS (SELECT 1 FROM res_users u
                                        WHERE u.partner_id = m.author_id
                                          AND u.share IS NOT TRUE))
            OR EXISTS (SELECT 1 FROM ar_answer a
                        WHERE a.debtor_id = n.debtor_id AND a.create_date >= due.day)
            OR EXISTS (SELECT 1 FROM ar_contact_log t
                        WHERE t.debtor_id = n.debtor_id AND t.date >= due.day
                          AND t.outcome NOT IN ('no_answer', 'wrong_number'))
            OR EXISTS (SELECT 1 FROM ar_payment_plan p
                        WHERE p.debtor_id = n.debtor_id AND p.create_date >= due.day)
            OR EXISTS (SELECT 1 FROM ar_dispute d
                        WHERE d.debtor_id = n.debtor_id AND d.opened_on >= due.day))
"""
#: Payments on the invoices that a notice is about, since the last one to the customer.
_PAID = """
    SELECT n.id, nl.currency_id, sum(part.debit_amount_currency), max(paid.date)
      FROM ar_notice n
      JOIN ar_notice_line nl ON nl.notice_id = n.id AND nl.role = 'about'
      LEFT JOIN LATERAL (SELECT max(p.sent_on) AS day FROM ar_notice p
                          WHERE p.debtor_id = n.debtor_id AND p.id < n.id
                            AND p.state = 'sent' AND p.channel <> 'call') last ON TRUE
      JOIN account_partial_reconcile part ON part.debit_move_id = nl.move_line_id
      JOIN account_move_line paid ON paid.id = part.credit_move_id
      JOIN account_move m ON m.id = paid.move_id AND m.move_type = 'entry'
           AND (m.origin_payment_id IS NOT NULL OR m.statement_line_id IS NOT NULL)
     WHERE n.id = ANY(%(ids)s)
       AND paid.date >= COALESCE(last.day, nl.date_due)
       AND paid.date <= COALESCE(n.sent_on, paid.date)
     GROUP BY n.id, nl.currency_id
"""


class TextReader:
    """Reads for a set of notices, as superuser.

    The text must be the same for every user who previews it, even with invoices and
    people that the user has no right to read.

    :param ar.notice notices: in the language of the customer
    """

    def __init__(self, notices):
        self.notices = notices.sudo()
        self.env = self.notices.env
        lines = self.notices.line_ids
        lines.fetch(_LINE_FIELDS)
        self.lines = {notice.id: notice.line_ids for notice in self.notices}
        self.moves = lines.move_id
        self.moves.fetch(_MOVE_FIELDS)
        self.days = {
            notice.id: notice.sent_on or notice.company_id._ar_today()
            for notice in self.notices
        }
        self._read_earlier()
        self._read_addressed()
        self._read_next()
        self._read_links()
        self._read_early()

    def lines_of(self, notice, *roles):
        """Return the lines of a notice with one of these roles."""
        return self.lines[notice.id].filtered(lambda line: line.role in roles)

    # === EARLY PAYMENT DISCOUNTS === #

    def _read_early(self):
        """Read the discounts that still hold on the days of the notices.

        ``{(notice id, journal item id): EarlyDiscount}``, where the notice asks for
        all that is open: Odoo takes a discount off a payment in full only.
        """
        self.early = {}
        for notice in self.notices:
            lines = self.lines_of(notice, "about", "also", "coming").filtered(
                lambda line: (
                    line.move_id.invoice_payment_term_id.early_discount
                    and line.amount == line.amount_residual_currency
                )
            )
            found = early_discounts(lines.move_line_id, self.days[notice.id])
            self.early.update({(notice.id, key): one for key, one in found.items()})

    # === WHAT WAS SAID BEFORE === #

    def _read_earlier(self):
        """Read the dates of earlier messages about the same invoices.

        ``earlier``: ``{notice id: [days]}``, ``final``: the day of the final demand.
        Undelivered messages and notes before the due date do not count.
        """
        self.earlier, self.final = {}, {}
        self.env["ar.notice"].flush_model()
        for notice, day, stages in self.env.execute_query(
            SQL(
                """
                SELECT n.id, p.sent_on, array_agg(DISTINCT p.stage)
                  FROM ar_notice n
                  JOIN ar_notice p ON p.debtor_id = n.debtor_id AND p.state = 'sent'
                       AND p.id < n.id AND p.channel = ANY(%s)
                       AND p.stage <> 'preventive' AND p.sent_on IS NOT NULL
                       AND COALESCE(p.delivery, '') <> 'bounced'
                       AND (p.step_id, p.date) IS DISTINCT FROM (n.step_id, n.date)
                 WHERE n.id = ANY(%s)
                   AND EXISTS (SELECT 1 FROM ar_notice_line now
                                 JOIN ar_notice_line old ON old.move_id = now.move_id
                                WHERE now.notice_id = n.id AND now.role = 'about'
                                  AND old.notice_id = p.id
                                  AND old.role IN ('about', 'also'))
                 GROUP BY n.id, p.sent_on ORDER BY n.id, p.sent_on
                """,
                written(),
                self.notices.ids,
            )
        ):
            self.earlier.setdefault(notice, []).append(day)
            if "final" in stages:
                self.final[notice] = day

        self._read_log()

    def _read_log(self):
        """Read what the customer said and paid since the oldest due date.

        Nobody with whom we spoke in the month before is told that we heard no reason,
        whichever invoice it was about.

        ``answered``: the notices for which there is a message, an answer on the page, a
        talk, a promise or a dispute. ``paid``: ``{notice id: {currency id: (amount,
        day)}}``, the payments on its invoices since the last notice.
        """
        self.env.flush_all()
        ids = self.notices.ids
        self.answered = {
            notice_id
            for (notice_id,) in self.env.execute_query(
                SQL(_ANSWERED, ids=ids, talk=TALK_DAYS)
            )
        }
        self.paid = {}
        for notice_id, currency_id, amount, day in self.env.execute_query(
            SQL(_PAID, ids=ids)
        ):
            self.paid.setdefault(notice_id, {})[currency_id] = (amount, day)

    # === PEOPLE === #

    def _read_addressed(self):
        """Read the recipients: ``{notice id: res.partner}``.

        The stored recipient; before delivery, the one who would get the notice now.
        """
        known = self.env.context.get("ar_addressed") or {}
        rest = self.notices.filtered(lambda notice: notice.id not in known)
        found = dict(known)
        if rest:
            for notice_id, people in rest._recipients().items():
                found[notice_id] = people[0].id if people else False
        people = self.env["res.partner"].browse(set(filter(None, found.values())))
        known = {person.id: person for person in people}
        self.addressed = {
            notice_id: known.get(partner_id) for notice_id, partner_id in found.items()
        }

    def person_name(self, notice):
        """Return the name of the recipient if it is a person, or an empty text.

        A company is not a person, nor is an address without a name of its own.
        """
        person = self.addressed.get(notice.id)
        if not person or person.is_company:
            return ""
        name = one_line(person.name)
        company = one_line(notice.partner_id.name).lower() if person.parent_id else ""
        if "@" in name or name.lower() == company:
            return ""
        return name

    def collector(self, notice):
        """Return the collector of the customer, if any."""
        for user in (notice.debtor_id.user_id, notice.company_id.ar_user_id):
            if user.active:
                return user
        return self.env["res.users"]

    def manager(self, notice):
        """Return the credit manager, else the collector, if any."""
        user = notice.company_id.ar_manager_id
        return user if user.active else self.collector(notice)

    # === NEXT STEP === #

    def _read_next(self):
        """Find the next message, and its day, if nobody pays or answers.

        ``{notice id: (engine.values.Step, day)}``, by the rule of the decision: of all
        items that take a step with the notice.
        """
        self.next = {}
        for company, notices in self.notices.grouped("company_id").items():
            reader, rules = notices._reading(company)
            for notice in notices:
                record = notice.debtor_id
                day = self.days[notice.id]
                debtor = Debtor(
                    id=record.id,
                    kind=record.kind,
                    profile=record.profile,
                    direct_debit=record.direct_debit,
                    no_preventive=record.no_preventive,
                    call_first=record.call_first,
                    last_contact=day,
                )
                found = next_after(
                    self._steps_taken(notice),
                    debtor,
                    reader.ladder_of(record.ladder_id.id, debtor),
                    rules,
                    day,
                )
                if found:
                    self.next[notice.id] = found

    def _steps_taken(self, notice):
        """Return the steps that items take with a notice, see ``next_after``."""
        steps = []
        for line in self.lines_of(notice, "about", "also"):
            step = line.step_id
            if line.role == "about":
                step = step or notice.step_id
            if step and line.date_due:
                given = notice.date_given if line.role == "about" else False
                steps.append((step.delay_days, line.date_due, given or None))
        return steps

    # === THE CUSTOMER'S PAGE === #

    def _read_links(self):
        """Read the links to the customer's page: ``pages`` is ``{notice id: URL}``.

        ``online`` has the companies whose invoices can be paid there.
        """
        self.online = set()
        self.notices._ensure_links()
        bases = {
            company.id: notices[0].get_base_url()
            for company, notices in self.notices.grouped("company_id").items()
        }
        self.pages = {
            notice.id: f"{bases[notice.company_id.id]}/receivables/n/{notice.access_token}"
            for notice in self.notices
            if notice.access_token
        }
        parameters = self.env["ir.config_parameter"]
        if any(move.move_type == "out_invoice" for move in self.moves) and str2bool(
            parameters.get_param("account_payment.enable_portal_payment"), False
        ):
            providers = self.env["payment.provider"].search(
                [("state", "in", ("enabled", "test")), ("is_published", "=", True)]
            )
            self.online = set(providers.company_id.root_id.ids)

    def link_of(self, notice, move):
        """Return the link to an invoice on the customer's page, or None."""
        page = self.pages.get(notice.id)
        return f"{page}#i{move.id}" if page and move else None
