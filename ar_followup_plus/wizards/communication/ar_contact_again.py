import re

from odoo import fields, models

from ...models.credit_terms.credit_terms import CreditTerms

#: Acts that write to customers by a button: in words, the model of their records, and
#: the act after the question.
ACTS = {
    "offer": (
        "Send the link to the offer",
        "ar.payment.plan",
        lambda plans: plans._send_link_again(),
    ),
    "returned": (
        "Tell them that a payment came back",
        "ar.returned.payment",
        lambda returned: returned._tell_came_back(),
    ),
    "hold": (
        "Tell them about the credit hold",
        "ar.debtor",
        lambda debtors: debtors._warn_by_hand(),
    ),
    "terms": (
        "Ask for the signature",
        "ar.debtor",
        lambda debtors: CreditTerms(debtors).request_all(),
    ),
    "print": (
        "Print the letter",
        "ar.letter",
        lambda letter: letter._print_all_the_same(),
    ),
    "post": (
        "Mark the letter as mailed",
        "ar.letter",
        lambda letter: letter._post_all_the_same(),
    ),
}
CLOSE = {"type": "ir.actions.act_window_close"}


class ArContactAgain(models.TransientModel):
    """Ask whether to write to a customer who was contacted today already."""

    _name = "ar.contact.again"
    _inherit = ["ar.wizard"]
    _description = "Another Message Today"

    warning = fields.Char(readonly=True)
    act = fields.Selection(
        [(key, words) for key, (words, _model, _do) in ACTS.items()],
        required=True,
        readonly=True,
    )
    record_ids = fields.Char(
        string="Records", required=True, readonly=True, help="Ids, with commas."
    )

    def action_apply(self):
        """Write to the customer all the same."""
        self.ensure_one()
        _words, model, do = ACTS[self.act]
        ids = [int(number) for number in re.findall(r"\d+", self.record_ids)]
        result = do(self.env[model].browse(ids).exists())
        if not isinstance(result, dict):
            return CLOSE
        if result["type"] == "ir.actions.act_url":
            return {**result, "target": "new", "close": True}
        if result["type"] == "ir.actions.client":
            return {**result, "params": {**result["params"], "next": CLOSE}}
        return result
