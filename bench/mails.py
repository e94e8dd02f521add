"""Making the e-mails of notices, beside floors; nothing is sent, and no PDF made."""

import re
from types import SimpleNamespace

from lxml import html
from markupsafe import Markup

from .measuring import Statements, median, timed

#: Notices of a round: as many as there are, in whole batches of deliver().
BATCH = 100
MOST = 500
ROUNDS = 3
#: What templates read of a notice.
NAMES = (
    "text_values", "items_table", "also_table", "coming_table", "apart_table",
    "pay_block", "footer_block",
)  # fmt: skip
COPIED = (
    "subject", "body", "body_html", "email_from", "email_to", "reply_to", "model",
    "res_id", "message_type",
)  # fmt: skip


def measure(bench, size):
    """Return the figures of making e-mails."""
    with bench.copy(bench.planned(size)) as database:
        with bench.worker(database) as worker:
            return worker.call("mails", "run")


def run(env):
    """Make e-mails, and the floors for the same notices."""
    template, batches = choose(env)
    keep_from_sending(env)
    figures, made = [], []
    for ids in batches:
        only_ready(env, ids)
        with Statements() as making:
            env["ar.notice"].deliver(limit=len(ids))
        mails = env["mail.mail"].search([("ar_notice_id", "in", ids)])
        figures.append((making.seconds / len(mails), making.count / len(mails)))
        made.append(len(mails))
        vals_list = mails.read(COPIED, load=None)
        env.cr.execute("UPDATE ar_notice SET state = 'sent' WHERE id = ANY(%s)", [ids])
        env.cr.commit()
        env.invalidate_all()
    bulk, batch, ready, qweb, count = [], [], [], [], []
    for ids in batches[1:]:
        for vals in vals_list:
            vals.pop("id", None)
        bulk.append(_undone(env, lambda: env["mail.mail"].create(vals_list)).seconds)
        sent = _undone(env, lambda ids=ids: template.send_mail_batch(ids))
        batch.append(sent.seconds)
        count.append(sent.count)
        warm = env["ar.notice"].with_context(lang=template._render_lang(ids)[ids[0]])
        ready.append(
            _undone(
                env,
                lambda ids=ids: template.send_mail_batch(ids),
                lambda ids=ids, warm=warm: warm.browse(ids).mapped("text_values"),
            ).seconds
        )
        qweb.append(_plain(env, template, ids))
    figures = figures[1:]  # the first compiles the template
    return {
        "mails": len(vals_list),
        "a mail": median([one[0] for one in figures]),
        "statements a mail": median([one[1] for one in figures]),
        "send_mail_batch a mail": median(batch) / len(batches[1]),
        "send_mail_batch of ready texts a mail": median(ready) / len(batches[1]),
        "send_mail_batch statements a mail": median(count) / len(batches[1]),
        "create a mail": median(bulk) / len(vals_list),
        "qweb a mail": median(qweb) / len(batches[1]),
    }


def choose(env):
    """Return the template used most, and its notices in one language.

    A batch with which the template is compiled, then some for each round.
    """
    [(step, lang)] = _commonest(env)
    domain = [
        ("state", "=", "ready"),
        ("channel", "=", "email"),
        ("step_id", "=", step),
        ("debtor_id.partner_id.lang", "=", lang),
    ]
    ids = env["ar.notice"].search(domain, limit=BATCH + ROUNDS * MOST).ids
    count = (len(ids) - BATCH) // ROUNDS // BATCH * BATCH
    starts = [BATCH + number * count for number in range(ROUNDS)]
    rounds = [ids[start : start + count] for start in starts]
    return env["ar.ladder.step"].browse(step).mail_template_id, [ids[:BATCH], *rounds]


def _commonest(env):
    env.cr.execute(
        """SELECT n.step_id, p.lang FROM ar_notice n
             JOIN ar_debtor d ON d.id = n.debtor_id
             JOIN res_partner p ON p.id = d.partner_id
            WHERE n.state = 'ready' AND n.channel = 'email'
            GROUP BY 1, 2 ORDER BY count(*) DESC LIMIT 1"""
    )
    return env.cr.fetchall()


def only_ready(env, ids):
    """Let these notices alone be ready."""
    env.cr.execute(
        "UPDATE ar_notice SET state = CASE WHEN id = ANY(%s) THEN 'ready' ELSE"
        " 'proposed' END WHERE state = 'ready' OR id = ANY(%s)",
        [ids, ids],
    )
    env.cr.commit()
    env.invalidate_all()


def keep_from_sending(env):
    """Let what is made be committed, as always, and not be sent."""
    env.registry["ar.notice"]._send_mails = lambda self, mails, counts: True


def _undone(env, work, before=lambda: None):
    env.invalidate_all()
    before()
    env.cr.execute("SAVEPOINT undone")
    with Statements() as done:
        work()
        env.flush_all()
    env.invalidate_all(flush=False)
    env.cr.execute("ROLLBACK TO SAVEPOINT undone")
    return done


def _plain(env, template, ids):
    """Return the seconds of rendering the body with values that are there already."""
    split = "<!--end-->"
    plain = [
        SimpleNamespace(**{name: notice[name] for name in NAMES})
        for notice in env["ar.notice"].browse(ids)
    ]
    source = (
        f'<t t-foreach="notices" t-as="object">{template.body_html}<t t-out="end"/></t>'
    )
    tree = html.fragment_fromstring(source, create_parent="div")
    values = {**template._render_eval_context(), "notices": plain, "end": Markup(split)}
    seconds, text = timed(env["ir.qweb"]._render, tree, values)
    if len(re.findall(split, text)) != len(ids):
        raise AssertionError("Not every body was rendered.")
    return seconds
