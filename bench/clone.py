"""Clones the seeds of a ledger by SQL, with shifted ids."""

from contextlib import contextmanager

from odoo.tools import SQL


@contextmanager
def without_indexes(env, size):
    """Drop what is quicker to build anew when much is inserted."""
    found = []
    if size != "S":
        found = env.execute_query(
            SQL(
                """SELECT c.relname, pg_get_indexdef(i.indexrelid) FROM pg_index i
                     JOIN pg_class c ON c.oid = i.indexrelid
                    WHERE i.indrelid IN ('account_move'::regclass,
                                         'account_move_line'::regclass,
                                         'account_partial_reconcile'::regclass)
                      AND NOT EXISTS (SELECT 1 FROM pg_constraint k
                                       WHERE k.conindid = i.indexrelid)"""
            )
        )
    for name, _definition in found:
        env.cr.execute(SQL("DROP INDEX %s", SQL.identifier(name)))
    yield
    for _name, definition in found:
        env.cr.execute(definition)


def clone(env, partners, moves, copies):
    """Clone the seeds by SQL: the same rows with shifted ids."""
    if copies <= 0:
        return
    lines = moves.line_ids
    partials = lines.matched_debit_ids | lines.matched_credit_ids
    fulls = lines.full_reconcile_id
    payments = env["account.payment"].search([("move_id", "in", moves.ids)])
    sets = {
        "res_partner": partners.ids,
        "account_move": moves.ids,
        "account_payment": payments.ids,
        "account_full_reconcile": fulls.ids,
        "account_move_line": lines.ids,
        "account_partial_reconcile": partials.ids,
    }
    shifts = {}
    for table, ids in sets.items():
        [(top,)] = env.execute_query(
            SQL("SELECT COALESCE(max(id), 0) FROM %s", SQL.identifier(table))
        )
        shifts[table] = top - (min(ids) if ids else 0) + 1
    env.cr.execute("SET session_replication_role = replica")  # keys are right by design
    for table, ids in sets.items():
        if ids:
            _clone_table(env, table, ids, sets, shifts, copies)
    env.cr.execute("SET session_replication_role = DEFAULT")
    for table in sets:
        env.cr.execute(
            SQL(
                "SELECT setval(%s, (SELECT max(id) FROM %s))",
                f"{table}_id_seq",
                SQL.identifier(table),
            )
        )


def _clone_table(env, table, ids, sets, shifts, copies):
    keys = dict(
        env.execute_query(
            SQL(
                """SELECT a.attname, f.relname FROM pg_constraint c
                     JOIN pg_class r ON r.oid = c.conrelid
                     JOIN pg_class f ON f.oid = c.confrelid
                     JOIN pg_attribute a ON a.attrelid = r.oid AND a.attnum = c.conkey[1]
                    WHERE c.contype = 'f' AND r.relname = %s""",
                table,
            )
        )
    )
    columns = [
        row[0]
        for row in env.execute_query(
            SQL(
                """SELECT column_name FROM information_schema.columns
                    WHERE table_name = %s AND table_schema = current_schema()
                      AND is_generated = 'NEVER'
                    ORDER BY ordinal_position""",
                table,
            )
        )
    ]
    values = []
    for column in columns:
        name = SQL.identifier("t", column)
        target = table if column == "id" else keys.get(column)
        if target in sets:
            values.append(
                SQL(
                    "CASE WHEN %s = ANY(%s) THEN %s + k * %s ELSE %s END",
                    name,
                    sets[target],
                    name,
                    shifts[target],
                    name,
                )
            )
        elif table == "res_partner" and column in ("name", "complete_name"):
            values.append(SQL("%s || ' #' || k", name))
        elif table == "res_partner" and column in ("email", "email_normalized"):
            values.append(SQL("'k' || k || '.' || %s", name))
        elif table == "account_move" and column == "name":
            values.append(SQL("%s || '-' || k", name))
        elif table == "account_move_line" and column == "move_name":
            values.append(SQL("%s || '-' || k", name))
        elif column in ("access_token", "inalterable_hash", "statement_line_id"):
            values.append(SQL("NULL"))
        else:
            values.append(name)
    env.cr.execute(
        SQL(
            """INSERT INTO %s (%s) SELECT %s FROM %s t, generate_series(1, %s) k
                WHERE t.id = ANY(%s) ORDER BY k, t.id""",
            SQL.identifier(table),
            SQL(", ").join(map(SQL.identifier, columns)),
            SQL(", ").join(values),
            SQL.identifier(table),
            copies,
            ids,
        )
    )
