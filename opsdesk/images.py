"""Pictures that strangers made: judged by their header, decoded within limits, made anew.

What is kept is drawn from the pixels alone: no metadata, no comment, nothing after the picture's
end, whatever the file called itself. Colours are taken as sRGB.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from io import BytesIO
from typing import IO

from django.utils.translation import gettext as _
from PIL import Image, ImageOps, UnidentifiedImageError

from opsdesk.errors import DomainError

# Technical caps against mistakes and attacks, not business numbers.
MOST_BYTES = 20 * 1024 * 1024
MOST_PIXELS = 25_000_000
LEAST_SIDE = 16
SMALL_SIDE = 320

_FORMATS = ("JPEG", "PNG", "WEBP")

_UNREADABLE = (
    UnidentifiedImageError,
    Image.DecompressionBombError,
    Image.DecompressionBombWarning,
    OSError,
    SyntaxError,  # a broken PNG
    ValueError,  # a text in a PNG that unpacks to too much
)


class PictureRefused(DomainError):
    """The file is no picture that can be taken; the message says what can."""

    code = "picture_refused"


@dataclass(frozen=True)
class Redrawn:
    """A picture made anew, its small copy, and its pixels on white."""

    content: bytes
    small: bytes
    format: str
    width: int
    height: int
    on_white: Image.Image

    @property
    def sha256(self) -> str:
        return sha256(self.content).hexdigest()


def redraw(file: IO[bytes]) -> Redrawn:
    """The picture in this file, whatever it is called. Raises PictureRefused.

    Its kind and size are read from the header; nothing is decoded that is too large. Takes up to
    four bytes of memory per pixel, twice.
    """
    try:
        with Image.open(file, formats=_FORMATS) as found:
            _check_size(found)
            kind, picture = str(found.format), _pixels_of(found)
    except _UNREADABLE as error:
        raise PictureRefused(
            _("This is no whole picture. Upload a JPEG, PNG or WebP file of up to 25 megapixels.")
        ) from error
    on_white = _on_white(picture)
    return Redrawn(
        content=_encoded(picture, kind),
        small=_encoded(reduced(on_white, SMALL_SIDE), "WEBP"),
        format=kind.lower(),
        width=picture.width,
        height=picture.height,
        on_white=on_white,
    )


def _check_size(picture: Image.Image) -> None:
    if picture.width * picture.height > MOST_PIXELS:
        raise PictureRefused(
            _("The picture has %(width)s × %(height)s pixels; at most 25 million fit.")
            % {"width": picture.width, "height": picture.height}
        )
    if min(picture.size) < LEAST_SIDE:
        raise PictureRefused(
            _("The picture has %(width)s × %(height)s pixels: too few to show anything.")
            % {"width": picture.width, "height": picture.height}
        )


def _pixels_of(picture: Image.Image) -> Image.Image:
    """The pixels alone, the right way up, in a picture that carries nothing else."""
    upright = ImageOps.exif_transpose(picture)
    mode = "RGBA" if upright.has_transparency_data else "RGB"
    pixels = Image.new(mode, upright.size)
    pixels.paste(upright.convert(mode))
    return pixels


def _on_white(picture: Image.Image) -> Image.Image:
    if picture.mode == "RGB":
        return picture
    paper = Image.new("RGB", picture.size, "white")
    paper.paste(picture, mask=picture.getchannel("A"))
    return paper


def _encoded(picture: Image.Image, kind: str) -> bytes:
    written = BytesIO()
    quality = {} if kind == "PNG" else {"quality": 90}
    picture.save(written, kind, **quality)
    return written.getvalue()


def reduced(picture: Image.Image, side: int) -> Image.Image:
    """So that no side is longer; a smaller one stays as it is."""
    if max(picture.size) <= side:
        return picture
    reduced = picture.copy()
    reduced.thumbnail((side, side), reducing_gap=2.0)
    return reduced
