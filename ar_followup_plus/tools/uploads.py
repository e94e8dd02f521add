"""Files that customers upload on their page: limits of number, size and type."""

import re

from odoo.exceptions import UserError
from odoo.tools.mimetypes import guess_mimetype

from .picture_size import check_pictures

#: Allowed types, detected from the content and not from the name.
KINDS = {
    "application/pdf": "pdf",
    "image/png": "png",
    "image/jpeg": "jpg",
    "image/webp": "webp",
}
MOST_FILES = 3
MOST_BYTES = 5 * 1024 * 1024


def read_files(env, uploads):
    """Return uploaded files: ``[(name, content)]``, without empty ones.

    :param uploads: objects with ``filename`` and ``read(size)``
    :raise UserError: with a text for the customer, for files that are too large, too
        many, or neither PDF nor picture by their content
    """
    files = []
    for upload in uploads:
        content = upload.read(MOST_BYTES + 1)
        if not content:
            continue
        name = _base(upload.filename)
        if len(files) == MOST_FILES:
            raise UserError(
                env._("At most %(most)s files at once, please.", most=MOST_FILES)
            )
        if len(content) > MOST_BYTES:
            raise UserError(
                env._(
                    "The file %(name)s is too large: at most %(most)s MB, please.",
                    name=name,
                    most=MOST_BYTES // 1024**2,
                )
            )
        kind = KINDS.get(guess_mimetype(content, default=""))
        if not kind:
            raise UserError(
                env._(
                    "The file %(name)s is neither a PDF nor a picture (JPEG, PNG): "
                    "please save it as one of these.",
                    name=name,
                )
            )
        files.append((f"{name.rsplit('.', 1)[0] or 'file'}.{kind}", content))
    check_pictures(env, files)
    return files


def _base(name):
    """Return the last part of a file's name, with letters and digits only."""
    name = re.split(r"[/\\]", name or "")[-1]
    return re.sub(r"[^\w.\- ]", "", name).strip(" .")[:80] or "file"
