"""What installing and uninstalling do besides creating and dropping our tables."""

from graphlib import TopologicalSorter

from odoo.tools import SQL

from .models.signature.ar_guarded import KEY


def post_init_hook(env):
    """Give each company its ladder; nothing is sent and no company goes live."""
    ladder = env.ref("ar_followup_plus.ladder_business", raise_if_not_found=False)
    if ladder:
        companies = env["res.company"].sudo().search([("ar_ladder_id", "=", False)])
        companies.ar_ladder_id = ladder


def uninstall_hook(env):
    """Leave the accounting as it was: our tables go, nothing else is touched.

    What hangs on debtors and notices would point to models that no longer exist.
    """
    models = [
        name
        for name, model in env.registry.items()
        if model._original_module.startswith("ar_followup_plus")
    ]
    kinds = env["ir.model.data"].search(
        [("module", "=", "ar_followup_plus"), ("model", "=", "mail.activity.type")]
    )
    env["mail.activity"].sudo().with_context(active_test=False).search(
        [
            "|",
            ("res_model", "in", models),
            ("activity_type_id", "in", kinds.mapped("res_id")),
        ]
    ).unlink()
    env["mail.message"].sudo().with_context(ar_evidence=KEY).search(
        [("model", "in", models)]
    ).unlink()
    env["mail.followers"].sudo().search([("res_model", "in", models)]).unlink()
    _empty_evidence(env)
    files = env["ir.attachment"].sudo()
    files.with_context(ar_evidence=KEY, skip_res_field_check=True).search(
        [("res_model", "in", models)]
    ).unlink()
    # Companies and customers of the demonstration have entries: they stay
    env["ir.model.data"].sudo().search(
        [("module", "=", "ar_followup_plus"), ("name", "=like", r"demo\_%")]
    ).unlink()
    _empty_tables(env)


def _empty_evidence(env):
    """Let go of the documents that are evidence, which nobody can delete otherwise."""
    env.cr.execute("UPDATE ar_letter SET letter_id = NULL")
    for model in env.registry.values():
        for name in ("signed_document_id", "document_id"):
            field = model._fields.get(name)
            if model._auto and field and field.store and hasattr(model, "_ar_sums_of"):
                env.cr.execute(
                    SQL(
                        "UPDATE %s SET %s = NULL",
                        SQL.identifier(model._table),
                        SQL.identifier(name),
                    )
                )
    env.invalidate_all()


def _empty_tables(env):
    """Delete our rows, those that others point to last.

    Core would delete shipped ladders and templates one by one while notices still
    point to them, with an error in the log for each.
    """
    env.flush_all()
    env["res.company"].sudo().with_context(active_test=False).search(
        []
    ).ar_ladder_id = False
    env.flush_all()
    tables = {
        model._table
        for model in env.registry.values()
        if model._original_module == "ar_followup_plus"
        and model._auto
        and not model._abstract
        and not model._transient
    }
    for table in _deletion_order(env, tables):
        env.cr.execute(SQL("DELETE FROM %s", SQL.identifier(table)))
    env.invalidate_all(flush=False)


def _deletion_order(env, tables):
    """Return tables in the order in which their rows can be deleted.

    By their references, not by trying: which error a reference raises depends on the
    version of PostgreSQL. References within a table are emptied first.

    :raise CycleError: where tables refer to each other in a circle
    """
    env.cr.execute(
        SQL(
            """SELECT child.relname, parent.relname, a.attname
                 FROM pg_constraint k
                 JOIN pg_class child ON child.oid = k.conrelid
                 JOIN pg_class parent ON parent.oid = k.confrelid
                 JOIN pg_attribute a ON a.attrelid = k.conrelid
                      AND a.attnum = ANY(k.conkey)
                WHERE k.contype = 'f' AND k.confdeltype NOT IN ('n', 'd')
                  AND k.connamespace = current_schema()::regnamespace
                  AND child.relname = ANY(%(tables)s)
                  AND parent.relname = ANY(%(tables)s)""",
            tables=list(tables),
        )
    )
    order = TopologicalSorter({table: () for table in sorted(tables)})
    for child, parent, column in env.cr.fetchall():
        if child != parent:
            order.add(parent, child)
            continue
        env.cr.execute(
            SQL(
                "UPDATE %(table)s SET %(column)s = NULL WHERE %(column)s IS NOT NULL",
                table=SQL.identifier(child),
                column=SQL.identifier(column),
            )
        )
    return order.static_order()
