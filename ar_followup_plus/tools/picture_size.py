"""The size of pictures, read from their first bytes: without decoding them."""

import io
import struct

from PIL.GifImagePlugin import GifImageFile
from PIL.JpegImagePlugin import JpegImageFile
from PIL.PngImagePlugin import PngImageFile

from odoo.exceptions import UserError
from odoo.tools.image import IMAGE_MAX_RESOLUTION

#: Pixels of a picture; Odoo's own limit. A phone takes 12 to 50 million.
MOST_PIXELS = int(IMAGE_MAX_RESOLUTION)
#: First bytes of the supported formats, and the function that reads their size.
READERS = {
    b"\x89PNG": PngImageFile,
    b"\xff\xd8\xff": JpegImageFile,
    b"GIF8": GifImageFile,
}


def is_picture(content):
    """Return whether this is a picture of a supported format."""
    return content.startswith(tuple(READERS)) or _is_webp(content)


def picture_pixels(content):
    """Return the number of pixels, None if it is damaged or not a picture."""
    if _is_webp(content):  # Pillow allocates memory for all of it when opening one
        return _webp_pixels(content)
    for begin, reader in READERS.items():
        if content.startswith(begin):
            try:
                with reader(io.BytesIO(content)) as picture:
                    return picture.width * picture.height
            except Exception:  # damaged in one of many ways
                return None
    return None


def check_pictures(env, files):
    """Check that pictures are not too large to be shown and printed.

    :param files: ``[(name, content)]``; other files are ignored
    :raise UserError: otherwise
    """
    for name, content in files:
        if is_picture(content) and (picture_pixels(content) or 0) > MOST_PIXELS:
            raise UserError(
                env._(
                    "The picture %(name)s has more than %(most)s million pixels: please "
                    "make it smaller.",
                    name=name,
                    most=MOST_PIXELS // 10**6,
                )
            )


def _is_webp(content):
    return content[:4] == b"RIFF" and content[8:12] == b"WEBP"


def _webp_pixels(content):
    """Return the pixels of a WebP picture, by its first chunk."""
    kind, begin = content[12:16], content[20:30]
    if len(begin) < 10:
        return None
    if kind == b"VP8X":
        width = 1 + int.from_bytes(begin[4:7], "little")
        height = 1 + int.from_bytes(begin[7:10], "little")
    elif kind == b"VP8L":
        bits = int.from_bytes(begin[1:5], "little")
        width, height = (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    elif kind == b"VP8 ":
        width, height = (side & 0x3FFF for side in struct.unpack("<HH", begin[6:10]))
    else:
        return None
    return width * height
