"""Which pictures there are: where each screen is, and what is clicked to see it."""

import base64
from dataclasses import dataclass
from html import escape

DESK, TALL, SHORT = (1280, 800), (1280, 1150), (1280, 420)
PHONE = (390, 844)
READY = ".o_action_manager .o_view_controller"
MANAGER = "demo.manager"


@dataclass
class Screen:
    name: str
    path: str
    size: tuple = DESK
    clicks: tuple = ()
    ready: str = READY
    login: str | None = MANAGER
    companies: str = ""
    whole: bool = False


def screens(env):
    """Return the screens, and the documents as ``{name: function that makes it}``."""
    company = env.ref("ar_followup_plus.demo_company")
    own = str(company.id)
    pages = [*_office(env, own), *_reports(own), *_going_live(env), *_customers(env)]
    return pages, _documents(env)


def _debtor(env, key):
    company = env.ref("ar_followup_plus.demo_company")
    partner = env.ref(f"ar_followup_plus.demo_partner_{key}")
    return env["ar.debtor"].for_partner(partner.id, company.id)


def _named(env, name):
    company = env.ref("ar_followup_plus.demo_company")
    return env["ar.debtor"].search(
        [("partner_id.name", "=", name), ("company_id", "=", company.id)]
    )


def _action(name, *more):
    return "/".join([f"/odoo/action-ar_followup_plus.{name}", *map(str, more)])


def _office(env, own):
    late = _debtor(env, "always_late")
    calling = _named(env, "Call Me Carpentry")
    waiting = late.notice_ids.filtered(lambda n: n.state == "proposed")[:1]
    everybody = _action("ar_debtor_action")
    overview = {"ready": ".o_ar_overview canvas", "whole": True}
    found = [
        ("overview", _action("ar_overview_action"), {**overview, "size": TALL}),
        ("overview-phone", _action("ar_overview_action"), {**overview, "size": PHONE}),
        ("expected", _action("ar_expected_payment_action"), {"size": SHORT}),
        ("worklist", _action("ar_debtor_action_today"), {}),
        ("kanban", everybody, {"clicks": (".o_switch_view.o_kanban",)}),
        (
            "customer",
            f"{everybody}/{_debtor(env, 'two_currencies').id}",
            {"size": TALL},
        ),
        ("approve-list", _action("ar_notice_action_to_approve"), {"size": SHORT}),
        ("approve", _action("ar_notice_action_to_approve", waiting.id), {"size": TALL}),
        ("letters", _action("ar_notice_action_letters"), {"size": SHORT}),
        ("calls", _action("ar_notice_action_calls"), {"size": SHORT}),
        (
            "call",
            f"{everybody}/{calling.id}",
            {
                "clicks": ("[name=action_log_call]", "wait .modal .o_ar_call"),
                "size": TALL,
            },
        ),
        ("items", _action("ar_open_item_action"), {}),
        (
            "items-pivot",
            _action("ar_open_item_action"),
            {"clicks": (".o_switch_view.o_pivot",)},
        ),
        (
            "items-graph",
            _action("ar_open_item_action"),
            {"clicks": (".o_switch_view.o_graph",)},
        ),
        (
            "ladder",
            _action("ar_ladder_action", env.ref("ar_followup_plus.ladder_business").id),
            {},
        ),
        ("parked", _action("ar_parked_action"), {"size": SHORT}),
        ("unmatched", _action("ar_unmatched_reply_action"), {"size": SHORT}),
        ("absences", _action("res_users_action_ar_away"), {"size": SHORT}),
        ("settings", _action("res_company_action_ar_settings"), {"size": TALL}),
        ("evidence-register", _action("ar_proof_action"), {"size": SHORT}),
        ("nightly", _action("ar_nightly_log_action"), {"size": SHORT}),
        (
            "copies",
            f"{everybody}/{_named(env, 'By Post Packaging').id}",
            {
                "clicks": (
                    ".o_ar_more",
                    "[name=action_send_copies]",
                    "wait .modal .o_form_view",
                )
            },
        ),
        ("worklist-phone", _action("ar_debtor_action_today"), {"size": PHONE}),
    ]
    return [Screen(name, path, companies=own, **more) for name, path, more in found]


def _reports(own):
    def asked(name, menu, *clicks):
        opened = [f"[data-menu-xmlid='ar_followup_plus.{one}']" for one in menu]
        clicks = (*opened, "wait .modal .o_form_view", *clicks)
        start = _action("ar_debtor_action_today")
        return Screen(name, start, companies=own, clicks=clicks)

    aging, figures, financing = (
        ("menu_figures", f"menu_{name}")
        for name in ("aging", "key_figures", "financing")
    )
    return [
        asked("aging-ask", aging),
        asked("aging", aging, "[name=action_show]", "wait .o_list_view"),
        asked("aging-pivot", aging, "[name=action_pivot]", "wait .o_pivot_view"),
        asked("key-figures", figures, "[name=action_show]", "wait [name=dso]"),
        asked("financing", financing, "[name=action_show]", "wait .o_list_view"),
    ]


def _going_live(env):
    main = str(env.ref("base.main_company").id)
    path = _action("res_company_action_ar_go_live")
    following = ("[name=action_next]", "wait .o_ar_month")
    steps = [
        ("go-live", (), (1280, 1400)),
        ("go-live-month", following, SHORT),
        (
            "go-live-customers",
            (*following, "[name=action_next]", "wait [name=leave_out]"),
            SHORT,
        ),
    ]
    return [
        Screen(name, path, companies=main, clicks=clicks, size=size)
        for name, clicks, size in steps
    ]


def _customers(env):
    notice = _debtor(env, "two_currencies").notice_ids.filtered(
        lambda n: n.state == "sent" and n.channel == "email"
    )[:1]
    notice._ensure_links()
    path = f"/receivables/n/{notice.access_token}"
    french = _debtor(env, "french").notice_ids[:1]
    french._ensure_links()
    each = {"ready": ".o_ar_page", "login": None, "whole": True}
    subject, body = notice._render_message()
    mail = f"<meta charset='utf-8'><h3>{escape(subject)}</h3>{body}"
    mail = base64.b64encode(f"<div style='padding:1em'>{mail}</div>".encode())
    return [
        Screen(
            "email",
            f"data:text/html;base64,{mail.decode()}",
            size=(760, 500),
            ready="table",
            login=None,
            whole=True,
        ),
        Screen("page", path, size=(1100, 700), **each),
        Screen("page-phone", path, size=PHONE, **each),
        Screen(
            "page-phone-french",
            f"/fr/receivables/n/{french.access_token}",
            size=PHONE,
            **each,
        ),
    ]


def _documents(env):
    def letter(name):
        notice = _named(env, name).notice_ids.filtered(
            lambda n: n.channel == "letter" and n.state == "ready"
        )[:1]
        left_out = notice._make_letters()
        if not notice.letter_id:
            raise RuntimeError(f"No letter to {name}: {left_out}")
        return notice.letter_id.raw

    def statement():
        from odoo.addons.ar_followup_plus.models.statement.statement import Statement

        return Statement(_debtor(env, "two_currencies")).pdf("en_US")[1]

    def report(name, model):
        company = env.ref("ar_followup_plus.demo_company")
        manager = env.ref("ar_followup_plus.demo_user_manager")
        own = env[model].with_user(manager).with_context(lang="en_US")
        ask = own.with_company(company).create({})
        return (
            ask.env["ir.actions.report"]
            .sudo()
            .with_context(allowed_company_ids=company.ids)
            ._render_qweb_pdf(f"ar_followup_plus.action_report_{name}", ask.ids)[0]
        )

    return {
        "aging-paper": lambda: report("aging", "ar.aging.ask"),
        "financing-paper": lambda: report("financing", "ar.financing.ask"),
        "letter": lambda: letter("By Post Packaging"),
        "letter-french": lambda: letter("Imprimerie de l'Exemple"),
        "statement": statement,
    }
