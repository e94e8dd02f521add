"""The kinds of records about customers, and when they are no longer needed.

Each kind has some pieces of SQL about its row ``r``. The retention job, its lists and the
export of personal data read the same kinds.
"""

from dataclasses import dataclass

from odoo.tools import SQL

from ..payment_plan.monitoring import BACK_DAYS

#: Models whose attachments are ours.
OUR_FILES = (
    "ar.debtor",
    "ar.notice",
    "ar.letter",
    "ar.copies",
    "ar.dispute",
    "ar.payment.plan",
    "ar.referral",
    "ar.credit.policy.acceptance",
    "ar.unmatched.reply",
    "ar.evidence",
    "mail.compose.message",
)
#: Condition for a receivable item ``l`` of move ``m`` whose records are still needed: it
#: is open or a draft, or was closed after the limit. A payment closes an item on the day
#: on which it was matched.
KEEPS = """a.account_type = 'asset_receivable' AND (
    l.parent_state = 'draft'
    OR (l.parent_state = 'posted' AND (
        l.reconciled IS NOT TRUE
        OR l.date > %(limit)s
        OR EXISTS (SELECT 1 FROM account_partial_reconcile pr
                    WHERE pr.debit_move_id = l.id
                      AND GREATEST(pr.max_date, pr.create_date::date) > %(limit)s)
        OR EXISTS (SELECT 1 FROM account_partial_reconcile pr
                    WHERE pr.credit_move_id = l.id
                      AND GREATEST(pr.max_date, pr.create_date::date) > %(limit)s))))"""
#: The invoices of the notice of a row ``r``.
OF_NOTICE = "SELECT nl.move_id FROM ar_notice_line nl WHERE nl.notice_id = {}"
#: Columns of a signature; all are personal data.
SIGNATURE = (
    "signer_name",
    "signer_function",
    "signer_email",
    "signer_ip",
    "signer_agent",
    "signer_contacts",
    "signature",
    "signed_sha256",
    "signed_document_id",
    "signed_document_sha256",
)


@dataclass(frozen=True)
class Kind:
    """One kind of records that the retention job knows.

    ``day``: the last day of its use. ``until``: it concerns invoices until that day;
    default: its day. ``moves``: its invoices; without any it concerns all invoices of
    its customer until that day. ``clear``: columns to empty if figures are kept; without
    any it is deleted in any case, because without the person nothing is left of it.
    ``lines``: tables of its lines, with the column that refers to it and the columns to
    empty; without columns the lines are deleted.
    """

    model: str
    day: str
    until: str = ""
    over: str = "TRUE"
    debtor: str = "r.debtor_id"
    where: str = "TRUE"
    moves: str = ""
    clear: tuple = ()
    lines: tuple = ()
    # Columns with e-mail addresses: the persons of a record beside its customer
    addresses: tuple = ()

    @property
    def table(self):
        return self.model.replace(".", "_")


#: In the order of deletion: records found through a notice come before it.
KINDS = {
    "pack": Kind(
        "ar.evidence",
        day="COALESCE(r.finished_at, r.create_date)::date",
        over="r.state IN ('done', 'failed')",
    ),
    "call": Kind(
        "ar.contact.log",
        day="r.date::date",
        moves=OF_NOTICE.format("r.notice_id"),
        clear=("note", "notice_id"),
    ),
    "answer": Kind(
        "ar.answer",
        day="COALESCE(r.done_on, r.create_date::date)",
        # Keep an address that must get no messages, so that it stays excluded
        over="r.state = 'done' AND r.blocks_address IS NOT TRUE",
        moves="SELECT al.move_id FROM ar_answer_line al WHERE al.answer_id = r.id",
        clear=(
            "said_by",
            "text",
            "paid_reference",
            "address",
            "contact_name",
            "contact_email",
            "contact_phone",
            "once",
            "notice_id",
            "dispute_id",
            "plan_id",
            "file_sums",
        ),
        lines=(("ar_answer_line", "answer_id", ()),),
        addresses=("said_by", "address", "contact_email"),
    ),
    "notice": Kind(
        "ar.notice",
        day="COALESCE(r.sent_on, r.state_at::date, r.date)",
        over="r.state IN ('sent', 'cancelled', 'failed')",
        moves=OF_NOTICE.format("r.id"),
        clear=(
            "recipients",
            "sender",
            "failure_reason",
            "cancel_reason",
            "number",
            "tracking_number",
            "group",
            "access_token",
            "expired_token",
            "opened_at",
            "mail_message_id",
            "letter_id",
            "copies_id",
            "file_sums",
        ),
        lines=(
            ("ar_notice_line", "notice_id", ("move_id", "move_line_id", "move_name")),
        ),
        addresses=("recipients",),
    ),
    "dispute": Kind(
        "ar.dispute",
        day="COALESCE(r.closed_on, r.opened_on)",
        over="r.state NOT IN ('open', 'in_progress')",
        moves="SELECT unnest(ARRAY[r.move_id, r.new_move_id, r.credit_move_id])",
        clear=(
            "text",
            "answer",
            "move_name",
            "move_id",
            "credit_move_id",
            "new_move_id",
            "file_sums",
        ),
        lines=(
            ("ar_dispute_line", "dispute_id", ("move_line_id",)),
            ("ar_dispute_invoice_line_rel", "ar_dispute_id", ()),
        ),
    ),
    "plan": Kind(
        "ar.payment.plan",
        day="r.closed_on",
        over="r.closed_on IS NOT NULL",
        moves="SELECT pl.move_id FROM ar_payment_plan_line pl WHERE pl.plan_id = r.id",
        clear=(
            "note",
            "close_note",
            "number",
            "agreement_id",
            "supersedes_id",
            "file_sums",
        )
        + SIGNATURE,
        lines=(
            (
                "ar_payment_plan_line",
                "plan_id",
                ("move_id", "move_line_id", "move_name"),
            ),
        ),
        addresses=("signer_email",),
    ),
    "referral": Kind(
        "ar.referral",
        day="r.ended_on",
        over="r.ended_on IS NOT NULL",
        moves="SELECT rl.move_id FROM ar_referral_line rl WHERE rl.referral_id = r.id",
        clear=("reason", "override_reason", "end_reason"),
        lines=(
            (
                "ar_referral_line",
                "referral_id",
                ("move_id", "move_line_id", "move_name"),
            ),
            (
                "ar_referral_payment",
                "referral_id",
                ("payment_id", "bill_id", "reference"),
            ),
        ),
    ),
    "returned": Kind(
        "ar.returned.payment",
        day="r.noticed_on",
        # Until then it is what keeps the night from noting the payment again
        over=f"r.message_due IS NOT TRUE AND r.noticed_on < CURRENT_DATE - {BACK_DAYS}",
        moves="SELECT rm.move_id FROM ar_returned_payment_move_rel rm "
        "WHERE rm.returned_id = r.id",
        clear=("payment_id", "entry_id"),
        lines=(("ar_returned_payment_move_rel", "returned_id", ()),),
    ),
    "terms": Kind(
        "ar.credit.policy.acceptance",
        day="COALESCE(r.ended_on, r.answered_on, r.signed_at::date, r.write_date::date)",
        # A valid acceptance concerns future invoices, too
        until="CASE WHEN r.state <> 'accepted' THEN COALESCE(r.ended_on, r.answered_on, "
        "r.signed_at::date, r.write_date::date) ELSE 'infinity'::date END",
        over="r.state <> 'requested'",
        addresses=("signer_email", "sent_to"),
    ),
    "charge": Kind(
        "ar.late.charge",
        day="GREATEST(r.date_to, r.create_date::date)",
        moves="SELECT unnest(ARRAY[r.move_id, r.note_id])",
    ),
    "pause": Kind(
        "ar.late.charge.pause", day="r.date_to", over="r.date_to IS NOT NULL"
    ),
    "letter": Kind(
        "ar.letter", day="COALESCE(r.posted_on, r.printed_on, r.create_date::date)"
    ),
    "copies": Kind("ar.copies", day="GREATEST(r.expires_on, r.create_date::date)"),
    "pass": Kind("ar.credit.pass", day="GREATEST(r.used_on, r.valid_until)::date"),
    "exclusion": Kind(
        "ar.exclusion",
        day="GREATEST(r.until, r.create_date::date)",
        debtor="""(SELECT xd.id FROM account_move xm
                     LEFT JOIN account_move_line xl ON xl.id = r.move_line_id
                     JOIN res_partner xp
                       ON xp.id = COALESCE(xl.partner_id, xm.partner_id)
                     JOIN ar_debtor xd ON xd.partner_id = xp.commercial_partner_id
                      AND xd.company_id = r.company_id
                    WHERE xm.id = r.move_id)""",
        moves="SELECT r.move_id",
    ),
    "reply": Kind(
        "ar.unmatched.reply",
        day="r.create_date::date",
        over="r.state <> 'open'",
        addresses=("email_from",),
    ),
    # The mail of a notice is deleted with its notice
    "message": Kind(
        "mail.message",
        day="r.date::date",
        debtor="r.res_id",
        where="r.model = 'ar.debtor'",
        over="NOT EXISTS (SELECT 1 FROM ar_notice mn WHERE mn.mail_message_id = r.id)",
        addresses=("email_from",),
    ),
    # What colleagues are to do, and did: its summary names people
    "activity": Kind(
        "mail.activity",
        day="COALESCE(r.date_done, r.create_date::date)",
        debtor="r.res_id",
        where="r.res_model = 'ar.debtor'",
    ),
    "file": Kind(
        "ir.attachment",
        day="r.create_date::date",
        debtor="r.res_id",
        where="r.res_model = 'ar.debtor' AND NOT EXISTS (SELECT 1 "
        "FROM message_attachment_rel mr WHERE mr.attachment_id = r.id)",
    ),
    "contact": Kind(
        "ar.debtor.contact", day="r.write_date::date", until="'infinity'::date"
    ),
    "visit": Kind("ar.page.visit", day="r.done_at::date"),
    "outgoing": Kind("ar.outgoing", day="r.day", addresses=("address",)),
}


def kinds(env):
    """Return the kinds whose models exist in this database."""
    return {name: kind for name, kind in KINDS.items() if kind.model in env}


def bars_sql(debtor_ids, limit):
    """Return SQL for ``(debtor id, day of the oldest invoice that is still needed)``.

    A record without invoices that ended before that day concerns closed debts only.
    """
    return SQL(
        """SELECT d.id, min(COALESCE(m.invoice_date, l.date, l.create_date::date))
             FROM ar_debtor d
             JOIN res_partner p ON p.commercial_partner_id = d.partner_id
             JOIN account_move_line l ON l.partner_id = p.id
             JOIN account_account a ON a.id = l.account_id
             JOIN account_move m ON m.id = l.move_id
             JOIN res_company co ON co.id = l.company_id
              AND split_part(co.parent_path, '/', 1)::int = d.company_id
            WHERE d.id = ANY(%(ids)s) AND %(keeps)s
            GROUP BY d.id""",
        ids=list(debtor_ids),
        keeps=SQL(KEEPS, limit=limit),
    )


def released_sql(kind, limit, bar="bar.day"):
    """Return SQL that is true for a row ``r`` that is no longer needed.

    :param str bar: SQL for the day of the oldest invoice still needed, or NULL
    """
    until = SQL(kind.until or kind.day)
    concerns = SQL("(%s IS NULL OR %s < %s)", SQL(bar), until, SQL(bar))
    if kind.moves:
        concerns = SQL(
            """CASE WHEN EXISTS (SELECT 1 FROM (%(moves)s) mv(id)
                                  WHERE mv.id IS NOT NULL)
                    THEN NOT EXISTS (
                        SELECT 1 FROM (%(moves)s) mv(id)
                          JOIN account_move_line l ON l.move_id = mv.id
                          JOIN account_account a ON a.id = l.account_id
                         WHERE %(keeps)s)
                    ELSE %(concerns)s END""",
            moves=SQL(kind.moves),
            keeps=SQL(KEEPS, limit=limit),
            concerns=concerns,
        )
    return SQL(
        "%s AND (%s) AND (%s) <= %s AND %s",
        SQL(kind.where),
        SQL(kind.over),
        SQL(kind.day),
        limit,
        concerns,
    )
