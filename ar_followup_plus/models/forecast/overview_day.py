"""The figures of each day: what the overview compares with, and thresholds passed."""

from datetime import timedelta

from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import SQL

from ...engine import kpi
from ...tools.transactions import in_turn
from ..analytics.key_figures import months_back
from ..ledger.ar_exclusion import LEFT_OUT
from ..ledger.items_on_day import (
    DUE_DATE,
    RESIDUAL,
    RESIDUAL_COMPANY,
    existed,
    matched_later,
)
from .forecast import CashForecast

#: Days before today whose figures the overview shows beside those of today.
WEEK, MONTH = 7, 28
#: Months whose sales are in the days sales outstanding: what *Key figures* begin with.
SALES_MONTHS = 3
#: Weeks of the tile of expected payments.
NEXT_WEEKS = 4


class ArOverviewDay(models.Model):
    """The figures of a company on one day. Company currency."""

    _name = "ar.overview.day"
    _description = "Figures of a Day"
    _log_access = False
    _order = "day desc, id desc"
    _rec_name = "day"

    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, ondelete="cascade"
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    day = fields.Date(required=True, readonly=True)
    owed = fields.Monetary(readonly=True)
    overdue = fields.Monetary(readonly=True)
    sales = fields.Monetary(
        string="Sales of three months",
        readonly=True,
        help="Invoices less credit notes of the three months until the day, without tax.",
    )
    dso = fields.Float(
        string="DSO",
        digits=(7, 1),
        readonly=True,
        aggregator="avg",
        help="Days sales outstanding: owed / sales of three months × their days.",
    )
    expected = fields.Monetary(string="Expected in four weeks", readonly=True)
    concentration = fields.Float(
        digits=(5, 1),
        readonly=True,
        aggregator="avg",
        help="Share of the ten largest customers in what is owed, in percent.",
    )
    is_from_ledger = fields.Boolean(
        readonly=True, help="Computed afterwards, as the ledger tells it."
    )
    over_share = fields.Boolean(readonly=True)
    over_concentration = fields.Boolean(readonly=True)

    _day_unique = models.UniqueIndex("(company_id, day)")


class DayFigures:
    """Computes and stores the figures of one root company."""

    def __init__(self, company):
        """
        :param res.company company: a root company, as superuser
        """
        self.company, self.env = company, company.env
        self.today = company._ar_today()

    def store(self):
        """Store today's figures, and those of days before that are missing."""
        Day = self.env["ar.overview.day"]
        for days in (MONTH, WEEK):
            day = self.today - timedelta(days=days)
            near = [
                ("company_id", "=", self.company.id),
                ("day", "<=", day),
                ("day", ">", day - timedelta(days=WEEK)),
            ]
            if not Day.search_count(near, limit=1):
                Day.create(self._of_ledger(day))
        self._write_changes(self.today - timedelta(days=MONTH))
        values = self._of_today()
        before = Day.search(
            [("company_id", "=", self.company.id), ("day", "<", self.today)], limit=1
        )
        row = Day.search(
            [("company_id", "=", self.company.id), ("day", "=", self.today)]
        )
        told = row or before
        first = {
            name: values[name] and not told[name]
            for name in ("over_share", "over_concentration")
        }
        if row:
            row.write(values)
        else:
            row = Day.create(values)
        self._tell(row, first)

    def _of_today(self):
        """Return today's figures, from the snapshot."""
        self.env["ar.debtor"].flush_model()
        ((owed, overdue, balances),) = self.env.execute_query(
            SQL(
                """SELECT COALESCE(sum(amount_owed), 0)::float8,
                          COALESCE(sum(amount_overdue), 0)::float8,
                          COALESCE(array_agg(amount_owed::float8)
                                   FILTER (WHERE amount_owed > 0), '{}')
                     FROM ar_debtor WHERE company_id = %s""",
                self.company.id,
            )
        )
        sales = self._sales(self.today)
        concentration = kpi.concentration(balances) or 0.0
        share = kpi.share(overdue, owed) or 0.0
        company = self.company
        return {
            **self._values(self.today, owed, overdue, sales),
            "expected": self._expected(),
            "concentration": concentration,
            "over_share": bool(company.ar_warn_overdue)
            and share > company.ar_warn_overdue,
            "over_concentration": bool(company.ar_warn_concentration)
            and concentration > company.ar_warn_concentration
            and len(balances) > kpi.LARGEST,
        }

    def _of_ledger(self, day):
        """Return the figures of a past day, as the ledger tells them."""
        owed, overdue = 0.0, 0.0
        for _debtor, amount, late in self.env.execute_query(self._past_query(day)):
            owed, overdue = owed + amount, overdue + late
        return {
            **self._values(day, owed, overdue, self._sales(day)),
            "is_from_ledger": True,
        }

    def _values(self, day, owed, overdue, sales):
        return {
            "company_id": self.company.id,
            "day": day,
            "owed": owed,
            "overdue": overdue,
            "sales": sales,
            "dso": kpi.dso(owed, sales, (day - self._sales_after(day)).days) or 0.0,
        }

    def _expected(self):
        """Return what is expected in the next weeks, in company currency."""
        weeks = self.env["ar.forecast.week"].search(
            [
                ("company_id", "=", self.company.id),
                ("made_in", "=", self.today - timedelta(days=self.today.weekday())),
                ("week", "<", self.today + timedelta(days=7 * NEXT_WEEKS)),
                ("is_later", "=", False),
            ]
        )
        return sum(
            one.currency_id._convert(
                one.amount, self.company.currency_id, self.company, self.today
            )
            for one in weeks
        )

    @staticmethod
    def _sales_after(day):
        """Return the day before the months whose sales count on a day."""
        return months_back(day, SALES_MONTHS)[-1].after

    def _sales(self, day):
        """Return invoices less credit notes of three months, without tax."""
        self.env["account.move"].flush_model()
        ((amount,),) = self.env.execute_query(
            SQL(
                """SELECT COALESCE(sum(m.amount_untaxed_signed), 0)::float8
                     FROM account_move m
                     JOIN res_company co ON co.id = m.company_id
                      AND split_part(co.parent_path, '/', 1)::int = %s
                    WHERE m.state = 'posted'
                      AND m.move_type IN ('out_invoice', 'out_refund')
                      AND m.invoice_date > %s AND m.invoice_date <= %s""",
                self.company.id,
                self._sales_after(day),
                day,
            )
        )
        return amount

    def _past_query(self, day):
        """Return SQL for what customers owed on a day: (debtor id, owed, overdue).

        Overdue is what the snapshot calls so: what is left out today was it then too.
        """
        for model in (
            "account.move.line",
            "account.partial.reconcile",
            "ar.exclusion",
        ):
            self.env[model].flush_model()
        return SQL(
            """SELECT d.id AS debtor_id, sum(%(residual)s)::float8 AS owed,
                      COALESCE(sum(%(residual)s) FILTER (
                          WHERE %(own)s > 0 AND %(due)s < %(day)s
                            AND a.non_trade IS NOT TRUE AND NOT %(left_out)s
                            AND (l.no_followup IS NOT TRUE
                                 OR (j.type = 'general' AND %(chased)s))
                          ), 0)::float8 AS overdue
                 FROM account_move_line l
                 JOIN account_account a
                   ON a.id = l.account_id AND a.account_type = 'asset_receivable'
                 JOIN account_journal j ON j.id = l.journal_id
                 JOIN res_company co ON co.id = l.company_id
                  AND split_part(co.parent_path, '/', 1)::int = %(company)s
                 JOIN res_partner p ON p.id = l.partner_id
                 JOIN ar_debtor d ON d.company_id = %(company)s
                  AND d.partner_id = p.commercial_partner_id
                 LEFT JOIN (%(later)s) later ON later.line_id = l.id
                WHERE %(existed)s
                GROUP BY d.id""",
            residual=RESIDUAL_COMPANY,
            own=RESIDUAL,
            due=DUE_DATE,
            left_out=LEFT_OUT,
            chased=self.company.ar_chase_entries,
            day=day,
            company=self.company.id,
            later=matched_later(day),
            existed=existed(day),
        )

    def _write_changes(self, day):
        """Write how much more is overdue than on a day, of customers that changed."""
        self.env["ar.debtor"].flush_model()
        self.env.cr.execute(
            SQL(
                """WITH past AS (%(past)s), n AS MATERIALIZED (
                       SELECT d.id, round(COALESCE(past.overdue, 0)::numeric, 2) AS was,
                              round((COALESCE(d.amount_overdue, 0)
                                     - COALESCE(past.overdue, 0))::numeric, 2) AS change
                         FROM ar_debtor d LEFT JOIN past ON past.debtor_id = d.id
                        WHERE d.company_id = %(company)s
                   )
                   UPDATE ar_debtor d
                      SET overdue_before = n.was, overdue_change = n.change
                     FROM n
                    WHERE d.id = n.id
                      AND (d.overdue_before, d.overdue_change)
                          IS DISTINCT FROM (n.was, n.change)""",
                past=self._past_query(day),
                company=self.company.id,
            )
        )
        self.env["ar.debtor"].invalidate_model(["overdue_before", "overdue_change"])

    def _tell(self, row, first):
        """Tell the credit manager once that a threshold was passed, with the list.

        :param dict first: which thresholds are passed since today
        """
        company = self.company
        texts = []
        if first["over_share"]:
            texts.append(
                self.env._(
                    "%(share)s %% of what is owed is overdue, more than %(limit)s %%",
                    share=round(kpi.share(row.overdue, row.owed) or 0),
                    limit=round(company.ar_warn_overdue),
                )
            )
        if first["over_concentration"]:
            texts.append(
                self.env._(
                    "The ten largest customers owe %(share)s %% of all, more than "
                    "%(limit)s %%",
                    share=round(row.concentration),
                    limit=round(company.ar_warn_concentration),
                )
            )
        if not texts:
            return
        order = "amount_overdue desc" if first["over_share"] else "amount_owed desc"
        debtors = self.env["ar.debtor"].search(
            [("company_id", "=", company.id)], order=f"{order}, id", limit=kpi.LARGEST
        )
        money = company.currency_id.format
        note = Markup("<ul>%s</ul>") % Markup("").join(
            Markup("<li><a href='/odoo/ar.debtor/%s'>%s</a>: %s</li>")
            % (
                one.id,
                one.display_name,
                self.env._(
                    "%(owed)s owed, %(overdue)s overdue",
                    owed=money(one.amount_owed),
                    overdue=money(one.amount_overdue),
                ),
            )
            for one in debtors
        )
        user = company.ar_manager_id or self.env.ref("base.user_admin")
        company.partner_id.with_context(
            mail_activity_quick_update=True
        ).activity_schedule(
            "ar_followup_plus.activity_threshold",
            summary="; ".join(texts),
            note=note,
            user_id=user.id,
            date_deadline=self.today,
        )


class ResCompany(models.Model):
    _inherit = "res.company"

    ar_warn_overdue = fields.Float(
        string="Tell me above (% overdue)",
        default=0,
        ar_manager=True,
        help="The credit manager is told once when more than this share of what is owed "
        "is overdue. 0 = never.",
    )
    ar_warn_concentration = fields.Float(
        string="Tell me above (% owed by ten)",
        default=0,
        ar_manager=True,
        help="The credit manager is told once when the ten largest customers owe more "
        "than this share of all. 0 = never.",
    )

    def _ar_keep_figures(self):
        """Nightly task: store forecast, and figures of the day, of a root company.

        :return: ``{"expected": number of open items}``
        """
        self.ensure_one()
        count = CashForecast(self).store()
        in_turn(self.env, DayFigures(self).store)
        return {"expected": count}

    @api.constrains("ar_warn_overdue", "ar_warn_concentration")
    def _check_ar_thresholds(self):
        for company in self:
            if not (
                0 <= company.ar_warn_overdue <= 100
                and 0 <= company.ar_warn_concentration <= 100
            ):
                raise ValidationError(
                    self.env._(
                        "A threshold is a share between 0 and 100 percent; 0 means "
                        "never."
                    )
                )
