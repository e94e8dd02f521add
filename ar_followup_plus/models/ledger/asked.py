"""Collectible amounts: one rule for pages, statements, codes, mails and letters."""

from typing import NamedTuple

from ...engine.decision.cover import AMOUNT_FIELDS, collectible
from ...engine.values import Debtor, Item, Reason
from .ledger_reader import Reader


class Asked(NamedTuple):
    """The collectible amount of one item."""

    amount: float  # in the currency of the item
    reason: Reason | None  # reason if it is zero


def asked_for(debtors, items=None):
    """Return the collectible amount of each open item of debtors, at this moment.

    As in a notice: without amounts that are disputed, agreed, waiting for us, excluded,
    covered by a credit, or being paid ("Credits first", "Amounts taken out"). Brakes on
    contacts do not reduce it. A constant number of SQL statements for each company.

    :param ar.debtor debtors: the caller checked read access
    :param list items: the open items of the debtors, where the caller has just read
        them with their ``AMOUNT_FIELDS``; default: they are read
    :return: ``{journal item id: Asked}`` for each item with a positive residual
    :rtype: dict
    """
    result = {}
    env = debtors.sudo().env
    given = None if items is None else _by_debtor(items)
    for company, mine in debtors.sudo().grouped("company_id").items():
        reader = Reader(env, company)
        if given is None:
            found = _by_debtor(reader.read_items(mine.ids, AMOUNT_FIELDS))
        else:
            found = {id_: given[id_] for id_ in mine.ids if id_ in given}
        currencies = {item.currency for some in found.values() for item in some}
        # First, because it reads the company's currency with the others
        factors = _factors(env, currencies, company)
        rules, bank = company._ar_amount_rules(), reader.bank()
        for debtor in mine:
            if debtor.id in found:
                values = Debtor(debtor.id, bank=bank.get(debtor.partner_id.id, ()))
                _add_amounts(result, values, found[debtor.id], rules, factors)
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
    if not rows:
        return result
    env = debtors.sudo().env
    companies = {debtor.id: debtor.company_id for debtor in debtors.sudo()}
    owners = set(companies.values())
    factors = _factors(env, {row["currency_id"] for row in rows}, owners)
    rules = {company: company._ar_amount_rules() for company in owners}
    items = [_item_then(row, factors, companies[row["debtor_id"]]) for row in rows]
    for debtor_id, some in _by_debtor(items).items():
        mine = rules[companies[debtor_id]]
        _add_amounts(result, Debtor(debtor_id), some, mine, factors)
    return result


def _item_then(row, factors, company):
    """Return a row of a statement as the engine's item."""
    minor = factors[row["currency_id"]]
    return Item(
        id=row["id"],
        debtor_id=row["debtor_id"],
        move_id=row["move_id"],
        currency=row["currency_id"],
        residual=round(row["residual"] * minor),
        residual_company=round(row["own"] * factors[company.currency_id.id]),
        original=abs(round(row["amount_currency"] * minor)),
        due=row["due_date"],
        names=(row["reversed_entry_id"],) if row["reversed_entry_id"] else (),
        keep_apart=row["is_kept_apart"],
        excluded=row["is_excluded"],
        disputed=round(row["disputed"] * minor),
        planned=round(row["agreed"] * minor),
    )


def _by_debtor(items):
    """Return items of the engine, ``{debtor id: [Item]}``."""
    found = {}
    for item in items:
        found.setdefault(item.debtor_id, []).append(item)
    return found


def _factors(env, currency_ids, companies):
    """Return ``{currency id: minor units}``, also of the currencies of companies."""
    ids = {company.currency_id.id for company in companies} | set(currency_ids)
    return {c.id: 10**c.decimal_places for c in env["res.currency"].browse(ids)}


def _add_amounts(result, debtor, items, rules, factors):
    """Add the :class:`Asked` of each item of one debtor."""
    found = collectible(debtor, items, rules)
    for item in items:
        if item.id in found:
            amount, reason, _detail = found[item.id]
            result[item.id] = Asked(amount / factors[item.currency], reason)
