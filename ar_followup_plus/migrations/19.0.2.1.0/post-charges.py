"""Debts in the United Kingdom keep the rate with which their interest began."""


def migrate(cr, version):
    cr.execute(
        """UPDATE ar_late_charge_scheme SET rate_rule = 'start'
            WHERE id IN (SELECT res_id FROM ir_model_data
                          WHERE module = 'ar_followup_plus'
                            AND name = 'late_charge_scheme_uk')"""
    )
