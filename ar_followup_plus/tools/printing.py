"""Many documents at once: batches for wkhtmltopdf, and ZIP files."""

import io
import zipfile

from .file_names import plain_file

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
