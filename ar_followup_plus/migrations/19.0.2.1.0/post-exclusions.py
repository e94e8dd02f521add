"""Who left an item out decided about its invoice: journal items can be made anew."""


def migrate(cr, version):
    cr.execute(
        """UPDATE ar_exclusion x SET move_id = l.move_id
             FROM account_move_line l
            WHERE l.id = x.move_line_id AND x.move_id IS NULL"""
    )
