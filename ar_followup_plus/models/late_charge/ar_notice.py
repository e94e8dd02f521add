"""Late charges on demands: one line on firm ones, a table on final ones."""

from markupsafe import Markup

from odoo import api, fields, models
from odoo.tools import format_date

from ...engine.interest import UNIT
from ...tools.customer_format import _CELL, _HEAD, _RIGHT, _TOTAL, Words, _row, _td
from ..ledger.asked import asked_for
from .charge_reader import ChargeReader

#: Stages whose texts mention charges in one line; earlier ones never do.
STAGES_LINE = ("firm", "final", "notice", "handover")
STAGES_TABLE = ("final", "notice", "handover")


class ArNotice(models.Model):
    _inherit = "ar.notice"

    waives_charges = fields.Boolean(
        readonly=True,
        copy=False,
        help="It says that late charges are waived if all it lists arrives by its date.",
    )
    charges_table = fields.Html(compute="_compute_charges", sanitize=False)
    charges_annex = fields.Html(
        compute="_compute_charges",
        sanitize=False,
        help="The calculation of late charges, line by line.",
    )

    _waives_idx = models.Index("(debtor_id) WHERE waives_charges")

    @api.depends("line_ids.amount", "line_ids.role", "state")
    @api.depends_context("lang")
    def _compute_charges(self):
        known = self.filtered(lambda n: n._origin.id and n.stage in STAGES_TABLE)
        reader, found = known._origin.sudo()._charges()
        billed = known._origin.sudo()._charged_and_open(found)
        for notice in self:
            table = annex = False
            charges = found.get(notice._origin.id) if notice in known else None
            if charges:
                notice_sudo = notice._origin.sudo()
                paper = ChargeTables(
                    reader, notice_sudo.env, charges, billed.get(notice_sudo.id)
                )
                table, annex = paper.table(), paper.annex()
            notice.charges_table, notice.charges_annex = table, annex

    def _charged_and_open(self, found):
        """Return the open invoices for charges of the items of notices.

        Only what is asked for, and without invoices that the notice lists itself. Takes
        a constant number of SQL statements for any number of notices.

        :param dict found: ``{notice id: [Charge]}``
        :return: ``{notice id: [(number, amount, currency)]}``
        """
        items = {charge.move_id for charges in found.values() for charge in charges}
        entries = self.env["ar.late.charge"].search(
            [
                ("move_id", "in", list(items)),
                ("amount_posted", ">", 0),
                ("note_id.state", "=", "posted"),
                ("note_id.amount_residual", ">", 0),
            ],
            order="id",
        )
        if not entries:
            return {}
        asked = asked_for(entries.debtor_id)
        lines = self.env["account.move.line"].search(
            [("id", "in", list(asked)), ("move_id", "in", entries.note_id.ids)]
        )
        sums = {}
        for line in lines:
            sums[line.move_id] = sums.get(line.move_id, 0) + asked[line.id].amount
        result = {}
        for notice in self.filtered(lambda n: n.id in found):
            moves = {charge.move_id for charge in found[notice.id]}
            notes = entries.filtered(lambda e, m=moves: e.move_id.id in m).note_id
            result[notice.id] = [
                (note.name, sums[note], note.currency_id)
                for note in notes - notice.line_ids.move_id
                if sums.get(note)
            ]
        return result

    def _charges(self):
        """Return the reader, and the accrued charges of each notice's items.

        Without charges if a rate is missing: it is never guessed. Takes a constant number
        of SQL statements for any number of notices.

        :return: the reader and ``{notice id: [Charge]}``
        """
        notices = self.filtered(
            lambda n: n.stage in STAGES_LINE and n.company_id.ar_charge_mode != "off"
        )
        reader = ChargeReader(self.env, notices.debtor_id.ids)
        found = {}
        if not reader.charges:
            return reader, found
        for notice in notices:
            lines = notice.line_ids.filtered(lambda line: line.role == "about")
            charges = [
                reader.charges[item]
                for item in lines.move_line_id.ids
                if item in reader.charges
            ]
            charges = [charge for charge in charges if charge.accrued or charge.gap]
            if charges and not any(charge.gap for charge in charges):
                found[notice.id] = charges
        return reader, found

    def _text_extra(self):
        """Return the accrued charges as placeholders ``charges`` and ``rate_text``."""
        extra = super()._text_extra()
        reader, found = self._charges()
        words = Words(self.env) if found else None
        own = self.env["res.company"]
        for notice in self.filtered(lambda n: n.id in found):
            charges = found[notice.id]
            own = notice.company_id.currency_id
            code = any(charge.currency != own for charge in charges)
            text = words.sums(_sums(charges, "accrued"), code)
            fixed = words.sums(_sums(charges, "fixed_new"), code)
            if fixed and fixed != text:
                text = self.env._(
                    "%(sum)s, of which %(fixed)s as a fixed sum", sum=text, fixed=fixed
                )
            rates = {
                scheme.with_env(self.env)._percent(day)
                for scheme, day in {
                    (charge.scheme, reader.rate_day(charge)) for charge in charges
                }
            }
            rate = rates.pop() if len(rates) == 1 else ""
            extra.setdefault(notice.id, {}).update(
                charges=text,
                rate_text=self.env._("of %(percent)s a year", percent=rate)
                if rate
                else "",
                charges_waived=bool(
                    notice.company_id.ar_charge_waive and notice.date_given
                ),
            )
        return extra

    def _after_recheck(self, company):
        # EXTENDS ar.notice: mark notices whose text offers to waive charges
        if company.ar_charge_mode != "off":
            offers = self.browse()
            if company.ar_charge_waive:
                _reader, found = self._charges()
                offers = self.filtered(lambda n: n.id in found and n.date_given)
            for notice in self.filtered(lambda n: n.waives_charges != (n in offers)):
                notice.waives_charges = notice in offers
        return super()._after_recheck(company)


def _sums(charges, name):
    """Return a figure of charges for each currency, formatted."""
    sums = {}
    for charge in charges:
        amount = getattr(charge, name) / charge.factor
        sums[charge.currency] = sums.get(charge.currency, 0) + amount
    return {c: c.round(amount) for c, amount in sums.items() if not c.is_zero(amount)}


class ChargeTables:
    """Tables of the charges of some items, in the language of the environment."""

    def __init__(self, reader, env, charges, billed=()):
        """
        :param billed: the open invoices for earlier charges, which are not part of the
            total: ``[(number, amount, currency)]``
        """
        self.reader = reader
        self.env = env
        self.charges = charges
        self.billed = billed or ()
        self.words = Words(env)
        self.several = (
            len(
                {charge.currency for charge in charges}
                | {currency for _number, _amount, currency in self.billed}
            )
            > 1
        )

    def _money(self, amount, currency):
        return self.words.money(amount, currency, self.several)

    def table(self):
        """Return a row for each item, and a total for each currency."""
        env = self.env
        heads = (
            (env._("Document"), "text-align:left;"),
            (env._("Days"), _RIGHT),
            (env._("Interest"), _RIGHT),
            (env._("Fixed sum"), _RIGHT),
            (env._("Late charges"), _RIGHT),
        )
        rows = [self._heads(heads)]
        for charge in self.charges:
            fixed = charge.fixed_new / charge.factor
            rows.append(
                _row(
                    [
                        _td(_CELL, charge.name),
                        _td(_CELL + _RIGHT, self._days(charge)),
                        _td(
                            _CELL + _RIGHT,
                            self._money(charge.amount - fixed, charge.currency),
                        ),
                        _td(
                            _CELL + _RIGHT,
                            self._money(fixed, charge.currency) if fixed else "",
                        ),
                        _td(
                            _CELL + _RIGHT, self._money(charge.amount, charge.currency)
                        ),
                    ]
                )
            )
        for currency, amount in _sums(self.charges, "accrued").items():
            rows.append(
                _row(
                    [
                        Markup('<td colspan="4" style="%s">%s</td>')
                        % (_TOTAL, env._("Total of late charges")),
                        _td(_TOTAL + _RIGHT, self._money(amount, currency)),
                    ]
                )
            )
        for number, amount, currency in self.billed:
            text = env._("Charged before with %(number)s, and not paid", number=number)
            rows.append(
                _row(
                    [
                        Markup('<td colspan="4" style="%s">%s</td>') % (_CELL, text),
                        _td(_CELL + _RIGHT, self._money(amount, currency)),
                    ]
                )
            )
        return _table(rows)

    def annex(self):
        """Return the calculation line by line."""
        env = self.env
        heads = (
            (env._("Document"), "text-align:left;"),
            (env._("From"), "text-align:left;"),
            (env._("To"), "text-align:left;"),
            (env._("Days"), _RIGHT),
            (env._("Amount open"), _RIGHT),
            (env._("Rate"), _RIGHT),
            (env._("Late charges"), _RIGHT),
        )
        rows = [self._heads(heads)]
        for charge in self.charges:
            name = charge.name
            for line in self.reader.lines(charge):
                amount = line.exact / UNIT / charge.factor
                rows.append(
                    self._line(
                        name,
                        format_date(env, line.first),
                        format_date(env, line.last),
                        line.days,
                        self._money(line.base / charge.factor, charge.currency),
                        charge.scheme.with_env(env)._percent_words(line.rate / 10_000),
                        # Four more digits, because only the total is rounded
                        self._exact(amount, charge.currency),
                    )
                )
                name = ""
            for amount, what in (
                (charge.fixed_sum, env._("Fixed sum")),
                (-charge.posted, env._("Already charged")),
                (-charge.waived, env._("Waived")),
            ):
                if amount:
                    rows.append(
                        self._line(
                            name, what, "", "", "", "",
                            self._money(amount / charge.factor, charge.currency),
                        )
                    )  # fmt: skip
                    name = ""
            rows.append(
                _row(
                    [
                        Markup('<td colspan="6" style="%s">%s</td>')
                        % (
                            _TOTAL,
                            env._("Together for %(document)s", document=charge.name),
                        ),
                        _td(
                            _TOTAL + _RIGHT, self._money(charge.amount, charge.currency)
                        ),
                    ]
                )
            )
        return _table(rows)

    def _days(self, charge):
        lines = self.reader.lines(charge, charge.start)
        return sum(line.days for line in lines) or ""

    def _exact(self, amount, currency):
        lang = self.env["res.lang"]._lang_get(self.env.lang or "en_US")
        digits = currency.decimal_places + 2
        text = f"{amount:.{digits}f}"
        return lang.format(f"%.{digits}f", amount, grouping=True) if lang else text

    def _heads(self, heads):
        return _row(
            Markup('<th style="%s%s">%s</th>') % (_HEAD, align, text)
            for text, align in heads
        )

    def _line(self, name, first, last, days, base, rate, amount):
        return _row(
            [
                _td(_CELL, name),
                _td(_CELL, first),
                _td(_CELL, last),
                _td(_CELL + _RIGHT, days),
                _td(_CELL + _RIGHT, base),
                _td(_CELL + _RIGHT, rate),
                _td(_CELL + _RIGHT, amount),
            ]
        )


def _table(rows):
    return Markup(
        '<table width="100%%" cellpadding="0" cellspacing="0" style="width:100%%;'
        "border-collapse:collapse;font-size:13px;line-height:1.4;color:#22292d;"
        'margin:16px 0 20px 0;">\n<tbody>\n%s\n</tbody>\n</table>'
    ) % Markup("\n").join(rows)
