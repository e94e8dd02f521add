"""What must be true before a customer's items are referred."""

from typing import NamedTuple

from odoo.tools import SQL

from ...engine.values import STAGE_RANK

#: The kinds of customers that count as consumers for a partner.
PRIVATE = ("consumer", "sole_trader")
#: The first stage that announces what follows.
FINAL = STAGE_RANK["final"]


class Check(NamedTuple):
    """One row of the checklist."""

    name: str
    done: bool
    words: str


def in_words(rows):
    """Return some rows of a checklist as one text."""
    return "; ".join(row.words for row in rows)


class Checklist:
    """The checklist of one proposed referral, read as superuser."""

    def __init__(self, referral):
        self.env = referral.env
        self.referral = referral

    def rows(self):
        """Return all rows.

        :rtype: list[Check]
        """
        referral, env = self.referral, self.env
        items = env["ar.open.item"].browse(
            referral.line_ids.filtered("hold").move_line_id.ids
        )
        # By search: an item that was paid or cancelled is none any more
        items = items.search([("id", "in", items.ids)])
        items.invalidate_recordset(flush=False)
        return [
            *self._of_items(items),
            *self._of_customer(),
            *self._of_partner(),
            Check(
                "pays",
                referral.is_worth_it,
                env._("The expected net amount is positive"),
            ),
        ]

    def open(self):
        """Return the rows that are not done.

        :rtype: list[Check]
        """
        return [row for row in self.rows() if not row.done]

    def opened_since(self, names):
        """Return the rows that are not done and were when it was approved.

        Items that were paid meanwhile are no reason to wait: the others are referred.

        :param names: of the rows that were not done
        :rtype: list[Check]
        """
        return [row for row in self.open() if row.name not in {*names, "items"}]

    def _of_items(self, items):
        env, today = self.env, self.referral.company_id._ar_today()
        lines = self.referral.line_ids
        return [
            Check(
                "items",
                len(items) == len(lines)
                and all(item.amount_residual_currency > 0 for item in items),
                env._("All items are still open"),
            ),
            Check(
                "announced",
                self._announced() >= set(lines.move_line_id.ids),
                env._("A final demand or a later notice was sent for all items"),
            ),
            Check(
                "date_given",
                all(not item.date_given or item.date_given < today for item in items),
                env._("The last payment date that was given has passed"),
            ),
            Check(
                "dispute",
                not any(item.amount_disputed for item in items),
                env._("No open dispute"),
            ),
            Check(
                "agreement",
                not any(item.amount_promised or item.amount_planned for item in items),
                env._("No promise and no payment plan"),
            ),
            Check(
                "answer",
                not any(item.amount_waiting for item in items),
                env._("No answer of the customer waits for us"),
            ),
        ]

    def _announced(self):
        """Return the ids of items for which a final demand or later notice was sent."""
        self.env["ar.notice.line"].flush_model()
        self.env["ar.notice"].flush_model(["state"])
        late = [stage for stage, rank in STAGE_RANK.items() if rank >= FINAL]
        rows = self.env.execute_query(
            SQL(
                """SELECT DISTINCT nl.move_line_id
                     FROM ar_notice_line nl
                     JOIN ar_notice n ON n.id = nl.notice_id AND n.state = 'sent'
                     JOIN ar_ladder_step step ON step.id = nl.step_id
                    WHERE nl.move_line_id = ANY(%s) AND step.stage = ANY(%s)""",
                self.referral.line_ids.move_line_id.ids,
                late,
            )
        )
        return {row[0] for row in rows}

    def _of_customer(self):
        env, debtor = self.env, self.referral.debtor_id
        partner = debtor.partner_id
        return [
            Check("contact", not debtor.is_stopped, env._("Contact is not stopped")),
            Check(
                "address",
                bool(partner.street and partner.city and partner.country_id),
                env._("The customer's address is known"),
            ),
        ]

    def _of_partner(self):
        env, referral, debtor = self.env, self.referral, self.referral.debtor_id
        agency, today = referral.partner_id, referral.company_id._ar_today()
        if not agency:
            return [Check("partner", False, env._("A partner is chosen"))]
        country, lang = debtor.partner_id.country_id, debtor.partner_id.lang
        return [
            Check(
                "processing",
                bool(agency.agreement_on and agency.agreement_on <= today),
                env._("There is a data-processing agreement with the partner"),
            ),
            Check(
                "minimum",
                referral.gross >= agency.minimum_amount,
                env._("The amount reaches the partner's minimum"),
            ),
            Check(
                "consumers",
                agency.takes_consumers or debtor.kind not in PRIVATE,
                env._("The partner takes this kind of customer"),
            ),
            Check(
                "country",
                (not agency.country_ids or country in agency.country_ids)
                and (
                    not agency.lang_ids
                    or not lang
                    or lang in agency.lang_ids.mapped("code")
                ),
                env._("The partner works in the customer's country and language"),
            ),
        ]
