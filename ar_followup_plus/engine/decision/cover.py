"""The collectible amount of each item ("Credits first", "Amounts taken out").

For every item the disputed, promised, planned and covered parts plus the collectible
amount add up to its residual.
"""

from ..values import Reason

#: Amounts held on an item. The largest names the reason, the first of equal ones.
HELD = tuple((reason.held_amount, reason) for reason in Reason if reason.held_amount)

#: The fields of an item on which its collectible amount depends.
AMOUNT_FIELDS = frozenset(
    (
        "id", "debtor_id", "move_id", "currency", "residual", "residual_company",
        "original", "due", "names", "keep_apart", "excluded", "handed_over", "disputed",
        "promised", "planned", "pending", "waiting", "broken", "discount",
    )
)  # fmt: skip


def by_age(item):
    """Sort key: oldest first, then as entered."""
    return (item.due, item.id)


def collectible(debtor, items, rules):
    """Return the collectible amount of each item that is owed.

    :param Debtor debtor: whose items they are
    :param list items: all open items of the debtor, credits included, with their
        :data:`AMOUNT_FIELDS`
    :param Rules rules: of the company
    :return: ``{item id: (amount, reason or None, detail)}`` for every item with a
        positive residual; ``detail`` is the figure of the reason's sentence. All in
        minor units of the item's currency.
    :rtype: dict
    """
    if len(items) == 1 and not debtor.bank:
        # The common case: one plain invoice without any credit
        item = items[0]
        if item.residual <= 0:
            return {}
        if not _is_touched(item):
            return {item.id: _small(item, item.residual, rules)}
    owed = [item for item in items if item.residual > 0]
    credits = [item for item in items if item.residual < 0 and not item.keep_apart]
    if not credits and not debtor.bank and not any(map(_is_touched, owed)):
        return {item.id: _small(item, item.residual, rules) for item in owed}
    owed.sort(key=by_age)
    net_company = sum(item.residual_company for item in owed)
    net_company += sum(item.residual_company for item in credits)
    parts = {}
    for currency in {item.currency for item in owed}:
        mine = [item for item in owed if item.currency == currency]
        against = [item for item in credits if item.currency == currency]
        bank = [money for money in debtor.bank if money.currency == currency]
        parts.update(_one_currency(mine, against, bank))
    result = {}
    for item in owed:
        amount, reason, detail = parts[item.id]
        if amount > 0 and item.residual_company <= 0:
            # Rounded away in the books: nothing is asked for, and no credit covers it
            amount, reason, detail = 0, Reason.SMALL_DIFFERENCE, item.residual
        elif net_company <= 0 and not (reason and reason.is_set):
            amount, reason, detail = 0, Reason.CREDIT_COVERS, item.residual
        elif amount > 0:
            amount, reason, detail = _small(item, amount, rules)
        result[item.id] = (amount, reason, detail)
    return result


def _is_touched(item):
    """Return whether something besides the amount of an item decides.

    A foreign balance can be worth nothing in company currency.
    """
    return (
        item.excluded
        or item.handed_over
        or item.broken
        or item.disputed
        or item.promised
        or item.planned
        or item.waiting
        or item.pending
        or item.residual_company <= 0
    )


def allocation(items):
    """Return the amount by which each unmatched credit of a debtor reduces each item.

    :param list items: all open items of one debtor, credits included
    :return: triples ``(credit, item, amount)``, amounts in minor units
    """
    owed = sorted((item for item in items if item.residual > 0), key=by_age)
    credits = [item for item in items if item.residual < 0 and not item.keep_apart]
    parts = []
    for currency in {item.currency for item in credits}:
        mine = [item for item in owed if item.currency == currency]
        against = [item for item in credits if item.currency == currency]
        parts += _allocate(mine, against, *_pots(mine))
    return parts


def _pots(owed):
    """Return the free amounts of items, the held ones, and why items are left out."""
    free, held, blocked = {}, {}, {}
    for item in owed:
        held[item.id] = min(
            item.residual, item.disputed + item.promised + item.planned + item.waiting
        )
        free[item.id] = item.residual - held[item.id]
        reason = _personal_reason(item)
        if reason:
            blocked[item.id] = reason
    return free, held, blocked


def _one_currency(owed, credits, bank):
    """Return ``{item id: (amount, reason, detail)}`` within one currency."""
    free, held, blocked = _pots(owed)
    covered = {}
    for _credit, item, amount in _allocate(owed, credits, free, held, blocked):
        covered[item.id] = covered.get(item.id, 0) + amount
    pending = _take_pending(owed, free, blocked)
    banked = _take_bank(owed, bank, free, blocked)
    nothing_owed = sum(i.residual for i in owed) + sum(c.residual for c in credits) <= 0
    result = {}
    for item in owed:
        if item.id in blocked:
            result[item.id] = (0, blocked[item.id], item.residual)
        elif nothing_owed:
            result[item.id] = (0, Reason.CREDIT_COVERS, item.residual)
        elif free[item.id] > 0:
            result[item.id] = (free[item.id], None, 0)
        else:
            shares = [
                (min(getattr(item, name), item.residual), reason)
                for name, reason in HELD
            ]
            shares.append((covered.get(item.id, 0), Reason.CREDIT_COVERS))
            shares.append((pending.get(item.id, 0), Reason.PAYMENT_PENDING))
            shares.append((banked.get(item.id, 0), Reason.BANK_UNMATCHED))
            detail, reason = max(shares, key=lambda share: share[0])
            result[item.id] = (0, reason, detail)
    return result


def _personal_reason(item):
    """Return why an item is out whatever its amount: a person first, then its data."""
    if item.handed_over:
        return Reason.HANDED_OVER
    if item.excluded:
        return Reason.EXCLUDED
    if item.broken:
        return Reason.BROKEN
    return None


def _allocate(owed, credits, free, held, blocked):
    """Allocate the credits; reduce ``free`` and ``held`` in place.

    A credit covers the invoice that it names; one that equals an item exactly covers
    that; the rest covers collectible amounts, oldest first, and then disputed, promised
    and planned ones ("Credits first").

    :return: triples ``(credit, item, amount)``
    """
    parts = []
    credits = sorted(credits, key=by_age)
    left = {credit.id: -credit.residual for credit in credits}

    def spend(credit, item, *pots):
        for pot in pots:
            used = min(left[credit.id], pot[item.id])
            if used > 0:
                pot[item.id] -= used
                left[credit.id] -= used
                parts.append((credit, item, used))

    for credit in credits:
        for item in owed if credit.names else ():
            if item.move_id in credit.names:
                spend(credit, item, free, held)
    rest = []
    for credit in credits:
        amount = left[credit.id]
        twin = next(
            (i for i in owed if free[i.id] == amount and i.id not in blocked), None
        )
        if amount and twin is not None:
            spend(credit, twin, free)
        elif amount:
            rest.append(credit)
    rest.reverse()
    for pot in (free, held):
        for item in owed:
            while rest and pot[item.id] > 0 and item.id not in blocked:
                spend(rest[-1], item, pot)
                if not left[rest[-1].id]:
                    rest.pop()
    return parts


def _take_pending(owed, free, blocked):
    """Deduct pending payments from the items of their move, oldest first."""
    taken, left = {}, {}
    for item in owed:
        if item.pending and item.id not in blocked:
            amount = left.get(item.move_id, item.pending)
            used = min(amount, free[item.id])
            free[item.id] -= used
            taken[item.id] = used
            left[item.move_id] = amount - used
    return taken


def _take_bank(owed, bank, free, blocked):
    """Deduct unmatched bank money from the invoice it names, else from the oldest."""
    taken = {}
    for money in sorted(bank, key=lambda money: (money.move_id is None, money)):
        amount, move_id = money.amount, money.move_id
        named = [i for i in owed if move_id and i.move_id == move_id]
        for item in named + [i for i in owed if not move_id or i.move_id != move_id]:
            used = min(amount, free[item.id]) if item.id not in blocked else 0
            if used > 0:
                free[item.id] -= used
                amount -= used
                taken[item.id] = taken.get(item.id, 0) + used
    return taken


def _small(item, amount, rules):
    """Return ``(amount, reason, detail)``; a small difference is not collectible.

    Nor is an early-payment discount that was taken too late and is written off.
    """
    if item.discount or (
        amount < item.original
        and amount * 100 <= rules.small_percent * item.original
        and company_amount(item, amount) <= rules.small_amount
    ):
        return (0, Reason.SMALL_DIFFERENCE, amount)
    return (amount, None, 0)


def company_amount(item, amount):
    """Return an amount of an item in company currency (minor units).

    Converted at the rate of the item's own residual: no rate is looked up.
    """
    if amount == item.residual:
        return item.residual_company
    return round(item.residual_company * amount / item.residual)
