"""Merge the histories of customers that are merged, or get another parent."""

from odoo.tools import SQL

from odoo.addons.account.models.account_move import BYPASS_LOCK_CHECK


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


def contacts_moved(Debtor, owners, booked):
    """Keep with a customer what was with it when a contact goes to another customer.

    Entries of the contact stay with the customer whose contact it was. It gets no more
    of the customer's messages. A person is told.

    :param dict owners: ``{contact: customer}`` before the move
    :param dict booked: ``{contact: its journal items}`` before the move, as superuser
    """
    gone = {}
    for contact, owner in owners.items():
        if contact.exists() and owner.exists():
            now = owner.commercial_partner_id
            if contact.commercial_partner_id != now:
                gone.setdefault(now, []).append(contact)
    for owner, contacts in gone.items():
        contacts = contacts[0].union(*contacts)
        kept = _keep_entries(contacts, owner, booked)
        debtors = Debtor.search([("partner_id", "=", owner.id)])
        places = Debtor.env["ar.debtor.contact"].search(
            [("partner_id", "in", contacts.ids), ("debtor_id", "in", debtors.ids)]
        )
        debtors.message_unsubscribe(contacts.ids)
        names = ", ".join(contacts.mapped("name"))
        told = places.debtor_id | debtors.filtered(
            lambda debtor, lines=kept: debtor.company_id in lines.company_id.root_id
        )
        places.unlink()
        text = Debtor.env._(
            "%(names)s left this customer: choose a new contact for our messages",
            names=names,
        )
        if kept:
            text += Debtor.env._(
                ". Entries posted on this contact stay here: %(numbers)s",
                numbers=", ".join(kept.mapped("move_name")),
            )
        told._ar_activity("activity_no_contact", text)


def _keep_entries(contacts, owner, booked):
    """Book the entries of contacts who leave on the customer that they left.

    Odoo books them on the new one when the parent changes, also in locked periods. All
    items at once, as Odoo does, because matched items must have one partner.

    :return: the open receivable items among them
    """
    lines = contacts.env["account.move.line"].sudo()
    lines = lines.union(*(booked.get(contact, lines) for contact in contacts)).exists()
    moves = lines.move_id.filtered(lambda move: move.partner_id in contacts)
    unlocked = {"bypass_lock_check": BYPASS_LOCK_CHECK}
    lines.with_context(**unlocked).partner_id = owner
    moves.with_context(**unlocked).commercial_partner_id = owner
    return lines.filtered(
        lambda line: (
            line.account_type == "asset_receivable"
            and line.parent_state == "posted"
            and not line.reconciled
        )
    )


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
