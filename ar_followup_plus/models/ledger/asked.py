"""Collectible amounts: one rule for pages, statements, codes, mails and letters."""

from typing import NamedTuple

from ...engine.decision.cover import collectible
from ...engine.values import Debtor, Item, Reason
from .ledger_reader import Reader


class Asked(NamedTuple):
    """The collectible amount of one item."""

    amount: float  # in the currency of the item
    reason: Reason | None  # reason if it is zero


def asked_for(debtors):
    """Return the collectible amount of each open item of debtors, at this moment.

    As in a notice: without amounts that are disputed, agreed, waiting for us, excluded,
    covered by a credit, or being paid ("Credits first", "Amounts taken out"). Brakes on
    contacts do not reduce it. A constant number of SQL statements for each company.

    :param ar.debtor debtors: the caller checked read access
    :return: ``{journal item id: Asked}`` for each item with a positive residual
    :rtype: dict
    """
    result = {}
    env = debtors.sudo().env
    for company, mine in debtors.sudo().grouped("company_id").items():
        reader = Reader(env, company)
        rules, bank = company._ar_rules(), reader.bank()
        partners = {debtor.id: debtor.partner_id.id for debtor in mine}
        items = {}
        for item in reader.read_items(mine.ids):
            items.setdefault(item.debtor_id, []).append(item)
        for debtor_id, some in items.items():
            debtor = Debtor(debtor_id, bank=bank.get(partners[debtor_id], ()))
            result.update(_amounts(env, debtor, some, rules))
    return result


def overdue_asked(debtor):
    """Return the overdue collectible amounts: ``{currency: amount}``."""
    asked = asked_for(debtor)
    items = debtor.env["ar.open.item"].browse(asked)
    items.invalidate_recordset(flush=False)
    sums = {}
    for item in items.sudo().filtered(lambda item: item.days_overdue > 0):
        currency = item.currency_id
        sums[currency] = sums.get(currency, 0) + asked[item.id].amount
    return {c: c.round(amount) for c, amount in sums.items() if not c.is_zero(amount)}


def overdue_text(debtor):
    """Return the overdue collectible amounts as text, by currency."""
    return " + ".join(
        currency.format(amount) for currency, amount in overdue_asked(debtor).items()
    )


def asked_then(debtors, rows):
    """Return the collectible amounts of items on a past day.

    By the same rule, from the open, disputed and agreed amounts of that day. Items
    excluded from the follow-up today count as excluded.

    :param list rows: dicts of a statement of that day
    :return: as :func:`asked_for`
    """
    result = {}
    env = debtors.sudo().env
    companies = {debtor.id: debtor.company_id for debtor in debtors.sudo()}
    rules = {company: company._ar_rules() for company in companies.values()}
    items = {}
    for row in rows:
        items.setdefault(row["debtor_id"], []).append(
            _item_then(env, companies[row["debtor_id"]], row)
        )
    for debtor_id, some in items.items():
        of_company = rules[companies[debtor_id]]
        result.update(_amounts(env, Debtor(debtor_id), some, of_company))
    return result


def _item_then(env, company, row):
    """Return a row of a statement as the engine's item."""
    minor = 10 ** env["res.currency"].browse(row["currency_id"]).decimal_places
    return Item(
        id=row["id"],
        debtor_id=row["debtor_id"],
        move_id=row["move_id"],
        currency=row["currency_id"],
        residual=round(row["residual"] * minor),
        residual_company=round(row["own"] * 10**company.currency_id.decimal_places),
        original=abs(round(row["amount_currency"] * minor)),
        due=row["due_date"],
        names=(row["reversed_entry_id"],) if row["reversed_entry_id"] else (),
        keep_apart=row["is_kept_apart"],
        excluded=row["is_excluded"],
        disputed=round(row["disputed"] * minor),
        planned=round(row["agreed"] * minor),
    )


def _amounts(env, debtor, items, rules):
    """Return ``{item id: Asked}`` of one debtor."""
    currencies = env["res.currency"]
    found = {}
    for item in items:
        found[item.id] = currencies.browse(item.currency).decimal_places
    return {
        item_id: Asked(amount / 10 ** found[item_id], reason)
        for item_id, (amount, reason, _detail) in collectible(
            debtor, items, rules
        ).items()
    }
