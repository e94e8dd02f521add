"""Texts about late charges: in terms of payment, and on demands."""

from odoo import models
from odoo.tools import format_amount

from ...engine.interest import NoRate
from .ar_late_charge_scheme import RATE_UNIT


class ResCompany(models.Model):
    _inherit = "res.company"

    def _ar_late_charge_words(self, lang):
        """Describe the late charges of the company, for terms of payment.

        :param str lang: language code
        :return: sentences with the company's figures, '' if there are no charges
        :rtype: str
        """
        self.ensure_one()
        company = self._ar_root().with_context(lang=lang)
        scheme = company.ar_charge_scheme_id
        if company.ar_charge_mode == "off" or not scheme:
            return ""
        env, sentences = company.env, []
        rate = scheme._rate_words(company._ar_today())
        if rate and scheme.grace_days:
            sentences.append(
                env._(
                    "On amounts that are paid late we may charge interest of "
                    "%(rate)s, beginning %(days)s days after the due date.",
                    rate=rate,
                    days=scheme.grace_days + 1,
                )
            )
        elif rate:
            sentences.append(
                env._(
                    "On amounts that are paid late we may charge interest of "
                    "%(rate)s, from the day after the due date.",
                    rate=rate,
                )
            )
        fixed = scheme._fixed_words()
        if fixed:
            sentences.append(
                env._(
                    "For each invoice that is paid late we may charge a fixed sum of "
                    "%(sums)s.",
                    sums=fixed,
                )
            )
        if sentences and not company.ar_charge_consumer_scheme_id:
            sentences.append(env._("Consumers are not charged."))
        return " ".join(sentences)


class ArLateChargeScheme(models.Model):
    _inherit = "ar.late.charge.scheme"

    def _percent(self, day):
        """Return the formatted rate of a day, or '' if unknown."""
        rates = self._engine()
        if not rates:
            return ""
        try:
            rate = rates.at(day).rate / RATE_UNIT
        except NoRate:
            return ""
        return self._percent_words(rate)

    def _percent_words(self, rate):
        """Return a formatted percentage."""
        lang = self.env["res.lang"]._lang_get(self.env.lang or "en_US")
        text = (lang or self.env["res.lang"].search([], limit=1)).format(
            "%.4f", rate, grouping=False
        )
        return f"{text.rstrip('0').rstrip('.,')}\N{NO-BREAK SPACE}%"

    def _rate_words(self, day):
        """Describe the rate: its base rate, and its value on a day if known."""
        self.ensure_one()
        scheme = self.sudo()
        if scheme.kind == "none":
            return ""
        now = scheme._percent(day)
        if scheme.kind == "own":
            return self.env._("%(percent)s a year", percent=now) if now else ""
        parts = {
            "points": scheme._percent_words(scheme.margin).split("\N{NO-BREAK SPACE}")[
                0
            ],
            "reference": scheme.reference_id.name,
            "percent": now,
        }
        if now:
            return self.env._(
                "%(points)s percentage points above the reference rate (%(reference)s), "
                "at present %(percent)s a year",
                **parts,
            )
        return self.env._(
            "%(points)s percentage points a year above the reference rate "
            "(%(reference)s)",
            **parts,
        )

    def _fixed_words(self):
        """Describe the fixed sums, if any."""
        bands = self.sudo().fixed_ids.filtered("amount")
        currency = self.sudo().currency_id

        def money(amount):
            return format_amount(self.env, amount, currency)

        if not bands:
            return ""
        if len(bands) == 1 and not bands.from_amount:
            return money(bands.amount)
        return ", ".join(
            self.env._(
                "%(sum)s from %(amount)s",
                sum=money(band.amount),
                amount=money(band.from_amount),
            )
            for band in bands
        )
