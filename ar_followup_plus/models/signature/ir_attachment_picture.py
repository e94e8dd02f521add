"""Files of the follow-up stay as they came; pictures among them are not decoded."""

from odoo import models


class IrAttachment(models.Model):
    _inherit = "ir.attachment"

    def _postprocess_contents(self, values):
        """Keep the files of our records byte by byte, as proof.

        Odoo makes large pictures smaller when they come in. To decode a picture of some
        kilobytes can take minutes and gigabytes, and it comes by e-mail too.
        """
        if (values.get("res_model") or "").startswith("ar."):
            return values
        return super()._postprocess_contents(values)
