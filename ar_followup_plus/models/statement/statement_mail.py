"""What the e-mail of a statement says: the amounts, the page, and who to ask."""

from ...tools.customer_format import Words, one_line
from ..customer.responsible import Responsible
from ..notice.page_link import own_page_link


def mail_values(statement, lang):
    """Return the values of the e-mail of one statement, in the customer's language.

    :param Statement statement: of one debtor
    :return: ``total`` and ``overdue`` (what may be asked for) of the open items,
        ``link``, ``person`` and ``phone``
    :rtype: dict
    """
    debtor = statement.debtor.with_context(lang=lang).sudo()
    values = {"link": own_page_link(debtor)}
    person = Responsible(debtor).for_page()
    if person:
        values["person"] = one_line(person.sudo().name)
        values["phone"] = one_line(person.sudo().phone or debtor.company_id.phone)
    if statement.period.kind != "open":
        return values
    parts = statement.figures().get(debtor.id, ())
    words, own = Words(debtor.env), debtor.company_id.currency_id
    code = any(part["currency"] != own for part in parts)
    for name in ("total", "overdue"):
        sums = {part["currency"]: part[name] for part in parts if part[name] > 0}
        values[name] = words.sums(sums, code)
    return values
