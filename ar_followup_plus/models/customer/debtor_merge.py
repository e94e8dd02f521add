"""Merge the histories of customers that are merged, or get another parent."""

from odoo.exceptions import UserError
from odoo.tools import SQL


def merge_partners(Debtor, sources, destination):
    """Move the debtors of merged partners to the destination's, for each company.

    :param res.partner sources: partners that will be deleted
    :param res.partner destination: the partner that stays
    """
    every = Debtor.with_context(active_test=False)
    target = destination.commercial_partner_id
    debtors = every.search([("partner_id", "in", (sources - target).ids)])
    for debtor in debtors:
        into = every.search(
            [
                ("company_id", "=", debtor.company_id.id),
                ("partner_id", "=", target.id),
            ]
        )
        if into:
            DebtorMerge(debtor, into).merge()
        else:
            debtor.partner_id = target
    _merge_contacts(Debtor.env, sources, destination)


def _merge_contacts(env, sources, destination):
    """Merge contacts that are the same person in the same function."""
    contacts = env["ar.debtor.contact"].search([("partner_id", "in", sources.ids)])
    for contact in contacts:
        # A delivery address never gets messages about debts
        twin = destination.type in ("delivery", "private")
        twin = twin or env["ar.debtor.contact"].search_count(
            [
                ("debtor_id", "=", contact.debtor_id.id),
                ("partner_id", "=", destination.id),
                ("role", "=", contact.role),
            ],
            limit=1,
        )
        if twin:
            contact.unlink()
        else:
            contact.partner_id = destination


def follow_partners(Debtor, partners):
    """Update the debtors of customers that became part of another customer.

    :param res.partner partners: partners whose parent or company type changed
    """
    Debtor = Debtor.with_context(active_test=False)
    for debtor in Debtor.search([("partner_id", "in", partners.ids)]):
        commercial = debtor.partner_id.commercial_partner_id
        if commercial == debtor.partner_id:
            continue
        into = Debtor.search(
            [
                ("company_id", "=", debtor.company_id.id),
                ("partner_id", "=", commercial.id),
            ]
        )
        if into:
            DebtorMerge(debtor, into).merge()
        else:
            debtor.partner_id = commercial


def contacts_moved(Debtor, owners):
    """Keep the customer's own records when a contact moves to another one.

    Open amounts stay: items booked on the contact are moved to its former customer. The
    contact gets no more of that customer's messages. A person is notified.

    :param dict owners: ``{contact: customer}`` before the move
    """
    gone = {}
    for contact, owner in owners.items():
        if contact.exists() and owner.exists():
            now = owner.commercial_partner_id
            if contact.commercial_partner_id != now:
                gone.setdefault(now, []).append(contact)
    for owner, contacts in gone.items():
        contacts = contacts[0].union(*contacts)
        kept, refused = _keep_money(contacts, owner)
        debtors = Debtor.search([("partner_id", "=", owner.id)])
        places = Debtor.env["ar.debtor.contact"].search(
            [("partner_id", "in", contacts.ids), ("debtor_id", "in", debtors.ids)]
        )
        debtors.message_unsubscribe(contacts.ids)
        names = ", ".join(contacts.mapped("name"))
        told = places.debtor_id | debtors.filtered(
            lambda debtor, lines=kept | refused: (
                debtor.company_id in lines.company_id.root_id
            )
        )
        places.unlink()
        text = Debtor.env._(
            "%(names)s left this customer: choose who gets our messages now",
            names=names,
        )
        if kept:
            text += Debtor.env._(
                ". What was booked on this contact stays here: %(numbers)s",
                numbers=", ".join(kept.mapped("move_name")),
            )
        if refused:
            text += Debtor.env._(
                ". Entries that are locked now count for the other customer: "
                "%(numbers)s",
                numbers=", ".join(refused.mapped("move_name")),
            )
        told._ar_activity("activity_no_contact", text)


def _keep_money(contacts, owner):
    """Move open items booked on leaving contacts to their customer.

    :return: the moved journal items, and those in locked entries
    """
    lines = contacts.env["account.move.line"].search(
        [
            ("partner_id", "in", contacts.ids),
            ("account_id.account_type", "=", "asset_receivable"),
            ("parent_state", "=", "posted"),
            ("reconciled", "=", False),
        ]
    )
    kept = refused = lines.browse()
    for line in lines:
        try:
            with lines.env.cr.savepoint():
                line.partner_id = owner
                line.flush_recordset()
            kept |= line
        except UserError:
            line.invalidate_recordset(["partner_id"])
            refused |= line
    return kept, refused


class DebtorMerge:
    """Merges one debtor into another of the same company."""

    def __init__(self, debtor, into):
        """
        :param ar.debtor debtor: the debtor that is deleted
        :param ar.debtor into: the debtor that stays
        """
        self.env = debtor.env
        self.debtor = debtor
        self.into = into

    def merge(self):
        """Move all records of the debtor to the other one, and delete it.

        Moves notices, contacts, messages and activities. The stricter value counts:
        do-not-contact, the later snooze, the later next contact.
        """
        self.debtor._before_merge(self.into)
        self.env.flush_all()
        for model in self.env.registry.values():
            for field in model._fields.values():
                if (
                    field.type == "many2one"
                    and field.comodel_name == self.debtor._name
                    and field.store
                    and model._auto
                    and not model._transient
                ):
                    self._repoint(model._table, field.name)
        for table, model_column in (
            ("mail_message", "model"),
            ("mail_activity", "res_model"),
            ("ir_attachment", "res_model"),
        ):
            self.env.cr.execute(
                SQL(
                    "UPDATE %s SET res_id = %s WHERE %s = %s AND res_id = %s",
                    SQL.identifier(table),
                    self.into.id,
                    SQL.identifier(model_column),
                    self.debtor._name,
                    self.debtor.id,
                )
            )
        self.env.invalidate_all()
        self.into.write(self.debtor._stricter_of(self.into))
        self.into.message_subscribe(partner_ids=self.debtor.message_partner_ids.ids)
        self.debtor.message_follower_ids.unlink()
        self.env.cr.execute(SQL("DELETE FROM ar_debtor WHERE id = %s", self.debtor.id))
        self.env.invalidate_all()
        self.env["ar.proof"]._renew_of_debtor(self.into)
        self.into.message_post(
            body=self.env._("Another customer was merged into this one.")
        )

    def _repoint(self, table, column):
        """Move rows to the other debtor, except rows that it already has."""
        if table == "ar_debtor_contact":
            self.env.cr.execute(
                SQL(
                    """DELETE FROM ar_debtor_contact c USING ar_debtor_contact t
                        WHERE c.debtor_id = %s AND t.debtor_id = %s
                          AND t.partner_id = c.partner_id AND t.role = c.role""",
                    self.debtor.id,
                    self.into.id,
                )
            )
        self.env.cr.execute(
            SQL(
                "UPDATE %s SET %s = %s WHERE %s = %s",
                SQL.identifier(table),
                SQL.identifier(column),
                self.into.id,
                SQL.identifier(column),
                self.debtor.id,
            )
        )
