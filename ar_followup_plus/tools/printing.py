"""Many documents at once: batches for wkhtmltopdf, ZIP files, downloads."""

import io
import zipfile

from .file_names import plain_file

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
#: Documents in one call of wkhtmltopdf, if its Qt is patched.
AT_ONCE = 10


def zip_files(files):
    """Return one ZIP of files; PDFs are compressed already."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
        used = set()
        for number, (name, content) in enumerate(files, start=1):
            name = plain_file(name)
            if name.lower() in used:
                name = f"{number} {name}"
            used.add(name.lower())
            archive.writestr(name, content)
    return file.getvalue()


def download_action(owner, name, content, mimetype):
    """Keep a file at a dialog, and return the action that downloads it.

    :param owner: the dialog; only its user can read the file: its model needs a rule on
        ``create_uid``, because Odoo lets all users of a dialog read each row
    """
    # sudo: attachments of a dialog have its rights
    file_sudo = (
        owner.env["ir.attachment"]
        .sudo()
        .create(
            {
                "name": name,
                "raw": content,
                "mimetype": mimetype,
                "res_model": owner._name,
                "res_id": owner.id,
            }
        )
    )
    return {
        "type": "ir.actions.act_url",
        "url": f"/web/content/{file_sudo.id}?download=true",
        "target": "download",
    }
