"""Accountants read all disputes, and answer only those that they own."""

from odoo import SUPERUSER_ID, api


def migrate(cr, version):
    env = api.Environment(cr, SUPERUSER_ID, {})
    accountants = env.ref("account.group_account_invoice")
    writes = env.ref("ar_followup_plus.ar_dispute_all_rule", raise_if_not_found=False)
    reads = env.ref(
        "ar_followup_plus.ar_dispute_auditor_rule", raise_if_not_found=False
    )
    if writes and reads:
        writes.groups -= accountants
        reads.groups += accountants
