"""Checks each RPC call of a public method: ids, caller and context.

Methods that nobody needs over RPC are ``@api.private``. All other public methods of ours,
without overrides of Odoo's, are wrapped here when the registry is loaded, so that none is
forgotten. The wrapper refuses impossible ids, several ids for a method on one record, and
records that the user may not read; it removes keys of the context that only our own code
may set.
"""

from functools import wraps
from inspect import isfunction

from odoo import api, fields, models
from odoo.api import NewId
from odoo.exceptions import UserError, ValidationError

OURS = "odoo.addons.ar_followup_plus"
#: The largest id of PostgreSQL's "integer".
MOST = 2**31 - 1


def acts_of(model_class):
    """Return ``{name: function}`` of public methods that our addons define.

    Overrides of Odoo's methods and ``@api.private`` are left out.
    """
    ours, others = {}, set()
    for cls in model_class.mro():
        for name, function in vars(cls).items():
            if name.startswith("_") or not isfunction(function):
                continue
            if not function.__module__.startswith(OURS):
                others.add(name)
            elif getattr(function, "_api_private", False):
                others.add(name)
            else:
                ours.setdefault(name, function)
    return {name: ours[name] for name in ours.keys() - others}


def is_id(value):
    """Return whether a record can have this id."""
    return isinstance(value, NewId) or (type(value) is int and 0 < value <= MOST)


def given_ids(env, ids):
    """Return ids given as an argument, as a list.

    :raise ValidationError: if they are not ids
    """
    ids = [ids] if type(ids) is int else ids
    if not isinstance(ids, list | tuple) or not all(map(is_id, ids)):
        raise ValidationError(env._("Give a list of ids of records."))
    return list(ids)


def given_day(env, day):
    """Return a day given as an argument: a date, or text like 2026-03-31.

    :raise ValidationError: if it is not a date
    """
    try:
        return fields.Date.to_date(day)
    except (AttributeError, TypeError, ValueError):
        raise ValidationError(
            env._("%(day)s is no date: write it as 2026-03-31.", day=str(day)[:40])
        ) from None


def given_text(env, text):
    """Return text given as an argument, without surrounding blanks.

    :raise ValidationError: if it is not text
    """
    if not isinstance(text or "", str):
        raise ValidationError(env._("Give a text."))
    return (text or "").strip()


def is_foreign(key):
    """Return whether only our own code may set a key of the context."""
    return str(key).startswith(("ar_", "default_"))


def _checked(function):
    """Wrap a method: check its ids and its caller, and clean its context."""

    @wraps(function)
    def act(self, *args, **kwargs):
        if not all(map(is_id, self._ids)):
            raise UserError(
                self.env._("This record does not exist, or was deleted meanwhile.")
            )
        if any(map(is_foreign, self.env.context)):
            context = {k: v for k, v in self.env.context.items() if not is_foreign(k)}
            self = self.with_env(self.env(context=context))
        if len(set(self._ids)) < len(self._ids):
            self = self.browse(dict.fromkeys(self._ids))
        # An abstract model has no records and no rights: its methods check who calls
        if self._ids or not self._abstract:
            self.check_access("read")
        try:
            return function(self, *args, **kwargs)
        except ValueError as error:
            # Odoo's message for a method on one record that gets none or several
            if len(self._ids) == 1 or str(error) != f"Expected singleton: {self}":
                raise
            raise UserError(
                self.env._("Choose one record: this is done for one at a time.")
            ) from None

    act._ar_checked = True
    return act


class ArRpcBorder(models.AbstractModel):
    """Wraps the public methods of all models when the registry is loaded."""

    _name = "ar.rpc.border"
    _description = "Checks What Comes over RPC"

    @api.model
    def _register_hook(self):
        super()._register_hook()
        for model_class in self.env.registry.values():
            for name, function in acts_of(model_class).items():
                if not hasattr(function, "_ar_checked"):
                    setattr(model_class, name, _checked(function))
