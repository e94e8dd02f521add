"""The two files of an evidence pack: one PDF with contents, one ZIP with originals."""

import csv
import hashlib
import io
import json
import mmap
import tempfile
import zipfile

from odoo import fields, models
from odoo.exceptions import UserError
from odoo.tools import format_date

from ...tools.file_names import plain
from ...tools.pdf.pdf_apart import PdfApart
from .evidence_make import _why

#: Columns of the index of documents.
COLUMNS = (
    "number", "section", "date", "document", "belongs_to", "file", "mimetype", "bytes",
    "sha256", "sha256_noted", "page", "pages", "problem",
)  # fmt: skip
CHUNK = 1024 * 1024


class ArEvidence(models.Model):
    _inherit = "ar.evidence"

    def _finish(self):
        """Assemble the pack, in the last transaction."""
        self.ensure_one()
        sections, notes = self._facts()
        self._check_kept()
        notes = [*filter(None, (self.note or "").split("\n")), *notes]
        with tempfile.TemporaryFile() as pdf, tempfile.TemporaryFile() as archive:
            has_pdf = self._write_pdf(pdf, sections, notes)
            notes += [
                f"{file.number}. {file.name}: {file.problem}"
                for file in self.file_ids
                if file.problem
            ]
            self._write_zip(archive, pdf if has_pdf else None, sections, notes)
            vals = {
                "state": "done",
                "done": self.total,
                "note": "\n".join(dict.fromkeys(notes)) or False,
                "finished_at": fields.Datetime.now(),
                "zip_sha256": _digest(archive),
                "zip_id": self._attach(archive, "zip", "application/zip").id,
            }
            if has_pdf:
                vals["pdf_sha256"] = _digest(pdf)
                vals["pdf_id"] = self._attach(pdf, "pdf", "application/pdf").id
            vals["file_sums"] = {
                str(vals[f"{name}_id"]): vals[f"{name}_sha256"]
                for name in ("zip", "pdf")
                if vals.get(f"{name}_id")
            }
            self._ar_unlocked().write(vals)
        self._spooled().unlink()
        self._tell()

    def _file_stem(self):
        day = fields.Date.to_string(self.company_id._ar_today())
        return plain(f"{self.display_name} {day}")

    def _attach(self, file, ending, mimetype):
        """Attach a file from disk, without reading it into memory."""
        file.flush()
        Attachment = self.env["ir.attachment"]
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
            return Attachment.create(
                {
                    "name": f"{self._file_stem()}.{ending}",
                    "raw": bytes(content) if Attachment._storage() == "db" else content,
                    "mimetype": mimetype,
                    "res_model": self._name,
                    "res_id": self.id,
                }
            )

    # === DOCUMENTS === #

    def _spooled(self):
        """Return the temporary attachments of the unfinished pack."""
        return self.env["ir.attachment"].search(
            [
                ("res_model", "=", "ar.evidence.file"),
                ("res_id", "in", self.file_ids.ids),
            ]
        )

    def _sources(self):
        """Return the source of each document, ``{(file id, name): attachment}``."""
        files = self.file_ids.filtered(lambda file: file.state == "done")
        kept = files._attachments()
        by_id = {attachment.id: attachment for attachment in kept}
        found = {(one.res_id, one.name): one for one in self._spooled()}
        for file in files:
            if (file.id, "content") in found:
                continue
            source = file.source_id
            if file.kind == "invoice":
                move = self.env["account.move"].browse(source)
                source = move.invoice_pdf_report_id.id
            if source in by_id:
                found[file.id, "content"] = by_id[source]
        return found

    def _check_kept(self):
        """Check again that no document changed since its checksum was stored."""
        sources = self._sources()
        for file in self.file_ids.filtered(lambda file: file.state == "done"):
            try:
                file._kept(sources)
            except UserError as error:
                file.write({"state": "failed", "problem": _why(error), "pages": 0})

    # === PDF === #

    def _write_pdf(self, target, sections, notes):
        """Write contents, sections and documents; return whether that was possible.

        :param list notes: what is missing; problems are added
        """
        try:
            self._check_wkhtmltopdf()
        except UserError as error:
            notes.append(str(error))
            return False
        sources = self._sources()
        files = self.file_ids.sorted("number")
        made = []
        for section in sections:
            mine = files.filtered(lambda file, s=section: file.section == s["key"])
            if mine or section["html"] or any(section["tables"]):
                html = self._section_html(section, mine)
                made.append((section, mine, self._html_pdf(html)))
        with PdfApart(self.env, target) as pdfs:
            while not self._join(pdfs, made, sources, notes):
                pass  # try again without the document whose pages could not be joined
        return True

    def _join(self, pdfs, made, sources, notes):
        """Write the PDF; return False if a document must be left out.

        :param PdfApart pdfs: with the target file
        :param made: ``[(section, its documents, its page as PDF)]``
        """
        counted = [pdfs.count(content) for *_rest, content in made]
        first = self._number_pages(made, counted, 0, notes)
        contents = self._html_pdf(self._contents_html(made, first, notes))
        first = self._number_pages(made, counted, pdfs.count(contents), notes)
        contents = self._html_pdf(self._contents_html(made, first, notes))
        pdfs.join(self.display_name)
        pdfs.add(contents, self.env._("Contents"))
        for section, _mine, content in made:
            pdfs.add(content, f"{section['number']}. {section['title']}")
        for _section, mine, _content in made:
            for file in mine.filtered("pages"):
                content = file._kept(sources, "pages")
                try:
                    pdfs.add(content, f"{file.number}. {file.name}")
                except UserError as error:
                    file.write({"pages": 0, "page": 0, "problem": str(error)})
                    return False
        pdfs.close()
        return True

    def _number_pages(self, made, counted, cover, notes):
        """Store the first page of each document, after the pages of contents.

        :return: the first page of each section
        """
        page, first = cover + 1, []
        for count in counted:
            first.append(page)
            page += count
        for _section, mine, _content in made:
            for file in mine:
                file.page = page if file.pages else 0
                page += file.pages
        return first

    def _contents_html(self, made, first, notes):
        env, contents = self.env, []
        for page, (section, mine, _content) in zip(first, made, strict=True):
            contents.append(
                {
                    "part": True,
                    "number": f"{section['number']}.",
                    "name": section["title"],
                    "day": "",
                    "page": page,
                }
            )
            contents += [
                {
                    "part": False,
                    "number": file.number,
                    "name": ", ".join(
                        dict.fromkeys(filter(None, (file.name, file.about)))
                    ),
                    "day": format_date(env, file.date) if file.date else "",
                    "page": file._page_text(),
                }
                for file in mine
            ]
        about = {
            "move": env._("About invoice %(number)s", number=self.move_name or ""),
            "dispute": env._(
                "About dispute %(dispute)s", dispute=self.dispute_id.display_name
            ),
        }
        missing = [
            *notes,
            *(
                f"{file.number}. {file.name}: {file.problem}"
                for _section, mine, _content in made
                for file in mine
                if file.problem
            ),
        ]
        return self._html(
            "evidence_contents",
            {
                "title": env._("Evidence"),
                "customer": self.debtor_id.partner_id.name,
                "about": about.get(self.scope),
                "company": self.company_id.name,
                "day": format_date(env, self.company_id._ar_today()),
                "contents": contents,
                "nothing": ", ".join(
                    names
                    for key, names in self._sections().items()
                    if key not in {section["key"] for section, *_rest in made}
                ),
                "missing": missing,
            },
        )

    def _section_html(self, section, files):
        return self._html(
            "evidence_section",
            {
                "section": section,
                "documents": [
                    {
                        "number": file.number,
                        "name": file.name,
                        "day": format_date(self.env, file.date) if file.date else "",
                        "sha256": file.sha256,
                        "problem": file.problem,
                    }
                    for file in files
                ],
            },
        )

    # === ZIP === #

    def _write_zip(self, target, pdf, sections, notes):
        """Write the originals, the PDF or its contents as HTML, and the index."""
        sources, names = self._sources(), self._sections()
        moment = self.create_date.timetuple()[:6]
        with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
            rows = []
            for file in self.file_ids.sorted("number"):
                if file.state == "done":
                    _store(archive, file.path, moment, file._kept(sources))
                rows.append(file._index_row(names))
            if pdf:
                path = f"{self._file_stem()}.pdf"
                rows.insert(
                    0, self._index_of(path, "application/pdf", _digest(pdf), pdf)
                )
                pdf.seek(0)
                with archive.open(_info(path, moment), "w") as inside:
                    while chunk := pdf.read(CHUNK):
                        inside.write(chunk)
            else:
                for section in sections:
                    mine = self.file_ids.filtered(
                        lambda file, s=section: file.section == s["key"]
                    )
                    path = f"{section['number']:02} {plain(section['title'])}.html"
                    content = self._section_html(section, mine).encode()
                    _store(archive, path, moment, content)
                    digest = hashlib.sha256(content).hexdigest()
                    rows.append(
                        self._index_of(path, "text/html", digest, io.BytesIO(content))
                    )
            about = {
                "pack": self.display_name,
                "customer": self.debtor_id.partner_id.name,
                "company": self.company_id.name,
                "made_at": fields.Datetime.to_string(fields.Datetime.now()),
                "made_for": self.user_id.name,
                "missing": notes,
                "files": rows,
            }
            text = json.dumps(about, ensure_ascii=False, indent=1, default=str)
            _store(archive, "index.json", moment, text.encode())
            _store(archive, "index.csv", moment, _csv(rows))

    def _index_of(self, path, mimetype, digest, file):
        file.seek(0, io.SEEK_END)
        row = dict.fromkeys(COLUMNS, "")
        row.update(
            {
                "number": 0,
                "document": self.display_name,
                "file": path,
                "mimetype": mimetype,
                "bytes": file.tell(),
                "sha256": digest,
            }
        )
        return row


class ArEvidenceFile(models.Model):
    _inherit = "ar.evidence.file"

    def _kept(self, sources, name="content"):
        """Return the content of a document, or its pages as PDF or picture.

        :raise UserError: if it is missing, or changed since its checksum was stored
        """
        if name == "pages" and self.kind == "message":
            return self._read(sources[self.id, "pages"])
        source = sources.get((self.id, "content"))
        if not source:
            raise UserError(self.env._("The file was deleted."))
        content = self._read(source)
        if hashlib.sha256(content).hexdigest() != self.sha256:
            raise UserError(self.env._("The file changed while the pack was made."))
        return content

    def _page_text(self):
        if self.pages:
            return self.page
        if self.state == "done":
            return self.env._("in the ZIP")
        return self.env._("missing")

    def _index_row(self, names):
        """Return the row of the index of a document."""
        values = (
            self.number,
            names[self.section],
            fields.Date.to_string(self.date) or "",
            self.name or "",
            self.about or "",
            self.path if self.state == "done" else "",
            self.mimetype or "",
            self.size if self.state == "done" else "",
            self.sha256 if self.state == "done" else "",
            self.kept_sha256 or "",
            self.page or "",
            self.pages or "",
            self.problem or "",
        )
        return dict(zip(COLUMNS, values, strict=True))


def _info(path, moment):
    info = zipfile.ZipInfo(path, moment)
    info.external_attr = 0o644 << 16
    # PDFs and pictures are compressed already
    plain_text = path.endswith((".html", ".json", ".csv", ".xml", ".txt"))
    info.compress_type = zipfile.ZIP_DEFLATED if plain_text else zipfile.ZIP_STORED
    return info


def _store(archive, path, moment, content):
    archive.writestr(_info(path, moment), content)


def _digest(file):
    """Return the SHA-256 of a file, read in blocks."""
    file.seek(0)
    digest = hashlib.sha256()
    while chunk := file.read(CHUNK):
        digest.update(chunk)
    return digest.hexdigest()


def _csv(rows):
    """Return the index as CSV; quote texts that begin like a formula."""
    file = io.StringIO()
    writer = csv.DictWriter(file, COLUMNS)
    writer.writeheader()
    for row in rows:
        writer.writerow(
            {
                key: f"'{value}"
                if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t")
                else value
                for key, value in row.items()
            }
        )
    return b"\xef\xbb\xbf" + file.getvalue().encode()
