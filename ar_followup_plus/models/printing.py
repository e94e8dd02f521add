"""Many documents at once: batches for wkhtmltopdf, and ZIP files."""

import io
import zipfile

#: Documents in one call of wkhtmltopdf, where its Qt is patched.
AT_ONCE = 10


def zip_files(files):
    """Return one ZIP of files; PDFs are compressed already."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
        for name, content in files:
            archive.writestr(name.replace("/", "_"), content)
    return file.getvalue()
