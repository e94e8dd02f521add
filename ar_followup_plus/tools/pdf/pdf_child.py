"""The process of :class:`PdfApart`: reads and writes PDFs, within its limits.

``python pdf_child.py SECONDS MEMORY PAGES DEPTH PIXELS [FILE]`` answers the messages on
its standard input one by one. It has no access to database or server.
"""

import io
import json
import os
import signal
import struct
import sys

from pdf_join import JoinedPdf, Nowhere, PdfProblem, picture_pdf, read_pdf
from PIL import WebPImagePlugin

from odoo.tools.pdf import OdooPdfFileReader, OdooPdfFileWriter

try:
    import resource
except ImportError:  # not every system has limits
    resource = None


#: The import registers another picture format; Odoo has fewer.
PICTURES = WebPImagePlugin


class Child:
    def __init__(self, seconds, memory, pages, depth, pixels, target=None):
        self.seconds = seconds
        self.most_pages, self.most_depth = pages, depth
        self.most_pixels = pixels
        self.target = target
        self.joined = None
        if resource:
            _soft, hard = resource.getrlimit(resource.RLIMIT_AS)
            if hard != resource.RLIM_INFINITY:
                memory = min(memory, hard)
            resource.setrlimit(resource.RLIMIT_AS, (memory, hard))

    # === OPERATIONS === #

    def count(self, content):
        reader = self._read(content)
        JoinedPdf(Nowhere(), "").add(reader)
        return {"pages": len(reader.pages)}, b""

    def picture(self, content):
        return {}, picture_pdf(content, self.most_pixels)

    def front(self, cover, original):
        writer, reader = self._pages_of(cover, original)
        for name, data in reader.getAttachments():
            writer.add_attachment(name, data)
        return {}, self._written(writer)

    def signed(self, content, sheet, name):
        writer, _reader = self._pages_of(content, sheet)
        writer.add_attachment(name, content, subtype="application/pdf")
        return {}, self._written(writer)

    def join(self, title):
        self.joined = JoinedPdf(os.fdopen(self.target, "wb"), title)
        return {}, b""

    def add(self, content, title=None):
        if not content[:1024].lstrip().startswith(b"%PDF"):
            content = picture_pdf(content, self.most_pixels)
        self.joined.add(self._read(content), title)
        return {}, b""

    def close(self):
        self.joined.close()
        self.joined.file.close()
        return {}, b""

    # === PARTS === #

    def _read(self, content):
        return read_pdf(content, self.most_pages, self.most_depth)

    def _pages_of(self, *contents):
        writer = OdooPdfFileWriter()
        for content in contents:
            self._read(content)
            # A separate reader: the writer changes the pages it is given
            reader = OdooPdfFileReader(io.BytesIO(content), strict=False)
            if reader.is_encrypted:
                reader.decrypt("")
            for page in reader.pages:
                writer.add_page(page)
        return writer, reader

    def _written(self, writer):
        file = io.BytesIO()
        writer.write(file)
        return file.getvalue()

    def answer(self, values, parts):
        work = {
            "add": self.add,
            "close": self.close,
            "count": self.count,
            "front": self.front,
            "join": self.join,
            "picture": self.picture,
            "signed": self.signed,
        }[values.pop("do")]
        # The server kills this process earlier, unless it was killed itself
        alarm = getattr(signal, "alarm", lambda seconds: None)
        alarm(2 * self.seconds + 10)
        try:
            return work(*parts, **values)
        except PdfProblem as error:
            return {"problem": str(error)}, b""
        except MemoryError:
            return {"problem": "limits"}, b""
        except Exception:  # damaged in one of many ways
            return {"problem": "damaged"}, b""
        finally:
            alarm(0)


def send(stream, values, content=b""):
    text = json.dumps({**values, "size": len(content)}).encode()
    stream.write(struct.pack(">I", len(text)) + text + content)
    stream.flush()


def main(*limits):
    questions = sys.stdin.buffer
    # Output printed by a library must not become an answer
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    child = Child(*map(int, limits))
    send(answers, {})
    while len(head := questions.read(4)) == 4:
        values = json.loads(questions.read(struct.unpack(">I", head)[0]))
        parts = [questions.read(size) for size in values.pop("sizes")]
        send(answers, *child.answer(values, parts))


if __name__ == "__main__":
    main(*sys.argv[1:])
