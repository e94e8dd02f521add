"""The status of a customer in one sentence, for other screens."""

from odoo.tools import SQL, format_date


class Standing:
    """The status of debtors: the last message, and the next one."""

    def __init__(self, debtors):
        self.env = debtors.env
        self.debtors = debtors

    @property
    def debtor(self):
        """Return the only debtor."""
        return self.debtors.ensure_one()

    def in_words(self, move_ids=None):
        """Return the status of debtors: the last message, and the next one.

        Takes a constant number of SQL statements. Names of steps are in the user's
        language.

        :param list move_ids: count only notices about these invoices
        :return: ``{debtor id: sentence}``; with ``move_ids`` by the invoice's id
        :rtype: dict
        """
        self.debtors.check_access("read")
        last = self._last_notices(move_ids)
        steps = self.env["ar.ladder.step"].sudo()
        steps.browse([step for _debtor, step, _day in last.values()]).fetch(["name"])
        keys = last if move_ids is not None else {debtor.id for debtor in self.debtors}
        by_id = {debtor.id: debtor for debtor in self.debtors}
        result = {}
        for key in keys:
            debtor_id, step_id, day = last.get(key, (key, False, None))
            parts = []
            if step_id:
                parts.append(
                    self.env._(
                        "%(step)s sent on %(day)s",
                        step=steps.browse(step_id).name,
                        day=format_date(self.env, day),
                    )
                )
            if debtor_id in by_id:
                parts.append(Standing(by_id[debtor_id])._next_in_words())
            result[key] = "; ".join(filter(None, parts)) or False
        return result

    def _last_notices(self, move_ids=None):
        """Return the last notice sent, ``{key: (debtor id, step id, day)}``."""
        if not self.debtors.ids:
            return {}
        self.env["ar.notice"].flush_model()
        self.env["ar.notice.line"].flush_model()
        if move_ids is None:
            query = SQL(
                """SELECT DISTINCT ON (n.debtor_id)
                          n.debtor_id, n.debtor_id, n.step_id, n.sent_on
                     FROM ar_notice n
                    WHERE n.state = 'sent' AND n.debtor_id = ANY(%s)
                    ORDER BY n.debtor_id, n.sent_on DESC, n.id DESC""",
                self.debtors.ids,
            )
        else:
            query = SQL(
                """SELECT DISTINCT ON (nl.move_id)
                          nl.move_id, n.debtor_id, n.step_id, n.sent_on
                     FROM ar_notice_line nl JOIN ar_notice n ON n.id = nl.notice_id
                    WHERE nl.move_id = ANY(%s) AND n.state = 'sent'
                      AND nl.role IN ('about', 'also') AND n.debtor_id = ANY(%s)
                    ORDER BY nl.move_id, n.sent_on DESC, n.id DESC""",
                list(move_ids),
                self.debtors.ids,
            )
        return {
            key: (debtor_id, step_id, day)
            for key, debtor_id, step_id, day in self.env.execute_query(query)
        }

    def _next_in_words(self):
        """Return the next contact of a customer, or why there is none."""
        debtor = self.debtor.sudo()
        if debtor.is_stopped:
            return self.env._("all contact is stopped")
        if debtor.is_snoozed:
            return self.env._(
                "snoozed until %(day)s", day=format_date(self.env, debtor.snooze_until)
            )
        said = debtor.last_contact_date
        if said and debtor.next_contact_date and debtor.next_contact_date <= said:
            return ""  # the next decision run decides again
        if debtor.next_step_id and debtor.next_contact_date:
            return self.env._(
                "next: %(step)s on %(day)s",
                step=debtor.next_step_id.name,
                day=format_date(self.env, debtor.next_contact_date),
            )
        if debtor.next_reason in (False, "not_due"):
            return ""
        reasons = dict(
            self.debtor._fields["next_reason"]._description_selection(self.env)
        )
        return reasons.get(debtor.next_reason, "")
