"""The second look: check a notice against the ledger before it is sent."""

from odoo import models
from odoo.tools import SQL

from ...engine.decision.contact import build_contact, may_not_contact
from ...engine.decision.cover import company_amount
from ...engine.decision.decide import decide, is_still_enough, still_asked
from ...engine.values import STAGE_RANK
from ..decision.decision_writer import line_rows
from ..ladder.channel import CHANNELS
from ..ledger.open_item_holds import dates_named
from ..voice.turns import Turns


class ArNotice(models.Model):
    _inherit = "ar.notice"

    # === WHOSE TURN IT IS === #

    def _keep_turns(self, company, counts):
        """Move notices to a later day whose customer was contacted since the decision.

        One contact a day for a customer and an address, the most important first. What
        exceeds the messages in 30 days is decided on again: it is in the next notice.

        :return: the notices whose turn it is
        """
        written = self.filtered(lambda notice: CHANNELS[notice.channel].is_written)
        if not written:
            return self
        waits = Turns(written).waits(written._recipients())
        for notice, wait in waits.items():
            if wait.why == "budget":
                notice._cancel(
                    "settled", self.env._("Messages in 30 days: it is in the next one")
                )
                counts["cancelled"] += 1
            else:
                notice.leaves_at = company._ar_opens_at(wait.until)
        return self - self.browse([notice.id for notice in waits])

    # === CHECKED AGAIN === #

    def _check_again(self, company, counts):
        """Check notices against the current ledger ("Second look").

        :return: the notices that may be sent
        """
        kept = self._bring_up_to_date(company, counts)
        kept._after_recheck(company)
        return kept

    def _bring_up_to_date(self, company, counts):
        """Drop items no longer owed, update figures, cancel notices with nothing left.

        :return: the notices that may be sent
        """
        reader, rules = self._reading(company)
        data = {
            debtor.id: (debtor, items, ladder)
            for debtor, items, ladder in reader.read_debtors(self.debtor_id.ids)
        }
        digits = self._digits_of(
            {item.currency for _d, items, _l in data.values() for item in items}
        )
        dated = {
            d.id for d, items, _l in data.values() if any(i.date_given for i in items)
        }
        named = self._named_days(company, reader, rules, dated)
        kept, settled, fresh = self.browse(), self.browse(), []
        today, minor = reader.date, 10**company.currency_id.decimal_places
        steps = {
            step.id: step._engine(minor)
            for step in self.step_id | self.line_ids.step_id
        }
        if rules.state not in ("ask", "live"):
            return kept  # paused or switched off in the meantime
        for notice in self:
            debtor, items, ladder = data[notice.debtor_id.id]
            brake = may_not_contact(debtor, rules, today)
            if brake:
                notice._hold_back(brake)
                counts["cancelled"] += 1
                continue
            decision = decide(debtor, items, ladder, rules, today)
            contact = notice._contact_now(decision, items, reader, steps, named)
            if not contact.about or not is_still_enough(decision, contact):
                settled |= notice
                continue
            worth = sum(company_amount(i, a) for i, a, _s in contact.about)
            rows = line_rows(notice.id, contact, notice.channel, today, digits)
            if notice._said() != {_said(row) for row in rows}:
                fresh.append((notice, rows, worth / minor))
            if notice.date_given != (contact.date_given or False):
                notice.date_given = contact.date_given
            kept |= notice
        if settled:
            settled._settle(counts)
        for notice, rows, worth in fresh:
            notice._rewrite(rows, worth)
        changed = self.browse([notice.id for notice, _rows, _worth in fresh])
        kept -= (kept & changed)._forget_documents()
        return kept

    def _hold_back(self, brake):
        """Cancel a notice to a customer who may not be contacted now.

        :param engine.decision.contact.Brake brake: the reason
        """
        if brake.until:
            self._cancel("later", self.env._("Snoozed or answered"), brake.until)
        elif brake.reason.holds_all:
            self._cancel("settled", self.env._("All contact stopped"))
        else:
            self._cancel("settled", self.env._(brake.reason.sentence_bare))

    def _settle(self, counts):
        """Cancel notices with nothing left to ask for.

        If this happens twice in a row for an item that is still open, ask a person to
        find the cause: otherwise it would be planned and cancelled every night.
        """
        why = self.env._("Settled meanwhile")
        # The night and a person may have cancelled in two languages
        langs = [code for code, _name in self.env["res.lang"].get_installed()]
        said = [
            self.with_context(lang=lang).env._("Settled meanwhile") for lang in langs
        ]
        self.flush_model()
        self.line_ids.flush_model()
        again = self.browse(
            notice_id
            for (notice_id,) in self.env.execute_query(
                SQL(
                    """SELECT n.id FROM ar_notice n
                         JOIN LATERAL (
                              SELECT o.id, o.cancel_how, o.cancel_reason
                                FROM ar_notice o
                               WHERE o.debtor_id = n.debtor_id AND o.id < n.id
                                 AND o.step_id = n.step_id AND o.channel = n.channel
                               ORDER BY o.id DESC LIMIT 1) last ON TRUE
                        WHERE n.id = ANY(%s) AND last.cancel_how = 'settled'
                          AND last.cancel_reason = ANY(%s)
                          AND EXISTS (
                              SELECT 1 FROM ar_notice_line now
                                JOIN ar_notice_line old
                                  ON old.move_line_id = now.move_line_id
                                JOIN account_move_line l ON l.id = now.move_line_id
                               WHERE now.notice_id = n.id AND now.role = 'about'
                                 AND old.notice_id = last.id AND old.role = 'about'
                                 AND l.parent_state = 'posted'
                                 AND l.reconciled IS NOT TRUE)""",
                    self.ids,
                    said,
                )
            )
        )
        (self - again)._cancel("settled", why)
        counts["cancelled"] += len(self - again)
        if again:
            again._fail(
                self.env._(
                    "Planned twice, and each time nothing was left to ask for when it "
                    "was to be sent: check its invoices and the minimum of the step."
                )
            )
            counts["failed"] = counts.get("failed", 0) + len(again)

    def _digits_of(self, currency_ids):
        """Return the decimal places of these currencies, and of those of the lines."""
        digits = {c.id: c.decimal_places for c in self.line_ids.currency_id}
        digits.update(
            (c.id, c.decimal_places)
            for c in self.env["res.currency"].browse(currency_ids)
        )
        return digits

    def _after_recheck(self, company):
        """Hook: update the contents of notices that are about to be sent.

        :param res.company company: the company of the notices
        """

    def _named_days(self, company, reader, rules, dated):
        """Return the invoices with a payment date given outside the ladder.

        For example, a rejected dispute gives ten days: a notice approved before must
        not ask for the invoice sooner. decide() handles the dates given by notices.

        :param dated: ids of the debtors with any date given
        :return: ``{(debtor id, move id)}``
        """
        if not dated:
            return set()
        rows = self.env.execute_query(dates_named(company, reader.date, dated))
        return {
            (debtor_id, move_id)
            for debtor_id, move_id, day in rows
            if reader.calendar.add_working(day, rules.grace_days) >= reader.date
        }

    def _contact_now(self, decision, items, reader, steps, named=()):
        """Return the notice as a contact of the engine, with today's figures.

        :param dict steps: those of the notice and its lines, ``{id: values.Step}``
        :param named: see :meth:`_named_days`
        """
        asked = still_asked(decision)
        open_items = {item.id: item for item in items}
        lists = {"about": [], "also": [], "coming": []}
        for line in self.line_ids:
            item = open_items.get(line.move_line_id.id)
            if item and item.id in asked and line.role in lists:
                if line.role == "about" and (
                    self._is_too_harsh(item)
                    or self._is_too_late(item, reader.date)
                    or (self.debtor_id.id, item.move_id) in named
                ):
                    continue
                step = steps.get(line.step_id.id)
                lists[line.role].append((item, asked[item.id], step))
        # One channel of the step, or one in their place
        step = steps[self.step_id.id]._replace(channels=(self.channel,))
        if not CHANNELS[self.channel].is_written:
            step = step._replace(date_given_days=0)
        return build_contact(
            step,
            tuple(lists.values()),
            items,
            reader.calendar,
            reader.date,
            not self.is_first,
        )

    def _is_too_harsh(self, item):
        """Return whether this step is too harsh for a partly disputed invoice."""
        return item.capped and STAGE_RANK[self.stage] > STAGE_RANK["firm"]

    def _is_too_late(self, item, today):
        """Return whether a note before the due date had to wait until after it."""
        return self.stage == "preventive" and item.due < today

    def _said(self):
        """Return the values of the lines, in a form to compare with fresh rows."""
        return {
            (
                line.move_line_id.id,
                line.role,
                line.currency_id.id,
                round(line.amount, 4),
                round(line.amount_residual_currency, 4),
                line.days_overdue,
            )
            for line in self.line_ids
        }

    def _rewrite(self, rows, amount):
        """Replace the lines of an unsent notice with today's."""
        self.ensure_one()
        names = {line.move_id.id: line.move_name for line in self.line_ids}
        self.env.flush_all()
        self.env.cr.execute(
            SQL("DELETE FROM ar_notice_line WHERE notice_id = %s", self.id)
        )
        self.invalidate_recordset(["line_ids"])
        self.env["ar.notice.line"].invalidate_model()
        self.env["ar.notice.line"].create(
            [
                {
                    **row._asdict(),
                    "move_name": names.get(row.move_id)
                    or self.env["account.move"].browse(row.move_id).name,
                    "amount_residual_currency": float(row.amount_residual_currency),
                    "amount": float(row.amount),
                }
                for row in rows
            ]
        )
        self.amount = amount


def held_until(debtor, today):
    """Return until when messages outside the ladder have to wait, or None.

    That is the end of a snooze, or of the pause after a reply.

    :param ar.debtor debtor: the customer with a message due
    """
    days = [d for d in (debtor.snooze_until, debtor.reply_until) if d and d > today]
    return max(days, default=None)


def _said(row):
    """Return a row of line_rows in the form of ArNotice._said."""
    return (
        row.move_line_id,
        row.role,
        row.currency_id,
        round(float(row.amount), 4),
        round(float(row.amount_residual_currency), 4),
        row.days_overdue,
    )
