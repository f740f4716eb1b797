"""Pictures that strangers made: judged by their header, decoded within limits, made anew (CAT-3).

What is kept is drawn from the pixels alone: no metadata, no comment, nothing after the picture's
end, whatever the file called itself. Colours are taken as sRGB.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from io import BytesIO
from typing import IO

from django.utils.translation import gettext as _
from PIL import Image, ImageChops, ImageFilter, ImageOps, UnidentifiedImageError

from opsdesk.errors import DomainError

# Technical caps against mistakes and attacks, not business numbers.
MOST_BYTES = 20 * 1024 * 1024
MOST_PIXELS = 25_000_000
LEAST_SIDE = 16
SMALL_SIDE = 320

_FORMATS = ("JPEG", "PNG", "WEBP")
_WHITE_FROM = 245  # of 255, in the darkest of the three channels
_BORDER_SHARE = 50  # the border is a fiftieth of the shorter side
_MEASURED_SIDE = 800
_SHARPEST_SHARE = 1_000  # the strongest thousandth of the edges
_EDGES = ImageFilter.Kernel((3, 3), (0, 1, 0, 1, -4, 1, 0, 1, 0), scale=1, offset=128)

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
class CleanPicture:
    """A picture made anew, its small copy, and what was measured."""

    content: bytes
    small: bytes
    format: str
    width: int
    height: int
    white_border: int
    sharpness: int

    @property
    def sha256(self) -> str:
        return sha256(self.content).hexdigest()


def clean_picture(file: IO[bytes]) -> CleanPicture:
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
    return CleanPicture(
        content=_encoded(picture, kind),
        small=_encoded(_reduced(on_white, SMALL_SIDE), "WEBP"),
        format=kind.lower(),
        width=picture.width,
        height=picture.height,
        white_border=white_border_of(on_white),
        sharpness=sharpness_of(on_white),
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


def _reduced(picture: Image.Image, side: int) -> Image.Image:
    """So that no side is longer; a smaller one stays as it is."""
    if max(picture.size) <= side:
        return picture
    reduced = picture.copy()
    reduced.thumbnail((side, side), reducing_gap=2.0)
    return reduced


def white_border_of(picture: Image.Image) -> int:
    """Percent of the pixels along the four edges that are white, to the eye if not by number."""
    width, height = picture.size
    strip = max(min(width, height) // _BORDER_SHARE, 1)
    edges = (
        (0, 0, width, strip),
        (0, height - strip, width, height),
        (0, strip, strip, height - strip),
        (width - strip, strip, width, height - strip),
    )
    white = total = 0
    for edge in edges:
        red, green, blue = picture.crop(edge).split()
        counts = ImageChops.darker(ImageChops.darker(red, green), blue).histogram()
        white += sum(counts[_WHITE_FROM:])
        total += sum(counts)
    return 100 * white // total


def sharpness_of(picture: Image.Image) -> int:
    """How strong the strongest thousandth of the edges is, 0 (a fog) to 127.

    The mean of the Laplacian's strongest values on a picture of at most 800 pixels, rather than
    its variance over all: goods on white are mostly paper, which has no edges however sharp the
    picture is.
    """
    edges = _reduced(picture.convert("L"), _MEASURED_SIDE).filter(_EDGES)
    # The outermost pixels have no neighbours to differ from.
    counts = edges.crop((1, 1, edges.width - 1, edges.height - 1)).histogram()
    left = wanted = max(sum(counts) // _SHARPEST_SHARE, 1)
    strength = 0
    for step in range(127, 0, -1):
        taken = min(counts[128 + step] + counts[128 - step], left)
        strength += taken * step
        left -= taken
        if not left:
            break
    return strength // wanted
