"""The links of notices: each opens the customer's page for its notice only.

A token that expired or was revoked is NULL in its column, so that no route accepts it.
The hash of an expired token is kept, so that a customer with the old link can request a
new one, which is sent to the known address only.
"""

import hashlib
import uuid

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL, consteq

from .ar_page_visit import PageVisits
from .correspondence import PageCorrespondence

#: Notices whose tokens expire in one transaction.
LINKS = 500
#: Days for which a link works at least ...
LINK_DAYS = 90
#: ... and days for which it works after all its items are settled.
SETTLED_DAYS = 30
#: In these states a message with the link may have reached the customer.
LEFT = ("ready", "sending", "sent", "failed")
#: Whether notice ``n`` lists an item that is open or was recently settled.
ALIVE = """EXISTS (
    SELECT 1 FROM ar_notice_line nl JOIN account_move_line l ON l.id = nl.move_line_id
     WHERE nl.notice_id = n.id AND l.parent_state = 'posted'
       AND (l.reconciled IS NOT TRUE
            OR EXISTS (SELECT 1 FROM account_partial_reconcile r
                        WHERE l.id IN (r.debit_move_id, r.credit_move_id)
                          AND GREATEST(r.max_date, r.create_date::date) > %(settled)s)))"""


def token_hash(token):
    """Return the hash that is kept of an expired token."""
    return hashlib.sha256(token.encode()).hexdigest()


def own_page_link(debtor, place=""):
    """Return the link to a customer's page that belongs to no notice.

    :param str place: a part of the page, with its slash
    """
    debtor_sudo = debtor.sudo()
    token = debtor_sudo._portal_ensure_token()
    # A link that was requested today must not expire tomorrow because of its age
    debtor_sudo.token_date = debtor_sudo.company_id._ar_today()
    return (
        f"{debtor_sudo.get_base_url()}/my/receivables/{debtor_sudo.id}{place}"
        f"?access_token={token}"
    )


class ArNotice(models.Model):
    _inherit = "ar.notice"

    access_token = fields.Char(
        index="btree_not_null", copy=False, readonly=True, groups=fields.NO_ACCESS
    )
    token_date = fields.Date(copy=False, readonly=True)
    expired_token = fields.Char(
        index="btree_not_null", copy=False, readonly=True, groups=fields.NO_ACCESS
    )
    opened_at = fields.Datetime(
        string="Link opened",
        readonly=True,
        copy=False,
        help="A browser showed the customer's page. Nobody knows whether it was read.",
    )

    # === LINKS === #

    def _page_url(self):
        """Return the address of the customer's page of a notice, or an empty text."""
        self.ensure_one()
        token = self.sudo().access_token
        return f"{self.get_base_url()}/receivables/n/{token}" if token else ""

    def _ensure_links(self):
        """Give notices the token of their page, all in one statement."""
        bare = self.sudo().filtered(lambda notice: not notice.access_token)
        if not bare or self.env.cr.readonly:
            return
        self.env.cr.execute(
            SQL(
                """UPDATE ar_notice n SET access_token = t.token, token_date = %s
                     FROM unnest(%s::int[], %s::text[]) AS t(id, token)
                    WHERE n.id = t.id AND n.access_token IS NULL""",
                bare[0].company_id._ar_today(),
                bare.ids,
                [str(uuid.uuid4()) for _notice in bare],
            )
        )
        bare.invalidate_recordset(["access_token", "token_date"], flush=False)

    @api.model
    def _by_token(self, token):
        """Return the notice whose link has this token, if any.

        :rtype: ar.notice, as superuser
        """
        notice_sudo = self.sudo().search(
            [("access_token", "=", token), ("state", "in", LEFT)], limit=1
        )
        if notice_sudo and consteq(notice_sudo.access_token, token):
            return notice_sudo
        return self.sudo().browse()

    @api.model
    def _by_expired_token(self, token):
        """Return the notice whose expired link had this token, if any."""
        return self.sudo().search(
            Domain("expired_token", "=", token_hash(token))
            & Domain("state", "in", LEFT),
            limit=1,
        )

    def _note_opened(self):
        """Record when a browser first showed the page."""
        self.ensure_one()
        if not self.opened_at:
            self.sudo().opened_at = fields.Datetime.now()

    # === THEIR END === #

    @api.model
    def _expire_links(self):
        """Expire the links that are old and whose items are settled."""
        for company in self.env["res.company"].search([("parent_id", "=", False)]):
            while self._expire_some_links(company):
                pass
            _expire_tokens(self.env["ar.debtor"].sudo(), company)

    def _expire_some_links(self, company):
        today = company._ar_today()
        self.flush_model()
        rows = self.env.execute_query(
            SQL(
                """WITH old AS (
                       SELECT n.id FROM ar_notice n
                        WHERE n.company_id = %(company)s
                          AND n.access_token IS NOT NULL
                          AND n.token_date <= %(old)s AND NOT %(alive)s
                        LIMIT %(limit)s)
                   UPDATE ar_notice n
                      SET access_token = NULL, expired_token =
                          encode(sha256(convert_to(n.access_token, 'UTF8')), 'hex')
                     FROM old WHERE old.id = n.id RETURNING n.id""",
                company=company.id,
                old=fields.Date.subtract(today, days=LINK_DAYS),
                alive=SQL(
                    ALIVE, settled=fields.Date.subtract(today, days=SETTLED_DAYS)
                ),
                limit=LINKS,
            )
        )
        self.browse([notice_id for (notice_id,) in rows]).invalidate_recordset(
            ["access_token", "expired_token"], flush=False
        )
        return len(rows) == LINKS

    def _revoke_links(self):
        """Revoke links permanently: no new one is offered either."""
        self.sudo().write({"access_token": False, "expired_token": False})

    def _renew_link(self):
        """Create a new link for an expired one, and send it to the known address.

        Silently send nothing if contact is on hold, no recipient is known, or too many
        links were requested: the request may come from anybody.
        """
        self.ensure_one()
        debtor_sudo = self.sudo().debtor_id
        person = PageCorrespondence(debtor_sudo).contact(self)
        if (
            not person
            or debtor_sudo._why_held()
            or not PageVisits(debtor_sudo).may_mail_again()
        ):
            return
        # An old link is renewed only once; the new link can be renewed when it expires
        self._revoke_links()
        self._ensure_links()
        PageCorrespondence(debtor_sudo).send_mail(
            "ar_followup_plus.mail_template_new_link", person, link=self._page_url()
        )


def _expire_tokens(Debtor, company):
    """Expire the tokens of customers who have owed nothing for a long time."""
    today = company._ar_today()
    Debtor.flush_model()
    Debtor.env.cr.execute(
        SQL(
            """UPDATE ar_debtor d SET access_token = NULL
                WHERE d.company_id = %(company)s AND d.access_token IS NOT NULL
                  AND COALESCE(d.token_date, '2000-01-01') <= %(old)s
                  AND NOT EXISTS (
                      SELECT 1 FROM account_move_line l
                        JOIN account_account a ON a.id = l.account_id
                             AND a.account_type = 'asset_receivable'
                        JOIN res_partner p ON p.id = l.partner_id
                       WHERE p.commercial_partner_id = d.partner_id
                         AND l.parent_state = 'posted'
                         AND (l.reconciled IS NOT TRUE OR EXISTS (
                              SELECT 1 FROM account_partial_reconcile r
                               WHERE l.id IN (r.debit_move_id, r.credit_move_id)
                                 AND GREATEST(r.max_date, r.create_date::date)
                                     > %(settled)s)))""",
            company=company.id,
            old=fields.Date.subtract(today, days=LINK_DAYS),
            settled=fields.Date.subtract(today, days=SETTLED_DAYS),
        )
    )
    Debtor.invalidate_model(["access_token"], flush=False)
