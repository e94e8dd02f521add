"""Receivables fit for financing: the aged list of a day, judged by rules, as SQL."""

from odoo.tools import SQL

from .aging_query import aging_query
from .aging_terms import AgingTerms

#: Items ``i`` that an exclusion marks as sold, by ``id`` and ``move_id``.
SOLD = SQL(
    """(i.id IN (SELECT x.move_line_id FROM ar_exclusion x
                  WHERE x.kind = 'factor' AND x.move_line_id IS NOT NULL)
        OR i.move_id IN (SELECT x.move_id FROM ar_exclusion x
                          WHERE x.kind = 'factor' AND x.move_line_id IS NULL))"""
)


def financing_query(env, rule, day):
    """Return SQL with what of each item of a company is accepted, and why not the rest.

    Credits of a customer are taken off its oldest accepted items. Then come the insured
    limit and the customer's share of all that is accepted, again the oldest items first.

    :param ar.financing.rule rule: readable by the user
    """
    mine = SQL("PARTITION BY partner_id ORDER BY due_date, id")
    return SQL(
        """
        WITH judged AS (%(judged)s), fit AS (
            SELECT j.*, CASE WHEN barred IS NULL THEN fit ELSE 0 END AS clean,
                   COALESCE(sum(-amount) FILTER (WHERE amount_document < 0)
                            OVER (PARTITION BY partner_id), 0) AS credit
              FROM judged j
        ), net AS (
            SELECT f.*, LEAST(clean, GREATEST(sum(clean) OVER (%(mine)s) - credit, 0))
                        AS uncovered
              FROM fit f
        ), insured AS (
            SELECT n.*, LEAST(uncovered, GREATEST(
                       %(limit)s - (sum(uncovered) OVER (%(mine)s) - uncovered), 0))
                       AS within_limit
              FROM net n
              LEFT JOIN (SELECT partner_id AS insured_id, amount AS insured_amount
                           FROM ar_financing_limit WHERE rule_id = %(rule)s) policy
                ON policy.insured_id = n.partner_id
        ), shared AS (
            SELECT s.*, round(LEAST(within_limit, GREATEST(
                       %(cap)s - (sum(within_limit) OVER (%(mine)s) - within_limit), 0)),
                       %(digits)s) AS eligible
              FROM insured s
        )
        SELECT id, company_id, move_id, name, partner_id, debtor_id, country_id, kind,
               invoice_date, due_date, days, currency_id, amount, eligible,
               amount - eligible AS excluded,
               eligible * %(advance)s AS advance,
               CASE WHEN barred IS NOT NULL THEN barred
                    WHEN fit < amount AND eligible >= fit THEN 'disputed'
                    WHEN uncovered < clean THEN 'credit'
                    WHEN within_limit < uncovered THEN 'insured'
                    WHEN eligible < round(within_limit, %(digits)s) THEN 'share'
                    WHEN fit < amount THEN 'disputed'
               END AS reason
          FROM shared
        """,
        judged=_judged(env, rule, day),
        mine=mine,
        rule=rule.id,
        limit=SQL("COALESCE(insured_amount::numeric, 0)")
        if rule.only_insured
        else SQL("1e18"),
        cap=SQL("%s::numeric * sum(within_limit) OVER ()", rule.most_share / 100)
        if rule.most_share
        else SQL("1e18"),
        advance=SQL("%s::numeric", rule.advance / 100),
        digits=env.company.currency_id.decimal_places,
    )


def _judged(env, rule, day):
    """Return SQL for the items of the company, with what bars them."""
    return SQL(
        """SELECT i.*, i.amount - %(contested)s AS fit, %(barred)s AS barred
             FROM (%(items)s) i
            WHERE i.company_id = %(company)s""",
        items=aging_query(env, AgingTerms(day)),
        company=env.company.id,
        contested=SQL("i.disputed") if rule.without_disputed else SQL("0"),
        barred=_barred(rule),
    )


def _barred(rule):
    """Return SQL for the reason against a whole item ``i``, if any."""
    branches = [
        (SQL("i.amount_document = 0"), "exchange"),
        (SQL("i.amount_document < 0"), "credit"),
        (SOLD, "sold"),
        (SQL("i.partner_id IS NULL"), "unknown"),
    ]
    if rule.without_related:
        branches.append((SQL("i.kind = 'group'"), "related"))
    if rule.without_consumers:
        branches.append((SQL("i.kind = 'consumer'"), "consumer"))
    if rule.country_ids:
        branches.append(
            (
                SQL("COALESCE(i.country_id <> ALL(%s), TRUE)", rule.country_ids.ids),
                "country",
            )
        )
    branches.append((SQL("i.days > %s", rule.most_days), "old"))
    return SQL(
        "CASE %s END",
        SQL(" ").join(SQL("WHEN %s THEN %s", when, key) for when, key in branches),
    )
