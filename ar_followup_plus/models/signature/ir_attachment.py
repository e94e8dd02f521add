"""Reads files that are evidence, and refuses missing or changed ones."""

from odoo import models
from odoo.exceptions import UserError


class IrAttachment(models.Model):
    _inherit = "ir.attachment"

    def _ar_content(self):
        """Return the content of a file.

        Odoo reads a file that is missing in the file store as empty; an empty file must
        be neither printed nor sent.

        :rtype: bytes
        :raise UserError: if it is missing, or differs from its checksum
        """
        self.ensure_one()
        return self._ar_contents()[self.id]

    def _ar_contents(self):
        """Return the contents of many files, see :meth:`_ar_content`.

        :return: ``{id: bytes}``
        """
        contents = {file.id: file.raw for file in self}
        for file in self:
            if not contents[file.id]:
                raise UserError(
                    self.env._(
                        "The file %(file)s is gone from the file store of the server: "
                        "ask your administrator to restore it from a backup.",
                        file=file.name,
                    )
                )
        self._ar_check_sum(contents)
        return contents
