"""Pictures of goods: made anew, and measured (CAT-3)."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from typing import IO

from PIL import Image, ImageChops, ImageFilter

from opsdesk.images import MOST_BYTES, PictureRefused, redraw, reduced

__all__ = [
    "MOST_BYTES",
    "CleanPicture",
    "PictureRefused",
    "clean_picture",
    "sharpness_of",
    "white_border_of",
]

_WHITE_FROM = 245  # of 255, in the darkest of the three channels
_BORDER_SHARE = 50  # the border is a fiftieth of the shorter side
_MEASURED_SIDE = 800
_SHARPEST_SHARE = 1_000  # the strongest thousandth of the edges
_EDGES = ImageFilter.Kernel((3, 3), (0, 1, 0, 1, -4, 1, 0, 1, 0), scale=1, offset=128)


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
    """The picture in this file, made anew and measured. Raises PictureRefused."""
    redrawn = redraw(file)
    return CleanPicture(
        content=redrawn.content,
        small=redrawn.small,
        format=redrawn.format,
        width=redrawn.width,
        height=redrawn.height,
        white_border=white_border_of(redrawn.on_white),
        sharpness=sharpness_of(redrawn.on_white),
    )


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
    edges = reduced(picture.convert("L"), _MEASURED_SIDE).filter(_EDGES)
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
