"""Figures of customers are refreshed soon after the ledger, or an act, changed them.

The transaction of the accountant only notes the ids of partners in memory. After its
commit a transaction of its own refreshes the figures of these customers, in a constant
number of statements; many customers are left to the scheduled action.
"""

import logging
from functools import partial

from odoo import SUPERUSER_ID, api, models
from odoo.tools import SQL

from ...tools.transactions import CONFLICTS

_logger = logging.getLogger(__name__)

#: Customers refreshed right after a commit; more are left to the scheduled action.
MOST = 200


def refresh_soon(env, partner_ids):
    """Refresh the figures of customers once this transaction is committed.

    Only for acts of people: scheduled actions commit for each message, and the one that
    refreshes all figures follows them.

    :param partner_ids: of contacts or commercial partners
    """
    if not partner_ids or not env.registry.ready or env.uid == SUPERUSER_ID:
        return
    hooks = env.cr.postcommit
    noted = hooks.data.setdefault("ar_followup_plus.refresh", set())
    if not noted:
        hooks.add(partial(_refresh, env.registry, noted))
    noted.update(partner_ids)


def _refresh(registry, noted):
    """Refresh the noted customers in a transaction of its own; never raise.

    The accountant's work is committed, and the scheduled action refreshes later.
    """
    partner_ids = sorted(noted)
    noted.clear()
    try:
        with registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            if len(partner_ids) > MOST:
                env.ref("ar_followup_plus.ir_cron_refresh")._trigger()
            else:
                _refresh_now(env, partner_ids)
    except CONFLICTS:
        _logger.debug("Figures of customers change: the scheduled action is next")
    except Exception:
        _logger.exception("The figures of customers were not refreshed")


def _refresh_now(env, partner_ids):
    rows = env.execute_query(
        SQL(
            """SELECT DISTINCT p.commercial_partner_id,
                      split_part(co.parent_path, '/', 1)::int
                 FROM res_partner p
                 JOIN account_move_line l ON l.partner_id = p.id
                 JOIN account_account a
                   ON a.id = l.account_id AND a.account_type = 'asset_receivable'
                 JOIN res_company co ON co.id = l.company_id
                WHERE p.id = ANY(%s) AND l.parent_state = 'posted'
                  AND l.reconciled IS NOT TRUE
                  AND p.commercial_partner_id IS NOT NULL""",
            partner_ids,
        )
    )
    customers = {}
    for partner_id, company_id in rows:
        customers.setdefault(company_id, []).append(partner_id)
    Debtor = env["ar.debtor"]
    for company_id, some in customers.items():
        Debtor._make_missing([company_id], some)
    debtors = env.execute_query(
        SQL(
            """SELECT d.id FROM ar_debtor d
                WHERE d.partner_id IN (SELECT commercial_partner_id FROM res_partner
                                        WHERE id = ANY(%s))""",
            partner_ids,
        )
    )
    Debtor.refresh([debtor_id for (debtor_id,) in debtors])


class AccountMove(models.Model):
    _inherit = "account.move"

    def write(self, vals):
        # EXTENDS account: posted, set to draft or cancelled
        result = super().write(vals)
        if "state" in vals:
            lines_sudo = self.sudo().line_ids.filtered(
                lambda line: line.account_type == "asset_receivable"
            )
            refresh_soon(self.env, set(lines_sudo.partner_id.ids))
        return result


class AccountPartialReconcile(models.Model):
    _inherit = "account.partial.reconcile"

    @api.model_create_multi
    def create(self, vals_list):
        # EXTENDS account
        partials = super().create(vals_list)
        partials._ar_refresh_soon()
        return partials

    def unlink(self):
        # EXTENDS account
        self._ar_refresh_soon()
        return super().unlink()

    def _ar_refresh_soon(self):
        lines_sudo = self.sudo().debit_move_id | self.sudo().credit_move_id
        refresh_soon(self.env, set(lines_sudo.partner_id.ids))
