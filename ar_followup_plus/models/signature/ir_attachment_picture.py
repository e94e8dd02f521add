"""Keeps files of the follow-up unchanged; never decodes pictures among them."""

from odoo import models


class IrAttachment(models.Model):
    _inherit = "ir.attachment"

    def _postprocess_contents(self, values):
        """Keep the files of our records byte by byte, as evidence.

        Odoo resizes large pictures on upload. Decoding a hostile picture of some
        kilobytes can take minutes and gigabytes, and pictures arrive by e-mail, too.
        """
        if (values.get("res_model") or "").startswith("ar."):
            return values
        return super()._postprocess_contents(values)
