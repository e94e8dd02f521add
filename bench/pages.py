"""Pages: the worklist beside Odoo's list of invoices, the debtor's form, explain()."""

from copy import deepcopy

from lxml import etree

from .measuring import Statements, median

ROWS = 80
ROUNDS = 7


def measure(bench, size):
    """Return the figures of the pages on a ledger of a size."""
    with bench.copy(bench.planned(size)) as database:
        with bench.worker(database) as worker:
            worker.call("pages", "prepare")
        bench.settle(database)
        with bench.worker(database) as worker:
            return worker.call("pages", "run")


def prepare(env):
    """Bring the figures up to date by which the worklist sorts."""
    env["ar.debtor"].refresh()
    env.cr.commit()


def run(env):
    """Read each page as the web client does, as a person with all rights."""
    admin = env.ref("base.user_admin")
    env = env(user=admin, context={"lang": "en_US", "uid": admin.id})
    worklist = _list(env, "ar_followup_plus.ar_debtor_action_today")
    invoices = _list(env, "account.action_move_out_invoice")
    ours, core = [], []
    for number in range(ROUNDS + 1):
        for page, seconds in ((worklist, ours), (invoices, core)):
            with Statements() as read:
                _call(*page)
            if number:  # the first fills the caches of the registry
                seconds.append(read.seconds)
            page[-1]["statements"] = read.count
    debtors = env["ar.debtor"].search([("amount_overdue", ">", 0)], limit=200)
    spread = debtors[:: max(len(debtors) // ROUNDS, 1)]
    form = env["ar.debtor"].get_view(view_type="form")
    spec = _specification(env["ar.debtor"], etree.fromstring(form["arch"]))
    forms, explained = [], []
    for debtor in spread:
        forms.append(_alone(debtor, lambda one: one.web_read(spec)))
        explained.append(_alone(debtor, lambda one: one.explain()))
    return {
        "worklist": median(ours),
        "worklist statements": worklist[-1]["statements"],
        "invoices": median(core),
        "invoices statements": invoices[-1]["statements"],
        "form": median([one.seconds for one in forms[1:]]),
        "form statements": max(one.count for one in forms[1:]),
        "explain": median([one.seconds for one in explained[1:]]),
        "explain statements": max(one.count for one in explained[1:]),
    }


def _alone(record, read):
    """Read one record with empty caches."""
    record.env.invalidate_all()
    with Statements() as done:
        read(record)
    return done


def _list(env, xmlid):
    """Return what the web client asks for when it opens an action's list."""
    action = env["ir.actions.act_window"]._for_xml_id(xmlid)
    context = _evaluate(env, action["context"] or "{}")
    model = env[action["res_model"]].with_context(**context)
    view = next((id_ for id_, kind in action["views"] if kind == "list"), False)
    search = (action["search_view_id"] or (False,))[0]
    views = model.get_views([(view, "list"), (search, "search")])["views"]
    arch = etree.fromstring(views["list"]["arch"])
    domain = list(_evaluate(env, action["domain"] or "[]"))
    chosen = []
    for node in etree.fromstring(views["search"]["arch"]).iter("filter"):
        if context.get(f"search_default_{node.get('name')}") and node.get("domain"):
            chosen.append(_evaluate(env, node.get("domain")))
    if chosen:  # filters of one group are alternatives
        either = ["|"] * (len(chosen) - 1)
        domain = ["&"] * bool(domain) + domain + either
        domain += [leaf for one in chosen for leaf in _normal(one)]
    order = arch.get("default_order") or ""
    return model, domain, _specification(model, arch), order, {}


def _normal(domain):
    from odoo.fields import Domain

    return list(Domain(domain))


def _evaluate(env, text):
    from odoo.tools.safe_eval import datetime, safe_eval, time

    names = {"uid": env.uid, "time": time, "datetime": datetime}
    names |= {"allowed_company_ids": env.companies.ids, "active_id": False}
    return safe_eval(text, names)


def _call(model, domain, specification, order, _seen):
    model.env.invalidate_all()
    return model.web_search_read(
        domain, specification, limit=ROWS, order=order or None, count_limit=10001
    )


def _specification(model, arch):
    """Return what the web client reads for a view: its fields, and those within."""
    specification = {}
    for node in arch.iter("field"):
        if next((n for n in node.iterancestors("field")), None) is not None:
            continue  # of a list within the form
        name = node.get("name")
        if name not in model._fields or node.get("column_invisible") in ("1", "True"):
            continue
        field = model._fields[name]
        specification[name] = {}
        if field.type == "many2one":
            specification[name] = {"fields": {"display_name": {}}}
        elif field.type in ("one2many", "many2many"):
            within = model.env[field.comodel_name]
            inner = node.find("list")
            if inner is not None:
                # A copy: within the form it stands in a field
                fields = _specification(within, deepcopy(inner))
                specification[name] = {"fields": fields, "limit": 40}
            elif node.get("widget", "").startswith("many2many"):
                specification[name] = {"fields": {"display_name": {}}}
    return specification
